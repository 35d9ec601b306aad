"""What is proposed while a query is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.commands.items import edit_items
from store.db.database import Database
from store.errors import QueryError
from store.filters.completion import complete
from store.filters.parser import parse
from store.filters.qualifiers import QUALIFIERS
from tests.counts import count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def proposed(db: Database, text: str) -> list[str]:
    """What a text becomes with each proposal, where | is the cursor."""
    cursor = text.index("|") if "|" in text else len(text)
    typed = text.replace("|", "")
    with db.read() as session:
        found = complete(session, typed, cursor)
    return [typed[: each.start] + each.text + typed[each.end :] for each in found]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("se", ["severity:"]),
        ("flink SEV", ["flink severity:"]),
        ("-comp", ["-component:"]),
        ("sev|xy is:open", ["severity: is:open"]),
        ("hig", ["severity:high"]),
        ("esc", ["is:escalated"]),
        ("severity:", ["severity:critical", "severity:high", "severity:medium", "severity:low", "severity:none"]),
        ("severity:>=h", ["severity:>=high"]),
        ("cri", ["severity:critical"]),
        ("severity:m|edi is:open", ["severity:medium is:open"]),
        ("status:open,", ["status:open,in-progress", "status:open,mitigated", "status:open,accepted"]),
        ("category:e", ["category:EN", "category:BE"]),
        ("owner:", ['owner:"ML Platform"', "owner:Ana", 'owner:"none"', "owner:none"]),
        ("owner:plat", ['owner:"ML Platform"']),
        ('owner:"ml', ['owner:"ML Platform"']),
        ('-owner:ana,"ML P', ['-owner:ana,"ML Platform"']),
        ("component:mdl-s", ["component:MDL-SEARCH"]),
        ("feeds:en-", ["feeds:EN-001", "feeds:EN-002", "feeds:EN-003"]),
        ("key:MS", ["key:MS-001"]),
        ("is:e", ["is:escalated", "is:ended", "is:ending"]),
        ("effort:>=x", ["effort:>=XL"]),
        ("effort:", ["effort:S", "effort:M", "effort:L", "effort:XL", "effort:none"]),
        ("age:", ["age:>30d", "age:>90d", "age:>1y", "age:<7d"]),
        ("changed:<", ["changed:<7d", "changed:<30d"]),
        ("reviewed:n", ["reviewed:never"]),
        ("sort:-s", ["sort:-score", "sort:-severity", "sort:-status", "sort:-share"]),
        ("followup:o", ["followup:open", "followup:overdue"]),
        ("has:f", ["has:followup"]),
        ("foo:x", []),
        ("feeds:\0", []),
        ("age:>3", []),
    ],
)
def test_proposals_go_on_from_what_is_typed(db: Database, text: str, first: list[str]) -> None:
    edit_items(db, ["EN-001", "EN-002"], {"owner": "ML Platform"})
    edit_items(db, ["EN-003"], {"owner": "Ana"})
    edit_items(db, ["DD-001"], {"owner": "none"})
    assert proposed(db, text)[: len(first)] == first
    assert bool(proposed(db, text)) == bool(first)


def test_an_empty_line_proposes_every_qualifier_and_help_says_what_is_found(db: Database) -> None:
    with db.read() as session:
        assert len(complete(session, "", 0)) == len(QUALIFIERS)
        assert complete(session, "status:", 7)[0].help == "11 items"
        assert complete(session, "category:FL", 11)[0].help == "Hidden Feedback Loops, 3 items"
        assert complete(session, "component:amber", 15)[0].help == "4 items"
        assert complete(session, "key:EN-001", 10)[0].help == "Feature Entanglement (Flink windowing)"
        assert complete(session, "is:roo", 99)[0].help == "open, and fed by no other open item"


@pytest.fixture(scope="module")
def one(sample_register: Path) -> Iterator[Database]:
    """The sample, for many questions."""
    with Database.open(sample_register, actor="ana") as opened:
        yield opened


@settings(max_examples=count(60, 20_000), deadline=None)
@given(text=st.text(alphabet='aemnorsw:,"-<\\* ', max_size=16), cursor=st.integers(0, 17))
def test_what_is_proposed_can_be_read(one: Database, text: str, cursor: int) -> None:
    with one.read() as session:
        found = complete(session, text, cursor)
    for each in found:
        assert 0 <= each.start <= each.end <= len(text)
        if not each.text.endswith(":"):
            name = text[: each.start].rpartition(" ")[2].lstrip("-").partition(":")[0]
            try:
                parse(each.text if ":" in each.text.partition('"')[0] else f"{name}:{each.text}")
            except QueryError as error:
                raise AssertionError(f"{text!r} proposes {each.text!r}") from error
