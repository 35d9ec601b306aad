"""The map: flowcharts of many hands read, and our own written."""

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.enums import Severity, Status
from store.formats.document.model import Category, Dependency, Item, Register
from store.formats.mermaid.chart import Keys, decode_label, encode_label, unquote
from store.formats.mermaid.parser import is_chart, read_chart
from store.formats.mermaid.writer import write_map
from tests.store.hostile import Hostile

seeds = st.integers(0, 2**64)


def edges(*lines: str) -> list[tuple[str, str, str]]:
    chart = read_chart(["graph TD", *lines], 0)
    assert chart.unknown == ()
    return [(arrow.source, arrow.target, arrow.label) for arrow in chart.arrows]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("A --> B", [("A", "B", "")]),
        ('A -->|"feeds #amp; slows"| B', [("A", "B", "feeds & slows")]),
        ("A-->|feeds|B", [("A", "B", "feeds")]),
        ("A -- feeds --> B", [("A", "B", "feeds")]),
        ('A -- "feeds --> all" --> B', [("A", "B", "feeds --> all")]),
        ("A -. feeds .-> B ==> C == hurts ==> D", [("A", "B", "feeds"), ("B", "C", ""), ("C", "D", "hurts")]),
        ("A --> B & C", [("A", "B", ""), ("A", "C", "")]),
        ("A & B --- C", [("A", "C", ""), ("B", "C", "")]),
        ("A --> B; B --> A", [("A", "B", ""), ("B", "A", "")]),
        ("A[one] --> B(two) --> C((three)) --> D{four}", [("A", "B", ""), ("B", "C", ""), ("C", "D", "")]),
        ('A["x --> y"]:::hot --> B{{"z"}}', [("A", "B", "")]),
        ("EN-001 --> EN-002", [("EN-001", "EN-002", "")]),
        ("A --> A", [("A", "A", "")]),
        ("A ~~~ B", []),
        ("A --x B --o C <--> D", [("A", "B", ""), ("B", "C", ""), ("C", "D", "")]),
        ("A -->|a<br/>b| B %% why", [("A", "B", "a\nb")]),
    ],
)
def test_edges_are_read(line: str, found: list[tuple[str, str, str]]) -> None:
    assert edges(line) == found


def test_labels_are_read_in_every_shape() -> None:
    shapes = ["[x]", '["x"]', "(x)", "([x])", "((x))", "{x}", "{{x}}", "[[x]]", "[(x)]", "[/x/]", ">x]", "(((x)))"]
    for shape in shapes:
        assert read_chart(["flowchart LR", f"  A{shape}"], 0).labels == {"A": "x"}, shape


def test_what_is_no_node_is_passed_over() -> None:
    lines = ["---", "title: x", "---", "%% first", "flowchart LR;", "subgraph S", "direction TB", "A", "end"]
    lines += ["classDef hot fill:#f00", "class A hot", 'click A "x"', "linkStyle 0 stroke:red", "style A fill:#f99"]
    chart = read_chart(lines, 10)
    assert chart.unknown == ()
    assert chart.header == 14
    assert chart.labels == {"A": None}
    assert [(style.line, style.ids, style.color) for style in chart.node_styles] == [(23, ("A",), "#f99")]


def test_what_is_not_understood_is_named() -> None:
    assert read_chart(["graph TD", "A --> B", "?? what", "A --> ", 'B["open'], 4).unknown == (6, 7, 8)


def test_only_flowcharts_are_maps() -> None:
    assert is_chart(["", "%% x", "graph TD"])
    assert is_chart(["flowchart LR"])
    assert not is_chart(["sequenceDiagram", "graph TD"])
    assert not is_chart(["graphics"])
    assert not is_chart([])


@pytest.mark.parametrize(
    ("node", "label", "found"),
    [
        ("x", "EN-001<br/>Title<br>more", ("EN-001", "Title\nmore")),
        ("x", "EN-001", ("EN-001", None)),
        ("EN001", None, ("EN-001", None)),
        ("EN001", "Title", ("EN-001", "Title")),
        ("EN001", "FL-2<br/>Title", ("FL-2", "Title")),
        ("x", "Title<br/>FL-2", ("FL-2", "Title")),
        ("x", "XX-1<br/>Title", (None, "XX-1\nTitle")),
        ("x", "EN-001: Title<br/>more", ("EN-001", "Title\nmore")),
        ("x", "EN-001 \u2013 Title", ("EN-001", "Title")),
        ("x", "EN-001 and FL-2", (None, "EN-001 and FL-2")),
        ("x", "EN-001:<br/>Title", ("EN-001", "Title")),
        ("x", "XX-1: Title", (None, "XX-1: Title")),
        ("EN001", "EN-001 Title", ("EN-001", "Title")),
        ("EN001", "FL-2: Title", ("FL-2", "Title")),
        ("EN001", "FL-2<br/>EN-001: Title", ("FL-2", "EN-001: Title")),
    ],
)
def test_a_node_stands_for_an_item(node: str, label: str | None, found: tuple[str | None, str | None]) -> None:
    assert Keys(["EN-001", "FL-2"]).identify(node, label) == found


@settings(deadline=None)
@given(seeds)
def test_any_text_fits_into_a_label(seed: int) -> None:
    text = Hostile(Random(seed)).text()
    source = encode_label(text)
    assert decode_label(source) == text
    rest = re.sub(r"<br/>|#\d+;", "", source)
    assert not set(rest) & set('"<>[]{}|;#&%`\\\n\t$@^~\x1b\u2028\u202e')


@settings(deadline=None)
@given(seeds)
def test_a_map_of_any_text_is_written_and_read_back(seed: int) -> None:
    register = Hostile(Random(seed)).register()
    lines = write_map(register).split("\n")
    chart = read_chart(lines, 0)
    assert chart.unknown == ()
    keys = Keys(item.key for item in register.items)
    nodes = {node: keys.identify(node, label) for node, label in chart.labels.items()}
    titles = {item.key: item.title for item in register.items if item.key in {key for key, _ in nodes.values()}}
    assert dict(nodes.values()) == titles
    found = [Dependency(str(nodes[a.source][0]), str(nodes[a.target][0]), a.label) for a in chart.arrows]
    assert found == list(register.dependencies)


@settings(deadline=None)
@given(seeds)
def test_the_map_of_some_items_is_what_the_map_of_a_register_of_them_would_be(seed: int) -> None:
    random = Random(seed)
    register = Hostile(random).register()
    keys = {item.key for item in register.items if random.random() < 0.6}
    text = write_map(register, keys)
    chart = read_chart(text.split("\n"), 0)
    assert chart.unknown == ()
    nodes = {node: Keys(keys).identify(node, label) for node, label in chart.labels.items()}
    assert dict(nodes.values()) == {item.key: item.title for item in register.items if item.key in keys}
    found = [Dependency(str(nodes[a.source][0]), str(nodes[a.target][0]), a.label) for a in chart.arrows]
    assert found == [edge for edge in register.dependencies if {edge.source, edge.target} <= keys]


def test_the_map_shows_what_has_a_title_or_an_edge() -> None:
    items = [
        Item(key="A-1", category="A", severity=Severity.HIGH, status=Status.OPEN, title="First"),
        Item(key="A-2", category="A", severity=Severity.HIGH, status=Status.MITIGATED),
        Item(key="A-3", category="A", severity=Severity.LOW, status=Status.OPEN),
    ]
    register = Register(
        title="T",
        categories=(Category(code="A", name="A"),),
        items=tuple(items),
        dependencies=(Dependency("A-2", "A-1", "slows"),),
    )
    assert write_map(register) == (
        "graph TD\n"
        '    subgraph "Debt Interactions"\n'
        '        A1["A-1<br/>First"]\n'
        '        A2["A-2"]\n'
        "    end\n"
        "\n"
        '    A2 -->|"slows"| A1\n'
        "\n"
        "    style A1 fill:#ff9999\n"
        "    style A2 fill:#ffcc99\n"
    )
    alone = 'graph TD\n    subgraph "Debt Interactions"\n        A3["A-3"]\n    end\n\n    style A3 fill:#ffcc99\n'
    assert write_map(register, {"A-3"}) == alone
    assert write_map(register, ()) == "graph TD\n"


def test_no_words_in_a_label_turn_a_subgraph() -> None:
    assert encode_label("wrong direction  LR, direction up") == "wrong direction#32; LR, direction up"


def test_quotes_around_a_label_are_not_its_text() -> None:
    assert [unquote(source) for source in ('"a"', " a ", '"', '""')] == ["a", "a", '"', ""]


def test_statements_that_style_or_group_end_at_a_semicolon() -> None:
    lines = ['flowchart LR; subgraph "a;b"; A-->B; end; classDef hot fill:#f00,stroke:#900; B-->C %% last']
    lines += ["style A fill:#f99; style B fill:#fc9; linkStyle 0, 1 stroke:red; C-->A; accTitle: a; b --> c"]
    chart = read_chart(lines, 0)
    assert chart.unknown == ()
    assert [(arrow.source, arrow.target) for arrow in chart.arrows] == [("A", "B"), ("B", "C"), ("C", "A")]
    assert [(style.ids, style.color) for style in chart.node_styles] == [(("A",), "#f99"), (("B",), "#fc9")]
    assert [style.numbers for style in chart.link_styles] == [(0, 1)]
