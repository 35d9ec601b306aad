"""Reading a document into the register and writing it out."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from store.samples import SAMPLE_NAME, sample_text
from tests import program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.door import Door

FOUND = "7 categories, 15 items, 7 dependencies, 4 cadence entries"


def document(door: Door, *replacements: tuple[str, str], name: str = "debt.md") -> str:
    """A changed sample document in the home; its name."""
    text = sample_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    (door.home / name).write_bytes(text.encode())
    return name


def line_of(text: str) -> int:
    """The line of the sample that begins with a text."""
    return next(number for number, line in enumerate(sample_text().split("\n"), 1) if line.startswith(text))


def test_the_preview_says_what_was_found_and_noticed(bare: Door) -> None:
    name = document(bare)
    said = bare.done("import", name, "--dry-run")
    assert FOUND in said.out
    style = line_of("    style FL001")
    assert any(line.startswith(f"{name}, line {style}: ") and "FL-001" in line for line in said.lines)
    assert not bare.database.exists()


def test_import_without_a_terminal_wants_a_yes(bare: Door) -> None:
    name = document(bare)
    said = bare("import", name)
    assert said.code == 2
    assert FOUND in said.out
    assert "--yes" in said.err
    assert not bare.database.exists()
    assert bare.done("import", name, "--yes").err.startswith("Imported ") or bare.database.exists()
    assert bare.done("export").raw == sample_text().encode()


@pytest.mark.parametrize(
    ("replacement", "row", "said"),
    [
        (("| EN-002 |", "| EN-001 |"), "| EN-002 |", "EN-001"),
        (("| EN-002 |", "| en-001 |"), "| EN-002 |", "en-001"),
    ],
    ids=["duplicate key", "another spelling"],
)
def test_a_problem_is_named_with_its_line_and_nothing_is_written(
    bare: Door, replacement: tuple[str, str], row: str, said: str
) -> None:
    name = document(bare, replacement)
    for arguments in (["--yes"], ["--dry-run"], []):
        refused = bare("import", name, *arguments)
        assert refused.code == 1
        assert refused.err.startswith(f"ai-debt: {name}, line {line_of(row)}: ")
        assert said in refused.err
        assert not bare.database.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n \n", ""),
        (b"# AI Debt\n\0\x01\x02", "debt.md, line 2"),
        (b"# AI Debt\n\nna\xefve\n", "debt.md, line 3"),
        (b"\xff\xfe#\x00 \x00", "debt.md, line 1"),
        (b"just a note\n", ""),
        (b"SQLite format 3\0" + bytes(200), "debt.md, line 1"),
    ],
    ids=["empty", "blank", "binary", "latin-1", "utf-16", "no register", "database"],
)
def test_a_file_that_is_no_register_is_a_sentence_with_file_and_line(bare: Door, content: bytes, words: str) -> None:
    (bare.home / "debt.md").write_bytes(content)
    for arguments in (["--yes"], ["--dry-run"]):
        said = bare("import", "debt.md", *arguments)
        assert said.code == 1
        assert said.err.startswith("ai-debt: ")
        assert "debt.md" in said.err
        assert words in said.err
        assert not bare.database.exists()


@pytest.mark.parametrize(
    ("replacement", "said"),
    [
        (("offline | Open |\n| EN-003", "offline | Half done |\n| EN-003"), "unknown status 'Half done'"),
        (("| High | MDL-REC, MDL-QUAL |", "| Dire | MDL-REC, MDL-QUAL |"), "unknown severity 'Dire'"),
        (("| High | MDL-REC, MDL-QUAL |", "| High | MDL-REC | MDL-QUAL |"), "this row has 7 cells"),
    ],
    ids=["status", "severity", "cells"],
)
def test_an_odd_cell_is_noticed_and_comes_back_as_it_was(bare: Door, replacement: tuple[str, str], said: str) -> None:
    name = document(bare, replacement)
    assert f"{name}, line {line_of('| EN-002 |')}: " in bare.done("import", name, "--yes").out
    assert said in bare.done("import", name, "--dry-run").out
    assert bare.done("export").raw == (bare.home / name).read_bytes()


def test_every_problem_is_named_with_its_line(bare: Door) -> None:
    name = document(bare, ("| EN-002 |", "| EN-001 |"), ("| EN-003 |", "| EN-001 |"))
    said = bare("import", name, "--dry-run")
    assert said.code == 1
    *problems, refusal = said.err.splitlines()
    numbers = [int(problem.removeprefix(f"{name}, line ").split(":")[0]) for problem in problems]
    assert numbers == [line_of("| EN-002 |"), line_of("| EN-003 |")]
    assert refusal.startswith(f"ai-debt: {name} has 2 problems")
    found = bare("import", name, "--dry-run", "--json").json["import"]
    assert isinstance(found, dict)
    assert [problem["line"] for problem in found["problems"]] == numbers


def test_a_file_that_cannot_be_read_is_a_sentence(bare: Door) -> None:
    (bare.home / "folder").mkdir()
    for name in ("nowhere.md", "folder"):
        said = bare("import", name, "--yes")
        assert (said.code, said.raw) == (1, b"")
        assert said.err.startswith(f"ai-debt: {name} ")
        assert len(said.err.splitlines()) == 1
        assert not bare.database.exists()


def test_a_document_comes_from_stdin_too(bare: Door) -> None:
    said = bare("import", "-", stdin=sample_text().encode())
    assert said.code == 2
    bare.done("import", "-", "--yes", stdin=sample_text().encode())
    assert bare.done("export").raw == sample_text().encode()


def test_windows_line_ends_and_a_byte_order_mark_come_out_as_they_went_in(bare: Door) -> None:
    data = b"\xef\xbb\xbf" + sample_text().replace("\n", "\r\n").encode()
    (bare.home / "debt.md").write_bytes(data)
    bare.done("import", "debt.md", "--yes")
    assert bare.done("export").raw == data


def test_importing_again_shows_the_differences_and_keeps_what_is_missing(sample: Door) -> None:
    lines = sample_text().split("\n")
    kept = [line for line in lines if not line.startswith("| EN-003 |")]
    kept.insert(
        kept.index(next(line for line in kept if line.startswith("| EN-002 |"))) + 1,
        "| EN-009 | New | Low | X | Y | Open |",
    )
    text = "\n".join(kept).replace("| High | MDL-REC, MDL-QUAL |", "| Medium | MDL-REC, MDL-QUAL |", 1)
    (sample.home / SAMPLE_NAME).write_text(text, encoding="utf-8")
    shown = sample.done("import", SAMPLE_NAME, "--dry-run")
    assert any("EN-009" in line and "added" in line for line in shown.lines)
    assert any("EN-002" in line and "severity: High → Medium" in line for line in shown.lines)
    assert any("EN-003" in line and "missing" in line for line in shown.lines)
    assert "EN-009" not in sample.done("list").out
    sample.done("import", SAMPLE_NAME, "--yes")
    keys = [line.split()[0] for line in sample.done("list", "--category", "EN").lines[1:]]
    assert set(keys) == {"EN-001", "EN-002", "EN-003", "EN-009"}
    sample.done("undo", "--yes")
    pruned = sample.done("import", SAMPLE_NAME, "--yes", "--prune")
    assert any("EN-003" in line and "will be removed" in line for line in pruned.lines)
    assert "EN-003" not in sample.done("list").out
    shown = sample.done("export").out
    assert "| EN-003 |" not in shown
    assert "| EN-009 |" in shown


def test_a_field_that_both_changed_is_a_conflict_until_one_side_is_preferred(sample: Door) -> None:
    sample.done("set", "EN-002", "--severity", "low")
    name = document(sample, ("| High | MDL-REC, MDL-QUAL |", "| Medium | MDL-REC, MDL-QUAL |"), name=SAMPLE_NAME)
    said = sample("import", name, "--yes")
    assert said.code == 1
    assert any("EN-002" in line and "severity" in line and "Low" in line and "Medium" in line for line in said.lines)
    assert "--prefer" in said.err
    assert "Low" in sample.done("list", "--category", "EN", "--severity", "low").out
    sample.done("import", name, "--yes", "--prefer", "file")
    assert "EN-002" in sample.done("list", "--severity", "medium").out


def test_importing_the_same_again_has_nothing_to_do(sample: Door) -> None:
    sample.done("import", SAMPLE_NAME)
    before = sample.done("history").out
    said = sample.done("import", SAMPLE_NAME)
    assert said.err == "Nothing changed.\n"
    assert sample.done("history").out == before


def test_a_document_of_another_system_wants_a_database_of_its_own(sample: Door) -> None:
    name = document(sample, ("Netflix ML Platform (Metaflow/Maestro)", "Another Platform"))
    said = sample("import", name, "--yes")
    assert said.code == 1
    assert "--db" in said.err


MAP = "graph LR\n  BE001[Wrapped] -->|hides| BE002 --> X[Outside]\n  ?? what\n"


def test_a_map_alone_adds_to_the_register_and_its_document_stays(sample: Door) -> None:
    (sample.home / "map.mmd").write_text(MAP, encoding="utf-8")
    shown = sample.done("import", "map.mmd", "--dry-run")
    assert shown.lines[0] == "map.mmd: a map alone, 1 dependency between items"
    assert "map.mmd, line 2: the map has a node for Outside, which is not an item" in shown.lines
    assert "map.mmd, line 3: this line of the map is not understood: ?? what" in shown.lines
    assert any("added" in line and "BE-001 -> BE-002 (hides)" in line for line in shown.lines)
    assert any("changed" in line and "title: - \u2192 Wrapped" in line for line in shown.lines)
    refused = sample("import", "map.mmd", "--yes", "--prune")
    assert (refused.code, refused.raw) == (1, b"")
    assert refused.err == "ai-debt: a map alone does not show what was removed: omit --prune\n"
    assert sample.done("import", "map.mmd", "--yes").err == "Imported the map: 1 titled, 1 linked.\n"
    assert sample.done("export", SAMPLE_NAME).err.startswith("Exported to ")
    added = (sample.home / SAMPLE_NAME).read_text(encoding="utf-8").splitlines()
    assert '    BE001 -->|"hides"| BE002' in added
    assert sample.done("undo", "--yes").err == "Undid: import.\n"


def test_a_map_alone_begins_no_register(bare: Door) -> None:
    said = bare("import", "-", "--yes", stdin=MAP.encode())
    assert said.code == 1
    assert said.err.startswith("ai-debt: stdin, line 1: this is a map without a table of items: a map has no ")
    assert len(said.err.splitlines()) == 1
    assert not bare.database.exists()


def test_the_preview_as_json(sample: Door) -> None:
    name = document(sample, ("| High | MDL-REC, MDL-QUAL |", "| Medium | MDL-REC, MDL-QUAL |"), name=SAMPLE_NAME)
    plan = sample.done("import", name, "--dry-run", "--json").json["import"]
    assert isinstance(plan, dict)
    assert plan["found"] == {"categories": 7, "items": 15, "dependencies": 7, "cadence": 4}
    assert plan["problems"] == []
    assert plan["changed"] == [
        {"entity": "item", "key": "EN-002", "field": "severity", "before": "High", "after": "Medium"}
    ]
    assert plan["applied"] is False
    applied = sample.done("import", name, "--yes", "--json").json["import"]
    assert isinstance(applied, dict)
    assert applied["applied"] is True


def test_export_to_a_file_is_refused_when_the_file_changed_since(sample: Door) -> None:
    sample.done("set", "EN-001", "--status", "mitigated")
    wanted = sample.done("export").raw
    file = sample.home / SAMPLE_NAME
    said = sample.done("export", SAMPLE_NAME)
    assert said.raw == b""
    assert SAMPLE_NAME in said.err
    assert file.read_bytes() == wanted
    file.write_bytes(wanted + b"\nsomebody's own line\n")
    sample.done("set", "EN-001", "--status", "open")
    refused = sample("export", SAMPLE_NAME)
    assert refused.code == 1
    assert "--force" in refused.err
    assert file.read_bytes() == wanted + b"\nsomebody's own line\n"
    sample.done("export", SAMPLE_NAME, "--force")
    assert file.read_bytes() == sample.done("export").raw


@pytest.mark.parametrize("name", ["register.db", "./register.db", "link.md", "register.db-journal", "copy.db"])
def test_an_export_never_replaces_a_register(sample: Door, name: str) -> None:
    sample.done("backup", "copy.db")
    (sample.home / "link.md").symlink_to(sample.database)
    before = sample.database.read_bytes(), (sample.home / "copy.db").read_bytes()
    for force in ((), ("--force",)):
        said = sample("export", name if name != "register.db" else str(sample.database), *force)
        assert said.code == 1
        assert said.err.endswith("choose another file\n")
        assert len(said.err.splitlines()) == 1
    assert (sample.database.read_bytes(), (sample.home / "copy.db").read_bytes()) == before


def test_export_where_nothing_can_be_written_is_a_sentence(sample: Door) -> None:
    said = sample("export", "no/such/folder/debt.md")
    assert said.code == 1
    assert len(said.err.splitlines()) == 1


def test_a_register_begun_by_hand_exports_a_document_that_imports_again(begun: Door) -> None:
    begun.done(
        "add", "--category", "EN", "--severity", "high", "--description", "Shared | features", "--title", "Shared"
    )
    begun.done("add", "--category", "PD", "--severity", "low", "--description", "Nightly job", "--owner", "ana")
    begun.done("link", "EN-001", "PD-001", "feeds")
    text = begun.done("export").raw
    begun.done("import", "-", "--yes", "--db", "second.db", stdin=text)
    assert begun.done("export", "--db", "second.db").raw == text


def test_stdout_is_byte_exact_through_a_pipe_in_any_locale(sample: Door) -> None:
    done = subprocess.run(
        [*program.PROGRAM, "export"],
        cwd=sample.home,
        env=program.environment(
            sample.home, AI_DEBT_DB=str(sample.database), LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"
        ),
        capture_output=True,
        check=True,
    )
    assert done.stdout == sample_text().encode()


def test_a_reader_that_goes_away_is_no_error(sample: Door, tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as nobody:
        done = subprocess.run(
            [*program.PROGRAM, "list"],
            cwd=tmp_path,
            env=program.environment(sample.home, AI_DEBT_DB=str(sample.database)),
            stdout=nobody,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.stderr == b""
    assert done.returncode == 141


@pytest.mark.parametrize(
    ("redirection", "code", "words"),
    [
        ("list >&-", 0, ""),
        ("list >/dev/full", 1, "cannot write"),
        ("export >/dev/full", 1, "cannot write"),
        ("show EN-999 2>&-", 1, ""),
        ("import - --yes <&-", 1, "stdin, line 1: the file is empty"),
    ],
)
def test_streams_that_are_closed_or_full_are_no_traceback(
    sample: Door, redirection: str, code: int, words: str
) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{shlex.join(program.PROGRAM)} {redirection}"],
        cwd=sample.home,
        env=program.environment(sample.home, AI_DEBT_DB=str(sample.database)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_map_that_cannot_be_read_is_named_and_costs_nothing(sample: Door) -> None:
    before = sample.done("list", "--json").json["items"]
    file = sample.home / "broken.md"
    file.write_text(sample_text().replace("graph TD", "this is not mermaid {{{"), encoding="utf-8")
    said = sample.done("import", str(file), "--yes")
    line = line_of("graph TD")
    assert f"line {line}: this mermaid block cannot be read ('this is not mermaid {{{{{{')" in " ".join(
        said.out.split()
    )
    assert "the register keeps the titles and dependencies of its items" in " ".join(said.out.split())
    assert sample.done("list", "--json").json["items"] == before
    assert sample.done("export").out == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_conflict_markers_are_refused_by_every_door_of_import(sample: Door, end: str) -> None:
    edge = next(line for line in sample_text().split("\n") if line.startswith("    EN001 -->"))
    both = f"<<<<<<< HEAD\n{edge}\n=======\n{edge.replace('EN002', 'EN003')}\n>>>>>>> theirs"
    texts = {"debt.md": sample_text().replace(edge, both), "map.mmd": f"graph TD\n{both}\n"}
    for name, text in texts.items():
        data = text.replace("\n", end).encode()
        (sample.home / name).write_bytes(data)
        before = sample.done("export").raw
        for said in (
            sample("import", name, "--yes", "--prefer", "file"),
            sample("import", "-", "--yes", stdin=data),
            sample("--db", "new.db", "import", name, "--yes"),
        ):
            assert said.code == 1
            assert said.err.count("this is a merge conflict marker") == 3
            assert f"line {text[: text.index('<<<<<<<')].count(chr(10)) + 1}: " in said.err
        assert sample.done("export").raw == before
        assert not (sample.home / "new.db").exists()


def test_removals_do_not_take_what_somebody_changed_here(sample: Door) -> None:
    row = next(line for line in sample_text().split("\n") if line.startswith("| BE-002 |"))
    name = document(sample, (f"{row}\n", ""), name=SAMPLE_NAME)
    sample.done("set", "BE-002", "--owner", "Ann")
    plain = sample.done("import", name, "--dry-run")
    assert "BE-002" in plain.out
    assert "changed here by" in plain.out
    refused = sample("import", name, "--prune", "--yes")
    assert refused.code == 1
    assert f"BE-002 changed in the register and removed in {name}" in refused.err
    assert "--prefer file or --prefer register" in refused.err
    assert "owner: Ann" in " ".join(refused.out.split())
    found = sample.done("import", name, "--prune", "--dry-run", "--json").json["import"]
    assert isinstance(found, dict)
    assert [(each["key"], each["field"], each["register"]) for each in found["removal_conflicts"]] == [
        ("BE-002", "owner", "Ann")
    ]
    sample.done("import", name, "--prune", "--yes", "--prefer", "register")
    assert "Ann" in sample.done("show", "BE-002").out
    found = sample.done("import", name, "--prune", "--yes", "--prefer", "file", "--json").json["import"]
    assert isinstance(found, dict)
    assert (found["applied"], found["removed"], found["removed_categories"]) == (True, ["BE-002"], [])
    assert sample("show", "BE-002").code == 1


def test_the_preview_says_of_a_category_what_becomes_of_it(sample: Door) -> None:
    text = sample_text()
    start, end = text.index("### Model Staleness"), text.index("## Debt Summary Dashboard")
    name = document(sample, (text[start:end], ""), name=SAMPLE_NAME)
    assert "MS, will be removed" in " ".join(sample.done("import", name, "--prune", "--dry-run").out.split())
    sample.done("add", "--category", "MS", "--description", "new", "--severity", "low")
    assert "MS, stays" in " ".join(sample.done("import", name, "--prune", "--dry-run").out.split())
    sample.done("import", name, "--prune", "--yes")
    assert "MS-002" in sample.done("list").out
    assert "MS-001" not in sample.done("list").out
