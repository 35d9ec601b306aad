"""What the documents show is what the program does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from docs.make_shots import SHOTS
from tests.documented import Shell, documents, filled
from tests.program import ROOT
from tui.commands import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"
LINK = re.compile(r"\]\((?!https?://)(?P<target>[^)#]+)(?:#[^)]*)?\)")

FAILING = {
    "dates.md": {
        "ai-debt set EN-001 --due-on 03/04/2099": 1,
        "ai-debt set EN-001 --due-on 2020-01-31": 1,
        "ai-debt set EN-001 --due-on soon": 1,
    },
    "documents-as-code.md": {
        "ai-debt lint debt.md": 3,
        "ai-debt merge-file debt.md ours.md theirs.md --path debt.md": 1,
    },
    "filter.md": {
        "ai-debt list status:open sverity:high": 1,
        "ai-debt list feeds:EN-01": 1,
        "ai-debt view save Open status:open": 1,
    },
    "governance.md": {"ai-debt check": 3, "ai-debt set FL-003 --status accepted": 1},
    "time.md": {"ai-debt list --as-of soon": 1},
}
"""The commands shown that end with another exit code than 0."""


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_commands_print_what_the_document_shows(document: Path, tmp_path: Path) -> None:
    shown = document.read_text(encoding="utf-8")
    shell = Shell(tmp_path)
    assert filled(shown, shell) == shown, "`make docs` writes what the commands print now"
    assert shell.failed == FAILING.get(document.name, {})


def test_the_readme_is_short_and_the_keys_page_is_whole() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 160
    keys = (ROOT / "docs" / "keys.md").read_text(encoding="utf-8")
    assert {ROOT / "README.md", ROOT / "docs" / "keys.md"} <= set(documents())
    assert [each.id for each in COMMANDS if f"| `{each.id}` |" not in keys] == []


def test_the_picture_of_a_review_moves_without_scripts_and_is_whole() -> None:
    shot = next(shot for shot in SHOTS if shot.name == "review.svg")
    frames = [step.caption for step in shot.steps if step.caption]
    text = (ROOT / "docs" / shot.name).read_text(encoding="utf-8")
    picture = ElementTree.fromstring(text)
    texts = ["".join(each.itertext()) for each in picture.iter(f"{SVG}text")]
    assert [caption for caption in frames if caption not in texts] == []
    used = {element.tag.removeprefix(SVG) for element in picture.iter()}
    assert used == {"svg", "title", "style", "rect", "g", "text"}
    assert "http" not in text.replace(SVG[1:-1], "")
    assert len(text) < 250_000
    for number in range(len(frames)):
        spans = (map(int, each.attrib["class"][1:].split("-")) for each in picture.iter(f"{SVG}g"))
        assert any(start <= number < end for start, end in spans)
    assert f"(docs/{shot.name})" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_index_links_to_every_document() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert [path.name for path in (ROOT / "docs").glob("*.md") if f"({path.name})" not in index] == ["index.md"]


def test_no_command_shown_ends_in_a_traceback() -> None:
    for document in documents():
        assert "Traceback" not in document.read_text(encoding="utf-8"), document.name


def test_links_between_documents_lead_somewhere() -> None:
    for document in (ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")):
        for link in LINK.finditer(document.read_text(encoding="utf-8")):
            assert (document.parent / link["target"]).exists(), f"{document.name} links to {link['target']}"
