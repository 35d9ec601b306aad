"""A whole retrospective on a real terminal: every item of the sample is triaged, and the minutes are exported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.program import PROGRAM, environment, run
from tests.terminal.harness import Terminal

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("PD-001", ("Enter",)),
    ("DD-001", ("p",)),
    ("PD-002", ("M", "One feature library serves both.", "ctrl+s")),
    ("EN-001", ("w", "Streaming", "ctrl+s", "p")),
    ("BE-001", ("a", "The API is due for replacement.", "ctrl+s")),
    ("EN-002", ("F", "Ask for an ablation study", "Tab", "MLP", "Tab", "2099-12-24", "ctrl+s", "Enter")),
    ("BE-002", ("m",)),
    ("EN-003", ("s", "l", "Enter")),
    ("FL-003", ("n",)),
    ("DD-002", ("Enter",)),
    ("CD-002", ("c", "Checked with the experiment owners.", "ctrl+s", "o")),
    ("FL-001", ("o",)),
    ("FL-002", ("Enter",)),
    ("CD-001", ("Enter",)),
    # What was passed over comes again; from there undo goes back to the item before.
    ("MS-001", ("o",)),
    ("FL-003", ("u",)),
    ("MS-001", ("Enter",)),
    ("FL-003", ("Enter",)),
)
"""Each item with the keys that are typed on it, in the order in which the review goes through them."""
STATUSES = {
    "PD-001": "Open",
    "DD-001": "In Progress",
    "PD-002": "Mitigated",
    "EN-001": "In Progress",
    "BE-001": "Accepted",
    "BE-002": "Mitigated",
    "FL-003": "Open",
    "FL-001": "Open",
    "MS-001": "Mitigated",
}
TOLD = (
    "### PD-002 Train-Serve Skew",
    "- status note: none → One feature library serves both.",
    "- owner: none → Streaming",
    "- severity: Medium → Low",
    "Checked with the experiment owners.",
    "- status: Mitigated → Open",
    "## Decisions to accept\n\n- **BE-001** Recommendation models bypass the feature schema API and read…: until 20",
    "The API is due for replacement.",
    "(MLP, due 2099-12-24): Ask for an ablation study",
    "(ana) and bo",
)


def test_a_register_is_triaged_in_one_sitting(sample_copy: Path, tmp_path: Path) -> None:
    env = environment(tmp_path, TERM="xterm-256color", AI_DEBT_ACTOR="ana")
    with Terminal([*PROGRAM, "--db", str(sample_copy)], env=env, cwd=tmp_path, size=(80, 24)) as terminal:
        terminal.wait_for("1 of 15")
        terminal.press("r")
        terminal.wait_for("15 items to review")
        terminal.press("Tab", "; bo", "ctrl+s")
        terminal.wait_for("0 reviewed, 15 left")
        for item, keys in SCRIPT:
            terminal.wait_until(lambda item=item: terminal.lines[2].strip().startswith(item), f"{item} under review")
            # All keys of an item at once, as fast as a person who knows them could never type.
            terminal.press(*keys)
        terminal.wait_for("Minutes of review 1")
        terminal.press("x")
        terminal.wait_for("Export the minutes")
        terminal.press("ctrl+s")
        terminal.wait_for("Review 1 is still open (X ends it) · Exported the minutes")
        terminal.press("X")
        terminal.wait_for("End review 1? All of its items are decided.")
        terminal.press("y")
        terminal.wait_for("Review 1 has ended: export its minutes")
        terminal.press("ctrl+s")
        terminal.wait_for("Replace it anyway?")
        terminal.press("R")
        terminal.wait_for("\n Exported the minutes")
        terminal.press("q", "q")
        assert terminal.wait_exit() == 0
    assert "15 of 15 reviewed: 7 changed, 8 kept; 0 left" in minutes(tmp_path)
    for words in TOLD:
        assert words in minutes(tmp_path)
    items = {row["key"]: row for row in asked("list", "--db", str(sample_copy), cwd=tmp_path)["items"]}
    assert {key: items[key]["status"] for key in STATUSES} == STATUSES
    assert (items["EN-003"]["severity"], items["EN-001"]["owner"]) == ("Low", "Streaming")
    again = run("review", "minutes", "1", "--db", str(sample_copy), cwd=tmp_path)
    assert "## Follow-ups\n\n- **EN-002** (MLP, due 2099-12-24): Ask for an ablation study\n" in again.stdout


def minutes(folder: Path) -> str:
    """The minutes that were exported."""
    return (folder / "review-1.md").read_text(encoding="utf-8")


def asked(*arguments: str, cwd: Path) -> dict[str, Any]:
    """What a command answers in JSON."""
    answer = run(*arguments, "--json", cwd=cwd)
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    return found
