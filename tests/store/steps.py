"""Any edits of a register: steps that property tests take, and that may be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from store.audit.undo import redo, undo
from store.commands.categories import edit_category, move_category, remove_category
from store.commands.dependencies import link, relabel, unlink
from store.commands.items import add_item, comment, edit_items, remove_items
from store.errors import RegisterError
from tests.store.asking import content

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.db.database import Database

KEYS = st.sampled_from(["EN-001", "EN-002", "MS-001", "EN-004", "EN-777"])
CODES = st.sampled_from(["EN", "MS", "GV"])
LABELS = st.sampled_from(["", "a", "feature changes cascade to"])
VALUES = st.one_of(
    st.tuples(st.just("owner"), st.sampled_from(["", "x", "y"])),
    st.tuples(st.just("status"), st.sampled_from(["open", "accepted", "mitigated"])),
    st.tuples(st.just("severity"), st.sampled_from(["critical", "high", ""])),
    st.tuples(st.just("components"), st.sampled_from(["", "A; B", "B; A"])),
    st.tuples(st.just("category"), CODES),
    st.tuples(st.just("key"), KEYS),
)


def _values(pair: tuple[str, str]) -> dict[str, str]:
    """A field and its value; what is accepted says why."""
    return {pair[0]: pair[1]} | ({"status_note": "so"} if pair[1] == "accepted" else {})


STEPS = st.one_of(
    st.tuples(st.just(edit_items), st.lists(KEYS, max_size=2), VALUES.map(_values)),
    st.tuples(st.just(remove_items), st.lists(KEYS, max_size=2)),
    st.tuples(st.just(add_item), CODES.map(lambda code: {"category": code, "description": "d", "severity": "low"})),
    st.tuples(st.just(link), KEYS, KEYS, LABELS),
    st.tuples(st.just(relabel), KEYS, KEYS, LABELS, LABELS),
    st.tuples(st.just(unlink), KEYS, KEYS, LABELS),
    st.tuples(st.just(comment), st.lists(KEYS, max_size=2), st.just("c")),
    st.tuples(st.just(edit_category), CODES, CODES.map(lambda code: {"code": code})),
    st.tuples(st.just(remove_category), CODES),
    st.tuples(st.just(move_category), CODES, st.integers(-2, 2)),
    st.tuples(st.just(undo)),
    st.tuples(st.just(redo)),
)


def attempt(db: Database, verb: Callable[..., object], *arguments: object) -> str:
    """Do it, or say why not; what is refused changes nothing."""
    before = content(db)
    try:
        verb(db, *arguments)
    except RegisterError as refused:
        assert content(db) == before
        return str(refused)
    return ""
