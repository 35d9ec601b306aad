"""The register that a copy of it was made from, which says what was changed in the copy."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from store.db.reader import decode_rows
from store.queries.documents import stored_content

if TYPE_CHECKING:
    from datetime import datetime

    from store.audit.log import Head
    from store.db.database import Database
    from store.formats.document.model import Register
    from store.formats.register_json import Copy

TIME_OF = "select time from change where sequence = :sequence and digest = :digest"


class _Time(NamedTuple):
    time: datetime


def base_of_copy(db: Database, copy: Copy, newest: Head, present: Register) -> Register | None:
    """The register at the time a copy of it was made; None if the copy does not say, or is of another register.

    `present` is the register at its newest change.
    """
    if tuple(copy) == tuple(newest):
        return present
    with db.read() as reader:
        change = reader.first(TIME_OF, copy._asdict(), row=_Time)
    if change is None:
        return None
    # Loaded here, since most copies are of the present register.
    from store.audit.replay import rebuild_as_of

    with tempfile.TemporaryDirectory(prefix="ai-debt-") as folder:
        past = rebuild_as_of(db, change.time, Path(folder))
        try:
            with past.read() as reader:
                decoded = stored_content(reader)
            return decode_rows(past.read, decoded)
        finally:
            past.close()
