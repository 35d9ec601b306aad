"""Merges a document that two people changed: by item and field, and its other text by lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.errors import RegisterError
from store.formats.document.arrange import Merger, unpadded
from store.formats.document.derived import corrected, disagreements, with_last_updated
from store.formats.document.diff import differences
from store.formats.document.places import derived_lines, item_landmark
from store.formats.document.reader import ParsedTexts
from store.formats.document.resolve import Resolution
from store.formats.document.writer import DocumentUpdate
from store.formats.line_merge import Conflict, changes, merged
from store.formats.lines import Text
from store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.formats.document.arrange import Arrangement
    from store.formats.document.model import Category, Register
    from store.formats.document.resolve import Resolved
    from store.formats.line_merge import Side
    from store.formats.lines import Problem

MARKER_SIZE = 7


class MergedDocument(NamedTuple):
    """A merged text, the number of conflicts that are marked in it, and whether all of it was merged by lines.

    `problem` says which version (0: base, 1: ours, 2: theirs) cannot be read, and why.
    """

    text: str
    conflicts: int
    by_lines: bool = False
    problem: tuple[int, Problem] | None = None


def merge_documents(base: str, ours: str, theirs: str, *, marker_size: int = MARKER_SIZE) -> MergedDocument:
    """Merge what two people made of a document; an empty base is that of a document that both added.

    Where both changed the same field of an item, or the same line of other text, both versions are marked as in git.
    """
    if theirs in (base, ours):
        return MergedDocument(ours, 0)
    if ours == base:
        return MergedDocument(theirs, 0)
    texts = ParsedTexts()
    registers: list[Register | None] = [None]
    for number, text in enumerate((base, ours, theirs)):
        reading = texts.parse(text).reading
        if number == 0 and not text:
            continue
        if reading.problems or reading.register is None:
            return merge_lines(base, ours, theirs, marker_size=marker_size)._replace(
                problem=(number, reading.problems[0])
            )
        registers[number:] = [reading.register]
    try:
        preferred = _Merge(base, ours, theirs, registers, texts).both()
    except RegisterError:
        return merge_lines(base, ours, theirs, marker_size=marker_size)
    return _marked(*preferred, marker_size, texts)


def merge_lines(base: str, ours: str, theirs: str, *, marker_size: int = MARKER_SIZE) -> MergedDocument:
    """Merge texts by lines alone, as git does."""
    before, mine, yours = (Text.of(text) for text in (base, ours, theirs))
    own, other = _ended(mine), _ended(yours)
    lines: list[str] = []
    number = 0
    for each in merged(_ended(before), own, other):
        if isinstance(each, Conflict):
            number += 1
            parts = [own[at] for at in each.ours], [other[at] for at in each.theirs]
            lines += _conflict(*parts, marker_size, mine.end)
        else:
            lines.append((own if each.side == "ours" else other)[each.number])
    bom = yours.bom if mine.bom == before.bom else mine.bom
    return MergedDocument(bom + "".join(lines), number, by_lines=True)


def _ended(text: Text) -> list[str]:
    """The lines of a text with their ends."""
    return [line + end for line, end in zip(text.lines, text.ends, strict=True)]


def _conflict(ours: Sequence[str], theirs: Sequence[str], size: int, end: str) -> Iterator[str]:
    """Two versions of some lines between markers."""
    yield f"{'<' * size} ours{end}"
    yield from _closed(ours, end)
    yield f"{'=' * size}{end}"
    yield from _closed(theirs, end)
    yield f"{'>' * size} theirs{end}"


def _closed(lines: Sequence[str], end: str) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith(("\n", "\r")) else line + end


class _Merge:
    """A merge of three versions that can be read as registers."""

    def __init__(
        self, base: str, ours: str, theirs: str, registers: Sequence[Register | None], texts: ParsedTexts
    ) -> None:
        self._texts = texts
        before, mine, yours = registers
        assert mine is not None
        assert yours is not None
        self._resolution = Resolution(before, mine, yours)
        versions = _with_same_order((base, ours, theirs), registers, texts)
        self._merger = Merger(*versions, codes=self._resolution.codes, texts=texts)
        self._leave = disagreements(base or ours, texts)
        dates = [each.last_updated if each else None for each in registers]
        both = dates[1] and dates[2] and dates[0] not in dates[1:]
        self._updated = max(day for day in dates[1:] if day) if both else None

    def both(self) -> tuple[str, str]:
        """The merged text with every conflict resolved for us, and for them. Raises RegisterError."""
        ours = self._resolution.prefer("ours")
        text = self._written(self._arranged(ours, "ours"), ours)
        text = corrected(text, leave=self._leave, texts=self._texts)
        theirs = self._resolution.prefer("theirs")
        other = self._written(self._arranged(theirs, "theirs"), theirs)
        # What follows from the items follows from those of one side, or it would be in conflict wherever they are.
        right = self._texts.parse(text).register
        return text, corrected(other, right, leave=self._leave, texts=self._texts)

    def _arranged(self, resolved: Resolved, side: Side) -> Arrangement:
        found = self._merger.arrange({item_landmark(item.key) for item in resolved.items}, prefer=side)
        if self._updated is None:
            return found
        return found._replace(text=with_last_updated(found.text, self._updated, self._texts))

    def _written(self, arrangement: Arrangement, resolved: Resolved) -> str:
        """The arranged text with the items and dependencies of the merge."""
        reading = self._texts.parse(arrangement.text).reading
        document = reading.register
        if document is None or reading.problems:
            raise RegisterError("the merged lines cannot be read as a register")
        order = {landmark: number for number, landmark in enumerate(arrangement.order)}
        keys = {name_key(item.key): item.key for item in document.items}
        categories, codes = _matched(document.categories, resolved)
        items = [
            item._replace(category=codes[item.category], origin=keys.get(name_key(item.key))) for item in resolved.items
        ]
        items.sort(key=lambda item: order.get(item_landmark(item.key), len(order)))
        edges = dict.fromkeys(resolved.dependencies)
        register = document._replace(
            categories=categories,
            items=tuple(items),
            dependencies=tuple(dict.fromkeys([*(each for each in document.dependencies if each in edges), *edges])),
        )
        text = DocumentUpdate(arrangement.text, register, None, texts=self._texts).text(None)
        again = self._texts.parse(text).register
        if again is None or any(each.field != "opened_on" for each in differences(register, again, by="key")):
            # Lines of the map that cannot be read hide what they hold.
            raise RegisterError("the merged document does not read back as what was merged")
        return text


def _with_same_order(
    versions: Sequence[str], registers: Sequence[Register | None], texts: ParsedTexts
) -> tuple[str, str, str]:
    """Three versions with their common categories in one order, that of the side that changed it. Raises RegisterError.

    What was changed within a section is found then, wherever the section was moved to.
    """
    present = [register for register in registers if register]
    common = set.intersection(*({each.code for each in register.categories} for register in present))
    orders = [[each.code for each in one.categories if each.code in common] if one else [] for one in registers]
    wanted = orders[2] if orders[1] == orders[0] else orders[1]
    base, ours, theirs = (
        _ordered(text, register, wanted, texts) if register and order != wanted else text
        for text, register, order in zip(versions, registers, orders, strict=True)
    )
    return base, ours, theirs


def _ordered(text: str, register: Register, codes: Sequence[str], texts: ParsedTexts) -> str:
    """A document with some of its categories in this order, the others where they are."""
    categories = {each.code: each for each in register.categories}
    rest = iter(codes)
    order = (categories[next(rest)] if each.code in codes else each for each in register.categories)
    return DocumentUpdate(text, register._replace(categories=tuple(order)), None, texts=texts).text(None)


def _matched(written: Sequence[Category], resolved: Resolved) -> tuple[tuple[Category, ...], dict[str, str]]:
    """The categories of a document and those that its items need, and what the codes of a merge are there."""
    by_name = {name_key(each.name): each.code for each in reversed(written)}
    present = {each.code for each in written}
    codes: dict[str, str] = {}
    added = []
    needed = {item.category for item in resolved.items}
    for each in resolved.categories:
        code = each.code if each.code in present else by_name.get(name_key(each.name))
        if code is None and each.code in needed:
            added.append(each._replace(origin=None))
        codes[each.code] = code or each.code
    return (*written, *added), codes


def _marked(ours: str, theirs: str, size: int, texts: ParsedTexts) -> MergedDocument:
    """Our text, with what is different in theirs between markers."""
    mine, yours = Text.of(ours), Text.of(theirs)
    derived = [derived_lines(texts.parse(text).layout) for text in (ours, theirs)]
    own, other = _ended(mine), _ended(yours)
    lines: list[str] = []
    at = number = 0
    for change in changes(mine.lines, yours.lines):
        old, new = ([text.lines[each] for each in place] for text, place in ((mine, change.old), (yours, change.new)))
        follows = len(old) == len(new) and derived[0].issuperset(change.old) and derived[1].issuperset(change.new)
        if follows or unpadded(old) == unpadded(new):
            continue
        number += 1
        lines += own[at : change.old.start]
        parts = [own[each] for each in change.old], [other[each] for each in change.new]
        lines += _conflict(*parts, size, mine.end)
        at = change.old.stop
    return MergedDocument(mine.bom + "".join([*lines, *own[at:]]), number)
