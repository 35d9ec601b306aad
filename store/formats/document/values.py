"""Sources of fields as values, and values as sources."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from store.enums import Effort, Severity, Status
from store.errors import InvalidValueError, quoted
from store.fields import IDENTIFYING, ITEM_FIELDS, TEXT_LIMIT, Affected, FieldValue, ItemField, Kind, is_key, parse_key
from store.formats.dates import find_date
from store.formats.document.cells import (
    is_nothing,
    read_effort,
    read_state,
    struck,
    write_effort,
    write_state,
)
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

    from store.formats.document.cells import Words
    from store.formats.document.model import Item


_TAGGED_BREAK = re.compile(r"<br[ \t]*/?>", re.IGNORECASE)
_LINE_END = re.compile(r"\s*\n\s*")
_MARKS = re.compile(r"(?P<open>\*\*|__|~~|\*|_|`)(?P<inner>.+)(?P=open)", re.DOTALL)
_LINK = re.compile(r"\[(?P<inner>[^\[\]]+)\](?P<target>\([^()]*\)|\[[^\[\]]*\])?")
_ANCHOR = re.compile(r"(?P<open><a\b[^<>]*>)(?P<inner>.*?)(?P<close></a>)(?P<rest>.*)", re.IGNORECASE)
_FOOTNOTED = re.compile(rf"(?P<inner>.*\S)(?P<note>\s*{FOOTNOTE})", re.DOTALL)
_BEHIND_DATE = re.compile(r"\s*(?:\(.*\)|[\u2013\u2014-]+\s.*|[,;]\s.*)?")
"""What may follow a date: a remark."""
EMPTY = frozenset({"", "-", "--", "\u2013", "\u2014", "n/a", "N/A"})


def clean(text: str) -> str:
    """Text as stored: line ends are `\\n`, leading and trailing blanks are removed."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip()


def line(text: str) -> str:
    """Text of one line as stored."""
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


def _unknown(field: str, text: str) -> InvalidValueError:
    remedy = "correct it, or say what it means when you import it"
    return InvalidValueError(field, f"unknown {field} {quoted(text)}", remedy)


def _read_date(text: str) -> date | None:
    found = find_date(text)
    if found is None or found.start or not _BEHIND_DATE.fullmatch(text, found.end) or not found.certain:
        raise InvalidValueError("date", f"{quoted(text)} is not a date", "use YYYY-MM-DD")
    return found.value


def _text_of(field: str, source: str) -> str:
    """The text of a cell, which may be as long as a field. Raises InvalidValueError."""
    text = clean(decode_cell(source))
    if is_too_long(text):
        raise InvalidValueError(field, f"the cell is longer than {TEXT_LIMIT:,} bytes", "shorten it")
    return text


_UNOWNED = frozenset({"nobody", "no one", "unassigned", "no owner", "open", "unowned", "niemand", "personne", "nadie"})


def is_unowned(source: str) -> bool:
    """Whether the source of a person says that there is none."""
    return is_nothing(source) or source.strip(" *_`").casefold() in _UNOWNED


def guarded(source: str) -> str:
    """A source that is read as what it says, though it is a dash or a word for nothing, or struck through."""
    if source and is_unowned(source):
        return f"{source}&#32;"
    return f"&#126;{source[1:]}" if source.startswith("~~") else source


def _read_effort(text: str) -> Effort | None:
    if (effort := read_effort(text)) is None:
        raise InvalidValueError("effort", f"unknown effort {quoted(text)}", "use S, M, L or XL")
    return effort


def _reader(field: ItemField, is_absent: Callable[[str], bool]) -> Callable[[str], Any]:
    """What reads the sources of a field: with components comes their text. It raises InvalidValueError."""

    def components(source: str) -> tuple[tuple[str, ...], str | None]:
        _text_of("components", source)
        text = components_text(source)
        return ((), None) if is_absent(text) else (split_components(text), text or None)

    if field.kind is Kind.COMPONENTS:
        return components
    if field.kind is Kind.TEXT and field.required:
        return lambda source: _text_of(field.name, source)
    convert: dict[Kind, Callable[[str], Any]] = {
        Kind.TEXT: lambda text: text,
        Kind.LINKS: lambda text: text,
        Kind.WORD: _read_effort,
        Kind.AFFECTED: lambda text: Affected.of(line(text)),
        Kind.DATE: _read_date,
        Kind.PERSON: line,
        Kind.CATEGORY: line,
    }
    read = convert[field.kind]
    if field.kind is Kind.PERSON and is_absent is is_nothing:
        is_absent = is_unowned
    is_empty = EMPTY.__contains__ if is_absent is not is_nothing and field.kind in (Kind.WORD, Kind.DATE) else is_absent

    def value(source: str) -> Any:
        # What is written with references says itself, not that there is nothing.
        return None if is_empty(source.strip()) else read(_text_of(field.name, source))

    return value if field.kind in (Kind.TEXT, Kind.LINKS) else _cached(value)


_REPEATED = 60
"""The longest cell whose value is cached: short ones repeat."""


def _cached(read: Callable[[str], Any]) -> Callable[[str], Any]:
    cache = lru_cache(maxsize=4_096)(read)
    return lambda source: cache(source) if len(source) <= _REPEATED else read(source)


def _readers(is_absent: Callable[[str], bool]) -> dict[str, Callable[[str], Any]]:
    fields = [field for field in ITEM_FIELDS if field.name not in IDENTIFYING and field.kind is not Kind.COLUMNS]
    return {field.name: _reader(field, is_absent) for field in fields}


READERS = _readers(is_nothing)
"""What reads the sources of a field; severity and status depend on the words of the document."""
REFERENCE_READERS = _readers(lambda text: not text)
"""The same as long as only the reference shape was read: a dash in a text was one."""


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


def write_value(item: Item, field: str, words: Words, like: str | None = None) -> str:
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
            return _write_date(value, like)
        case Status():
            return write_status(item, words, like or "")
        case Severity():
            return write_severity(value, words, like or "")
        case Effort():
            return rewrap(like or "", lambda text: read_effort(text) is not None, write_effort(value, like or ""))
        case _:
            return rewrap(like or "", is_key, value) if field == "key" else encode_cell(value)


def _write_date(value: date, like: str | None) -> str:
    """A date in the form of another one, unless it could be taken for a different day in that form."""
    found = find_date(like) if like else None
    if found is None or not found.certain:
        return value.isoformat()
    written = like[: found.start] + found.rewrite(value) + like[found.end :] if like else ""
    again = find_date(written)
    return written if again and again.certain and again.value == value else value.isoformat()


def write_severity(severity: Severity, words: Words, like: str) -> str:
    """The source of a severity in place of another one: in its marks, with what follows it."""
    spelled = words.spell(severity)
    found = words.severity(like)
    if found is None and (former := struck(like)) and words.severity(former):
        return like.replace(former, spelled, 1)
    if found is None:
        return spelled
    written = like[: found.start] + spelled + like[found.end :]
    again = words.severity(written)
    return written if again and again.value is severity else spelled


def write_status(item: Item, words: Words, like: str) -> str:
    """The source of a status and its note in place of another one."""
    note = item.status_note
    ways = write_state(like, read_state(like, words), item.status, note, words)
    for written in ways:
        again = read_state(written, words)
        said = clean(decode_cell(again.note)) if again and again.note else None
        if again and again.status is item.status and (said == note or note is None):
            return written
    return ways[-1]
