"""Whether there is something at a path, told from not being let there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def is_missing(path: Path) -> bool:
    """Whether there is nothing at `path`, not even a link; False where this user may not look."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def closed(path: Path) -> Path | None:
    """The directory on the way to `path` that this user may not enter; None where they may enter all that are there."""
    for directory in reversed(path.absolute().parents):
        if directory.is_dir() and not os.access(
            directory, os.X_OK, effective_ids=os.access in os.supports_effective_ids
        ):
            return directory
    return None
