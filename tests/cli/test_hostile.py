"""Text that would act on a terminal, a shell of markup or a table, in every field and every command."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.door import Door

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
