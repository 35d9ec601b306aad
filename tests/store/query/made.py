"""Any register and any query: what property tests of the filter language take."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from store.commands.dependencies import link
from store.commands.items import add_item, comment, edit_items
from store.commands.saved_queries import save_query
from store.commands.settings import create, set_register
from store.db.database import Database
from store.enums import SavedKind, SignalState
from store.filters.ast import quote
from store.filters.qualifiers import FOLLOW_UP, HAS, IS, QUALIFIERS, SORTS, ValueKind
from store.models import Decision, FollowUp, Review, Signal, SignalItem

if TYPE_CHECKING:
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
NAMES = (
    "Amber",
    "amber store",
    "ML Platform",
    "none",
    "Ana",
    "a*b",
    "MDL-REC",
    "x,y",
    "Änderung",
    "ÄNDERUNG",
    "Straße",
)
TEXTS = (
    "high load",
    "Amber cache",
    "50% of it",
    "a_b",
    'say "so"',
    "plain",
    "C:\\temp",
    "ÄNDERUNG",
    "die neue änderung",
)
KEYS = ("EN-001", "EN-002", "BE-001", "BE-002", "FL-001", "FL-010")
DAYS = (-400, -91, -90, -31, -30, -29, -8, -7, -1, 0, 1, 6, 7, 14, 15, 40)
SIGNALS = ("Drift", "Lag", "Änderung")
RULES = ("severity:>=high is:open share:>10%", "age:>30d component:Amber", "feeds:GONE-1", "is:overdue")


def on(days: int) -> date:
    """This many days from today."""
    return TODAY + timedelta(days=days)


_DATES = st.none() | st.sampled_from(DAYS).map(lambda days: on(days).isoformat())
ITEM = st.fixed_dictionaries(
    {
        "severity": st.sampled_from(["critical", "high", "medium", "low", None]),
        "status": st.sampled_from(["open", "in-progress", "mitigated", "accepted"]),
        "description": st.sampled_from(TEXTS),
        "title": st.none() | st.sampled_from(TEXTS),
        "status_note": st.none() | st.sampled_from(TEXTS),
        "mitigation_plan": st.none() | st.sampled_from(TEXTS),
        "components": st.lists(st.sampled_from(NAMES), max_size=2, unique_by=str.casefold).map(tuple),
        "owner": st.none() | st.sampled_from(NAMES),
        "effort": st.none() | st.sampled_from(["S", "M", "L", "XL"]),
        "affected": st.none() | st.sampled_from(["10%", "10.5 %", "300", "301 projects", "many"]),
        "due_on": _DATES,
        "opened_on": _DATES,
        "accepted_until": _DATES,
        "accepted_by": st.none() | st.sampled_from(NAMES),
        "links": st.none() | st.sampled_from(["https://ten.example/x", "10% https://b.example/y_z"]),
    }
)
REGISTER = st.fixed_dictionaries(
    {
        "items": st.lists(st.tuples(ITEM, st.sampled_from([0, 7, 30, 31, 400])), min_size=1, max_size=len(KEYS)),
        "edges": st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)), max_size=7, unique=True),
        "comments": st.lists(st.sampled_from(KEYS), max_size=2, unique=True),
        "reviewed": st.dictionaries(st.sampled_from(KEYS), st.sampled_from([-90, -89, -7, -3, 0]), max_size=4),
        "ended": st.none() | st.sampled_from([-100, -7, 0]),
        "follow_ups": st.lists(
            st.tuples(
                st.sampled_from(KEYS),
                st.none() | st.sampled_from([-1, 0, 1]),
                st.sampled_from([None, "done", "dropped"]),
            ),
            max_size=4,
        ),
        "signals": st.lists(
            st.tuples(
                st.sampled_from(SIGNALS),
                st.sampled_from(KEYS),
                st.sampled_from(["firing", "resolved"]),
                st.none() | st.sampled_from([-1, 0]),
                st.sampled_from([0, 1, 1]),
            ),
            max_size=5,
        ),
        "rules": st.lists(st.sampled_from(RULES), max_size=2, unique=True),
        "total": st.none() | st.just(3000),
        "within": st.sampled_from(["", "high 30", "critical 6, high 30, medium 90, low 7"]),
    }
)


class Clock:
    """A clock that stays where it is put."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment


def build(path: Path, made: dict[str, object]) -> tuple[Database, dict[str, datetime], datetime | None]:
    """The register in a database, when its items were reviewed last, and when the last review ended."""
    clock = Clock()
    db = Database.create(path, clock=clock, actor="ana")
    clock.moment = NOW - timedelta(days=500)
    create(db, title="Any")
    set_register(db, {"project_total": made["total"], "mitigate_within": made["within"]})  # type: ignore[dict-item]
    there: list[str] = []
    for key, (fields, age) in zip(KEYS, made["items"], strict=False):  # type: ignore[call-overload]
        clock.moment = NOW - timedelta(days=age)
        why = {"status_note": fields["status_note"] or "n"} if fields["status"] == "accepted" else {}
        add_item(db, {"key": key, "category": key[:2], **fields, **why})
        if fields["opened_on"] is None:
            edit_items(db, [key], {"opened_on": ""})
        there.append(key)
    clock.moment = NOW
    for source, target in made["edges"]:  # type: ignore[attr-defined]
        if source in there and target in there:
            link(db, source, target, "")
    for key in made["comments"]:  # type: ignore[attr-defined]
        if key in there:
            comment(db, [key], "said")
    for rule in made["rules"]:  # type: ignore[attr-defined]
        save_query(db, SavedKind.RULE, rule, rule)
    ended = None if made["ended"] is None else NOW + timedelta(days=made["ended"])  # type: ignore[arg-type]
    reviewed = {
        key: NOW + timedelta(days=days)
        for key, days in made["reviewed"].items()
        if key in there  # type: ignore[attr-defined]
    }
    follow_ups = [(key, due, resolution) for key, due, resolution in made["follow_ups"] if key in there]  # type: ignore[attr-defined]
    _review(db, reviewed, ended, follow_ups)
    signals = [(key, name, *rest) for name, key, *rest in made["signals"] if key in there]  # type: ignore[attr-defined]
    _report(db, signals)
    return db, reviewed, ended


def _review(
    db: Database,
    reviewed: dict[str, datetime],
    ended: datetime | None,
    follow_ups: list[tuple[str, int | None, str | None]],
) -> None:
    """One review of some items at some times, with follow-ups: key, days until due, resolution."""
    from store.queries.lookup import find_item

    with db.write("start") as writer:
        review = Review(
            title="R", skip_days=14, started=NOW - timedelta(days=200), started_by="ana", ended=ended, first_sequence=1
        )
        writer.session.add(review)
        writer.session.flush()
        for key, time in reviewed.items():
            item = find_item(writer.reader, key)
            assert review.id is not None
            assert item.id is not None
            writer.session.add(
                Decision(review_id=review.id, item_id=item.id, key=key, actor="ana", time=time, seconds=1)
            )
        for key, days, resolution in follow_ups:
            item = find_item(writer.reader, key)
            assert item.id is not None
            due = None if days is None else on(days)
            kept = {"review_id": review.id or 0, "item_id": item.id, "key": key, "actor": "ana", "time": NOW}
            writer.session.add(FollowUp(**kept, text="do it", due_on=due, resolution=resolution))
        writer.session.flush()
        # A batch is committed when something was recorded of it.
        writer.record("review", review.id or 0, "review 1", None, None, None)


def _report(db: Database, signals: list[tuple[str, str, str, int | None, int]]) -> None:
    """Signals of some names, each attached to an item or detached from it: key, name, state, days until unmuted."""
    from store.queries.lookup import find_item

    with db.write("report") as writer:
        for number, (key, name, state, muted, attached) in enumerate(signals, 1):
            signal = Signal(source="json", name=name, fingerprint=f"{number}", state=SignalState(state), starts=NOW)
            signal.muted_until = None if muted is None else on(muted)
            writer.session.add(signal)
            writer.session.flush()
            item = find_item(writer.reader, key)
            writer.session.add(SignalItem(signal_id=number, item_id=item.id, key=key, attached=attached))
        writer.commit_unrecorded()


_NAME = st.sampled_from(
    [
        *map(quote, [*NAMES, *SIGNALS]),
        "Amber",
        "am*",
        "*a*",
        "none",
        "a*b",
        "MDL-REC",
        "ana",
        "änd*",
        "*NDERUNG",
        "STRAßE",
    ]
)
_KEY = st.sampled_from([*KEYS, "en-001", "fl-0*"])
_OPERATOR = st.sampled_from(["<", "<=", ">", ">="])
_SPAN = st.builds(str.__add__, _OPERATOR, st.sampled_from(["0d", "1d", "7d", "14d", "30d", "31d", "1m", "1y", "13w"]))
_DATE = st.builds(str.__add__, st.just("") | _OPERATOR, st.sampled_from(DAYS).map(lambda days: on(days).isoformat()))
_RATED = ("critical", "High", "medium", "low")
_SIZED = ("S", "m", "L", "XL")
_PERCENT = st.builds(str.__add__, st.just("") | _OPERATOR, st.sampled_from(["0", "10%", "10.5", "10.03%", "99%"]))


def _value(name: str, kind: ValueKind, choices: tuple[str, ...], none: str) -> SearchStrategy[str]:
    """A value of a qualifier, as typed."""
    found = {
        ValueKind.CATEGORY: st.sampled_from(["EN", "be", '"Boundary Erosion"', "FL"]),
        ValueKind.NAME: _NAME,
        ValueKind.KEY: _KEY,
        ValueKind.LINK: st.sampled_from(KEYS[:1]),
        ValueKind.SIZE: st.builds(
            str.__add__, st.just("") | _OPERATOR, st.sampled_from(_RATED if name == "severity" else _SIZED)
        ),
        ValueKind.PERCENT: _PERCENT,
        ValueKind.COUNT: st.builds(str.__add__, st.just("") | _OPERATOR, st.sampled_from(["0", "1", "2"])),
        ValueKind.SPAN: _SPAN,
        ValueKind.PAST: _SPAN | _DATE,
        ValueKind.FUTURE: _SPAN | _DATE,
    }.get(kind)
    if found is None:
        return st.sampled_from(choices)
    return found | st.just(none) if none and name != "owner" else found


_QUALIFIED = st.one_of(
    *(
        st.lists(
            _value(each.name, each.kind, tuple(choice.name for choice in each.choices), each.none),
            min_size=1,
            max_size=3,
        ).map(lambda values, name=each.name: f"{name}:{','.join(values)}")
        for each in QUALIFIERS
        if each.name != "sort"
    )
)
_WORDS = st.sampled_from(
    [
        *(quote(text) for text in TEXTS),
        "amber",
        "%",
        "_",
        "high",
        "10",
        "EN-0",
        "Änderung",
        "straße",
        "nowhere",
        "projects",
    ]
)
_SIGN = st.sampled_from(["", "", "-"])
TERM = st.builds(str.__add__, _SIGN, _QUALIFIED | _WORDS)
SORT = st.one_of(st.just(""), st.builds("sort:{}{}".format, _SIGN, st.sampled_from([choice.name for choice in SORTS])))
QUERY = st.builds(lambda terms, sort: " ".join([*terms, sort]).strip(), st.lists(TERM, min_size=1, max_size=3), SORT)


_OPERATORS = ("", "<", "<=", ">", ">=")
_SPANS = ("0d", "1d", "7d", "14d", "30d", "31d")
_SPANNED = ("age", "opened", "changed", "reviewed", "due")
COMPARISONS = (
    *(f"{name}:{sign}{span}" for name in _SPANNED for sign in _OPERATORS[1:] for span in _SPANS),
    *(
        f"{name}:{sign}{on(days)}"
        for name in _SPANNED[1:]
        for sign in _OPERATORS
        for days in (-31, -30, -7, -1, 0, 1, 7)
    ),
    *(f"share:{sign}{share}" for sign in _OPERATORS for share in ("9.99", "10%", "10.01%", "10.5")),
    *(f"effort:{sign}{effort}" for sign in _OPERATORS for effort in ("S", "M", "L", "XL")),
    *(f"severity:{sign}{severity}" for sign in _OPERATORS for severity in _RATED),
    *(f"{sign}is:{choice.name}" for sign in ("", "-") for choice in IS),
    *(f"{name}:{choice.name}" for name in ("has", "no") for choice in HAS),
    *(f"signals:{sign}{number}" for sign in _OPERATORS for number in (0, 1, 2)),
    *(f"{sign}signal:{name}" for sign in ("", "-") for name in ("drift", "L*", "none")),
    *(f"{sign}followup:{choice.name}" for sign in ("", "-") for choice in FOLLOW_UP),
)
"""Each operator with values on either side of those in BORDERS."""


def _border(**fields: object) -> dict[str, object]:
    plain = dict.fromkeys(("title", "status_note", "mitigation_plan", "owner", "effort", "affected", "accepted_by"))
    plain |= dict.fromkeys(("due_on", "opened_on", "accepted_until"))
    return {"severity": "high", "status": "open", "description": "d", "components": (), **plain, **fields}


def _iso(days: int) -> str:
    return on(days).isoformat()


BORDERS: dict[str, object] = {
    "items": [
        (_border(effort="M", affected="10%", due_on=_iso(7), opened_on=_iso(-30), title="t", components=("a",)), 30),
        (_border(effort="L", affected="300", due_on=_iso(0), opened_on=_iso(-31), status="accepted"), 31),
        (
            _border(
                severity=None,
                status="accepted",
                accepted_until=_iso(14),
                due_on=_iso(-1),
                opened_on=_iso(-7),
                owner="o",
            ),
            7,
        ),
        (
            _border(status="accepted", accepted_until=_iso(0), accepted_by="a", opened_on=_iso(1), mitigation_plan="p"),
            0,
        ),
        (_border(status="accepted", accepted_until=_iso(-1), affected="301", due_on=_iso(30), status_note="n"), 30),
        (_border(severity="critical", effort="XL", affected="many", due_on=_iso(1)), 31),
    ],
    "edges": [
        ("EN-001", "BE-002"),
        ("BE-002", "FL-010"),
        ("FL-010", "BE-002"),
        ("EN-001", "EN-001"),
        ("EN-002", "EN-001"),
    ],
    "comments": ["EN-001"],
    "reviewed": {"EN-001": -30, "EN-002": -7, "BE-001": 0, "BE-002": -31},
    "ended": -30,
    "follow_ups": [
        ("EN-001", 0, None),
        ("EN-001", -1, "done"),
        ("EN-002", -1, None),
        ("BE-001", None, None),
        ("BE-002", -1, "dropped"),
    ],
    "signals": [
        ("Drift", "EN-001", "firing", -1, 1),
        ("Drift", "EN-002", "firing", 0, 1),
        ("Lag", "EN-002", "resolved", None, 1),
        ("Drift", "BE-001", "firing", None, 1),
        ("Lag", "BE-001", "firing", None, 1),
        ("Lag", "BE-002", "firing", None, 0),
    ],
    "rules": list(RULES[:2]),
    "total": 3000,
    "within": "high 30, critical 31",
}
"""Items whose values are on the borders of COMPARISONS."""
