"""Random commands that change a register, chosen by a seed and by the current content of the register."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.behavior.command_line import CommandLine

    Draw = Callable[["RandomCommands"], list[str]]

TEXTS = (
    "plain words",
    "a | pipe and \\| another",
    "`code | in code` and *emphasis*",
    "two\nlines",
    "<br> and <!-- a comment -->",
    "Größe, naïve — “quoted” 漢字",
    "ends in a backslash \\",
    "(in brackets) and behind",
    "# no heading",
    "5 % of 3,000+",
    "- no list; but parts, of it",
    "- [x] " + "long " * 60,
)
OWNERS = ("ana", "bo", "ML Platform", "Öl & Gas", "")
NAMES = ("First", "Second rule", "Größe | Maß", "FIRST", "Third")
CODES = ("SV", "SD", "ZZ", "zz")
QUERIES = ("severity:high is:open", "owner:none -category:EN", "age:>1d", "has:owner sort:-due", "changed:<3d")
LABELS = ("makes worse", "hides | masks", 'is "quoted"', "größer")
FIELDS = {
    "owner": OWNERS,
    "severity": ("high", "medium", "low"),
    "effort": ("S", "M", "L", "XL", ""),
    "due-on": ("2w", "friday", "2026-05-01", "31.12.2026", ""),
    "opened-on": ("2026-01-15", "2025-11-30", ""),
    "affected": ("12 %", "450", "3,000+ projects", "2.5 %", ""),
    "title": (*TEXTS, ""),
    "description": TEXTS,
    "mitigation-plan": (*TEXTS, ""),
    "components": ("Amber", "Amber; MDL-REC", "MDL-REC; Größe (x; y)", "A, B", ""),
    "note": (*TEXTS, ""),
    "accepted-by": ("Board", ""),
}
FACTS = {
    "title": ("AI Debt Register", "Debt | of `us`"),
    "system": ("Search", "Größe"),
    "extends": ("arc42 S11", ""),
    "purpose": (*TEXTS, "one paragraph\n\nand another", ""),
    "note": (*TEXTS, ""),
    "project-total": ("3000", "1,200", ""),
    "cadence": ("Review: every *month*", "Reporting: never | ever"),
    "mitigate-within": ("high 30, medium 90", ""),
    "accept-for": ("high 10", "low 5"),
}
ITEM = re.compile(r"\| [A-Za-z]+-\d+ \|.*(High|Open) \|")
MISSING = "NO-1"
SEVERAL = 0.15
"""How often a command changes several items."""


class RandomCommands:
    """Draws one command after another."""

    def __init__(self, cli: CommandLine, random: Random, *, reviews: bool) -> None:
        self.cli, self.random = cli, random
        self.documents: list[str] = []
        self.imported = b""
        self._draws = [
            draw for draw, weight in {**EDITS, **(REVIEWS if reviews else {})}.items() for _ in range(weight)
        ]

    def draw(self) -> list[str]:
        """The arguments of the next command; `import` reads the last of `documents` from stdin."""
        return self.random.choice(self._draws)(self)

    def one(self, query: str, other: str = MISSING) -> str:
        """A random value of a column; `other` if there is none."""
        found = [str(value) for (value,) in self.cli.rows(query)]
        return self.random.choice(found) if found else other

    def key(self) -> str:
        """The key of an item, sometimes in lower case."""
        key = self.one('SELECT "key" FROM item ORDER BY id')
        return key.lower() if self.random.random() < SEVERAL else key

    def keys(self) -> list[str]:
        """The keys of one or three items."""
        return [self.key() for _ in range(3 if self.random.random() < SEVERAL else 1)]

    def code(self) -> str:
        """The code of a category."""
        return self.one("SELECT code FROM category ORDER BY id")

    def edge(self) -> tuple[str, str, str]:
        """Source, target and label of a dependency."""
        ends = "JOIN item a ON a.id = source_id JOIN item b ON b.id = target_id"
        found = self.cli.rows(f'SELECT a."key", b."key", label FROM dependency {ends} ORDER BY dependency.id')
        source, target, label = self.random.choice(found) if found else (MISSING, MISSING, "no")
        return str(source), str(target), str(label)

    def saved(self, kind: str) -> str:
        """The name of a view or a rule."""
        return self.one(f"SELECT name FROM saved_query WHERE kind = '{kind}' ORDER BY id")

    def number(self, table: str) -> str:
        """The number of a review or a follow-up."""
        return self.one(f"SELECT id FROM {table} ORDER BY id", "1")

    def queued(self) -> str:
        """The key of an item in the queue of an open review."""
        return self.one("SELECT json_extract(value, '$[1]') FROM review, json_each(queue) WHERE ended IS NULL")


def field(commands: RandomCommands) -> list[str]:
    """Set a few fields."""
    named = commands.random.sample(sorted(FIELDS), k=commands.random.choice((1, 1, 2, 3)))
    return ["set", *commands.keys(), *(f"--{name}={commands.random.choice(FIELDS[name])}" for name in named)]


def status(commands: RandomCommands) -> list[str]:
    """Set a status, usually with a note."""
    to = commands.random.choice(("open", "in-progress", "mitigated", "accepted"))
    terms = ["--accepted-by=Board", f"--accepted-until={commands.random.choice(('3d', 'none', '2026-12-31'))}"]
    note = [f"--note={commands.random.choice(TEXTS)}"] if commands.random.random() < 0.8 else []
    return ["set", *commands.keys(), f"--status={to}", *note, *(terms if to == "accepted" else [])]


def guarded(commands: RandomCommands) -> list[str]:
    """Set a field only if it has a given value."""
    owner = commands.random.choice(OWNERS)
    return ["set", commands.key(), f"--owner={owner}", f"--was=owner={commands.random.choice(OWNERS)}"]


def extra(commands: RandomCommands) -> list[str]:
    """Set a custom column."""
    column, value = commands.random.choice(("Ticket", "Größe")), commands.random.choice(("ML-42", "a | b", ""))
    return ["set", *commands.keys(), f"--extra={column}={value}"]


def move(commands: RandomCommands) -> list[str]:
    """Move items to a category, or change a key."""
    if commands.random.random() < 0.5:
        return ["set", *commands.keys(), f"--category={commands.code()}"]
    return ["set", commands.key(), f"--key={commands.code()}-{commands.random.randint(1, 40):03d}"]


def add(commands: RandomCommands) -> list[str]:
    """Add an item."""
    severity, text = commands.random.choice(FIELDS["severity"]), commands.random.choice(TEXTS)
    given = ["add", f"--category={commands.code()}", f"--severity={severity}", f"--description={text}"]
    return [*given, f"--title={commands.random.choice(TEXTS)}"] if commands.random.random() < 0.5 else given


def link(commands: RandomCommands) -> list[str]:
    """Add a dependency between random items."""
    return ["link", commands.key(), commands.key(), commands.random.choice(LABELS)]


def relabel(commands: RandomCommands) -> list[str]:
    """Change the label of a dependency."""
    source, target, label = commands.edge()
    return ["relabel", source, target, commands.random.choice(LABELS), f"--old={label}"]


def fact(commands: RandomCommands) -> list[str]:
    """Set one of the register's facts."""
    name = commands.random.choice(sorted(FACTS))
    values = list(FACTS[name]) if name == "cadence" else [commands.random.choice(FACTS[name])]
    return ["register", "set", "--", name, *values]


def categories(commands: RandomCommands) -> list[str]:
    """Add, edit, move or remove a category."""
    code, name = commands.random.choice(CODES), commands.random.choice(NAMES)
    return commands.random.choice(
        (
            ["category", "add", code, name, f"--definition={commands.random.choice(TEXTS)}"],
            ["category", "edit", commands.code(), f"--name={name}"],
            ["category", "edit", commands.code(), f"--code={code}", f"--definition={commands.random.choice(TEXTS)}"],
            ["category", "move", commands.code(), commands.random.choice(("up", "down", "first", "last"))],
            ["category", "remove", commands.code(), "--yes"],
        )
    )


def queries(commands: RandomCommands) -> list[str]:
    """Save, rename or remove a view or a rule."""
    kind = commands.random.choice(("view", "rule"))
    name, query = commands.random.choice(NAMES), commands.random.choice(QUERIES)
    save = [kind, "save", name, query, *(["--yes"] if kind == "view" else [])]
    others = [kind, "rename", commands.saved(kind), name], [kind, "remove", commands.saved(kind)]
    return commands.random.choice((save, save, *others))


def document(commands: RandomCommands) -> list[str]:
    """Import a recent export with edits by hand."""
    text = commands.random.choice([*commands.documents[-3:], commands.cli.run("export").raw.decode()])
    lines = text.splitlines(keepends=True)
    rows = [at for at, each in enumerate(lines) if ITEM.match(each)]
    for at in commands.random.sample(rows, k=min(2, len(rows))):
        mitigated, low = lines[at].replace("| Open |", "| Mitigated (by hand) |"), lines[at].replace(" High ", " Low ")
        lines[at] = commands.random.choice((mitigated, low, ""))
    commands.documents.append("".join(lines))
    prune = ["--prune"] if commands.random.random() < 0.3 else []
    return ["import", "-", "--yes", f"--prefer={commands.random.choice(('file', 'register'))}", *prune]


def reviewing(commands: RandomCommands) -> list[str]:
    """Start a review, or act in it: keep an item, add a follow-up, edit, finish or reopen the review."""
    number, key = commands.number("review"), commands.queued()
    if key == MISSING and commands.random.random() < 0.7:
        return ["review", "start", "--skip-days=0", *(["--query=is:open"] if commands.random.random() < 0.3 else [])]
    day, text = commands.random.choice(FIELDS["due-on"]), commands.random.choice(TEXTS)
    keep = ["decide", number, key, "7"]
    note = ["followups", "add", f"--due-on={day}", "--", key, text]
    edit = ["review", "set", number, f"--title={commands.random.choice(NAMES)}", "--participants=ana; bo"]
    return commands.random.choice(
        (keep, keep, keep, note, note, edit, ["review", "finish", number], ["review", "reopen", number])
    )


def following_up(commands: RandomCommands) -> list[str]:
    """Close, edit or reopen a follow-up."""
    number, owner = commands.number("follow_up"), commands.random.choice(OWNERS)
    closing = ["followups", commands.random.choice(("done", "drop", "reopen")), number]
    return commands.random.choice((closing, closing, ["followups", "edit", number, f"--owner={owner}"]))


EDITS: dict[Draw, int] = {
    field: 12,
    status: 8,
    guarded: 2,
    extra: 2,
    move: 3,
    add: 5,
    link: 5,
    relabel: 2,
    fact: 4,
    categories: 5,
    queries: 4,
    document: 3,
    lambda commands: ["remove", *commands.keys(), "--yes"]: 3,
    lambda commands: ["unlink", *commands.edge()]: 2,
    lambda commands: ["comment", *commands.keys(), commands.random.choice(TEXTS)]: 3,
    lambda _: ["undo", "--yes"]: 8,
    lambda _: ["redo"]: 6,
    lambda _: ["check", "--record"]: 2,
    lambda _: ["accepted", "--reopen"]: 1,
}
"""How often each is drawn."""
REVIEWS: dict[Draw, int] = {reviewing: 12, following_up: 3}
"""Drawn for some seeds only: the trail records the queue of a review with reasons in words."""
