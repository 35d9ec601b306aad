"""The links of an item: how they are found in a text, typed, stored, exported, and left alone in older documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.audit.undo import undo
from store.audit.verify import verify
from store.commands.items import edit_items
from store.db.database import Database
from store.errors import InvalidValueError
from store.fields import FIELDS
from store.formats.document.reader import read
from store.formats.document.writer import write
from store.formats.links import Link, check_links, links_in, links_text, why_not_a_link, with_links
from store.formats.register_json import read_json, write_json
from tests.store.asking import content, exported, item, trail
from tests.store.importing import plan, take
from tests.store.releases import rebuild

if TYPE_CHECKING:
    from pathlib import Path

    from store.formats.document.model import Register

RUNBOOK = "https://wiki.example/drift"
BOARD = "https://grafana.example/d/1"
DOCUMENT = f"""\
# Debt

## Pipelines

| ID | Description | Severity | Links | Status |
|----|-------------|----------|-------|--------|
| PD-1 | Jobs fail in silence | High | [Runbook]({RUNBOOK}), {BOARD} | Open |
| PD-2 | Two jobs do the same | Low | see the wiki | Open |
| PD-3 | No one knows this job | Low |  | Open |
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (RUNBOOK, [("", RUNBOOK)]),
        (f"Runbook {RUNBOOK}", [("Runbook", RUNBOOK)]),
        (f"The runbook: {RUNBOOK}; Board - {BOARD}", [("The runbook", RUNBOOK), ("Board", BOARD)]),
        (f"- Runbook: <{RUNBOOK}>\n- {BOARD}", [("Runbook", RUNBOOK), ("", BOARD)]),
        (
            f"[Runbook]({RUNBOOK}), [**Board** \\[1\\]](<{BOARD}> 'of drift')",
            [("Runbook", RUNBOOK), ("Board [1]", BOARD)],
        ),
        (f"[a]({RUNBOOK}) and {RUNBOOK}", [("a", RUNBOOK)]),
        ("(see https://x.example/a_(b)).", [("see", "https://x.example/a_(b)")]),
        ("[b](https://x.example/a_(b)?q=1;2)", [("b", "https://x.example/a_(b)?q=1;2")]),
        (
            "https://x.example/?a=1;b=2; https://y.example/.",
            [("", "https://x.example/?a=1;b=2"), ("", "https://y.example/")],
        ),
        ("HTTPS://X.example/A", [("", "HTTPS://X.example/A")]),
        ("\u6f22\u5b57 https://x.example/\u6f22\u5b57", [("\u6f22\u5b57", "https://x.example/\u6f22\u5b57")]),
        ("see the wiki, or ftp://x.example and javascript:alert(1)", []),
        ("[x](javascript:alert('https://x.example'))", [("[x](javascript:alert('", "https://x.example")]),
        ("https://user:word@x.example/ https://", []),
        ("https://x.example/\u202egnp.exe", []),
        ("", []),
    ],
)
def test_links_are_found_in_a_text(text: str, found: list[tuple[str, str]]) -> None:
    assert [tuple(link) for link in links_in(text)] == found


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "Runbook", "ML-42", "\u6f22 b"]), st.sampled_from("abcdef")),
        unique_by=lambda e: e[1],
    )
)
def test_what_is_written_is_found(made: list[tuple[str, str]]) -> None:
    links = tuple(Link(label, f"https://x.example/{path}?q=(1)") for label, path in made)
    assert links_in(links_text(links)) == links
    typed = "; ".join(links_text(links).split("\n"))
    check_links("links", typed)
    assert links_in(typed) == links


@given(st.text(alphabet="[]()<>\\ \n;:/.ahtps\u202e\"'", max_size=200))
def test_any_text_can_be_looked_through(text: str) -> None:
    for link in links_in(text):
        assert why_not_a_link(link.url) is None
        assert link.url in text


def test_a_long_text_is_looked_through_in_time_that_grows_with_it() -> None:
    for text in ("[" * 60_000, "[a](" * 15_000, "https://" * 8_000, "[a](https://x.example/(" * 2_500, "(" * 60_000):
        assert links_in(text) == links_in(text)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("see the wiki", "'see the wiki' has no http or https link"),
        (f"{RUNBOOK}; Ticket ML-42", "'Ticket ML-42' has no http or https link"),
        (f"{RUNBOOK}\nftp://x.example", "'ftp://x.example' has no http or https link"),
        ("Board https://ana:secret@x.example/", "the link 'Board' has a user name or password"),
        ("https://x.example/" + "a" * 4_000, "a link has 4,018 characters"),
        ("http:///x", "a link is not an http or https URL"),
        ("http://[x", "a link is not a URL"),
        ("https://x.example/\u200bb", "a link has a space or a control character"),
    ],
)
def test_what_is_typed_has_only_links(typed: str, says: str) -> None:
    with pytest.raises(InvalidValueError) as raised:
        FIELDS["links"].check_typed(typed)
    assert raised.value.what == says
    assert "secret" not in str(raised.value)


def test_links_are_added_once() -> None:
    assert with_links("", f"Board {BOARD}") == f"Board {BOARD}"
    assert with_links(f"[Runbook]({RUNBOOK})", f"{RUNBOOK}; Board {BOARD}") == f"[Runbook]({RUNBOOK})\nBoard {BOARD}"


def test_they_are_a_field_with_history_and_undo(db: Database) -> None:
    before = exported(db)
    edit_items(db, ["EN-001"], {"links": f"Runbook {RUNBOOK}"})
    assert item(db, "EN-001").found_links == (Link("Runbook", RUNBOOK),)
    change = trail(db, "EN-001")[0]
    assert (change.field, change.before, change.after) == ("links", None, f"Runbook {RUNBOOK}")
    assert exported(db) == before, "the document has no place for them"
    assert verify(db) == ()
    undo(db)
    assert item(db, "EN-001").links is None


def registered(text: str) -> Register:
    register = read(text).register
    assert register is not None
    return register


def test_a_column_holds_them_as_they_are_written() -> None:
    register = registered(DOCUMENT)
    assert [each.links for each in register.items] == [f"[Runbook]({RUNBOOK}), {BOARD}", "see the wiki", None]
    first, second, third = register.items
    changed = (
        first._replace(origin="PD-1", owner="bo"),
        second._replace(origin="PD-2", links=f"Board {BOARD}\n{RUNBOOK}?a|b"),
        third._replace(origin="PD-3", links=RUNBOOK),
    )
    written = write(register._replace(items=changed), template=DOCUMENT)
    assert f"| PD-1 | Jobs fail in silence | High | [Runbook]({RUNBOOK}), {BOARD} | bo | Open |" in written
    assert f"| PD-2 | Two jobs do the same | Low | Board {BOARD}<br>{RUNBOOK}?a\\|b |  | Open |" in written
    assert f"| PD-3 | No one knows this job | Low | {RUNBOOK} |  | Open |" in written
    assert [each.links for each in registered(written).items] == [each.links for each in changed]


def test_a_new_document_has_a_column_for_them() -> None:
    register = registered(DOCUMENT)
    assert f"| [Runbook]({RUNBOOK}), {BOARD} |" in write(register)
    assert [each.links for each in registered(write(register)).items] == [each.links for each in register.items]


def test_other_columns_stay_extra() -> None:
    (first, *_) = registered(DOCUMENT.replace("Links", "Ticket")).items
    assert first.links is None
    assert dict(first.extra) == {"Ticket": f"[Runbook]({RUNBOOK}), {BOARD}"}


def test_an_edit_on_both_sides_is_a_conflict(db: Database) -> None:

    take(db, DOCUMENT)
    edit_items(db, ["PD-1"], {"links": BOARD})
    found = plan(db, DOCUMENT.replace(BOARD, f"{BOARD}2"))
    assert [(each.key, each.field) for each in found.conflicts] == [("PD-1", "links")]


def test_json_has_each_link_and_the_text() -> None:
    register = registered(DOCUMENT)
    first, second, third = json.loads(write_json(register))["items"]
    assert first["links"] == [{"label": "Runbook", "url": RUNBOOK}, {"label": "", "url": BOARD}]
    assert (second["links"], second["links_text"]) == ([], "see the wiki")
    assert (third["links"], third["links_text"]) == ([], None)
    again = read_json(write_json(register)).register
    assert again is not None
    assert [each.links for each in again.items] == [each.links for each in register.items]


def one_item(**fields: object) -> str:
    whole = {
        "schema": 1,
        "register": {"title": "Debt"},
        "categories": [{"code": "PD", "name": "Pipelines"}],
        "items": [{"key": "PD-1", "category": "PD", **fields}],
    }
    return json.dumps(whole)


def test_json_without_the_text_makes_one() -> None:
    reading = read_json(one_item(links=[{"label": "Runbook", "url": RUNBOOK}, {"url": BOARD}], links_text="old"))
    assert reading.register is not None
    assert reading.register.items[0].links == f"Runbook {RUNBOOK}\n{BOARD}"


@pytest.mark.parametrize(
    ("links", "says"),
    [
        ("x", "items[0].links: is not a list"),
        (["x"], "items[0].links[0]: is not an object"),
        ([{"label": "x"}], 'items[0].links: the URL "" is not an http or https URL'),
        ([{"url": "javascript:alert(1)"}], 'items[0].links: the URL "javascript:alert(1)" is not an http or https URL'),
        ([{"url": 7}], "items[0].links[0].url: is not a string"),
    ],
)
def test_json_with_other_links_is_refused(links: object, says: str) -> None:
    assert says in [problem.what for problem in read_json(one_item(links=links)).problems]


def test_a_document_that_was_imported_before_there_were_links_keeps_its_column(tmp_path: Path) -> None:
    with Database.open(rebuild("0006", tmp_path / "register.db"), actor="bo") as db:
        before, text = content(db), exported(db)
        kept = dict(item(db, "BE-002").extra)
        assert kept["Links"] == "see the wiki"
        edit_items(db, ["BE-002", "BE-010"], {"links": BOARD})
        assert exported(db) == text
        assert dict(item(db, "BE-002").extra) == kept
        assert [each.extra for each in content(db).items] == [each.extra for each in before.items]
        take(db, text.replace("see the wiki", "see the page"))
        assert dict(item(db, "BE-002").extra)["Links"] == "see the page"
        assert item(db, "BE-002").links == BOARD
        assert verify(db) == ()
