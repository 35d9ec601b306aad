"""What a shell completes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.program import PROGRAM, environment

if TYPE_CHECKING:
    from tests.cli.door import Door


def asked(line: str) -> dict[str, str]:
    """What bash sets to ask for proposals for a line that ends where the cursor is."""
    return {
        "_AI_DEBT_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
    }


def completed(door: Door, line: str) -> list[str]:
    """The proposals for a line."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in asked(line).items():
            patch.setenv(name, value)
        said = door()
    assert said.err == ""
    return said.out.split()


@pytest.mark.parametrize(
    ("line", "proposals"),
    [
        ("ai-debt da", ["dashboard"]),
        ("ai-debt list --sev", ["--severity"]),
        ("ai-debt set EN-001 --status m", ["mitigated"]),
        ("ai-debt list --severity ", ["critical", "high", "medium", "low", "none"]),
        ("ai-debt set EN-001 --severity c", ["critical"]),
        ("ai-debt set EN-001 --effort X", ["XL"]),
        ("ai-debt register set pro", ["project-total"]),
        ("ai-debt show EN-", ["EN-001", "EN-002", "EN-003"]),
        ("ai-debt set EN-001 EN-00", ["EN-001", "EN-002", "EN-003"]),
        ("ai-debt link PD-001 DD-", ["DD-001", "DD-002"]),
        ("ai-debt list --category E", ["EN"]),
        (
            "ai-debt list amber sev",
            ["severity:critical", "severity:high", "severity:medium", "severity:low", "severity:none"],
        ),
        ("ai-debt list amber feeds : MS", ["MS-001"]),
        ("ai-debt followups d", ["done", "drop"]),
        ("ai-debt followups EN-00", ["EN-001", "EN-002", "EN-003"]),
        ("ai-debt followups --all EN-00", ["EN-001", "EN-002", "EN-003"]),
        ("ai-debt followups --ov", ["--overdue"]),
    ],
)
def test_words_keys_and_options_are_completed(sample: Door, line: str, proposals: list[str]) -> None:
    assert completed(sample, line) == proposals


def test_the_numbers_of_follow_ups_are_completed(sample: Door) -> None:
    assert completed(sample, "ai-debt followups done ") == []
    sample.done("review", "start")
    for text in ("ask", "call"):
        sample.done("followups", "add", "EN-001", text)
    assert completed(sample, "ai-debt followups done ") == ["1", "2"]
    assert completed(sample, "ai-debt followups edit 2") == ["2"]


def test_a_process_of_its_own_completes_the_same(sample: Door) -> None:
    line = "ai-debt show EN-"
    done = subprocess.run(
        PROGRAM,
        cwd=sample.home,
        env=environment(sample.home, AI_DEBT_DB=str(sample.database), **asked(line)),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == (completed(sample, line), "")
    assert done.stdout


def test_keys_are_completed_from_the_named_database(sample: Door) -> None:
    sample.done("init", "--db", "other.db")
    sample.done(
        "add", "--db", "other.db", "--category", "EN", "--severity", "low", "--description", "x", "--key", "EN-777"
    )
    assert completed(sample, "ai-debt --db other.db show EN-") == ["EN-777"]
    assert completed(sample, "ai-debt show --db other.db EN-") == ["EN-777"]


def test_without_a_register_nothing_is_completed_and_nothing_said(bare: Door) -> None:
    assert completed(bare, "ai-debt show EN-") == []
    assert completed(bare, "ai-debt list --category E") == []
    assert not bare.database.exists()


def test_a_shell_gets_its_script(bare: Door) -> None:
    done = subprocess.run(
        [*PROGRAM, "--show-completion", "bash"],
        cwd=bare.home,
        env=environment(bare.home, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert "_AI_DEBT_COMPLETE=complete_bash" in done.stdout
