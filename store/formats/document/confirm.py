"""Reads a written document back, to make sure that it says what the register says."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from store.errors import RegisterError
from store.fields import WHEN_THERE
from store.formats.document.cells import embedded, is_nothing
from store.formats.document.columns import roles_of
from store.formats.document.diff import differences
from store.formats.document.headings import uncounted

if TYPE_CHECKING:
    from store.formats.document.diff import Difference
    from store.formats.document.layout import Layout
    from store.formats.document.model import Item, Register
    from store.formats.document.reader import Parsed, ParsedTexts
    from store.formats.document.rules import ReadingRules


_REMEDY = "please report this; nothing was written"


def read_back(text: str, register: Register, rules: ReadingRules, texts: ParsedTexts) -> Parsed:
    """What a written document says, with the register's keys for the items that have none in it.

    Raises RegisterError unless it says what the register does.
    """
    again = texts.parse(text, rules._replace(keys=()))
    if again.problems:
        raise RegisterError(f"the register cannot be written as a document, line {again.problems[0]}", _REMEDY)
    if again.register is None:
        raise RegisterError("the register cannot be written as a document: it would not be read back", _REMEDY)
    if again.layout.rules.keys:
        again = texts.parse(text, rules._replace(keys=_matched(again.register, again.layout.rules.keys, register)))
    assert again.register is not None
    found = again.register._replace(last_updated=register.last_updated)
    if found == register:
        return again
    found = _named_alike(_settled(found, rules), again.layout, register)
    used = {item.category for item in register.items}
    for each in differences(_settled(register, rules), found, by="key"):
        # Without items, a heading no longer says that it is a category.
        is_empty = each.entity == "category" and each.field is None and each.after is None and each.key not in used
        if not (is_empty and not rules.reference_only) and not _is_expected(each, again.layout):
            part = " ".join(word for word in (each.key, each.field or each.entity) if word)
            what = f"the register cannot be written as a document: {part} would change when it is read back"
            raise RegisterError(what, _REMEDY)
    return again


def _matched(found: Register, given: tuple[str, ...], register: Register) -> tuple[str, ...]:
    """The keys in the register of the items of a document that got theirs from us, in document order."""
    known = {item.key for item in found.items} - set(given)
    alike: defaultdict[tuple[object, ...], list[Item]] = defaultdict(list)
    for item in register.items:
        if item.key not in known:
            alike[_print(item)].append(item)
    items = {item.key: item for item in found.items}
    keys: dict[str, str] = {}
    for key in given:
        if candidates := alike.get(_print(items[key])):
            keys[key] = candidates.pop(0).key
    left = [item.key for each in alike.values() for item in each]
    return tuple(keys.get(key) or (left.pop(0) if left else key) for key in given)


def _print(item: Item) -> tuple[object, ...]:
    """What tells an item from the others."""
    return " ".join((item.title or "").split()), " ".join(item.description.split()), item.severity, item.status


def _settled(register: Register, rules: ReadingRules) -> Register:
    """A register without texts that could not be read as a field which has a value now."""
    if rules.reference_only or not any(item.extra for item in register.items):
        return register
    return register._replace(items=tuple(settled(item, rules) for item in register.items))


def settled(item: Item, rules: ReadingRules) -> Item:
    """An item without the texts that could not be read as a field which has a value now."""
    extra = tuple((name, text) for name, text in item.extra if not is_settled(item, name, rules))
    return item if extra == item.extra else item._replace(extra=extra)


def is_settled(item: Item, name: str, rules: ReadingRules) -> bool:
    """Whether a text is one that could not be read as a field, and that field has a value now."""
    means = roles_of(name, rules)
    return bool(means) and getattr(item, means[0]) not in (None, "", ())


def _named_alike(found: Register, layout: Layout, register: Register) -> Register:
    """A register that was read back, with the codes that the register has for categories without a heading.

    Only a heading can have a code, a definition or a place among the others.
    """
    by_name = {category.name: category for category in register.categories}
    written = {category.code for category in found.categories}
    codes: dict[str, str] = {}
    spare = [category for category in register.categories if category.code not in written]
    for section in layout.sections:
        if section.is_headed:
            continue
        if section.by_column and (category := by_name.get(section.name)):
            codes[section.code] = category.code
        elif (
            not section.by_column and section.code not in {category.code for category in register.categories} and spare
        ):
            codes[section.code] = spare.pop(0).code
    unheaded = {codes.get(s.code, s.code) for s in layout.sections if not s.is_headed}
    if not unheaded or layout.rules.reference_only:
        return found
    renamed = {category.code: codes.get(category.code, category.code) for category in found.categories}
    present = {category.code: category for category in register.categories}
    categories = {renamed[c.code]: c._replace(code=renamed[c.code]) for c in found.categories}
    used = {item.category for item in register.items}
    categories |= {code: present[code] for code in unheaded if code in present}
    categories |= {code: category for code, category in present.items() if code not in used and code not in categories}
    order = [code for code in present if code in categories] + [code for code in categories if code not in present]
    return found._replace(
        categories=tuple(categories[code] for code in order),
        items=tuple(item._replace(category=renamed[item.category]) for item in found.items),
    )


def _is_expected(each: Difference, layout: Layout) -> bool:
    """Whether a value may differ when it is read back: there is no place for it, or it says that there is none."""
    if each.field in WHEN_THERE and each.after is None:
        return True
    if layout.csv and each.entity in ("register", "dependency"):
        return True
    if each.entity == "item" and each.field == "position":
        return any(one.context.severity or one.context.status for one in layout.lists) or any(
            s.by_column for s in layout.sections
        )
    if each.entity == "category" and each.field == "name":
        # Where the number in a heading no longer counts its items, it is part of the name.
        return uncounted(each.before or "") == uncounted(each.after or "")
    if each.entity != "item" or each.field is None:
        return False
    if each.field == "status_note" and each.before is None:
        # Links, images and code after a word stay when the note goes.
        return each.after == embedded(each.after)
    return each.after is None and is_nothing(each.before or "")
