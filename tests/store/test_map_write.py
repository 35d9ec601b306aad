"""Writing into the map of a document: edges that go take nothing of others with them."""

import pytest

from store.enums import Status
from store.formats.document.model import Dependency, Register
from store.formats.document.reader import read
from store.formats.document.writer import write

TABLE = """\
## Zeta

| ID | Severity | Status |
|----|----------|--------|
| Z-1 | High | Open |
| Z-2 | High | Open |
| Z-3 | Low | Open |

"""


def document(*lines: str) -> str:
    """A register of three items with a map of these lines."""
    return "\n".join([f"{TABLE}```mermaid", *lines, "```", ""])


def register(text: str) -> Register:
    reading = read(text)
    assert reading.problems == ()
    assert reading.register is not None
    return reading.register


def map_of(text: str) -> list[str]:
    """The lines of a document's map."""
    return text.split("```mermaid\n")[1].split("\n```")[0].split("\n")


def without(text: str, source: str, target: str) -> list[str]:
    """The map when one dependency went."""
    present = register(text)
    edges = tuple(edge for edge in present.dependencies if (edge.source, edge.target) != (source, target))
    assert len(edges) == len(present.dependencies) - 1
    return map_of(write(present._replace(dependencies=edges), template=text))


STYLES = ["    linkStyle 0 stroke:#f00", "    linkStyle 1, 2 stroke:#0f0", "    linkStyle default stroke:#999"]


@pytest.mark.parametrize(
    ("gone", "left"),
    [
        (("Z-1", "Z-2"), ["    linkStyle 0, 1 stroke:#0f0"]),
        (("Z-2", "Z-3"), ["    linkStyle 0 stroke:#f00", "    linkStyle 1 stroke:#0f0"]),
        (("Z-3", "Z-1"), ["    linkStyle 0 stroke:#f00", "    linkStyle 1 stroke:#0f0"]),
    ],
)
def test_the_styles_of_edges_stay_with_their_edges(gone: tuple[str, str], left: list[str]) -> None:
    text = document("graph TD", "    Z1 --> Z2", "    Z2 --> Z3", "    Z3 --> Z1", *STYLES)
    assert [line for line in without(text, *gone) if "linkStyle" in line] == [*left, STYLES[2]]


def test_an_item_that_goes_takes_the_numbers_of_its_edges_along() -> None:
    text = document("graph TD", "Z1 ~~~ Z2 & Z3", "Z2 --> Z3", "X --> Z3", "linkStyle 1,2 a:b", "linkStyle 0,3 c:d")
    present = register(text)
    items = tuple(item for item in present.items if item.key != "Z-2")
    written = map_of(write(present._replace(items=items, dependencies=()), template=text))
    assert written == ["graph TD", "Z1 ~~~ Z3", "X --> Z3", "linkStyle 0 a:b", "linkStyle 1 c:d"]


def test_edges_that_are_not_understood_keep_the_numbers_as_they_are() -> None:
    text = document("graph TD", "Z1 --> Z2", "Z2 <-- Z3", "Z3 --> Z1", "linkStyle 2 stroke:red")
    assert without(text, "Z-1", "Z-2") == ["graph TD", "Z2 <-- Z3", "Z3 --> Z1", "linkStyle 2 stroke:red"]


def test_a_line_of_several_statements_loses_only_what_goes() -> None:
    text = document("graph LR; Z1-->Z2; Z2-->Z3; linkStyle 1 stroke:red; style Z1 fill:#ff9999; class Z1 hot; %% end;")
    assert without(text, "Z-1", "Z-2") == [
        "graph LR",
        "    Z2-->Z3",
        "    linkStyle 0 stroke:red",
        "    style Z1 fill:#ff9999",
        "    class Z1 hot; %% end;",
    ]


def test_a_color_and_a_label_change_on_one_line() -> None:
    text = document('graph LR; Z1["Z-1"]-->Z2; style Z1,Z2 fill:#ff9999; style Z3 fill:#ffcc99')
    present = register(text)
    first = present.items[0]._replace(title="First", status=Status.MITIGATED)
    written = map_of(write(present._replace(items=(first, *present.items[1:])), template=text))
    assert written == [
        "graph LR",
        '    Z1["Z-1<br/>First"]-->Z2',
        "    style Z2 fill:#ff9999",
        "    style Z1 fill:#ffcc99",
        "    style Z3 fill:#ffcc99",
    ]
    assert register(text).dependencies == (Dependency("Z-1", "Z-2", ""),)


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"key": "NEW-7"}, "NEW-7: First<br>one"),
        ({"title": "Other\nname"}, "Z-1: Other<br>name"),
        ({"key": "NEW-7", "title": "Other"}, "NEW-7: Other"),
        ({"title": None}, "Z-1"),
    ],
)
def test_a_key_before_the_title_stays_in_its_manner(fields: dict[str, str | None], label: str) -> None:
    text = document("graph LR", 'a["Z-1: First<br>one"] --> Z2')
    present = register(text)
    assert present.items[0].title == "First\none"
    first = present.items[0]._replace(**fields)  # type: ignore[arg-type]
    edges = (Dependency(first.key, "Z-2"),)
    written = write(present._replace(items=(first, *present.items[1:]), dependencies=edges), template=text)
    assert map_of(written) == ["graph LR", f'a["{label}"] --> Z2']


def test_an_arrow_that_nothing_comes_before_joins_nothing_new() -> None:
    text = document("graph TD", "%% lost", "--> Z2 ?")
    present = register(text)
    written = map_of(write(present._replace(dependencies=(Dependency("Z-1", "Z-2"),)), template=text))
    assert written == ["graph TD", '    Z1["Z-1"]', '    Z2["Z-2"];', "    Z1 --> Z2;", "%% lost", "--> Z2 ?"]
    text = document("graph TD", "Z1 --> Z2; Z2 --> Z3;", "--> Z2 ?")
    assert without(text, "Z-1", "Z-2") == ["graph TD", "Z2 --> Z3;", "--> Z2 ?"]
    text = document("graph TD", "Z2 --> Z3", "Z1 --> Z2;", "--> Z2 ?")
    assert without(text, "Z-1", "Z-2") == ["graph TD", "Z2 --> Z3", ";", "--> Z2 ?"]
