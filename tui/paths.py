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


_SHOWN = frozenset({".md", ".markdown", ".txt", ".mmd", ".mermaid"})


def typed_path(typed: str) -> Path:
    """A path as typed, `~` and all. Raises InvalidValueError where it is empty or a folder."""
    if not typed.strip():
        raise InvalidValueError("path", "the path is empty", "type a file name")
    if "\0" in typed:
        raise InvalidValueError("path", "no file name holds a NUL character", "take it out")
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
    return await asyncio.to_thread(_paths, typed)


def _paths(typed: str) -> Sequence[Proposal]:
    path = Path(os.path.expanduser(typed.strip() or "."))
    folder, start = (path, "") if typed.strip().endswith("/") or not typed.strip() else (path.parent, path.name)
    try:
        found = sorted(p for p in folder.iterdir() if p.name.startswith(start) and not p.name.startswith("."))
    except OSError:
        return ()
    shown = [p for p in found if p.is_dir() or p.suffix.lower() in _SHOWN][:50]
    return [
        Proposal(f"{p}/" if p.is_dir() else str(p), f"{p}/" if p.is_dir() else str(p)) for p in shown if str(p) != typed
    ]
