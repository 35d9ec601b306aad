"""The register's own page: title, system, purpose, note, project total and the review cadence."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from store.content import CadenceEntry
from store.errors import InvalidValueError
from store.fields import clean_line, clean_text, required_line
from tui.lines import Line, emphasised, labelled, wrapped
from tui.screens.form import FormField, Values
from tui.screens.page import PageScreen
from tui.text import line
from tui.widgets.runs import bindings

if TYPE_CHECKING:
    from textual.binding import BindingType

    from store.rows import RegisterRow
    from tui.gateway import Gateway
    from tui.widgets.built_view import Built
    from tui.widgets.line_view import LineView

FACTS = (
    ("title", "Title", False),
    ("system", "System", False),
    ("extends", "Extends", False),
    ("project_total", "Projects in all", False),
    ("purpose", "Purpose", True),
    ("note", "Note", True),
)


def project_total(typed: str) -> int | None:
    """A whole number of projects, None where blank."""
    text = typed.strip().replace(",", "")
    if not text:
        return None
    if not text.isdigit() or int(text) == 0 or len(text) > 12:
        raise InvalidValueError("project_total", f"{typed.strip()!r} is no number of projects", "write it as 3000")
    return int(text)


def read_fact(name: str, typed: str) -> str | int | None:
    """The stored value of a register fact. Raises InvalidValueError."""
    if name == "project_total":
        return project_total(typed)
    if name == "title":
        return required_line(name, typed)
    return (clean_text if name in ("purpose", "note") else clean_line)(name, typed) or None


def fact_text(row: RegisterRow, name: str) -> str:
    """A register fact as a form shows it."""
    value = getattr(row, name)
    return "" if value is None else str(value)


def page_lines(row: RegisterRow, width: int) -> Built:
    """The facts, then the cadence; the cadence's lines are stops."""
    lines: list[Line] = [*wrapped(((line(row.title), "strong accent"),), width)]
    for name, label, long in FACTS[1:]:
        text = fact_text(row, name)
        if long:
            lines += [(), ((label, "label"),), *wrapped(emphasised(text or "none yet"), width)]
        else:
            lines += labelled(label, text or "not said", width)
    lines.append(())
    if row.last_updated:
        lines += labelled("Last updated", f"{row.last_updated.isoformat()}, as the document says", width)
    if row.document_path:
        lines += labelled("Document", row.document_path, width)
    lines += [(), (("Review cadence", "label"),)]
    targets: dict[int, str] = {}
    for number, entry in enumerate(row.cadence):
        targets[len(lines)] = str(number)
        lines += wrapped(((f"{line(entry.label)}: ", "strong"), *emphasised(entry.text)), width, "  ")
    if not row.cadence:
        lines.append((("none yet", "quiet"),))
    return lines, targets


class RegisterScreen(PageScreen):
    """Shows the register's facts and edits them."""

    CONTEXT = "register"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("register")]

    def __init__(self, gateway: Gateway) -> None:
        super().__init__("Register", gateway)
        self.row: RegisterRow | None = None

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (no item here)
        """The facts as they are now."""
        row = self.row = await self.store.facts()
        self.lines.show(lambda width: page_lines(row, width))

    def do_register_edit(self) -> None:
        """Edit the facts."""
        row = self.row
        if row is None:
            return

        async def save(values: Values) -> None:
            seen = {name: getattr(row, name) for name in values}
            new = {name: read_fact(name, typed) for name, typed in values.items() if typed != fact_text(row, name)}
            changes = {name: value for name, value in new.items() if value != seen[name]}
            if changes:
                await self.change_or_raise(self.store.set_register(changes, before={n: seen[n] for n in changes}))

        fields = [
            FormField(name, label, fact_text(row, name), long=long, check=partial(read_fact, name))
            for name, label, long in FACTS
        ]
        self.converse(self.ask("The register", fields, save))

    def do_register_cadence_new(self) -> None:
        """Add a cadence entry."""
        self._cadence_form(None)

    def do_register_cadence_edit(self) -> None:
        """Edit the chosen cadence entry."""
        if self.lines.chosen is not None:
            self._cadence_form(int(self.lines.chosen))

    def _cadence_form(self, number: int | None) -> None:
        row = self.row
        if row is None:
            return
        entry = row.cadence[number] if number is not None else CadenceEntry("", "")

        async def save(values: Values) -> None:
            new = CadenceEntry(required_line("label", values["label"]), clean_text("text", values["text"]))
            cadence = list(row.cadence)
            if number is None:
                cadence.append(new)
            else:
                cadence[number] = new
            await self._set_cadence(row, tuple(cadence))

        fields = (
            FormField(
                "label",
                "Label",
                entry.label,
                "such as Debt review frequency",
                check=lambda t: required_line("label", t),
            ),
            FormField("text", "Text", entry.text, long=True, check=lambda t: clean_text("text", t)),
        )
        self.converse(self.ask("Review cadence", fields, save))

    def do_register_cadence_remove(self) -> None:
        """Remove the chosen cadence entry."""
        row, target = self.row, self.lines.chosen
        if row is None or target is None:
            return
        at = int(target)

        async def flow() -> None:
            question = f"Remove {line(row.cadence[at].label)!r} from the cadence?"
            if await self.confirm(question, yes="y", label="remove"):
                await self.guarded(self._set_cadence(row, (*row.cadence[:at], *row.cadence[at + 1 :])))

        self.converse(flow())

    async def _set_cadence(self, row: RegisterRow, cadence: tuple[CadenceEntry, ...]) -> None:
        await self.change_or_raise(self.store.set_register({"cadence": cadence}, before={"cadence": row.cadence}))

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Enter edits the cadence entry."""
        event.stop()
        self.do_register_cadence_edit()

    def do_register_close(self) -> None:
        """Back to the dashboard."""
        self.dismiss(None)
