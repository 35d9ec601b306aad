"""The first start: import a file, load the sample, begin a new register, or leave without a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.samples import sample_text
from tests.tui.screen import is_there, mode, seat

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def missing(tmp_path: Path) -> Path:
    """A default path on which nothing is yet."""
    return tmp_path / "data" / "ai-debt" / "register.db"


async def test_it_says_what_there_is_to_do_and_where_it_will_be(missing: Path) -> None:
    async with seat(missing, (120, 30), named=False) as ana:
        for words in ("import a file", "load the sample", "begin a new register"):
            assert words in ana.text
        assert f"It will be kept in {missing}" in ana.sentences
        assert not missing.parent.exists()


async def test_the_sample(missing: Path) -> None:
    async with seat(missing, named=False) as ana:
        await ana.press("s")
        assert "11 open · 4 mitigated" in ana.rows[0]
        assert ana.summary().total.counts.total == 15
        assert mode(missing) == 0o600
        await ana.choose("EN-001")
        await ana.press("m")
        assert "10 open" in ana.rows[0]


async def test_a_file(missing: Path, tmp_path: Path) -> None:
    (tmp_path / "debt.md").write_text(sample_text(), encoding="utf-8")
    async with seat(missing, named=False) as ana:
        await ana.press("i")
        await ana.type(str(tmp_path / "debt.md"))
        await ana.press("ctrl+s")
        assert "11 open · 4 mitigated" in ana.rows[0]
        assert ana.facts().document_path == str(tmp_path / "debt.md")
        await ana.press("x")
        assert ana.field == str(tmp_path / "debt.md")


async def test_a_broken_file_is_refused_in_the_form_and_makes_nothing(missing: Path, tmp_path: Path) -> None:
    file = tmp_path / "debt.md"
    async with seat(missing, (100, 30), named=False) as ana:
        await ana.press("i")
        await ana.type(str(file))
        await ana.press("ctrl+s")
        assert "there is no file" in ana.text
        for data in (b"", b"# No register", b"\xff", sample_text().replace("| High |", "| Huge |", 1).encode()):
            file.write_bytes(data)
            await ana.press("ctrl+s")
            assert "ctrl+s import" in ana.text
            assert "debt.md" in ana.text
            assert not is_there(missing)
        assert "Huge" in ana.text
        file.write_text(sample_text(), encoding="utf-8")
        await ana.press("ctrl+s")
        assert "11 open · 4 mitigated" in ana.rows[0]


async def test_a_new_register(missing: Path) -> None:
    async with seat(missing, named=False) as ana:
        await ana.press("n")
        await ana.fill("")
        await ana.press("ctrl+s")
        assert "title is empty" in ana.text
        await ana.type("Our debt")
        await ana.press("tab")
        await ana.type("Payments")
        await ana.press("ctrl+s")
        assert "Payments" in ana.rows[0]
        assert "no items" in ana.rows[0]
        facts = ana.facts()
        assert (facts.title, facts.system) == ("Our debt", "Payments")
        assert len(ana.summary().categories) == 7
        await ana.press("n")
        await ana.to("description")
        await ana.type("First debt.")
        await ana.press("ctrl+s")
        assert ana.stored_keys() == ["BE-001"]
        assert "1 open" in ana.rows[0]


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_leaving_makes_nothing(missing: Path, key: str) -> None:
    async with seat(missing, named=False) as ana:
        ana.send(key)
        await ana.calm()
        assert ana.app.return_code == 0
    assert not is_there(missing)


async def test_a_path_that_was_named_must_be_there(missing: Path) -> None:
    async with seat(missing) as ana:
        assert ana.app.return_code == 1
        said = "".join(str(part) for part in ana.app._exit_renderables)
    assert "there is no register at" in said
    assert "ai-debt init" in said
    assert not is_there(missing)


async def test_a_file_that_is_no_register_ends_with_a_sentence(tmp_path: Path) -> None:
    other = tmp_path / "notes.db"
    other.write_text("not a database, but long enough to have been one" * 20, encoding="utf-8")
    async with seat(other) as ana:
        assert ana.app.return_code == 1
        said = "".join(str(part) for part in ana.app._exit_renderables)
    assert "notes.db" in said
