"""Paths that people type: checked, and proposed from what is there."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import InvalidValueError
from tui.widgets.proposals import Proposal

if TYPE_CHECKING:
    from collections.abc import Sequence


MOST_PROPOSED = 50
_SHOWN = frozenset({".md", ".markdown", ".txt", ".mmd", ".mermaid"})


def typed_path(typed: str) -> Path:
    """A path as typed, `~` and all. Raises InvalidValueError where it is empty or a folder."""
    if not typed.strip():
        raise InvalidValueError("path", "the path is empty", "type a file name")
    if "\0" in typed:
        raise InvalidValueError("path", "the path contains a NUL character", "remove it")
    path = Path(os.path.expanduser(typed.strip()))
    if os.path.isdir(path):
        raise InvalidValueError("path", f"{path} is a folder", "add a file name")
    return path


def readable_path(typed: str) -> Path:
    """A path of a file that is there. Raises InvalidValueError."""
    path = typed_path(typed)
    if not os.path.isfile(path):
        raise InvalidValueError("path", f"there is no file {path}", "check the name")
    return path


async def propose_path(typed: str) -> Sequence[Proposal]:
    """Folders, Markdown and Mermaid files that begin with what was typed."""
    return await asyncio.to_thread(_proposals, typed)


async def complete_path(typed: str) -> str:
    """What was typed, as far on as all paths that begin with it agree, as a shell completes it."""
    return await asyncio.to_thread(_completed, typed)


def _proposals(typed: str) -> Sequence[Proposal]:
    folder, names = _fitting(typed)
    paths = [f"{folder / name}{'/' if name.endswith('/') else ''}" for name in names[:MOST_PROPOSED]]
    return [Proposal(path, path) for path in paths if path != typed]


def _completed(typed: str) -> str:
    text = typed.strip()
    folder, start = os.path.split(text)
    _, names = _fitting(typed)
    if not names or (not folder and start.startswith("~")):
        return typed
    common = os.path.commonprefix(names)  # noqa: RUF071 (character by character is meant)
    return text.removesuffix(start) + common


def _fitting(typed: str) -> tuple[Path, list[str]]:
    """The folder of what was typed, and the names in it that begin so; those of folders end in a slash."""
    text = os.path.expanduser(typed.strip())
    folder, start = Path(os.path.dirname(text) or "."), os.path.basename(text)
    try:
        found = sorted(name for name in os.listdir(folder) if name.startswith(start) and not name.startswith("."))
    except (OSError, ValueError):
        return folder, []
    names = [f"{name}/" if os.path.isdir(folder / name) else name for name in found]
    return folder, [name for name in names if name.endswith("/") or os.path.splitext(name)[1].lower() in _SHOWN]
