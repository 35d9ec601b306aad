"""The tests of Evidently as signals: reports and snapshots of version 0.7, test suites and drift of 0.4 to 0.6."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

from store.enums import SignalState
from store.errors import RegisterError, quoted
from store.formats.signals.checks import ReportBuilder, load_json
from store.formats.signals.detection import EVIDENTLY, kind_of, unexpected
from store.formats.signals.fingerprints import Identity, fingerprints, label_texts
from store.formats.signals.model import Observation
from store.text import join_few

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from store.formats.signals.checks import JsonValue
    from store.formats.signals.model import SignalReport

SOURCE = EVIDENTLY
_SUCCESS, _ERROR, _WARNING, _SKIPPED = "SUCCESS", "ERROR", "WARNING", "SKIPPED"
_SEVERITIES = {_SUCCESS: None, "FAIL": "error", _ERROR: "error", _WARNING: "warning", _SKIPPED: None}
_OF_A_REPORT = ("model_id", "dataset_id")
"""The metadata that tells the checks of one model, or one data set, from those of another."""
_SETTING = re.compile(r"type|drift_share|(?:.*_)?(?:tests|threshold|method)", re.DOTALL)
"""The parameters of a metric that say how it is judged; Evidently chooses the method by the number of rows."""
_COMPARED = {"is_count": ("share", "count"), "is_mean": ("std", "mean")}
"""The value that a test compares, by what Evidently writes for false and for true."""
_EMPHASIS = re.compile(r"\*\*(.+?)\*\*")
_SUBJECTS = (
    ("column", re.compile(r"\b(?:column|feature) \*\*(.+?)\*\*")),
    ("label", re.compile(r"\blabel \*\*(.+?)\*\*")),
    ("embeddings", re.compile(r"\bembedding set \*\*(.+?)\*\*")),
    ("quantile", re.compile(r"^The ([0-9.e+-]{1,30}) quantile ")),
    ("category", re.compile(r" of category '(.*?)' in the column ")),
)
"""What a test of a suite is about, where only its description says so."""


class _Check(NamedTuple):
    """A test, or a drift that a metric found; `core` and `detail` identify it in its report."""

    where: str
    name: str
    status: str
    summary: str | None
    subject: dict[str, JsonValue]
    labels: dict[str, JsonValue]
    core: JsonValue
    detail: JsonValue = None


def read(text: str, *, now: datetime) -> SignalReport:
    """The tests of a report or suite; without tests, the drift that a report of version 0.4 to 0.6 found.

    - Identity in 0.7: the metric with its parameters (column, quantile, categories), the test (`LessThan`), and what it
      compares (count or share, label), not thresholds, methods or values; with the `model_id` and `dataset_id` of the
      metadata, which snapshots (`dumps()`) have. `json()` leaves the metadata out: add it as the key `metadata` to tell
      models apart.
    - Identity in 0.4 to 0.6: the test's name and group, and the column, label, quantile or category that its parameters
      or its description name. A test that could not be calculated does not name its column, so such tests of one name
      are one signal, `Min Value: not calculated`, which is resolved when all of them are calculated.
    - State: `FAIL` and `ERROR` fire with the severity `error`, `WARNING` (a test that is not critical) and drift
      without a test with `warning`; `SUCCESS` resolves a known signal; `SKIPPED` says nothing.
    - Name: the metric, or the test of a suite, with its column or label (`MissingValueCount: score`).
    - Labels: the parameters of the identity, `metric`, `test`, `group` and `status`; the metadata, and the `tags`.
    - Start: the file's timestamp, read as UTC if it has no zone; `now` for `json()` of 0.7, which has none.

    Checks with the same identity are distinguished by their thresholds, then by their order. Raises RegisterError
    with the 1-based index of a test or metric, and for a report without tests.
    """
    body = load_json(text, allow_nan=True)
    kind = kind_of(body)
    if not isinstance(body, dict) or kind is None or kind.source != SOURCE:
        raise unexpected(body, SOURCE)
    build = ReportBuilder(now, remedy="send the JSON as Evidently wrote it")
    tests = _tests_of_snapshot(build, body) if "metric_results" in body else body.get("tests", [])
    checks = _tests(build, build.objects(tests, "test"))
    if not tests:
        for index, metric in enumerate(build.objects(body.get("metrics", []), "metric"), start=1):
            checks += _drift(build, f"metric {index}", metric)
        if not checks:
            what = "this report of Evidently has no tests"
            raise RegisterError(what, "add tests to its metrics, or create it with include_tests=True")
    _add(build, body, checks)
    return build.report()


def _add(build: ReportBuilder, body: dict[str, JsonValue], checks: list[_Check]) -> None:
    """Add the checks, each with what the report says about itself."""
    time = build.time("the report", "the timestamp", body.get("timestamp"), zone=UTC)
    moment = build.past("the report", "the timestamp", time)
    metadata = build.object("the report", "`metadata`", body.get("metadata"))
    about = {name: metadata.get(name) for name in _OF_A_REPORT}
    common = {**metadata, "tags": body.get("tags")}
    found = fingerprints([Identity([about, check.core], check.detail) for check in checks])
    for check, fingerprint in zip(checks, found, strict=True):
        if check.status == _SKIPPED:
            continue
        is_firing = check.status != _SUCCESS
        subject = ", ".join(label_texts(check.subject).values())
        observation = Observation(
            source=SOURCE,
            fingerprint=fingerprint,
            name=build.text(check.where, "the name", f"{check.name}: {subject}" if subject else check.name)
            or fingerprint,
            state=SignalState.FIRING if is_firing else SignalState.RESOLVED,
            severity=_SEVERITIES[check.status],
            summary=build.text(check.where, "the summary", check.summary),
            starts=moment,
            ends=None if is_firing else moment,
            labels=build.labels(check.where, {**label_texts({**common, **check.subject, **check.labels})}),
            link=None,
            is_new=is_firing,
            knows_start=False,
        )
        build.add(check.where, observation)


def _tests_of_snapshot(build: ReportBuilder, body: dict[str, JsonValue]) -> list[JsonValue]:
    """The tests of all metrics of a snapshot."""
    tests: list[JsonValue] = []
    for name, value in build.object("the snapshot", "`metric_results`", body["metric_results"]).items():
        metric = build.object("the snapshot", f"the metric {quoted(name)}", value)
        tests += build.objects(metric.get("tests") or [], "test")
    return tests


def _tests(build: ReportBuilder, tests: list[dict[str, JsonValue]]) -> list[_Check]:
    """The tests of a report or suite, and for each name in a suite whether all of its tests could be calculated."""
    checks: list[_Check] = []
    broken: dict[str, list[_Check]] = {}
    for index, test in enumerate(tests, start=1):
        where = f"test {index}"
        status = build.required(where, "status", test.get("status"))
        if status not in _SEVERITIES:
            build.note(where, f"the status {quoted(status)} is unknown, so it is left out")
        elif "metric_config" in test:
            checks.append(_test_of_report(build, where, test, status))
        else:
            check = _test_of_suite(build, where, test, status)
            of_name = [] if status == _SKIPPED else broken.setdefault(check.name, [])
            (of_name if status == _ERROR and not check.subject else checks).append(check)
    return [*checks, *(_not_calculated(name, of_name) for name, of_name in broken.items())]


def _test_of_report(build: ReportBuilder, where: str, test: dict[str, JsonValue], status: str) -> _Check:
    """A test of version 0.7, which is bound to a metric and its parameters."""
    config = build.object(where, "`metric_config`", test["metric_config"])
    parameters = build.object(where, "`params`", config.get("params"))
    metric = _class_name(build.required(where, "type of the metric", parameters.get("type")))
    bound = build.object(where, "`bound_test`", test.get("bound_test"))
    tested = build.object(where, "`test_config`", bound.get("test", test.get("test_config")))
    kind = _class_name(build.required(where, "type of the test", tested.get("type", test.get("id"))))
    about = {name: value for name, value in parameters.items() if not _SETTING.fullmatch(name)}
    about |= {name: value for name, value in bound.items() if name not in ("type", "test", "metric_fingerprint")}
    for name, words in _COMPARED.items():
        if isinstance(compared := about.pop(name, None), bool):
            about["value"] = words[compared]
    about["filters"] = tested.get("label_filters")
    return _Check(
        where=where,
        name=metric,
        status=status,
        summary=build.text(where, "the description", test.get("description")),
        subject={name: about.get(name) for name in ("column", "label")},
        labels={**about, "metric": metric, "test": kind, "status": status},
        core=[metric, kind, about],
        detail=[parameters, tested],
    )


def _class_name(path: str) -> str:
    """The class that a type names: `LessThan` of `evidently:test_v2:LessThanMetricTest`."""
    return re.split("[:.]", path)[-1].removesuffix("Test").removesuffix("Metric")


def _test_of_suite(build: ReportBuilder, where: str, test: dict[str, JsonValue], status: str) -> _Check:
    """A test of version 0.4 to 0.6, whose subject is in its parameters or its description."""
    name = build.required(where, "name", test.get("name"))
    group = build.text(where, "the group", test.get("group"))
    parameters = build.object(where, "`parameters`", test.get("parameters"))
    description = build.text(where, "the description", test.get("description")) or ""
    subject: dict[str, JsonValue] = {"column": parameters.get("column_name"), "label": parameters.get("label")}
    for key, pattern in _SUBJECTS:
        if subject.get(key) is None and (found := pattern.search(description)):
            subject[key] = found[1]
    subject = {key: value for key, value in subject.items() if value is not None}
    return _Check(
        where=where,
        name=name,
        status=status,
        summary=_EMPHASIS.sub(r"\1", description),
        subject=subject,
        labels={"test": name, "group": group, "status": status},
        core=[name, group, subject],
        detail=parameters.get("condition"),
    )


def _not_calculated(name: str, broken: list[_Check]) -> _Check:
    """The tests of a name that could not be calculated as one check, which succeeds if all could be."""
    status = _ERROR if broken else _SUCCESS
    return _Check(
        where=broken[0].where if broken else "the report",
        name=f"{name}: not calculated",
        status=status,
        summary=join_few([check.summary for check in broken if check.summary]),
        subject={},
        labels={"test": name, "status": status},
        core=[name, "not calculated"],
    )


def _drift(build: ReportBuilder, where: str, metric: dict[str, JsonValue]) -> Iterator[_Check]:
    """The drift that a metric of a report of version 0.4 to 0.6 found, in the data set and in its columns."""
    name = build.text(where, "the metric", metric.get("metric"))
    if name is None:
        return
    result = build.object(where, "`result`", metric.get("result"))
    if isinstance(is_drift := result.get("dataset_drift"), bool):
        drifted, columns = _number(result.get("number_of_drifted_columns")), _number(result.get("number_of_columns"))
        yield _drift_of(where, name, f"{drifted} of {columns} columns drifted", {}, is_drift=is_drift)
    by_column = build.object(where, "`drift_by_columns`", result.get("drift_by_columns"))
    for value in (result, *by_column.values()):
        found = build.object(where, "the drift of a column", value)
        if isinstance(is_drift := found.get("drift_detected"), bool):
            method = found.get("stattest_name", found.get("method_name"))
            summary = f"drift score {_number(found.get('drift_score'))}, method {method}"
            if (threshold := found.get("stattest_threshold")) is not None:
                summary += f", threshold {_number(threshold)}"
            subject = {"column": found.get("column_name"), "embeddings": found.get("embeddings_name")}
            yield _drift_of(where, name, summary, subject, is_drift=is_drift)


def _drift_of(where: str, metric: str, summary: str, subject: dict[str, JsonValue], *, is_drift: bool) -> _Check:
    status = _WARNING if is_drift else _SUCCESS
    return _Check(where, metric, status, summary, subject, {"metric": metric}, [metric, "drift", subject])


def _number(value: JsonValue) -> str:
    """A number as text, `?` for anything else."""
    return f"{value:.3g}" if isinstance(value, float) else f"{value}" if isinstance(value, int) else "?"
