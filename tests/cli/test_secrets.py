"""Passwords of databases are shown nowhere, and are not taken from where every user can read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.errors import RegisterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cli.door import Door

MARK = "Xq7-marker-password"
SECRET_PLACES: Mapping[str, str] = {
    "no driver": f"nosuch://ana:{MARK}@localhost/db",
    "no scheme": f"//ana:{MARK}@localhost/db",
    "one slash": f"postgresql:/ana:{MARK}@localhost/db",
    "a file's": f"sqlite://ana:{MARK}@localhost/db",
    "a bad port": f"postgresql://ana:{MARK}@localhost:port/db",
    "nobody there": f"postgresql://ana:{MARK}@localhost:1/db",
    "in the query": f"postgresql://localhost:1/db?user=ana&password={MARK}",
    "with signs": f"postgresql://ana:p@ss/{MARK}@localhost:1/db",
    "for a driver": f"postgresql+psycopg://ana:{MARK}@localhost:1/db",
    "of the web": f"https://ana:{MARK}@localhost/db",
}
COMMANDS = (["path"], ["path", "--json"], ["list"], ["init"], ["--help"], ["verify"], ["export"], ["nonsense"])


@pytest.mark.parametrize("place", SECRET_PLACES)
def test_a_password_is_shown_nowhere(place: str, bare: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_DEBT_DB", SECRET_PLACES[place])
    for arguments in COMMANDS:
        said = bare(*arguments)
        assert MARK not in said.out + said.err, arguments
        assert "***" in said.out or arguments[0] != "path"
        assert "went wrong" not in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--db", SECRET_PLACES["nobody there"]],
        [f"--db={SECRET_PLACES['in the query']}", "list"],
        ["list", f"--bd={SECRET_PLACES['for a driver']}"],
        ["show", SECRET_PLACES["nobody there"]],
        ["path", "--db", SECRET_PLACES["no scheme"]],
    ],
    ids=["behind", "before", "mistyped", "argument", "no scheme"],
)
def test_a_password_on_the_command_line_is_refused(arguments: list[str], bare: Door) -> None:
    said = bare(*arguments)
    assert (said.code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1
    assert "SQLite file" in said.err
    assert "pgpass" not in said.err
    assert MARK not in said.err


def test_words_that_are_no_database_may_hold_anything(sample: Door) -> None:
    url = f"https://ana:{MARK}@example.org"
    sample.done("set", "EN-001", "--note", f"see {url}")
    assert url in sample.done("show", "EN-001").out


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ana:secret@host/db", "postgresql://ana:***@host/db"),
        ("cannot open postgresql://ana:s@e@host/db now", "cannot open postgresql://ana:***@host/db now"),
        ("postgresql://ana@host:5432/db", "postgresql://ana@host:5432/db"),
        ("postgresql://host:5432/db", "postgresql://host:5432/db"),
        ("host=h password='a b' user=u", "host=h password=*** user=u"),
        ("mail ana@example.org: hello", "mail ana@example.org: hello"),
        ("/srv/a:b@c/register.db", "/srv/a:b@c/register.db"),
    ],
)
def test_only_passwords_are_masked(text: str, shown: str) -> None:
    assert str(RegisterError(text)) == shown
