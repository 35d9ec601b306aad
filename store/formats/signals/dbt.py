"""The results of dbt as signals: `run_results.json` of tests and builds, and `sources.json` of source freshness."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.clock import format_time
from store.enums import SignalState
from store.errors import RegisterError, quoted
from store.formats.signals.checks import ReportBuilder, load_json
from store.formats.signals.detection import DBT, EXPECTED, dbt_schema, unexpected
from store.formats.signals.fingerprints import label_texts
from store.formats.signals.model import Observation
from store.text import number_of

if TYPE_CHECKING:
    from datetime import datetime

    from store.formats.signals.checks import JsonValue
    from store.formats.signals.model import SignalReport

SOURCE = DBT
_SEVERITIES = {
    "fail": "error",
    "error": "error",
    "runtime error": "error",
    "partial success": "error",
    "warn": "warning",
    "pass": None,
    "success": None,
}
_FIRING = frozenset(status for status, severity in _SEVERITIES.items() if severity)
_SILENT = ("skipped", "no-op", "reused")
"""The statuses of what did not run."""
_RUNS_NOTHING = {"compile": "dbt compile", "generate": "dbt docs generate", "show": "dbt show"}
"""The commands that write down a success for what they did not run, by what `args.which` calls them."""
_PERIODS = ("minute", "hour", "day")
_HASH = re.compile(r"[0-9a-f]{10}")
_COLORS = re.compile(r"\x1b\[[0-9;]*m")
_POINTER = re.compile(r"^[ ^~]+$", re.MULTILINE)
_PART = r"""(?:"[^"\n]{1,200}"|`[^`\n]{1,200}`|[\w$]{1,200})"""
_READ_FROM = re.compile(rf"\b(?:from|join)\s+(?:{_PART}\.){{1,2}}({_PART})(?![\w.(])", re.IGNORECASE)
_START_OF_SQL = 100_000


def read(text: str, *, now: datetime) -> SignalReport:
    """The results of a run: of tests and unit tests, of what `dbt build` built, or of source freshness.

    - Identity: dbt's `unique_id`, which has the project, and for a test a hash of its arguments. Runs against several
      targets have the same, so read those of one.
    - State: `fail`, `error`, `runtime error` and `partial success` fire with the severity `error`, `warn` with
      `warning`; `pass` and `success` resolve a known signal. What was skipped says nothing.
    - Name: that of the test or model (`not_null_orders_order_id`), or `freshness: raw.orders` of a source.
    - Labels: `unique_id`, `resource_type`, `package`, `status`; of a test `test`, and `table` if its SQL reads one
      alone; of a model, and of a unit test, `model`; of a source `source` and `table`; `relation` and `target` if dbt
      wrote them down.
    - Start: when dbt wrote the file (`generated_at`).

    Raises RegisterError with the 1-based index of a result, and for the files of other commands and tools.
    """
    body = load_json(text, allow_nan=True)
    schema = dbt_schema(body)
    if not isinstance(body, dict) or schema not in ("run-results", "sources"):
        raise unexpected(body, SOURCE)
    build = ReportBuilder(now, remedy="send the file as dbt wrote it")
    metadata = build.object("the file", "`metadata`", body.get("metadata"))
    moment = build.past("the file", "its time", build.time("the file", "its time", metadata.get("generated_at")))
    arguments = build.object("the file", "`args`", body.get("args"))
    which = arguments.get("which")
    if isinstance(which, str) and (command := _RUNS_NOTHING.get(which)):
        raise RegisterError(f"this is the run_results.json of `{command}`, which tests nothing", EXPECTED[SOURCE])
    target = label_texts({"target": arguments.get("target")})
    for index, result in enumerate(build.objects(body.get("results"), "result"), start=1):
        if observation := _observation(build, f"result {index}", result, moment, target):
            build.add(f"result {index}", observation)
    return build.report()


def _observation(
    build: ReportBuilder, where: str, result: dict[str, JsonValue], moment: datetime, target: dict[str, str]
) -> Observation | None:
    """What a result says; None for what did not run."""
    status = build.required(where, "status", result.get("status"))
    unique_id = build.fingerprint(where, result.get("unique_id"), name="unique_id")
    kind, _, rest = unique_id.partition(".")
    package, _, path = rest.partition(".")
    if status not in _SEVERITIES:
        if status not in _SILENT:
            build.note(where, f"the status {quoted(status)} of {quoted(unique_id)} is unknown, so it is left out")
        return None
    is_firing = status in _FIRING
    name, labels = _named(kind, path or unique_id)
    if kind == "test":
        labels |= _table(result.get("compiled_code"))
    labels |= {"unique_id": unique_id, "resource_type": kind, "package": package, "status": status, **target}
    labels |= {"relation": result.get("relation_name")}
    return Observation(
        source=SOURCE,
        fingerprint=unique_id,
        name=name,
        state=SignalState.FIRING if is_firing else SignalState.RESOLVED,
        severity=_SEVERITIES[status],
        summary=build.text(where, "the message", _message(result)) or _staleness(build, where, result, status),
        starts=moment,
        ends=None if is_firing else moment,
        labels=build.labels(where, {**label_texts(labels)}),
        link=None,
        is_new=is_firing,
        knows_start=False,
    )


def _named(kind: str, path: str) -> tuple[str, dict[str, JsonValue]]:
    """The name of a node, and labels that say what it is about."""
    before, _, last = path.rpartition(".")
    match kind:
        case "test":
            name = before if before and _HASH.fullmatch(last) else path
            return name, {"test": name}
        case "unit_test" if before:
            return last, {"test": last, "model": before}
        case "source" if before:
            return f"freshness: {path}", {"source": before, "table": last}
    return path, {kind: path}


def _table(sql: JsonValue) -> dict[str, JsonValue]:
    """The table that a test reads, if it reads one alone; dbt does not name it in another place of its results."""
    found = _READ_FROM.findall(sql, 0, _START_OF_SQL) if isinstance(sql, str) else []
    tables = {table.strip('"`') for table in found}
    return {"table": tables.pop()} if len(tables) == 1 else {}


def _message(result: dict[str, JsonValue]) -> JsonValue:
    """The message on one line, without the colors and pointers of a terminal."""
    message = result.get("message", result.get("error"))
    if not isinstance(message, str):
        return str(message) if isinstance(message, int) else message
    return " ".join(_POINTER.sub("", _COLORS.sub("", message)).split())


def _staleness(build: ReportBuilder, where: str, result: dict[str, JsonValue], status: str) -> str | None:
    """When a source was loaded last, and what dbt expects of it."""
    loaded = build.time(where, "the time of loading", result.get("max_loaded_at"))
    if loaded is None:
        return None
    last = f"last loaded at {format_time(loaded)}"
    criteria = build.object(where, "`criteria`", result.get("criteria"))
    limit = build.object(where, f"`{status}_after`", criteria.get(f"{status}_after"))
    count, period = limit.get("count"), limit.get("period")
    if not isinstance(count, int) or not isinstance(period, str) or period not in _PERIODS:
        return last
    return f"{last}; {status} after {number_of(count, period)}"
