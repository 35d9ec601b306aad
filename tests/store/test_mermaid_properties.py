"""Flowcharts of many pieces: read as intended, and written into without touching what did not change."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from store.formats.document.diff import differences
from store.formats.document.model import Dependency
from store.formats.document.reader import parse, read
from store.formats.document.writer import write
from tests.counts import count
from tests.store.charts import KEYS, Charts, Drawn
from tests.store.hostile import Hostile

if TYPE_CHECKING:
    from store.formats.document.model import Register
    from store.formats.mermaid.chart import Chart

seeds = st.integers(0, 2**64)
TABLE = ["## Zeta", "", "| ID | Severity | Status |", "|-|-|-|", *(f"| {key} | High | Open |" for key in KEYS), ""]
BEFORE = len(TABLE) + 1


def document(drawn: Drawn, end: str = "\n") -> str:
    return end.join([*TABLE, "```mermaid", *drawn.lines, "```", ""])


def register(text: str) -> Register:
    reading = read(text)
    assert reading.problems == ()
    assert reading.register is not None
    return reading.register


def chart_of(text: str) -> Chart:
    chart = parse(text).layout.chart
    assert chart is not None
    return chart


def dependencies(drawn: Drawn) -> tuple[Dependency, ...]:
    return tuple(dict.fromkeys(Dependency(*edge) for edge in drawn.edges))


def gone(text: str, written: str) -> Counter[str]:
    """The lines that an edit took away."""
    return Counter(text.split("\n")) - Counter(written.split("\n"))


def lines_of(text: str, *edges: Dependency) -> Counter[str]:
    """The lines of the statements that draw these dependencies."""
    chart = chart_of(text)
    lines: set[int] = set()
    for arrow in chart.arrows:
        drawn = {Dependency(*(f"Z-{end[-1]}" for end in ends), arrow.label) for ends in arrow.ends}
        if drawn & set(edges):
            lines.update(chart.joined_lines(arrow.statement.line))
    return Counter(text.split("\n")[line] for line in lines)


def numbered(text: str) -> Counter[str]:
    """The lines that follow the edges of a chart: styles by number, properties of an arrow."""
    chart = chart_of(text)
    lines = {style.line for style in (*chart.link_styles, *chart.link_properties)}
    return Counter(text.split("\n")[line] for line in lines)


@settings(deadline=None, max_examples=count(60, 300))
@given(seeds)
def test_a_chart_is_read_as_it_was_meant(seed: int) -> None:
    drawn = Charts(Random(seed)).chart()
    text = document(drawn)
    found = register(text)
    assert found.dependencies == dependencies(drawn)
    assert {item.key: item.title for item in found.items if item.title} == drawn.titles
    told = [notice.line for notice in read(text).notices if "not understood" in notice.what]
    assert told == [BEFORE + number + 1 for number in drawn.unknown]
    assert write(found, template=text) == text


@settings(deadline=None, max_examples=count(40, 200))
@given(seeds)
def test_one_label_changes_its_own_statement(seed: int) -> None:
    random = Random(seed)
    text = document(Charts(random).chart())
    present = register(text)
    if not present.dependencies:
        return
    old = random.choice(present.dependencies)
    new = old._replace(label="another")
    edges = tuple(new if edge == old else edge for edge in present.dependencies)
    written = write(present._replace(dependencies=edges), template=text)
    assert register(written).dependencies == edges or set(register(written).dependencies) == set(edges)
    assert gone(text, written) <= lines_of(text, old) + numbered(text)


@settings(deadline=None, max_examples=count(40, 200))
@given(seeds)
def test_one_edge_goes_with_its_own_statement(seed: int) -> None:
    random = Random(seed)
    text = document(Charts(random).chart())
    present = register(text)
    if not present.dependencies:
        return
    old = random.choice(present.dependencies)
    edges = tuple(edge for edge in present.dependencies if edge != old)
    written = write(present._replace(dependencies=edges), template=text)
    assert set(register(written).dependencies) == set(edges)
    assert gone(text, written) <= lines_of(text, old) + numbered(text)
    assert [item.title for item in register(written).items] == [item.title for item in present.items]


@settings(deadline=None, max_examples=count(40, 200))
@given(seeds)
def test_one_edge_more_takes_no_line_away(seed: int) -> None:
    random = Random(seed)
    text = document(Charts(random).chart())
    present = register(text)
    new = Dependency(random.choice(KEYS), random.choice(KEYS), "is new")
    written = write(present._replace(dependencies=(*present.dependencies, new)), template=text)
    assert register(written).dependencies == (*present.dependencies, new)
    assert not gone(text, written)


@settings(deadline=None, max_examples=count(40, 200))
@given(seeds)
def test_any_changes_are_written_into_a_chart(seed: int) -> None:
    random = Random(seed)
    text = document(Charts(random).chart(), random.choice(["\n", "\r\n"]))
    present, hostile = register(text), Hostile(random)
    for _ in range(random.randint(1, 3)):
        present = hostile.change(present)
    written = write(present, template=text)
    assert differences(present, register(written), by="key") == ()
    assert write(register(written), template=written) == written


SCRAPS = (
    *("Z1", "Z2", '["', '"]', "[", "]", "@{", ' label: "x"', "}", "-->", "--", " & ", ";", "\n", "\n", "%%", "|", '"'),
    *(
        "subgraph ",
        "end",
        "e1@",
        "~~~",
        "{{",
        "`",
        "<-->",
        "style Z1 fill:#f00",
        "linkStyle 0 a:b",
        "accDescr {",
        ":::h",
    ),
)


@settings(deadline=None, max_examples=count(60, 300))
@given(st.lists(st.sampled_from(SCRAPS), max_size=14))
def test_whatever_a_map_holds_an_edge_comes_and_goes(scraps: list[str]) -> None:
    text = document(Drawn(["graph TD", *"".join(scraps).split("\n")]))
    present = register(text)
    assert write(present, template=text) == text
    new = Dependency("Z-3", "Z-4", "is new")
    more = write(present._replace(dependencies=(*present.dependencies, new)), template=text)
    assert register(more).dependencies == (*present.dependencies, new)
    fewer = write(present._replace(dependencies=present.dependencies[1:]), template=text)
    assert register(fewer).dependencies == present.dependencies[1:]
