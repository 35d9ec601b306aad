"""A comparison in any case, in the words of each kind of database."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import Boolean, false, func, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from collections.abc import Sequence

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
