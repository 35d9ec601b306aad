"""The review of `ai-debt triage`: what may be answered about an item, and what each answer does."""

from __future__ import annotations

import sys
from datetime import UTC, date
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeVar

from store.audit import describe
from store.audit.describe import called
from store.enums import Flag, Status
from store.errors import ConflictError, ImportUndoError, InvalidValueError, NotFoundError, RegisterError, removed_item
from store.fields import FIELDS, STATUS_FIELDS, no_value, required_line, show
from store.formats.dates import with_weekday
from store.text import name_key, same_name
from tui.cli import output
from tui.commands import BY_ID
from tui.lazy import (
    audit_undo,
    history_queries,
    item_commands,
    policy,
    reports,
    review_commands,
    review_minutes,
    review_queries,
)
from tui.render.lines import spoken
from tui.render.text import SPOKEN, cut, line, plain_line
from tui.review import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from store.audit.log import Done
    from store.db.database import Database
    from store.fields import FieldValue
    from store.queries.history import ChangeRow
    from store.queries.items import ItemDetail
    from store.review.queries import QueueRow, ReviewRow, ReviewView

T = TypeVar("T")

CLEAR = "-"
"""What is typed to clear a field."""
UNDO = "u"
LONGEST = 60
"""The most cells of an answer that is repeated because it is not one."""
UNBROKEN = sys.maxsize
"""The width of the page of an item, whose lines are broken where they are written."""


class EndOfAnswersError(Exception):
    """There is nothing left to read."""


class _BackError(Exception):
    """A question was left without an answer."""


class Talk(Protocol):
    """Where a review in plain text is held."""

    def tell(self, text: str) -> None:
        """Write lines of text."""

    def ask(self, question: str) -> str:
        """Ask for a line. Raises EndOfAnswersError if there is none."""


class Answer(NamedTuple):
    """What may be answered about an item: a letter, words that mean the same, the command like it, and what it does."""

    letter: str
    words: tuple[str, ...]
    command: str
    act: Callable[[Triage], None]

    @property
    def help(self) -> str:
        """What it does; most answers are commands of the review on the screen."""
        return BY_ID[self.command].help if self.command in BY_ID else OWN_HELP[self.command]


class Triage:
    """One person in the open review of a number.

    clock: seconds that only go forward. view: the review and its item, as shown to the user.
    """

    view: ReviewView

    def __init__(self, opened: Database, number: int, talk: Talk, *, clock: Callable[[], float] = monotonic) -> None:
        self._db, self._number, self._talk = opened, number, talk
        self._watch = progress.Stopwatch(clock)
        self._is_left = False
        self._read(lambda review: progress.next_undecided(review, len(review.queue) - 1) if review.left else 0)
        self._known = {at for at, row in enumerate(self.review.queue) if row.decided_at is not None}

    @property
    def review(self) -> ReviewRow:
        """The review as read last."""
        return self.view.review

    @property
    def at(self) -> int:
        """The index of the item in the queue."""
        return self.view.at

    @property
    def row(self) -> QueueRow:
        """The item in the queue."""
        return self.review.queue[self.at]

    def run(self) -> None:
        """Ask about one item after the other until the review is left. Raises EndOfAnswersError."""
        words = ", ".join(answer.words[0] for answer in ANSWERS[:8])
        self._talk.tell(f"Answer with a word or its letter, such as {words}; ? lists all answers.")
        if self.review.left:
            self._show()
        else:
            self.end()
        while not self._is_left:
            self._turn()

    def _turn(self) -> None:
        typed = self._talk.ask(f"Decision on {line(self.row.key)} (? for help):")
        answer = understood(typed)
        try:
            if answer is not None:
                answer.act(self)
            else:
                self._go_to(typed)
        except _BackError:
            self._talk.tell("Nothing was changed.")
        except RegisterError as error:
            self._talk.tell(output.sentence(str(error)))
            if not self._is_left:
                self._look()

    # Reading

    def _read(self, pick: Callable[[ReviewRow], int]) -> None:
        """Read the review and the item of an index; a review that has ended is left."""
        try:
            with self._db.read() as reader:
                self.view = review_queries.review_view(reader, self._number, pick)
        except NotFoundError:
            self._is_left = True
            raise
        self._watch.turn_to(self.at)
        if self.review.is_over and not self._is_left:
            self._is_left = True
            self._talk.tell(f"{line(self.review.ended_by)} has ended this review.")

    def _look(self) -> bool:
        """Read the same item again, and tell what others did to it since; whether that is anything."""
        before, me = self.view, self._db.actor
        self._read(lambda _: self.at)
        known = max((change.sequence for change in _trail(before)), default=0)
        news = [change for change in _trail(self.view) if change.sequence > known and change.actor != me]
        for change in reversed(news):
            self._talk.tell(f"New: {describe.sentence(change, cut=plain_line)}.")
        was = before.review.queue[self.at]
        said = progress.already_reviewed((self.row,), me) if self.row.decided_at != was.decided_at else ""
        if said:
            self._talk.tell(f"New: {said}.")
        return bool(news or said)

    @property
    def _item(self) -> ItemDetail:
        """The item as read last. Raises NotFoundError where it is gone."""
        if self.view.item is not None:
            return self.view.item
        key = self.row.key
        with self._db.read() as reader:
            who = history_queries.author(reader, "item", key, None)
        raise removed_item(who, key, UNDO)

    # Showing

    def _show(self) -> None:
        """Tell where in the queue the item is, and everything about it."""
        from tui.review.item_view import Shown, item_page

        review = self.review
        times = progress.clock_words(review.seconds + self._watch.total)
        counts = f"{review.decided:,} reviewed, {review.left:,} left; {times} total"
        self._talk.tell("")
        self._talk.tell(f"Item {self.at + 1:,} of {len(review.queue):,}: {counts}.")
        keys = (BY_WORD["open"].letter, BY_WORD["accept"].letter, UNDO)
        lines, _ = item_page(Shown(self.view, self._db.actor, self._today, keys), UNBROKEN, SPOKEN)
        self._talk.tell("\n".join(map(spoken, lines)))

    def show_details(self) -> None:
        """Show the item again."""
        self._look()
        self._show()

    def show_queue(self) -> None:
        """Every item of the queue, why it is there, and who decided it."""
        self._look()
        for at, row in enumerate(self.review.queue, 1):
            gone = " (removed)" if row.gone else ""
            by = f"; reviewed by {line(row.decided_by)}" if row.decided_by else ""
            self._talk.tell(f"{at}. {line(row.key)}{gone}, {plain_line(row.lead)}: {line(row.reason)}{by}.")

    def show_minutes(self) -> None:
        """The minutes so far."""
        with self._db.read() as reader:
            self._talk.tell(reports.minutes_markdown(review_minutes.minutes(reader, self._number)))

    def show_answers(self) -> None:
        """What may be answered."""
        for answer in ANSWERS:
            self._talk.tell(f"{answer.letter} or {answer.words[0]}: {answer.help}.")
        self._talk.tell("The key of an item: Go to that item.")

    # Asking

    def _value(self, question: str, read: Callable[[str], T], *, empty: str = "") -> T:
        """The value of what was typed, where nothing means `empty`. Raises _BackError without either."""
        while True:
            typed = self._talk.ask(question) or empty
            if not typed:
                raise _BackError
            try:
                value = read(typed)
            except InvalidValueError as error:
                self._talk.tell(output.sentence(str(error)))
                continue
            if not isinstance(value, date) or self._is_meant(value, typed):
                return value

    def _is_meant(self, day: date, typed: str) -> bool:
        """Whether a date that was typed is the one that was meant: one in the past is asked about."""
        if day.isoformat() != typed:
            self._talk.tell(f"That is {with_weekday(day)}.")
        return day >= self._today or self._agrees(f"{day.isoformat()} is in the past. Use it anyway?")

    @property
    def _today(self) -> date:
        return self._db.clock().astimezone(UTC).date()

    def _agrees(self, question: str) -> bool:
        while True:
            try:
                return self._choose(f"{question} (yes or no)", ("yes", "no")) == "yes"
            except _BackError:
                self._talk.tell("Type yes or no.")

    def _choose(self, question: str, choices: Sequence[str]) -> str:
        """One of some words, or its first letter. Raises _BackError where nothing is typed."""
        while typed := self._talk.ask(question).casefold():
            for choice in choices:
                if typed in (choice, choice[0]):
                    return choice
            self._talk.tell(f"{_quoted(typed)} is not an answer: type {' or '.join(choices)}.")
        raise _BackError

    # Deciding

    def keep(self) -> None:
        """Keep the item unchanged; if others have changed it since it was shown, show that instead."""
        is_new = self._look()
        item, row = self.view.item, self.row
        if self._is_left:
            return
        if row.decided_by is not None and row.decided_by != self._db.actor and not _has_ended(item):
            self._talk.tell(f"{progress.already_reviewed((row,), self._db.actor)} already.")
            self.go_on()
        elif is_new:
            self._talk.tell("Decide again.")
        elif item is not None and _has_ended(item):
            self._keep_ended(item)
        else:
            self._keep_unchanged()

    def _keep_ended(self, item: ItemDetail) -> None:
        """An acceptance that ended is not kept without a word."""
        self._talk.tell(progress.acceptance_ended(item))
        question = "Reopen it, accept it again, or keep it unchanged? (open, accept or keep)"
        match self._choose(question, ("open", "accept", "keep")):
            case "open":
                self.set_status(Status.OPEN)
            case "accept":
                self.accept()
            case _:
                self._keep_unchanged()

    def _keep_unchanged(self) -> None:
        self._decided(
            review_commands.decide(self._db, self._number, self.row.key, seconds=int(self._watch.of(self.at)))
        )

    def set_status(self, status: Status) -> None:
        """Decide the item by another status."""
        self._decided(self._write(self._item, {"status": status}, STATUS_FIELDS, decides=True))

    def mitigate_with_note(self) -> None:
        """Mitigate the item, with a note about how."""
        item = self._item
        note = self._value("What was done, what remains (leave empty to go back):", FIELDS["status_note"].read)
        wanted = {"status": Status.MITIGATED, "status_note": note}
        self._decided(self._write(item, wanted, STATUS_FIELDS, decides=True))

    def accept(self) -> None:
        """Accept the item: why, by whom, until when."""
        item, actor = self._item, self._db.actor
        reason, name = partial(required_line, "rationale"), partial(required_line, "accepted_by")
        why = self._value("Reason to accept it (leave empty to go back):", reason)
        by = self._value(f"Accepted by (leave empty for {line(actor)}):", name, empty=actor)
        with self._db.read() as reader:
            proposed = show(policy.proposed_ends(reader)[item.severity]) or "none"
        until = self._value(
            f"Accepted until ({FIELDS['accepted_until'].hint}; leave empty for {proposed}):",
            lambda typed: FIELDS["accepted_until"].read(typed, self._today),
            empty=proposed,
        )
        wanted = {"status": Status.ACCEPTED, "status_note": why, "accepted_by": by, "accepted_until": until}
        self._decided(self._write(item, wanted, STATUS_FIELDS, decides=True))

    def _decided(self, done: Done) -> None:
        """Tell what was done, and go on to the next undecided item."""
        self._watch.take(self.at)
        self._tell_done(done)
        self.go_on()

    def _tell_done(self, done: Done) -> None:
        self._talk.tell(f"{line(done.message)}{f' ({UNDO} to undo)' if done.undoable else ''}.")

    # Changing without deciding

    def set_severity(self) -> None:
        """Ask for the severity."""
        hint = FIELDS["severity"].hint
        severity = self._value(f"Severity ({hint}; leave empty to keep it):", FIELDS["severity"].read)
        self._changed(self._write(self._item, {"severity": severity}, ("severity",)))

    def set_field(self, name: str) -> None:
        """Ask for the value of a field, which may be cleared."""
        item, field = self._item, FIELDS[name]
        now, hint = show(getattr(item, name)), f"{field.hint}; " if field.hint else ""
        clear = f"{CLEAR} to clear it; " if now else ""
        value = self._value(
            f"{field.label}, currently {line(now or 'not set')} ({hint}{clear}leave empty to keep it):",
            lambda typed: None if typed == CLEAR else field.read(typed, self._today),
        )
        self._changed(self._write(item, {name: value}, (name,)))

    def comment(self) -> None:
        """Ask for a comment."""
        item = self._item
        text = self._value("Comment (leave empty to go back):", partial(required_line, "comment"))
        self._changed(item_commands.comment(self._db, [item.key], text))

    def follow_up(self) -> None:
        """Ask for a follow-up: the task, who does it, by when."""
        item, owner, due_on = self._item, FIELDS["owner"], FIELDS["due_on"]
        text = self._value("The task (leave empty to go back):", partial(required_line, "text"))
        if item.owner:
            question = f"Owner ({CLEAR} for no owner; leave empty for {line(item.owner)}):"
        else:
            question = "Owner (leave empty for none):"
        who = self._value(
            question,
            lambda typed: typed if typed == CLEAR else show(owner.read(typed)),
            empty=item.owner or CLEAR,
        )
        due = self._value(
            f"Due ({due_on.hint}; leave empty for no date):",
            lambda typed: None if typed == CLEAR else due_on.read(typed, self._today),
            empty=CLEAR,
        )
        assert due is None or isinstance(due, date)
        whose = None if who == CLEAR else who
        self._changed(review_commands.follow_up(self._db, self._number, item.key, text=text, owner=whose, due_on=due))

    def _changed(self, done: Done) -> None:
        self._tell_done(done)
        self._look()

    # Writing

    def _write(
        self, item: ItemDetail, changes: Mapping[str, FieldValue], names: Sequence[str], *, decides: bool = False
    ) -> Done:
        """Write fields of an item that was shown; where others changed them since, the user is asked.

        names: the fields that are held against what was shown. decides: this is the decision on the item.
        """
        from store.review.queue import ReviewDecision

        wanted, seen = dict(changes), {name: getattr(item, name) for name in names}
        while True:
            decision = ReviewDecision(self._number, int(self._watch.of(self.at))) if decides else None
            before, verb = {item.key: seen}, _verb(wanted)
            try:
                return item_commands.edit_items(
                    self._db, [item.key], wanted, verb=verb, before=before, exactly=verb == "edit", decision=decision
                )
            except ConflictError as error:
                self._look()
                self._settle(error, wanted, seen)
            except NotFoundError:
                self._look()
                if self._item.key == item.key:
                    raise
            item = self._item

    def _settle(self, error: ConflictError, wanted: dict[str, FieldValue], seen: dict[str, FieldValue]) -> None:
        """Ask about each field that others changed. Raises _BackError where the user does not want to go on."""
        item = self._item
        for conflict in error.conflicts:
            name = conflict.field
            if name not in seen:
                raise error
            now = getattr(item, name)
            texts = {"mine": conflict.mine, "theirs": show(now), "before": show(seen[name])}
            if texts["theirs"] not in (texts["before"], texts["mine"]):
                with self._db.read() as reader:
                    who = history_queries.author(reader, "item", item.key, name)
                self._talk.tell(f"{line(who)} changed the {called(name)} of {line(item.key)} since it was shown.")
                sides = [side for side in texts if side != "before" or texts[side] != texts["mine"]]
                for side in sides:
                    self._talk.tell(f"{side.capitalize()}: {line(texts[side]) or no_value(name, 'nothing')}.")
                side = self._choose(f"Which value to use? ({', '.join(sides)}; leave empty to go back)", sides)
                wanted[name] = FIELDS[name].read(texts[side])
            seen[name] = now

    # Going

    def go_on(self) -> None:
        """Go to the next undecided item; what others have reviewed is passed over, with a message."""
        start = self.at
        self._read(lambda review: progress.next_undecided(review, start))
        if self._is_left:
            return
        passed = progress.passed_over(self.review, start, self.at)
        rows = [self.review.queue[at] for at in passed if at not in self._known]
        self._known |= set(passed)
        if said := progress.already_reviewed(rows, self._db.actor):
            self._talk.tell(output.sentence(said))
        if not self.review.left:
            self.end()
            return
        if self.at <= start:
            self._talk.tell(output.sentence(progress.back_to_skipped(self.review)))
        self._show()

    def go_back(self) -> None:
        """Go to the item before."""
        if not self.at:
            self._talk.tell("This is the first item.")
            return
        self._turn_to(self.at - 1)

    def _go_to(self, typed: str) -> None:
        """Go to the item of a key; anything else is not an answer."""
        at = next((at for at, row in enumerate(self.review.queue) if typed and same_name(row.key, typed)), None)
        if at is not None:
            self._turn_to(at)
        elif typed:
            self._talk.tell(f"{_quoted(typed)} is not an answer: ? lists them.")
        else:
            self._talk.tell("Type keep to keep the item unchanged, or ? for all answers.")

    def _turn_to(self, at: int) -> None:
        self._read(lambda _: at)
        if not self._is_left:
            self._show()

    def undo(self) -> None:
        """Undo the user's newest change; an import after a question."""
        try:
            done = audit_undo.undo(self._db)
        except ImportUndoError as error:
            if not self._agrees(f"{output.sentence(error.what)} Undo it?"):
                raise _BackError from None
            done = audit_undo.undo(self._db, confirmed=True, batch=error.batch)
        self._reversed(done, "redo")

    def redo(self) -> None:
        """Redo what was undone last."""
        self._reversed(audit_undo.redo(self._db), "undo")

    def _reversed(self, done: Done, back: str) -> None:
        """Tell what was undone or redone, and go to its item; one that is undecided again keeps its time."""
        before, at, keys = self.review, self.at, {name_key(key) for key in done.keys}
        self._talk.tell(f"{line(done.message)} ({BY_WORD[back].letter} to {back}).")

        def pick(review: ReviewRow) -> int:
            found = [index for index, row in enumerate(review.queue) if name_key(row.key) in keys]
            return at if at in found else next(iter(found), at)

        self._read(pick)
        for index, (was, row) in enumerate(zip(before.queue, self.review.queue, strict=True)):
            if name_key(row.key) in keys:
                self._watch.add(index, was.seconds - row.seconds)
        if keys:
            self._show()

    def end(self) -> None:
        """End the review, after a question."""
        self._look()
        if self._is_left:
            return
        if not self._agrees(progress.ending(self.review)):
            self._talk.tell(f"The review stays open; {BY_WORD['quit'].letter} leaves it.")
            return
        done = review_commands.finish(self._db, self._number)
        self._is_left = True
        self._talk.tell(f"{done.message}.")
        self.show_minutes()

    def leave(self) -> None:
        """Leave the review open."""
        self._is_left = True


def _quoted(typed: str) -> str:
    """What was typed in quotation marks, cut where it is long."""
    return repr(cut(line(typed), LONGEST, SPOKEN.more))


def _verb(wanted: Mapping[str, FieldValue]) -> Literal["edit", "set-status", "accept"]:
    """The command that writes some fields on the screen of a review, too."""
    if wanted.get("status") is Status.ACCEPTED and wanted.get("status_note") and wanted.get("accepted_by"):
        return "accept"
    return "set-status" if "status" in wanted and wanted.keys() <= {"status", "status_note"} else "edit"


def _has_ended(item: ItemDetail | None) -> bool:
    """Whether the acceptance of an item has ended."""
    return item is not None and Flag.ENDED in item.flags


def _trail(view: ReviewView) -> Sequence[ChangeRow]:
    """The changes of an item; none where it is gone."""
    return view.trail.changes if view.trail is not None else ()


def _to(status: Status) -> Callable[[Triage], None]:
    return lambda triage: triage.set_status(status)


ANSWERS = (
    Answer("k", ("keep",), "review.keep", Triage.keep),
    Answer("o", ("open",), "item.set-status-open", _to(Status.OPEN)),
    Answer("p", ("progress", "in progress", "in-progress"), "item.set-status-in-progress", _to(Status.IN_PROGRESS)),
    Answer("m", ("mitigated",), "item.set-status-mitigated", _to(Status.MITIGATED)),
    Answer("M", ("note", "mitigated with a note"), "item.mitigate-with-note", Triage.mitigate_with_note),
    Answer("a", ("accept", "accepted"), "item.accept", Triage.accept),
    Answer("n", ("next", "skip"), "review.next", Triage.go_on),
    Answer("b", ("back", "previous"), "review.left", Triage.go_back),
    Answer("s", ("severity",), "item.set-severity", Triage.set_severity),
    Answer("w", ("owner",), "item.set-owner", lambda triage: triage.set_field("owner")),
    Answer("t", ("due",), "item.set-due", lambda triage: triage.set_field("due_on")),
    Answer("c", ("comment",), "item.comment", Triage.comment),
    Answer("F", ("follow-up", "follow up", "followup"), "review.follow-up", Triage.follow_up),
    Answer(UNDO, ("undo",), "change.undo", Triage.undo),
    Answer("r", ("redo",), "change.redo", Triage.redo),
    Answer("d", ("details", "show"), "details", Triage.show_details),
    Answer("v", ("queue", "list"), "review.queue", Triage.show_queue),
    Answer("i", ("minutes",), "review.minutes", Triage.show_minutes),
    Answer("X", ("end",), "review.end", Triage.end),
    Answer("q", ("quit", "leave"), "review.close", Triage.leave),
    Answer("?", ("help",), "help", Triage.show_answers),
)
OWN_HELP = {"details": "Show the current item again", "help": "List the answers"}
BY_LETTER = {answer.letter: answer for answer in ANSWERS}
BY_WORD = {word: answer for answer in ANSWERS for word in (answer.letter.casefold(), *answer.words)} | {
    answer.letter: answer for answer in ANSWERS if answer.letter.islower()
}


def understood(typed: str) -> Answer | None:
    """The answer that a letter or a word means; the case counts only where it tells two letters apart."""
    return BY_LETTER.get(typed) or BY_WORD.get(" ".join(typed.split()).casefold())
