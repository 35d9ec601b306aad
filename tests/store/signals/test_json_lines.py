"""Plain JSON: what its fields mean, the shapes that it may have, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.enums import SignalState
from store.errors import RegisterError
from store.formats.lines import SIZE_LIMIT
from store.formats.signals.json_lines import FIELDS, read
from store.formats.signals.model import Observation, SignalReport

NOW = datetime(2026, 3, 31, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def only(**fields: Any) -> Observation:
    """What is read from one line with a name and other fields."""
    (observation,) = read(json.dumps({"name": "FeatureDrift"} | fields), now=NOW).observations
    return observation


def refusal(text: str) -> str:
    with pytest.raises(RegisterError) as refused:
        read(text, now=NOW)
    assert refused.value.remedy
    return str(refused.value)


def test_a_name_is_enough() -> None:
    assert only() == Observation(
        source="json",
        fingerprint="b4305bd4489ef97e",
        name="FeatureDrift",
        state=SignalState.FIRING,
        severity=None,
        summary=None,
        starts=NOW,
        ends=None,
        labels=(),
        link=None,
        knows_start=False,
    )


def test_all_fields() -> None:
    line = {
        "source": "nightly-checks",
        "name": "LateTable",
        "fingerprint": "orders",
        "state": "resolved",
        "severity": "P2",
        "summary": "orders came at 9:10",
        "starts": "2026-03-31T12:00:00Z",
        "ends": "2026-03-31T15:00:00+02:00",
        "labels": {"table": "orders", "job": "load"},
        "link": "https://jobs.example/7",
    }
    assert set(line) == set(FIELDS)
    assert only(**line) == Observation(
        source="nightly-checks",
        fingerprint="orders",
        name="LateTable",
        state=SignalState.RESOLVED,
        severity="P2",
        summary="orders came at 9:10",
        starts=NOW - 2 * HOUR,
        ends=NOW - HOUR,
        labels=(("job", "load"), ("table", "orders")),
        link="https://jobs.example/7",
    )


def test_name_and_labels_identify_a_signal_without_a_fingerprint() -> None:
    here = only(labels={"a": "1", "b": "2"})
    assert only(labels={"b": "2", "a": "1"}, severity="high", summary="again").fingerprint == here.fingerprint
    others = [only(), only(labels={"a": "1"}), only(labels={"a": "1", "b": "3"}), only(name="Other")]
    assert len({here.fingerprint, *(other.fingerprint for other in others)}) == 5


def test_a_resolved_signal_without_a_start_is_a_passed_check() -> None:
    passed = only(state="resolved")
    assert (passed.is_new, passed.starts, passed.ends) == (False, NOW, NOW)
    passed = only(state="resolved", ends="2026-03-31T13:00:00Z")
    assert (passed.is_new, passed.starts, passed.ends) == (False, NOW - HOUR, NOW - HOUR)
    ended = only(state="resolved", starts="2026-03-31T13:00:00Z")
    assert (ended.is_new, ended.starts, ended.ends) == (True, NOW - HOUR, NOW)
    assert only(state="firing").is_new


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "a"}\n{"name": "b"}\n',
        '\ufeff{"name": "a"}\r\n\r\n  {"name": "b"}',
        '[{"name": "a"}, {"name": "b"}]',
        '\n[\n  {"name": "a"},\n  {"name": "b"}\n]\n',
    ],
)
def test_lines_and_an_array_say_the_same(text: str) -> None:
    assert [each.name for each in read(text, now=NOW).observations] == ["a", "b"]


def test_one_object_may_have_several_lines() -> None:
    text = json.dumps({"labels": {"a": "1"}, "name": "a\u2028b"}, indent=2, ensure_ascii=False)
    assert [each.name for each in read(text, now=NOW).observations] == ["a\u2028b"]


def test_a_line_may_contain_other_line_ends() -> None:
    text = json.dumps({"name": "a\u2028b\x85c"}, ensure_ascii=False)
    assert [each.name for each in read(f"{text}\n{text}", now=NOW).observations] == ["a\u2028b\x85c"] * 2


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n", "[]"])
def test_a_check_that_found_nothing_has_no_signals(text: str) -> None:
    assert read(text, now=NOW) == SignalReport(())


def test_of_two_lines_with_a_fingerprint_both_count() -> None:
    text = '{"name": "a", "fingerprint": "f"}\n\n{"name": "a", "fingerprint": "f", "source": "b"}\n'
    report = read(text * 2, now=NOW)
    assert len(report.observations) == 4
    assert report.notices == (
        "line 4: the fingerprint 'f' is also that of line 1; the later one is the state",
        "line 6: the fingerprint 'f' is also that of line 3; the later one is the state",
    )


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"sumary": "x"}, "line 3 has the unknown field 'sumary': did you mean summary?"),
        ({"Labels": {}}, "line 3 has the unknown field 'Labels': did you mean labels?"),
        ({"": 1}, f"line 3 has the unknown field '': use {', '.join(FIELDS)}"),
        ({"name": " "}, "line 3 has no name: write it like"),
        ({"name": 3}, "line 3: the name is a number, not a string: write it like"),
        ({"state": "ok"}, "line 3 has the state 'ok', not firing or resolved: write it like"),
        ({"state": ""}, "line 3 has no state: write it like"),
        ({"labels": ["a"]}, "line 3: the labels are a list, not an object: write it like"),
        ({"labels": {"n": 3}}, "line 3: the label 'n' is a number, not a string: write it like"),
        ({"fingerprint": ""}, "line 3 has no fingerprint: write it like"),
        ({"starts": 1774965600}, "line 3: the start is a number, not a string: write it like"),
        ({"starts": "2026-03-31T14:00:00"}, "line 3: the start '2026-03-31T14:00:00' has no time zone: write it like"),
        ({"ends": "2026-03-31T13:00:00Z"}, 'line 3 has an end, but is firing: add "state": "resolved", or remove the'),
        ({"source": "Nightly Checks"}, "line 3 has the source 'Nightly Checks': use at most 40 lowercase letters and"),
        ({"source": "a" * 41}, f"line 3 has the source '{'a' * 41}': use at most 40 lowercase letters and digits"),
        ({"source": "a--b"}, "line 3 has the source 'a--b': use at most 40 lowercase letters and digits"),
    ],
)
def test_a_wrong_line_refuses_the_whole_input(fields: dict[str, Any], what: str) -> None:
    lines = ['{"name": "a"}', "", json.dumps({"name": "b"} | fields), '{"name": "c"}']
    assert refusal("\n".join(lines)).startswith(what)
    in_array = what.replace("line 3", "signal 2")
    assert refusal(f"[{','.join(filter(None, lines))}]").startswith(in_array)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"name": "a"}\n{"name": "b"', "line 2 is not JSON: expecting ',' delimiter"),
        ('{"name": "a"\n{"name": "b"}', "line 1 is not JSON: expecting ',' delimiter"),
        ('{"name": "a"}\nnull', "line 2 is not an object"),
        ('{"name": "a"}\n<p>', "line 2 is not JSON: expecting value"),
        ('{"name": "a"}\n{"name": NaN}', "line 2 has the number 'NaN'"),
        ('{"name": "a"}\n' + '{"a":' * 100_000, "line 2 is nested too deeply"),
        ('{\n "name": "a",\n "state": x\n}', "line 3 is not JSON: expecting value"),
        ("<!DOCTYPE html>", "the input is a web page or XML, not JSON"),
        ("FeatureDrift", "line 1 is not JSON: expecting value"),
        ("[1]", "signal 1 is not an object"),
        ("true", "signal 1 is not an object"),
        ("{}\n" + " " * SIZE_LIMIT, "the input is larger than 64 MiB"),
        ("{}", "line 1 has no name"),
    ],
    ids=lambda value: value[:30],
)
def test_what_is_not_json_is_refused_with_its_line(text: str, what: str) -> None:
    assert refusal(text).startswith(what)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("webhook-firing.json", "this is the body of an Alertmanager webhook: use --from alertmanager"),
        ("api-alerts.json", "this is a list of alerts of Alertmanager: use --from alertmanager"),
    ],
)
def test_the_output_of_another_tool_is_refused_with_its_name(name: str, said: str) -> None:
    text = (Path(__file__).parent / "data" / "alertmanager" / name).read_text(encoding="utf-8")
    assert refusal(text) == said
    assert refusal('{"name": "a", "alerts": []}').startswith("line 1 has the unknown field 'alerts': use source, name")


def test_links_that_are_not_web_pages_are_left_out() -> None:
    report = read('{"name": "a", "link": "javascript:x"}', now=NOW)
    assert report.observations[0].link is None
    assert report.notices == ("line 1: the link is not an http or https URL and is left out",)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["firing", "resolved"])
LINES = st.dictionaries(st.sampled_from(FIELDS), SCALARS | st.dictionaries(st.text(), SCALARS))


def outcome(text: str) -> SignalReport | RegisterError:
    try:
        return read(text, now=NOW)
    except RegisterError as error:
        return error


@given(st.lists(st.fixed_dictionaries({"name": SCALARS}) | LINES))
def test_any_lines_are_a_report_or_one_error_with_the_line(lines: list[dict[str, object]]) -> None:
    found = outcome("\n".join(map(json.dumps, lines)))
    if isinstance(found, RegisterError):
        assert found.what.startswith(tuple(f"line {number}" for number in range(1, len(lines) + 1)))
    else:
        assert len(found.observations) == len(lines)


@given(st.text())
def test_any_text_is_a_report_or_one_error(text: str) -> None:
    assert isinstance(outcome(text), RegisterError) or not text.strip()
