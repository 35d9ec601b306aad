"""A register in which a hostile colleague has put text that commands terminals into every field there is."""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from contextlib import closing
from typing import TYPE_CHECKING

from store.db.migrate import GUARDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARK = "777"
"""A parameter that no sequence of the program's own has."""
SEQUENCES = (
    f"\x1b[{MARK};31mcsi\x1b[{MARK}J",
    f"\x1b]0;{MARK}title\x07osc",
    f"\x1b]52;c;{MARK}\x1b\\clip",
    f"\x1b]8;;https://{MARK}.example\x1b\\link\x1b]8;;\x1b\\",
    f"\x1b]2;{MARK}\x9cosc",
    f"\x1bP+q{MARK}\x1b\\dcs",
    f"\x1b_G{MARK}\x1b\\apc",
    f"\x1b^{MARK}\x1b\\pm",
    f"\x1bX{MARK}\x1b\\sos",
    "\x1bcris \x1b7\x1b8\x1b(0",
    f"\x9b{MARK}mc1 \x9d0;{MARK}\x9c\x90{MARK}\x9c\x98\x9e\x9f",
    *("".join(map(chr, part)) for part in (range(1, 10), range(11, 27), range(28, 32), range(0x7F, 0x90))),
    "".join(map(chr, range(0x90, 0xA0))),
    "\u202aa\u202bb\u202cc\u202dd\u202ee\u2066f\u2067g\u2068h\u2069\u200e\u200f\u061c",
    "z\u200bw\u200c\u200d\u2060\u2061\u2062\u2063\ufeff\u00ad\u180e\u034f\u115f\u3164",
    "tag\U000e0001\U000e0041\U000e0042\U000e007f",
    "ls\u2028ps\u2029nel\x85",
    "e" + "\u0301" * 10_000,
)
MARKUP = (
    "[@click=app.quit]quit[/]",
    "[@click=app.bell()]x",
    "[link=https://evil.example]link[/link]",
    "[/",
    "[/foo]",
    "\\[bold] \\[/",
    "[bold [red",
    "[[[]]]",
    "[$primary on $error]x[/] %s {0} ${HOME}",
    "https://evil.example/?q=1",
    "ssh://-oProxyCommand=touch%20x/y",
    "--version file:///etc/passwd",
    "javascript:alert(1) [x](javascript:alert(1)) <https://evil.example>",
)
PIECES = tuple(piece for pair in zip(SEQUENCES, MARKUP * 2, strict=False) for piece in pair)

COLUMNS = {
    "register": ("title", "extends", "system", "purpose", "note", "document_path"),
    "category": ("code", "name", "definition", "origin"),
    "item": (
        *("key", "owner", "accepted_by", "affected_text", "origin", "title", "description", "status_note"),
        *("components_text", "mitigation_plan"),
    ),
    "component": ("name",),
    "dependency": ("label",),
    "change": ("actor", "verb", "key", "note"),
}
JSON_COLUMNS = {"register": ("cadence",), "item": ("extra",), "change": ("before", "after")}
LINES = frozenset({"purpose", "note", "definition", "description", "status_note", "mitigation_plan"})


def hostile(start: int, *, long: bool = False) -> str:
    """Every piece once, or a few, from another one on each time."""
    turned = PIECES[start % len(PIECES) :] + PIECES[: start % len(PIECES)]
    return "\n".join(turned) if long else " ".join(turned[:3])


def plant(path: Path) -> None:
    """Put it into a database, past our own verbs."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for name in GUARDS:
            connection.execute(f"DROP TRIGGER IF EXISTS {name}")
        for table, columns in COLUMNS.items():
            ids = [row[0] for row in connection.execute(f"SELECT rowid FROM {table} ORDER BY rowid")]
            for number, rowid in enumerate(ids):
                for place, column in enumerate(columns):
                    text = hostile(number * 7 + place, long=column in LINES)
                    # Keys differ, so that they stay keys.
                    text = f"{text}{number}" if column in ("key", "code", "name") else text
                    connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (text, rowid))
        for table, columns in JSON_COLUMNS.items():
            for rowid, *values in connection.execute(f"SELECT rowid, {', '.join(columns)} FROM {table}").fetchall():
                for column, value in zip(columns, values, strict=True):
                    text = json.dumps(_spoiled(table, column, value, rowid))
                    connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (text, rowid))
        for sql in GUARDS.values():
            connection.execute(sql)


def _spoiled(table: str, column: str, value: str | None, number: int) -> object:
    if table == "register":
        return [[hostile(number + at), hostile(at, long=True)] for at in range(4)]
    if column == "extra":
        return [[hostile(number), hostile(number + 5, long=True)]]
    found = json.loads(value) if value is not None else None
    return hostile(number, long=True) if isinstance(found, str) else found


_CSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_OWN = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\]22;[a-z-]*\x07|[\r\n]")
_KEPT = "\t"


def commands_in(written: str) -> set[str]:
    """What a text has in it that a terminal acts on or hides, but for what a program writes to draw."""
    left = _OWN.sub("", written)
    found = {repr(char) for char in left if _acts(char)}
    found |= {found[0] for found in _CSI.finditer(written) if MARK in found[0]}
    return found | {f"{len(run[0])} marks" for run in re.finditer("\u0301{5,}", left)}


def _acts(char: str) -> bool:
    return char not in _KEPT and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn")


def texts(path: Path) -> Iterator[str]:
    """All text of a database, to see that it is there."""
    with closing(sqlite3.connect(path)) as connection:
        yield from connection.iterdump()
