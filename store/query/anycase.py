"""A comparison in any case, in the words of each kind of database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Boolean
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class AnyCase(FunctionElement[bool]):
    """`AnyCase(column, pattern)`: LIKE in any case (on SQLite: of ASCII letters), with `\\` as the escape."""

    type = Boolean()
    inherit_cache = True
    name = "any_case"


@compiles(AnyCase)
def _ilike(element: AnyCase, compiler: SQLCompiler, **options: object) -> str:
    column, pattern = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} ILIKE {pattern} ESCAPE '\\'"


@compiles(AnyCase, "sqlite")
def _like(element: AnyCase, compiler: SQLCompiler, **options: object) -> str:
    # SQLite's LIKE disregards the case already, three times as fast as comparing what `lower` makes of both.
    column, pattern = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} LIKE {pattern} ESCAPE '\\'"
