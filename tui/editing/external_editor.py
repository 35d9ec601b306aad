"""Long texts in the user's own editor, by way of a private file."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from store.fields import FIELDS
from tui.signals import run_in_front

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MARK = re.compile(r"^<!-- (?P<name>[a-z_]+): .*-->[ \t]*$", re.MULTILINE)


class EditorError(Exception):
    """An editor that did not run or a file that was not understood; says where the text is kept."""


def to_file(texts: Mapping[str, str]) -> str:
    """The file that is edited: a line that names each text, then the text."""
    parts = [
        f"<!-- {name}: {FIELDS[name].label}; keep this line, edit below it -->\n{text}\n"
        for name, text in texts.items()
    ]
    return "\n".join(parts)


def from_file(text: str, names: tuple[str, ...]) -> dict[str, str] | None:
    """The texts of an edited file; None where a line that names a text is gone or doubled."""
    marks = [match for match in _MARK.finditer(text) if match["name"] in names]
    if sorted(match["name"] for match in marks) != sorted(names):
        return None
    ends = [match.start() for match in marks[1:]] + [len(text)]
    return {m["name"]: text[m.end() : end].replace("\r\n", "\n").strip() for m, end in zip(marks, ends, strict=True)}


def chosen_editor() -> str:
    """The user's editor as a command line."""
    return os.environ.get("VISUAL", "").strip() or os.environ.get("EDITOR", "").strip() or "vi"


def edit_texts(
    key: str, texts: Mapping[str, str], *, opened: Callable[[Path], None] = lambda _: None
) -> dict[str, str]:
    """Let the user edit texts in $VISUAL or $EDITOR and return them; `opened` is called with the file first.

    The file is private (0600 in a 0700 directory). Raises EditorError when the editor does not start or
    fails, or its file is not understood; then the file stays and is named.
    """
    editor = chosen_editor()
    folder = Path(tempfile.mkdtemp(prefix="ai-debt-"))
    safe_key = re.sub(r"[^A-Za-z0-9-]", "_", key)
    file = folder / f"{safe_key}.md"
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="") as out:
        out.write(to_file(texts))
    opened(file)
    try:
        code = run_in_front([*shlex.split(editor), str(file)])
    except (OSError, ValueError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise EditorError(f"{editor} did not start ({error}): set $VISUAL or $EDITOR to your editor") from None
    try:
        edited = from_file(file.read_text(encoding="utf-8"), tuple(texts))
    except (OSError, UnicodeDecodeError) as error:
        raise EditorError(f"the edited text cannot be read ({error}): it is kept in {file}") from None
    if code != 0:
        raise EditorError(f"{editor} ended with {code}, nothing was changed; your text is kept in {file}")
    if edited is None:
        raise EditorError(f"a line that names a text is missing, nothing was changed; your text is kept in {file}")
    shutil.rmtree(folder, ignore_errors=True)
    return edited
