"""A form: fields with their errors next to them, suggestions while typing, and nothing typed is lost."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Protocol

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from store.errors import InvalidValueError, RegisterError
from store.text import plural
from tui.commands import of_context
from tui.dispatch import bindings
from tui.editing.drafts import Draft, take_up
from tui.editing.session import FormFollower
from tui.render.text import cut, line, safe
from tui.screens.base import BaseScreen
from tui.screens.dialogs import Asks, Choice, choose, confirm
from tui.widgets.bars import KeyBar
from tui.widgets.inputs import FieldList, LineField, TextField
from tui.widgets.suggestions import Proposals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from tui.editing.drafts import Claim, Purpose
    from tui.editing.fields import Complete, FormField, Save, Tell
    from tui.editing.session import Conflict, EditSession, RemoteChange


CHROME_ROWS = 8
"""The rows of a form around its fields: border, proposals, keys."""
SLIM = 60
"""The columns below which labels are cut, and messages about a field begin at the left."""
ROOM = 60
"""The cells from which a hint says in whole words what saving will do."""
LONG_ROWS = 5
"""The rows of a field of several lines, where there is room."""


class FormScreen(BaseScreen[bool]):
    """Asks for fields and saves them; the result says whether it was saved.

    `save` raises RegisterError to refuse: the form stays with the sentence, InvalidValueError next to its field.
    session: what is edited; the form follows what others do to it, and asks where that and what was typed
    differ. typed: what the fields say at first, where that is not what they began with; it is saved at once.
    purpose, draft: what it is for, and what was typed for it before. tell: what saving would come to, in a sentence.
    verb: what saving does, for the key bar.
    """

    CONTEXT = "form"
    MODAL = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("form", priority=True), *bindings("suggestions")]
    DEFAULT_CSS = """
    FormScreen { align: center middle; }
    FormScreen > Vertical { width: 100%; max-width: 92; height: auto; max-height: 100%; background: $surface;
        border: round $border-blurred; border-title-color: $accent; border-title-style: bold; padding: 0 1; }
    FormScreen > Vertical.-tall { height: 100%; }
    FormScreen .title { text-style: bold; color: $accent; height: 1; display: none; text-wrap: nowrap;
        text-overflow: ellipsis; }
    FormScreen FieldList { height: auto; max-height: 1fr; scrollbar-size: 0 1; scrollbar-gutter: stable; }
    FormScreen .-tall FieldList { height: 1fr; }
    FormScreen .field { height: auto; }
    FormScreen .label { height: 1; padding-right: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    FormScreen Input { width: 1fr; height: 1; border: none; padding: 0 1; background: $panel; }
    FormScreen TextArea { width: 1fr; height: 5; border: none; padding: 0 0 0 1; background: $panel;
        scrollbar-size: 0 1; scrollbar-gutter: stable; }
    FormScreen Input:focus, FormScreen TextArea:focus { background: $surface-lighten-1; }
    FormScreen .-tall TextArea { height: auto; max-height: 1; }
    FormScreen .-tall.-rows-3 TextArea { max-height: 3; }
    FormScreen .-tall.-rows-5 TextArea { max-height: 5; }
    FormScreen .-tall TextArea:focus, FormScreen .-tall.-rows-3 TextArea:focus { min-height: 3; max-height: 6; }
    FormScreen.-short Proposals { height: 4; }
    FormScreen.-low > Vertical { height: 100%; border: none; }
    FormScreen.-low .title { display: block; }
    FormScreen.-low FieldList { height: 1fr; }
    FormScreen.-low TextArea { height: 3; }
    FormScreen.-low .-tall TextArea:focus { max-height: 3; }
    FormScreen.-low Proposals { height: 3; }
    FormScreen.-low.-refused Proposals { display: none; }
    FormScreen .error { color: $error; height: auto; display: none; }
    FormScreen .error.-shown { display: block; }
    FormScreen .change { color: $warning; text-style: bold; height: auto; display: none; }
    FormScreen .change.-shown { display: block; }
    FormScreen #change { padding-left: 1; max-height: 4; }
    FormScreen #summary { color: $accent; height: auto; }
    FormScreen .refusal { color: $error; height: auto; display: none; }
    FormScreen .refusal.-shown { display: block; }
    """

    def __init__(
        self,
        title: str,
        fields: Sequence[FormField],
        save: Save,
        *,
        session: EditSession | None = None,
        typed: Mapping[str, str] | None = None,
        purpose: Purpose | None = None,
        draft: Draft | None = None,
        tell: Tell | None = None,
        verb: str = "save",
    ) -> None:
        super().__init__()
        self.form_title = title
        self.fields = tuple(fields)
        self.save = save
        self.purpose = purpose
        self.taken = draft
        self.tell = tell
        self.verb = verb
        base = {field.name: field.value for field in fields}
        self.typed = dict(typed or {}) if draft is None else take_up(draft, base, session)
        self.session = session
        self.follower = FormFollower(session, base, self)
        self._refused: dict[str, str] = {}
        """What was typed when it was submitted last; a refusal is of that."""

    def compose(self) -> ComposeResult:
        """Title, fields with their errors, proposals, keys."""
        glyphs = self.host.glyphs
        is_tall = len(self.fields) > 6
        with Vertical(classes="-tall" if is_tall else "") as self.box:
            if is_tall:
                self.box.styles.max_height = CHROME_ROWS + sum(LONG_ROWS if f.long else 1 for f in self.fields)
            self._fit()
            yield Static(Content(line(self.form_title)), classes="title")
            with FieldList(can_focus=False):
                for field in self.fields:
                    with Horizontal(classes="field"):
                        label = Static(Content(field.label), classes="label")
                        label.styles.width = self.label_width
                        yield label
                        yield self._editor(field)
                    error = Static("", id=f"error-{field.name}", classes="error")
                    error.styles.padding = self.beside
                    yield error
            if self.tell is not None:
                yield Static("", id="summary")
            yield Static("", id="change", classes="change")
            yield Static("", classes="refusal")
            self.proposals = Proposals(glyphs=glyphs)
            yield self.proposals
            self.keys = KeyBar(glyphs=glyphs)
            yield self.keys

    def _editor(self, field: FormField) -> Input | TextArea:
        text, hint = self.typed.get(field.name, field.value), self.placeholder_of(field.name)
        if field.long:
            area = TextField(text, name=f"field-{field.name}", more=self.host.glyphs.more)
            area.placeholder = hint
            area.tooltip = None
            return area
        return LineField(text, placeholder=hint, id=f"field-{field.name}", compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        """Begin in the first field."""
        self._show_keys()
        self.widget_of(self.fields[0].name).focus()
        self._tell()
        if self.taken is not None:
            self.call_after_refresh(self.others_changed)
        elif self.typed:
            self.call_after_refresh(self.action_save)

    def _show_keys(self) -> None:
        """The keys, with what they do in this form and in this field."""
        field = self._current()
        labels = {"form.save": self.verb}
        if field is not None and field.complete is not None:
            labels["form.next"] = "complete"
        commands = [c for c in of_context("form", self.host.commands) if c.bar]
        self.keys.show(tuple(c._replace(label=labels.get(c.id, c.label)) for c in commands))

    def on_resize(self) -> None:
        """Fit the labels to the width, and the rows around the fields to the height."""
        self._fit()
        for label in self.query(".label"):
            label.styles.width = self.label_width
        for hint in self.query(".error, FieldList .change"):
            hint.styles.padding = self.beside

    def _fit(self) -> None:
        width, height = self.app.size
        self.set_class(height < 36, "-short")
        self.set_class(height < 20, "-low")
        room = height - (5 if height < 20 else CHROME_ROWS - (height < 36))
        for rows in (3, LONG_ROWS):
            needed = sum(rows if field.long else 1 for field in self.fields)
            self.box.set_class(needed <= room, f"-rows-{rows}")
        self.label_width = min(max(cell_len(field.label) for field in self.fields), 15 if width < SLIM else 19) + 1
        self.beside = (0, 0, 0, self.label_width + 1 if width >= SLIM else 1)
        self.box.border_title = Text(cut(line(self.form_title), min(width, 92) - 6, self.host.glyphs.more))

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """Focus a field; the list of the fields sees to it that it shows."""
        super().set_focus(widget, scroll_visible and not isinstance(widget, Input | TextArea), from_app_focus)

    def _current(self) -> FormField | None:
        focused = self.focused
        return next((f for f in self.fields if focused is not None and focused.id == f"field-{f.name}"), None)

    # What others do, and what is kept when the program ends

    def widget_of(self, name: str) -> Input | TextArea:
        """The widget of a field."""
        widget = self.query_one(f"#field-{name}")
        assert isinstance(widget, Input | TextArea)
        return widget

    def text_of(self, name: str) -> str:
        """The text of a field."""
        widget = self.widget_of(name)
        return widget.value if isinstance(widget, Input) else widget.text

    def put_text(self, name: str, text: str) -> None:
        """Replace the text of a field; the cursor stays where it can."""
        widget = self.widget_of(name)
        if isinstance(widget, LineField):
            widget.show_hint(self.placeholder_of(name))
        else:
            widget.placeholder = self.placeholder_of(name)
        if self.text_of(name) == text:
            return
        if isinstance(widget, Input):
            at = widget.cursor_position
            widget.value = text
            widget.cursor_position = min(at, len(text))
            return
        row, column = widget.cursor_location
        top = widget.scroll_offset.y
        widget.load_text(text)
        row = min(row, widget.document.line_count - 1)
        widget.move_cursor((row, min(column, len(widget.document.get_line(row)))))
        widget.scroll_to(y=top, animate=False)

    def hint_of(self, name: str) -> str:
        """What a field says while nothing is in it."""
        several = self.session.hint(name) if self.session is not None else ""
        return several or next(field.hint for field in self.fields if field.name == name)

    def placeholder_of(self, name: str) -> str:
        """The text in an empty field: the hint of a field of several lines is below the form."""
        field = next(field for field in self.fields if field.name == name)
        hint = self.hint_of(name)
        return hint if not field.long or hint != field.hint else ""

    async def others_changed(self) -> None:
        """Follow what others changed, and say what saving will ask about."""
        if self.is_mounted:
            await self.follower.follow()

    async def show_remote_change(self, name: str, change: RemoteChange | None) -> None:
        """Say under a field what someone changed; nothing that is being typed moves."""
        found = self.query(f"#change-{name}")
        if not found and change is None:
            return
        words = self._words(change) if change is not None else ""
        if found:
            hint = found.first(Static)
            hint.update(Content(words))
        else:
            hint = Static(Content(words), id=f"change-{name}", classes="change")
            hint.styles.padding = self.beside
            await self.query_one(FieldList).mount(hint, after=f"#error-{name}")
        if hint.has_class("-shown") != bool(words):
            hint.set_class(bool(words), "-shown")
            focused, names = self.focused, [f"field-{field.name}" for field in self.fields]
            if focused is not None and focused.id in names[names.index(f"field-{name}") + 1 :]:
                self._scroll_by(1 if words else -1)

    def _words(self, change: RemoteChange) -> str:
        """`bo changed this to "..."; saving will ask`, cut to the room there is."""
        room, more = self.query_one(FieldList).scrollable_content_region.width - self.beside[3], self.host.glyphs.more
        who, theirs, whose = change
        head, tail = f"{who}: ", "; saving will ask"
        if room >= ROOM:
            head = f"{who} changed this to "
        if whose:
            return cut(f"{who} changed this of {whose}{tail}", room, more)
        if not theirs:
            return cut(f"{who} cleared this{tail}", room, more)
        return f'{head}"{cut(theirs, max(room - cell_len(head + tail) - 2, 4), more)}"{tail}'

    def _scroll_by(self, rows: int) -> None:
        """Scroll by as much as a hint moves the fields below it, in the same frame where there is room to."""
        scroll = self.query_one(FieldList)
        wanted = scroll.scroll_y + rows

        def go() -> None:
            scroll.scroll_to(y=wanted, animate=False, force=True, immediate=True)

        go()
        if scroll.scroll_y != wanted:
            self.call_after_refresh(go)

    async def show_notes(self, notes: Sequence[str]) -> None:
        """Say below the fields what others changed elsewhere."""
        note = self.query_one("#change", Static)
        note.update(Content("\n".join(notes)))
        note.set_class(bool(notes), "-shown")

    @property
    def has_unsaved(self) -> bool:
        """Whether anything was typed."""
        return bool(self.query(f"#field-{self.fields[-1].name}")) and self.follower.is_changed

    def left_open(self, how: str) -> Draft | None:
        """What was typed, where anything was."""
        if self.purpose is None or not self.has_unsaved:
            return None
        return Draft(
            self.purpose,
            texts=self.follower.texts,
            base=dict(self.follower.base),
            seen=self.session.texts() if self.session else {},
            ended=self.host.target.now,
            how=how,
            place=self.taken.place if self.taken is not None else None,
        )

    # Checking

    def _check(self, field: FormField) -> bool:
        error = ""
        if field.check is not None:
            try:
                field.check(self.text_of(field.name))
            except InvalidValueError as refused:
                error = str(refused)
        self._show_error(field.name, error)
        return not error

    def _show_error(self, name: str, error: str) -> None:
        shown = self.query_one(f"#error-{name}", Static)
        shown.update(Content(line(error)))
        shown.set_class(bool(error), "-shown")

    def _refuse(self, error: str) -> None:
        refusal = self.query_one(".refusal", Static)
        refusal.update(Content(safe(error)))
        refusal.set_class(bool(error), "-shown")
        # In a low terminal the sentence takes the rows of what could be proposed.
        self.set_class(bool(error), "-refused")

    # Typing

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self) -> None:
        if self.follower.texts != self._refused:
            self._forget_refusal()
        field = self._current()
        if field is not None:
            self._propose(field)
            self._tell()

    def _forget_refusal(self) -> None:
        """Other values were typed than were refused: say only what is still wrong with them."""
        self._refuse("")
        for field in self.fields:
            if self.query_one(f"#error-{field.name}").has_class("-shown"):
                self._check(field)

    def _tell(self) -> None:
        if self.tell is not None:
            self.background("tell", self._fetch_told)

    async def _fetch_told(self) -> None:
        if self.tell is not None:
            said = await self.tell(self.follower.texts)
            for summary in self.query("#summary").results(Static):
                summary.update(Content(line(said)))

    def on_descendant_focus(self) -> None:
        """Proposals and keys for the field that came into focus."""
        self._show_keys()
        field = self._current()
        if field is not None:
            self._propose(field)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Check the field that was left, once something is in it."""
        field = next((f for f in self.fields if event.widget.id == f"field-{f.name}"), None)
        if field is not None and self.text_of(field.name).strip() and self._check(field):
            self._write_in_numbers(field)

    def _propose(self, field: FormField) -> None:
        self.background("propose", partial(self._fetch_proposals, field))

    async def _fetch_proposals(self, field: FormField) -> None:
        found = await field.propose(self.text_of(field.name)) if field.propose is not None else ()
        # In a thread: the first date in words imports what reads it.
        understood = await asyncio.to_thread(field.understood, self.text_of(field.name)) if field.in_numbers else ""
        if field is self._current():
            self.proposals.show(understood or self.hint_of(field.name), found)

    def action_step(self, by: int) -> None:
        """Choose the next suggestion, or the one before; a field of several lines keeps the key for itself."""
        field = self._current()
        if field is not None and not field.long and self.proposals.choices:
            self.proposals.step(by)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        field, proposals = self._current(), self.proposals
        lit = proposals.lit
        if field is not None and lit is not None:
            self._put(field, lit.value)
        elif field is self.fields[-1]:
            self.action_save()
        else:
            self.action_next()

    @on(Proposals.Taken)
    def _taken(self, event: Proposals.Taken) -> None:
        field = self._current()
        if field is not None:
            self._put(field, event.proposal.value)

    def _put(self, field: FormField, value: str) -> None:
        widget = self.widget_of(field.name)
        if isinstance(widget, Input):
            widget.value = value
            widget.cursor_position = len(value)
            self.proposals.hide()

    # Commands

    def action_next(self) -> None:
        """The next field; first, a field that can be completed is."""
        field = self._current()
        if field is not None and field.complete is not None:
            self.converse(self._complete(field, field.complete))
        else:
            self.focus_next("Input, TextArea")

    async def _complete(self, field: FormField, complete: Complete) -> None:
        """Take the selected proposal, else what all of them agree on; without more to take, go to the next field."""
        typed, lit = self.text_of(field.name), self.proposals.lit
        completed = lit.value if lit is not None else await complete(typed)
        if completed != typed:
            self._put(field, completed)
        else:
            self.focus_next("Input, TextArea")

    def action_previous(self) -> None:
        """The previous field."""
        self.focus_previous("Input, TextArea")

    def action_save(self) -> None:
        """Check every field, then save."""
        self.converse(self._save())

    async def _save(self) -> None:
        self._refuse("")
        self._refused = self.follower.texts
        wrong = [field for field in self.fields if not self._check(field)]
        if wrong:
            self.widget_of(wrong[0].name).focus()
            return
        if not await self._dates_are_meant():
            return
        try:
            if self.session is None:
                await self.save(self.follower.texts)
            else:
                self.keys.work_on(self.session.progress_message)
                if not await self.session.save(self._attempt, self._decide):
                    return
        except InvalidValueError as error:
            if error.field in self.follower.texts:
                self._show_error(error.field, str(error))
                self.widget_of(error.field).focus()
            else:
                self._refuse(str(error))
        except RegisterError as error:
            self._refuse(str(error))
        else:
            self.dismiss(True)
        finally:
            self.keys.hush()

    def _write_in_numbers(self, field: FormField) -> None:
        """Put a date that was typed in words as YYYY-MM-DD; a word for no date stays."""
        widget = self.widget_of(field.name)
        if field.in_numbers is not None and isinstance(widget, Input):
            with suppress(InvalidValueError):
                written = field.in_numbers(widget.value)
                if written != widget.value:
                    widget.value = written
                    widget.cursor_position = len(written)

    async def _dates_are_meant(self) -> bool:
        """Put dates as YYYY-MM-DD; those that were set to the past are asked about."""
        for field in self.fields:
            self._write_in_numbers(field)
        values = self.follower.texts
        past = [each for each in self.fields if values[each.name] != self.follower.base[each.name]]
        past = [each for each in past if each.is_past(values[each.name])]
        if not past:
            return True
        dates = " and ".join(f"{each.label.lower()} {values[each.name]}" for each in past)
        choices = (Choice("f", "fix the date", "fix"), Choice("s", "save it anyway", "save"))
        question = f"{plural(len(past), 'This date is', 'These dates are')} in the past: {dates}."
        if await choose(self, question, choices, enter="fix") == "save":
            return True
        self.widget_of(past[0].name).focus()
        return False

    async def _attempt(self) -> None:
        await self.save({**self.follower.settled, **self.follower.texts})

    async def _decide(self, conflicts: Sequence[Conflict]) -> bool:
        """Ask for the value of each field, and apply the answer; whether there was one."""
        from tui.editing.conflict import ask_conflicts

        answer = await ask_conflicts(self, self.session.display_name if self.session else "", conflicts)
        if answer is not None:
            await self.follower.apply_answer(conflicts, answer)
        return answer is not None

    def action_cancel(self) -> None:
        """Leave; typed text is asked about first."""
        self.converse(self._cancel())

    async def _cancel(self) -> None:
        question = "Leave without saving what you typed?"
        if not self.follower.is_changed or await confirm(self, question, yes="y", label="leave"):
            self.dismiss(False)


class Edits(Asks, Protocol):
    """A screen over an open register, within a conversation.

    frozen: why nothing can be changed now. purpose: what the conversation is for. resuming: the draft that the next
    form continues with.
    """

    purpose: Purpose | None
    resuming: Claim | None

    @property
    def frozen(self) -> RegisterError | None: ...

    def refuse(self, error: Exception) -> None: ...


async def ask_form(
    screen: Edits,
    title: str,
    fields: Sequence[FormField],
    save: Save,
    *,
    session: EditSession | None = None,
    typed: Mapping[str, str] | None = None,
    purpose: Purpose | None = None,
    tell: Tell | None = None,
    verb: str = "save",
) -> bool:
    """Open a form that changes the register; whether it was saved. What is typed is kept when the program ends.

    The options are those of `FormScreen`.
    """
    if (frozen := screen.frozen) is not None:
        screen.refuse(frozen)
        return False
    claim, screen.resuming = screen.resuming, None
    form = FormScreen(
        title,
        fields,
        save,
        session=session,
        typed=typed,
        purpose=purpose or screen.purpose,
        draft=claim.draft if claim is not None else None,
        tell=tell,
        verb=verb,
    )
    saved = await screen.show(form)
    if claim is not None:
        claim.forget()
    return saved
