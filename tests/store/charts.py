"""Flowcharts as different hands write them, drawn from a seed, with what they say."""

from dataclasses import dataclass, field
from random import Random

HEADERS = (
    "graph TD",
    "flowchart LR",
    "graph",
    "flowchart BT",
    "graph RL;",
    "flowchart-elk TB",
    "graph >",
    "  graph TD ",
)
FRONTS = ((), ("---", "title: graph TD", "---"), ("%% A --> B", ""), ("%%{", "  init: {'theme': 'base'}", "}%%"))
TOLD = (
    "%% Z1 --> Z2",
    "%%{init: {'theme': 'base'}}%%",
    "",
    "   ",
    "classDef hot fill:#f00,stroke:#900;",
    "class Z1,Z2 hot",
    'click Z1 "https://example.invalid" "a tip; --> b" _blank',
    "click Z2 call show(a)",
    "accTitle: Z1 --> Z2",
    "accDescr: Z2; Z3 --> Z4",
    "accDescr {\n  Z1 --> Z2\n}",
    "linkStyle default stroke:#999",
    "style Z1 stroke-width:2px",
    "style other fill:#f99",
    "other[Something else] --> another",
    "other ~~~ another",
)
NOT_UNDERSTOOD = (
    "?? what",
    "Z1 -->>> Z2",
    "Z1 <-- Z2",
    "Z1 <--- Z2",
    'Z1["a" b] --> Z2',
    "Z1 --> Z2 Z3",
    "Z1[open",
    "end of all",
    "Z1@{ shape } --> Z2",
    "Z1 -->|open Z2",
)
# An arrow without its label, before and behind which one may occur.
ARROWS = (
    *("-->", "---", "==>", "===", "-.->", "-.-", "--x", "--o", "---->", "-..->", "====>", "<-->", "o--o", "x--x"),
    "<==>",
)
INLINE = (("--", "-->"), ("==", "==>"), ("-.", ".->"), ("--", "---"), ("<--", "-->"), ("--", "--x"))
SHAPES = (
    *(("[", "]"), ("(", ")"), ("([", "])"), ("[[", "]]"), ("[(", ")]"), ("((", "))"), ("{", "}"), ("{{", "}}")),
    *(("[/", "/]"), ("[/", "\\]"), ("[\\", "/]"), ("[\\", "\\]"), (">", "]"), ("(((", ")))"), ("(-", "-)")),
)
WORDS = ("feeds", "slows down", "re-trains", "\u00e9t\u00e9 2", "R&D", "costs 5 %", "end", "graph TD")
KEYS = ("Z-1", "Z-2", "Z-3", "Z-4")
BOTH = frozenset({"<>", "oo", "xx"})


@dataclass
class Drawn:
    """A chart and what it says: edges in order, titles by key, the numbers (from 0) of lines not understood."""

    lines: list[str] = field(default_factory=list)
    edges: list[tuple[str, str, str]] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    unknown: list[int] = field(default_factory=list)


class Charts:
    """Draws charts over the items Z-1 to Z-4."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.drawn = Drawn()
        self.names = 0
        self.ids = {key: random.choice([key.replace("-", ""), key]) for key in KEYS}
        self.indent = ""

    def chart(self) -> Drawn:
        """A chart of many pieces."""
        drawn, random = self.drawn, self.random
        drawn.lines += random.choice(FRONTS)
        drawn.lines.append(random.choice(HEADERS))
        pieces = [self.told, self.told, self.not_understood, self.edge, self.edge, self.edge, self.several, self.group]
        for _ in range(random.randint(0, 8)):
            self.indent = random.choice(["", "    ", "\t"])
            random.choice(pieces)()
        return drawn

    def put(self, *statements: str) -> None:
        """Statements on a separate line, and what may follow them."""
        behind = self.random.choice(["", "", "", ";", " ", " %% why; Z1 --> Z2"])
        self.drawn.lines += (self.indent + self.random.choice(["; ", ";"]).join(statements) + behind).split("\n")

    def told(self) -> None:
        self.drawn.lines += self.random.choice(TOLD).split("\n")

    def not_understood(self) -> None:
        self.drawn.unknown.append(len(self.drawn.lines))
        self.drawn.lines.append(self.indent + self.random.choice(NOT_UNDERSTOOD))

    def edge(self) -> None:
        self.put(self.statement())

    def several(self) -> None:
        self.put(*(self.statement() for _ in range(self.random.randint(2, 3))))

    def group(self) -> None:
        name = self.random.choice(['"Two words"', "group1 [Some title]", 'group2["x; y"]', "three words here", ""])
        self.drawn.lines += [f"{self.indent}subgraph {name}".rstrip(), "direction LR"]
        self.put(self.statement())
        self.drawn.lines.append(f"{self.indent}end")

    def statement(self) -> str:
        """Nodes and arrows, as the chart then says them."""
        random = self.random
        left = self.nodes()
        text = self.joined(left)
        for _ in range(random.choice([0, 1, 1, 1, 2])):
            right = self.nodes()
            label = self.label() if random.random() < 0.6 else ""
            arrow, heads = self.arrow(label)
            text += random.choice([" ", " ", "\n  ", "\n%% --> Z4\n"]) if heads[0] in "-=<" else " "
            name = ""
            if random.random() < 0.2 and text[-1] == " " and "\n" not in text[-3:]:
                self.names += 1
                name = f"e{self.names}@"
            text += name + arrow + random.choice([" ", " ", "\n  "]) + self.joined(right)
            for one in left:
                for other in right:
                    self.drawn.edges.append((one, other, label))
                    if heads in BOTH:
                        self.drawn.edges.append((other, one, label))
            left = right
        return text

    def arrow(self, label: str) -> tuple[str, str]:
        """An arrow with its label, and its first and last character."""
        random = self.random
        shown = self.shown(label)
        if label and random.random() < 0.4:
            start, end = random.choice(INLINE)
            return f"{start} {shown} {end}", (start[0] if start[0] != "-" else "-") + end[-1]
        arrow = random.choice(ARROWS)
        return arrow + (random.choice(["", " "]) + f"|{shown}|" if label else ""), arrow[0] + arrow[-1]

    def label(self) -> str:
        return self.random.choice(WORDS)

    def shown(self, label: str) -> str:
        """A label's source."""
        random = self.random
        escaped = label.replace("&", random.choice(["&", "#amp;", "#38;", "&amp;"]))
        forms = [escaped, f'"{escaped}"', f'"<b>{escaped}</b>"', f'"`**{escaped}**`"']
        return random.choice(forms if "-" not in label else forms[1:])

    def nodes(self) -> list[str]:
        return self.random.sample(KEYS, self.random.choice([1, 1, 1, 2]))

    def joined(self, keys: list[str]) -> str:
        return " & ".join(self.node(key) for key in keys)

    def node(self, key: str) -> str:
        """A node where it is named, with or without a label, a class and properties."""
        random = self.random
        name = self.ids[key]
        kind = random.choice(["", "", "", "shape", "data"])
        behind = random.choice(["", "", ":::hot", "@{ shape: cyl }"])
        if not kind:
            return name + (behind if behind != "@{ shape: cyl }" or random.random() < 0.5 else "")
        title = random.choice(["Knot", "A long one", "R&D (old)", "Two\nlines"])
        self.drawn.titles[key] = title
        source = self.quoted(key, title)
        if kind == "data":
            data = random.choice([f'shape: rect, label: "{source}"', f'\n    label: "{source}"\n    shape: rect\n'])
            return f"{name}@{{{data}}}"
        opening, closing = random.choice(SHAPES)
        return f'{name}{opening}"{source}"{closing}{behind}'

    def quoted(self, key: str, title: str) -> str:
        """The source of a node's label inside quotes."""
        random = self.random
        broken = random.choice(["<br/>", "<br>", "\\n", "\n   "])
        text = title.replace("\n", broken).replace("&", random.choice(["&", "#amp;"]))
        return random.choice(
            [f"{key}{broken}{text}", f"<b>{key}</b>{broken}{text}", f"`**{key}**{broken}_{text}_`"][
                : 3 if "\n" not in title else 2
            ]
        )
