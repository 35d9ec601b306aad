"""Export: writes the register into its document, or a copy of it, never over the edits of someone else."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from store.audit.log import Done, head
from store.audit.replay import edits_in_effect
from store.audit.snapshots import states_of, stored_columns
from store.commands.conflicts import NOTHING
from store.commands.imports.plan import base_of, plan_import
from store.db.bulk import garbage_collection_paused, insert, update
from store.db.files import SwappedError, replacing
from store.db.reader import decode_rows, id_list
from store.errors import NoRegisterError, OverwriteError, RegisterError
from store.formats.document.blank import blank_register, write_blank
from store.formats.document.reader import ParsedTexts
from store.formats.document.rules import EVERYTHING
from store.formats.document.writer import DocumentUpdate, write
from store.formats.lines import decode
from store.formats.register_csv import write_register
from store.formats.register_json import Copy, write_json
from store.queries.documents import (
    document_columns,
    has_text,
    known_digests,
    stored_content,
    stored_document,
    sync_state,
    unrecorded_ids,
)
from store.queries.lookup import text_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from store.audit.log import UnitOfWork
    from store.db.database import Database
    from store.db.reader import Reader
    from store.formats.document.diff import Difference
    from store.formats.document.rules import ReadingRules

Format = Literal["markdown", "csv", "json"]
SUFFIXES: dict[str, Format] = {".csv": "csv", ".json": "json"}
"""The formats of files by suffix; every other file is a document in Markdown."""
_ATTEMPTS = 50
"""How often an export starts over because another one wrote the same file."""


def export_text(db: Database) -> str:
    """The register as its document: the imported text with only what differs, or a whole one where there was none."""
    return _written(db).text


class _Written(NamedTuple):
    """A document that is to be written, how it is read, and the digests of the texts that the register knows."""

    text: str
    rules: ReadingRules
    known: frozenset[str]


@garbage_collection_paused()
def _written(db: Database) -> _Written:
    """The document of a register.

    A read keeps others from committing: what is needed is copied, and the work is done afterwards.
    """
    with db.read() as reader:
        state = sync_state(reader)
        template = stored_document(reader, state.document_id)
        decoded = stored_content(reader)
        history = _History(reader)
        known = known_digests(reader)
    present = decode_rows(db.read, decoded)
    if template is None:
        return _Written(write(present, updated=history.newest_day()), EVERYTHING, known)
    texts = ParsedTexts()
    unread = template.parse(texts).layout.unread
    base = None if unread is None else base_of(db.read, state, texts=texts)
    update = DocumentUpdate(template.text, present, base, texts=texts, rules=template.rules)
    text = update.text(history.day_of(update.differences))
    return _Written(text, template.rules._replace(keys=update.keys), known)


def export_file(db: Database, path: Path, *, force: bool = False, over: str | None = None) -> Done:
    """Write the document to a file, whole or not at all.

    Raises OverwriteError, unless `force`, for a file that was changed since it was last imported or exported; with
    `over`, for any but the one with this SHA-256.
    """
    path = Path(os.path.abspath(os.path.expanduser(path)))
    for _ in range(_ATTEMPTS - 1):
        with suppress(SwappedError):
            return _exported(db, path, force=force, over=over)
    return _exported(db, path, force=force, over=over)


def _exported(db: Database, path: Path, *, force: bool, over: str | None) -> Done:
    with replacing(path, register=db.path) as file:
        present = file.read()
        text, rules, known = written = _written(db)
        known = known if over is None else frozenset({over})
        data = text.encode()
        sha256 = _digest(data)
        if present not in (None, data) and not force and _digest(present) not in known:
            # Another export may have written it since it was read.
            file.check()
            raise OverwriteError(
                f"{path} changed since it was last imported or exported here", "import it first, or use --force"
            )
        if present == data:
            with db.write("export") as writer:
                file.check()
                _record(writer, path, written, sha256)
            done = f"{path} is up to date"
            return writer.done(done if writer.batch else f"{done}: {NOTHING.lower()}")
        file.prepare(data)
        # If this is interrupted from here on, the next export or import knows the file by this text.
        document = _store_text(db, document_columns(text, sha256, rules))
        is_written = False
        try:
            with db.write("export") as writer:
                if not has_text(writer.reader, document, text):
                    raise SwappedError(path)
                _record(writer, path, written, sha256)
                writer.flush()
                file.commit()
                is_written = True
        except RegisterError as error:
            if not is_written:
                raise
            what = f"{path} was written, but the register could not record that ({error.what})"
            raise RegisterError(what, "the next export or import of this file will record it") from error
    return writer.done(f"Exported to {path}")


def _store_text(db: Database, columns: Mapping[str, str | None]) -> int:
    """Store the text of a file that is about to be written; the id of its document."""
    with db.write("export") as writer:
        writer.commit_unrecorded()
        return insert(writer.reader.connection, "document", columns)


def _record(writer: UnitOfWork, path: Path, written: _Written, sha256: str) -> None:
    """Record the text of the file, which a later import compares with."""
    reader, text = writer.reader, written.text
    state = states_of(reader, "register").get(1)
    if state is None:
        raise NoRegisterError
    before = state["document"]
    assert isinstance(before, dict)
    synced = None
    pending = unrecorded_ids(reader)
    if not has_text(reader, before["document"], text):
        candidates = (before["synced"], *pending)
        synced = next((document for document in candidates if has_text(reader, document, text)), None)
        if synced is None:
            synced = insert(reader.connection, "document", document_columns(text, sha256, written.rules))
    for document in pending:
        if document != synced:
            reader.connection.execute("delete from document where id = ?", (document,))
            writer.commit_unrecorded()
    wanted = {**before, "synced": synced, "path": before["path"] or str(path), "sha256": sha256}
    if wanted != before:
        update(reader.connection, "register", 1, stored_columns({"document": wanted}))
        writer.record("register", 1, "register", "document", before, wanted)


CATEGORIES = "select code, id from category"
EDITED_ITEMS = """
select key, id from item
where id in (select value from json_each(:ids)) or key in (select value from json_each(:keys))
"""


class _History:
    """When each field was changed last, by changes that are still in effect."""

    def __init__(self, reader: Reader) -> None:
        self._newest: datetime | None = None
        # How many changes came after one, and its time, by the id of its row and by its key.
        self._edits: dict[tuple[str, int | str, str | None], tuple[int, datetime]] = {}
        for number, edit in enumerate(edits_in_effect(reader)):
            self._newest = self._newest or edit.time
            for name in (edit.entity_id, edit.key):
                self._edits.setdefault((edit.entity, name, edit.field), (number, edit.time))
        edited = [name for entity, name, _ in self._edits if entity == "item"]
        asked = {"ids": id_list(name for name in edited if isinstance(name, int)), "keys": text_list(map(str, edited))}
        self._ids: dict[str, dict[str, int]] = {
            "item": dict(reader.tuples(EDITED_ITEMS, asked)),
            "category": dict(reader.tuples(CATEGORIES)),
            "register": {"": 1},
        }

    def newest_day(self) -> date | None:
        """The UTC date of the newest change."""
        return self._newest.astimezone(UTC).date() if self._newest else None

    def day_of(self, differences: Iterable[Difference]) -> date | None:
        """The UTC date of the newest change that shows in some differences."""
        times = [time for one in differences if (time := self._time_of(one)) is not None]
        return max(times).astimezone(UTC).date() if times else None

    def _time_of(self, one: Difference) -> datetime | None:
        """When what a difference shows was last changed."""
        name = self._ids.get(one.entity, {}).get(one.key, one.key)
        fields = {one.field, None, "category"} if one.field == "position" else {one.field, None}
        found = [edit for field in fields if (edit := self._edits.get((one.entity, name, field)))]
        return min(found)[1] if found else None


DOCUMENT_PATH = "select document_path from register where id = 1"


def format_of(path: Path | str) -> Format:
    """The format of a file, by its suffix."""
    return SUFFIXES.get(Path(path).suffix.lower(), "markdown")


def is_document(db: Database, format_: Format) -> bool:
    """Whether the register's own document is written in a format; in any other format there are only copies of it."""
    with db.read() as reader:
        sync_state(reader)
        path = reader.value(DOCUMENT_PATH)
    return format_ == (format_of(path) if path else "markdown")


def text_in(db: Database, format_: Format | None) -> str:
    """The register in a format, None for its document's: its document, or a copy of the register."""
    return export_text(db) if format_ is None or is_document(db, format_) else copy_text(db, format_)


@garbage_collection_paused()
def copy_text(db: Database, format_: Format) -> str:
    """A copy of the register in a format: the items as CSV, or everything as JSON or as a new document."""
    with db.read() as reader:
        sync_state(reader)
        decoded, newest = stored_content(reader), head(reader)
        day = _History(reader).newest_day() if format_ == "markdown" else None
    register = decode_rows(db.read, decoded)
    if format_ == "markdown":
        return write(register, updated=day)
    return write_register(register) if format_ == "csv" else write_json(register, Copy(*newest))


def blank_text(db: Database | None, format_: Format) -> str:
    """An empty register in a format: of the categories and columns of one that there is, else of the taxonomy."""
    present = None
    if db is not None:
        with db.read() as reader:
            decoded = stored_content(reader)
        present = decode_rows(db.read, decoded)
    if format_ == "markdown":
        return write_blank(present)
    blank = blank_register(present)
    return write_register(blank, like=present) if format_ == "csv" else write_json(blank)


def export_to(db: Database, path: Path, format_: Format | None = None, *, force: bool = False) -> Done:
    """Write a file in a format, else in that of its suffix: the register's document, or a copy of the register.

    Raises OverwriteError, unless `force`, as `export_file` and `export_copy` do.
    """
    chosen = format_ or format_of(path)
    if is_document(db, chosen):
        return export_file(db, path, force=force)
    return export_copy(db, path, copy_text(db, chosen), force=force)


def export_copy(db: Database | None, path: Path, text: str, *, force: bool = False, over: str | None = None) -> Done:
    """Write a copy of the register to a file, whole or not at all.

    Raises OverwriteError, unless `force`, for a file that says something the register does not know; with `over`, for
    any but the one with this SHA-256.
    """
    path = Path(os.path.abspath(os.path.expanduser(path)))
    with replacing(path, register=db.path if db is not None else None) as file:
        present, data = file.read(), text.encode()
        if present == data:
            return Done(f"{path} is up to date")
        if present and not force and not (_is_known(db, present) if over is None else _digest(present) == over):
            file.check()
            raise OverwriteError(f"{path} has content that is not in the register", "import it first, or use --force")
        file.prepare(data)
        file.commit()
    return Done(f"Exported to {path}")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _is_known(db: Database | None, data: bytes) -> bool:
    """Whether importing a file would change nothing."""
    if db is None:
        return False
    try:
        plan = plan_import(db, decode(data, "the file"), path=None)
    except RegisterError:
        return False
    return not plan.problems and not plan.brings_news and not plan.map_alone
