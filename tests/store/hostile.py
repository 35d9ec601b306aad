"""Registers made of any text, and changes to registers, drawn from a seed."""

import sys
from datetime import date, timedelta
from random import Random

from store.enums import Effort, Severity, Status
from store.fields import Affected
from store.formats.document.model import TAXONOMY, CadenceEntry, Category, Dependency, Item, Register

PIECES = (
    *("|", "\\", "\\|", "`", "``", "`|`", "```", "~~~", "<br>", "<BR/>", "&#60;", "&#038;", "&amp;", "&#10;", "#35;"),
    *("<!--", "-->", "<div>", "</table>", "<script>", "[/foo]", "[@click=app.quit]", "\x1b[31m", "\u2028", "\x0b"),
    *("\x0c", "\x85", "\u202e", "\u05d0\u05d1", "\u6f22\u5b57", "\U0001f600", "\ufeff", "\xa0", "# ", "## A", "- "),
    *("1. ", "> ", "---", "===", "| a | b |", "|---|---|", "*", "**", "_", "*Note: x*", "**System:** y", ":", "a b"),
    *("EN-001", "graph TD", "A --> B", "```mermaid", '"', ";", ",", ", ", "(", ")", "[", "]", "{", "}", "%%", "end"),
    *("Open", "High", "ID", "Severity", "Status", "<!-- code: ZZ -->", "[a]: b", "    ", "\t", "x", "\n", "\n\n"),
    *("> **System:** z", "%%{init: {}}%%", 'click A "x"', "direction LR", "subgraph S", "A@{", "e1@-->", "~~~", "&"),
    *("`x`", "`**x**`", "\\n", "<b>", "</b>", "#quot;", "&lt;", "style A fill:#f00", "-- x -->", "A & B", ":::hot"),
)
LETTERS = "ABEFLNMSabcxyz"
FIELDS = (
    *("description", "components", "mitigation_plan", "owner", "effort", "affected", "due_on", "accepted_by"),
    *("severity", "extra", "accepted_until", "status_note", "title"),
)


class Hostile:
    """Draws texts, registers and changes of registers."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def character(self) -> str:
        limit = self.random.choice((0x80, 0x100, 0x3000, sys.maxunicode))
        code = self.random.randint(1, limit)
        return "?" if 0xD800 <= code < 0xE000 else chr(code)

    def raw(self, most: int = 7) -> str:
        """Text of any kind."""
        count = self.random.randint(0, self.random.randint(0, most))
        return "".join(
            self.random.choice(PIECES) if self.random.random() < 0.8 else self.character() for _ in range(count)
        )

    def text(self) -> str:
        """Text as a register stores it."""
        return self.raw().replace("\r\n", "\n").replace("\r", "\n").strip()

    def line(self) -> str:
        """Text of one line that is not empty."""
        return " ".join(self.text().split("\n")).strip() or "word"

    def maybe(self, value: str) -> str | None:
        return value if value and self.random.random() < 0.6 else None

    def date(self) -> date | None:
        return date(1, 1, 1) + timedelta(self.random.randrange(3_000_000)) if self.random.random() < 0.3 else None

    def code(self, taken: set[str]) -> str:
        while True:
            code = self.random.choice([c.code for c in TAXONOMY] + ["A", "x_1", "Z.", "EN2", "Hb"])
            code = code if self.random.random() < 0.8 else self.random.choice(LETTERS) + str(self.random.randrange(99))
            if code not in taken:
                return code

    def key(self, taken: set[str]) -> str:
        while True:
            number = self.random.randrange(30)
            prefix = self.random.choice(["BE", "EN", "FL", "A_", "x", "a.b", "1"])
            forms = [f"{prefix}-{number:03}", f"{prefix}-{number}", f"E{number}", f"A-1_{number}", f"A.{number}_"]
            key = self.random.choice(forms)
            if key not in taken:
                return key

    def name(self) -> str:
        fixed = [*(c.name for c in TAXONOMY), "Purpose", "Total", "Review Cadence", "Map"]
        return self.random.choice(fixed) if self.random.random() < 0.5 else self.line()

    def category(self, taken: set[str]) -> Category:
        return Category(code=self.code(taken), name=self.name(), definition=self.maybe(self.text()))

    def item(self, key: str, category: str) -> Item:
        affected = self.maybe(self.line())
        names = [name for name in ("Notes", "Team|s", "R&D", "Owner (2)") if self.random.random() < 0.2]
        extra = tuple((name, text) for name in names if (text := self.text()))
        return Item(
            key=key,
            category=category,
            severity=self.random.choice(list(Severity)),
            status=self.random.choice(list(Status)),
            title=self.maybe(self.text()),
            description=self.text(),
            status_note=self.maybe(self.text()),
            components=tuple(dict.fromkeys(self.line() for _ in range(self.random.randint(0, 3)))),
            mitigation_plan=self.maybe(self.text()),
            owner=self.maybe(self.line()),
            effort=self.random.choice([None, *Effort]),
            affected=Affected.of(affected) if affected else None,
            due_on=self.date(),
            accepted_by=self.maybe(self.line()),
            accepted_until=self.date(),
            extra=extra,
        )

    def cadence(self) -> CadenceEntry:
        return CadenceEntry(self.line() if self.random.random() < 0.8 else "", self.text() or "text")

    def register(self) -> Register:
        """A register of any text, as a person could have made it."""
        random = self.random
        categories: list[Category] = []
        for _ in range(random.randint(1, 4)):
            categories.append(self.category({category.code for category in categories}))
        items: list[Item] = []
        for _ in range(random.randint(0, 5)):
            items.append(self.item(self.key({item.key for item in items}), random.choice(categories).code))
        count = random.randint(0, 4) if items else 0
        ends = [(random.choice(items).key, random.choice(items).key) for _ in range(count)]
        return Register(
            title=self.line(),
            extends=self.maybe(self.line()),
            system=self.maybe(self.line()),
            purpose=self.maybe(self.text()),
            note=self.maybe(self.text()),
            project_total=random.choice([None, 0, random.randrange(10**9)]),
            cadence=tuple(self.cadence() for _ in range(random.randint(0, 3))),
            categories=tuple(categories),
            items=tuple(items),
            dependencies=tuple(dict.fromkeys(Dependency(*pair, self.text()) for pair in ends)),
        )

    def change(self, register: Register) -> Register:
        """The register after one change such as a verb makes."""
        changes = [self._fact, self._add, self._new_category, self._recode, self._describe, self._drop, self._order]
        if register.items:
            changes += [self._field, self._field, self._field, self._status, self._status, self._remove]
            changes += [self._rename, self._move, self._link, self._link]
        if register.dependencies:
            changes += [self._unlink, self._relabel]
        return self.random.choice(changes)(register)

    def _fact(self, register: Register) -> Register:
        fields = ["title", "extends", "system", "purpose", "note", "project_total", "cadence", "cadence"]
        field = self.random.choice(fields)
        if field == "cadence":
            entries = [*register.cadence, self.cadence()]
            self.random.shuffle(entries)
            return register._replace(cadence=tuple(entries[: self.random.randint(0, len(entries))]))
        return register._replace(**{field: getattr(self.register(), field)})

    def _add(self, register: Register) -> Register:
        key = self.key({item.key for item in register.items})
        return register._replace(items=(*register.items, self.item(key, self.random.choice(register.categories).code)))

    def _new_category(self, register: Register) -> Register:
        new = self.category({category.code for category in register.categories})
        return register._replace(categories=(*register.categories, new))

    def _recode(self, register: Register) -> Register:
        old = self.random.choice(register.categories).code
        new = self.code({category.code for category in register.categories})
        return register._replace(
            categories=tuple(c._replace(code=new) if c.code == old else c for c in register.categories),
            items=tuple(i._replace(category=new) if i.category == old else i for i in register.items),
        )

    def _describe(self, register: Register) -> Register:
        old = self.random.choice(register.categories)
        name = self.name() if self.random.random() < 0.5 else old.name
        new = old._replace(name=name, definition=self.maybe(self.text()))
        return register._replace(categories=tuple(new if c == old else c for c in register.categories))

    def _drop(self, register: Register) -> Register:
        used = {item.category for item in register.items}
        empty = [c for c in register.categories if c.code not in used]
        if not empty or len(register.categories) == 1:
            return self._order(register)
        return register._replace(categories=tuple(c for c in register.categories if c != empty[0]))

    def _order(self, register: Register) -> Register:
        categories = list(register.categories)
        self.random.shuffle(categories)
        return register._replace(categories=tuple(categories))

    def _put(self, register: Register, old: Item, new: Item) -> Register:
        return register._replace(items=tuple(new if i.key == old.key else i for i in register.items))

    def _field(self, register: Register) -> Register:
        old = self.random.choice(register.items)
        field = self.random.choice(FIELDS)
        return self._put(register, old, old._replace(**{field: getattr(self.item(old.key, old.category), field)}))

    def _status(self, register: Register) -> Register:
        old = self.random.choice(register.items)
        note = self.maybe(self.text())
        return self._put(register, old, old._replace(status=self.random.choice(list(Status)), status_note=note))

    def _rename(self, register: Register) -> Register:
        old = self.random.choice(register.items)
        new = self.key({item.key for item in register.items})
        edges = [[new if key == old.key else key for key in (e.source, e.target)] for e in register.dependencies]
        dependencies = (Dependency(*ends, e.label) for ends, e in zip(edges, register.dependencies, strict=True))
        return self._put(register, old, old._replace(key=new))._replace(dependencies=tuple(dependencies))

    def _move(self, register: Register) -> Register:
        item = self.random.choice(register.items)
        others = tuple(i for i in register.items if i.key != item.key)
        code = self.random.choice(register.categories).code
        return register._replace(items=(*others, item._replace(category=code)))

    def _remove(self, register: Register) -> Register:
        key = self.random.choice(register.items).key
        return register._replace(
            items=tuple(i for i in register.items if i.key != key),
            dependencies=tuple(e for e in register.dependencies if key not in (e.source, e.target)),
        )

    def _link(self, register: Register) -> Register:
        keys = [item.key for item in register.items]
        new = Dependency(self.random.choice(keys), self.random.choice(keys), self.text())
        return register._replace(dependencies=tuple(dict.fromkeys((*register.dependencies, new))))

    def _unlink(self, register: Register) -> Register:
        gone = self.random.choice(register.dependencies)
        return register._replace(dependencies=tuple(e for e in register.dependencies if e != gone))

    def _relabel(self, register: Register) -> Register:
        old = self.random.choice(register.dependencies)
        new = old._replace(label=self.text())
        edges = dict.fromkeys(new if edge == old else edge for edge in register.dependencies)
        return register._replace(dependencies=tuple(edges))
