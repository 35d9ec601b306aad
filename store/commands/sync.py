"""Sync: what changed in a file and in the register since both said the same goes into the other one."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from store.commands.export import (
    SUFFIXES,
    Format,
    copy_text,
    export_copy,
    export_file,
    export_text,
    export_to,
    format_of,
    is_document,
)
from store.commands.imports.apply import apply_import, json_of
from store.commands.imports.plan import SEEN_LAST, Origin, plan_import
from store.commands.imports.pruning import NO_REMOVALS
from store.db.reader import decode_rows
from store.errors import OutdatedPlanError, OverwriteError, RegisterError
from store.fields import WHEN_THERE
from store.formats.document.diff import Difference, differences
from store.formats.document.document_merge import merge_documents
from store.formats.document.reader import parse
from store.formats.document.rules import EVERYTHING
from store.formats.document.writer import texts_in_place
from store.formats.register_json import Copy
from store.queries.documents import (
    FileState,
    digests_of,
    field_changes,
    file_states,
    find_sync_state,
    head_before,
    stored_content,
    stored_document,
    unrecorded_ids,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from store.audit.log import ChangeRecord
    from store.commands.imports.plan import ImportPlan, Prefer, Same
    from store.commands.imports.pruning import Removals
    from store.db.database import Database
    from store.formats.document.model import Item, Register
    from store.formats.document.rules import ReadingRules
    from store.queries.documents import StoredDocument

_MOST_STATES = 30
_MOST_TEXT = 60_000_000
"""How many earlier texts, and characters of them, a file is compared with."""
CHANGED_SINCE = (OutdatedPlanError, OverwriteError)
"""The file or the register changed after it was looked at, and nothing that someone else wrote is lost: look again."""


class OlderState(NamedTuple):
    """The import or export that a file goes back to, and what importing the file would revert.

    `is_changed`: it was edited since then.
    """

    time: datetime
    verb: str
    taken_back: tuple[Difference, ...]
    is_changed: bool


class SyncPlan(NamedTuple):
    """What a sync imports from a file. `file` is what the file says, and `plan` what is taken over.

    `sha256` is that of the file, `is_known` whether nothing is to be imported. While `older` is set, someone has to
    choose between the register and the file.
    """

    plan: ImportPlan
    file: ImportPlan
    sha256: str
    is_known: bool = False
    older: OlderState | None = None


class Synced(NamedTuple):
    """What a sync changed in the register and in the file; `is_written`: the file has other text now."""

    register: tuple[Difference, ...]
    file: tuple[Difference, ...]
    is_written: bool


def plan_sync(
    db: Database | None,
    text: str,
    *,
    path: Path,
    settled: ReadingRules,
    same: Same,
    prefer: Prefer | None = None,
) -> SyncPlan:
    """What a sync imports from the text of a file; `prefer` says whose values win if the file is an older state."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    is_copy = db is not None and _is_copy(db, text, path)
    origin = Origin(is_copy=True) if is_copy else SEEN_LAST
    plan = plan_import(db, text, path=str(path), settled=settled, same=same, origin=origin)
    found = SyncPlan(plan, plan, sha256)
    if db is None or plan.first or plan.problems or plan.map_alone:
        return found
    if plan.is_copy:
        found = found._replace(is_known=_brings_nothing(plan))
        former = _with_former_values(db, plan) if is_copy else None
        if former is None:
            return found
        own = plan_import(db, text, path=str(path), settled=settled, same=same, origin=Origin(None, True, former[0]))
        rebased = SyncPlan(own, own, sha256, is_known=_brings_nothing(own))
        return _settled(found, rebased, former[1], prefer)
    base = _base_of(db, text, sha256, str(path))
    if base is None:
        return found
    if base.older is None:
        return found._replace(is_known=base.is_same)
    rebased = _rebased(db, text, base, path, settled, same, sha256)
    return rebased if base.is_own else _settled(found, rebased, base.older, prefer)


def _settled(found: SyncPlan, rebased: SyncPlan, state: FileState, prefer: Prefer | None) -> SyncPlan:
    """Of the plans that take all of a file, and only what was edited in it since an older state, the one to do."""
    taken_back = _taken_back(found.plan, rebased.file)
    if not taken_back or prefer == "register":
        return rebased
    older = OlderState(state.time, state.verb, taken_back, not rebased.is_known)
    return found if prefer == "file" else found._replace(older=older)


def _is_copy(db: Database, text: str, path: Path) -> bool:
    """Whether a file is a copy of the register in CSV, such as it writes next to its document."""
    chosen = format_of(path)
    if chosen != SUFFIXES[".csv"] or is_document(db, chosen):
        return False
    return text.partition("\n")[0] == copy_text(db, chosen).partition("\n")[0]


def _with_former_values(db: Database, plan: ImportPlan) -> tuple[Copy, FileState] | None:
    """When the register said last what a copy in CSV says otherwise now; None if it never did.

    Such a copy does not say when it was made.
    """
    values = {(edit.key, edit.field): json_of(edit.after) for edit in (*plan.merge.edits, *plan.merge.disputed)}
    with db.read() as reader:
        changes = field_changes(reader, {key for key, _ in values})
        latest: dict[tuple[str, str | None], ChangeRecord] = {}
        for change in changes:
            if values.get((change.key, change.field or ""), change.after) == change.before:
                latest.setdefault((change.key, change.field), change)
        if not latest:
            return None
        first = min(latest.values(), key=lambda change: change.sequence)
        return Copy(*head_before(reader, first.batch)), FileState(0, first.time, "export", None)


def _brings_nothing(plan: ImportPlan) -> bool:
    return not (plan.brings_news or plan.absent)


class _Base(NamedTuple):
    """What a file was made from: `older` where that is not the text seen last; `is_same`: it is that text.

    `is_own`: that file was left like that, so that nothing older came back.
    """

    is_same: bool
    older: FileState | None = None
    since: StoredDocument | None = None
    last: StoredDocument | None = None
    is_own: bool = False


def _base_of(db: Database, text: str, sha256: str, path: str) -> _Base | None:
    """Find the text that a file was made from: the same text, else the one that most of its lines are from."""
    with db.read() as reader:
        state = find_sync_state(reader)
        last = state and (state.synced_id or state.document_id)
        if last is None:
            return None
        written = unrecorded_ids(reader)
        states = [each for each in file_states(reader) if each.document != last]
        digests = digests_of(reader, [last, *written, *(each.document for each in states)])
        own = next((each.document for each in file_states(reader) if each.path == path), last)
    if sha256 in {digests.get(each) for each in (last, *written)}:
        return _Base(is_same=True)
    found = next((each for each in states if digests.get(each.document) == sha256), None)
    is_same = found is not None
    found = found or _closest(db, text, (last, *written), states)
    if found is None:
        return _Base(is_same=False)
    with db.read() as reader:
        since, newest = stored_document(reader, found.document), stored_document(reader, last)
    return _Base(is_same, found, since, newest, is_own=found.document == own)


def _closest(db: Database, text: str, newest: Sequence[int], states: Sequence[FileState]) -> FileState | None:
    """The earlier state that a text differs least from; None if that is one of the newest texts."""
    lines = set(text.splitlines())
    ids = dict.fromkeys([*newest, *(each.document for each in states[:_MOST_STATES])])
    apart: dict[int, int] = {}
    left = _MOST_TEXT
    for document in ids:
        with db.read() as reader:
            stored = stored_document(reader, document)
        if stored is None or (left := left - len(stored.text)) < 0:
            break
        apart[document] = len(set(stored.text.splitlines()) ^ lines)
    # The first of several that differ equally: the newest.
    closest = min(apart, key=apart.__getitem__, default=newest[0])
    return next((each for each in states if each.document == closest and closest not in newest), None)


def _rebased(
    db: Database, text: str, base: _Base, path: Path, settled: ReadingRules, same: Same, sha256: str
) -> SyncPlan:
    """What a sync imports of a file that goes back to an older state: only what was edited in it since then."""
    file = plan_import(db, text, path=str(path), settled=settled, same=same, origin=Origin(base.since))
    if base.is_same or base.since is None or base.last is None:
        return SyncPlan(file, file, sha256, is_known=base.is_same)
    if base.since.rules == base.last.rules == EVERYTHING and not file.uncertain:
        # Text between the items that is newer stays, too.
        merged = merge_documents(base.since.text, base.last.text, text)
        if not merged.conflicts and merged.problem is None:
            plan = plan_import(db, merged.text, path=str(path), settled=settled, same=same)
            return SyncPlan(plan, file, sha256, is_known=merged.text == base.last.text)
    return SyncPlan(file, file, sha256)


def _taken_back(plan: ImportPlan, own: ImportPlan) -> tuple[Difference, ...]:
    """What a plan changes in the register that was not edited in the file."""
    edited = {(each.entity, each.key, each.field, each.after) for each in register_differences(own, NO_REMOVALS)}
    edited |= {("item", each.key, each.field, each.mine) for each in own.conflicts}
    known = {own.merge.keys.get(item.key) for item in own.base.items} if own.base else set()
    removed = NO_REMOVALS._replace(items=tuple(key for key in plan.missing if key not in known))
    found = list(register_differences(plan, removed))
    found += [edit.difference for edit in plan.merge.disputed]
    found += [_added(item) for item in plan.merge.readded_items]
    return tuple(each for each in found if (each.entity, each.key, each.field, each.after) not in edited)


def register_differences(plan: ImportPlan, going: Removals) -> tuple[Difference, ...]:
    """What an import changes in the register, without conflicts; `going` is what it removes."""
    found = plan.merge
    added = [Difference("category", each.code, None, None, each.name) for each in found.categories]
    added += map(_added, found.items)
    added += [Difference("dependency", edge.key, None, None, edge.label) for edge in found.edges]
    removed = [Difference("dependency", edge.key, None, edge.label, None) for edge in going.edges]
    removed += [Difference("item", key, None, "", None) for key in going.items]
    removed += [Difference("category", code, None, "", None) for code in going.categories]
    return (*added, *(edit.difference for edit in found.edits), *removed)


def _added(item: Item) -> Difference:
    return Difference("item", item.key, None, None, item.title or item.description)


def sync_file(db: Database, path: Path, found: SyncPlan, *, prune: bool) -> Synced:
    """Import what a plan took over, and write the register into the file: each whole or not at all.

    Raises one of CHANGED_SINCE where someone else was faster; the file then stays unchanged.
    """
    changed = _imported(db, found, prune=prune)
    present = _content(db)
    try:
        is_written = _written(db, path, found)
    except CHANGED_SINCE:
        raise
    except RegisterError as error:
        if not changed:
            raise
        what = f"the register was updated from {path}, but the file could not be written ({error.what})"
        raise RegisterError(what, "sync it again once it can be written") from error
    # Where headings say a status, the order of the items is the file's own.
    return Synced(changed, file_differences(found.file, present) if is_written else (), is_written)


def _imported(db: Database, found: SyncPlan, *, prune: bool) -> tuple[Difference, ...]:
    if found.is_known:
        return ()
    apply_import(db, found.plan, prune=prune)
    return register_differences(found.plan, found.plan.removed(None) if prune else NO_REMOVALS)


def _content(db: Database) -> Register:
    with db.read() as reader:
        decoded = stored_content(reader)
    return decode_rows(db.read, decoded)


def _is_other_text(db: Database, found: SyncPlan) -> bool:
    """Whether the text that a file gets differs from what it has."""
    text = copy_text(db, _copy_format(found)) if found.file.is_copy else export_text(db)
    return hashlib.sha256(text.encode()).hexdigest() != found.sha256


def _copy_format(found: SyncPlan) -> Format:
    return "json" if found.file.reading and found.file.reading.copy else "csv"


def _written(db: Database, path: Path, found: SyncPlan) -> bool:
    """Write the file; whether its text changed."""
    if found.file.is_copy:
        text = copy_text(db, _copy_format(found))
        export_copy(db, path, text, over=found.sha256)
        return hashlib.sha256(text.encode()).hexdigest() != found.sha256
    export_file(db, path, over=found.sha256)
    with db.read() as reader:
        state = find_sync_state(reader)
    return state is None or state.document_sha256 != found.sha256


def preview_sync(db: Database, found: SyncPlan, *, prune: bool) -> Synced:
    """What syncing would change on both sides: done in a copy of the register, which is not kept."""
    from store.db.database import Database
    from store.maintenance.backup import copy

    with tempfile.TemporaryDirectory(prefix="ai-debt-") as folder:
        path = Path(folder) / "register.db"
        path.touch(0o600)
        copy(db.path, path)
        with Database.open(path) as scratch:
            changed = _imported(scratch, found, prune=prune)
            is_written = _is_other_text(scratch, found)
            after = file_differences(found.file, _content(scratch)) if is_written else ()
    return Synced(changed, after, is_written)


def write_new(db: Database, path: Path) -> str:
    """Write the register to a file that is not there yet; what was done."""
    return export_to(db, path).message


def file_differences(file: ImportPlan, present: Register) -> tuple[Difference, ...]:
    """How a file differs from the present register, by the keys that it has here."""
    before = file.content
    if before is None:
        return ()
    keys = {here: key for key, here in file.merge.keys.items() if here is not None}
    keys = {item.key: item.key for item in before.items} | keys
    codes = {here: code for code, here in file.merge.codes.items()}
    codes = {category.code: category.code for category in before.categories} | codes
    # Most items are the same on both sides, which is seen at once where they have the same origin, too.
    before = before._replace(items=tuple(item._replace(origin=item.key) for item in before.items))
    after = present._replace(
        items=tuple(item._replace(origin=keys.get(item.key)) for item in present.items),
        categories=tuple(each._replace(origin=codes.get(each.code)) for each in present.categories),
    )
    if file.reading is not None and not file.is_copy:
        after = texts_in_place(after, parse(file.text, rules=file.reading.rules).layout, before)
    found = differences(before, after)
    # Only a file that says them for others says when an item was opened, and what its links are.
    absent = {name for name in WHEN_THERE if not any(getattr(item, name) for item in before.items)}
    return tuple(each for each in found if each.field not in absent)
