"""`ai-debt verify`: what it says, and its exit codes."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.door import Door


def test_a_register_that_holds_says_so_with_its_head(sample: Door) -> None:
    said = sample.done("verify")
    head = sample.done("list", "--json").json["head"]
    assert isinstance(head, dict)
    assert said.lines == [
        f"Verified: {head['sequence']} changes match the data.",
        f"Head: {head['digest']}, change {head['sequence']}.",
    ]
    assert re.fullmatch("[0-9a-f]{64}", head["digest"])


def test_what_is_wrong_is_named_and_exits_3(sample: Door) -> None:
    with closing(sqlite3.connect(sample.database)) as connection, connection:
        connection.execute("UPDATE item SET owner = 'mallory' WHERE key = 'EN-001'")
    said = sample("verify")
    assert said.code == 3
    assert said.lines[0].startswith("Owner of EN-001 is 'mallory', but change ")
    found = sample("verify", "--json")
    assert found.code == 3
    assert [each["key"] for each in found.json["findings"]] == ["EN-001"]


def test_a_head_that_was_noted_is_still_there_after_more_changes(sample: Door) -> None:
    head = sample.done("verify", "--json").json["head"]["digest"]
    sample.done("set", "EN-001", "--status", "mitigated")
    assert sample.done("verify", "--head", head[:12]).code == 0
    said = sample("verify", "--head", "0123456789abcdef")
    assert said.code == 3
    assert "changes were removed or rewritten since it was noted" in said.lines[0]


def test_a_head_that_is_no_digest_is_a_wrong_use(sample: Door) -> None:
    for typed in ("1234567", "", "x" * 8, "0" * 65):
        said = sample("verify", "--head", typed)
        assert said.code == 2
        assert "8 to 64 hexadecimal digits" in said.err
