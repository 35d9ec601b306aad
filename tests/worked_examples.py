"""The worked examples of docs/contributing.md: applies them to a copy of the program, and uses what they add there."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from store.db.migrate import SCHEMA
from tests.cli.door import Door
from tests.database_schema import schema_sql
from tests.program import ROOT
from tests.tui.screen import seat

DOCUMENT = ROOT / "docs" / "contributing.md"
FILE = re.compile(r"^`(?P<path>[\w./]+)`:\n\n```python\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
DIFF = re.compile(r"^```diff\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def apply_to(tree: Path) -> None:
    """Copy the program to `tree`, and change it there as the document shows.

    A diff has no line numbers: its lines without `+` must occur in the file exactly once.
    """
    for name in ("store", "tui", "migrations"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shown = DOCUMENT.read_text(encoding="utf-8")
    for file in FILE.finditer(shown):
        path = tree / file["path"]
        assert not path.exists()
        path.write_text(file["text"], encoding="utf-8")
    for diff in DIFF.finditer(shown):
        for part in re.split(r"^\+\+\+ ", diff["text"], flags=re.MULTILINE)[1:]:
            name, _, hunks = part.partition("\n")
            for hunk in hunks.split("@@\n"):
                _change(tree / name, hunk.splitlines(keepends=True))


def _change(path: Path, hunk: list[str]) -> None:
    before = "".join(line[1:] or "\n" for line in hunk if not line.startswith("+"))
    after = "".join(line[1:] or "\n" for line in hunk if not line.startswith("-"))
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{path.name} has this {text.count(before)} times:\n{before}"
    path.write_text(text.replace(before, after), encoding="utf-8")


def on_the_command_line(place: Path, sample: str) -> dict[str, object]:
    """What the command line does with the new field, column and qualifier, in a separate register."""
    with pytest.MonkeyPatch.context() as patch:
        door = Door(place, patch)
        patch.chdir(place)
        found: dict[str, object] = {}
        door("init")
        door("import", sample, "--yes")
        found["options"] = door("set", "--help").out
        found["set"] = door("set", "EN-001", "--ticket", "ML-42", "--owner", "bo").err
        found["changes"] = json.loads(door("history", "EN-001", "--json").out)["changes"]
        found["history"] = door("history", "EN-001").out
        found["document"] = door("export").out
        Path("edited.md").write_text(str(found["document"]).replace("ML-42", "ML-43"), encoding="utf-8")
        found["preview"] = door("import", "edited.md", "--dry-run").out
        door("import", "edited.md", "--prefer", "file", "--yes")
        found["conflict"] = door("set", "EN-001", "--ticket", "ML-44", "--was", "ticket=ML-42").err
        found["item"] = json.loads(door("show", "EN-001", "--json").out)["item"]
        door("set", "EN-001", "--ticket", "")
        door("undo")
        found["undone"] = door("show", "EN-001").out
        found["listed"] = door("list", "ticket:ml-*").out
        found["without"] = door("list", "ticket:none").out
        found["verified"] = door("verify").code
        found["metrics"] = door("metrics").out
        return found


async def on_the_dashboard(path: Path) -> dict[str, object]:
    """What the dashboard does with the new pane, field, qualifier and command: screens, and who owns an item after."""
    found: dict[str, object] = {}
    async with seat(path, (200, 40)) as ana:
        found["start"] = ana.text
        await ana.press("6")
        found["focused"] = str(ana.app.focused.id if ana.app.focused is not None else "")
        await ana.press("z")
        found["zoomed"] = ana.text
        await ana.press("z", "1", "j")
        found["category"] = ana.text
        await ana.press("g", "/", *"ticket:")
        found["completed"] = ana.text
        await ana.press("escape", "escape")
        await ana.choose("EN-001")
        found["details"] = ana.text
        await ana.press("e")
        found["form"] = ana.text
        await ana.press("escape", "?", "/", *"Remove the owner", "enter")
        found["help"] = ana.text
        await ana.press("escape", "escape", "U")
        found["owner"] = ana.item("EN-001").owner
        found["done"] = ana.text
        await ana.press("u")
        found["undone"] = ana.item("EN-001").owner
        await ana.press("ctrl+p", *"unassign")
        await ana.wait_for("Remove the owner")
    return found


def main() -> None:
    """Use the imported program, in the folder given; print the result as JSON."""
    place, sample = Path(sys.argv[1]), sys.argv[2]
    SCHEMA.write_text(schema_sql(place), encoding="utf-8")
    found = on_the_command_line(place, sample)
    found["dashboard"] = asyncio.run(on_the_dashboard(place / "register.db"))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
