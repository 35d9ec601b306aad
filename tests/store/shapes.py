"""Documents of every shape in which teams keep debt, and changes to their registers, drawn from a seed."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from store.enums import Effort, Severity, Status
from store.formats.document.model import Item, Register


class Tongue(NamedTuple):
    """The words of a language: labels by field, severities and statuses in the order of the enums, headings."""

    labels: dict[str, str]
    severities: tuple[str, str, str, str]
    statuses: tuple[str, str, str, str]
    log: str
    legend: str


ENGLISH = Tongue(
    {
        **{"key": "ID", "title": "Item", "description": "Description", "severity": "Severity", "status": "Status"},
        **{"owner": "Owner", "components": "Components", "mitigation_plan": "Plan", "effort": "Effort"},
        **{"due_on": "Due", "opened_on": "Opened", "extra": "Ticket"},
    },
    ("Critical", "High", "Medium", "Low"),
    ("Open", "In Progress", "Mitigated", "Accepted"),
    "Change log",
    "What the words mean",
)
TRACKER = Tongue(
    {
        **{"key": "Ref", "title": "Debt", "description": "Details", "severity": "Priority", "status": "State"},
        **{"owner": "Team", "components": "Where", "mitigation_plan": "Next step", "effort": "Size"},
        **{"due_on": "Deadline", "opened_on": "Logged", "extra": "Interest we pay"},
    },
    ("P0", "P1", "P2", "P3"),
    ("Todo", "WIP", "Done", "Won't fix"),
    "History",
    "Legend",
)
MAJOR = Tongue(
    {
        **{"key": "Debt ID", "title": "Finding", "description": "Details", "severity": "Severity", "status": "Status"},
        **{"owner": "Responsible", "components": "Area", "mitigation_plan": "Recommendation", "effort": "Effort"},
        **{"due_on": "Target", "opened_on": "Added", "extra": "Why it hurts"},
    },
    ("Blocker", "Major", "Minor", "Trivial"),
    ("New", "Started", "Resolved", "Deferred"),
    "Log",
    "Key",
)
GERMAN = Tongue(
    {
        **{"key": "Nr.", "title": "Risiko", "description": "Beschreibung", "severity": "Priorität", "status": "Status"},
        **{"owner": "Verantwortlich", "components": "Komponenten", "mitigation_plan": "Maßnahme"},
        **{"effort": "Aufwand", "due_on": "Frist", "opened_on": "Erfasst am", "extra": "Bemerkung"},
    },
    ("Kritisch", "Hoch", "Mittel", "Niedrig"),
    ("Offen", "In Arbeit", "Erledigt", "Akzeptiert"),
    "Änderungen",
    "Legende",
)
FRENCH = Tongue(
    {
        **{"key": "Réf", "title": "Intitulé", "description": "Description", "severity": "Gravité", "status": "État"},
        **{"owner": "Responsable", "components": "Composants", "mitigation_plan": "Plan d'action"},
        **{"effort": "Effort", "due_on": "Échéance", "opened_on": "Ouvert le", "extra": "Remarque"},
    },
    ("Critique", "Élevée", "Moyenne", "Faible"),
    ("Ouvert", "En cours", "Résolu", "Accepté"),
    "Historique",
    "Légende",
)
SPANISH = Tongue(
    {
        **{"key": "ID", "title": "Título", "description": "Descripción", "severity": "Prioridad", "status": "Estado"},
        **{"owner": "Responsable", "components": "Componentes", "mitigation_plan": "Plan"},
        **{"effort": "Esfuerzo", "due_on": "Fecha límite", "opened_on": "Registrado", "extra": "Nota interna"},
    },
    ("Crítica", "Alta", "Media", "Baja"),
    ("Abierto", "En curso", "Resuelto", "Aceptado"),
    "Cambios",
    "Leyenda",
)
TONGUES = (ENGLISH, ENGLISH, TRACKER, MAJOR, GERMAN, FRENCH, SPANISH)
EMOJI = ("\U0001f534", "\U0001f7e0", "\U0001f7e1", "\U0001f7e2")
THINGS = (
    *("kelp counter", "brine gauge", "quay planner", "lichen index", "moth classifier", "toll predictor"),
    *("sluice model", "barge ranker", "peat sensor", "orchard map", "ferry ledger", "hail detector"),
)
FLAWS = (
    *("reads a stale export", "has no owner", "is trained by hand", "drops late rows", "mixes two units"),
    *("shares a queue with its tests", "rounds twice", "hides its errors", "cannot be rolled back"),
    *("depends on a retired host", "keeps its thresholds in a sheet", "logs nothing"),
)
REMARKS = (
    *("Nobody noticed for a month.", "It costs a day each week.", "See [the notes](notes/loop.md).", "Only `v2` is."),
    *("We live with *most* of it.", "The fix is known, the time is not.", "Ask the **night shift** first."),
)
OWNERS = ("Harbor team", "Lena", "Data crew", "Platform", "Night shift", "Ops")
PARTS = ("intake", "`loader.py`", "scheduler", "rate cache", "label store", "gateway")
AREAS = ("Ingest", "Forecasting", "Serving layer", "Quality of labels", "Tooling & docs", "Review screens")
NOTES = ("since May", "v1.3", "needs a decision", "until the move", "see !204")
EFFORTS = ("S", "M", "L", "XL", "2 days", "3 weeks")
BULLETS = ("- **{}:** ", "- **{}**: ", "* **{}:** ", "- {}: ", "+ __{}__: ")
LINES = ("**{}:** ", "**{}**: ", "{}: ", "*{}:* ")


class Debt(NamedTuple):
    """What an item says, as words: `severity` and `status` are numbers of words."""

    number: int
    title: str
    values: dict[str, str]
    severity: int | None
    status: int
    note: str
    remark: str


class Shapes:
    """Draws documents and changes of the registers read from them."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.tongue = random.choice(TONGUES)
        self.prefix = random.choice(["TD-", "QX-", "R", "DEBT-0", ""])
        self.keyed = random.random() < 0.65
        self.date_form = random.choice(["%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%Y/%m/%d", "%d/%m/%Y"])
        self.case: Callable[[str], str] = random.choice([str, str, str.lower, str.upper])
        self.rated = random.random() < 0.85
        self.stated = random.random() < 0.7
        self.fields = [name for name in self._optional() if random.random() < 0.5]
        if not (self.rated or self.stated):
            self.fields = sorted({*self.fields, "owner", "mitigation_plan"}, key=self._optional().index)
        self.numbers = iter(range(random.randint(1, 30), 1000))
        self.style = random.choice(["bullets", "bullets", "lines", "joined", "table", "paragraphs"])
        self.form = random.choice(BULLETS if self.style == "bullets" else LINES)
        self.joint = random.choice([" | ", " · ", ", "])
        self.bullet = random.choice(["- ", "* ", "+ ", "1. ", "- [ ] "])
        self.head = random.choice(["{key} - {title}", "{key}: {title}", "[{key}] {title}", "{key} {title}"])
        self.counts = random.random() < 0.3

    @staticmethod
    def _optional() -> tuple[str, ...]:
        return "owner", "components", "mitigation_plan", "effort", "due_on", "opened_on", "extra"

    def pick(self, *chances: float) -> bool:
        """Whether something is so, with this chance."""
        return self.random.random() < chances[0]

    # Items.

    def debt(self) -> Debt:
        """An item of new words."""
        number, random = next(self.numbers), self.random
        title = f"{random.choice(THINGS).capitalize()} {number} {random.choice(FLAWS)}"
        day = date(2026, 1, 1) + timedelta(random.randrange(700))
        values = {
            "owner": random.choice([*OWNERS, "", "-"]),
            "components": random.choice(["; ", ", "]).join(random.sample(PARTS, random.randint(0, 3))),
            "mitigation_plan": random.choice(["", "Rewrite it", "Move to the `shared` runner", "see [plan](p.md)"]),
            "effort": random.choice(EFFORTS),
            "due_on": random.choice([day.strftime(self.date_form), day.strftime(self.date_form), "", "Q3", "TBD"]),
            "opened_on": day.strftime(self.date_form),
            "extra": random.choice(["4 TB a month", "!311", "", "[T-9](https://t.example/9)"]),
        }
        return Debt(
            number=number,
            title=title,
            values={name: text for name, text in values.items() if name in self.fields and text},
            severity=random.randrange(4) if self.rated and self.pick(0.95) else None,
            status=random.randrange(4) if self.stated else 0,
            note=random.choice(NOTES) if self.stated and self.pick(0.2) else "",
            remark=random.choice(REMARKS) if self.pick(0.7) else "",
        )

    def key(self, debt: Debt) -> str:
        return f"{self.prefix}{debt.number}"

    def severity(self, debt: Debt) -> str:
        if debt.severity is None:
            return ""
        word = self.case(self.tongue.severities[debt.severity])
        return f"**{word}**" if debt.severity == 0 and self.pick(0.5) else word

    def status(self, debt: Debt) -> str:
        word = self.case(self.tongue.statuses[debt.status])
        note = f" ({debt.note})" if debt.note else ""
        if self.pick(0.1):
            return f"[{word}](https://t.example/{debt.number}){note}"
        return f"**{word}**{note}" if self.pick(0.1) else f"{word}{note}"

    def labeled(self, debt: Debt, hidden: Sequence[str]) -> list[tuple[str, str]]:
        """The fields of an item as label and value, without those that its headings say."""
        values = {"severity": self.severity(debt)} if self.rated and "severity" not in hidden else {}
        values |= {"status": self.status(debt)} if self.stated and "status" not in hidden else {}
        values |= debt.values
        return [(self.tongue.labels[name], text) for name, text in values.items() if text]

    # Lists of items.

    def table(self, debts: Sequence[Debt], hidden: Sequence[str]) -> list[str]:
        """The items as a table."""
        random = self.random
        texts = random.choice([["title"], ["description"], ["title", "description"]])
        names = [*(["key"] if self.keyed else []), *texts]
        names += [name for name in ("severity", "status") if getattr(self, _SAID[name]) and name not in hidden]
        names += [name for name in self.fields if name not in names]
        if len(names) == 1:
            names.append("owner")
        if self.pick(0.3):
            random.shuffle(names)
        rows = [[self.tongue.labels[name] for name in names]]
        for debt in debts:
            rows.append([self.cell(debt, name, texts) for name in names])
        return self.lay_out(rows)

    def cell(self, debt: Debt, name: str, texts: Sequence[str]) -> str:
        title = f"**{debt.title}**" if self.pick(0.1) else debt.title
        if name == texts[0]:
            return f"~~{title}~~" if not self.stated and debt.number % 7 == 0 else title
        special = {"key": self.key(debt), "description": debt.remark}
        if name in special:
            return special[name]
        return getattr(self, name)(debt) if name in ("severity", "status") else debt.values.get(name, "")

    def lay_out(self, rows: list[list[str]]) -> list[str]:
        """Rows as the lines of a Markdown table: aligned or not, with outer pipes or without, ragged or not."""
        random = self.random
        aligned, outer = self.pick(0.4), self.pick(0.85) or len(rows[0]) < 2
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        marks = [random.choice(["---", ":--", ":-:", "--:"]) for _ in rows[0]]
        lines = []
        for row in [rows[0], marks, *rows[1:]]:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)] if aligned else list(row)
            if row is marks and aligned:
                cells = ["-" * max(3, width) for width in widths]
            if row is not marks and row is not rows[0] and self.pick(0.1):
                while len(cells) > 2 and not cells[-1].strip():
                    cells.pop()
            line = " | ".join(cells)
            lines.append(f"| {line} |" if outer else line.rstrip() if line.strip()[:1] != "|" else f"| {line} |")
        return lines

    def headings(self, debts: Sequence[Debt], hidden: Sequence[str], level: int) -> list[str]:
        """The items as a heading each."""
        lines: list[str] = []
        rule = self.pick(0.15)
        for position, debt in enumerate(debts, 1):
            lines += [f"{'#' * level} {self.heading(debt, position)}", *([""] if self.pick(0.9) else [])]
            fields = self.labeled(debt, hidden)
            lines += [*self.field_lines(fields), ""] if fields else []
            if debt.remark:
                lines += [*self.prose(debt), ""]
            if rule and position < len(debts):
                lines += ["---", ""]
        return lines[:-1] if lines and not lines[-1] else lines

    def heading(self, debt: Debt, position: int) -> str:
        title = f"~~{debt.title}~~" if not self.stated and debt.number % 7 == 0 else debt.title
        if self.keyed:
            return self.head.format(key=self.key(debt), title=title)
        return f"{position}. {title}" if self.bullet == "1. " else title

    def field_lines(self, fields: Sequence[tuple[str, str]]) -> list[str]:
        if self.style == "table":
            return self.lay_out([["Field", "Value"], *([f"**{name}**", text] for name, text in fields)])
        parts = [self.form.format(name) + text for name, text in fields]
        if self.style == "joined":
            return [self.joint.join(parts)]
        if self.style == "paragraphs":
            return [line for part in parts for line in (part, "")][:-1]
        if self.style == "bullets" and self.pick(0.1):
            parts[-1] += "\n  and goes on in a second line"
        ending = "  " if self.style == "lines" and not self.form.startswith("{") else ""
        return [line + ending for part in parts for line in part.split("\n")]

    def prose(self, debt: Debt) -> list[str]:
        """What is below the fields of an item."""
        kinds = [
            [debt.remark],
            [debt.remark, "It goes on in a second line."],
            [debt.remark, "", "And in a second paragraph."],
            [debt.remark, "", "```python", "# no heading", "x = load()  # | High |", "```"],
            ["> " + debt.remark],
            [debt.remark, "", "- once", "- twice"],
        ]
        return self.random.choice(kinds)

    def entries(self, debts: Sequence[Debt], hidden: Sequence[str]) -> list[str]:
        """The items as entries of a list."""
        lines: list[str] = []
        loose = self.pick(0.15)
        for position, debt in enumerate(debts, 1):
            marker = f"{position}. " if self.bullet == "1. " else self.bullet
            if self.bullet == "- [ ] " and debt.status == 2:
                marker = "- [x] "
            key = f"[{self.key(debt)}] " if self.keyed and self.prefix else ""
            bold = f"**{debt.title}**" if not key or self.pick(0.7) else debt.title
            joint = self.random.choice([" ", ": ", " - "]) if bold.startswith("**") else ". "
            lines.append(f"{marker}{key}{bold}{joint + debt.remark if debt.remark else ''}")
            indent = " " * (2 if self.bullet == "- [ ] " else len(marker))
            nested = self.form if self.style == "bullets" else "- {}: "
            lines += [f"{indent}{nested.format(name)}{text}" for name, text in self.labeled(debt, hidden)]
            lines += [""] if loose else []
        return lines

    # Documents.

    def csv(self) -> str:
        """The items as a CSV file."""
        random = self.random
        delimiter = random.choice([",", ";", "\t"])
        names = ["key", "title", "severity", "status", *self.fields] if self.keyed else ["title", "severity", "status"]
        rows = [[self.tongue.labels[name] for name in names]]
        for _ in range(random.randint(1, 8)):
            debt = self.debt()
            rows.append([self.cell(debt, name, ["title"]) for name in names])
            if self.pick(0.2) and "extra" in names:
                rows[-1][names.index("extra")] = 'a "quoted" word\nand a second line'
        end = random.choice(["\n", "\r\n"])
        lines = [delimiter.join(self.quoted(text, delimiter) for text in row) for row in rows]
        return ("\ufeff" if self.pick(0.2) else "") + end.join(lines) + (end if self.pick(0.8) else "")

    def quoted(self, text: str, delimiter: str) -> str:
        if self.pick(0.1) or any(character in text for character in f'{delimiter}"\n'):
            return '"' + text.replace('"', '""') + '"'
        return text

    def document(self) -> str:
        """A document of any shape."""
        if self.pick(0.12):
            return self.csv()
        random = self.random
        lines = ["---", "title: kept by hand", "---", ""] if self.pick(0.1) else []
        lines += ["# What the quay owes", ""] if self.pick(0.85) else []
        lines += ["*Last Updated:* 2 October 2026", ""] if self.pick(0.2) else []
        lines += ["We write down what slows us, and read it out on Tuesdays.", ""] if self.pick(0.6) else []
        if self.pick(0.25):
            words = [f"- {word} = {text}" for word, text in zip(self.tongue.severities, REMARKS, strict=False)]
            lines += [f"## {self.tongue.legend}", "", *words, ""]
        lines += self.body()
        if self.pick(0.3):
            lines += ["", f"## {self.tongue.log}", "", "- 2026-09-09: two new ones", "- 2026-07-28: one lowered", ""]
        if self.pick(0.3):
            lines += ["", "Questions? Ask in the garden channel.", ""]
        text = "\n".join(lines)
        while "\n\n\n" in text:
            text = text.replace("\n\n\n", "\n\n")
        text = text.rstrip("\n") + ("\n" if self.pick(0.85) else "")
        text = text.replace("\n", random.choice(["\n", "\n", "\n", "\r\n"]))
        return ("\ufeff" if self.pick(0.08) else "") + text

    def body(self) -> list[str]:
        """The sections of a document: one without a heading, or several that say the same kind of thing."""
        random = self.random
        meaning = random.choice(["none", "category", "category", "severity", "status"])
        shape = random.choice(["table", "table", "heading", "list"])
        fewest = 2 if shape == "heading" else 1
        lines: list[str] = []
        groups: list[tuple[str, list[Debt], list[str]]] = []
        if meaning == "none":
            name = "## Register" if shape != "heading" or self.pick(0.5) else "## The list"
            groups.append((name, [self.debt() for _ in range(random.randint(fewest, 7))], []))
        elif meaning == "category":
            for area in random.sample(AREAS, random.randint(1, 4)):
                groups.append((f"## {area}", [self.debt() for _ in range(random.randint(fewest, 4))], []))
        else:
            groups += self.sections_of(meaning)
        every = [debt for _, debts, _ in groups for debt in debts]
        lines += self.summary(every) if self.counts else []
        for heading, debts, hidden in groups:
            used = random.choice(["table", "heading", "list"]) if self.pick(0.1) else shape
            count = f" ({len(debts)})" if self.counts and meaning != "category" else ""
            lines += ["", heading + count, ""]
            lines += [random.choice(REMARKS), ""] if self.pick(0.15) else []
            if used == "table":
                lines += self.table(debts, hidden)
            elif used == "heading":
                lines += self.headings(debts, hidden, 3)
            else:
                lines += self.entries(debts, hidden)
            lines.append("")
        return lines

    def sections_of(self, meaning: str) -> list[tuple[str, list[Debt], list[str]]]:
        """The sections of a document whose headings say severities or statuses."""
        random, groups = self.random, []
        for number in sorted(random.sample(range(4), random.randint(2, 4))):
            words = self.tongue.severities if meaning == "severity" else self.tongue.statuses
            heading = words[number]
            if meaning == "severity":
                mark = random.choice(["", f"{EMOJI[number]} "])
                heading = f"{mark}{heading}"
                heading += " priority" if self.tongue is ENGLISH and self.pick(0.4) else ""
            debts = [self.debt()._replace(**{meaning: number}) for _ in range(random.randint(1, 4))]
            if meaning == "status":
                debts = [debt._replace(note="") for debt in debts]
            groups.append((f"## {heading}", debts, [meaning] if self.pick(0.8) else []))
        return groups

    def summary(self, debts: Sequence[Debt]) -> list[str]:
        """Counts of the items by severity, in a sentence or a table."""
        counted = [sum(debt.severity == number for debt in debts) for number in range(4)]
        if self.pick(0.5):
            words = [f"{count} {word}" for count, word in zip(counted, self.tongue.severities, strict=True)]
            return ["", "In all: " + ", ".join(words) + ".", ""]
        rows = [[word, str(count)] for word, count in zip(self.tongue.severities, counted, strict=True)]
        return ["", *self.lay_out([[self.tongue.labels["severity"], "Count"], *rows]), ""]

    # Changes.

    def change(self, register: Register) -> Register:
        """The register after one change such as a verb makes."""
        changes: list[Callable[[Register], Register]] = [self.add]
        if register.items:
            changes += [self.edit] * 6 + [self.remove, self.move]
        return self.random.choice(changes)(register)

    def edit(self, register: Register) -> Register:
        """One field of an item changes."""
        item = self.random.choice(register.items)
        return put(register, item, self.edited(item))

    def edited(self, item: Item) -> Item:
        """An item with another value of one field."""
        random = self.random
        name = random.choice(EDITED)
        values: dict[str, Sequence[object]] = {
            "status": list(Status),
            "severity": [*Severity, None],
            "owner": ["Mira", "The quay", None],
            "due_on": [date(2027, 5, 4), date(2027, 11, 30), None],
            "effort": [*Effort, None],
            "title": ["A new name for it"],
            "description": ["It says something else now.", "Two lines:\nhere they are."],
            "mitigation_plan": ["Throw it away", None],
            "status_note": ["as of June", None],
            "accepted_by": ["The board"],
        }
        if name == "components":
            components = tuple(random.sample(["pump", "crane", "belt"], random.randint(0, 2)))
            return item._replace(components=components, components_text=None)
        if name == "extra":
            name = random.choice([*dict(item.extra), "Remarks"])
            extra = {**dict(item.extra), name: random.choice(["set by hand", "see below"])}
            return item._replace(extra=tuple(extra.items()))
        return item._replace(**{name: random.choice(values[name])})

    def add(self, register: Register) -> Register:
        """A new item, with some of its values."""
        random = self.random
        new = Item(
            key=f"{self.prefix or 'N-'}{random.randrange(2000, 9000)}",
            category=random.choice(register.categories).code,
            severity=random.choice([*Severity, None]),
            status=random.choice(list(Status)),
            title="A debt found today",
            description=random.choice(["", "It was there all along.", "Line one.\nLine two."]),
        )
        for _ in range(random.randint(0, 3)):
            new = self.edited(new)
        return register._replace(items=(*register.items, new))

    def remove(self, register: Register) -> Register:
        """An item less."""
        gone = self.random.choice(register.items)
        return register._replace(items=tuple(item for item in register.items if item != gone))

    def move(self, register: Register) -> Register:
        """An item of another category."""
        item = self.random.choice(register.items)
        code = self.random.choice(register.categories).code
        if code == item.category:
            return self.edit(register)
        rest = tuple(each for each in register.items if each != item)
        return register._replace(items=(*rest, item._replace(category=code)))

    def damaged(self, text: str) -> str:
        """A text with lines that are cut, swapped, repeated or gone."""
        lines = text.splitlines(keepends=True)
        for _ in range(self.random.randint(1, 6)):
            at, other = self.random.randrange(len(lines)), self.random.randrange(len(lines))
            cut = self.random.randint(0, len(lines[at]))
            changed = [lines[other], lines[at][:cut], lines[at][cut:], lines[at] * 2, "", lines[at] + lines[other]]
            lines[at] = self.random.choice(changed)
        return "".join(lines)


_SAID = {"severity": "rated", "status": "stated"}
EDITED = (
    *("status", "status", "status", "severity", "severity", "owner", "due_on", "effort", "title", "description"),
    *("mitigation_plan", "status_note", "components", "extra", "accepted_by"),
)


def put(register: Register, old: Item, new: Item) -> Register:
    """The register with another item in place of one."""
    return register._replace(items=tuple(new if item == old else item for item in register.items))
