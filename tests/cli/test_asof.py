"""`--as-of`: what the reading commands print of another day."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import edit_items
from store.db.database import Database
from store.samples import sample_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.door import Door


@pytest.fixture
def lived(bare: Door, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Door:
    """`ai-debt` on the sample that was imported 100 days ago, with a change 50 days ago."""
    clock = [datetime.now(UTC) - timedelta(days=100)]
    with Database.create(bare.database, clock=lambda: clock[0], actor="ana") as db:
        apply_import(db, plan_import(None, sample_text(), path=None))
        clock[0] += timedelta(days=50)
        edit_items(db, ["EN-001"], {"status": "mitigated"})
    (tmp_path / "throw-away").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "throw-away"))
    return bare


def ago(days: int) -> str:
    return f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d}"


def test_every_read_is_of_the_day_and_says_so(lived: Door, tmp_path: Path) -> None:
    day = ago(60)
    for command, shown in (
        ("list key:EN-001", '"status": "Open"'),
        ("show EN-001", '"status": "Open"'),
        ("dashboard", '"open": 11'),
        ("first", '"unresolved": 11'),
        ("map", '"key": "EN-001"'),
        ("accepted", '"accepted": []'),
        ("owners", '"open": 11'),
    ):
        said = lived.done(*command.split(), "--as-of", day, "--json")
        assert said.err == f"as of {day} (rebuilt from the trail)\n"
        assert shown in said.out
        assert said.json["as_of"] == f"{day}T23:59:59+00:00"
    assert "40+ days" in lived.done("show", "EN-001", "--as-of", day).out
    assert list((tmp_path / "throw-away").iterdir()) == []
    now = lived.done("show", "EN-001", "--json").json
    assert "as_of" not in now
    assert now["head"]["sequence"] > said.json["head"]["sequence"]  # type: ignore[index]


def test_what_is_no_day_of_the_register_is_refused(lived: Door) -> None:
    early, wrong = lived("list", "--as-of", "200d"), lived("list", "--as-of", "soon")
    assert (early.code, wrong.code, early.out, wrong.out) == (1, 1, "", "")
    assert "the register was created on" in early.err
    assert "'soon' is not a date or a span of time" in wrong.err


def test_nothing_is_written_into_the_past(lived: Door) -> None:
    said = lived("check", "--record", "--as-of", ago(60))
    assert said.code == 1
    assert f"this is the register as of {ago(60)}" in said.err
    assert lived("check", "--as-of", ago(60), "--quiet").code in (0, 3)
