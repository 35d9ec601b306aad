"""Large and hostile documents: an answer or a sentence, and a bar for whoever waits."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import pytest

from store.formats import tabular
from store.formats.document.lint import lint
from tests.program import START, environment
from tests.terminal.harness import Terminal

if TYPE_CHECKING:
    from tests.cli.door import Door

HEAD = "# Debts\n\n| ID | Title | Severity | Status |\n|---|---|---|---|\n"
PIECES = ["[", "*", "|", "<", "`", "[*", "*[", "![", "[](", "` `` ", "*a **b ", "<a ", "<!--", "[*|<`", "~~", "> "]
PIECES += ["- ", "🔴 "]
LENGTH = 30_000


def shapes(piece: str) -> dict[str, str]:
    """Documents with a text made of a piece over and over, in each place that is read."""
    text = (piece * (LENGTH // len(piece) + 1))[:LENGTH]
    return {
        "cell": f"{HEAD}| LD-1 | {text} | High | Open |\n| LD-2 | Other | Low | Open |\n",
        "word": f"{HEAD}| LD-1 | One | {text} | {text} |\n| LD-2 | Other | Low | Open |\n",
        "header": f"| ID | Title | Severity | Status | {text} |\n|--|--|--|--|--|\n| LD-2 | a | Low | Open | b |\n",
        "heading": f"# Debts\n\n### LD-1 - {text}\n\n**Status:** Open\n\n### LD-2 - Other\n\n**Status:** Open\n",
        "entry": f"# Debts\n\n## High\n\n- [ ] **LD-1** {text}\n- [ ] **LD-2** Other\n",
        "paragraph": f"{HEAD}| LD-2 | Other | Low | Open |\n\n{text}\n",
        "alone": text,
    }


@pytest.mark.parametrize("piece", PIECES)
def test_hostile_text_is_read_changed_and_written_in_any_place(piece: str, bare: Door) -> None:
    for name, text in shapes(piece).items():
        file, database = f"{name}.md", f"{name}.db"
        (bare.home / file).write_text(text, encoding="utf-8", newline="")
        assert bare("lint", file).code in (0, 3)
        said = bare("import", file, "--yes", "--db", database)
        assert said.code in (0, 1)
        if said.code or bare("set", "LD-2", "--status", "mitigated", "--db", database).code:
            assert said.code == 0 or len(said.err.splitlines()) == 1
            continue
        written = bare("export", file, "--db", database)
        assert written.code == 0, written.err
        assert "set the status of LD-2" in (bare.done("history", "--limit", "3", "--db", database).out)
        assert bare.done("sync", file, "--db", database).err.startswith("Nothing changed")


def test_the_lines_of_a_csv_text_are_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    real = tabular._line_ends

    def counted(text: str) -> tuple[int, ...]:
        looked.append(text)
        return real(text)

    monkeypatch.setattr(tabular, "_line_ends", counted)
    rows = "".join(f'LD-{number},"Two\nlines {number}",P9,Open\n' for number in range(300))
    found = lint(f"ID,Title,Priority,Status\n{rows}", today=date(2026, 3, 31))
    assert [each.line for each in found] == [2 + 2 * number for number in range(300)]
    # Once for the beginning, which tells that it is CSV, and once for the whole.
    assert len(looked) == 2


def test_a_record_of_very_many_cells_is_refused_without_splitting_all_of_them(bare: Door) -> None:
    code = f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, (700_000_000, 700_000_000))
{START}
"""
    (bare.home / "wide.csv").write_text("ID,Title,Severity,Status\n" + "a," * 3_000_000, encoding="utf-8")
    said = subprocess.run(
        [sys.executable, "-P", "-c", code, "import", "wide.csv", "--yes"],
        env=environment(bare.home),
        cwd=bare.home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert "line 2: this row has more than 500 cells" in said.stderr
    assert len(said.stderr.splitlines()) == 1


def test_whoever_waits_sees_a_bar(bare: Door) -> None:
    code = f"""
import time
import store.commands.imports.plan as plans
real = plans.plan_import
def slow(*arguments, **more):
    time.sleep(3)
    return real(*arguments, **more)
plans.plan_import = slow
{START}
"""
    (bare.home / "debt.md").write_text(f"{HEAD}| LD-1 | One | Low | Open |\n", encoding="utf-8")
    env = environment(bare.home, TERM="xterm")
    arguments = [sys.executable, "-P", "-c", code, "import", "debt.md", "--yes"]
    with Terminal(arguments, env=env, cwd=bare.home, size=(100, 24)) as terminal:
        terminal.wait_for("debt.md [")
        terminal.wait_for("Imported 1 category")
        assert "=====" not in terminal.text
        assert terminal.wait_exit() == 0
