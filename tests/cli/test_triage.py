"""`ai-debt triage`: a review in plain text, answered line by line, that writes what the review on the screen writes."""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.audit.verify import verify
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import comment, edit_items, remove_items, set_status
from store.db.database import Database
from store.enums import Status
from store.errors import RegisterError
from store.formats.reports import minutes_markdown
from store.maintenance.backup import back_up
from store.maintenance.restore import plan_restore, restore
from store.queries.items import item
from store.review.commands import decide, finish, start
from store.review.minutes import minutes
from store.review.queries import review
from store.samples import sample_text
from tests.tui.screen import ACTOR, NOON, seat
from tui.cli.triage_session import ANSWERS, EndOfAnswersError, Triage, understood

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.queries.items import ItemDetail
    from store.review.queries import ReviewRow
    from tests.cli.door import Door

QUEUE = ("PD-001", "DD-001", "PD-002", "EN-001", "BE-001", "EN-002", "BE-002", "EN-003", "FL-003", "DD-002", "CD-002")
"""The sample's unresolved items in the order of the queue."""
Step = str | Callable[[], object]
SCRIPT: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("enter",), ("k",)),
    (("p",), ("in progress",)),
    (("M", "*One feature library serves both.", "ctrl+s"), ("M", "One feature library serves both.")),
    (("w", "*Streaming", "ctrl+s", "p"), ("owner", "Streaming", "p")),
    (("a", "*The API is due for replacement.", "ctrl+s"), ("accept", "The API is due for replacement.", "", "")),
    (
        ("F", "*Ask for a study", "tab", "*MLP", "tab", "*2099-12-24", "ctrl+s", "enter"),
        ("F", "Ask for a study", "MLP", "2099-12-24", "keep"),
    ),
    (("m",), ("mitigated",)),
    (("s", "l", "enter"), ("s", "low", "k")),
    (("n",), ("skip",)),
    (("t", "*2099-01-31", "ctrl+s", "enter"), ("due", "2099-01-31", "k")),
    (("c", "*Checked with the owners.", "ctrl+s", "o"), ("c", "Checked with the owners.", "o")),
    (("o",), ("open",)),
    (("enter",), ("k",)),
    (("enter",), ("k",)),
    # What was skipped comes again; from there undo goes back to the item before.
    (("o",), ("o",)),
    (("u",), ("undo",)),
    (("ctrl+r", "u", "enter"), ("redo", "undo", "k")),
    (("a", "*Not ours.", "tab", "*x", "tab", "end", "ctrl+u", "*no end", "ctrl+s"), ("a", "Not ours.", "anax", "none")),
)
"""What is typed on each item of the queue on the screen, where * begins a text, and in plain text."""


class Hand:
    """Seconds that pass when the test says so."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class Script:
    """A conversation whose answers are known; a function among them is called before the answer after it."""

    def __init__(self, answers: Sequence[Step]) -> None:
        self.answers = list(answers)
        self.said: list[str] = []

    def tell(self, text: str) -> None:
        """Remember it."""
        self.said.append(text)

    def ask(self, question: str) -> str:
        """The next answer."""
        while self.answers and not isinstance(self.answers[0], str):
            self.answers.pop(0)()  # type: ignore[operator]  # texts are left in place
        if not self.answers:
            raise EndOfAnswersError
        answer = str(self.answers.pop(0))
        self.said.append(f"{question} {answer}")
        return answer

    @property
    def text(self) -> str:
        """The whole conversation."""
        return "\n".join(self.said)


@pytest.fixture(scope="module")
def noon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, imported by ana at noon; to be copied."""
    path = tmp_path_factory.mktemp("noon") / "register.db"
    with Database.create(path, clock=lambda: NOON, actor=ACTOR) as made:
        apply_import(made, plan_import(None, sample_text(), path=None))
    return path


@pytest.fixture
def path(noon: Path, tmp_path: Path) -> Path:
    """A copy in which ana has started a review of everything."""
    copy = shutil.copyfile(noon, tmp_path / "noon.db")
    with opened(copy) as ana:
        start(ana, title="Retrospective")
    return copy


def opened(path: Path, actor: str = ACTOR) -> Database:
    return Database.open(path, clock=lambda: NOON, actor=actor)


def held(path: Path, *answers: Step, clock: Callable[[], float] = lambda: 0.0) -> str:
    """The conversation when ana answers in plain text; the trail holds afterwards."""
    talk = Script(answers)
    with opened(path) as ana:
        with suppress(EndOfAnswersError):
            Triage(ana, 1, talk, clock=clock).run()
        assert verify(ana) == ()
    return talk.text


def stored(path: Path) -> ReviewRow:
    with opened(path) as ana, ana.read() as reader:
        return review(reader, 1)


def item_of(path: Path, key: str) -> ItemDetail:
    with opened(path) as ana, ana.read() as reader:
        return item(reader, key)


def trail(path: Path) -> list[tuple[object, ...]]:
    """Every stored change, digests included."""
    with sqlite3.connect(path) as connection:
        return list(connection.execute("select * from change order by sequence"))


async def test_the_same_decisions_leave_the_same_trail_and_minutes_as_on_the_screen(path: Path, tmp_path: Path) -> None:
    screen, hand = shutil.copyfile(path, tmp_path / "screen.db"), Hand()
    async with seat(screen, (100, 30), monotonic=hand) as ana:
        await ana.press("r", "enter")
        for keys, _ in SCRIPT:
            hand.seconds += 7
            for key in keys:
                await (ana.type(key[1:]) if key.startswith("*") else ana.press(key))
        assert "Minutes of review 1" in ana.text
        await ana.press("X", "y", "escape")
    hand = Hand()

    def later() -> None:
        hand.seconds += 7

    steps = [step for _, answers in SCRIPT for step in (later, *answers)]
    said = held(path, *steps, "yes", clock=hand)
    assert stored(path).is_over
    assert trail(path) == trail(screen)
    with opened(path) as plain, opened(screen) as shown, plain.read() as one, shown.read() as other:
        text = minutes_markdown(minutes(one, 1))
        assert text == minutes_markdown(minutes(other, 1))
    assert said.endswith(text)
    assert "**Time:** 2 min 6 s total" in text


def test_a_pipe_of_answers_triages_the_register(sample: Door) -> None:
    answers = ["k", "p", "note", "Pinned.", "frob", "?", "a", "Too dear.", "", "", "v", "q"]
    said = sample.done("triage", "is:open", "--title", "Spring", "--with", "bo", stdin="\n".join(answers).encode())
    assert said.err == ""
    assert said.lines[:2] == [
        "Started review 1: 11 items to review.",
        "Answer with a word or its letter, such as keep, open, progress, mitigated, note, accept, next, back; "
        "? lists all answers.",
    ]
    for words in (
        "Item 1 of 11: 0 reviewed, 11 left; 0:00 total.\nPD-001 Dead Flink Jobs\nOpen, High, Pipeline Debt, ",
        "\nHere because: score 7.5, never reviewed\n",
        "Decision on PD-001 (? for help): k\nKept PD-001 unchanged (u to undo).\n",
        "DD-001: In Progress (u to undo).\n",
        "What was done, what remains (leave empty to go back): Pinned.\nPD-002: Mitigated (u to undo).\n",
        "Decision on EN-001 (? for help): frob\n'frob' is not an answer: ? lists them.\nDecision on EN-001 ",
        "\nX or end: End the review; asks first.\n",
        "EN-001: Accepted (u to undo).\n",
        "\n2. DD-001, Schema Dependency: score 7, never reviewed; reviewed by ",
    ):
        assert words in said.out
    assert said.lines[-1].startswith("Review 1: 4 of 11 reviewed; `ai-debt --db ")
    assert said.lines[-1].endswith(" triage` resumes it.")
    shown = sample.done("review", "show").lines
    assert shown[0] == "Review 1  Spring"
    assert re.fullmatch(r"Who +\S+ and bo", shown[4])
    again = sample.done("triage", stdin=b"")
    assert again.lines[0].startswith("Review 1, Spring, is still open. ")
    assert "\nItem 5 of 11: 4 reviewed, 7 left; " in again.out
    same = sample.done("triage", "is:open", stdin=b"m\n" * 7 + b"yes\n")
    assert "Ended review 1.\n# Spring\n" in same.out
    assert same.lines[-1] == "Review 1: 11 of 11 reviewed; it has ended."
    assert sample.done("review", "minutes").out in same.out
    assert sample.done("verify").code == 0


def test_a_new_review_is_refused_while_another_one_is_open(sample: Door) -> None:
    sample.done("triage", stdin=b"k\n")
    for more in (["severity:high"], ["--title", "Another"], ["--with", "bo"], ["--skip-days", "0"]):
        refused = sample("triage", *more)
        assert (refused.code, refused.raw) == (1, b"")
        assert refused.err.endswith("is still open: resume it, or end it with `ai-debt review finish 1`\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["severty:high"], 1, "Did you mean"),
        (["nothing-like-it"], 1, "no item matches 'nothing-like-it': try another filter"),
        (["--db", "missing.db"], 1, "no register at missing.db"),
        (["--skip-days", "-1"], 2, "Usage: ai-debt triage"),
    ],
)
def test_what_cannot_be_reviewed_is_refused(sample: Door, arguments: list[str], code: int, said: str) -> None:
    refused = sample("triage", *arguments, stdin=b"k\n")
    assert (refused.code, refused.raw) == (code, b"")
    assert said.casefold() in refused.err.casefold()
    assert sample.done("review").raw == b""


def test_answers_from_a_windows_file_are_repeated_without_line_ends(sample: Door) -> None:
    said = sample.done("triage", stdin=b"k\r\n\r\nw\r\nSearch\r\n" + b"x" * 100_000 + b"\r\n")
    assert "Decision on PD-001 (? for help): k\nKept PD-001 unchanged" in said.out
    assert "Owner, currently not set (leave empty to keep it): Search\n" in said.out
    assert f"'{'x' * 57}...' is not an answer: ? lists them.\n" in said.out


def test_dependencies_and_components_are_read_in_words(sample: Door) -> None:
    said = sample.done("triage", stdin=b"EN-001\nFL-003\n").out
    assert "\nCascades to\nEN-002, Embedding Coupling (SemanticGNN) (High, Open): feature changes cascade to\n" in said
    assert "\nFed by\nDD-001, Schema Dependency (High, Open): schema breaks cascade to\n" in said
    assert "\nAll models consuming real-time features; Flink PL-002; Amber\n" in said


def test_the_end_of_the_input_within_a_question_loses_nothing(sample: Door) -> None:
    said = sample.done("triage", stdin=b"m\na\nToo dear")
    assert said.lines[-2].startswith("Accepted by (leave empty for ")
    assert said.lines[-1].startswith("Review 1: 1 of 15 reviewed; ")
    assert "1 of 15 reviewed, 14 left" in sample.done("review", "show").out


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_no_text_reaches_a_terminal_raw(sample: Door, encoding: str) -> None:
    sample.done("set", "PD-001", "--title", "\x1b[31mred\x9b\u202e é", "--owner", "\x1b]0;x\x07eve")
    answers = "d\n\x1b[A\nc\n\x1b[2Jfine é\nnote\nbad \udce9\n\nv\ni\n".encode("utf-8", "surrogateescape")
    said = sample("triage", stdin=answers, encoding=encoding)
    assert said.code == 0
    text = said.raw.decode(encoding)
    assert all(char == "\n" or char.isprintable() for char in text)
    assert "not valid Unicode: type it again." in text
    assert "is not an answer: ? lists them." in text


@pytest.mark.parametrize("name", ["LC_ALL", "LANG"])
def test_the_c_locale_gets_ascii_alone(sample: Door, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sample.done("set", "PD-001", "--owner", "Zoë")
    monkeypatch.delenv("LANG")
    monkeypatch.setenv(name, "C")
    said = sample.done("triage", stdin=b"p\nv\ni\n")
    assert said.raw.isascii()
    assert "owner Zo<U+00EB>" in said.out
    assert "bypass the feature schema API and read...: score" in said.out
    assert "- status: Open -> In Progress" in said.out


def test_every_answer_has_a_letter_and_words_of_its_own() -> None:
    for answer in ANSWERS:
        assert understood(answer.letter) is answer
        for word in answer.words:
            assert understood(word) is understood(f"  {word.upper()} ") is answer
        assert answer.help
    assert len({answer.letter for answer in ANSWERS}) == len(ANSWERS)
    words = [word for answer in ANSWERS for word in answer.words]
    assert len(set(words)) == len(words)
    assert understood("") is understood("x y") is None


def test_wrong_values_are_refused_in_a_sentence_and_asked_for_again(path: Path) -> None:
    dates = ("t", "someday", "2020-01-01", "maybe", "", "no", "2w")
    said = held(path, "s", "worst", "", *dates, "w", "-", "note", "", "o", "b", "b")
    for words in (
        "Unknown severity 'worst': use critical, high, medium, low or unrated.\nSeverity (",
        "leave empty to keep it): \nNothing was changed.\n",
        "'someday' is not a date (use YYYY-MM-DD, 2w, or next friday).\nDue, currently not set (",
        "2020-01-01 is in the past. Use it anyway? (yes or no) maybe\n'maybe' is not an answer: ",
        "Type yes or no.",
        "That is Monday, 2026-04-13.\nChanged due of PD-001 (u to undo).",
        "Nothing changed.",
        "This is the first item.",
    ):
        assert words in said
    assert f"{item_of(path, QUEUE[0]).due_on}" == "2026-04-13"


def test_a_key_goes_to_its_item_and_back_goes_to_the_one_before(path: Path) -> None:
    said = held(path, "en-003", "back", "", "n")
    assert re.findall(r"Item (\d+) of 15", said) == ["1", "8", "7", "8"]
    assert "Type keep to keep the item unchanged, or ? for all answers." in said


def test_an_acceptance_that_ended_is_not_kept_without_a_word(path: Path) -> None:
    with opened(path) as ana:
        finish(ana, 1)
        until = NOON.date().replace(day=1)
        wanted = {"status": Status.ACCEPTED, "status_note": "Cheap.", "accepted_by": "ana", "accepted_until": until}
        edit_items(ana, ["EN-003"], wanted)
        start(ana, title="Next")
    talk = Script(["k", "maybe", "", "k", "keep", "b", "k", "open"])
    with opened(path) as ana:
        with pytest.raises(EndOfAnswersError):
            Triage(ana, 2, talk, clock=lambda: 0.0).run()
        assert "The acceptance of EN-003 ended on 2026-03-01.\n" in talk.text
        assert "Accepted until 2026-03-01, ended: o reopens it, a accepts it again\n" in talk.text
        assert "Kept EN-003 unchanged (u to undo)." in talk.text
        assert "EN-003: Open; cleared its note" in talk.text


# Other people


def as_bo(path: Path, act: Callable[[Database], object]) -> Callable[[], None]:
    """What bo does, as far as it is not refused, while ana is being asked."""

    def run() -> None:
        with opened(path, "bo") as bo, suppress(RegisterError):
            act(bo)

    return run


def test_a_change_of_somebody_else_is_shown_before_an_item_is_kept(path: Path) -> None:
    change = as_bo(path, lambda bo: edit_items(bo, [QUEUE[0]], {"owner": "Search"}))
    said = held(path, change, "k", "k")
    assert "New: bo set the owner of PD-001 to Search.\nDecide again.\nDecision on PD-001" in said
    assert "Kept PD-001 unchanged" in said


@pytest.mark.parametrize(
    ("side", "status"), [("mine", Status.MITIGATED), ("t", Status.IN_PROGRESS), ("before", Status.OPEN), ("", None)]
)
def test_a_conflict_is_shown_and_asked_about(path: Path, side: str, status: Status | None) -> None:
    change = as_bo(path, lambda bo: set_status(bo, [QUEUE[0]], Status.IN_PROGRESS))
    said = held(path, change, "m", "yours", side)
    assert "bo changed the status of PD-001 since it was shown.\nMine: Mitigated.\nTheirs: In Progress.\n" in said
    assert "'yours' is not an answer: type mine or theirs or before." in said
    assert item_of(path, QUEUE[0]).status is (status or Status.IN_PROGRESS)
    assert (stored(path).decided, "Nothing was changed." in said) == ((1, False) if status else (0, True))


def test_a_conflict_while_a_note_is_typed_keeps_what_was_typed(path: Path) -> None:
    change = as_bo(path, lambda bo: set_status(bo, [QUEUE[0]], Status.IN_PROGRESS, note="Started."))
    held(path, "a", change, "Too dear.", "", "", "theirs", "mine")
    found = item_of(path, QUEUE[0])
    assert (found.status, found.status_note) == (Status.IN_PROGRESS, "Too dear.")


def test_an_item_that_somebody_else_renames_or_removes_is_followed_or_told(path: Path) -> None:
    rename = as_bo(path, lambda bo: edit_items(bo, [QUEUE[0]], {"key": "PD-999"}))
    remove = as_bo(path, lambda bo: remove_items(bo, [QUEUE[1]]))
    said = held(path, rename, "m", remove, "p", "w", "k", "k")
    assert "PD-999: Mitigated (u to undo)." in said
    assert "Bo removed DD-001: u restores what you removed yourself." in said
    assert "Kept DD-001 unchanged" in said
    assert stored(path).decided == 3


def test_what_somebody_else_has_reviewed_is_passed_over(path: Path) -> None:
    others = as_bo(path, lambda bo: [decide(bo, 1, key) for key in QUEUE[:3]])
    said = held(path, others, "k")
    assert "bo has reviewed PD-001 already.\n" in said
    assert "Bo has reviewed DD-001 and PD-002." in said
    assert stored(path).decided == 3


def test_a_review_that_somebody_else_ends_is_left(path: Path) -> None:
    said = held(path, "k", as_bo(path, lambda bo: finish(bo, 1)), "m", "k")
    assert "bo has ended this review." in said
    assert said.count("Decision on") == 2
    assert item_of(path, QUEUE[1]).status is Status.OPEN


def test_undoing_an_import_is_asked_about(path: Path) -> None:
    said = held(path, "u", "no", "u", "yes", "m", "redo")
    assert "Undo it? (yes or no) no\nNothing was changed.\n" in said
    assert "Undid: import (r to redo)." in said
    assert "PD-001: Dead Flink Jobs\nThis item was removed" in said
    assert "Ana removed PD-001: u restores what you removed yourself." in said
    assert "Redid: import (u to undo)." in said
    assert item_of(path, QUEUE[0]).status is Status.OPEN


def test_a_review_that_is_gone_ends_the_conversation(noon: Path, tmp_path: Path) -> None:
    path = shutil.copyfile(noon, tmp_path / "register.db")
    with opened(path) as ana:
        back_up(ana, to=tmp_path / "before.db")
        start(ana)
    said = held(
        path, "k", lambda: restore(path, plan_restore(path, tmp_path / "before.db"), clock=lambda: NOON), "m", "k"
    )
    assert "no reviews yet: start one with `ai-debt review start`." in said.casefold()
    assert said.count("Decision on") == 2


# Anything

POOL = [
    *(answer.letter for answer in ANSWERS),
    *(word for answer in ANSWERS for word in answer.words),
    *("", "-", "yes", "no", "mine", "theirs", "before", "none", "2w", "2020-01-01", "low", "unrated", "someday"),
    *("EN-001", "pd-999", "\x1b[A", "\udce9", "a note", "bo", "x" * 70_000),
]
OTHERS = (
    lambda bo: set_status(bo, ["PD-001", "DD-001"], Status.IN_PROGRESS),
    lambda bo: edit_items(bo, ["PD-001"], {"owner": "Search"}),
    lambda bo: edit_items(bo, ["DD-001"], {"key": "DD-777"}),
    lambda bo: remove_items(bo, ["PD-002"]),
    lambda bo: decide(bo, 1, "EN-001"),
    lambda bo: comment(bo, ["PD-001"], "Hm."),
    lambda bo: finish(bo, 1),
)


@given(steps=st.lists(st.sampled_from(POOL) | st.sampled_from(OTHERS), max_size=40))
def test_any_answers_end_in_words_and_the_trail_holds(noon: Path, steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = shutil.copyfile(noon, Path(folder) / "register.db")
        with opened(path) as ana:
            start(ana, title="Retrospective")
        said = held(path, *(step if isinstance(step, str) else as_bo(path, step) for step in steps))
        assert stored(path).decided <= 15
    assert said
