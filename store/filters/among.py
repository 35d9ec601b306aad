"""Membership in many row ids as one parameter, in the words of each kind of database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Boolean
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


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
