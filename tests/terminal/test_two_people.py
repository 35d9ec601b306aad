"""Two dashboards on one file, each on a separate terminal: what one does, the other sees, and nothing is lost."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from store.db.database import Database
from store.enums import Status
from store.queries import items as item_queries
from tests.program import PROGRAM, environment, user
from tests.terminal.harness import Terminal

if TYPE_CHECKING:
    from pathlib import Path


def sit_down(home: Path, path: Path, name: str) -> Terminal:
    """Someone's dashboard."""
    env = environment(home, TERM="xterm-256color", AI_DEBT_ACTOR=name)
    # So wide that no name of a user is cut short or wraps.
    return Terminal([*PROGRAM, "--db", str(path)], env=env, cwd=home, size=(220, 44))


def test_two_people_edit_one_item(sample_copy: Path, tmp_path: Path) -> None:
    me = user()
    with ExitStack() as stack:
        ana, bo = (stack.enter_context(sit_down(tmp_path, sample_copy, name)) for name in ("ana", "bo"))
        for person in (ana, bo):
            person.wait_for("1 of 15")
            person.press("j", "j")
            person.wait_for("3 of 15")
        bo.press("p")
        bo.wait_for("EN-001: In Progress")
        ana.wait_for(f"◂ {me} (bo)")
        ana.wait_for("1 in progress")
        ana.wait_for(f"with {me} (bo)")
        assert "3 of 15" in ana.text
        ana.press("w")
        ana.wait_for("ctrl+s save")
        ana.press("Search")
        ana.wait_for("Search")
        bo.press("w")
        bo.wait_for("ctrl+s save")
        bo.press("Ranking", "ctrl+s")
        bo.wait_for("Changed owner of EN-001")
        # One word of the hint: where it wraps depends on the user's name.
        ana.wait_for("saving")
        ana.press("ctrl+s")
        ana.wait_for("EN-001 changed while you were editing")
        ana.press("m", "Enter")
        ana.wait_for("Changed owner of EN-001")
        bo.wait_for("owner Search")
        bo.wait_for(f"{me} (ana) set the owner of EN-001 from Ranking to Search")
        for person in (ana, bo):
            person.press("q")
            assert person.wait_exit() == 0
    with Database.open(sample_copy) as db, db.read() as session:
        item = item_queries.item(session, "EN-001")
    assert (item.status, item.owner) == (Status.IN_PROGRESS, "Search")
