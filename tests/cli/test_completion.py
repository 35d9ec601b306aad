"""What a shell completes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.program import PROGRAM, environment

if TYPE_CHECKING:
    from tests.cli.door import Door


def completed(door: Door, line: str, **more: str) -> list[str]:
    """The proposals of bash for a line that ends where the cursor is."""
    words = line.split(" ")
    done = subprocess.run(
        PROGRAM,
        cwd=door.home,
        env=environment(
            door.home,
            AI_DEBT_DB=str(door.database),
            _AI_DEBT_COMPLETE="complete_bash",
            COMP_WORDS=line,
            COMP_CWORD=str(len(words) - 1),
            **more,
        ),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "proposals"),
    [
        ("ai-debt da", ["dashboard"]),
        ("ai-debt list --sev", ["--severity"]),
        ("ai-debt set EN-001 --status m", ["mitigated"]),
        ("ai-debt list --severity ", ["high", "medium", "low"]),
        ("ai-debt set EN-001 --effort X", ["XL"]),
        ("ai-debt register set pro", ["project-total"]),
        ("ai-debt show EN-", ["EN-001", "EN-002", "EN-003"]),
        ("ai-debt set EN-001 EN-00", ["EN-001", "EN-002", "EN-003"]),
        ("ai-debt link PD-001 DD-", ["DD-001", "DD-002"]),
        ("ai-debt list --category E", ["EN"]),
    ],
)
def test_words_keys_and_options_are_completed(sample: Door, line: str, proposals: list[str]) -> None:
    assert completed(sample, line) == proposals


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
