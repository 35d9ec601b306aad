"""Writes many rows at once: statements of the models' tables, whose parameters are prepared before the lock is held."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, inspect, literal_column
from sqlalchemy.dialects import sqlite

from store.audit.log import compact_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Table as SqlTable
    from sqlalchemy.sql.dml import ValuesBase
    from sqlmodel import Session

    from store.models import Table

    Values = Mapping[str, object]

_DIALECT = sqlite.dialect(json_serializer=compact_json)
_ROW = "row_id"


@dataclass(frozen=True, slots=True)
class Bulk:
    """A statement and the parameters of each of its executions."""

    sql: str
    parameters: list[tuple[Any, ...]]

    def execute(self, session: Session) -> None:
        """Execute it, after what the session has changed."""
        if self.parameters:
            session.flush()
            session.connection().exec_driver_sql(self.sql, self.parameters)


def inserts(model: type[Table], rows: Sequence[Values]) -> Bulk:
    """The rows to be added to a model's table, all with the same columns."""
    if not rows:
        return Bulk("", [])
    table = _table(model)
    return _prepared(table, table.insert().values({name: bindparam(name) for name in rows[0]}), rows)


def updates(model: type[Table], rows: Mapping[int, Values]) -> list[Bulk]:
    """The columns to be changed in rows of a model's table, by row id; each row's version goes up by one."""
    table = _table(model)
    groups: defaultdict[tuple[str, ...], list[Values]] = defaultdict(list)
    for row, values in rows.items():
        groups[tuple(sorted(values))].append({**values, _ROW: row})
    found = []
    for names, group in groups.items():
        wanted: dict[Any, Any] = {name: bindparam(name) for name in names}
        if "version" in table.columns:
            wanted["version"] = literal_column("version + 1")
        statement = table.update().where(table.c.id == bindparam(_ROW)).values(wanted)
        found.append(_prepared(table, statement, group))
    return found


def _table(model: type[Table]) -> SqlTable:
    table: SqlTable = inspect(model).local_table
    return table


def _prepared(table: SqlTable, statement: ValuesBase, rows: Iterable[Values]) -> Bulk:
    compiled = statement.compile(dialect=_DIALECT)
    names: list[str] = list(compiled.positiontup or ())
    types = [table.c["id" if name == _ROW else name].type.dialect_impl(_DIALECT) for name in names]
    encoders = [kind.bind_processor(_DIALECT) or _as_it_is for kind in types]
    columns = list(zip(names, encoders, strict=True))
    return Bulk(str(compiled), [tuple([encode(row[name]) for name, encode in columns]) for row in rows])


def _as_it_is(value: object) -> object:
    return value
