"""Flowcharts from elsewhere: everything that Mermaid knows, and what of it is named instead of guessed at."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from store.formats.document.model import Dependency
from store.formats.document.reader import read
from store.formats.document.writer import write
from store.formats.mermaid.chart import decode_label
from store.formats.mermaid.parser import is_chart, read_chart
from tests.store.test_map_write import document, map_of, register, without
from tests.store.test_mermaid import edges

if TYPE_CHECKING:
    from store.formats.mermaid.chart import Chart


def chart(text: str, header: str = "graph TD") -> Chart:
    return read_chart(f"{header}\n{text}".split("\n"), 1)


@pytest.mark.parametrize(
    "header",
    [
        *(
            "graph",
            "flowchart",
            "graph TD",
            "graph TB;",
            "flowchart BT",
            "flowchart RL",
            "graph LR ",
            "flowchart-elk LR",
        ),
        *("graph >", "graph v", "graph <;", "graph ^", "%%{init: {'theme': 'dark'}}%%\ngraph TD", "%% x\n\n  graph TD"),
        *("---\ntitle: a\nconfig:\n  look: b\n---\ngraph TD", "%%{\n  init: {}\n}%%\ngraph TD"),
    ],
)
def test_every_header_begins_a_chart(header: str) -> None:
    found = read_chart(f"{header}\nA --> B".split("\n"), 0)
    assert found.unknown == ()
    # The direction says how a map is drawn, never which way an arrow goes.
    assert [(arrow.source, arrow.target) for arrow in found.arrows] == [("A", "B")]


def test_what_only_looks_like_a_header_is_none() -> None:
    for text in ("---\ngraph TD", "graphs", "flowchart2 TD", "%%{ init\ngraph", "pie\ngraph TD"):
        assert is_chart(text.split("\n")) == (text == "%%{ init\ngraph")


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("A\n  --> B\n  --> C", [("A", "B", ""), ("B", "C", "")]),
        ("A -->\n\n%% why\n  B & C", [("A", "B", ""), ("A", "C", "")]),
        ("A --> B\n%% then\n-- x --> C\nx--> y", [("A", "B", ""), ("B", "C", "x"), ("x", "y", "")]),
        ('A -- "two\n  lines" --> B', [("A", "B", "two\nlines")]),
        ('A -->|"two\n  lines"| B', [("A", "B", "two\nlines")]),
        ('A["x\n--> y\nz"] --> B[bare\nlabel]', [("A", "B", "")]),
        ('A@{ shape: rect, label: "x } y" } --> B@{\n  shape: cyl\n}\nB --> C', [("A", "B", ""), ("B", "C", "")]),
        ("A e1@--> B e2@== x ==> C\ne1@{ animate: true }\nclass e2 fast", [("A", "B", ""), ("B", "C", "x")]),
        ("A:::hot e1@-->|x| B:::cold & C", [("A", "B", "x"), ("A", "C", "x")]),
        ("A ----> B ====> C -...-> D ---|x| E", [("A", "B", ""), ("B", "C", ""), ("C", "D", ""), ("D", "E", "x")]),
        ("A -- x ---> B == y ==o C -. z ..-> D", [("A", "B", "x"), ("B", "C", "y"), ("C", "D", "z")]),
        ('A -->|"a|b"| B -- "c|d" --> C', [("A", "B", "a|b"), ("B", "C", "c|d")]),
        ("A --> |x| B -->|y|C", [("A", "B", "x"), ("B", "C", "y")]),
        ("A -->|#quot;x#quot; &lt; #35;1| B", [("A", "B", '"x" < #1')]),
        ('A -- "`**x** and _y_`" --> B', [("A", "B", "x and y")]),
        ("A <-- x --> B", [("A", "B", "x")]),
        (
            "EN.001 --> a/b --> ns:x --> 1 --> \u00e9t\u00e9",
            [("EN.001", "a/b", ""), ("a/b", "ns:x", ""), ("ns:x", "1", ""), ("1", "\u00e9t\u00e9", "")],
        ),
        ("\tA-->B\t\n\u00a0 B --> C  ", [("A", "B", ""), ("B", "C", "")]),
        ("direction --> B", [("direction", "B", "")]),
        ("accDescr {\nA --> B\n}\naccTitle : A --> B\nA --> C", [("A", "C", "")]),
        ("%%{init: {\n}}%% A --> B", [("A", "B", "")]),
        (
            'subgraph S [a; b]\ndirection LR;A --> B\nend\nsubgraph "c\nd"\nend %% x\nS --> C',
            [("A", "B", ""), ("S", "C", "")],
        ),
    ],
)
def test_statements_of_many_hands_are_read(lines: str, found: list[tuple[str, str, str]]) -> None:
    assert edges(*lines.split("\n")) == found


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("A <-- B\nA <--- B\nA <== B\nA <-.- B", (2, 3, 4, 5)),
        ("A -->\nend\nB --> C", (2,)),
        ("A -->\nB --> C D\nE --> F", (2, 3)),
        ('A["x\ny"] z', (2, 3)),
        ('A["open\nB --> C', (2,)),
        ("A@{ shape: rect\nB --> C", (2,)),
        ("A@{ {} }", (2,)),
        ("end of\nclass\nstyle A\nclick\nlinkStyle x\naccDescr {", (2, 3, 4, 5, 6, 7)),
        ("A --> B; ?? x; ?? y", (2,)),
        ('subgraph "open\nA --> B', (2,)),
    ],
)
def test_what_is_not_understood_is_named_once_by_its_line(text: str, lines: tuple[int, ...]) -> None:
    assert chart(text).unknown == lines


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a<br>b<BR />c\\nd\n   e", "a\nb\nc\nd\ne"),
        ("`**a** *b* __c__ _d_ e_f_g 2 * 3`", "a b c d e_f_g 2 * 3"),
        ("**a** _b_", "**a** _b_"),
        ("<b>a</b> <i class='x'>b</i> <x> 1 < 2", "a b <x> 1 < 2"),
        ("#quot;&quot;#35;&#35;&#x23;#9829;&nope;#0;", '""###\u2665&nope;#0;'),
    ],
)
def test_a_label_is_read_without_its_looks(source: str, text: str) -> None:
    assert decode_label(source) == text


def test_nodes_are_named_by_their_last_label() -> None:
    text = (
        'A["x"] --> B\nA["y"]\nB@{ label: it is, shape: rect }\nC[a]@{ label: \'c\'\'s\' }\nD@{ icon: "a, label: b" }'
    )
    assert chart(text).labels == {"A": "y", "B": "it is", "C": "c's", "D": None}


def test_what_says_how_an_arrow_is_drawn_is_no_node() -> None:
    found = chart("A e1@--> B\ne1@{ animate: true }\ne2@{ shape: rect }")
    assert list(found.labels) == ["A", "B", "e2"]
    assert [statement.groups[0][0].id for statement in found.link_properties] == ["e1"]


def test_a_key_with_emphasis_is_the_key() -> None:
    text = document("graph TD", 'a["`**Z-1**\n  A _title_`"] --> b["<b>Z-2</b><br/>B"] --> c["**Z-3**: C"]')
    assert [item.title for item in register(text).items] == ["A title", "B", "C"]


def test_an_arrow_of_both_ways_is_two_dependencies() -> None:
    text = document("graph TD", "Z1 <-->|x| Z2 o--o Z3", "linkStyle 0,1 stroke:red", "Z3 --> Z1", "linkStyle 2 a:b")
    assert register(text).dependencies == (
        Dependency("Z-1", "Z-2", "x"),
        Dependency("Z-2", "Z-1", "x"),
        Dependency("Z-2", "Z-3"),
        Dependency("Z-3", "Z-2"),
        Dependency("Z-3", "Z-1"),
    )
    assert without(text, "Z-1", "Z-2") == [
        "graph TD",
        'Z2 -->|"x"| Z1',
        "Z2 o--o Z3",
        "linkStyle 0,1 stroke:red",
        "Z3 --> Z1",
        "linkStyle 2 a:b",
    ]
    present = register(text)
    edges = (Dependency("Z-1", "Z-2", "new"), *present.dependencies[1:])
    assert map_of(write(present._replace(dependencies=edges), template=text))[1:] == [
        'Z1 -->|"new"| Z2',
        'Z2 -->|"x"| Z1',
        "Z2 o--o Z3",
        "linkStyle 0,1,2 stroke:red",
        "Z3 --> Z1",
        "linkStyle 3 a:b",
    ]


def test_lines_without_a_head_and_ends_that_are_no_items_are_noticed() -> None:
    text = document("graph TD", "Z1 --- Z2", "Z1 --- X", "subgraph S", "Z3", "end", "Z1 -->", "S", "Z2 ~~~ Z3")
    assert [(notice.line, notice.what) for notice in read(text).notices] == [
        (11, "the line between Z1 and Z2 has no arrowhead: it is read as Z-1 to Z-2"),
        (12, "the dependency Z1 to X is not imported: X is not an item"),
        (16, "the dependency Z1 to S is not imported: S is a subgraph"),
    ]


def test_a_subgraph_is_no_item_unless_it_is_labeled_as_a_node() -> None:
    assert register(document("graph TD", "subgraph Z1", "Z2 --> Z3", "end", "Z1 --> Z2")).dependencies == (
        Dependency("Z-2", "Z-3"),
    )
    text = document("graph TD", "subgraph Z1", 'Z1["Z-1"] --> Z3', "end", "Z1 --> Z2")
    assert len(register(text).dependencies) == 2


def test_a_fence_is_a_map_however_its_language_is_written() -> None:
    for fence in ("```mermaid", "```Mermaid", "```{mermaid}", "```mermaid {scale: 2}", "~~~ mermaid"):
        text = document("graph TD", "Z1 --> Z2").replace("```mermaid", fence)
        assert len(register(text.replace("\n```\n", f"\n{fence[:3]}\n")).dependencies) == 1, fence
    assert register(document("graph TD", "Z1 --> Z2").replace("```mermaid", "```mermaidx")).dependencies == ()


def test_a_statement_of_several_lines_changes_in_place() -> None:
    lines = [
        '    Z1["Z-1',
        '      First"]',
        "      -- old -->",
        "    Z2@{",
        "      shape: rect",
        "      label: 'Z-2'",
        "    }",
    ]
    text = document("graph TD", *lines, "    Z2 --> Z3")
    present = register(text)
    items = (present.items[0]._replace(title="Other"), present.items[1]._replace(title="Second"), present.items[2])
    edges = (Dependency("Z-1", "Z-2", "new"), present.dependencies[1])
    assert map_of(write(present._replace(items=items, dependencies=edges), template=text)) == [
        "graph TD",
        '    Z1["Z-1',
        'Other"]',
        '      -->|"new"|',
        "    Z2@{",
        "      shape: rect",
        '      label: "Z-2<br/>Second"',
        "    }",
        "    Z2 --> Z3",
    ]


def test_a_chain_over_several_lines_is_taken_apart_with_its_comments() -> None:
    text = document(
        "graph TD", '  Z1["Z-1\n  First"] & Z2', "    %% both", "    e1@--> Z3", "  e1@{ animate: true }", "  Z3 --> Z1"
    )
    assert len(register(text).dependencies) == 1
    text = text.replace("    e1@", "    ")
    assert without(text, "Z-1", "Z-3")[1:] == [
        "  %% both",
        '  Z1["Z-1',
        '  First"]',
        "  Z2 --> Z3",
        "  e1@{ animate: true }",
        "  Z3 --> Z1",
    ]


def test_an_arrow_takes_its_name_and_its_properties_along() -> None:
    text = document("graph TD", "Z1 & Z2 e1@--> Z3", "e1@{ animate: true }", "Z3 --> Z1")
    assert without(text, "Z-1", "Z-3") == ["graph TD", "Z2 e1@--> Z3", "e1@{ animate: true }", "Z3 --> Z1"]
    text = document("graph TD", "Z1 e1@--> Z3; e1@{ animate: true }; Z3 --> Z1")
    assert without(text, "Z-1", "Z-3") == ["graph TD", "Z3 --> Z1"]


def test_nothing_new_comes_between_the_lines_of_one_statement() -> None:
    text = document("graph TD", "accDescr {", "text }; Z1 -->", "Z2", "style Z1 fill:#ff9999; accDescr {", "more }")
    present = register(text)
    edges = (*present.dependencies, Dependency("Z-3", "Z-1"))
    assert map_of(write(present._replace(dependencies=edges), template=text)) == [
        "graph TD",
        'Z3["Z-3"]',
        "accDescr {",
        "text }; Z1 -->",
        "Z2",
        "Z3 --> Z1",
        "style Z1 fill:#ff9999; accDescr {",
        "more }",
        "style Z3 fill:#ffcc99",
    ]


def seconds_to_read(piece: str) -> float:
    """The processor's time for a chart of many such pieces."""
    start = time.process_time()
    read_chart(("graph TD\n" + piece * 20_000).split("\n"), 0)
    return time.process_time() - start


@pytest.fixture(scope="module")
def plain() -> float:
    """The processor's time for as many dependencies: how fast the machine is must not decide."""
    return seconds_to_read("A --> B\n")


@pytest.mark.parametrize(
    "piece",
    [
        *(
            'A["',
            "A@{",
            'A@{"',
            "A[",
            "%%{",
            "accDescr {\n",
            "A -->\n",
            "A -. ....",
            "A & ",
            "[",
            "A -- x--",
            "---\n",
            '"',
        ),
        *("subgraph [", "subgraph [\n", "<b ", "A[`**", "A[[", "\n", "%%\n", "A\n%%\n", "click A "),
    ],
)
def test_no_text_is_slow_to_read(piece: str, plain: float) -> None:
    assert seconds_to_read(piece) < 10 * plain
