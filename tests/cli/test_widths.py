"""What the reading commands print at a terminal: fitted to it, with states that need no color."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

if TYPE_CHECKING:
    from tests.cli.door import Door

READS = (
    ["list"],
    ["show", "EN-001"],
    ["dashboard"],
    ["map"],
    ["first", "--if", "DD-001"],
    ["register"],
    ["history"],
    ["category"],
    ["keys"],
    ["import", "ai-debt-register.md", "--dry-run"],
)
SGR = re.compile(r"\x1b\[[0-9;]*m")
WIDE = "漢字" * 40


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(sample: Door, columns: int) -> None:
    sample.done("set", "EN-001", "--owner", WIDE, "--mitigation-plan", "x" * 500, "--extra", f"{WIDE}=y")
    for arguments in READS:
        said = sample(*arguments, columns=columns)
        assert said.code == 0
        lines = SGR.sub("", said.out).split("\n")
        assert [line for line in lines if cell_len(line) > columns] == [], arguments
        assert len([line for line in lines if line.strip()]) > 2, arguments


@pytest.mark.parametrize("columns", [40, 80])
def test_what_is_cut_ends_in_an_ellipsis_and_long_texts_are_wrapped(sample: Door, columns: int) -> None:
    rows = SGR.sub("", sample("list", columns=columns).out).split("\n")
    cut = next(row for row in rows if row.startswith("EN-003"))
    assert cut.rstrip().endswith("…")
    shown = SGR.sub("", sample("show", "EN-001", columns=columns).out)
    words = sample.done("show", "EN-001").out.split()
    assert shown.split() == _with_mark(words)
    assert "…" not in shown


def _with_mark(words: list[str]) -> list[str]:
    """The words of an item with the status mark that a terminal gets before the status."""
    at = words.index("Status") + 1
    return [*words[:at], "●", *words[at:]]


def test_states_are_words_or_letter_and_mark_never_color_alone(sample: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = sample("list", columns=120).out
    assert SGR.search(wide)
    monkeypatch.setenv("NO_COLOR", "")
    plain = sample("list", columns=120).out
    assert "\x1b" not in plain
    assert plain == SGR.sub("", wide)
    row = next(line for line in plain.splitlines() if line.startswith("FL-001"))
    assert "High" in row
    assert "✓ Mitigated" in row
    narrow = next(line for line in sample("list", columns=40).out.splitlines() if line.startswith("FL-001"))
    assert "H✓" in narrow
    ascii_only = next(line for line in sample("list", columns=40, encoding="ascii").lines if line.startswith("EN-003"))
    assert "M*" in ascii_only
    assert ascii_only.endswith("..")


def test_emphasis_is_style_at_a_terminal_and_marks_elsewhere(sample: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    styled = sample("show", "FL-001", columns=100).out
    assert "\x1b[1mPopularity" in styled
    assert "**" not in styled
    assert "**Popularity amplification:**" in sample.done("show", "FL-001").out
    monkeypatch.setenv("NO_COLOR", "1")
    plain = sample("show", "FL-001", columns=100).out
    assert "Popularity amplification:" in plain
    assert "**" not in plain


def test_an_export_at_a_terminal_is_safe_for_it(sample: Door) -> None:
    sample.done("set", "EN-001", "--mitigation-plan", "x \x1b]52;c;aGk=\x07 \x9b31m \u202e")
    shown = sample("export", columns=80).out
    assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set(shown)
    assert "# AI Debt Register\n" in shown
