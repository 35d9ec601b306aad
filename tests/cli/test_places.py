"""Which database a command works on, and the message if there is none."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING

import pytest

from store.db.database import default_path
from store.samples import SAMPLE_NAME
from tests import program
from tests.cli.tree import commands, parameters
from tests.unprivileged import only_root, unprivileged
from tui.cli import target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typer.core import TyperArgument, TyperOption

    from tests.cli.door import Door

READS = [
    ["list"],
    ["show", "EN-001"],
    ["dashboard"],
    ["map"],
    ["first"],
    ["history"],
    ["register"],
    ["category"],
    ["export"],
]
WRITES = [
    ["set", "EN-001", "--owner", "ana"],
    ["undo"],
    ["redo"],
    ["link", "A-1", "A-2", "x"],
    ["remove", "A-1", "--yes"],
]


@pytest.fixture
def locked(sample: Door) -> Iterator[Path]:
    """A directory of another user that nobody else may enter, with a register in it."""
    place = sample.home / "locked"
    place.mkdir()
    shutil.copyfile(sample.database, place / "register.db")
    os.chown(place, 54_301, 54_301)
    place.chmod(0o700)
    yield place
    place.chmod(0o755)


@pytest.mark.parametrize("arguments", [*READS, *WRITES], ids=" ".join)
def test_a_named_database_that_is_missing_is_a_sentence_and_is_not_made(bare: Door, arguments: list[str]) -> None:
    said = bare(*arguments, "--db", "typo.db")
    assert said.code == 1
    assert said.raw == b""
    assert said.err.startswith("ai-debt: no register at typo.db: ")
    assert len(said.err.splitlines()) == 1
    assert not (bare.home / "typo.db").exists()


@pytest.mark.parametrize("arguments", [*READS, *WRITES], ids=" ".join)
def test_without_a_default_register_it_is_said_how_to_begin(
    bare: Door, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.delenv("AI_DEBT_DB")
    said = bare(*arguments)
    assert said.code == 1
    assert said.err == "ai-debt: no register yet: create one with `ai-debt init` or `ai-debt import FILE`\n"
    assert list(bare.home.rglob("*.db")) == []


@pytest.mark.parametrize("arguments", [["init"], ["import", "ai-debt-register.md", "--yes"]], ids=" ".join)
def test_a_data_directory_that_cannot_be_made_is_named_with_the_reason_and_what_to_do(
    sample: Door, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    blocked = sample.home / "data"
    blocked.write_text("not a directory", encoding="utf-8")
    monkeypatch.delenv("AI_DEBT_DB")
    monkeypatch.setenv("XDG_DATA_HOME", str(blocked))
    said = sample(*arguments)
    assert said.code == 1
    assert said.err.splitlines()[-1] == (
        f"ai-debt: cannot create a directory in {blocked} (Not a directory): "
        "check its permissions, or choose another path, as in `ai-debt init --db PATH`"
    )


def test_db_stands_before_or_after_the_subcommand_and_wins_over_the_environment(sample: Door) -> None:
    sample.done("init", "--db", "other.db", "--title", "Other")
    for arguments in (
        ["--db", "other.db", "register", "--json"],
        ["register", "--db", "other.db", "--json"],
        ["register", "--json", "--db", "other.db"],
        ["--db", "nowhere.db", "register", "--json", "--db", "other.db"],
    ):
        register = sample.done(*arguments).json["register"]
        assert isinstance(register, dict)
        assert register["title"] == "Other"
    said = sample.done("--db", "other.db", "register", "set", "system", "Search")
    assert "Search" in sample.done("register", "--db", "other.db").out
    assert said.raw == b""
    assert "Search" not in sample.done("register").out


def test_a_url_names_a_database_too(sample: Door) -> None:
    assert sample.done("list", "--db", f"sqlite:///{sample.database}").out == sample.done("list").out


def test_path_says_where_the_register_is_or_would_be(bare: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bare.done("path").out == f"{bare.database}\n"
    assert bare.done("path", "--json").json == {"schema": 1, "path": str(bare.database), "exists": False}
    bare.done("init")
    assert bare.done("path", "--json").json == {"schema": 1, "path": str(bare.database), "exists": True}
    monkeypatch.delenv("AI_DEBT_DB")
    default = bare.home / ".local" / "share" / "ai-debt" / "register.db"
    assert bare.done("path").out == f"{default}\n"
    monkeypatch.setenv("AI_DEBT_DB", "postgresql://ana:geheim@host/register")
    secret = bare.done("path").out
    assert "geheim" not in secret
    assert "host/register" in secret


def test_init_begins_a_register_of_ones_own_with_the_seven_categories(
    bare: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AI_DEBT_DB")
    said = bare.done("init", "--title", "Debt of the search team", "--system", "Search")
    assert said.raw == b""
    made = bare.home / ".local" / "share" / "ai-debt" / "register.db"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    register = bare.done("register", "--json").json["register"]
    assert isinstance(register, dict)
    assert (register["title"], register["system"]) == ("Debt of the search team", "Search")
    codes = [line.split()[0] for line in bare.done("category").lines[1:]]
    assert codes == ["BE", "EN", "FL", "DD", "PD", "CD", "MS"]


def test_init_refuses_what_is_there_already(sample: Door) -> None:
    before = sample.database.read_bytes()
    said = sample("init")
    assert said.code == 1
    assert said.err.startswith("ai-debt: ")
    assert sample.database.read_bytes() == before


def test_init_without_a_title_makes_nothing(bare: Door) -> None:
    said = bare("init", "--title", " ")
    assert said.code == 1
    assert said.err.startswith("ai-debt: title is empty")
    assert list(bare.home.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no database at all, just some text" * 40], ids=["empty", "text"])
def test_a_file_that_is_no_register_is_refused_and_left_alone(bare: Door, content: bytes) -> None:
    other = bare.home / "notes.db"
    other.write_bytes(content)
    for arguments in (["list"], ["set", "EN-001", "--owner", "ana"], ["undo"]):
        said = bare(*arguments, "--db", "notes.db")
        assert said.code == 1
        assert said.err.startswith("ai-debt: ")
        assert len(said.err.splitlines()) == 1
    assert other.read_bytes() == content


def test_the_default_path_is_the_stores(bare: Door) -> None:
    assert target.default_path() == default_path()
    assert bare.home in target.default_path().parents


def test_the_module_runs_the_same_program(tmp_path: Path) -> None:
    done = program.run("list", "--db", "typo.db", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ai-debt: no register at typo.db")


@only_root
@pytest.mark.parametrize("arguments", [*READS, *WRITES, ["verify"], ["backup"]], ids=" ".join)
def test_a_register_that_one_cannot_reach_is_not_taken_for_a_missing_one(
    sample: Door, locked: Path, arguments: list[str]
) -> None:
    with unprivileged():
        said = sample(*arguments, "--db", str(locked / "register.db"))
    assert (said.code, said.raw) == (1, b"")
    assert said.err.startswith(f"ai-debt: {locked / 'register.db'} cannot be reached because you have no access to")
    assert "init" not in said.err


@only_root
@pytest.mark.parametrize(
    "arguments",
    [
        ["init", "--db", "{}/register.db"],
        ["import", SAMPLE_NAME, "--yes", "--db", "{}/register.db"],
        ["restore", "{}/register.db", "--yes"],
        ["restore", "backup.db", "--yes", "--db", "{}/register.db"],
        ["backup", "{}/copy.db"],
        ["backup", "--dir", "{}"],
        ["backup", "--dir", "{}/deep"],
    ],
    ids=" ".join,
)
def test_a_place_that_one_cannot_reach_is_named(sample: Door, locked: Path, arguments: list[str]) -> None:
    sample.done("backup", "backup.db")
    with unprivileged():
        said = sample(*(each.format(locked) for each in arguments))
    assert said.code == 1
    assert f"cannot be reached because you have no access to {locked}" in said.err
    assert "run `ai-debt init`" not in said.err


@only_root
def test_the_doctor_says_who_may_enter(sample: Door, locked: Path) -> None:
    with unprivileged():
        said = sample("doctor", "--db", str(locked / "register.db"))
    assert said.code == 3
    assert f"cannot be reached because you have no access to {locked}" in said.out
    assert "init" not in said.out


PATHS = {"PATH|URL", "PATH", "FILE", "DIR"}
"""What the help calls a parameter that names a file."""
NAMING = [
    (words, parameter)
    for words, command in commands().items()
    for parameter in parameters(command)
    if parameter.metavar in PATHS
]


def names_of(parameter: TyperArgument | TyperOption) -> str:
    return parameter.opts[0] if parameter.param_type_name == "option" else str(parameter.metavar)


def test_every_command_but_those_of_no_register_has_a_path_to_name() -> None:
    named = {words for words, parameter in NAMING if names_of(parameter) == "--db"}
    of_no_register = {("demo",), ("keys",), ("schema",), ("lint",), ("diff",), ("merge-file",), ("git-setup",)}
    assert set(commands()) - named == of_no_register
    options = {"--backups", "--ca-file", "--credentials", "--db", "--dir", "--html", "--mapping", "--textfile"}
    named = {*options, "FILE", "PATH"}
    assert {names_of(parameter) for _, parameter in NAMING} == named
    assert len([words for words, parameter in NAMING if names_of(parameter) != "--db"]) == 15


@pytest.mark.parametrize("typed", ["", "  ", "\t"])
@pytest.mark.parametrize(
    ("words", "parameter"), NAMING, ids=lambda each: " ".join(each) if isinstance(each, tuple) else names_of(each)
)
def test_an_empty_path_is_refused_wherever_one_is_named(
    words: tuple[str, ...], parameter: TyperArgument | TyperOption, typed: str, sample: Door
) -> None:
    before = sorted(sample.home.iterdir()), sample.database.read_bytes()
    name = names_of(parameter)
    needed = ["x"] * sum(each.required for each in parameters(commands()[words])) if name == "--db" else []
    said = sample(*words, *([name, typed] if name.startswith("--") else [typed]), *needed)
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith(f"ai-debt: {name} is empty: name ")
    assert len(said.err.splitlines()) == 1
    assert (sorted(sample.home.iterdir()), sample.database.read_bytes()) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "--db", ""), "--db is empty: name the register's file, or leave the option out"),
        (("--db", "", "list"), "--db is empty: name the register's file, or leave the option out"),
        (("list", "--db=sqlite:///"), "--db is empty: name the register's file, or leave the option out"),
        (("backup", "--dir", ""), "--dir is empty: name a directory, or leave the option out"),
        (("export", ""), "FILE is empty: name a file, or leave it out"),
        (("import", ""), "FILE is empty: name a file"),
        (("lint", "a.md", ""), "FILE is empty: name a file"),
        (("diff", "", "b.md"), "OLD NEW is empty: name a file"),
        (("merge-file", "a.md", "", "b.md"), "OURS is empty: name a file"),
    ],
)
def test_the_sentence_about_an_empty_path_says_what_to_do(arguments: tuple[str, ...], said: str, sample: Door) -> None:
    assert sample(*arguments).err == f"ai-debt: {said}\n"


@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_variable_is_refused_where_it_would_name_the_register(
    value: str, sample: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AI_DEBT_DB", value)
    for arguments in (["list"], ["path"], ["init"], ["doctor"], ["set", "EN-001", "--owner", "x"]):
        said = sample(*arguments)
        assert (said.code, said.out) == (2, "")
        assert said.err == "ai-debt: $AI_DEBT_DB is empty: name the register's file there, or unset it\n"
    assert sample("list", "--db", str(sample.database)).code == 0
    assert sample("keys").code == 0


@pytest.mark.parametrize("name", ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "TMPDIR"])
def test_an_empty_variable_of_the_system_counts_as_unset(
    name: str, bare: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AI_DEBT_DB")
    before = bare.done("path").out, bare.done("keys").out
    monkeypatch.setenv(name, "")
    assert (bare.done("path").out, bare.done("keys").out) == before
