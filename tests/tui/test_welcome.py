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
        for words in ("import a file", "load the sample", "new register"):
            assert words in ana.text
        assert f"It will be stored in {missing}" in ana.sentences
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
        assert "7 categories, 15 items, 7 dependencies, 4 cadence entries" in ana.text
        assert not is_there(missing.parent)
        await ana.press("y")
        assert "11 open · 4 mitigated" in ana.rows[0]
        assert ana.facts().document_path == str(tmp_path / "debt.md")
        await ana.press("x")
        assert ana.field == str(tmp_path / "debt.md")


async def test_a_file_that_is_no_text_is_refused_in_the_form_and_makes_nothing(missing: Path, tmp_path: Path) -> None:
    file = tmp_path / "debt.md"
    async with seat(missing, (100, 30), named=False) as ana:
        await ana.press("i")
        await ana.type(str(file))
        await ana.press("ctrl+s")
        assert "does not exist" in ana.text
        file.write_bytes(b"\xff")
        await ana.press("ctrl+s")
        assert "ctrl+s import" in ana.text
        assert "debt.md" in ana.text
        assert not is_there(missing.parent)


@pytest.mark.parametrize("data", [b"", b"# No register", sample_text().replace("| BE-002 |", "| BE-001 |", 1).encode()])
async def test_the_preview_names_every_problem_and_makes_nothing(missing: Path, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "debt.md"
    async with seat(missing, (100, 30), named=False) as ana:
        file.write_bytes(data + b"\n| ID | Severity |\n|---|---|\n| EN-001 | High |\n| EN-001 | Low |\n")
        await ana.press("i")
        await ana.type(str(file))
        await ana.press("ctrl+s")
        assert "Problems, nothing can be imported" in ana.text
        assert "line " in ana.text
        await ana.press("y")
        assert "Problems, nothing can be imported" in ana.text
        await ana.press("escape")
        assert "load the sample" in ana.text
        assert not is_there(missing.parent)
        file.write_text(sample_text(), encoding="utf-8")
        await ana.press("i")
        await ana.type(str(file))
        await ana.press("ctrl+s", "y")
        assert "11 open · 4 mitigated" in ana.rows[0]


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_leaving_the_preview_returns_to_the_welcome(missing: Path, tmp_path: Path, key: str) -> None:
    (tmp_path / "debt.md").write_text(sample_text(), encoding="utf-8")
    async with seat(missing, named=False) as ana:
        await ana.press("i")
        await ana.type(str(tmp_path / "debt.md"))
        await ana.press("ctrl+s", key)
        assert "load the sample" in ana.text
        assert not is_there(missing.parent)
        await ana.press("s")
        assert "11 open · 4 mitigated" in ana.rows[0]


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_a_directory_that_cannot_be_made_is_a_sentence_and_the_welcome_stays(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    blocked = tmp_path / "data"
    blocked.write_text("not a directory", encoding="utf-8")
    file = tmp_path / "debt.md"
    file.write_text(sample_text(), encoding="utf-8")
    async with seat(blocked / "ai-debt" / "register.db", size, named=False) as ana:
        for keys in (("s",), ("i", *str(file), "ctrl+s", "y")):
            await ana.press(*keys)
            error = ana.app.screen.query_one(".error")
            assert f"cannot create a directory in {blocked} (Not a directory): check" in str(error.render())
            assert "cannot create a directory in" in ana.text
        await ana.press("n")
        assert str(ana.app.screen_stack[-2].query_one(".error").render()) == ""
        await ana.press("ctrl+s")
        assert f"cannot create a directory in {blocked}" in str(ana.app.screen.query_one(".refusal").render())
        await ana.press("escape")
        # What was in the way is gone.
        blocked.unlink()
        await ana.press("s")
        assert "11 open" in ana.rows[0]


async def test_the_key_bar_says_how_to_leave(missing: Path) -> None:
    async with seat(missing, (40, 12), named=False) as ana:
        assert "Esc leave" in ana.rows[-1]


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
    assert "no register at" in said
    assert "ai-debt init" in said
    assert not is_there(missing)


async def test_a_file_that_is_no_register_ends_with_a_sentence(tmp_path: Path) -> None:
    other = tmp_path / "notes.db"
    other.write_text("not a database, but long enough to have been one" * 20, encoding="utf-8")
    async with seat(other) as ana:
        assert ana.app.return_code == 1
        said = "".join(str(part) for part in ana.app._exit_renderables)
    assert "notes.db" in said
