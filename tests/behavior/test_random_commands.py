"""200 random commands by several seeds: the head of the trail after each, and the exported documents."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from store.errors import RegisterError
from store.samples import sample_text
from tests.behavior.command_line import USER, CommandLine, command_text
from tests.behavior.random_commands import RandomCommands, add
from tests.golden import Result, compare_lines, compare_results

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = Path(__file__).parent / "golden"
COMMANDS = 200
DOCUMENTS = {
    "sample": sample_text().encode(),
    "crlf": b"\xef\xbb\xbf" + sample_text().replace("\n", "\r\n").rstrip().encode(),
    "empty": b"",
}
"""The document that a register starts from, which is also the name of its golden files."""
SEEDS = {"sample": 1, "crlf": 2, "empty": 3}


def run_next(cli: CommandLine, commands: RandomCommands, by: str) -> Result:
    """Run the next command: its exit code, and the head of the trail after it."""
    arguments = commands.draw()
    code, output = 0, ""
    try:
        if arguments[0] == "comment":
            cli.comment(arguments[1:-1], arguments[-1], by=by)
        elif arguments[0] == "decide":
            cli.decide(int(arguments[1]), arguments[2], int(arguments[3]), by=by)
        else:
            stdin = commands.documents[-1].encode() if arguments[0] == "import" else b""
            said = cli.run(*arguments, by=by, stdin=stdin)
            code, output = said.code, said.out + said.err
            commands.imported = commands.imported if code else stdin or commands.imported
    except RegisterError as error:
        code, output = 1, str(error)
    changes = cli.rows("SELECT * FROM change ORDER BY sequence DESC LIMIT 40")
    return Result(command_text(arguments, by), f"{code} {cli.head()}", "\n".join([output, *map(str, changes)]))


def export(cli: CommandLine, *arguments: str) -> Result:
    """Export: the exit code, and the digest of the document."""
    said = cli.run("export", *arguments)
    raw = (cli.home / arguments[0]).read_bytes() if arguments else said.raw
    digest = hashlib.sha256(raw).hexdigest()
    return Result(command_text(["export", *arguments]), f"{said.code} {digest}", raw.decode())


def run_commands(cli: CommandLine, commands: RandomCommands) -> Iterator[Result]:
    """Run random commands by two users, with an export on every tenth."""
    for number in range(1, COMMANDS + 1):
        yield run_next(cli, commands, by=USER if commands.random.random() < 0.7 else "bo")
        if number % 10 == 0:
            exported = export(cli)
            commands.documents.append(exported.output)
            yield exported
            cli.advance(1)


def export_to_file(cli: CommandLine, imported: bytes) -> Iterator[Result]:
    """Export over the document that was imported last: before and after an edit, and after an edit by hand."""
    file = cli.home / "register.md"
    if imported:
        file.write_bytes(imported)
    yield export(cli, file.name)
    cli.done("set", str(cli.rows('SELECT min("key") FROM item')[0][0]), "--owner", "carla")
    yield export(cli, file.name)
    yield export(cli, file.name)
    file.write_bytes(file.read_bytes().replace(b"carla", b"dora"))
    yield export(cli, file.name)
    yield export(cli, file.name, "--force")
    # The trail records the path of the file, so that its digests are not the same everywhere.
    for change in json.loads(cli.done("history", "--limit", "8", "--json"))["changes"]:
        text = cli.masked(json.dumps(change, ensure_ascii=False))
        yield Result(f"change {change['sequence']}", text, text)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_random_commands(cli: CommandLine, tmp_path: Path, name: str) -> None:
    commands = RandomCommands(cli, Random(SEEDS[name]), reviews=name != "sample")
    commands.imported = DOCUMENTS[name]
    if name == "empty":
        cli.done("init", "--title", "Random")
        for _ in range(8):
            cli.run(*add(commands))
    else:
        cli.done("import", "-", "--yes", stdin=commands.imported)
    results = list(run_commands(cli, commands))
    document = cli.done("export")
    results += export_to_file(cli, commands.imported)
    assert json.loads(cli.done("verify", "--json"))["findings"] == []
    compare_results(GOLDEN / f"random-{name}.txt", results, tmp_path)
    compare_lines(GOLDEN / f"random-{name}.md", document.splitlines())
