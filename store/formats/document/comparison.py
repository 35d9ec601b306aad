"""What changed between two documents: in the register, and in the text besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.errors import RegisterError
from store.formats.document.arrange import unpadded
from store.formats.document.derived import DERIVED_RULES, with_last_updated
from store.formats.document.diff import Difference, differences
from store.formats.document.places import derived_lines
from store.formats.document.reader import ParsedTexts
from store.formats.document.writer import DocumentUpdate
from store.formats.line_merge import changes, hunks, matches
from store.formats.lines import Text

if TYPE_CHECKING:
    from store.formats.document.model import Register
    from store.formats.lines import Problem


class Comparison(NamedTuple):
    """How two documents differ: in their registers, None where one cannot be read, and on the lines left.

    `lines` are those of a unified diff; blanks around cells do not count. `problems` say why the old or the new
    document cannot be read.
    """

    differences: tuple[Difference, ...] | None
    lines: tuple[str, ...]
    problems: tuple[Problem | None, Problem | None] = (None, None)


def compare(old: str, new: str) -> Comparison:
    """Compare two documents; the lines are those of the new one that do not follow from the changed register."""
    texts = ParsedTexts()
    before, after = texts.parse(old).reading, texts.parse(new).reading
    problems = (next(iter(before.problems), None), next(iter(after.problems), None))
    if before.register is None or after.register is None or problems != (None, None):
        return Comparison(None, _lines(old, new), problems)
    found = differences(before.register, after.register, by="key")
    dates = [str(day) if day else None for day in (before.register.last_updated, after.register.last_updated)]
    if dates[0] != dates[1]:
        found = (*found, Difference("register", "", "last_updated", *dates))
    wrong = {notice.line - 1 for notice in after.notices if notice.rule in DERIVED_RULES}
    right = derived_lines(texts.parse(old).layout), derived_lines(texts.parse(new).layout) - wrong
    return Comparison(found, _lines(old, new, _expected(old, before.register, after.register, texts), right))


def _expected(old: str, before: Register, after: Register, texts: ParsedTexts) -> str:
    """The old document with the new register written into it; unchanged where that is not possible."""
    try:
        text = DocumentUpdate(old, with_origins(after, before), None, texts=texts).text(None)
    except RegisterError:
        return old
    return with_last_updated(text, after.last_updated, texts) if after.last_updated else text


def with_origins(register: Register, document: Register) -> Register:
    """A register whose items and categories are those of a document with the same keys and codes."""
    keys, codes = {item.key for item in document.items}, {category.code for category in document.categories}
    items = (item._replace(origin=item.key if item.key in keys else None) for item in register.items)
    categories = (each._replace(origin=each.code if each.code in codes else None) for each in register.categories)
    return register._replace(items=tuple(items), categories=tuple(categories))


def _lines(
    old: str, new: str, expected: str | None = None, derived: tuple[frozenset[int], frozenset[int]] | None = None
) -> tuple[str, ...]:
    """The lines that changed, but for those that were expected, or follow from the items on both sides."""
    before, after = Text.of(old).lines, Text.of(new).lines
    found = list(changes(before, after))
    if expected is not None:
        wanted = unpadded(Text.of(expected).lines)
        missed = list(changes(wanted, unpadded(after)))
        added = {number for change in missed for number in change.new}
        lost = {number for change in missed for number in change.old}
        gone = {here for here, there in matches(unpadded(before), wanted) if there in lost}
        found = [each for each in found if not (added.isdisjoint(each.new) and gone.isdisjoint(each.old))]
    if derived is not None:
        found = [each for each in found if not (derived[0].issuperset(each.old) and derived[1].issuperset(each.new))]
    return tuple(hunks(before, after, found))
