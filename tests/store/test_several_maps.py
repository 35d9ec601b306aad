"""A document with several maps: they are read together, and a change is written to those that show what changed."""

from __future__ import annotations

import pytest

from store.formats.document.model import Dependency, Register
from store.formats.document.reader import parse, read
from store.formats.document.writer import write
from tests.store.changing import difference

TEXT = """\
# Owed

| ID | Description | Severity | Status |
|----|-------------|----------|--------|
| A-1 | Pumps are checked by ear | Low | Open |
| A-2 | Valves have no names | Low | Open |
| A-3 | Taps drip | Low | Open |

```mermaid
graph TD
    A1["A-1<br/>Ears"] -->|hides| A2
```

```mermaid
graph LR
    A3["A-3<br/>Drips"] -->|needs| A1
    A1 -->|hides| A2["A-2<br/>Names"]
```
"""
HIDES, NEEDS = Dependency("A-1", "A-2", "hides"), Dependency("A-3", "A-1", "needs")


def register(text: str) -> Register:
    found = read(text).register
    assert found is not None
    return found


def test_what_all_maps_say_is_read() -> None:
    found = register(TEXT)
    assert found.dependencies == (HIDES, NEEDS)
    assert [(item.key, item.title) for item in found.items] == [("A-1", "Ears"), ("A-2", "Names"), ("A-3", "Drips")]
    assert parse(TEXT).notices == ()
    assert write(found, template=TEXT) == TEXT


@pytest.mark.parametrize(
    ("dependencies", "lines"),
    [
        ((HIDES,), ['-    A3["A-3<br/>Drips"] -->|needs| A1', '+    A3["A-3<br/>Drips"]']),
        (
            (HIDES, NEEDS._replace(label="lacks")),
            ['-    A3["A-3<br/>Drips"] -->|needs| A1', '+    A3["A-3<br/>Drips"] -->|"lacks"| A1'],
        ),
        (
            (NEEDS,),
            [
                '-    A1["A-1<br/>Ears"] -->|hides| A2',
                '+    A1["A-1<br/>Ears"]',
                '-    A1 -->|hides| A2["A-2<br/>Names"]',
                '+    A2["A-2<br/>Names"]',
            ],
        ),
        (
            (HIDES._replace(label="mutes"), NEEDS),
            [
                '-    A1["A-1<br/>Ears"] -->|hides| A2',
                '+    A1["A-1<br/>Ears"] -->|"mutes"| A2',
                '-    A1 -->|hides| A2["A-2<br/>Names"]',
                '+    A1 -->|"mutes"| A2["A-2<br/>Names"]',
            ],
        ),
        ((HIDES, NEEDS, Dependency("A-2", "A-1", "blocks")), ['+    A2 -->|"blocks"| A1']),
    ],
    ids=["removed", "relabeled", "removed from both", "relabeled in both", "new"],
)
def test_a_dependency_changes_in_the_maps_that_show_it(dependencies: tuple[Dependency, ...], lines: list[str]) -> None:
    after = register(TEXT)._replace(dependencies=dependencies)
    written = write(after, template=TEXT)
    assert difference(TEXT, written) == lines
    assert set(register(written).dependencies) == set(dependencies)
