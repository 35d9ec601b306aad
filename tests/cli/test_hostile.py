"""Text that would act on a terminal, a shell of markup or a table, in every field and every command."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from typing import TYPE_CHECKING

import pytest

from tests.cli.tree import commands, parameters
from tests.planting import SEQUENCES, plant

if TYPE_CHECKING:
    from tests.cli.door import Door, Said

CONTROLS = (
    "see [/foo] [@click=app.quit]x[/] [bold red]",
    "esc \x1b[31m \x1b]0;title\x07 \x1b]52;c;aGk=\x07 \x1b[2J",
    "c1 \x9b31m \x9d0;x\x9c del \x7f bell \x07",
    "bidi \u202e reversed \u2066 isolated \u2069",
    "zero \u200b width \u2060 tag \U000e0041 soft \u00ad",
    "ends \u2028 and \u2029 here",
)
HOSTILE = (
    " ".join(CONTROLS),
    "wide 漢字 emoji 👩‍🚀 combining a" + "\u0301" * 30 + " rtl שלום عربي",
    "tab\tand | pipe \\| `code | x` <br> <script>",
    "--yes",
    "$(touch pwned) `id` ; rm",
)
FIELDS = (
    "--title",
    "--description",
    "--note",
    "--components",
    "--mitigation-plan",
    "--owner",
    "--affected",
    "--accepted-by",
)
READS = (
    ["list"],
    ["list", "--json"],
    ["show", "EN-001"],
    ["show", "EN-001", "--json"],
    ["map"],
    ["map", "EN-001"],
    ["map", "--json"],
    ["first"],
    ["first", "--if", "EN-001"],
    ["first", "--json"],
    ["history"],
    ["history", "EN-001", "--json"],
    ["dashboard"],
    ["dashboard", "--json"],
    ["report", "--json"],
    ["register"],
    ["register", "--json"],
    ["category"],
    ["followups"],
    ["followups", "--json"],
)


def raw_controls(text: str) -> set[str]:
    """The characters of a text that a terminal acts on or does not show, but for line ends."""
    return {
        char for char in text if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Co", "Cn")
    }


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_is_shown_as_text_and_stored_as_it_came(sample: Door, text: str) -> None:
    sample.done("set", "EN-001", *(word for option in FIELDS for word in (option, text)))
    sample.done("link", "--", "EN-001", "EN-003", text)
    sample.done("register", "set", "--", "title", text)
    sample.done("register", "set", "--", "note", text)
    sample.done("category", "edit", "EN", "--name", text, "--definition", text)
    sample.done("review", "start")
    sample.done("followups", "add", f"--owner={text}", "--", "EN-001", text)
    for arguments in READS:
        said = sample.done(*arguments)
        assert raw_controls(said.out) == set(), arguments
        assert raw_controls(said.err) == set(), arguments
        if arguments[-1] == "--json":
            json.loads(said.raw)
    found = sample.done("show", "EN-001", "--json").json["item"]
    assert isinstance(found, dict)
    assert found["description"] == text
    assert found["owner"] == " ".join(text.split("\n"))
    exported = sample.done("export").raw
    sample.done("import", "-", "--yes", "--db", "second.db", stdin=exported)
    assert sample.done("export", "--db", "second.db").raw == exported


@pytest.mark.parametrize("text", CONTROLS, ids=ascii)
def test_hostile_words_in_a_refusal_are_shown_as_text(sample: Door, text: str) -> None:
    for arguments in (
        ["show", "--", text],
        ["list", "--status", text],
        ["list", "--category", text],
        ["set", "EN-001", "--due-on", text],
        ["set", "EN-001", "--key", text],
        ["export", f"{text}/nowhere.md"],
        ["import", f"{text}.md", "--yes"],
        ["list", "--db", text],
        ["unlink", "--", "EN-001", text],
    ):
        said = sample(*arguments)
        assert said.code == 1, arguments
        assert raw_controls(said.err) == set(), arguments
        # A wrong query is shown below the sentence, and below that what is wrong in it.
        pointed = arguments[0] == "list" and "--db" not in arguments
        assert len(said.err.splitlines()) == (3 if pointed else 1), arguments


def test_an_export_to_stdout_keeps_every_byte(sample: Door) -> None:
    sample.done("set", "EN-001", "--mitigation-plan", "esc \x1b[31m")
    assert b"esc \x1b[31m" in sample.done("export").raw


COMMANDS = commands()
SPOILT = " ".join(SEQUENCES).replace("\u0301" * 10_000, "\u0301" * 50)
"""Every class of what a terminal acts on or hides; an argument cannot hold a NUL."""
PLANTED = (
    *(("list",), ("map",), ("map", "--mermaid"), ("dashboard",), ("register",), ("history",), ("first",), ("trend",)),
    *(("check",), ("accepted",), ("accepted", "--markdown"), ("owners",), ("category",), ("followups",), ("view",)),
    *(("review",), ("review", "list"), ("review", "show"), ("review", "minutes")),
    *(("review", "diff"), ("rule",), ("doctor",), ("verify",), ("path",), ("keys",)),
)
SHOWING = (
    *(("list",), ("map",), ("register",), ("history",), ("category",), ("followups",), ("view",), ("verify",)),
    *(("accepted",), ("accepted", "--markdown"), ("review", "show"), ("review", "minutes")),
)
"""Those that surely have to show some of it."""


def is_readable(said: Said) -> bool:
    """Whether nothing that was written can act on a terminal, nor hide there; JSON may hold any number of marks."""
    text = said.out + said.err
    assert raw_controls(text) <= {"\t"}
    assert "internal error" not in text
    return said.out.startswith("{") or "\u0301" * 5 not in text


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_hostile_words_anywhere_on_the_command_line_are_shown_as_text(words: tuple[str, ...], sample: Door) -> None:
    lines = [[f"--{SPOILT}"], [f"-{SPOILT}"], ["--help", SPOILT], [SPOILT], [SPOILT] * 3, ["EN-001", SPOILT]]
    for parameter in parameters(COMMANDS[words]):
        for option in parameter.opts if parameter.param_type_name == "option" else ():
            lines += [[option, SPOILT, "EN-001", "EN-003"], [f"{option}={SPOILT}"]]
    for line in lines:
        assert is_readable(sample(*words, *line)), line


@pytest.mark.parametrize("name", ["AI_DEBT_DB", "AI_DEBT_ACTOR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TERM", "EDITOR"])
def test_hostile_words_of_the_environment_are_shown_as_text(
    name: str, sample: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, SPOILT)
    for words in (["list"], ["path"], ["keys"], ["doctor"], ["set", "EN-001", "--owner", "x"], ["history"], []):
        assert is_readable(sample(*words)), words


def test_hostile_words_of_the_settings_are_shown_as_text(sample: Door) -> None:
    folder = sample.home / ".config" / "ai-debt"
    folder.mkdir(parents=True)
    name = json.dumps(SPOILT)
    for text in (f"theme = {name}", f"[keys]\n{name} = {name}", f"{name} = 1", SPOILT, "[keys]\n'app.quit' = '\u202e'"):
        (folder / "config.toml").write_text(text, encoding="utf-8")
        assert is_readable(sample("keys"))


def test_hostile_names_of_files_are_shown_as_text(sample: Door) -> None:
    name = SPOILT.replace("/", "-").replace("\u0301", "")[:80]
    (sample.home / name).write_text("no register", encoding="utf-8")
    for words in (["import", name], ["restore", name], ["backup", name], ["export", name], ["--db", name, "list"]):
        assert is_readable(sample(*words)), words
    assert is_readable(sample("export", f"new {name}"))
    assert is_readable(sample("init", "--db", f"{name}.db"))


def test_every_command_that_reads_shows_a_hostile_register_as_text(sample: Door) -> None:
    sample.done("review", "start", "--with", SPOILT, "--title", SPOILT)
    sample.done("followups", "add", f"--owner={SPOILT}", "--", "EN-001", SPOILT)
    accepted = ("--status", "accepted", "--note", SPOILT, "--accepted-by", SPOILT)
    sample.done("add", "--category", "EN", "--severity", "high", "--description", SPOILT, *accepted)
    sample.done("view", "save", SPOILT[:100], "severity:high")
    plant(sample.database)
    keys = [row["key"] for row in sample.done("list", "--json").json["items"]]  # type: ignore[attr-defined]
    for words in (*PLANTED, ("show", "--", keys[0]), ("map", "--", keys[0]), ("history", "--", keys[0])):
        said = sample(*words)
        assert said.code != 2, (words, said.err)
        assert is_readable(said), words
        if words in SHOWING:
            assert "\u241b" in said.out or "<U+" in said.out, words
        seen = sample(*words, columns=120)
        assert not re.search(r"\x1b(?!\[[0-9;]*m)|[\x80-\x9f\u202a-\u202e\u2066-\u2069\u200b]|\x1b\[777", seen.out), (
            words
        )


def test_what_a_library_writes_is_shown_as_text(begun: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def warn() -> str:
        print(SPOILT)
        print(SPOILT, file=sys.stderr)
        return "words"

    monkeypatch.setattr("tui.cli.application.program_version", warn)
    said = begun.done("--version")
    assert is_readable(said)
    assert said.out.count("\u241b") == said.err.count("\u241b") > 0
