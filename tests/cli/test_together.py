"""Scripts and people at one register: what was read before is held against what is there now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.categories import edit_category
from store.commands.items import accept, edit_items, set_status
from store.db.database import Database
from store.enums import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.door import Door


def bo(door: Door) -> Database:
    """The register in bo's hands."""
    return Database.open(door.database, actor="bo")


def test_was_refuses_what_somebody_changed_since(sample: Door) -> None:
    with bo(sample) as other:
        accept(other, ["EN-001"], rationale="cheaper", by="bo", until=None)
    refused = sample("set", "en-001", "--status", "mitigated", "--was", "status=open")
    assert refused.code == 1
    assert "bo changed status of EN-001 to 'Accepted' while you were editing" in refused.err
    assert sample.done("set", "EN-001", "--status", "mitigated", "--was", "status=accepted").err == (
        "EN-001: Mitigated; cleared its note 'cheaper' and its acceptance by bo (`ai-debt undo` restores it).\n"
    )


def test_was_holds_fields_that_are_not_set_too(sample: Door) -> None:
    sample.done("set", "EN-001", "--extra", "Ticket=ML-1", "--due-on", "2099-06-30")
    with bo(sample) as other:
        edit_items(other, ["EN-001"], {"extra.Ticket": "ML-2"})
    same = ("--was", "due-on=2099-06-30", "--was", "due_on=2099-06-30", "--was", "owner=")
    refused = sample("set", "EN-001", "--owner", "MLP", *same, "--was", "extra.Ticket=ML-1")
    assert refused.code == 1
    assert "bo changed extra of EN-001" in refused.err
    sample.done("set", "EN-001", "--owner", "MLP", *same, "--was", "extra.Ticket=ML-2")


def test_what_is_there_already_is_no_refusal(sample: Door) -> None:
    with bo(sample) as other:
        set_status(other, ["EN-001"], Status.MITIGATED)
    done = sample.done("set", "EN-001", "--status", "mitigated", "--was", "status=open")
    assert done.err == "Nothing changed.\n"


@pytest.mark.parametrize("was", ["status", "color=red", "=open", "status=sunny"])
def test_was_says_what_it_takes(sample: Door, was: str) -> None:
    refused = sample("set", "EN-001", "--owner", "MLP", "--was", was)
    assert refused.code == 1
    assert "FIELD=VALUE" in refused.err or "unknown status" in refused.err


@pytest.mark.parametrize(
    ("arguments", "meanwhile", "said"),
    [
        (
            ("remove", "EN-001"),
            lambda db: set_status(db, ["EN-001"], Status.MITIGATED),
            "bo changed status of EN-001 since you looked at it",
        ),
        (
            ("category", "remove", "SD"),
            lambda db: edit_category(db, "SD", {"name": "Serving debt"}),
            "bo changed name of SD since you looked at it",
        ),
    ],
)
def test_what_was_shown_is_carried_across_the_question(
    sample: Door,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    meanwhile: Callable[[Database], object],
    said: str,
) -> None:
    from tui.cli import output

    sample.done("category", "add", "SD", "Serving")

    def ask(question: str) -> bool:
        assert "Remove" in question
        with bo(sample) as other:
            meanwhile(other)
        return True

    monkeypatch.setattr(output, "can_ask", lambda: True)
    monkeypatch.setattr(output, "ask", ask)
    refused = sample(*arguments)
    assert refused.code == 1
    assert said in refused.err


def test_history_by_whom_and_since_when(sample: Door) -> None:
    with bo(sample) as other:
        set_status(other, ["EN-001"], Status.MITIGATED)
    sample.done("set", "EN-002", "--owner", "MLP")
    own = sample.done("history", "--by", "BO").lines
    assert len(own) == 2
    assert own[1].endswith("set the status of EN-001 from Open to Mitigated")
    assert len(sample.done("history", "--since", "1h", "--by", "bo").lines) == 2
    assert sample.done("history", "--since", "2999-01-01").err == "no change matches\n"
    assert sample.done("history", "EN-001", "--since", "2999-01-01").err == "no change matches\n"
    assert [row["actor"] for row in sample.done("history", "--by", "bo", "--json").json["changes"]] == ["bo"]
    assert sample("history", "EN-999", "--since", "1h").code == 1
    refused = sample("history", "--since", "soon")
    assert refused.code == 1
    assert "'soon' is not a date or a span of time: write it like" in refused.err
