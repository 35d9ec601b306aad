"""Exit codes of wrong uses, and of the commands that the documents show without their output."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from store.samples import sample_text
from tests.golden import Result, compare_lines, compare_results
from tests.program import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.behavior.command_line import CommandLine

GOLDEN = Path(__file__).parent / "golden"
SHELL_BLOCK = re.compile(r"^```sh\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL_SYNTAX = re.compile(r"[|<>]|\$\(")
TESTED_ELSEWHERE = ("json.md",)
"""Documents whose commands are tested together with the output that they show."""
WRONG = """
nonsense
--nonsense
list --nonsense
list sverity:high
list "share:>x"
list "age:soon"
list "(is:open"
list owner:
list sort:nonsense
list --sort nonsense
list --status nonsense
list category:XX
list feeds:XX-1
list --view Nonsense
list --as-of soon
list --as-of 2030-01-01
list --as-of 2020-01-01
list --db missing.db
list --db ""
list --db register.md
list --db postgresql://ana:secret@host/debt
list --db nonsense://host/debt
show
show XX-1
show EN-001 EN-002
history XX-1
history --limit 0
history --since soon
map XX-1
map --hops 2
map EN-001 --hops 0
map EN-001 --hops 99999
map --width 3
map --mode nonsense
map --mermaid --json
map --if XX-1
first --if XX-1
first --limit 0
trend --by nonsense
trend --since soon
check --as-of soon
accepted EN-001
accepted --markdown --json
accepted --reopen EN-001
verify --head 12
verify --head xyz
verify --head 0123456789
backup a.db --dir b
backup --keep 2
backup --dir missing --keep 0
backup register.db
restore
restore missing.db
restore register.md --yes
init
init --title ""
import
import missing.md
import register.db
import .
import register.md --prefer nonsense
import map.mmd --yes --prune
import -
lint
lint missing.md
lint register.md
lint - --fix
lint register.md --ignore nonsense
lint register.md --format nonsense
diff
diff register.md
diff register.md missing.md
diff --git register.md
diff --git register.md a b
merge-file
merge-file register.md register.md missing.md
merge-file register.md register.md register.md --marker-size x
git-setup
git-setup register.md
sync
sync -
sync map.mmd
sync register.db
sync register.md --prefer nonsense
export missing/register.md
export .
export register.db
add
add --category EN
add --category XX --severity high --description x
add --category EN --severity nonsense --description x
add --category EN --severity high --description ""
add --category EN --severity high --description x --key EN-001
add --category EN --severity high --description x --due-on 2020-01-01
add --category EN --severity high --description x --due-on soonish
set
set EN-001
set XX-1 --owner ana
set EN-001 --status nonsense
set EN-001 --status accepted
set EN-001 --status accepted --note x --accepted-until ""
set EN-001 --severity urgent
set EN-001 --effort XXL
set EN-001 --due-on 2020-01-01
set EN-001 --extra nonsense
set EN-001 --owner ana --was nonsense
set EN-001 --owner ana --was owner=bo
set EN-001 EN-002 --key EN-009
set EN-001 --key EN-002
set EN-001 --key ""
set EN-001 --category XX
remove
remove XX-1 --yes
remove EN-001
link EN-001
link EN-001 XX-1 x
link PD-001 DD-001 "dead jobs mask"
link EN-001 EN-003
relabel EN-001 EN-003 x
relabel PD-001 DD-001 x --old y
unlink EN-001 EN-003
unlink PD-001 DD-001 x
undo
redo
register nonsense
register set
register set nonsense x
register set title ""
register set title a b
register set project-total many
register set cadence nonsense
register set mitigate-within soon
rule save "" is:open
rule save x sverity:high
rule save x
rule rename x y
rule remove x
category add EN Again
category add "" Name
category add E! Name
category add XX ""
category edit XX --name x
category edit EN
category edit EN --code FL
category remove EN --yes
category remove XX --yes
category remove EN
category move EN nonsense
category move XX up
review show
review show 1
review show 0
review minutes
review diff
review diff 1 2
review start --skip-days -1
review start --query sverity:high
review start --query key:XX-*
review set 1
review set 1 --title x
review finish 1
review finish
review reopen 1
followups XX-1
followups add EN-001 x
followups add XX-1 x
followups done 1
followups done
followups edit 1 --text x
followups edit 1
followups list --nonsense
view save Open is:open
view save "" is:open
view save x sverity:high
view rename Open x
view rename x y
view remove x
view remove Open
"""
"""None of these changes the register."""


def test_wrong_uses(cli: CommandLine) -> None:
    cli.done("import", "-", "--yes", by="cy", stdin=sample_text().encode())
    (cli.home / "register.md").write_text(sample_text(), encoding="utf-8")
    (cli.home / "map.mmd").write_text('graph TD\n  EN001 -->|"x"| EN003\n', encoding="utf-8")
    before, codes = cli.head(), []
    for command in WRONG.strip().splitlines():
        said = cli.run(*shlex.split(command))
        codes.append(f"{said.code}{' with output' if said.raw else ''}: ai-debt {command}")
        assert said.err or said.raw, command
        assert cli.head() == before, command
    compare_lines(GOLDEN / "wrong-uses.txt", codes)


def shell_commands() -> Iterator[str]:
    """The commands in the `sh` blocks of the documents, without trailing comments."""
    paths = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    for path in (path for path in paths if path.name not in TESTED_ELSEWHERE):
        for block in SHELL_BLOCK.finditer(path.read_text(encoding="utf-8")):
            for line in block["body"].splitlines():
                command = line.partition("  #")[0].strip()
                if command.startswith("ai-debt ") and not SHELL_SYNTAX.search(command):
                    yield command


def test_documented_shell_commands(cli: CommandLine, tmp_path: Path) -> None:
    cli.advance(-40)
    cli.done("import", "-", "--yes", stdin=sample_text().encode())
    cli.advance(40)
    cli.done("set", "EN-001", "--status", "mitigated", "--note", "pinned versions")
    backup = Path(json.loads(cli.done("backup", "--json"))["backup"]["path"])
    results = []
    for command in dict.fromkeys(shell_commands()):
        arguments = shlex.split(command.replace("/var/backups/debt", str(backup.parent)))[1:]
        arguments += ["--db", "other.db"] if arguments[0] == "init" else []
        if arguments[0] == "restore":
            arguments[1] = backup.name
        said = cli.run(*arguments)
        results.append(Result(command, f"exit code {said.code}\n{cli.masked(said.out)}", said.out + said.err))
    compare_results(GOLDEN / "shell-commands.txt", results, tmp_path)
