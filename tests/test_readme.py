"""What the documents show is what the program does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.documented import KEYS, documents, filled
from tests.program import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LINK = re.compile(r"\]\((?!https?://)(?P<target>[^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_commands_print_what_the_document_shows(document: Path, tmp_path: Path) -> None:
    shown = document.read_text(encoding="utf-8")
    assert filled(shown, tmp_path) == shown, "`make docs` writes what the commands print now"


def test_the_readme_shows_commands_and_every_key() -> None:
    readme = ROOT / "README.md"
    assert readme in documents()
    keys = KEYS.search(readme.read_text(encoding="utf-8"))
    assert keys is not None
    assert "Undo my newest change" in keys["body"]


def test_no_command_shown_ends_in_a_traceback() -> None:
    for document in documents():
        assert "Traceback" not in document.read_text(encoding="utf-8"), document.name


def test_links_between_documents_lead_somewhere() -> None:
    for document in (ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")):
        for link in LINK.finditer(document.read_text(encoding="utf-8")):
            assert (document.parent / link["target"]).exists(), f"{document.name} links to {link['target']}"
