"""Documents of registers made of any text, written, read and changed."""

from datetime import date
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from store.formats.document.cells import embedded
from store.formats.document.diff import Difference, differences
from store.formats.document.model import Register
from store.formats.document.outline import LineState
from store.formats.document.reader import read
from store.formats.document.writer import write
from store.formats.lines import Text
from store.samples import sample_text
from tests.store.documents import BY_HAND, COMPACT, ODD
from tests.store.hostile import PIECES, Hostile

UPDATED = date(2026, 3, 31)
ITEM_TABLE = "\n\n| ID | Severity | Status |\n|-|-|-|\n| A-1 | High | Open |\n\n"
seeds = st.integers(0, 2**64)


def lost(before: Register, after: Register) -> list[Difference]:
    """What differs, but for links and code that stay behind a status when its note goes."""
    found = differences(before, after, by="key")
    return [one for one in found if one.field != "status_note" or one.before or one.after != embedded(one.after)]


def imported(text: str) -> Register:
    reading = read(text)
    assert reading.problems == ()
    assert reading.register is not None
    return reading.register


@settings(deadline=None)
@given(seeds)
def test_a_register_of_any_text_is_written_and_read_back(seed: int) -> None:
    register = Hostile(Random(seed)).register()
    text = write(register)
    again = imported(text)
    assert lost(register, again) == []
    assert again.dependencies == register.dependencies
    assert write(again, template=text, updated=UPDATED) == text


@settings(deadline=None)
@given(seeds)
def test_any_changes_are_written_into_a_document(seed: int) -> None:
    random = Random(seed)
    hostile = Hostile(random)
    document = random.choice([sample_text(), COMPACT, BY_HAND, ODD])
    template = document.replace("\n", random.choice(["\n", "\r\n", "\r"]))
    register = imported(template)
    for _ in range(random.randint(1, 4)):
        register = hostile.change(register)
    text = write(register, template=template, updated=UPDATED)
    again = imported(text)
    assert lost(register, again) == []
    assert write(again, template=text) == text


@settings(deadline=None)
@given(seeds)
def test_changes_are_written_into_a_document_of_any_text(seed: int) -> None:
    random = Random(seed)
    hostile = Hostile(random)
    template = write(hostile.register())
    register = imported(template)
    for _ in range(random.randint(1, 3)):
        register = hostile.change(register)
    text = write(register, template=template, updated=UPDATED)
    assert lost(register, imported(text)) == []


@given(st.lists(st.text(" \t\na|-`\xa0", max_size=8), max_size=8))
def test_the_library_begins_with_the_lines_as_it_would_find_them(pieces: list[str]) -> None:
    lines, markdown = Text.of("\n".join(pieces)).lines, MarkdownIt("commonmark")
    made, found = LineState(lines, markdown, []), StateBlock("\n".join(lines), markdown, {}, [])
    for name in ("bMarks", "eMarks", "tShift", "sCount", "bsCount", "lineMax"):
        assert getattr(made, name) == getattr(found, name)


@settings(deadline=None)
@given(st.lists(st.one_of(st.sampled_from((*PIECES, ITEM_TABLE)), st.text(max_size=5)), max_size=30))
def test_no_text_breaks_the_reader(pieces: list[str]) -> None:
    text = "".join(pieces)
    reading = read(text)
    if reading.register is not None and not reading.problems:
        assert write(reading.register, template=text) == text
        assert imported(write(reading.register._replace(system="Ads"), template=text)).system == "Ads"
