"""Every JSON output: of the sample as text, of a register with 1,000 items as digests."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from store.samples import sample_text
from tests.behavior import scenario
from tests.behavior.command_line import USER, CommandLine, command_text
from tests.behavior.generated import document
from tests.cli.tree import commands, parameters
from tests.golden import Result, compare_results
from tests.json_examples import ALERTS
from tests.json_schema import problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.door import Said

GOLDEN = Path(__file__).parent / "golden"
ALERT_LINES = [f"{json.dumps(each)}\n".encode() for each in ALERTS]
ALERT_FILES = {"alerts": b"".join(ALERT_LINES), "alert": ALERT_LINES[0]}
ITEMS = 1_000
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
SENTENCES = frozenset({"said", "what", "remedy", "reason", "problem"})
"""Keys whose values are sentences. Only the sample pins these, so that a new wording shows as a readable diff."""
STEPS = """
bo: set EN-001 EN-002 EN-003 --owner "Search team" --due-on 2w
ana: set PD-010 --status accepted --note cheaper --accepted-by Board --accepted-until 2026-03-20
bo: set BE-007 --title "Renamed here" --category SV --severity high
comment: CD-001 CD-002 "look at this; soon"
ana: remove MS-020 MS-021 --yes
ana: link FL-001 FL-002 "feeds"
ana: link FL-002 FL-001 "feeds back"
ana: register set mitigate-within "high 60, medium 120"
ana: rule save Old "severity:high status:open age:>90d"
ana: view save Mine "owner:ana is:open sort:-age"
advance 2
ana: check --record
cy: review start --title Spring --with bo --skip-days 0
decide: 1 EN-001 40
decide: 1 PD-003 15
decide: 1 EN-006 15
bo: followups add EN-001 "ask the vendor" --owner bo --due-on 2026-03-05
bo: followups add PD-003 "measure it" --owner ana --due-on 2026-06-01
bo: followups add EN-006 "drop it"
bo: followups done 2
bo: followups drop 3
ana: set EN-001 --status in-progress
cy: review finish 1
advance 3
bo: undo
ana: set DD-001 DD-002 DD-003 DD-004 --status mitigated --note "done; really"
ana: undo
ana: redo
ana: signals add-rule 'alertname="FeatureDrift"' EN-002
ana: signals ingest --from json < alerts
"""
READS = """
list
list feature stream
list "a|b"
list größe -owner:ana
list status:open,in-progress severity:high -component:Amber
list "category:SV,Boundary Erosion" "component:MDL-*"
list owner:none effort:>=L
list "owner:ML Platform,bo" effort:S,M
list effort:none component:none
list "share:>10%"
list "share:<=2.5" -severity:low
list share:none category:EN
list "age:>200d" category:PD
list "-age:>200d" category:PD
list "opened:>2025-06-01" category:MS
list "opened:<1y" category:MS
list "changed:<2d"
list changed:2026-03-02 category:CD
list reviewed:never category:EN severity:high
list "reviewed:<30d"
list "due:<2w" is:open
list "due:<=2026-03-31"
list due:none severity:high category:FL
list is:escalated
list is:overdue -is:root
list is:ended
list is:ending
list is:root
list is:cycle
list is:changed-since-review
list is:resolved category:BE
list has:note has:plan has:owner
list has:comment
list has:acceptance category:CD
list has:followup
list no:owner,effort no:due category:DD
list no:title no:components category:DD
list followup:overdue
list followup:done,dropped
list key:EN-00*
list feeds:FL-001
list fed-by:FL-001
list category:EN sort:score
list category:EN sort:-severity
list category:EN sort:status
list category:EN sort:age
list category:EN sort:changed
list category:EN sort:reviewed
list category:EN sort:due
list category:EN sort:-due
list category:EN sort:-share
list category:EN sort:effort
list category:EN sort:owner
list severity:low effort:XL sort:category
list category:EN sort:title
list --view "Fix first" --category PD
list --view Mine
list --as-of 2026-03-03 category:MS
show EN-001
show MS-020 --as-of 2026-03-02T09:04
dashboard
dashboard --as-of 1d
history
history EN-001
history --limit 30 --by bo --since 2026-03-04
map
map FL-001 --hops 3
map --if FL-001
map --as-of 2026-03-03
first
first --if EN-001 --if PD-003 --limit 50
trend
trend --by severity --since 3d
report --since 3d
check
check --as-of 2026-03-04
accepted
accepted --as-of 2026-03-01T00:00
owners
owners --as-of 2026-03-03
verify
register
rule
rule list
category
review
review list
review show 1
review minutes 1
review diff 1
signals
signals list --all
signals show 1
signals timeline EN-002
signals rules
followups list --all
view
"""


def result(cli: CommandLine, arguments: list[str], said: Said, *, by: str = USER) -> Result:
    """The whole output of a command, with its exit code unless that is 0."""
    output = cli.masked(said.out)
    code = f"exit code {said.code}\n" if said.code else ""
    return Result(command_text(arguments, by), code + output, output + cli.masked(said.err))


def run_steps(cli: CommandLine, steps: str, files: dict[str, bytes]) -> Iterator[Result]:
    """Run the steps of a scenario; `< NAME` reads one of `files` from stdin."""
    for step in steps.strip().splitlines():
        who, _, command = step.partition(": ")
        words = [each.replace("\\n", "\n") for each in shlex.split(command)]
        if who.startswith("advance "):
            cli.advance(int(who.removeprefix("advance ")))
        elif who == "comment":
            cli.comment(words[:-1], words[-1], by="bo")
        elif who == "decide":
            cli.decide(int(words[0]), words[1], int(words[2]))
        else:
            stdin = files[words[-1]] if "<" in words else b""
            arguments = words[: words.index("<")] if "<" in words else words
            yield result(cli, arguments, cli.run(*arguments, by=who, stdin=stdin), by=who)


def run_reads(cli: CommandLine, reads: str) -> Iterator[tuple[list[str], Said]]:
    """Run commands with --json."""
    for command in reads.strip().splitlines():
        arguments = shlex.split(command)
        arguments += [] if "--json" in arguments or arguments[0] == "export" else ["--json"]
        said = cli.run(*arguments)
        assert not said.out or said.out.endswith("}\n")
        if said.out and arguments[0] != "export":
            assert problems(arguments, json.loads(said.out)) == [], arguments
        yield arguments, said


def without_sentences(value: object) -> object:
    """A JSON value with null for each sentence."""
    if isinstance(value, dict):
        return {name: None if name in SENTENCES else without_sentences(each) for name, each in value.items()}
    return [without_sentences(each) for each in value] if isinstance(value, list) else value


def command_names(*scenarios: str) -> set[tuple[str, ...]]:
    """The first words of the commands of scenarios."""
    lines = "\n".join(scenarios).strip().splitlines()
    words = [shlex.split(each.partition(": ")[2] or each) for each in lines]
    return {tuple(each[:length]) for each in words for length in (1, 2)}


def test_sample(cli: CommandLine, tmp_path: Path) -> None:
    results = list(run_steps(cli, scenario.STEPS, {**ALERT_FILES, "sample": sample_text().encode()}))
    results += [result(cli, arguments, said) for arguments, said in run_reads(cli, scenario.READS)]
    compare_results(GOLDEN / "sample.txt", results, tmp_path)


def test_commands_that_name_files(cli: CommandLine, tmp_path: Path) -> None:
    text = sample_text()
    shorter = "".join(each for each in text.splitlines(keepends=True) if not each.startswith("| BE-002"))
    cli.done("import", "-", "--yes", stdin=text.encode())
    (cli.home / "register.md").write_text(text, encoding="utf-8")
    (cli.home / "changed.md").write_text(shorter.replace("| MDL-REC, MDL-QUAL |", "| MDL-REC |"), encoding="utf-8")
    (cli.home / "broken.md").write_text(text.replace("| EN-002 |", "| EN-001 |"), encoding="utf-8")
    (cli.home / "map.mmd").write_text(
        'graph TD\n  BE001["BE-001<br/>Raw reads"] -->|"hides"| MS001\n', encoding="utf-8"
    )
    (cli.home / "copies").mkdir()
    results = []
    for arguments, said in run_reads(cli, scenario.FILES):
        one = result(cli, arguments, said)
        snapshot = DIGEST.sub("DIGEST", one.snapshot)
        if arguments[0] == "doctor":
            # States and sentences depend on the machine.
            snapshot = "\n".join(" ".join([each["subject"], *each]) for each in json.loads(said.out)["findings"])
        results.append(Result(one.command, snapshot, one.output))
    compare_results(GOLDEN / "files.txt", results, tmp_path)


def test_thousand_items(cli: CommandLine, tmp_path: Path) -> None:
    cli.done("import", "-", "--yes", stdin=document(ITEMS, seed=7).encode())
    steps = list(run_steps(cli, STEPS, ALERT_FILES))
    assert [each for each in steps if each.snapshot.startswith(("exit code 1", "exit code 2"))] == []
    results = []
    for arguments, said in run_reads(cli, READS):
        value = json.loads(said.raw or "{}")
        text = json.dumps(without_sentences(value), ensure_ascii=False, indent=1)
        sizes = [f"{len(each)} {name}" for name, each in value.items() if isinstance(each, list)]
        digest = hashlib.sha256(text.encode()).hexdigest()
        snapshot = ", ".join([f"exit code {said.code}", *sizes, digest])
        results.append(Result(command_text(arguments), snapshot, text))
    compare_results(GOLDEN / "thousand.txt", results, tmp_path)


def test_every_command_with_json_is_covered() -> None:
    with_json = {
        words for words, command in commands().items() if any(each.name == "as_json" for each in parameters(command))
    }
    # What asks a server is tested where there is one.
    assert with_json - command_names(scenario.STEPS, scenario.READS, scenario.FILES) == {("signals", "pull")}
    assert (command_names(scenario.READS) & with_json) - command_names(READS) == {("keys",)}
