"""Tables of a document: cells as values, values as cells, rows with some cells changed, and category codes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from store.enums import Severity, Status, Word
from store.errors import InvalidValueError, quoted
from store.fields import (
    IDENTIFYING,
    ITEM_FIELDS,
    TEXT_LIMIT,
    Affected,
    FieldValue,
    ItemField,
    Kind,
    is_code,
    is_key,
    parse_key,
)
from store.formats.dates import find_date
from store.formats.document.model import TAXONOMY
from store.formats.markdown import (
    BLANK,
    FOOTNOTE,
    decode_cell,
    encode_cell,
    escape_markup,
    join_components,
    spell_components,
    split_components,
    split_row,
)
from store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from store.formats.document.layout import Block, Edits
    from store.formats.document.model import Item


# A first cell that starts like this does not start another block, even if the row has no outer pipe.
_SAFE_START = re.compile(r"(?:\*\*?|__?|`)?[A-Za-z]")
_WRAPPED = re.compile(rf"(\*\*|__|~~|\*|_|`)(?P<inner>.+)\1|(?P<noted>.*\S)\s*{FOOTNOTE}")
_LONGEST_HEADER = 1_000  # of a header whose marks are removed, pair by pair
_ALIASES: dict[str, list[tuple[int, str]]] = {}
for _field in ITEM_FIELDS:
    for _rank, _alias in enumerate(_field.columns):
        _ALIASES.setdefault(_alias.casefold(), []).append((_rank, _field.name))
# A column Item next to a column ID describes the item.
_ALIASES["item"].append((9, "description"))


class Row(NamedTuple):
    """One line of a table."""

    line: int
    text: str

    @property
    def cells(self) -> list[str]:
        """The sources of its cells, without the blanks around them."""
        return [cell.strip(BLANK) for cell in split_row(self.text)[1]]

    @property
    def widths(self) -> list[int]:
        """The widths of the cells with the blanks around them; a last cell without a pipe after it has none."""
        widths = [len(cell) for cell in split_row(self.text)[1]]
        return widths if self.text.rstrip(BLANK).endswith("|") else widths[:-1]


class Columns(NamedTuple):
    """What the columns of an item table mean: item field to column, and the extra columns by name."""

    fields: Mapping[str, int]
    extra: Mapping[str, int]

    @property
    def is_items(self) -> bool:
        """Whether these are the columns of a table of items."""
        return all(name in self.fields for name in IDENTIFYING)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its header, its delimiter row and its body."""

    header: Row
    delimiter: Row
    body: tuple[Row, ...]

    @property
    def line(self) -> int:
        """Its first line."""
        return self.header.line

    @property
    def last_line(self) -> int:
        """The line of its last row."""
        return (self.body or (self.delimiter,))[-1].line

    @property
    def names(self) -> tuple[str, ...]:
        """The headers as people read them, without emphasis."""
        return tuple(without_emphasis(decode_cell(source)) for source in self.header.cells)

    def is_aligned(self, row: Row) -> bool:
        """Whether a row's cells are as wide as those of header and delimiter, so that the columns line up."""
        return row.widths == self.header.widths == self.delimiter.widths


@dataclass(frozen=True, slots=True)
class ItemTable(Table):
    """A table of items; `rows` holds the key of every row that could be read."""

    columns: Columns
    rows: tuple[tuple[str, Row], ...] = ()


def read_table(block: Block, lines: Sequence[str]) -> Table:
    """The table in a block; an ItemTable, still without rows, if it is one of items."""
    header, delimiter, *body = map(Row, range(block.start, block.end), lines[block.start : block.end])
    table = Table(header, delimiter, tuple(body))
    columns = columns_of(table.names)
    return ItemTable(header, delimiter, tuple(body), columns) if columns.is_items else table


def without_emphasis(text: str) -> str:
    """A line of text without the emphasis, code or strike marks around all of it, and without a footnote's mark."""
    line = re.sub(r"\s*\n\s*", " ", text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip())
    while len(line) <= _LONGEST_HEADER and (match := _WRAPPED.fullmatch(line)):
        line = (match["inner"] or match["noted"]).strip()
    return line


def _aliases(name: str) -> list[tuple[int, str]]:
    return _ALIASES.get(" ".join(name.split()).casefold(), [])


def columns_of(names: Sequence[str]) -> Columns:
    """What the columns under these headers mean; where two mean the same field the better name has it."""
    claims = [(rank, column, field) for column, name in enumerate(names) for rank, field in _aliases(name)]
    fields: dict[str, int] = {}
    for _, column, field in sorted(claims):
        if field not in fields and column not in fields.values():
            fields[field] = column
    extra: dict[str, int] = {}
    for column, name in enumerate(names):
        if column in fields.values():
            continue
        base = unique = name or f"Column {column + 1}"
        number = 2
        if _aliases(name):
            # With this name, another table would use it for the field.
            unique, number = f"{name} (2)", 3
        while unique in extra:
            unique, number = f"{base} ({number})", number + 1
        extra[unique] = column
    return Columns(fields, extra)


def change_row(
    row: Row, cells: Mapping[int, str], added: Sequence[tuple[int, str]] = (), *, aligned: bool = False
) -> str:
    """The row's line with the sources of some cells replaced, and cells added before others.

    A cell that was padded with blanks, or any of an `aligned` row, keeps its width if it can. A row without
    outer pipes gets them where it would begin another block, or lose a cell, without them.
    """
    head, old, tail = split_row(row.text)
    if not old:
        return row.text
    segments: list[str] = []
    for column, segment in enumerate(old):
        segments += [f" {source} " for before, source in added if before == column]
        new = _replace_cell(segment, cells[column]) if column in cells else segment
        segments.append(new.ljust(len(segment)) if aligned else new)
    segments += [f" {source} " for before, source in added if before == len(old)]
    if not head.strip(BLANK):
        segments[0] = segments[0].lstrip(BLANK)
        if not _SAFE_START.match(segments[0]) and (0 in cells or any(before == 0 for before, _ in added)):
            head, segments[0] = head + "|", " " + segments[0]
    if not tail.strip(BLANK):
        last = segments[-1].rstrip(BLANK)
        segments[-1], tail = (last, tail) if last else (" ", "|")
    return head + "|".join(segments) + tail


def add_columns(edits: Edits, table: Table, headers: Sequence[tuple[int, str]]) -> None:
    """Add columns to the header and the delimiter row, each before the column of this number."""
    if headers:
        names = [(column, encode_cell(name)) for column, name in headers]
        edits.replace(table.header.line, change_row(table.header, {}, names))
        dashes = zip((column for column, _ in headers), delimiter_row([name for _, name in headers]), strict=True)
        edits.replace(table.delimiter.line, change_row(table.delimiter, {}, list(dashes)))


def delimiter_row(headers: Sequence[str]) -> list[str]:
    """The cells of the delimiter row below these headers."""
    return ["-" * max(3, len(name)) for name in headers]


def _replace_cell(segment: str, source: str) -> str:
    """A cell with the blanks around it, with another source."""
    content = segment.strip(BLANK)
    if not content:
        return f" {source} ".ljust(len(segment)) if source else segment or " "
    start = segment.index(content)
    lead, tail = segment[:start], segment[start + len(content) :]
    if len(tail) > 1 and not tail.strip(" "):
        return lead + source.ljust(len(content) + len(tail) - 1) + " "
    if len(lead) > 1 and not lead.strip(" "):
        return " " + source.rjust(len(lead) - 1 + len(content)) + tail
    return lead + source + (tail or " " if source.endswith("\\") or not source else tail)


def new_row(table: Table, sources: Sequence[str], *, aligned: bool = True) -> str:
    """A new line for a table, in the style of its last row; with `aligned`, padded where all columns are."""
    like = table.body[-1] if table.body and table.body[-1].cells else table.header
    text = like.text.strip(BLANK)
    indent = like.text[: len(like.text) - len(like.text.lstrip(BLANK))]
    first, last = text.startswith("|"), text.endswith("|") and not text.endswith("\\|")
    if aligned and first and last and like is not table.header and table.is_aligned(like):
        sources = [source.ljust(width - 2) for source, width in zip(sources, like.widths, strict=True)]
    line = " | ".join(sources)
    if first or not _SAFE_START.match(line):
        line = f"| {line}"
    if last or not sources[-1]:
        line = f"{line} |"
    return indent + line


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


def read_severity(source: str) -> Severity:
    """The severity in a cell. Raises InvalidValueError."""
    text = decode_cell(source)[:_LONGEST_WORD]
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
            return _shared(read_severity)
        case Kind.WORD if field.words is Status:
            return _shared(read_status)
        case Kind.TEXT:
            return lambda source: _text_of(field.name, source) or ("" if field.required else None)
    read: dict[Kind, Callable[[str], Any]] = {
        Kind.WORD: lambda text: None if text in EMPTY else field.parse(text),
        Kind.AFFECTED: lambda text: Affected.of(line(text)) if text else None,
        Kind.DATE: _read_date,
        Kind.PERSON: lambda text: line(text) or None,
    }
    convert = read[field.kind]
    return _shared(lambda source: convert(_text_of(field.name, source)))


_REPEATED = 60
"""The longest cell whose value is read once and shared: short ones repeat."""


def _shared(read: Callable[[str], Any]) -> Callable[[str], Any]:
    cached = lru_cache(maxsize=4_096)(read)
    return lambda source: cached(source) if len(source) <= _REPEATED else read(source)


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
            return write_components(join_components(value, components_text(like) if like else None))
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


_NUMBERING = re.compile(r"\A[\d.]+\s+(?=\S)")
_NOTED = re.compile(rf"(?<=\S)\s*{FOOTNOTE}\s*\Z")
_KNOWN = {category.name.casefold(): category.code for category in TAXONOMY}
CODE = re.compile(r"<!--[ \t]*code:[ \t]*(?P<code>\S+?)[ \t]*-->")


def heading_key(name: str) -> str:
    """A heading's name for comparing: without emphasis, numbering, a footnote's mark and case."""
    bare = " ".join(_NOTED.sub("", name).strip("*_ ").split()).casefold()
    return _NUMBERING.sub("", bare)


def infer_codes(categories: Sequence[tuple[str, str | None, Sequence[str]]]) -> tuple[str, ...]:
    """The codes of categories given as (name, code written in the document, item keys), in their order.

    A written code wins; then comes the taxonomy's code of that name, then the commonest prefix of the
    keys, then initials, each only if no other category has taken it. All codes differ.
    """
    codes: list[str | None] = [written for _, written, _ in categories]
    taken = {code for code in codes if code}
    for rule in (_by_name, _by_keys):
        for index, (name, _, keys) in enumerate(categories):
            if codes[index] is None and (code := rule(name, keys)) and code not in taken:
                codes[index] = code
                taken.add(code)
    numbers: dict[str, int] = {}
    for index, (name, _, _) in enumerate(categories):
        if codes[index] is None:
            codes[index] = _numbered(_initials(name), taken, numbers)
            taken.add(str(codes[index]))
    return tuple(str(code) for code in codes)


def codes_to_write(categories: Sequence[tuple[str, str | None, Sequence[str]]], codes: Sequence[str]) -> frozenset[int]:
    """Which categories must have their code written for `infer_codes` to give these codes."""
    written = [code and right for (_, code, _), right in zip(categories, codes, strict=True)]
    names = Counter(name_key(name) for name, _, _ in categories)
    for index, (name, _, _) in enumerate(categories):
        # Only their written codes distinguish categories with the same name.
        if names[name_key(name)] > 1:
            written[index] = codes[index]
    while True:
        inferred = infer_codes([(name, code, keys) for (name, _, keys), code in zip(categories, written, strict=True)])
        wrong = [index for index, code in enumerate(inferred) if code != codes[index]]
        if not wrong:
            return frozenset(index for index, code in enumerate(written) if code)
        for index in wrong:
            written[index] = codes[index]


def _by_name(name: str, _keys: Sequence[str]) -> str | None:
    return _KNOWN.get(heading_key(name))


def _by_keys(_name: str, keys: Sequence[str]) -> str | None:
    prefixes = Counter(prefix for key in keys if is_code(prefix := _prefix(key)))
    return prefixes.most_common(1)[0][0] if prefixes else None


def _prefix(key: str) -> str:
    if "-" in key:
        return key.rpartition("-")[0]
    return key.rstrip("0123456789._")


def _initials(name: str) -> str:
    words = [word for word in re.findall(r"[A-Za-z][A-Za-z0-9]*", name) if word.casefold() not in ("and", "of", "the")]
    base = "".join(word[0] for word in words).upper()[:8] if len(words) > 1 else "".join(words)[:2].upper()
    return base or "C"


def _numbered(base: str, taken: set[str], numbers: dict[str, int]) -> str:
    """A free code: the base, or the base and a number. `numbers` holds the last number tried for each base."""
    code = base
    while code in taken:
        numbers[base] = number = numbers.get(base, 1) + 1
        code = f"{base}{number}"
    return code
