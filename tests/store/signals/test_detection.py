"""What the refusal of another tool's file says, and what the real files have in common."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from store.errors import RegisterError
from store.formats.signals import dbt, evidently, great_expectations
from store.formats.signals.fingerprints import Identity, fingerprints, label_texts
from tests.store.signals.readers import DATA, NOW, text_of

READERS = {"dbt": dbt.read, "evidently": evidently.read, "great-expectations": great_expectations.read}


def refusal(source: str, text: str) -> str:
    with pytest.raises(RegisterError) as error:
        READERS[source](text, now=NOW)
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "noun", "source"),
    [
        ("dbt/test", "dbt's run_results.json", "dbt"),
        ("dbt/sources", "dbt's sources.json", "dbt"),
        ("evidently/report", "a report of Evidently", "evidently"),
        ("evidently/snapshot", "a report of Evidently", "evidently"),
        ("evidently/test-suite-0.4", "a report of Evidently", "evidently"),
        ("evidently/drift-report-0.6", "a report of Evidently", "evidently"),
        ("great_expectations/infinite", "a validation result of Great Expectations", "great-expectations"),
        ("great_expectations/checkpoint", "a validation result of Great Expectations", "great-expectations"),
        ("great_expectations/checkpoint-0.18", "a validation result of Great Expectations", "great-expectations"),
        ("alertmanager/webhook-firing", "the body of an Alertmanager webhook", "alertmanager"),
        ("alertmanager/api-alerts", "a list of alerts of Alertmanager", "alertmanager"),
    ],
)
def test_each_reader_names_the_option_that_reads_another_tools_file(name: str, noun: str, source: str) -> None:
    for other in READERS.keys() - {source}:
        assert refusal(other, text_of(f"{name}.json")) == f"this is {noun}: use --from {source}"


def test_a_file_of_another_tool_without_results_is_named_with_what_to_send() -> None:
    assert refusal("dbt", text_of("great_expectations/suite.json")) == (
        "this is an expectation suite of Great Expectations, which has no results: send a validation result, or what "
        "`describe()` of a checkpoint's result returns, with --from great-expectations"
    )
    schema = "https://schemas.getdbt.com/dbt/manifest/v12.json"
    assert refusal("evidently", json.dumps({"metadata": {"dbt_schema_version": schema}})) == (
        "this is dbt's manifest.json, which has no results: send target/run_results.json after `dbt test` or "
        "`dbt build`, or target/sources.json, with --from dbt"
    )


PATHS = re.compile(r"(?<![\w./-])/(?:\w[\w.-]*/)+")
"""Absolute paths of files, which are not part of an address."""


def test_real_files_name_no_path_of_a_machine_but_that_of_the_example() -> None:
    assert PATHS.findall('"/var/lib/x.json", "https://a.example/b/c", "see /opt/app/x"') == ["/var/lib/", "/opt/app/"]
    for path in DATA.rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert [each for each in PATHS.findall(text) if not each.startswith("/srv/example/")] == [], path


def test_every_real_file_is_made_by_a_script_that_names_it() -> None:
    for tool in ("dbt", "evidently", "great_expectations"):
        (script,) = (DATA / tool).glob("make_*")
        text = script.read_text(encoding="utf-8")
        missing = [path.name for path in (DATA / tool).glob("*.json") if path.name not in text]
        assert missing == [], script


@pytest.mark.parametrize(
    "checks",
    [
        [("a", 1), ("b", 1)],
        [("a", 1), ("a", 2)],
        [("a", 1), ("a", 1)],
        [(["a", 1], 1), ("a", [1, 1])],
        [({"x": 1, "y": 2}, 0), ({"y": 2, "x": 1}, 0)],
    ],
)
def test_no_two_checks_of_a_report_have_a_fingerprint(checks: list[tuple[Any, Any]]) -> None:
    found = fingerprints([Identity(*each) for each in checks])
    assert len(set(found)) == len(checks)
    assert all(len(each) == 32 and int(each, 16) >= 0 for each in found)


def test_fingerprints_are_those_of_earlier_releases() -> None:
    """A signal is known by its fingerprint, so another one would begin a new signal and leave the old one firing."""
    assert fingerprints([Identity(["suite", None, 0.5], None)]) == ["b47b7a85680da93ffe50e85444dca29b"]
    known = {
        "evidently/report": "50fdca4255cb4bd26f89014cf25f09b0",
        "evidently/test-suite-0.6": "01f1a00be107a8f1f7965ba1cd92ea61",
        "evidently/drift-report-0.6": "d97fe1d530b800e13e86a28e5feb1455",
        "great_expectations/validation-2026-01": "788bd9686e94b8dc16a230f2dcb995f8",
    }
    for name, fingerprint in known.items():
        report = READERS[name.partition("/")[0].replace("_", "-")](text_of(f"{name}.json"), now=NOW)
        assert report.observations[0].fingerprint == fingerprint, name


def test_a_fingerprint_is_that_of_its_core_while_it_is_unique() -> None:
    (alone,) = fingerprints([Identity({"column": "age", "label": "ü\ud800"}, 1)])
    first, second = fingerprints([Identity({"label": "ü\ud800", "column": "age"}, 2), Identity("b", 2)])
    assert alone == first != second
    assert alone not in fingerprints([Identity({"column": "age", "label": "ü\ud800"}, each) for each in (1, 2)])


def test_an_identity_that_is_nested_too_deeply_is_refused() -> None:
    core: Any = []
    for _ in range(100_000):
        core = [core]
    with pytest.raises(RegisterError, match="the JSON is nested too deeply to read"):
        fingerprints([Identity(core, None)])


def test_labels_are_texts_of_what_has_one() -> None:
    values = {
        "column": "age",
        "quantile": 0.5,
        "count": 10,
        "critical": False,
        "columns": ["a", 1, None, ["b"], {}, "c"],
        "nothing": None,
        "empty": "",
        "object": {"a": 1},
        "": "no name",
    }
    assert label_texts(values) == {
        "column": "age",
        "quantile": "0.5",
        "count": "10",
        "critical": "false",
        "columns": "a,1,c",
    }
