"""Plain JSON as signals, for scripts and for tools without a reader: one object per line, or one array."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from typing import TYPE_CHECKING

from store.enums import SignalState
from store.errors import RegisterError, quoted
from store.formats.signals.checks import ReportBuilder, check_size, load_json
from store.formats.signals.detection import kind_of
from store.formats.signals.model import Observation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from store.formats.signals.checks import JsonValue
    from store.formats.signals.model import SignalReport

SOURCE = "json"
"""The source of a signal that does not give another."""
FIELDS = ("source", "name", "fingerprint", "state", "severity", "summary", "starts", "ends", "labels", "link")
_SOURCE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_SOURCE = 40
_REMEDY = 'write it like {"name": "FeatureDrift", "labels": {"model": "search"}}'


def read(text: str, *, now: datetime) -> SignalReport:
    """The signals of JSON lines, of a JSON array, or of one JSON object over several lines.

    Only `name` is required. Without a `fingerprint`, the name and the labels identify a signal. It is firing unless the
    `state` is `resolved`; a resolved signal without `starts` is a passed check: it resolves a known signal, and
    is otherwise ignored. Raises RegisterError with the line, or in an array the 1-based index.
    """
    check_size(text)
    build = ReportBuilder(now, remedy=_REMEDY)
    for where, value in _values(text.removeprefix("\ufeff")):
        _add(build, where, value)
    return build.report()


def _values(text: str) -> Iterator[tuple[str, JsonValue]]:
    """The values of an input, each with where it is."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line and not line.isspace()]
    if not lines:
        return
    if not _has_value_per_line([line for _, line in lines[:2]]):
        value = load_json(text)
        values = value if isinstance(value, list) else [value]
        yield from ((f"signal {index}", each) for index, each in enumerate(values, start=1))
        return
    for number, line in lines:
        yield f"line {number}", load_json(line, line=number)


def _has_value_per_line(lines: list[str]) -> bool:
    """Whether each line is a value, as the first ones show; else they begin an array, or an object over several."""
    first, second = lines[0].lstrip(), "".join(lines[1:]).lstrip()
    if not first.startswith("{") or second.startswith("{"):
        return first.startswith("{")
    try:
        load_json(first)
    except RegisterError:
        return False
    return True


def _add(build: ReportBuilder, where: str, value: JsonValue) -> None:
    if not isinstance(value, dict):
        raise build.error(where, "is not an object")
    unknown = [name for name in value if name not in FIELDS]
    if unknown:
        raise _unknown_field(where, unknown[0], value)
    name = build.required(where, "name", value.get("name"))
    labels = build.labels(where, value.get("labels"))
    fingerprint = value.get("fingerprint")
    is_resolved = _is_resolved(build, where, value)
    starts = build.time(where, "the start", value.get("starts"))
    ends = build.time(where, "the end", value.get("ends"))
    if ends is not None and not is_resolved:
        raise RegisterError(f"{where} has an end, but is firing", 'add "state": "resolved", or remove the end')
    observation = Observation(
        source=_source(build, where, value.get("source")),
        fingerprint=_identity(name, labels) if fingerprint is None else build.fingerprint(where, fingerprint),
        name=name,
        state=SignalState.RESOLVED if is_resolved else SignalState.FIRING,
        severity=build.text(where, "the severity", value.get("severity")),
        summary=build.text(where, "the summary", value.get("summary")),
        starts=build.past(where, "the start", starts or ends),
        ends=build.past(where, "the end", ends) if is_resolved else None,
        labels=labels,
        link=build.link(where, value.get("link")),
        is_new=not is_resolved or starts is not None,
        knows_start=starts is not None,
    )
    build.add(where, observation)


def _is_resolved(build: ReportBuilder, where: str, value: dict[str, JsonValue]) -> bool:
    state = value.get("state")
    return state is not None and build.word(where, "state", state, known=tuple(SignalState)) == SignalState.RESOLVED


def _source(build: ReportBuilder, where: str, value: JsonValue) -> str:
    source = build.text(where, "the source", value)
    if source is None:
        return SOURCE
    if len(source) > _LONGEST_SOURCE or not _SOURCE.fullmatch(source):
        remedy = f"use at most {_LONGEST_SOURCE} lowercase letters and digits, with hyphens between words"
        raise RegisterError(f"{where} has the source {quoted(source)}", remedy)
    return source


def _unknown_field(where: str, name: str, value: dict[str, JsonValue]) -> RegisterError:
    kind = None if "name" in value else kind_of(value)
    if kind is not None and kind.has_results:
        return RegisterError(f"this is {kind.noun}", f"use --from {kind.source}")
    near = difflib.get_close_matches(name[:40].casefold(), FIELDS, 1, 0.7)
    remedy = f"did you mean {near[0]}?" if near else f"use {', '.join(FIELDS)}"
    return RegisterError(f"{where} has the unknown field {quoted(name)}", remedy)


def _identity(name: str, labels: tuple[tuple[str, str], ...]) -> str:
    """What identifies a signal by its name and labels, in any order."""
    return hashlib.sha256(json.dumps([name, labels]).encode()).hexdigest()[:16]
