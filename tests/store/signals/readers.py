"""What the tests of readers share: real files, observations as lines, and files with one value changed."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from store.enums import SignalState
from store.errors import RegisterError
from store.formats.signals.checks import LONGEST_TEXT
from store.text import is_storable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.formats.signals.model import Observation, SignalReport

    Reader = Callable[..., SignalReport]

DATA = Path(__file__).parent / "data"
NOW = datetime(2026, 12, 4, tzinfo=UTC)
"""After the real files were made."""
WRONG = (None, True, -7, 1.5, 10**400, "", "\0\ud800", "x" * 5000, [], [[]], {}, {"": {"": None}}, [{"status": 1}])
"""Values that take the place of each value of a real file."""
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=12,
)


def text_of(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")


def body_of(name: str) -> Any:
    return json.loads(text_of(name))


def lines(report: SignalReport) -> list[str]:
    """What each observation says, on a line."""
    return [
        f"{each.state}{f' ({each.severity})' if each.severity else ''} | {each.name} | {each.summary or '-'}"
        for each in report.observations
    ]


def by_name(report: SignalReport) -> dict[str, Observation]:
    return {each.name: each for each in report.observations}


def check(report: SignalReport) -> None:
    """Check what every report promises: passed checks are not new, texts are storable and not too long."""
    assert not report.is_complete
    for each in report.observations:
        assert each.is_new == (each.state is SignalState.FIRING) == (each.ends is None)
        assert each.starts.tzinfo is UTC
        assert not each.knows_start
        assert each.name
        assert list(each.labels) == sorted(each.labels)
        texts = [each.fingerprint, each.name, each.summary or "", each.severity or "", *sum(each.labels, ())]
        assert all(is_storable(text) and len(text) <= LONGEST_TEXT for text in texts)
    assert len({each.fingerprint for each in report.observations}) == len(report.observations) or report.notices


def outcome(read: Reader, body: Any) -> SignalReport | None:
    """What a reader makes of a body: a report that is as it must be, or None for a refusal with a remedy."""
    report, refusal = None, None
    try:
        report = read(json.dumps(body), now=NOW)
    except RegisterError as error:
        refusal = error
    if report is not None:
        check(report)
    if refusal is not None:
        assert refusal.what
        assert refusal.remedy
        assert "\n" not in str(refusal)
    return report


def changed(body: Any) -> Iterator[Any]:
    """A body with each of its values replaced by each of the wrong ones, and with each key left out."""
    for path in list(_paths(body)):
        for wrong in WRONG:
            yield _with(body, path, wrong)
        yield _with(body, path)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from _paths(child, (*path, key))


def _with(body: Any, path: tuple[Any, ...], *wrong: Any) -> Any:
    body = copy.deepcopy(body)
    parent = body
    for key in path[:-1]:
        parent = parent[key]
    if wrong:
        parent[path[-1]] = wrong[0]
    else:
        del parent[path[-1]]
    return body
