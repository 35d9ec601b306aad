"""Changes of a register in words, and the lines that they change in its document."""

from __future__ import annotations

import re
from datetime import date
from difflib import unified_diff
from typing import TYPE_CHECKING

from store.enums import Effort, Severity, Status
from store.formats.document.model import Item

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.formats.document.model import Register

_CHANGE = re.compile(r"(?P<new>new )?(?P<key>\S+)(?P<values>.*)")
_VALUE = re.compile(r"([\w.]+)=(.*?)(?= [\w.]+=|\Z)")
READERS: dict[str, Callable[[str], object]] = {
    "severity": lambda word: None if word == "unrated" else Severity(word),
    "status": Status,
    "effort": Effort,
    "due_on": date.fromisoformat,
    "opened_on": date.fromisoformat,
    "components": lambda text: tuple(text.split("; ")),
    "description": lambda text: text.replace("\\n", "\n"),
    "mitigation_plan": lambda text: text.replace("\\n", "\n"),
}


def changed(register: Register, change: str) -> Register:
    """A register after a change: `KEY field=value`, `KEY removed`, or `new KEY field=value`.

    A value of nothing is none, `category` is a name, and `extra.NAME` is an extra column.
    """
    match = _CHANGE.fullmatch(change)
    assert match
    key, said = match["key"], dict(_VALUE.findall(match["values"]))
    if match["values"] == " removed":
        edges = tuple(edge for edge in register.dependencies if key not in edge.ends)
        return register._replace(items=tuple(item for item in register.items if item.key != key), dependencies=edges)
    codes = {category.name: category.code for category in register.categories}
    extra = {name.removeprefix("extra."): text for name, text in said.items() if name.startswith("extra.")}
    readers = {**READERS, "category": codes.__getitem__}
    values = {
        name: readers.get(name, str)(text) if text or name == "description" else None
        for name, text in said.items()
        if not name.startswith("extra.")
    }
    if match["new"]:
        item = Item(**{"key": key, "category": register.categories[0].code, **values})  # type: ignore[arg-type]
        return register._replace(items=(*register.items, item._replace(extra=tuple(extra.items()))))
    if "status" in values:
        values.setdefault("status_note", None)
    if "components" in values:
        values["components_text"] = None

    def edited(item: Item) -> Item:
        return item._replace(**{**values, "extra": tuple({**dict(item.extra), **extra}.items())})

    return register._replace(items=tuple(edited(item) if item.key == key else item for item in register.items))


def difference(old: str, new: str) -> list[str]:
    """The lines that are taken out and put in."""
    lines = list(unified_diff(old.split("\n"), new.split("\n"), n=0, lineterm=""))[2:]
    return [line.removesuffix("\r") for line in lines if not line.startswith("@@")]
