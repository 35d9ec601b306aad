"""What the import preview says it understood, and how the options of `import` change it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.door import Door

BOATS = """# Ferry timetable: debt

Some words about ferries.

## Dock

| Ref | Finding | Danger | Mood | Crew |
|---|---|---|---|---|
| F-1 | The tide table is typed by hand | Sev-1 | Parked | Ines |
| F-2 | Two clocks disagree | Sev-2 | Open | Ines |
| F-3 | Nobody tests the horn | Sev-2 | Parked | Olu |
| | | | | |

## Who to ask

Ines, on most days.
"""
LIST = """# Loose ends

## High

- **The winch has no brake** - it slips in the rain
- **Ropes are counted by hand** - twice a year

## Low

- **The bell is out of tune** - passengers notice
"""


def document(door: Door, text: str, name: str = "ferry.md") -> str:
    (door.home / name).write_text(text, encoding="utf-8")
    return name


def understood(door: Door, name: str, *options: str) -> dict[str, list[dict[str, object]]]:
    found = door.done("import", name, "--dry-run", "--json", *options).json["import"]
    return found["understood"]  # type: ignore[index, no-any-return]


def roles(door: Door, name: str, *options: str) -> dict[object, object]:
    return {each["name"]: each["means"] for each in understood(door, name, *options)["names"]}


def items(door: Door) -> dict[str, dict[str, object]]:
    rows = door.done("list", "--json").json["items"]
    return {str(row["key"]): row for row in rows}  # type: ignore[index, attr-defined]


def severity_of(door: Door, key: str) -> object:
    return items(door)[key]["severity"]


def test_a_document_in_the_usual_shape_takes_one_line(sample: Door) -> None:
    said = sample.done("import", "ai-debt-register.md", "--dry-run")
    assert "Column or label" not in said.out
    assert "--map" not in said.out


def test_the_preview_says_lists_columns_words_and_text(bare: Door) -> None:
    name = document(bare, BOATS)
    said = " ".join(bare.done("import", name, "--dry-run").out.split())
    assert "line 7, a table 3 items, category Dock" in said
    assert "Finding" in said
    assert "Crew" in said
    assert "Not items" in said
    assert "line 12: this row is not an item: it is empty" in said
    assert "Left as text: Ferry timetable: debt (line 1, 1 line), Who to ask (line 14, 1 line)" in said
    assert '--map "NAME=FIELD"' in said
    found = understood(bare, name)
    assert found["lists"] == [
        {
            "shape": "table",
            "line": 7,
            "items": 3,
            "heading": "Dock",
            "category": "Dock",
            "severity": None,
            "status": None,
        }
    ]
    assert [each["line"] for each in found["not_items"]] == [12]
    assert [(each["heading"], each["line"]) for each in found["text"]] == [
        ("Ferry timetable: debt", 1),
        ("Who to ask", 14),
    ]


def test_headings_that_say_a_severity_are_named(bare: Door) -> None:
    name = document(bare, LIST)
    found = understood(bare, name)["lists"]
    assert [(each["shape"], each["heading"], each["severity"], each["items"]) for each in found] == [
        ("list", "High", "High", 2),
        ("list", "Low", "Low", 1),
    ]
    assert "High (heading 'High')" in bare.done("import", name, "--dry-run").out


def test_a_word_that_is_not_known_is_counted_and_can_be_mapped(bare: Door) -> None:
    name = document(bare, BOATS)
    columns = ("--map", "Danger=severity", "--map", "Mood=status")
    said = " ".join(bare.done("import", name, "--dry-run", *columns).out.split())
    assert "Sev-1 severity unrated, 1 item, not known: kept as text" in said
    mapped = (*columns, "--map-severity", "Sev-2=unrated", "--map-status", "Parked=accepted")
    words = {each["word"]: each for each in understood(bare, name, *mapped)["words"]}
    assert words["Sev-2"] == {"field": "severity", "word": "Sev-2", "value": None, "known": True, "items": 2}
    assert words["Parked"]["value"] == "Accepted"
    assert words["Parked"]["items"] == 2
    bare.done("import", name, "--yes", *mapped)
    assert severity_of(bare, "F-2") is None
    assert items(bare)["F-3"]["status"] == "Accepted"
    assert bare.done("export").out == BOATS


def test_an_unknown_word_is_said_to_be_kept_as_text(bare: Door) -> None:
    name = document(bare, BOATS.replace("Sev-1", "Mauve"))
    columns = ("--map", "Danger=severity", "--map-severity", "Mauve=high")
    unmapped = " ".join(bare.done("import", name, "--dry-run", *columns[:2]).out.split())
    assert "Mauve severity unrated, 1 item, not known: kept as text" in unmapped
    assert "Mauve severity High, 1 item" in " ".join(bare.done("import", name, "--dry-run", *columns).out.split())


@pytest.mark.parametrize(("role", "kept"), [("extra", True), ("ignore", False)])
def test_a_column_can_be_kept_as_an_extra_field_or_ignored(bare: Door, role: str, kept: bool) -> None:
    name = document(bare, BOATS)
    assert roles(bare, name, "--map", f"Crew={role}")["Crew"] == role
    bare.done("import", name, "--yes", "--map", f"Crew={role}")
    shown = bare.done("show", "F-1", "--json").json["item"]
    assert ("Crew" in dict(shown["extra"] or {})) is kept  # type: ignore[index]
    assert shown["owner"] is None  # type: ignore[index]
    assert bare.done("export").out == BOATS


@pytest.mark.parametrize(
    "text",
    [
        "# Plain\n\n| Wat | Hoezo |\n|---|---|\n| The rudder sticks | rust |\n| The lamp flickers | loose wire |\n",
        "Wat,Hoezo\nThe rudder sticks,rust\nThe lamp flickers,loose wire\n",
    ],
    ids=["table", "csv"],
)
def test_a_column_that_is_said_to_be_the_title_makes_a_table_a_list(bare: Door, text: str) -> None:
    name = document(bare, text, "plain.md")
    assert bare("import", name, "--dry-run").code == 1
    bare.done("import", name, "--yes", "--map", "Wat=title")
    assert [row["title"] for row in items(bare).values()] == ["The rudder sticks", "The lamp flickers"]
    assert bare.done("export").out == text


def test_labels_can_be_mapped_and_ignored(bare: Door) -> None:
    text = "# Loose planks\n\n### TD-1 - The hull leaks\n\n- Severity: High\n- Wind: north\n- Waves: tall\n"
    name = document(bare, text)
    bare.done("import", name, "--yes", "--map", "Wind=owner", "--map", "Waves=ignore")
    shown = bare.done("show", "TD-1", "--json").json["item"]
    assert shown["owner"] == "north"  # type: ignore[index]
    assert not shown["extra"]  # type: ignore[index]
    assert bare.done("export").out == text


def test_a_mapped_word_counts_in_headings_and_tags(bare: Door) -> None:
    text = "# Loose planks\n\n## Stormy\n\n- **The hull leaks** [Gusty]\n- **The keel is bent** - a little\n"
    name = document(bare, text)
    bare.done("import", name, "--yes", "--map-severity", "Stormy=high", "--map-severity", "Gusty=critical")
    assert [row["severity"] for row in items(bare).values()] == ["Critical", "High"]
    assert bare.done("export").out == text


def test_what_was_settled_holds_for_the_next_import_and_can_be_overridden(bare: Door) -> None:
    name = document(bare, BOATS)
    bare.done("import", name, "--yes", "--map", "Danger=severity", "--map-severity", "Sev-2=low")
    assert severity_of(bare, "F-2") == "Low"
    document(bare, BOATS.replace("| F-3", "| F-4 | Gulls | Sev-2 | Open | Olu |\n| F-3"))
    bare.done("import", name, "--yes")
    assert severity_of(bare, "F-4") == "Low"
    bare.done("import", name, "--yes", "--map-severity", "Sev-2=high")
    assert severity_of(bare, "F-2") == severity_of(bare, "F-4") == "High"
    bare.done("import", name, "--yes")
    assert severity_of(bare, "F-2") == "High"


def test_undo_of_an_import_brings_the_former_mapping_back(bare: Door) -> None:
    name = document(bare, BOATS)
    bare.done("import", name, "--yes", "--map", "Danger=severity", "--map-severity", "Sev-2=low")
    bare.done("import", name, "--yes", "--map-severity", "Sev-2=high", "--map", "Crew=ignore")
    assert roles(bare, name)["Crew"] == "ignore"
    bare.done("undo", "--yes")
    assert severity_of(bare, "F-2") == "Low"
    assert roles(bare, name)["Crew"] != "ignore"
    words = {each["word"]: each["value"] for each in understood(bare, name)["words"]}
    assert words["Sev-2"] == "Low"
    assert bare.done("export").out == BOATS


def test_a_mapping_file_says_the_same_and_options_come_first(bare: Door) -> None:
    name = document(bare, BOATS)
    toml = '[columns]\nDanger = "severity"\nCrew = "extra"\n[severities]\n"Sev-2" = "low"\n'
    toml += '[statuses]\nParked = "accepted"\n'
    document(bare, f'{toml}Elsewhere = "open"\n', "ferry.toml")
    options = ("--map-severity", "Sev-2=medium", "--map", "Mood=status")
    found = understood(bare, name, "--mapping", "ferry.toml", *options)
    words = {each["word"]: each["value"] for each in found["words"]}
    assert (words["Sev-2"], words["Parked"]) == ("Medium", "Accepted")
    assert {"name": "Crew", "means": "extra", "lines": [7]} in found["names"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[columns", "the mapping is not TOML"),
        ('[colums]\nA = "title"\n', "unknown entry 'colums' in the mapping"),
        ('columns = "title"\n', "unknown entry 'columns' in the mapping"),
        ("[columns]\nCrew = 3\n", "'Crew' in [columns] of the mapping is not a string"),
        ('[columns]\nCrew = "captain"\n', "unknown field 'captain'"),
        ('[severities]\nX = "awful"\n', "unknown severity 'awful'"),
        ('[statuses]\nX = "asleep"\n', "unknown status 'asleep'"),
    ],
)
def test_a_wrong_mapping_file_is_refused_in_one_sentence(bare: Door, content: str, said: str) -> None:
    name = document(bare, BOATS)
    document(bare, content, "ferry.toml")
    refused = bare("import", name, "--yes", "--mapping", "ferry.toml")
    assert refused.code == 1
    assert said in refused.err[:1].lower() + refused.err[1:]
    assert refused.err.count("\n") == 1
    assert not bare.database.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--map", "Crew"), "is incomplete"),
        (("--map", "=title"), "is incomplete"),
        (("--map", "Crew=captain"), "unknown field 'captain'"),
        (("--map", "Crow=owner"), "'crow' is not in the document"),
        (("--map", "🌊=owner"), "has no letters or digits"),
        (("--map-severity", "Sev-2=awful"), "use critical, high, medium, low or unrated"),
        (("--map-status", "Parked=asleep"), "unknown status 'asleep'"),
        (("--same", "Two clocks disagree=F-2"), "no item without a key"),
        (("--mapping", "nowhere.toml"), "nowhere.toml cannot be read"),
    ],
)
def test_a_wrong_option_is_refused_in_one_sentence(bare: Door, options: tuple[str, ...], said: str) -> None:
    name = document(bare, BOATS)
    refused = bare("import", name, "--yes", *options)
    assert refused.code == 1
    assert said in refused.err
    assert refused.err.count("\n") == 1
    assert not bare.database.exists()


def test_json_has_nothing_to_map(sample: Door) -> None:
    (sample.home / "copy.json").write_bytes(sample.done("export", "--format", "json").raw)
    refused = sample("import", "copy.json", "--dry-run", "--map", "Description=title")
    assert refused.code == 1
    assert "this file has no columns or words to map" in refused.err
    found = json.loads(sample.done("import", "copy.json", "--dry-run", "--json").raw)["import"]
    assert found["understood"] is None


RENAMED = LIST.replace("The winch has no brake", "The old winch has a weak brake now").replace(
    "Ropes are counted by hand", "Ropes and chains are counted by nobody at all"
)


def test_an_item_that_may_be_a_known_one_is_refused_until_it_is_said(bare: Door) -> None:
    name = document(bare, LIST)
    bare.done("import", name, "--yes")
    text = RENAMED.replace("- **Ropes", "- **The crane has no brake** - new\n- **Ropes")
    document(bare, text)
    shown = bare.done("import", name, "--dry-run")
    assert "Items without a key that may already exist" in shown.out
    found = bare.done("import", name, "--dry-run", "--json").json["import"]["uncertain"]  # type: ignore[index]
    first = found[0]
    refused = bare("import", name, "--yes")
    assert refused.code == 1
    assert f"{first['text']!r} has no key and may be {' or '.join(first['candidates'])}" in refused.err
    assert f'--same "{first["text"]}={first["candidates"][0]}"' in refused.err
    assert bare.done("list", "--json").json["items"][0]["title"] == "The winch has no brake"  # type: ignore[index]
    wrong = bare("import", name, "--yes", "--same", f"{first['text']}=TD-777")
    assert wrong.code == 1
    assert "cannot be TD-777" in wrong.err
    taken: dict[str, str] = {}
    for each in found:
        taken[each["text"]] = next((key for key in each["candidates"] if key not in taken.values()), "new")
    said = [part for each, key in taken.items() for part in ("--same", f"{each}={key}")]
    bare.done("import", name, "--yes", *said)
    by_key = {key: row["title"] for key, row in items(bare).items()}
    for title, key in taken.items():
        assert key == "new" or by_key[key] == title
    assert bare.done("export").out == text
