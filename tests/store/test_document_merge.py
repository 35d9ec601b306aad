"""Documents that two people changed, merged by item and field: nothing that one of them did is lost."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import RegisterError
from store.fields import ITEM_FIELDS, same
from store.formats.document.document_merge import merge_documents, merge_lines
from store.formats.document.reader import read
from store.formats.document.writer import write
from store.samples import sample_text
from store.text import name_key
from tests.store.documents import BY_HAND, COMPACT, FOOTNOTES, ODD
from tests.store.hostile import Hostile

if TYPE_CHECKING:
    from store.formats.document.model import Item, Register
    from store.formats.line_merge import Side

HEAD = "| ID | Description | Severity | Owner | Status |\n|----|-------------|----------|-------|--------|\n"
SMALL = """\
# Debt

## Entanglement

| ID | Description | Severity | Owner | Status |
|----|-------------|----------|-------|--------|
| EN-1 | Shared features | High | Ann | Open |
| EN-2 | Copied thresholds | Low | Bo | [Open](https://t.example/2) |

## Pipelines

| ID | Description | Severity | Owner | Status |
|----|-------------|----------|-------|--------|
| PD-1 | Dead jobs | Medium | | Open |

## Map

```mermaid
graph TD
    EN1["EN-1"] -->|"slows"| PD1["PD-1"]
    PD1 --> EN2["EN-2"]
```

## Notes

Read this first.
And this second.
"""


def register_of(text: str) -> Register:
    reading = read(text)
    assert reading.problems == ()
    assert reading.register is not None
    return reading.register


def preferring(text: str, side: Side) -> str:
    """A merged text with every conflict resolved in favor of a side."""
    lines, here = [], "both"
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\r\n")
        if bare == "<<<<<<< ours":
            here = "ours"
        elif bare == "=======" and here == "ours":
            here = "theirs"
        elif bare == ">>>>>>> theirs" and here == "theirs":
            here = "both"
        elif here in ("both", side):
            lines.append(line)
    return "".join(lines)


def clean(base: str, ours: str, theirs: str) -> str:
    """What two texts merge to, in whichever order."""
    merged = merge_documents(base, ours, theirs)
    assert (merged.conflicts, merged.problem) == (0, None), merged.text
    again = merge_documents(base, theirs, ours)
    assert again.conflicts == 0
    assert {*register_of(again.text).items} == {*register_of(merged.text).items}
    return merged.text


def edited(*pairs: tuple[str, str], text: str = SMALL) -> str:
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (("High | Ann", "Low | Ann"), ("| Ann | Open", "| Ann | Mitigated (done)")),
        (("High | Ann", "High | **Ann**"), ("Shared features", "Shared `features`")),
        (("| Bo |", "| Cy |"), ("[Open](https://t.example/2)", "[Open](https://t.example/3)")),
        (("| Ann | Open", "| Ann | Mitigated"), ("| High | Ann |", "| High | Ann, Bo |")),
        (('"slows"', '"stops"'), ("PD1 --> EN2", "PD1 -.-> EN2")),
        (("PD1 --> EN2", 'PD1 -->|"new"| EN2'), ('EN1["EN-1"]', 'EN1["EN-1<br/>Shared"]')),
        (("## Notes\n", "## Notes\n\nMore.\n"), ("# Debt\n", "# Debts\n")),
        (("| PD-1 | Dead", "| PD-0 | New | Low | | Open |\n| PD-1 | Dead"), ("| Medium | |", "| Low | |")),
    ],
)
def test_edits_of_different_things_merge(ours: tuple[str, str], theirs: tuple[str, str]) -> None:
    assert clean(SMALL, edited(ours), edited(theirs)) == edited(ours, theirs)


def test_a_cell_that_holds_two_fields_is_merged_by_field() -> None:
    base = edited(("| Ann | Open |", "| Ann | Open (soon) |"))
    ours = edited(("Open (soon)", "In Progress (soon)"), text=base)
    theirs = edited(("Open (soon)", "Open (later)"), text=base)
    assert clean(base, ours, theirs) == edited(("Open (soon)", "In Progress (later)"), text=base)


def test_what_both_changed_alike_is_no_conflict() -> None:
    ours = edited(("| Ann | Open |", "| Ann | Mitigated |"))
    assert clean(SMALL, ours, edited(("| Ann | Open |", "| Ann | **Mitigated** |"))) == ours


def test_a_table_that_one_laid_out_anew_takes_the_edits_of_the_other() -> None:
    ours = SMALL.replace("| PD-1 | Dead jobs | Medium | | Open |", "| PD-1 | Dead jobs   | Medium   |       | Open   |")
    assert clean(SMALL, ours, edited(("Medium | | Open", "Medium | Di | Open"))) == edited(
        ("Medium   |       | Open", "Medium   | Di    | Open"), text=ours
    )


def test_columns_that_one_added_hold_the_rows_of_the_other() -> None:
    ours = edited(
        (
            f"{HEAD}| PD-1 ",
            "| ID | Due | Description | Severity | Owner | Status |\n|-|-|-|-|-|-|\n| PD-1 | 2026-05-01 ",
        )
    )
    theirs = edited(("| PD-1 | Dead jobs |", "| PD-2 | Slow jobs | Low | | Open |\n| PD-1 | Dead ends |"))
    merged = clean(SMALL, ours, theirs)
    assert "| PD-1 | 2026-05-01 | Dead ends | Medium | | Open |" in merged
    assert [(item.key, item.description) for item in register_of(merged).items][2:] == [
        ("PD-2", "Slow jobs"),
        ("PD-1", "Dead ends"),
    ]


def test_columns_that_both_added_are_both_there() -> None:
    other = "| ID | {} | Description | Severity | Owner | Status |\n|-|-|-|-|-|-|\n| PD-1 | {} "
    columns = (("Due", "2026-05-01"), ("Effort", "XL"))
    ours, theirs = (edited((f"{HEAD}| PD-1 ", other.format(*each))) for each in columns)
    item = register_of(clean(SMALL, ours, theirs)).items[2]
    assert (str(item.due_on), item.effort) == ("2026-05-01", "XL")


def test_different_extra_columns_of_one_item_merge() -> None:
    base = SMALL.replace("| Owner |", "| Owner | Team | Wiki |").replace("-------|--------|", "-|-|-|--------|")
    for old, new in (("| Ann |", "| Ann | a | b |"), ("| Bo |", "| Bo | | |"), ("| Medium | |", "| Medium | | | |")):
        base = base.replace(old, new)
    ours, theirs = edited(("| a | b |", "| A | b |"), text=base), edited(("| a | b |", "| a | B |"), text=base)
    assert clean(base, ours, theirs) == edited(("| a | b |", "| A | B |"), text=base)
    other = edited(("| a | b |", "| X | B |"), text=base)
    merged = merge_documents(base, ours, other)
    assert merged.conflicts == 1
    assert preferring(merged.text, "ours") == edited(("| a | b |", "| A | B |"), text=base)
    assert preferring(merged.text, "theirs") == other


def test_a_row_moved_to_another_category_takes_the_edits_of_the_other() -> None:
    row = "| EN-2 | Copied thresholds | Low | Bo | [Open](https://t.example/2) |\n"
    moved = edited((row, ""), ("| PD-1 | Dead", f"{row}| PD-1 | Dead"))
    merged = clean(SMALL, moved, edited(("| Bo |", "| Cy |")))
    assert merged == edited(("| Bo |", "| Cy |"), text=moved)


def test_sections_moved_by_one_take_the_edits_of_the_other() -> None:
    first, rest = SMALL[SMALL.index("## Ent") : SMALL.index("## Pip")], SMALL[SMALL.index("## Pip") :]
    moved = rest.replace("## Map", f"{first}## Map")
    ours = SMALL[: SMALL.index("## Ent")] + moved
    assert clean(SMALL, ours, edited(("| Bo |", "| Cy |"))) == edited(("| Bo |", "| Cy |"), text=ours)


def test_conflicts_are_as_long_as_asked_and_close_the_last_line() -> None:
    base = SMALL.removesuffix("\n")
    ours, theirs = (edited(("And this second.", word), text=base) for word in ("Ours.", "Theirs."))
    merged = merge_documents(base, ours, theirs, marker_size=9)
    assert merged.text.endswith("<<<<<<<<< ours\nOurs.\n=========\nTheirs.\n>>>>>>>>> theirs\n")
    assert merged.conflicts == 1


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_version_that_cannot_be_read_is_named(number: int) -> None:
    texts = [SMALL, edited(("High", "Low")), edited(("Read this", "Begin here"))]
    texts[number] = edited(("| EN-2 |", "| EN-1 |"), text=texts[number])
    merged = merge_documents(*texts)
    assert merged.problem is not None
    assert merged.problem[0] == number
    assert merged.problem[1].rule == "duplicate-key"
    assert merged.text == merge_lines(*texts).text
    assert "Begin here" in merged.text


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result"),
    [
        ("a\nb\nc\n", "a\nB\nc\n", "a\nb\nc\nd\n", (0, "a\nB\nc\nd\n")),
        ("a\nb\n", "a\nx\n", "a\ny\n", (1, "a\n<<<<<<< ours\nx\n=======\ny\n>>>>>>> theirs\n")),
        ("a\r\n", "A\r\n", "a\r\nc\r\n", (1, "<<<<<<< ours\r\nA\r\n=======\r\na\r\nc\r\n>>>>>>> theirs\r\n")),
        ("", "x", "y", (1, "<<<<<<< ours\nx\n=======\ny\n>>>>>>> theirs\n")),
        ("a", "a", "b", (0, "b")),
        # Where no line is unique, those that both have in order are the same.
        ("x\nx\ny\ny\n", "y\nx\nx\ny\ny\n", "x\nx\ny\ny\nx\ny\n", (0, "y\nx\nx\ny\ny\nx\ny\n")),
    ],
)
def test_lines_alone_are_merged_as_git_does(base: str, ours: str, theirs: str, result: tuple[int, str]) -> None:
    merged = merge_lines(base, ours, theirs)
    assert (merged.conflicts, merged.text) == result


def wanted(base: Register, ours: Register, theirs: Register, side: Side) -> dict[str, dict[str, object]]:
    """The fields of every item that a merge must give where conflicts are resolved in favor of a side."""
    before, mine, yours = ({name_key(item.key): item for item in one.items} for one in (base, ours, theirs))
    found = {}
    for key in mine.keys() | yours.keys():
        was, here, there = before.get(key), mine.get(key), yours.get(key)
        if here and there:
            found[key] = {name: field(name, was, here, there, side) for name in FIELDS}
            if not same_status(was, here, there) and side == "theirs":
                # A note belongs to its status.
                found[key]["status_note"] = there.status_note
            continue
        item, register, own = (here, ours, "ours") if here else (there, theirs, "theirs")
        assert item is not None
        changed = [each for each in NAMES if was and not same(each, getattr(item, each), getattr(was, each))]
        if was is None or (side == own and (changed or edges(register, key) - edges(base, key))):
            found[key] = {name: getattr(item, name) for name in FIELDS}
    return found


NAMES = [each.name for each in ITEM_FIELDS if each.name != "key"]
FIELDS = [name for name in NAMES if name not in ("category", "extra")]


def field(name: str, was: Item | None, here: Item, there: Item, side: Side) -> object:
    before, mine, yours = (getattr(one, name) if one else object() for one in (was, here, there))
    if same(name, mine, yours) or (was and same(name, yours, before)):
        return mine
    return yours if (was and same(name, mine, before)) or side == "theirs" else mine


def same_status(was: Item | None, here: Item, there: Item) -> bool:
    """Whether at most one of two people changed the status, or both alike."""
    return here.status == there.status or (was is not None and was.status in (here.status, there.status))


def edges(register: Register, key: str) -> set[object]:
    return {edge for edge in register.dependencies if key in map(name_key, edge.ends)}


@settings(deadline=None)
@given(st.integers(0, 2**64))
def test_no_edit_of_either_person_is_lost(seed: int) -> None:
    random = Random(seed)
    hostile = Hostile(random)
    document = random.choice([sample_text(), SMALL, COMPACT, BY_HAND, ODD, FOOTNOTES])
    base = document.replace("\n", random.choice(["\n", "\r\n"]))
    before = register_of(base)
    texts = []
    for person in ("first", "second"):
        register = before
        for _ in range(random.randint(1, 3)):
            register = hostile.change(register)
        try:
            text = write(register, template=base)
        except RegisterError:
            return
        if random.random() < 0.5:
            text += f"\nWritten by the {person} of two.\n"
        texts.append(text)
    merged = merge_documents(base, *texts)
    registers = [register_of(text) for text in texts]
    sides: tuple[Side, ...] = ("ours", "theirs")
    for side, text in zip(sides, texts, strict=True):
        resolved = preferring(merged.text, side)
        assert ("by the first" in resolved) >= ("by the first" in text)
        assert ("by the second" in resolved) >= ("by the second" in text)
        if merged.by_lines:
            continue
        register = register_of(resolved)
        items = {name_key(item.key): item for item in register.items}
        expected = wanted(before, *registers, side)
        assert items.keys() == expected.keys()
        for key, values in expected.items():
            for name, value in values.items():
                assert same(name, getattr(items[key], name), value), (key, name)
