"""Sentences with a number read right for 0, 1 and 2 items."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store.commands.imports.plan import plan_import, require_sound
from store.errors import DocumentError

if TYPE_CHECKING:
    from tests.cli.door import Door

HEAD = "# Debt\n\n| Key | Title | Severity | Status |\n|---|---|---|---|\n"


def made(door: Door, number: int) -> None:
    """A register of a number of items; without any, the document has one that is removed."""
    rows = "".join(f"| X-{at} | Item {at} | High | Open |\n" for at in range(1, max(number, 1) + 1))
    (door.home / "debt.md").write_text(HEAD + rows, encoding="utf-8")
    door.done("import", "debt.md", "--yes")
    if not number:
        door.done("remove", "X-1", "--yes")


@pytest.mark.parametrize(("number", "items"), [(0, "0 items"), (1, "1 item"), (2, "2 items")])
def test_copies_name_the_number_of_their_items(bare: Door, number: int, items: str) -> None:
    made(bare, number)
    assert bare.done("backup", "copy.db").err.startswith(f"Backed up {items} to ")
    restored = bare.done("restore", "copy.db", "--yes")
    assert restored.out.startswith(f"The backup holds {items} as of ")
    assert restored.err.startswith(f"Restored {items} from ")


@pytest.mark.parametrize(("number", "left"), [(1, "0 of 1 item reviewed"), (2, "0 of 2 items reviewed")])
def test_an_open_review_names_the_number_of_its_items(bare: Door, number: int, left: str) -> None:
    made(bare, number)
    bare.done("triage", stdin=b"")
    assert f"; {left}.\n" in bare.done("triage", stdin=b"").out


@pytest.mark.parametrize(("number", "more"), [(0, ""), (1, " (and 1 more problem)"), (2, " (and 2 more problems)")])
def test_a_refused_document_names_the_number_of_its_other_problems(number: int, more: str) -> None:
    text = HEAD + "| X-1 | Again | High | Open |\n" * (number + 2)
    with pytest.raises(DocumentError, match=re.escape(f"appears twice, on lines 5 and 6{more}: ")):
        require_sound(plan_import(None, text, path=Path("debt.md")))


@pytest.mark.parametrize(("links", "said"), [(1, "1 item does not fit as a whole map"), (2, "2 items do not fit")])
def test_a_map_that_does_not_fit_names_the_number_of_its_items(bare: Door, links: int, said: str) -> None:
    made(bare, 2)
    for at in (1, 2):
        bare.done("set", f"X-{at}", "--key", f"TOOWIDETOOW-{at}")
    bare.done("link", "TOOWIDETOOW-1", f"TOOWIDETOOW-{links}", "makes worse")
    assert said in bare.done("map", "--mode", "whole", "--width", "10").out
