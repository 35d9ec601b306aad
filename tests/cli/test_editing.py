"""The commands that change the register, and taking changes back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from store.samples import SAMPLE_NAME

if TYPE_CHECKING:
    from tests.cli.door import Door


def item(door: Door, key: str) -> dict[str, object]:
    """An item as `show --json` prints it."""
    found = door.done("show", key, "--json").json["item"]
    assert isinstance(found, dict)
    return found


def test_a_status_with_its_note_changes_exactly_five_lines_and_undo_takes_them_back(sample: Door) -> None:
    imported = (sample.home / SAMPLE_NAME).read_bytes()
    assert sample.done("export").raw == imported
    said = sample.done("set", "EN-001", "--status", "mitigated", "--note", "pinned versions")
    assert said.raw == b""
    assert said.err == "EN-001: Mitigated.\n"
    before, after = imported.decode().split("\n"), sample.done("export").out.split("\n")
    assert len(before) == len(after)
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 5
    (_, updated), (row, new_row), (_, entangled), (_, total), (_, style) = changed
    assert updated.startswith("> **Last Updated:**")
    assert new_row == row.removesuffix("| Open |") + "| Mitigated (pinned versions) |"
    assert entangled == "| Entanglement | 2 | 1 | 3 |"
    assert total == "| **Total** | **10** | **5** | **15** |"
    assert style.split() == ["style", "EN001", "fill:#ffcc99"]
    undone = sample.done("undo")
    assert undone.raw == b""
    assert sample.done("export").raw == imported
    assert item(sample, "EN-001")["status"] == "Open"
    sample.done("redo")
    assert sample.done("export").out.split("\n") == after


def test_every_field_can_be_set_and_cleared(sample: Door) -> None:
    values: dict[str, tuple[str, object]] = {
        "--title": ("Shared features", "Shared features"),
        "--description": ("Two | models\nshare", "Two | models\nshare"),
        "--severity": ("low", "Low"),
        "--status": ("accepted", "Accepted"),
        "--note": ("cheaper to live with", "cheaper to live with"),
        "--components": ("A; B (x; y)", ["A", "B (x; y)"]),
        "--mitigation-plan": ("None", "None"),
        "--owner": ("ana", "ana"),
        "--effort": ("xl", "XL"),
        "--affected": ("12 %", {"count": None, "percent": 12.0, "text": "12 %"}),
        "--due-on": ("2030-01-31", "2030-01-31"),
        "--opened-on": ("2025-01-31", "2025-01-31"),
        "--accepted-by": ("board", "board"),
        "--accepted-until": ("2031-12-31", "2031-12-31"),
    }
    sample.done("set", "EN-001", *(word for option, (typed, _) in values.items() for word in (option, typed)))
    now = item(sample, "EN-001")
    names = {"--note": "status_note"}
    for option, (_, stored) in values.items():
        assert now[names.get(option, option[2:].replace("-", "_"))] == stored
    clearing = [word for option in values if option not in ("--description", "--status") for word in (option, "")]
    refused = sample("set", "EN-001", *clearing)
    assert "or none for no end" in refused.err
    clearing[clearing.index("--accepted-until") + 1] = "none"
    sample.done("set", "EN-001", "--status", "open", *clearing)
    now = item(sample, "EN-001")
    for name in ("title", "severity", "status_note", "mitigation_plan", "owner", "effort", "due_on", "opened_on"):
        assert now[name] is None
    assert now["affected"] is None
    assert now["components"] == []
    assert now["accepted_by"] is None


@pytest.mark.parametrize("option", ["--description", "--status", "--key", "--category"])
def test_a_field_that_an_item_must_have_is_not_cleared(sample: Door, option: str) -> None:
    before = item(sample, "EN-001")
    said = sample("set", "EN-001", option, "")
    assert (said.code, said.raw) == (1, b"")
    assert "is empty" in said.err
    assert item(sample, "EN-001") == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["--status", "done"],
        ["--severity", "urgent"],
        ["--effort", "huge"],
        ["--due-on", "soon"],
        ["--due-on", "2020-01-31"],
        ["--due-on", "03/04/2099"],
        ["--key", "no key"],
        ["--key", "EN-002"],
        ["--category", "XX"],
        ["--extra", "no sign"],
        ["--owner", "a\x00b"],
        ["--owner", "half\udcff"],
    ],
    ids=lambda value: value[0] + "=" + ascii(value[1]),
)
def test_a_value_that_a_field_cannot_take_is_one_sentence(sample: Door, arguments: list[str]) -> None:
    before = sample.done("export").raw
    said = sample("set", "EN-001", "--mitigation-plan", "written with it", *arguments)
    assert (said.code, said.raw) == (1, b"")
    assert said.err.startswith("ai-debt: ")
    assert len(said.err.splitlines()) == 1
    assert sample.done("export").raw == before


def test_a_date_is_typed_in_words_and_the_day_it_means_is_said(sample: Door) -> None:
    today = datetime.now(UTC).date()
    said = sample.done("set", "EN-001", "--due-on", "2w", "--opened-on", "2w")
    now = item(sample, "EN-001")
    if datetime.now(UTC).date() == today:
        assert (now["due_on"], now["opened_on"]) == (str(today + timedelta(14)), str(today - timedelta(14)))
    due = date.fromisoformat(str(now["due_on"]))
    assert f"Due: {due:%A}, {due}\n" in said.err
    sample.done("set", "EN-001", "--due-on", "next friday")
    assert date.fromisoformat(str(item(sample, "EN-001")["due_on"])).weekday() == 4
    assert "Due:" not in sample.done("set", "EN-001", "--due-on", "2099-12-31").err
    sample.done("set", "EN-001", "--due-on", "31.12.2098")
    assert item(sample, "EN-001")["due_on"] == "2098-12-31"
    sample.done("set", "EN-001", "--owner", "ana", "--was", "due-on=31/12/2098")
    refused = sample("set", "EN-001", "--due-on", "03/04/2099")
    assert "could be 3 April 2099 or 4 March 2099: type 2099-04-03 or 2099-03-04" in refused.err
    refused = sample("set", "EN-001", "--due-on", "soon")
    assert "'soon' is not a date (use YYYY-MM-DD, 2w, or next friday)" in refused.err


@pytest.mark.parametrize(("option", "label"), [("--due-on", "Due"), ("--accepted-until", "Accepted until")])
def test_a_date_in_the_past_wants_an_option_unless_it_is_there_already(sample: Door, option: str, label: str) -> None:
    both = ("EN-001", "EN-002", "--status", "accepted", "--note", "so", option)
    refused = sample("set", *both, "2020-01-31")
    assert (refused.code, refused.raw) == (1, b"")
    assert refused.err == f"ai-debt: {label} 2020-01-31 is in the past: check the date, or add --allow-past\n"
    assert item(sample, "EN-001")["status"] == "Open"
    sample.done("set", "EN-001", "--status", "accepted", "--note", "so", option, "2020-01-31", "--allow-past")
    # It says so already, and stays; the other one does not.
    sample.done("set", "EN-001", option, "2020-01-31", "--owner", "bo")
    assert sample("set", *both, "2020-01-31").code == 1
    assert sample("set", "EN-001", option, "2020-01-30").code == 1
    sample.done("set", "EN-001", option, "today")


def test_a_new_item_is_not_due_in_the_past(sample: Door) -> None:
    new = ("add", "--category", "EN", "--severity", "low", "--description", "x", "--due-on", "2020-01-31")
    assert "Due 2020-01-31 is in the past" in sample(*new).err
    assert "EN-004" in sample.done(*new, "--allow-past").err


def test_several_items_are_set_in_one_step(sample: Door) -> None:
    said = sample.done("set", "EN-001", "EN-002", "PD-001", "--status", "in-progress")
    assert said.err == "3 items: In Progress.\n"
    sample.done("undo")
    assert [item(sample, key)["status"] for key in ("EN-001", "EN-002", "PD-001")] == ["Open"] * 3


def test_one_unknown_key_among_several_sets_none(sample: Door) -> None:
    said = sample("set", "EN-001", "EN-999", "--status", "mitigated")
    assert said.code == 1
    assert "EN-999" in said.err
    assert item(sample, "EN-001")["status"] == "Open"


def test_a_key_is_renamed_and_an_item_moved(sample: Door) -> None:
    sample.done("set", "EN-003", "--key", "EN-030", "--category", "PD")
    assert sample("show", "EN-003").code == 1
    assert item(sample, "EN-030")["category"] == "PD"
    keys = [line.split()[0] for line in sample.done("list", "--category", "PD").lines[1:]]
    assert keys == ["PD-001", "PD-002", "EN-030"]


def test_extra_columns_are_kept_beside_each_other(sample: Door) -> None:
    sample.done("set", "EN-001", "--extra", "Ticket=ML-42", "--extra", "Team=Search = all")
    assert item(sample, "EN-001")["extra"] == {"Ticket": "ML-42", "Team": "Search = all"}
    sample.done("set", "EN-001", "--extra", "Ticket=")
    assert item(sample, "EN-001")["extra"] == {"Team": "Search = all"}
    assert "Search = all" in sample.done("show", "EN-001").out
    taken = sample("set", "EN-001", "--extra", "owner=ana")
    assert taken.code == 1
    assert "owner is not an extra column" in taken.err
    exported = sample.done("export").raw
    sample.done("import", "-", "--yes", "--db", "second.db", stdin=exported)
    found = sample.done("show", "EN-001", "--json", "--db", "second.db").json["item"]
    assert isinstance(found, dict)
    assert found["extra"] == {"Team": "Search = all"}
    sample.done("undo")
    sample.done("undo")
    assert item(sample, "EN-001")["extra"] == {}


def test_add_takes_the_next_free_key_and_says_it(sample: Door) -> None:
    added = ["add", "--category", "EN", "--severity", "high", "--description", "Ranking and ads share one embedding"]
    assert "EN-004" in sample.done(*added).err
    said = sample.done(*added, "--title", "Shared embedding", "--owner", "MLP", "--json")
    assert said.err == ""
    done = said.json["done"]
    assert isinstance(done, dict)
    assert done["keys"] == ["EN-005"]
    now = item(sample, "EN-005")
    assert (now["status"], now["title"], now["owner"], now["version"]) == ("Open", "Shared embedding", "MLP", 1)
    assert "EN-010" in sample.done(*added, "--key", "EN-010", "--extra", "Ticket=7").err
    assert item(sample, "EN-010")["extra"] == {"Ticket": "7"}
    assert sample(*added, "--key", "EN-010").code == 1


def test_remove_wants_a_yes_and_undo_brings_everything_back(sample: Door) -> None:
    before = sample.done("export").raw
    said = sample("remove", "EN-001")
    assert (said.code, said.raw) == (2, b"")
    assert "--yes" in said.err
    assert sample.done("export").raw == before
    sample.done("remove", "EN-001", "EN-002", "--yes")
    assert sample("show", "EN-001").code == 1
    data = sample.done("map", "--json").json
    assert "EN-001" not in str(data)
    sample.done("undo")
    assert sample.done("export").raw == before


def test_dependencies_are_linked_relabeled_and_unlinked(sample: Door) -> None:
    def edges() -> set[tuple[str, str, str]]:
        found = sample.done("map", "--json").json["edges"]
        assert isinstance(found, list)
        return {(edge["source"], edge["target"], edge["label"]) for edge in found}

    begun = edges()
    assert len(begun) == 7
    sample.done("link", "EN-003", "EN-001", "couples")
    assert edges() == begun | {("EN-003", "EN-001", "couples")}
    assert sample("link", "EN-003", "EN-001", "couples").code == 1
    sample.done("relabel", "EN-003", "EN-001", "entangles")
    assert edges() == begun | {("EN-003", "EN-001", "entangles")}
    sample.done("unlink", "EN-003", "EN-001")
    assert edges() == begun
    assert sample("unlink", "EN-003", "EN-001").code == 1
    assert sample("link", "EN-003", "EN-999", "x").code == 1
    sample.done("undo")
    sample.done("undo")
    assert edges() == begun | {("EN-003", "EN-001", "couples")}


def test_one_of_two_parallel_dependencies_is_named_by_its_label(sample: Door) -> None:
    sample.done("link", "PD-001", "DD-001", "second way")
    assert sample("unlink", "PD-001", "DD-001").code == 1
    refused = sample("relabel", "PD-001", "DD-001", "third way")
    assert refused.err.endswith("specify the current label: 'dead jobs mask', 'second way'\n")
    sample.done("relabel", "PD-001", "DD-001", "third way", "--old", "second way")
    sample.done("unlink", "PD-001", "DD-001", "third way")
    assert "dead jobs mask" in sample.done("map", "PD-001").out


def test_categories_are_added_edited_moved_and_removed(sample: Door) -> None:
    def codes() -> list[str]:
        return [line.split()[0] for line in sample.done("category").lines[1:]]

    sample.done("category", "add", "SD", "Serving Debt", "--definition", "Debt of the serving layer.")
    assert codes() == ["BE", "EN", "FL", "DD", "PD", "CD", "MS", "SD"]
    sample.done("category", "move", "SD", "first")
    assert codes()[0] == "SD"
    sample.done("category", "move", "SD", "down")
    assert codes()[:2] == ["BE", "SD"]
    sample.done("category", "move", "SD", "last")
    assert codes()[-1] == "SD"
    sample.done("category", "edit", "SD", "--code", "SV", "--name", "Serving", "--definition", "")
    found = sample.done("category", "--json").json["categories"]
    assert isinstance(found, list)
    assert (found[-1]["code"], found[-1]["name"], found[-1]["definition"]) == ("SV", "Serving", None)
    assert sample("category", "remove", "SV").code == 2
    sample.done("category", "remove", "SV", "--yes")
    assert codes() == ["BE", "EN", "FL", "DD", "PD", "CD", "MS"]
    assert sample("category", "remove", "EN", "--yes").code == 1
    assert sample("category", "add", "EN", "Entanglement").code == 1


def test_the_registers_facts_are_set_and_cleared(sample: Door) -> None:
    def fact(name: str) -> object:
        found = sample.done("register", "--json").json["register"]
        assert isinstance(found, dict)
        return found[name]

    for name, typed, stored in (
        ("title", "Debt", "Debt"),
        ("system", "", None),
        ("extends", "arc42", "arc42"),
        ("purpose", "One.\n\nTwo.", "One.\n\nTwo."),
        ("note", "", None),
        ("project-total", "3,000", 3000),
        ("project_total", "", None),
    ):
        sample.done("register", "set", name, typed)
        assert fact(name.replace("-", "_")) == stored
    sample.done("register", "set", "cadence", "Review: every quarter", "Reporting: by mail: monthly")
    assert fact("cadence") == [
        {"label": "Review", "text": "every quarter"},
        {"label": "Reporting", "text": "by mail: monthly"},
    ]
    assert sample("register", "set", "title", "").code == 1
    assert sample("register", "set", "project-total", "many").code == 1
    assert sample("register", "set", "cadence", "no colon").code == 1


def test_undo_with_nothing_to_take_back_is_a_sentence(begun: Door) -> None:
    while (said := begun("undo", "--yes")).code == 0:
        pass
    assert said.code == 1
    assert len(said.err.splitlines()) == 1
    assert begun("redo").code in (0, 1)


def test_undoing_an_import_wants_a_yes(sample: Door) -> None:
    said = sample("undo")
    assert (said.code, said.raw) == (2, b"")
    assert "--yes" in said.err
    assert len(sample.done("list").lines) == 16
    sample.done("undo", "--yes")
    assert sample.done("list").raw == b""
    sample.done("redo")
    assert len(sample.done("list").lines) == 16


def test_who_did_it_is_named_in_the_trail(sample: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_DEBT_ACTOR", "bo")
    sample.done("set", "EN-001", "--owner", "MLP")
    changes = sample.done("history", "EN-001", "--json").json["changes"]
    assert isinstance(changes, list)
    assert changes[0]["actor"].endswith("(bo)")


def test_a_note_that_a_status_removes_is_said_and_so_is_what_restores_it(sample: Door) -> None:
    sample.done("set", "EN-001", "--status", "mitigated", "--note", "pinned versions")
    said = sample.done("set", "EN-001", "--status", "open")
    assert said.err == "EN-001: Open; cleared its note 'pinned versions' (`ai-debt undo` restores it).\n"
    sample.done("undo")
    assert item(sample, "EN-001")["status_note"] == "pinned versions"
    done = sample.done("set", "EN-001", "--status", "open", "--json").json["done"]
    assert isinstance(done, dict)
    assert (done["undoable"], done["cleared"]) == (True, ["status_note"])
    path = str(sample.home / "copy.md")
    assert sample.done("export", path).err == f"Exported to {path}.\n"


def test_no_help_page_copies_a_register_that_somebody_may_have_open(sample: Door) -> None:
    page = sample.done("path", "--help").out
    assert 'cp "$' not in page
    assert "ai-debt backup" in page
