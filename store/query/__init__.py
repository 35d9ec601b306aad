"""The filter language: what people type, as a tree, as SQL, and as proposals while they type."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from store.errors import QueryError
from store.query.parsing import parse
from store.query.spans import spans
from store.query.table import QUALIFIERS, SORTS
from store.query.tree import ALL, Query, Sort, Term, Value, phrases, quote

if TYPE_CHECKING:
    from store.query.completing import Proposal, complete
    from store.query.conditions import condition, problems
    from store.query.kept import Kept

_OF_THE_DATABASE = {
    "Kept": "kept",
    "Proposal": "completing",
    "complete": "completing",
    "condition": "conditions",
    "problems": "conditions",
}

__all__ = [
    "ALL",
    "QUALIFIERS",
    "SORTS",
    "Kept",
    "Proposal",
    "Query",
    "QueryError",
    "Sort",
    "Term",
    "Value",
    "complete",
    "condition",
    "parse",
    "phrases",
    "problems",
    "quote",
    "spans",
]


def __getattr__(name: str) -> object:
    """What needs the database, loaded when it is first asked for: the first screen is painted without."""
    if module := _OF_THE_DATABASE.get(name):
        return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
