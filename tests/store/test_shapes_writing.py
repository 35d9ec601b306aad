"""What one change writes into documents of every shape, as `writing.txt` shows it: a document, then changes of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from store.formats.document.confirm import settled
from store.formats.document.reader import read
from store.formats.document.rules import EVERYTHING
from store.formats.document.writer import write
from tests.store.changing import changed, difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.formats.document.model import Item, Register


class Case(NamedTuple):
    """A document, a change of its register in words, and the lines that it takes out and puts in."""

    name: str
    text: str
    change: str
    lines: list[str]


def cases() -> Iterator[Case]:
    text = (Path(__file__).parent / "writing.txt").read_text(encoding="utf-8")
    for part in text.removeprefix("=== ").split("\n=== "):
        first, *parts = part.split("\n--- ")
        name, _, document = first.partition("\n")
        for each in parts:
            change, *lines = each.rstrip("\n").split("\n")
            yield Case(name, f"{document}\n", change, lines)


CASES = list(cases())


def by_key(register: Register) -> list[Item]:
    items = (settled(item, EVERYTHING)._replace(origin=None) for item in register.items)
    return sorted(items, key=lambda item: item.key)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.name}: {case.change}" for case in CASES])
def test_a_change_writes_the_lines_that_it_should(case: Case) -> None:
    reading = read(case.text)
    assert reading.problems == ()
    assert reading.register is not None
    after = changed(reading.register, case.change)
    written = write(after, template=case.text, rules=reading.rules)
    assert difference(case.text, written) == case.lines
    again = read(written).register
    assert again is not None
    if not reading.rules.keys:
        assert by_key(again) == by_key(after)
