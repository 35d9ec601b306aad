"""`ai-debt metrics`: both formats as others read them, and the file for node_exporter."""

from __future__ import annotations

import os
import resource
import shutil
import stat
import subprocess
import sys
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_prometheus

from store.errors import RegisterError
from store.queries.metrics import METRICS, Kind
from store.samples import sample_text
from tests.behavior.command_line import CommandLine
from tests.behavior.random_commands import RandomCommands
from tests.cli.test_hostile import CONTROLS, HOSTILE, raw_controls
from tests.counts import count
from tests.monitoring.programs import promtool
from tests.planting import plant
from tests.program import PATIENCE, PROGRAM, environment
from tests.unprivileged import only_root, unprivileged

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from prometheus_client.metrics_core import Metric

    from tests.cli.door import Door


def values(families: Iterable[Metric]) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """The values of samples by name and labels; none of them appears twice."""
    found = [sample for each in families for sample in each.samples]
    assert found
    numbers = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in found}
    assert len(numbers) == len(found)
    return numbers


def named(text: str, name: str) -> dict[frozenset[tuple[str, str]], float]:
    """The samples of a name."""
    return {labels: value for (each, labels), value in values(read_prometheus(text)).items() if each == name}


def test_both_formats_say_the_same_in_the_order_of_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli = CommandLine(tmp_path, monkeypatch)
    cli.done("import", "-", "--yes", stdin=sample_text().encode())
    cli.done("set", "EN-001", "--status", "mitigated")
    prometheus, openmetrics = cli.done("metrics"), cli.done("metrics", "--format", "openmetrics")
    assert openmetrics.endswith("# EOF\n")
    found, other = list(read_prometheus(prometheus)), list(read_openmetrics(openmetrics))
    assert [each.name for each in found] == [each.name for each in other]
    names = [metric.name.removesuffix("_total") for metric in METRICS]
    assert [each.name for each in found] == sorted((each.name for each in found), key=names.index)
    kinds = {each.name: each.type for each in found}
    assert kinds["ai_debt_register_changes"] == "counter"
    assert kinds["ai_debt_time_to_mitigate_seconds"] == "histogram"
    assert {each.name: each.unit for each in other}["ai_debt_register_size_bytes"] == "bytes"
    changing = {"ai_debt_metrics_generated_timestamp_seconds"}
    first, second = values(found), values(other)
    assert first.keys() == second.keys()
    assert {name for name, labels in first if first[name, labels] != second[name, labels]} <= changing
    # Without a change and at the same time, every byte is the same.
    monkeypatch.setattr(cli, "run", lambda *words: cli._door(*words))
    assert cli.run("metrics").raw == cli.run("metrics").raw


def test_promtool_finds_nothing_to_say(sample: Door) -> None:
    assert promtool("check", "metrics", stdin=sample.done("metrics").raw) == ""


def test_names_and_help_follow_the_conventions() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.name.startswith("ai_debt_")
        assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
        assert metric.help.endswith(".")
        assert "\n" not in metric.help
        assert metric.help.count(". ") == 0
        assert all(label.replace("_", "").isalpha() and label.islower() for label in metric.labels)


def test_an_empty_register_and_a_missing_one(begun: Door, tmp_path: Path) -> None:
    text = begun.done("metrics").raw
    assert promtool("check", "metrics", stdin=text) == ""
    assert sum(named(text.decode(), "ai_debt_items").values()) == 0
    assert named(text.decode(), "ai_debt_last_review_timestamp_seconds") == {}
    missing = begun("metrics", "--db", "missing.db", "--textfile", "debt.prom")
    assert (missing.code, missing.raw) == (1, b"")
    assert "missing.db" in missing.err
    assert not (tmp_path / "debt.prom").exists()


@pytest.mark.parametrize("text", [*HOSTILE[1:], 'quotes " and \\n \\ "}', *CONTROLS], ids=ascii)
def test_hostile_labels_come_out_unchanged(sample: Door, text: str) -> None:
    sample.done("set", "EN-001", f"--owner={text}")
    sample.done("register", "set", "--", "title", text)
    sample.done("rule", "save", "--", text[:100], "severity:high")
    said = sample.done("metrics")
    assert promtool("check", "metrics", stdin=said.raw) == ""
    for read, form in ((read_prometheus, "prometheus"), (read_openmetrics, "openmetrics")):
        samples = values(read(sample.done("metrics", "--format", form).out))
        owners = {dict(labels)["owner"] for name, labels in samples if name == "ai_debt_owner_unresolved_items"}
        assert owners == {"unassigned", " ".join(text.split("\n")).strip()}
    shown = sample("metrics", columns=100)
    assert shown.code == 0
    assert raw_controls(shown.out.replace("\t", "")) <= raw_controls("\u200d")


def test_text_that_was_put_past_our_own_verbs_is_one_line_of_a_label(sample: Door) -> None:
    plant(sample.database)
    said = sample.done("metrics")
    assert promtool("check", "metrics", stdin=said.raw) == ""
    lines = [line for line in said.out.split("\n") if line]
    assert all(line.startswith(("# HELP ai_debt_", "# TYPE ai_debt_", "ai_debt_")) for line in lines)
    assert sum(named(said.out, "ai_debt_items").values()) == 15


def test_the_textfile_is_what_is_printed_and_others_may_read_it(sample: Door) -> None:
    file = sample.home / "debt.prom"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o600)
    before = os.umask(0o077)
    try:
        for name in (file.name, "new.prom"):
            said = sample.done("metrics", "--textfile", name)
            assert (said.raw, said.err) == (b"", "")
            assert stat.S_IMODE((sample.home / name).stat().st_mode) == 0o644
    finally:
        os.umask(before)
    texts = (file.read_text(encoding="utf-8"), sample.done("metrics").out)
    written, printed = (values(read_prometheus(text)) for text in texts)
    assert written.keys() == printed.keys()
    assert sum(written[key] != printed[key] for key in written) == 1
    assert {each.name for each in sample.home.iterdir() if "prom" in each.name} == {"debt.prom", "new.prom"}


def test_the_textfile_replaces_what_a_link_leads_to(sample: Door) -> None:
    folder = sample.home / "collected"
    folder.mkdir()
    (sample.home / "debt.prom").symlink_to(folder / "ai-debt.prom")
    sample.done("metrics", "--textfile", "debt.prom")
    assert (sample.home / "debt.prom").is_symlink()
    assert (folder / "ai-debt.prom").read_bytes().startswith(b"# HELP ai_debt_")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ("--textfile debt.txt", 1, "debt.txt does not end in .prom: name it debt.prom"),
        ("--textfile nowhere/debt.prom", 1, "debt.prom could not be written"),
        ("--textfile folder.prom", 1, "folder.prom is not a regular file"),
        ("--textfile register.prom", 1, "register.prom is the register itself"),
        ("--textfile linked.prom", 1, "linked.prom is a database"),
        ("--textfile debt.prom --format openmetrics", 2, "node_exporter reads no other"),
        ("--format xml", 2, "xml"),
        ("--backups nowhere", 1, "nowhere cannot be read (No such file or directory): name the directory"),
        ("--backups other.db", 1, "the directory other.db cannot be read (Not a directory)"),
    ],
)
def test_wrong_uses(sample: Door, words: str, code: int, sentence: str) -> None:
    (sample.home / "folder.prom").mkdir()
    shutil.copyfile(sample.database, sample.home / "other.db")
    (sample.home / "linked.prom").symlink_to(sample.home / "other.db")
    register = sample.home / "register.prom"
    shutil.copyfile(sample.database, register)
    before = {each.name: each.read_bytes() for each in sample.home.iterdir() if each.is_file()}
    said = sample("metrics", "--db", str(register), *words.split())
    assert (said.code, said.raw) == (code, b"")
    assert sentence in " ".join(said.err.split())
    assert {each.name: each.read_bytes() for each in sample.home.iterdir() if each.is_file()} == before


def test_a_disk_without_room_leaves_the_old_file(sample: Door) -> None:
    file = sample.home / "debt.prom"
    file.write_text("old", encoding="utf-8")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        said = sample("metrics", "--textfile", file.name)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert said.code == 1
    assert "debt.prom could not be written (File too large)" in said.err
    assert file.read_text(encoding="utf-8") == "old"
    assert [each.name for each in sample.home.iterdir() if "prom" in each.name] == ["debt.prom"]


def test_several_processes_that_write_one_file_all_succeed(sample: Door) -> None:
    command = [*PROGRAM, "metrics", "--db", str(sample.database), "--textfile", str(sample.home / "debt.prom")]
    started = [
        subprocess.Popen(command, cwd=sample.home, env=environment(sample.home), stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=PATIENCE)[1] for process in started]
    assert [(process.returncode, words) for process, words in zip(started, said, strict=True)] == [(0, b"")] * 4
    assert values(read_prometheus((sample.home / "debt.prom").read_text(encoding="utf-8")))
    assert [each.name for each in sample.home.iterdir() if "prom" in each.name] == ["debt.prom"]


@only_root
def test_directories_without_permission_are_refused(sample: Door) -> None:
    (sample.home / "closed").mkdir(mode=0o000)
    (sample.home / "full").mkdir(mode=0o555)
    with unprivileged():
        backups = sample("metrics", "--backups", "closed")
        textfile = sample("metrics", "--textfile", "full/debt.prom")
    assert (backups.code, backups.raw) == (1, b"")
    assert "the directory closed cannot be read (Permission denied)" in " ".join(backups.err.split())
    assert textfile.code == 1
    assert "full/debt.prom could not be written (Permission denied)" in " ".join(textfile.err.split())
    assert list((sample.home / "full").iterdir()) == []


def test_backups_elsewhere_are_found(sample: Door) -> None:
    (sample.home / "backups").mkdir()
    name = "ai_debt_newest_backup_timestamp_seconds"
    sample.done("backup", "--dir", "backups")
    assert named(sample.done("metrics").out, name) == {}
    assert len(named(sample.done("metrics", "--backups", "backups").out, name)) == 1


def test_metrics_load_no_models_and_other_reads_no_metrics(sample: Door) -> None:
    look = (
        "import sys\nfrom tui.cli.main import main\n"
        "try:\n    main()\nfinally:\n"
        "    print('loaded:', *{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )
    loaded = {}
    for word in ("metrics", "list"):
        done = subprocess.run(
            [sys.executable, "-P", "-c", look, word],
            cwd=sample.home,
            env=environment(sample.home, AI_DEBT_DB=str(sample.database)),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=True,
        )
        loaded[word] = set(done.stderr.partition("loaded:")[2].split())
    assert "prometheus_client" in loaded["metrics"]
    assert not loaded["metrics"] & {"textual", "sqlmodel", "sqlalchemy", "pydantic", "alembic", "networkx"}
    assert "prometheus_client" not in loaded["list"]


@pytest.mark.parametrize("seed", range(count(2, 20)))
def test_no_counter_ever_decreases(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli = CommandLine(tmp_path, monkeypatch)
    cli.done("import", "-", "--yes", stdin=sample_text().encode())
    commands = RandomCommands(cli, Random(seed), reviews=False)
    commands.documents.append(sample_text())
    before = Counter[tuple[str, str]]()
    moved = set()
    for _ in range(count(120, 400)):
        arguments = commands.draw()
        # The system is a label: other series begin with another one.
        if arguments[0] == "comment" or "system" in arguments:
            continue
        try:
            cli.run(*arguments, stdin=commands.documents[-1].encode() if arguments[0] == "import" else b"")
        except RegisterError:
            continue
        cli.advance(commands.random.randrange(3))
        now = counted(cli.done("metrics"))
        assert {key: (number, now[key]) for key, number in before.items() if now[key] < number} == {}, arguments
        moved |= {name for name, labels in now if now[name, labels] > before[name, labels]}
        before = now
    assert {f"ai_debt_{name}_total" for name in ("register_changes", "created_items", "mitigated_items")} <= moved


def counted(text: str) -> Counter[tuple[str, str]]:
    """The counters and the buckets, counts and sums of histograms, by name and labels."""
    families = [each for each in read_prometheus(text) if each.type in ("counter", "histogram")]
    return Counter({(name, repr(sorted(labels))): value for (name, labels), value in values(families).items()})  # type: ignore[misc]
