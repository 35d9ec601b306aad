"""Describes changes in sentences, the same on the screen and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from store.fields import ITEM_FIELDS, no_value
from store.text import join_few, number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from store.formats.document.diff import Difference
    from store.queries.history import ChangeRow

_REVERSED = {"undo": "undid", "redo": "redid"}
_IMPORTED = {"import": "a document", "import-map": "a map"}
_DOCUMENT = "document"
RESTORED = "restore"
_RULED = {"escalate": "breaks", "clear": "no longer breaks"}
_SAVED = ("view", "rule")
_CLOSED = {"done": "completed", "dropped": "dropped"}
_CALLED = {field.name: field.noun for field in ITEM_FIELDS if field.noun} | {
    "accept_for": "acceptance days",
    "mitigate_within": "days to mitigate",
    "project_total": "total projects",
    "last_updated": "Last Updated date",
}


class Deed(Protocol):
    """What a sentence needs to describe a change; `before` and `after` are texts for people."""

    @property
    def verb(self) -> str: ...
    @property
    def entity(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def field(self) -> str | None: ...
    @property
    def before(self) -> str | None: ...
    @property
    def after(self) -> str | None: ...
    @property
    def note(self) -> str | None: ...


class _Edit(NamedTuple):
    """A difference as a change without an actor."""

    entity: str
    key: str
    field: str | None
    before: str | None
    after: str | None
    verb: str = ""
    note: str | None = None


def sentence(change: ChangeRow, *, cut: Callable[[str], str] = str) -> str:
    """`ana set the status of EN-001 from Open to Mitigated`; `cut` shortens each value."""
    return f"{change.actor} {deed(change, cut=cut)}"


def difference(found: Difference, *, cut: Callable[[str], str] = str) -> str:
    """How one document differs from another: `set the status of EN-001 from Open to Mitigated`."""
    return deed(_Edit(*found), cut=cut)


def deed(change: Deed, *, cut: Callable[[str], str] = str) -> str:
    """What was done, without who did it: `set the status of EN-001 from Open to Mitigated`."""
    words = _whole(change, cut) if change.field is None else _field(change, cut)
    back = _REVERSED.get(change.verb)
    done = f"{words} ({change.verb})" if back else words
    return f"{done}: {cut(change.note)}" if change.note and not _is_remark(change) else done


def summed_up(verb: str, number: int) -> str:
    """A whole batch of many changes: `imported a document: 812 changes`."""
    counted = number_of(number, "change")
    if verb in _IMPORTED:
        return f"imported {_IMPORTED[verb]}: {counted}"
    return f"{_REVERSED[verb]} {counted}" if verb in _REVERSED else f"made {counted} ({verb.replace('-', ' ')})"


def called(field: str) -> str:
    """The name of a field in a sentence."""
    return _CALLED.get(field, field.replace("_", " "))


def of_one(changes: Sequence[ChangeRow], *, cut: Callable[[str], str] = str) -> str:
    """What one batch did to one row: one change in full, or the fields of several."""
    fields = [called(change.field) for change in changes if change.field is not None]
    if len(changes) == 1 or len(fields) < len(changes):
        return sentence(changes[0], cut=cut)
    return f"{changes[0].actor} changed {join_few(fields)} of {_name(changes[0])}"


def _is_remark(change: Deed) -> bool:
    return change.field is None and change.before is None and change.after is None


def _name(change: Deed) -> str:
    """What a sentence calls the row of a change."""
    if change.entity == "register":
        return "the register"
    if change.entity == "category":
        return f"the category {change.key}"
    if change.entity == "dependency":
        source, _, target = change.key.partition(" -> ")
        return f"the link from {source} to {target}"
    if change.entity == "follow-up":
        return f"the follow-up on {change.key}"
    if change.entity in ("signal", "signal-rule"):
        return f"the {change.entity.replace('-', ' ')} {change.key}"
    return f"the {change.entity} {change.key}" if change.entity in _SAVED else change.key


def _whole(change: Deed, cut: Callable[[str], str]) -> str:
    """A row that was added, removed or commented on."""
    if change.verb == RESTORED:
        return f"restored the register {cut(change.note or '')}"
    if change.verb in _RULED:
        return f"recorded that {change.key} {_RULED[change.verb]} the rule {cut(change.note or '')}"
    if _is_remark(change):
        return f"commented on {_name(change)}" + (f": {cut(change.note)}" if change.note else "")
    came = change.before is None
    text = change.after if came else change.before
    also = f": {cut(text)}" if text else ""
    if change.entity == "dependency":
        source, _, target = change.key.partition(" -> ")
        return f"{f'linked {source} to' if came else f'unlinked {source} from'} {target}{also}"
    if change.entity == "signal-item":
        return _attachment(change.key, attached=came)
    if change.entity == "signal":
        return f"reported the signal {change.key}"
    if change.entity == "register":
        return f"{'created' if came else 'removed'} the register{also}"
    if change.entity == "review":
        return f"started {change.key}{also}"
    if change.entity == "decision":
        return f"reviewed {change.key}" if came else f"marked {change.key} as not reviewed"
    made = "saved" if change.entity in _SAVED else "added"
    return f"{made if came else 'removed'} {_name(change)}{also}"


def _attachment(key: str, *, attached: bool) -> str:
    """A signal that was attached to an item, or detached from it."""
    signal, _, item = key.rpartition(" -> ")
    return f"attached the signal {signal} to {item}" if attached else f"detached the signal {signal} from {item}"


def _field(change: Deed, cut: Callable[[str], str]) -> str:
    """A field that changed."""
    field = called(str(change.field))
    if change.entity == "register" and change.field == _DOCUMENT:
        done = "exported" if change.verb == "export" else "imported"
        return f"{done} the document {cut(change.after or 'without a file')}"
    if change.entity == "signal-item":
        return _attachment(change.key, attached=change.after == "1")
    if change.field == "episode":
        return f"reported the signal {change.key} as {change.after}"
    if change.field == "muted_until":
        return f"muted {_name(change)} until {change.after}" if change.after else f"unmuted {_name(change)}"
    if change.field == "ended":
        return f"reopened {change.key}" if change.after is None else f"ended {change.key}"
    if change.entity == "decision":
        return f"reviewed {change.key} again"
    if change.field == "resolution":
        return f"{_CLOSED.get(change.after or '', 'reopened')} {_name(change)}"
    if change.field == "position":
        return f"moved {_name(change)}"
    if change.before is None and change.after is None:
        return f"changed the {field} of {_name(change)}"
    absent = no_value(change.field) or None
    before, after = (absent if text is None else cut(text) for text in (change.before, change.after))
    if after is None:
        return f"cleared the {field} of {_name(change)}, which was {before}"
    was = f" from {before}" if before is not None else ""
    return f"set the {field} of {_name(change)}{was} to {after}"
