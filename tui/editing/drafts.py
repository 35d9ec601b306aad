"""What was typed in a form when the program ended: kept in a private file, and found again at the next start."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from store.text import mask
from tui.private_files import PrivateError, open_private, read_private, state_folder, write_private

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.editing.session import EditSession

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a form is for: a command, and the item, category or entry it changes.

    name: its key or code, or the keys of several items joined by spaces. edge: a dependency as source, target and
    label, where the command is about one.
    """

    command: str
    name: str = ""
    edge: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that was left open.

    texts: what its fields said. base: what they began with. seen: what the user had seen of the row, as texts.
    ended: when the program ended, and `how`, as the end of a sentence. file: where an editor keeps the texts instead.
    """

    purpose: Purpose
    texts: Mapping[str, str]
    base: Mapping[str, str]
    seen: Mapping[str, str]
    ended: datetime
    how: str = "the program ended"
    file: str | None = None
    place: Path | None = field(default=None, compare=False)

    @property
    def touched(self) -> dict[str, str]:
        """The texts of the fields that someone typed in."""
        return {name: text for name, text in self.texts.items() if text != self.base.get(name)}


def take_up(draft: Draft, base: dict[str, str], session: EditSession | None) -> dict[str, str]:
    """What the fields of a form say at first that continues with a draft.

    What was typed goes over the present values. `base` and the session take in what its user had seen of them: what
    others changed since is asked about.
    """
    if session is None:
        return {name: text for name, text in draft.texts.items() if name in base}
    typed = {name: text for name, text in draft.touched.items() if name in base}
    session.restore(draft.seen, [name for name in session.seen if name in typed or name not in base])
    base |= {name: draft.base[name] for name in typed if name in draft.base}
    return typed


def register_of(place: str | Path) -> str:
    """What the drafts of a register are filed under: its real path, or its URL without a password."""
    return os.path.realpath(place) if isinstance(place, Path) or "://" not in place else mask(place)


def save(register: str, draft: Draft) -> Path:
    """Write a draft, over the file it came from. Raises PrivateError."""
    place = draft.place or _new_place(register)
    data = {
        "format": _FORMAT,
        "register": register,
        **asdict(draft.purpose),
        **{name: getattr(draft, name) for name in ("texts", "base", "seen", "how", "file")},
        "ended": draft.ended.isoformat(),
    }
    write_private(place, json.dumps(data, indent=1))
    return place


def _new_place(register: str) -> Path:
    name = hashlib.sha256(register.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return state_folder("drafts") / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.json"


class Claim:
    """A draft that this process alone has taken from its file, until it is released or the process ends."""

    def __init__(self, draft: Draft, descriptor: int) -> None:
        self.draft = draft
        self._descriptor = descriptor

    @property
    def place(self) -> Path:
        """Its file."""
        assert self.draft.place is not None
        return self.draft.place

    @property
    def is_kept_elsewhere(self) -> bool:
        """Whether an editor's file holds it still."""
        return self.draft.file is not None and os.path.lexists(self.draft.file)

    def release(self) -> None:
        """Leave it for later."""
        os.close(self._descriptor)

    def forget(self) -> None:
        """Remove it."""
        for file in (self.draft.file, self.place):
            if file is not None:
                with suppress(OSError):
                    os.unlink(file)
        if self.draft.file is not None:
            with suppress(OSError):
                os.rmdir(os.path.dirname(self.draft.file))
        self.release()


def claim(register: str) -> tuple[list[Claim], list[str]]:
    """The drafts of a register, the newest first, and a sentence for each file that is not a draft of this user.

    Drafts that another process of theirs has claimed are left out.
    """
    claims, ignored = [], []
    try:
        folder = state_folder("drafts")
        name = hashlib.sha256(register.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        found = sorted(folder.glob(f"{name}-*.json"))
    except (OSError, PrivateError):
        return [], []
    for file in found:
        try:
            taken = _claim(file, register)
        except PrivateError as error:
            ignored.append(f"{error}, so the draft cannot be restored")
        else:
            claims += [taken] if taken is not None else []
    return sorted(claims, key=lambda each: each.draft.ended, reverse=True), ignored


def _claim(file: Path, register: str) -> Claim | None:
    descriptor = open_private(file)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever had it until now may have removed or replaced it.
        if os.fstat(descriptor).st_ino == os.stat(file).st_ino:
            draft = _read(read_private(descriptor), register)
            return Claim(replace(draft, place=file), descriptor)
    except (BlockingIOError, FileNotFoundError):
        pass
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        os.close(descriptor)
        raise PrivateError(f"{file} is not a draft of this program") from None
    except PrivateError:
        os.close(descriptor)
        raise PrivateError(f"{file} cannot be read") from None
    os.close(descriptor)
    return None


def _read(text: str, register: str) -> Draft:
    """A draft out of its file. Raises ValueError, KeyError, TypeError or AttributeError where it is none."""
    data = json.loads(text)
    if data["format"] != _FORMAT or data["register"] != register:
        raise ValueError("of another program or register")
    edge = data["edge"]
    file = data["file"]
    return Draft(
        Purpose(str(data["command"]), str(data["name"]), (str(edge[0]), str(edge[1]), str(edge[2])) if edge else None),
        texts=_texts(data["texts"]),
        base=_texts(data["base"]),
        seen=_texts(data["seen"]),
        ended=_aware(data["ended"]),
        how=str(data["how"]),
        file=str(file) if file is not None else None,
    )


def _texts(data: Mapping[object, object]) -> dict[str, str]:
    return {str(name): str(value) for name, value in data.items()}


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def keep_claimed(register: str, draft: Draft) -> Claim:
    """Write a draft that this process continues with, so that only its end lets others have it. Raises PrivateError."""
    place = save(register, draft)
    descriptor = open_private(place)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return Claim(replace(draft, place=place), descriptor)
