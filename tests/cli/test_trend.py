"""`ai-debt trend`: charts at a terminal, tables and JSON elsewhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from store.commands.categories import edit_category
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import add_item, edit_items
from store.db.database import Database
from store.samples import sample_text

if TYPE_CHECKING:
    from tests.cli.door import Door

SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def lived(bare: Door) -> Door:
    """`ai-debt` on the sample that was imported 400 days ago, with changes a year and 50 days ago."""
    clock = [datetime.now(UTC) - timedelta(days=400)]
    with Database.create(bare.database, clock=lambda: clock[0], actor="ana") as db:
        apply_import(db, plan_import(None, sample_text(), path=None))
        clock[0] += timedelta(days=35)
        edit_items(db, ["EN-001"], {"status": "mitigated"})
        edit_category(db, "EN", {"name": "漢字" * 30})
        clock[0] += timedelta(days=315)
        add_item(db, {"category": "EN", "description": "d", "severity": "high"})
    return bare


@pytest.mark.parametrize(("columns", "encoding"), [(20, "utf-8"), (80, "ascii"), (200, "utf-8")])
def test_charts_fit_the_terminal_and_need_no_color(lived: Door, columns: int, encoding: str) -> None:
    for arguments, legend in (
        ([], "mitigated 5"),
        (["--by", "category"], "Boundary Erosion 2"),
        (["--by", "severity"], "H High 6"),
    ):
        said = lived("trend", *arguments, columns=columns, encoding=encoding)
        assert said.code == 0, said.err
        lines = SGR.sub("", said.raw.decode(encoding)).splitlines()
        # What ASCII cannot say is spelled out, whatever the width.
        assert [line for line in lines if cell_len(line) > columns and "<U+" not in line] == []
        assert legend in " ".join(" ".join(lines).split())
    assert SGR.search(lived("trend", columns=80).out)


def test_elsewhere_it_is_a_table_of_the_same_figures(lived: Door) -> None:
    said = lived.done("trend")
    status, flow, ages = (block.splitlines() for block in said.out.strip().split("\n\n"))
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert status[-1].split() == [today, "11", "5", "0"]
    assert flow[0].split()[:4] == ["Month", "Added", "Reopened", "In"]
    assert [line.split()[7] for line in flow[1:]].count("1") == 1
    assert ages[-1].split()[:2] == [today, "6"]
    by = lived.done("trend", "--by", "Severity", "--since", "30d").out.splitlines()
    assert (len(by), by[0].split(), by[-1].split()[1:]) == (32, ["Day", "High", "Medium", "Low"], ["6", "5", "0"])


def test_json_has_the_whole_trend(lived: Door) -> None:
    said = lived.done("trend", "--json").json
    found = said["trend"]
    assert isinstance(found, dict)
    assert found["unit"] == "month"
    last = found["points"][-1]
    assert (last["open"], last["mitigated"], last["accepted"]) == (11, 5, 0)
    assert [(each["severity"], each["open"]) for each in last["severities"]] == [
        ("Critical", 0),
        ("High", 6),
        ("Medium", 5),
        ("Low", 0),
        (None, 0),
    ]
    assert sum(each["open"] for each in last["categories"]) == 11
    assert last["open_high_age"] == {"days": pytest.approx(341.7, abs=0.1), "at_least": True, "items": 6}
    assert sum(month["mitigated"] for month in found["months"]) == 1
    assert [month["time_to_mitigate"]["days"] for month in found["months"] if month["mitigated"]] == [35.0]
    then = lived.done("trend", "--as-of", "300d", "--json").json
    assert then["trend"]["points"][-1]["open"] == 10  # type: ignore[index]
    assert "as_of" in then


def test_nothing_to_draw_is_a_sentence(begun: Door) -> None:
    said = begun.done("trend")
    assert (said.out, said.err) == ("", "all changes are from one day; trends need at least two days\n")
    refused = begun("trend", "--by", "owner")
    assert (refused.code, refused.out) == (1, "")
    assert "unknown grouping 'owner': use one of category, severity" in refused.err
