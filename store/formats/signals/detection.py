"""Which tool wrote a JSON file, for the sentence that refuses what a reader does not read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.errors import RegisterError

if TYPE_CHECKING:
    from store.formats.signals.checks import JsonValue

ALERTMANAGER = "alertmanager"
DBT = "dbt"
EVIDENTLY = "evidently"
GREAT_EXPECTATIONS = "great-expectations"

EXPECTED = {
    ALERTMANAGER: "send the body of a webhook, or the output of `amtool alert query -o json`",
    DBT: "send target/run_results.json after `dbt test` or `dbt build`, or target/sources.json",
    EVIDENTLY: "send what `json()` of a report with tests, or of a test suite, returns",
    GREAT_EXPECTATIONS: "send a validation result, or what `describe()` of a checkpoint's result returns",
}
"""What each of these sources reads, as the remedy of a refusal."""
_OUTPUT = {
    ALERTMANAGER: "the body of an Alertmanager webhook or a list of its alerts",
    DBT: "output of dbt with results",
    EVIDENTLY: "output of Evidently with results",
    GREAT_EXPECTATIONS: "output of Great Expectations with results",
}
_SCHEMA_OF_DBT = re.compile(r"/dbt/([a-z-]{1,40})/v[0-9]{1,4}\.json")
_RESULTS_OF_DBT = ("run-results", "sources")


class Kind(NamedTuple):
    """What a file is, the source that it is from, and whether it has results of checks."""

    noun: str
    source: str
    has_results: bool = True


_ALERTS = Kind("a list of alerts of Alertmanager", ALERTMANAGER)
_BODY = Kind("the body of an Alertmanager webhook", ALERTMANAGER)
_REPORT = Kind("a report of Evidently", EVIDENTLY)
_VALIDATION = Kind("a validation result of Great Expectations", GREAT_EXPECTATIONS)
_SUITE = Kind("an expectation suite of Great Expectations", GREAT_EXPECTATIONS, has_results=False)
_CHECKPOINT = Kind("the configuration of a Great Expectations checkpoint", GREAT_EXPECTATIONS, has_results=False)
# The first whose keys a file has is what it is.
_KINDS = (
    (("results", "success"), _VALIDATION),
    (("expectations", "success"), _VALIDATION),
    (("run_results",), _VALIDATION),
    (("validation_results",), _VALIDATION),
    (("validation_definitions",), _CHECKPOINT),
    (("expectations",), _SUITE),
    (("tests",), _REPORT),
    (("metrics",), _REPORT),
    (("metric_results",), _REPORT),
    (("alerts",), _BODY),
    (("labels", "fingerprint"), _ALERTS),
)


def dbt_schema(value: JsonValue) -> str | None:
    """The schema that a file of dbt names in its metadata, such as `run-results`; None for another file."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    schema = metadata.get("dbt_schema_version") if isinstance(metadata, dict) else None
    found = _SCHEMA_OF_DBT.search(schema) if isinstance(schema, str) else None
    return found[1] if found else None


def kind_of(value: JsonValue) -> Kind | None:
    """What a file is, as far as its outer keys say, of a list those of its first object; None if they say nothing."""
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        return None
    if schema := dbt_schema(value):
        return Kind(f"dbt's {schema.replace('-', '_')}.json", DBT, schema in _RESULTS_OF_DBT)
    return next((kind for keys, kind in _KINDS if all(key in value for key in keys)), None)


def unexpected(value: JsonValue, source: str) -> RegisterError:
    """The refusal of a file that the reader of `source` does not read: what it is, and what to do."""
    kind = kind_of(value)
    if kind is None or (kind.source == source and kind.has_results):
        return RegisterError(f"this is not {_OUTPUT[source]}", EXPECTED[source])
    if kind.has_results:
        return RegisterError(f"this is {kind.noun}", f"use --from {kind.source}")
    what = f"this is {kind.noun}, which has no results"
    return RegisterError(
        what, EXPECTED[kind.source] + ("" if kind.source == source else f", with --from {kind.source}")
    )
