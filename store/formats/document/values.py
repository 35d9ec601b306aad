"""Cells of item tables as values, and values as cells."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from store.enums import Severity, Status, Word
from store.errors import InvalidValueError, quoted
from store.fields import (
    ITEM_FIELDS,
    TEXT_LIMIT,
    Affected,
    FieldValue,
    ItemField,
    Kind,
    is_key,
    parse_key,
)
from store.formats.dates import find_date
from store.formats.markdown import (
    FOOTNOTE,
    decode_cell,
    encode_cell,
    escape_markup,
    join_components,
    spell_components,
    split_components,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.formats.document.model import Item


_TAGGED_BREAK = re.compile(r"<br[ \t]*/?>", re.IGNORECASE)
_LINE_END = re.compile(r"\s*\n\s*")
_LONGEST_WORD = 200  # of a cell that holds one word
_MARKS = re.compile(r"(?P<open>\*\*|__|~~|\*|_|`)(?P<inner>.+)(?P=open)", re.DOTALL)
_LINK = re.compile(r"\[(?P<inner>[^\[\]]+)\](?P<target>\([^()]*\)|\[[^\[\]]*\])?")
_ANCHOR = re.compile(r"(?P<open><a\b[^<>]*>)(?P<inner>.*?)(?P<close></a>)(?P<rest>.*)", re.IGNORECASE)
_FOOTNOTED = re.compile(rf"(?P<inner>.*\S)(?P<note>\s*{FOOTNOTE})", re.DOTALL)
_DECORATED = re.compile(r"[^\w(]*(?P<word>[^\W_][\w -]*[^\W_]|[^\W_])[^\w(]*")
EMPTY = frozenset({"", "-", "--", "\u2013", "\u2014", "n/a", "N/A"})


def clean(text: str) -> str:
    """Text as it is stored: line ends are `\\n`, leading and trailing blanks are removed."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip()


def line(text: str) -> str:
    """Text of one line as it is stored."""
    cleaned = clean(text)
    return _LINE_END.sub(" ", cleaned) if "\n" in cleaned else cleaned


def is_too_long(text: str) -> bool:
    """Whether a text is longer than a field may be."""
    return len(text) > TEXT_LIMIT // 4 and len(text.encode(errors="replace")) > TEXT_LIMIT


def unwrap(source: str, accepts: Callable[[str], bool]) -> tuple[str, str, str] | None:
    """The part of a cell that `accepts` takes, and what wraps it: emphasis, code, a link, an anchor, a footnote."""
    before, inner, after = "", source.strip(), ""
    for _ in range(8):
        if accepts(inner):
            return before, inner, after
        if match := _MARKS.fullmatch(inner):
            before, after = before + match["open"], match["open"] + after
            inner = match["inner"].strip()
        elif match := _FOOTNOTED.fullmatch(inner):
            after = match["note"] + after
            inner = match["inner"].strip()
        elif match := _LINK.fullmatch(inner):
            before, after = before + "[", "]" + (match["target"] or "") + after
            inner = match["inner"].strip()
        elif match := _ANCHOR.fullmatch(inner):
            if match["inner"].strip():
                before, after = before + match["open"], match["close"] + match["rest"] + after
                inner = match["inner"].strip()
            else:
                before += match["open"] + match["inner"] + match["close"]
                inner = match["rest"].strip()
        else:
            return None
    return None


def rewrap(source: str, accepts: Callable[[str], bool], new: str) -> str:
    """`new` in the wrapping of `source`, or bare if that would not read back."""
    if parts := unwrap(source, accepts):
        wrapped = parts[0] + new + parts[2]
        if (again := unwrap(wrapped, accepts)) and again[1] == new:
            return wrapped
    return new


def read_key(source: str) -> str:
    """The key in an ID cell. Raises InvalidValueError."""
    if is_key(source):
        return source
    _text_of("key", source)
    parts = unwrap(source, is_key)
    return parts[1] if parts else parse_key(decode_cell(source))


@lru_cache(1024)
def _word(kind: type[Word], text: str) -> Word | None:
    try:
        return kind.parse(text)
    except InvalidValueError:
        return None


def _is_word(kind: type[Word]) -> Callable[[str], bool]:
    return lambda text: _word(kind, text) is not None


def _read_word(kind: type[Word], text: str) -> Word | None:
    """The word in a cell, inside emphasis, a link or any other decoration."""
    if (word := _word(kind, text.strip())) is not None:
        return word
    if parts := unwrap(text, _is_word(kind)):
        return _word(kind, parts[1])
    decorated = _DECORATED.fullmatch(text)
    return _word(kind, decorated["word"]) if decorated else None


def read_severity(source: str) -> Severity | None:
    """The severity in a cell, None in an empty one. Raises InvalidValueError."""
    text = decode_cell(source)[:_LONGEST_WORD]
    if text.strip() in EMPTY:
        return None
    decorated = _DECORATED.fullmatch(text)
    return Severity(_read_word(Severity, text) or Severity.parse(decorated["word"] if decorated else text))


def read_status(source: str) -> tuple[Status, str | None]:
    """The status in a cell and the note in parentheses after it. Raises InvalidValueError."""
    text = clean(decode_cell(source))
    found = _status(text)
    if found is None and (parts := unwrap(text, lambda inner: _status(inner) is not None)):
        found = _status(parts[1])
    if found is None:
        remedy = "use Open, In Progress, Mitigated or Accepted, with a note in parentheses after it"
        raise InvalidValueError("status", f"unknown status {quoted(text)}", remedy)
    return found


def _status(text: str) -> tuple[Status, str | None] | None:
    word, parenthesis, note = text.partition("(")
    if (parenthesis and not note.endswith(")")) or len(word) > _LONGEST_WORD:
        return None
    status = _read_word(Status, word.strip())
    return (Status(status), clean(note[:-1]) or None) if status else None


def write_status(status: Status, note: str | None, like: str = "") -> str:
    """The cell of a status and its note, in the emphasis of the cell `like`."""
    text = encode_cell(f"{status.value} ({note})" if note else status.value)

    def is_status(inner: str) -> bool:
        return inner == text or (_status(inner) is not None and inner[:1].isalnum() and inner[-1:].isalnum())

    word = rewrap(like.partition("(")[0].strip(), _is_word(Status), status.value)
    for candidate in (rewrap(like, is_status, text), word + text.removeprefix(status.value)):
        if candidate != text and read_status(candidate) == (status, note):
            return candidate
    return text


def _read_date(text: str) -> date | None:
    if text in EMPTY:
        return None
    found = find_date(text)
    if found is None or (found.start, found.end) != (0, len(text)) or not found.certain:
        raise InvalidValueError("date", f"{quoted(text)} is not a date", "use YYYY-MM-DD")
    return found.value


def _text_of(field: str, source: str) -> str:
    """The text of a cell, which may be as long as a field. Raises InvalidValueError."""
    text = clean(decode_cell(source))
    if is_too_long(text):
        raise InvalidValueError(field, f"the cell is longer than {TEXT_LIMIT:,} bytes", "shorten it")
    return text


def _read_components(source: str) -> tuple[tuple[str, ...], str | None]:
    """The components in a cell, and their text."""
    _text_of("components", source)
    text = components_text(source)
    return split_components(text), text or None


def _reader(field: ItemField) -> Callable[[str], Any]:
    """What reads the cells of a field's column: with a status comes its note, with components their text."""
    match field.kind:
        case Kind.KEY:
            return read_key
        case Kind.COMPONENTS:
            return _read_components
        case Kind.WORD if field.words is Severity:
            return _cached(read_severity)
        case Kind.WORD if field.words is Status:
            return _cached(read_status)
        case Kind.TEXT:
            return lambda source: _text_of(field.name, source) or ("" if field.required else None)
    read: dict[Kind, Callable[[str], Any]] = {
        Kind.WORD: lambda text: None if text in EMPTY else field.parse(text),
        Kind.AFFECTED: lambda text: Affected.of(line(text)) if text else None,
        Kind.DATE: _read_date,
        Kind.PERSON: lambda text: line(text) or None,
    }
    convert = read[field.kind]
    return _cached(lambda source: convert(_text_of(field.name, source)))


_REPEATED = 60
"""The longest cell whose value is cached: short ones repeat."""


def _cached(read: Callable[[str], Any]) -> Callable[[str], Any]:
    cache = lru_cache(maxsize=4_096)(read)
    return lambda source: cache(source) if len(source) <= _REPEATED else read(source)


READERS: dict[str, Callable[[str], Any]] = {field.name: _reader(field) for field in ITEM_FIELDS if field.columns}
"""What reads the cells of a column, by the field that it means. They raise InvalidValueError."""
PAIRED = {"status": "status_note", "components": "components_text"}
"""The fields whose readers give two values, and the field of the second."""


def components_text(source: str) -> str:
    """The text of a components cell, in which the character references of the components are not decoded."""
    text = source.replace(r"\|", "|")
    return line(_TAGGED_BREAK.sub(" ", text) if "<" in text else text)


def write_components(text: str) -> str:
    """The cell of a text that `join_components` made."""
    components = split_components(text)
    # Without its bracket, the text of a link may be split into several components.
    for escaped in (escape_markup(text), spell_components(components)):
        source = _TAGGED_BREAK.sub(lambda found: "&#60;" + found[0][1:], escaped).replace("|", r"\|")
        bare = source.rstrip("\\")
        source = bare + "&#92;" * (len(source) - len(bare))
        if split_components(components_text(source)) == components:
            break
    return source


def write_value(item: Item, field: str, like: str | None = None) -> str:
    """The cell of an item's field; `like` is the cell it replaces, or one of its column."""
    value: FieldValue = getattr(item, field)
    match value:
        case None:
            return ""
        case tuple():
            text = item.components_text
            if not text or split_components(text) != value:
                text = join_components(value, components_text(like) if like else None)
            return write_components(text)
        case Affected():
            return encode_cell(value.text)
        case date():
            found = find_date(like) if like else None
            return found.rewrite(value) if found and found.certain else value.isoformat()
        case Status():
            return write_status(value, item.status_note, like or "")
        case Severity():
            return rewrap(like or "", _is_word(Severity), value.value)
        case Word():
            return value.value
        case _:
            return rewrap(like or "", is_key, value) if field == "key" else encode_cell(value)
