"""Building blocks of SQL conditions: text matches in any case, and membership in many ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import Boolean, Text, cast, false, func, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import col, select

from store.filters.ast import Pattern
from store.models import Component, Item, ItemComponent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.sql.elements import SQLCoreOperations

    TextColumn = SQLCoreOperations[str] | SQLCoreOperations[str | None]


def any_case(column: TextColumn, pattern: str) -> ColumnElement[bool]:
    """Whether a text is like a pattern of LIKE, in any case, with `\\` as the escape; NULL where there is no text."""
    return _Ascii(column, pattern) if pattern.isascii() else _Folded(column, pattern.casefold())


def any_holds(columns: Sequence[TextColumn], word: str, pattern: str) -> ColumnElement[bool]:
    """Whether one of some texts is like `pattern`, which means to hold `word`, in any case; never NULL."""
    if word.isascii():
        return func.coalesce(or_(*(_Ascii(column, pattern) for column in columns)), false())
    return _Holds(word.casefold(), pattern, *columns)


class _Ascii(FunctionElement[bool]):
    """A pattern of ASCII characters alone."""

    type = Boolean()
    inherit_cache = True
    name = "any_case"
    on_sqlite: ClassVar[str] = "{column}"
    """SQLite's LIKE disregards the case of ASCII letters, several times as fast as comparing what is folded."""


class _Folded(_Ascii):
    """A pattern with other characters, folded."""

    inherit_cache = True
    on_sqlite = "casefold({column})"
    """The connection has this function: `store.db.file_handle`."""


@compiles(_Ascii)
@compiles(_Folded)
def _ilike(element: _Ascii, compiler: SQLCompiler, **options: object) -> str:
    column, pattern = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} ILIKE {pattern} ESCAPE '\\'"


@compiles(_Ascii, "sqlite")
@compiles(_Folded, "sqlite")
def _like(element: _Ascii, compiler: SQLCompiler, **options: object) -> str:
    column, pattern = (compiler.process(part, **options) for part in element.clauses)
    return f"{element.on_sqlite.format(column=column)} LIKE {pattern} ESCAPE '\\'"


class _Holds(FunctionElement[bool]):
    """Whether one of some texts holds a word with characters beyond ASCII: one call for all of a row's texts."""

    type = Boolean()
    inherit_cache = True
    name = "any_holds"


@compiles(_Holds)
def _ilikes(element: _Holds, compiler: SQLCompiler, **options: object) -> str:
    _, pattern, *columns = element.clauses
    likes = (compiler.process(_Ascii(column, pattern), **options) for column in columns)
    return f"coalesce({' OR '.join(likes)}, false)"


@compiles(_Holds, "sqlite")
def _held(element: _Holds, compiler: SQLCompiler, **options: object) -> str:
    word, _, *columns = element.clauses
    return f"any_holds({', '.join(compiler.process(part, **options) for part in (word, *columns))})"


_SEARCHED = (
    Item.key,
    Item.title,
    Item.description,
    Item.status_note,
    Item.mitigation_plan,
    Item.owner,
    Item.affected_text,
    Item.accepted_by,
)


def is_nowhere(text: str) -> bool:
    """Whether a text holds what no stored text can: NUL, or half of a character."""
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)


def named(column: TextColumn, name: str | Pattern) -> ColumnElement[bool]:
    """Equal in any case, or like a pattern; NULL where there is no text."""
    text = name.text if isinstance(name, Pattern) else name
    if is_nowhere(text):
        return false()
    parts = text.split("*") if isinstance(name, Pattern) else [text]
    return any_case(column, "%".join(map(_escaped, parts)))


def matching(names: Iterable[str], name: str | Pattern) -> list[str]:
    """Those of some names that `named` finds, compared here: a few names that many rows have."""
    text = (name.text if isinstance(name, Pattern) else name).casefold()
    parts = text.split("*") if isinstance(name, Pattern) else [text]
    return [each for each in names if _is_like(each.casefold(), parts)]


def _is_like(text: str, parts: Sequence[str]) -> bool:
    """Whether a text is these parts, in order, with anything between them."""
    if len(parts) == 1:
        return text == parts[0]
    first, *inner, last = parts
    at, end = len(first), len(text) - len(last)
    if at > end or not text.startswith(first) or not text.endswith(last):
        return False
    for part in inner:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def holds(column: TextColumn, text: str) -> ColumnElement[bool]:
    """Whether a column has a text in it, in any case; NULL where there is none."""
    return any_case(column, _inside(text))


def _inside(text: str) -> str:
    return f"%{_escaped(text)}%"


def says(word: str) -> ColumnElement[bool]:
    """Whether some field or component of an item has a text in it, in any case; never NULL."""
    if is_nowhere(word):
        return false()
    texts: list[TextColumn] = [col(column) for column in _SEARCHED]
    texts += [cast(col(Item.severity), Text), cast(col(Item.status), Text), cast(col(Item.extra), Text)]
    links = select(ItemComponent.item_id).join(Component, col(Component.id) == col(ItemComponent.component_id))
    linked = col(Item.id).in_(links.where(holds(col(Component.name), word)))
    return or_(any_holds(texts, word, _inside(word)), linked)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


class Among(FunctionElement[bool]):
    """`Among(column, ids)`: whether a row id is in the text of a JSON array; lists of parameters have a limit."""

    type = Boolean()
    inherit_cache = True
    name = "among"


@compiles(Among)
def _array(element: Among, compiler: SQLCompiler, **options: object) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT CAST(value AS INTEGER) FROM json_array_elements_text(CAST({ids} AS JSON)))"


@compiles(Among, "sqlite")
def _each(element: Among, compiler: SQLCompiler, **options: object) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"
