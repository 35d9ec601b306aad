"""Export and import on the screen: the file asked for, the preview, refusals that can be overruled."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from store.audit.verify import verify
from store.commands.items import edit_items, set_status
from store.db.database import Database
from store.enums import Severity, Status
from store.errors import InvalidValueError
from store.maintenance.backup import back_up
from store.samples import sample_text
from tests.tui.screen import NOON, seat
from tui.editing.fields import typed_path

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat


@pytest.fixture
def folder(sample: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that `ai-debt` was started in, next to the database."""
    monkeypatch.chdir(sample.parent)
    return sample.parent


async def open_preview(person: Seat, name: str) -> None:
    """Import a file up to its preview."""
    await person.press("I")
    await person.fill(name)
    await person.press("ctrl+s")


async def test_export_proposes_a_path_and_writes_the_document(sample: Path, folder: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("x")
        assert ana.field == str(folder / "ai-debt-register.md")
        await ana.press("ctrl+s")
        assert (folder / "ai-debt-register.md").read_text(encoding="utf-8") == sample_text()
        assert "xported to" in ana.rows[-1]
        assert "to undo" not in ana.rows[-1]
        await ana.choose("EN-001")
        await ana.press("m", "x", "ctrl+s")
        lines = (folder / "ai-debt-register.md").read_text(encoding="utf-8").splitlines()
        assert len(set(lines) - set(sample_text().splitlines())) == 5


async def test_export_writes_the_format_of_the_suffix(sample: Path, folder: Path) -> None:
    async with seat(sample) as ana:
        for name in ("debt.json", "debt.csv"):
            await ana.press("x")
            await ana.fill(name)
            await ana.press("ctrl+s")
        assert json.loads((folder / "debt.json").read_bytes())["schema"] == 1
        assert (folder / "debt.csv").read_bytes().startswith(b"ID,Category,")
        (folder / "debt.csv").write_text("ID\nX-1\n", encoding="utf-8")
        await ana.press("x")
        await ana.fill("debt.csv")
        await ana.press("ctrl+s")
        assert "has content that is not in the register" in ana.sentences
        await ana.press("R")
        assert (folder / "debt.csv").read_bytes().startswith(b"ID,Category,")


async def test_export_refuses_what_somebody_else_wrote_and_can_be_overruled(sample: Path, folder: Path) -> None:
    file = folder / "theirs.md"
    async with seat(sample) as ana:
        await ana.press("x")
        await ana.fill("theirs.md")
        await ana.press("ctrl+s")
        file.write_text("# Something else\n", encoding="utf-8")
        for answer in ("escape", "r"):
            await ana.press("x")
            await ana.fill("theirs.md")
            await ana.press("ctrl+s")
            assert "changed since it was last imported or exported" in ana.sentences
            assert "R replace the file" in ana.text
            await ana.press(answer, "escape")
            assert file.read_text(encoding="utf-8") == "# Something else\n"
        await ana.press("x")
        await ana.fill("theirs.md")
        await ana.press("ctrl+s", "R")
        assert file.read_text(encoding="utf-8") == sample_text()


async def test_an_export_does_not_offer_to_replace_a_database(sample: Path, folder: Path) -> None:
    with Database.open(sample) as db:
        copy = back_up(db, to=folder / "copy.db").path
    async with seat(sample) as ana:
        for path in (sample, copy, sample.with_name(f"{sample.name}-journal")):
            await ana.press("x")
            await ana.fill(str(path))
            await ana.press("ctrl+s")
            assert "choose another file" in ana.sentences
            assert "replace the file" not in ana.text
            await ana.press("escape", "y")
    for path in (sample, copy):
        with Database.open(path) as db:
            assert verify(db) == ()


async def test_paths_are_checked_in_the_form(sample: Path, folder: Path) -> None:
    (folder / "papers").mkdir()
    async with seat(sample) as ana:
        await ana.press("x")
        for typed, said in (("", "the path is empty"), ("papers", "papers is a folder")):
            await ana.fill(typed)
            await ana.press("ctrl+s")
            assert said in ana.text
        await ana.fill("missing/register.md")
        await ana.press("ctrl+s")
        assert "missing" in ana.text
        assert not (folder / "missing").exists()
        await ana.press("escape", "y", "I")
        await ana.fill("nowhere.md")
        await ana.press("ctrl+s")
        assert "nowhere.md does not exist" in ana.text


async def test_paths_are_proposed(sample: Path, folder: Path) -> None:
    (folder / "papers").mkdir()
    (folder / "papers" / "debt.md").write_text(sample_text(), encoding="utf-8")
    (folder / "papers" / "picture.png").write_bytes(b"")
    async with seat(sample) as ana:
        await ana.press("I")
        await ana.fill("pap")
        await ana.press("down", "enter")
        assert ana.field == "papers/"
        assert "papers/debt.md" in ana.text
        assert "picture.png" not in ana.text
        await ana.press("down", "enter", "enter")
        assert "No differences from the register" in ana.text
        await ana.press("y")
        assert ana.summary().total.counts.total == 15


async def test_a_changed_file_is_shown_before_it_is_imported(sample: Path, folder: Path) -> None:
    rows = sample_text().replace("| High |", "| Low |", 1).splitlines(keepends=True)
    at = next(number for number, row in enumerate(rows) if row.startswith("| EN-003"))
    rows.insert(at + 1, "| EN-004 | A new one. | Medium | Amber | Watch it | Open |\n")
    rows = [row for row in rows if not row.startswith("| BE-002")]
    (folder / "changed.md").write_text("".join(rows), encoding="utf-8")
    async with seat(sample, (80, 40)) as ana:
        await open_preview(ana, "changed.md")
        for shown in ("BE-001 severity: High → Low", "Added items (1)", "EN-004", "Missing in the file", "BE-002"):
            assert shown in ana.text
        await ana.press("escape")
        assert ana.item("BE-001").severity is Severity.HIGH
        await open_preview(ana, "changed.md")
        await ana.press("y")
        assert ana.item("BE-001").severity is Severity.LOW
        assert {"EN-004", "BE-002"} <= set(ana.stored_keys())
        assert "16" in ana.text
        await ana.press("u")
        assert "undo the import" in ana.text
        await ana.press("y")
        assert "EN-004" not in ana.stored_keys()


async def test_a_map_alone_adds_and_takes_nothing_away(sample: Path, folder: Path) -> None:
    (folder / "map.mmd").write_text("graph LR\nBE001[Wrapped] -->|hides| BE002 --> X\n", encoding="utf-8")
    async with seat(sample, (80, 40)) as ana:
        await open_preview(ana, "map.mmd")
        for shown in (
            "a map alone, 1 dependency between items",
            "line 2: the map has a node for X, which is not an item",
            "BE-001 title: nothing \u2192 Wrapped",
            "BE-001 -> BE-002 (hides)",
        ):
            assert shown in ana.text
        assert "with removals" not in ana.rows[-1]
        await ana.press("P", "y")
        assert ana.item("BE-001").title == "Wrapped"
        assert [(one.key, one.label) for one in ana.item("BE-001").feeds] == [("BE-002", "hides")]
        await ana.press("u", "y")
        assert ana.item("BE-001").feeds == ()


async def test_removals_are_asked_for_with_a_key_of_their_own(sample: Path, folder: Path) -> None:
    rows = [row for row in sample_text().splitlines(keepends=True) if not row.startswith("| BE-002")]
    (folder / "fewer.md").write_text("".join(rows), encoding="utf-8")
    async with seat(sample) as ana:
        await open_preview(ana, "fewer.md")
        await ana.press("P")
        assert "BE-002" not in ana.stored_keys()
        assert "BE-002" not in ana.text


@pytest.mark.parametrize(("key", "left"), [("F", False), ("R", True)])
async def test_removals_ask_about_what_somebody_changed_here(sample: Path, folder: Path, key: str, left: bool) -> None:
    rows = [row for row in sample_text().splitlines(keepends=True) if not row.startswith(("| BE-002", "| BE-001"))]
    (folder / "fewer.md").write_text("".join(rows), encoding="utf-8")
    with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
        edit_items(bo, ("BE-002",), {"owner": "Bo"})
    async with seat(sample, (100, 36)) as ana:
        await open_preview(ana, "fewer.md")
        assert "BE-002, changed here by bo" in ana.text
        assert "with removals" in ana.rows[-1]
        await ana.press("P")
        assert "BE-002 owner: removed in the file, register Bo by bo" in ana.text
        assert "with removals" not in ana.rows[-1]
        assert "file wins" in ana.rows[-1]
        await ana.press("y", "P")
        assert "Changed in both (1)" in ana.text
        await ana.press(key)
        assert ("BE-002" in ana.stored_keys()) is left
        assert "BE-001" not in ana.stored_keys()


async def test_a_preview_that_is_out_of_date_is_shown_again(sample: Path, folder: Path) -> None:
    rows = [row for row in sample_text().splitlines(keepends=True) if not row.startswith("| BE-002")]
    (folder / "fewer.md").write_text("".join(rows), encoding="utf-8")
    async with seat(sample, (100, 36), notifications=True) as ana:
        await open_preview(ana, "fewer.md")
        with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
            edit_items(bo, ("BE-002",), {"owner": "Bo"})
        await ana.press("P")
        assert "the register changed since this import was previewed" in ana.sentences
        assert "BE-002, changed here by bo" in ana.text
        assert "BE-002" in ana.stored_keys()
        await ana.press("escape")
        assert ana.summary().total.counts.total == 15


async def test_without_removals_there_is_no_key_for_them(sample: Path, folder: Path) -> None:
    (folder / "same.md").write_text(sample_text(), encoding="utf-8")
    async with seat(sample) as ana:
        await open_preview(ana, "same.md")
        assert "with removals" not in ana.rows[-1]
        await ana.press("P", "F", "R")
        assert "No differences" in ana.text


@pytest.mark.parametrize(("key", "severity"), [("F", Severity.LOW), ("R", Severity.MEDIUM)])
async def test_where_both_changed_one_side_wins(sample: Path, folder: Path, key: str, severity: Severity) -> None:
    (folder / "theirs.md").write_text(sample_text().replace("| High |", "| Low |", 1), encoding="utf-8")
    with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
        edit_items(bo, ("BE-001",), {"severity": Severity.MEDIUM})
    async with seat(sample, (100, 36)) as ana:
        await open_preview(ana, "theirs.md")
        assert "Changed in both (1)" in ana.text
        assert "BE-001 severity: file Low, register Medium by bo" in ana.text
        await ana.press("y")
        assert "Changed in both (1)" in ana.text
        await ana.press(key)
        assert ana.item("BE-001").severity is severity


async def test_a_file_with_problems_cannot_be_imported(sample: Path, folder: Path) -> None:
    text = sample_text().replace("| EN-002 |", "| EN-001 |").replace("| BE-002 |", "| BE-001 |")
    (folder / "broken.md").write_text(text, encoding="utf-8")
    async with seat(sample) as ana:
        await open_preview(ana, "broken.md")
        assert "Problems, nothing can be imported" in ana.text
        assert "line 24: BE-001 appears twice, on lines 23 and 24" in ana.text
        assert "line 33" in ana.text
        await ana.press("y", "P", "F", "R")
        assert "Problems, nothing can be imported" in ana.text
        await ana.press("q")
        assert " of 15" in ana.text


async def test_conflict_markers_are_problems_in_the_preview(sample: Path, folder: Path) -> None:
    edge = next(line for line in sample_text().split("\n") if line.startswith("    EN001 -->"))
    both = f"<<<<<<< HEAD\n{edge}\n=======\n>>>>>>> theirs"
    (folder / "merged.md").write_text(sample_text().replace(edge, both), encoding="utf-8")
    async with seat(sample) as ana:
        await open_preview(ana, "merged.md")
        assert ana.text.count("this is a merge conflict marker") == 3
        await ana.press("y", "P", "F", "R")
        assert "Problems, nothing can be imported" in ana.text


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"a\x00b", b"no register here\n"])
async def test_what_is_no_register_is_a_sentence(sample: Path, folder: Path, data: bytes) -> None:
    (folder / "other.md").write_bytes(data)
    async with seat(sample, notifications=True) as ana:
        await open_preview(ana, "other.md")
        assert "other.md" in ana.text
        await ana.press("escape")
        assert ana.summary().total.counts.total == 15


async def test_the_preview_is_refused_when_the_register_changed_meanwhile(sample: Path, folder: Path) -> None:
    (folder / "theirs.md").write_text(sample_text().replace("| High |", "| Low |", 1), encoding="utf-8")
    async with seat(sample, notifications=True) as ana:
        await open_preview(ana, "theirs.md")
        with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
            set_status(bo, ("BE-001",), Status.MITIGATED)
            edit_items(bo, ("BE-001",), {"severity": Severity.MEDIUM})
        await ana.press("y")
        assert "the register changed since this import was previewed" in ana.sentences
        assert ana.item("BE-001").severity is Severity.MEDIUM


UNREACHABLE = ("~nobody-of-this-name/x.md", "a" * 250, "b" * 300, "no/such/folder/x.md")


@pytest.mark.parametrize("typed", UNREACHABLE)
@pytest.mark.parametrize("key", ["x", "I"])
async def test_a_path_that_leads_nowhere_is_refused_in_the_form(
    sample: Path, folder: Path, key: str, typed: str
) -> None:
    async with seat(sample) as ana:
        await ana.press(key)
        await ana.fill("")
        await ana.paste(typed)
        await ana.press("ctrl+s")
        assert ana.field == typed
        refusals = [str(w.render()) for w in ana.app.screen.query(".-shown")]
        assert len(refusals) == 1
        assert any(word in refusals[0] for word in ("does not exist", "could not be written", "cannot be reached"))
    assert [name for name in os.listdir(folder) if name != "state"] == ["register.db"]


def test_a_path_with_a_nul_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="NUL"):
        typed_path("x\0.md")


async def test_a_file_that_is_no_document_is_refused_in_the_form(sample: Path, folder: Path) -> None:
    (folder / "empty.md").write_bytes(b"")
    async with seat(sample) as ana:
        await open_preview(ana, "register.db")
        assert "this is not a text file" in str(ana.app.screen.query_one(".refusal").render())
        assert ana.field == "register.db"
        await ana.fill("missing.md")
        await ana.press("ctrl+s")
        assert not ana.app.screen.query(".refusal.-shown")
        assert "missing.md does not exist" in ana.text
        await ana.fill("empty.md")
        await ana.press("ctrl+s")
        assert "empty" in ana.text


@pytest.fixture
def tree(folder: Path) -> Path:
    """A folder with one Markdown file, two that begin alike, one of another kind, and a folder with one file."""
    for name in ("debt/one/register.md", "debt/report-a.md", "debt/report-b.md", "debt/report.pdf", "debt/only.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(sample_text(), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("deb", "debt/"),
        ("./deb", "./debt/"),
        ("debt/on", "debt/on"),
        ("debt/onl", "debt/only.md"),
        ("debt/one", "debt/one/"),
        ("debt/one/", "debt/one/register.md"),
        ("debt/re", "debt/report-"),
        ("debt/report-a", "debt/report-a.md"),
        ("debt/report-a.md", "debt/report-a.md"),
        ("debt/nothing", "debt/nothing"),
        ("debt/only.md/", "debt/only.md/"),
        ("~", "~"),
        ("~/deb", "~/debt/"),
    ],
)
async def test_tab_completes_a_path_as_a_shell_does(
    sample: Path, tree: Path, monkeypatch: pytest.MonkeyPatch, typed: str, completed: str
) -> None:
    monkeypatch.setenv("HOME", str(tree))
    async with seat(sample) as ana:
        await ana.press("I")
        await ana.fill("")
        ana.send(*typed, "tab", "#")
        await ana.settle()
        assert ana.field == f"{completed}#"


async def test_tab_takes_the_path_that_is_lit(sample: Path, tree: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("x")
        await ana.fill(f"{tree}/debt/rep")
        await ana.press("down", "down", "tab")
        assert ana.field == f"{tree}/debt/report-b.md"


async def test_what_cannot_be_read_is_completed_by_nothing(sample: Path, tree: Path) -> None:
    closed = tree / "debt"
    closed.chmod(0o600)
    async with seat(sample) as ana:
        await ana.press("I")
        for typed in ("debt/o", "no\0path/"):
            await ana.fill("")
            await ana.paste(typed)
            await ana.press("tab")
            if os.geteuid() or "\0" in typed:
                assert ana.field == typed
    closed.chmod(0o700)


async def test_the_preview_names_a_map_that_cannot_be_read(sample: Path, folder: Path) -> None:
    text = sample_text().replace("graph TD", "this is not mermaid {{{")
    (folder / "broken.md").write_text(text, encoding="utf-8")
    async with seat(sample, (110, 30)) as ana:
        await open_preview(ana, "broken.md")
        assert "line 97: this mermaid block cannot be read" in ana.text
        await ana.press("y")
        assert ana.item("EN-001").title == "Feature Entanglement\n(Flink windowing)"
