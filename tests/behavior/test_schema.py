"""The SQL schema of a new register, and of a register of each earlier release after its upgrade."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.behavior.command_line import command_text
from tests.golden import Result, compare_lines, compare_results
from tests.store.releases import kept, rebuild

if TYPE_CHECKING:
    from tests.behavior.command_line import CommandLine

GOLDEN = Path(__file__).parent / "golden"
PRAGMAS = ("application_id", "user_version", "journal_mode", "page_size", "encoding", "auto_vacuum")


def schema(cli: CommandLine) -> list[str]:
    """The SQL of tables, indexes and triggers by name, and the settings of the file."""
    entries = cli.rows("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
    lines = [each for kind, name, sql in entries for each in f"-- {kind} {name}\n{sql or '-- automatic'}".splitlines()]
    lines += [f"-- {name} = {cli.rows(f'PRAGMA {name}')[0][0]}" for name in PRAGMAS]
    return [each.rstrip() for each in lines]


def without_layout(lines: list[str]) -> list[str]:
    """The same statements with normalized whitespace, which the stored releases have less of."""
    text = re.sub(r"\s+", " ", "\n".join(lines))
    return re.sub(r"(?<=\() | (?=[,)])", "", text).split(" -- ")


def test_new_register(cli: CommandLine) -> None:
    cli.done("init")
    compare_lines(GOLDEN / "schema.sql", schema(cli))


@pytest.mark.parametrize("revision", kept())
def test_upgraded_register(cli: CommandLine, tmp_path: Path, revision: str) -> None:
    rebuild(revision, cli.database)
    results = []
    for arguments in (["list", "--json"], ["history", "--json"], ["export"], ["verify", "--json"]):
        said = cli.run(*arguments)
        snapshot = f"{said.code} {hashlib.sha256(said.raw).hexdigest()}\n{cli.head()}"
        results.append(Result(command_text(arguments), snapshot, said.out + said.err))
    compare_results(GOLDEN / f"release-{revision}.txt", results, tmp_path)
    upgraded = without_layout(schema(cli))
    cli.database.unlink()
    cli.done("init")
    assert upgraded == without_layout(schema(cli))
