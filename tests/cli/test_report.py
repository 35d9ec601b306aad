"""`ai-debt report`: what it prints, and the files that it writes or leaves alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.program import PATIENCE, environment
from tests.report.parsed import parsed, tables

if TYPE_CHECKING:
    from tests.cli.door import Door


def test_without_options_it_prints_markdown(sample: Door) -> None:
    said = sample.done("report")
    assert said.err == ""
    assert said.lines[0] == "# AI Debt Register"
    assert "11 open, 4 mitigated, 15 in total; as many open as on" in said.out
    assert sample.done("report", "--markdown").lines[4:] == said.lines[4:]
    screen = sample("report", columns=80)
    assert screen.out.splitlines()[4:] == said.lines[4:]


def test_html_is_written_to_a_file_or_to_stdout(sample: Door) -> None:
    said = sample.done("report", "--html", "debt.html")
    assert (said.out, said.err) == ("", "Wrote debt.html.\n")
    text = (sample.home / "debt.html").read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>\n")
    found = sample.done("report", "--json").json["report"]
    assert isinstance(found, dict)
    shown = tables(parsed(text))
    assert [row[0] for row in shown["first"]] == [each["key"] for each in found["first"]]
    assert tables(parsed(sample.done("report", "--html", "-").out)) == shown


def test_since_is_a_date_or_the_last_review(sample: Door) -> None:
    assert "Compared with the register's beginning on" in sample.done("report", "--since", "2020-01-01").out
    refused = sample("report", "--since", "review")
    assert (refused.code, refused.err) == (
        1,
        "ai-debt: no review has ended yet: start one with `ai-debt review start`\n",
    )
    sample.done("review", "start", "--title", "Spring")
    sample.done("set", "EN-001", "--status", "mitigated")
    sample.done("review", "finish", "1")
    sample.done("set", "EN-002", "--status", "mitigated")
    for arguments in ([], ["--since", "Review"]):
        said = sample.done("report", *arguments, "--json").json["report"]
        assert isinstance(said, dict)
        assert (said["since"]["kind"], said["since"]["title"]) == ("review", "Spring")
        assert {each["effect"]: each["total"] for each in said["movement"] if each["total"]} == {"mitigated": 1}
        assert [each["key"] for each in said["review"]["decisions"]] == ["EN-001"]
    assert (
        sample("report", "--since", "2099-01-01").err
        == "ai-debt: 2099-01-01 is in the future: choose an earlier date\n"
    )
    assert sample("report", "--since", "soon").code == 1


def test_a_report_is_written_over_an_earlier_one_alone(sample: Door) -> None:
    file = sample.home / "debt.html"
    sample.done("report", "--html", "debt.html")
    sample.done("set", "EN-001", "--status", "mitigated")
    sample.done("report", "--html", "debt.html")
    assert "10 open" in file.read_text(encoding="utf-8")
    file.write_text("<h1>mine</h1>", encoding="utf-8")
    said = sample("report", "--html", "debt.html")
    assert (said.code, said.err) == (1, "ai-debt: debt.html is not a report: name another file, or use --force\n")
    assert file.read_text(encoding="utf-8") == "<h1>mine</h1>"
    sample.done("report", "--html", "debt.html", "--force")
    assert "What to fix first" in file.read_text(encoding="utf-8")
    assert [path.name for path in sample.home.iterdir() if path.name.startswith(".debt")] == []


def test_neither_the_register_nor_its_document_is_overwritten(sample: Door) -> None:
    before = sample.database.read_bytes()
    for name, force in (("register.db", True), ("register.db-journal", True), ("ai-debt-register.md", False)):
        said = sample("report", "--html", name, *(["--force"] if force else []))
        assert said.code == 1, name
        assert said.err.startswith("ai-debt: ")
    assert sample.database.read_bytes() == before
    assert sample("report", "--html", "missing/debt.html").code == 1


def test_a_new_file_has_the_mode_of_the_umask_and_an_old_one_keeps_its_own(sample: Door) -> None:
    file = sample.home / "debt.html"
    old = os.umask(0o027)
    try:
        sample.done("report", "--html", "debt.html")
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    file.chmod(0o604)
    sample.done("report", "--html", "debt.html")
    assert stat.S_IMODE(file.stat().st_mode) == 0o604


@pytest.mark.parametrize(
    "arguments",
    [
        ["--html", "x.html", "--json"],
        ["--html", "x.html", "--markdown"],
        ["--markdown", "--json"],
        ["--force"],
        ["--html", "-", "--force"],
    ],
)
def test_options_that_exclude_each_other_are_wrong_usage(sample: Door, arguments: list[str]) -> None:
    said = sample("report", *arguments)
    assert (said.code, said.out) == (2, "")
    assert not (sample.home / "x.html").exists()


def test_an_empty_file_name_is_refused(sample: Door) -> None:
    said = sample("report", "--html", "")
    assert (said.code, said.err) == (2, "ai-debt: --html is empty: name a file, or leave the option out\n")


def test_an_empty_register_says_so_section_by_section(begun: Door) -> None:
    said = begun.done("report").out
    for words in (
        "Nothing was added",
        "Nothing is contradicted by monitoring, escalated or overdue.",
        "Nothing is open.",
        "Nothing is accepted.",
        "No items yet.",
    ):
        assert words in said
    for words in ("No dependencies yet.", "No review has ended yet.", "No open follow-ups."):
        assert words in said
    assert " open than " not in said
    parsed(begun.done("report", "--html", "-").out)


def test_without_a_register_it_says_how_to_begin(bare: Door) -> None:
    said = bare("report")
    assert (said.code, said.out) == (1, "")


@pytest.mark.parametrize(("arguments", "drawing"), [([], set()), (["--html", "-"], {"jinja2"})])
def test_no_report_loads_models_and_only_html_draws(sample: Door, arguments: list[str], drawing: set[str]) -> None:
    look = (
        "import sys\nfrom tui.cli.main import main\n"
        "try:\n    main()\nfinally:\n"
        "    print('loaded:', *{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", look, "report", *arguments],
        cwd=sample.home,
        env=environment(sample.home, AI_DEBT_DB=str(sample.database)),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=True,
    )
    loaded = set(done.stderr.partition("loaded:")[2].split())
    assert not loaded & {"textual", "sqlmodel", "sqlalchemy", "pydantic", "alembic", "plotext"}
    assert loaded & {"jinja2", "pygal"} == drawing
