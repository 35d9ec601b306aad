"""Views: the built-in ones and those that people save, each with what it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.audit.undo import undo
from store.commands.saved_queries import edit_query, remove_query, save_query
from store.enums import SavedKind
from store.errors import ConflictError, InvalidValueError, NotFoundError, QueryError
from store.filters.ast import ItemFilter
from store.filters.parser import parse
from store.queries import overview as overview_queries
from store.queries.flags import unknown_keys
from store.queries.items import page
from tests.store.policies import save_unchecked

if TYPE_CHECKING:
    from store.db.database import Database
    from store.queries.overview import ViewRow


def shown(db: Database) -> dict[str, ViewRow]:
    """Every view by its name."""
    with db.read() as session:
        return {row.name: row for row in overview_queries.views(session)}


def test_every_view_is_counted_as_a_list_of_it_would_be(db: Database) -> None:
    save_query(db, SavedKind.VIEW, "Wide", "share:>10%")
    save_unchecked(db, SavedKind.VIEW, "Of tomorrow", "mood:good")
    rows = shown(db)
    assert list(rows) == [*(row.name for row in overview_queries.BUILT_IN_VIEWS), "Wide", "Of tomorrow"]
    assert [row.built_in for row in rows.values()] == [True] * 8 + [False] * 2
    with db.read() as session:
        for row in list(rows.values())[:-1]:
            assert overview_queries.view(session, row.name.upper()) == parse(row.query)
            assert row.items == page(session, ItemFilter(parse(row.query))).total
            assert row.unknown == len(unknown_keys(session, parse(row.query)))
        with pytest.raises(QueryError, match="unknown qualifier 'mood'"):
            overview_queries.view(session, "Of tomorrow")
    assert rows["High and open"].items == 6
    assert rows["Wide"].unknown
    last = rows["Of tomorrow"]
    assert (last.items, last.unknown) == (None, None)
    assert "unknown qualifier 'mood'" in last.problem


def test_a_view_is_edited_in_one_step_or_not_at_all(db: Database, bo: Database) -> None:
    save_query(db, SavedKind.VIEW, "Mine", "owner:ana")
    seen = {"name": "Mine", "query": "owner:ana"}
    edit_query(bo, SavedKind.VIEW, "Mine", {"query": "owner:bo"})
    with pytest.raises(ConflictError, match="bo changed query of Mine to 'owner:bo'"):
        edit_query(db, SavedKind.VIEW, "Mine", {"name": "Ours", "query": "owner:none"}, before=seen)
    assert shown(db)["Mine"].query == "owner:bo"
    done = edit_query(
        db, SavedKind.VIEW, "Mine", {"name": "Ours", "query": "owner:none"}, before=seen | {"query": "owner:bo"}
    )
    assert done.message == "Changed view Ours"
    assert "Mine" not in shown(db)
    assert undo(db).message == "Undid: Ours edit"
    assert shown(db)["Mine"].query == "owner:bo"
    assert edit_query(db, SavedKind.VIEW, "mine", {"query": "owner:bo"}).batch is None
    save_query(db, SavedKind.VIEW, "Other", "owner:none")
    with pytest.raises(InvalidValueError, match="there is already a view Other"):
        edit_query(db, SavedKind.VIEW, "Mine", {"name": "OTHER"})
    with pytest.raises(QueryError):
        edit_query(db, SavedKind.VIEW, "Mine", {"query": "severity:"})
    remove_query(bo, SavedKind.VIEW, "Mine")
    with pytest.raises(NotFoundError, match="unknown view Mine: use one of Other"):
        edit_query(db, SavedKind.VIEW, "Mine", {"query": "owner:none"})
    undo(bo)
    assert "Mine" in shown(db)


def test_built_in_views_stay_as_they_are(db: Database) -> None:
    save_query(db, SavedKind.VIEW, "Mine", "owner:ana")
    for change in (
        lambda: save_query(db, SavedKind.VIEW, "fix first", "owner:ana"),
        lambda: edit_query(db, SavedKind.VIEW, "Open", {"query": "owner:ana"}),
        lambda: edit_query(db, SavedKind.VIEW, "Mine", {"name": " OPEN "}),
        lambda: remove_query(db, SavedKind.VIEW, "No owner"),
    ):
        with pytest.raises(InvalidValueError, match="is a built-in view and cannot be changed"):
            change()
    with pytest.raises(QueryError):
        save_query(db, SavedKind.VIEW, "Other", "severity:hgh")
    assert [name for name, row in shown(db).items() if not row.built_in] == ["Mine"]
