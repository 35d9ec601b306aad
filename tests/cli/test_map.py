"""The map on the command line: the same picture as the dashboard's, for people, for Mermaid and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

if TYPE_CHECKING:
    from tests.cli.door import Door

LABELS = (
    "feature changes cascade to",
    "amplified popularity biases",
    "schema breaks cascade to",
    "dead jobs mask",
    "skew amplifies",
    "misconfig delays",
    "misleading signal feeds",
)
KEYS = ("EN-001", "EN-002", "FL-001", "FL-003", "DD-001", "PD-001", "PD-002", "CD-001", "MS-001")


def test_the_whole_map_is_drawn_with_its_caption(sample: Door) -> None:
    said = sample.done("map", "--width", "78")
    assert said.err == ""
    assert said.lines[-2:] == ["", "Whole · 9 items, 7 dependencies"]
    picture = said.lines[:-2]
    assert len(picture) <= 14
    assert all(cell_len(row) <= 78 for row in picture)
    assert all(f" {key}" in said.out for key in KEYS)
    assert said.out.count("▼") == 5
    assert all(word in said.out for label in LABELS for word in label.split())


def test_ascii_is_the_same_picture(sample: Door) -> None:
    drawn, plain = sample.done("map", "--width", "78").lines, sample.done("map", "--width", "78", "--ascii").lines
    assert "\n".join(plain).isascii()
    lines = str.maketrans("│─┌┐└┘├┤┬┴┼▼●✓", "|-+++++++++v*+")
    assert [row.translate(lines).split("]")[0].split("…")[0] for row in drawn[:1]] == [plain[0].split("]")[0]]
    assert len(plain) == len(drawn)
    assert sample("map", encoding="ascii").out == sample.done("map", "--ascii", "--width", "80").out


def test_a_cycle_is_dashed_and_listed_as_one(sample: Door) -> None:
    sample.done("link", "MS-001", "FL-003", "stale catalog hides")
    said = sample.done("map", "--width", "78")
    assert len(said.lines) - 2 <= 18
    assert said.out.count("▲") == 1
    assert "┆" in said.out
    listed = sample.done("map", "--mode", "list").out
    assert "in a cycle" in listed
    assert "stale catalog hides → FL-003 closes a cycle" in listed


def test_one_item_in_focus(sample: Door) -> None:
    said = sample.done("map", "EN-001", "--width", "100")
    assert said.lines[0].startswith("[H● DD-001]─schema breaks cascade to─┐")
    assert "┴─►[H● EN-001]───feature changes cascade to─►[H● EN-002]" in said.lines[1]
    assert said.lines[-1] == "Focus EN-001, 1 hop · 4 of 9 items, 3 of 7 dependencies"
    two = sample.done("map", "en-001", "--hops", "2").lines
    assert two[-1] == "Focus EN-001, 2 hops · 5 of 9 items, 4 of 7 dependencies"
    assert any("PD-001" in row for row in two)


def test_a_label_that_is_cut_is_said_to_be(sample: Door) -> None:
    for key in ("BE-001", "BE-002", "EN-003", "DD-002", "CD-002", "FL-002", "FL-003"):
        sample.done("link", key, "MS-001", "a reason that is too long to stand on one line with everything else")
    said = sample.done("map", "MS-001", "--width", "60")
    assert "labels cut" in said.lines[-1]
    assert "…─" in said.out


def test_the_overview_counts_by_category(sample: Door) -> None:
    said = sample.done("map", "--mode", "overview")
    assert "[EN 2 of 2" in said.out
    assert "[FL 1 of 2" in said.out
    assert said.lines[-1] == "Overview · 6 categories, dependencies counted"


def test_the_list_is_in_cascade_order_with_labels(sample: Door) -> None:
    said = sample.done("map", "--mode", "LIST")
    places = [said.out.index(f"{key}  ") for key in ("PD-001", "DD-001", "EN-001", "EN-002")]
    assert places == sorted(places)
    assert "└─ dead jobs mask → DD-001" in said.out
    assert said.lines[-1] == "List · 9 items, 7 dependencies in cascade order"
    part = sample.done("map", "EN-001", "--mode", "list").lines
    assert part[-1] == "List · EN-001 and what is within 1 hop · 4 items, 3 dependencies in cascade order"


def test_json_has_the_nodes_and_edges_of_a_neighborhood(sample: Door) -> None:
    data = sample.done("map", "EN-001", "--json").json
    nodes, edges = data["nodes"], data["edges"]
    assert isinstance(nodes, list)
    assert isinstance(edges, list)
    assert {node["key"] for node in nodes} == {"EN-001", "EN-002", "DD-001", "PD-002"}
    assert {(edge["source"], edge["target"]) for edge in edges} == {
        ("EN-001", "EN-002"),
        ("DD-001", "EN-001"),
        ("PD-002", "EN-001"),
    }
    more = sample.done("map", "EN-001", "--hops", "2", "--json").json["nodes"]
    assert isinstance(more, list)
    assert {node["key"] for node in more} == {"EN-001", "EN-002", "DD-001", "PD-002", "PD-001"}


def test_as_if_an_item_were_mitigated(sample: Door) -> None:
    before = sample.database.read_bytes()
    said = sample.done("map", "--if", "pd-001", "--width", "78")
    assert "[H? PD-001" in said.out
    assert said.lines[-1].endswith("as if PD-001 were mitigated; nothing is written")
    nodes = sample.done("map", "--if", "PD-001", "--json").json["nodes"]
    assert isinstance(nodes, list)
    assert [(node["key"], node["status"]) for node in nodes if node["assumed"]] == [("PD-001", "Mitigated")]
    assert sample.database.read_bytes() == before
    assert sample("map", "--if", "PD-999").code == 1


def test_mermaid_imports_again(sample: Door) -> None:
    text = sample.done("map", "--mermaid").out
    assert text.startswith("graph TD\n")
    assert 'PD001 -->|"dead jobs mask"| DD001' in text
    sample.done("unlink", "PD-001", "DD-001")
    (sample.home / "map.mmd").write_text(text, encoding="utf-8")
    sample.done("import", "map.mmd", "--yes")
    assert sorted(sample.done("map", "--mermaid").lines) == sorted(text.splitlines())
    part = sample.done("map", "EN-001", "--mermaid").out
    assert "FL001" not in part
    assert "EN001 -->" in part


@pytest.mark.parametrize("width", [10, 20, 33, 57, 200])
@pytest.mark.parametrize("mode", ["whole", "focus", "overview", "list"])
def test_nothing_is_wider_than_asked(sample: Door, width: int, mode: str) -> None:
    said = sample.done("map", "--mode", mode, "--width", str(width))
    assert said.lines[:-2]
    assert all(cell_len(row) <= width for row in said.lines[:-2])


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--mode", "tree"], 1, "unknown mode 'tree': use one of whole, focus, overview, list"),
        (["--mermaid", "--json"], 2, "--mermaid cannot be combined with --json or --if"),
        (["--hops", "2"], 2, "--hops needs a KEY"),
        (["EN-999"], 1, "unknown item EN-999"),
        (["--width", "3"], 2, "greater than or equal to 10"),
    ],
)
def test_what_is_refused(sample: Door, arguments: list[str], code: int, says: str) -> None:
    said = sample("map", *arguments)
    assert (said.code, said.raw) == (code, b"")
    assert says in " ".join(said.err.split())


def test_an_item_without_dependencies_says_so(sample: Door) -> None:
    alone = sample.done("map", "EN-003")
    assert (alone.raw, alone.err) == (b"", "EN-003 has no dependencies\n")


def test_an_empty_map_says_so(begun: Door) -> None:
    assert begun.done("map").err == "no dependencies yet\n"
    assert begun.done("map", "--json").answer == {"schema": 1, "nodes": [], "edges": []}
