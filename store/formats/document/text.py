"""The text of a document as lines that keep their own ends, and the bytes it comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from store.errors import DocumentError

SIZE_LIMIT = 64 * 1024 * 1024
_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r)|([^\r\n]+)\Z")
_BOM = "\ufeff"


def decode(data: bytes, name: str) -> str:
    """The text of a document's bytes; a byte order mark and the line ends stay in it.

    Raises DocumentError, naming the file and the line, for what is empty, binary, not UTF-8 or larger than 64 MiB.
    """
    if len(data) > SIZE_LIMIT:
        raise DocumentError(f"{name} is larger than {SIZE_LIMIT // 1024**2} MiB", "import a register's document")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DocumentError(f"{name}, line 1: the text is UTF-16", "save it as UTF-8")
    if (zero := data.find(0)) >= 0:
        line = _line_at(data[:zero])
        raise DocumentError(
            f"{name}, line {line}: there is a NUL byte, so this is no text", "import a Markdown document"
        )
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = _line_at(data[: error.start])
        byte = data[error.start]
        raise DocumentError(f"{name}, line {line}: byte 0x{byte:02x} is not UTF-8", "save it as UTF-8") from None
    if not text.removeprefix(_BOM).strip():
        raise DocumentError(f"{name}, line 1: the file is empty", "import a register's document")
    return text


def _line_at(data: bytes) -> int:
    return 1 + len(re.findall(rb"\r\n|\n|\r", data))


@dataclass(frozen=True, slots=True)
class Text:
    """A text as lines without their ends, the ends (the last one may be empty) and a byte order mark if it has one."""

    mark: str
    lines: tuple[str, ...]
    ends: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Text:
        """Part a text into lines; only `\\n`, `\\r\\n` and `\\r` end one."""
        mark = _BOM if text.startswith(_BOM) else ""
        found = _LINE.findall(text[len(mark) :])
        return cls(mark, tuple(line or last for line, _, last in found), tuple(end for _, end, _ in found))

    @property
    def end(self) -> str:
        """The line end that new lines take."""
        return next((end for end in self.ends if end), "\n")

    @property
    def closed(self) -> bool:
        """Whether the last line has its end."""
        return bool(self.ends and self.ends[-1])
