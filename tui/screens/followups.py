"""The follow-ups page: what is still to do after reviews, marked done, dropped, reopened or edited."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from store.enums import FollowUpState
from store.errors import RegisterError
from store.fields import FIELDS, required_line
from tui.dispatch import bindings
from tui.editing.drafts import Purpose
from tui.editing.fields import FormField, Values, from_list, item_field
from tui.editing.form import ask_form
from tui.editing.session import EditSession
from tui.lazy import audit_log, follow_up_queries, overview_queries, review_commands
from tui.render.badges import FOLLOW_UP_ROLES, follow_up_state, follow_up_terms
from tui.render.item import glance
from tui.render.lines import Line, between, emphasized, width_of, wrapped
from tui.render.text import Glyphs, line
from tui.screens.page import UndoPage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from textual.binding import BindingType

    from store.fields import FieldValue
    from store.queries.follow_ups import FollowUpRow
    from tui.async_store import AsyncStore
    from tui.editing.drafts import Draft
    from tui.editing.item_actions import ItemScreen
    from tui.editing.session import Current, Value
    from tui.widgets.line_list import Built, LineView

INDENT = "    "
ON_ONE = frozenset({"followup.done", "followup.drop", "followup.reopen", "followup.edit"})
"""The commands that act on the follow-up under the cursor."""
LABELS = {"text": "What", "owner": "Owner", "due_on": "Due"}


def page_lines(rows: Sequence[FollowUpRow], note: str, width: int, glyphs: Glyphs) -> Built:
    """Each follow-up: number, item, state, owner and due date in one line where they fit, and what is to be done."""
    lines: list[Line] = []
    targets: dict[int, str] = {}
    for row in rows:
        targets[len(lines)] = str(row.number)
        role = "warning strong" if row.overdue_days else FOLLOW_UP_ROLES[row.state]
        key = f"{line(row.key)} (removed)" if row.gone else line(row.key)
        head: Line = ((f"#{row.number}  ", "quiet"), (key, "strong accent"), (f"  {line(follow_up_state(row))}", role))
        terms: Line = ((f"  {line(follow_up_terms(row))}", "quiet"),)
        if width_of((*head, *terms)) <= width:
            lines.append(between(head, terms, width, more=glyphs.more))
        else:
            lines += wrapped((*head, *terms), width, INDENT)
        lines += [((INDENT, ""), *part) for part in wrapped(emphasized(glance(row.text)), width - len(INDENT))]
    if note:
        lines += [*([()] if lines else []), *wrapped(((note, "quiet"),), width)]
    return lines, targets


def follow_up_fields(
    owners: Sequence[str], today: date, *, text: str = "", owner: str = "", due: str = ""
) -> tuple[FormField, ...]:
    """The fields of a follow-up."""
    return (
        FormField(
            "text",
            LABELS["text"],
            text,
            "the task",
            long="\n" in text,
            check=lambda typed: required_line("text", typed),
        ),
        FormField("owner", LABELS["owner"], owner, "the owner", propose=from_list(owners)),
        item_field("due_on", due, today),
    )


def read_due(typed: str) -> FieldValue:
    """A due date as typed in a form. Raises InvalidValueError."""
    return FIELDS["due_on"].read(typed)


def follow_up_session(store: AsyncStore, number: str, seen: Mapping[str, Value]) -> EditSession:
    """A follow-up that is edited; the name of the session is its number."""

    async def fetch(name: str) -> Current | None:
        rows = await store.read(follow_up_queries.follow_ups)
        return next(((name, _said(row)) for row in rows if str(row.number) == name), None)

    return EditSession(
        store,
        "follow-up",
        number,
        seen,
        fetch,
        subject="follow-up {name}",
        labels=LABELS,
        read=read_follow_up,
        author=partial(store.read, audit_log.who_changed, "follow-up", int(number)),
    )


def read_follow_up(name: str, text: str) -> FieldValue:
    """The value of a field of a follow-up."""
    return read_due(text) if name == "due_on" else text or None


def _said(row: FollowUpRow) -> dict[str, Value]:
    return {"text": row.text, "owner": row.owner, "due_on": row.due_on}


class FollowUpsScreen(UndoPage):
    """Lists the follow-ups, of one item where `key` is given; `answer` is the item that Enter goes to.

    What is marked here stays in its place until the page is left, so that no second key acts on the next one unseen.
    """

    CONTEXT = "followups"
    UNDO, REDO = "followup.undo", "followup.redo"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("followups")]

    def __init__(self, store: AsyncStore, key: str | None = None) -> None:
        super().__init__("Follow-ups" if key is None else f"Follow-ups of {line(key)}", store)
        self.key = key
        self.answer: str | None = None
        self.rows: tuple[FollowUpRow, ...] = ()
        self.shows_all = False
        self._shown: list[int] = []
        """The numbers of those that were shown, in their order."""

    async def load(self, *, choose: str | None = None) -> None:
        """The follow-ups as of now; those that were shown keep their places."""
        chosen = choose or self.lines.chosen
        found = {row.number: row for row in await self.store.read(follow_up_queries.follow_ups, key=self.key)}
        numbers = [number for number in self._shown if number in found]
        new = [row.number for row in found.values() if row.number not in self._shown]
        numbers += [number for number in new if self.shows_all or found[number].is_open or str(number) == choose]
        self._shown = numbers
        rows = self.rows = tuple(found[number] for number in numbers)
        note, glyphs = self._note(len(found) - len(rows)), self.host.glyphs
        self.lines.show(lambda width: page_lines(rows, note, width, glyphs))
        self.frame.note(f"{self.key_of('list.open')} goes to the item" if rows else "")
        for at, target in self.lines.built[1].items():
            if target == chosen:
                self.lines.place_cursor(at)
        self.show_keys()

    def _note(self, hidden: int) -> str:
        """What is not shown and which key shows it, or how to get a first one."""
        words = "" if self.rows else "No open follow-ups."
        if hidden:
            key = self.key_of("followup.all")
            return f"{words} {hidden:,} done or dropped; {key} shows all.".strip()
        return "" if self.rows else f"No follow-ups yet. {self.key_of('review.follow-up')} in a review records one."

    def _row(self) -> FollowUpRow | None:
        """The follow-up under the cursor."""
        return next((row for row in self.rows if str(row.number) == self.lines.chosen), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What acts on a follow-up needs one."""
        return super().check_action(action, parameters) and (bool(self.rows) or not ON_ONE.intersection(parameters))

    async def resume(self, draft: Draft) -> None:
        """Open the form of a draft."""
        await self.load(choose=draft.purpose.name)
        row = self._row()
        if row is None or str(row.number) != draft.purpose.name:
            raise await follow_up_session(self.store, draft.purpose.name, {}).removed_error()
        await self._edit(row)

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Enter goes to the item."""
        event.stop()
        row = self._row()
        if row is None:
            return
        if row.gone:
            self.refuse(RegisterError(f"{row.key} was removed", "drop its follow-up, or restore the item"))
            return
        self.answer = row.key
        self.dismiss(None)

    # Marking

    def action_done(self) -> None:
        """Done."""
        self._mark(FollowUpState.DONE)

    def action_drop(self) -> None:
        """Dropped."""
        self._mark(FollowUpState.DROPPED)

    def action_reopen(self) -> None:
        """Open again."""
        self._mark(FollowUpState.OPEN)

    def _mark(self, state: FollowUpState) -> None:
        row = self._row()
        if row is not None:
            self.converse(self._written(row, state))

    async def _written(self, row: FollowUpRow, state: FollowUpState) -> None:
        try:
            number, before = row.number, {row.number: row.state}
            verb = self.store.write(review_commands.mark_follow_ups, (number,), state, before=before)
            await self.change_or_raise(verb, choose=str(row.number))
        except RegisterError as error:
            self.refuse(error)
            await self.guarded(self.load())

    def action_edit(self) -> None:
        """Edit the chosen follow-up."""
        row = self._row()
        if row is not None:
            self.converse(self._edit(row))

    async def _edit(self, row: FollowUpRow) -> None:
        session = follow_up_session(self.store, str(row.number), _said(row))

        async def save(values: Values) -> None:
            typed = {name: read_follow_up(name, text.strip()) for name, text in values.items()}
            changes = {name: value for name, value in typed.items() if value != session.seen[name]}
            if changes:
                before = {name: read_follow_up(name, text) for name, text in session.texts().items()}
                verb = self.store.write(review_commands.edit_follow_up, row.number, changes, before=before)
                await self.change_or_raise(verb, choose=str(row.number))

        known = await self.store.read(overview_queries.names_in_use)
        due = row.due_on.isoformat() if row.due_on else ""
        fields = follow_up_fields(known.owners, self.host.target.today, text=row.text, owner=row.owner or "", due=due)
        title = f"Follow-up {row.number} on {line(row.key)}"
        await ask_form(self, title, fields, save, session=session, purpose=Purpose("followup.edit", str(row.number)))

    def action_all(self) -> None:
        """Also those that were done or dropped, or again only the open ones."""
        self.shows_all = not self.shows_all
        self._shown = []
        self.converse(self.guarded(self.load()))


async def follow_ups_page(screen: ItemScreen, _: str) -> None:
    """The follow-ups, in a review those of its item; Enter there goes to an item."""
    page = FollowUpsScreen(screen.store, screen.item_actions.items.selected if screen.CONTEXT == "review" else None)
    await screen.show(page)
    await screen.load(choose=page.answer)
