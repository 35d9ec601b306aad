"""Tells a missing file from one that this user cannot reach."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def is_missing(path: Path) -> bool:
    """Whether there is nothing at `path`, not even a link; False where this user has no access."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def closed(path: Path) -> Path | None:
    """The first directory on the way to `path` that this user may not enter, or None."""
    for directory in reversed(path.absolute().parents):
        if directory.is_dir() and not os.access(
            directory, os.X_OK, effective_ids=os.access in os.supports_effective_ids
        ):
            return directory
    return None
