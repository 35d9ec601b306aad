"""What the columns of a table and the labels of fields mean: by their words, then by what is below them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.fields import FIELDS, IDENTIFYING, ITEM_FIELDS, Kind, is_key, of_kind
from store.formats.document.cells import is_nothing, struck
from store.formats.document.rules import EXTRA, IGNORED
from store.formats.document.vocabulary import Role, fold, header_for, number_scale
from store.formats.document.vocabulary import roles_of as known_roles
from store.formats.document.vocabulary_roles import ROLES
from store.formats.markdown import decode_cell, split_components

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from store.formats.document.cells import Words
    from store.formats.document.rules import ReadingRules
    from store.formats.document.vocabulary import Scale


_ALIASES: dict[str, list[tuple[int, str]]] = {}
for _field in ITEM_FIELDS:
    for _rank, _alias in enumerate(_field.columns):
        _ALIASES.setdefault(_alias.casefold(), []).append((_rank, _field.name))
# A column Item next to a column ID describes the item.
_ALIASES["item"].append((9, "description"))
STATUS = "status"
ALWAYS = tuple(field.name for field in ITEM_FIELDS if field.written == "always" and field.name != STATUS)
"""The columns of a table in the reference shape, without the last one."""
OPTIONAL = tuple(field.name for field in ITEM_FIELDS if field.columns and field.written == "when set")
SAMPLES = 50
"""How many rows are examined to find out what a column means."""
EXTRA_MARK = "<!-- extra -->"
"""After the header of a column: it means no field, whatever it is called."""
STRONG = frozenset(IDENTIFYING) - {"key"} | {"mitigation_plan"}
"""The fields that only lists of items have."""
TEXTS = frozenset({"title", "description"})
HYPHENS = {0x2010: "-", 0x2011: "-"}
"""The hyphens that texts have in place of the one in keys."""
_NUMBER = re.compile(r"#?(\d{1,6})\.?")


def header(name: str, language: str = "en") -> str:
    """What a new column of a field is called in a document of a language."""
    usual = FIELDS[name].columns
    return usual[0] if usual and language == "en" else header_for(name, language)


class Columns(NamedTuple):
    """What columns mean: item field to column, the extra columns by name, and the scale of severities in numbers.

    `numbered`: the keys are numbers. `settled` are the fields whose columns a mapping rule names.
    """

    fields: Mapping[str, int]
    extra: Mapping[str, int]
    scale: Scale | None = None
    numbered: bool = False
    settled: frozenset[str] = frozenset()
    is_usual: bool = False
    """Whether they have the names of the reference shape, too."""

    @property
    def is_reference(self) -> bool:
        """Whether these are the columns of a table of items in the reference shape."""
        return all(name in self.fields for name in IDENTIFYING)

    @property
    def texts(self) -> frozenset[str]:
        """Which fields say what an item is about."""
        return TEXTS & self.fields.keys()


def reference_roles(name: str) -> list[tuple[int, str]]:
    """The fields that a column of this name means in the reference shape, with their ranks."""
    return _ALIASES.get(" ".join(name.split()).casefold(), [])


def graded_roles(name: str, rules: ReadingRules) -> tuple[Role, ...]:
    """The fields that a column or a label of this name may mean, the best first."""
    if name.endswith(EXTRA_MARK):
        return ()
    if rules.reference_only:
        return tuple(Role(field, rank, True) for rank, field in sorted(reference_roles(name)))
    settled = rules.roles.get(fold(name))
    if settled in (EXTRA, IGNORED):
        return ()
    if settled:
        return (Role(settled, -1, True),)
    own = [Role(field, rank, True) for rank, field in reference_roles(name) if field not in ROLES]
    return tuple(role for role in (*own, *known_roles(name)) if role.field not in rules.unread)


def roles_of(name: str, rules: ReadingRules) -> tuple[str, ...]:
    """The names of these fields."""
    return tuple(role.field for role in graded_roles(name, rules))


def is_label(name: str, rules: ReadingRules) -> bool:
    """Whether a label is known: it means a field, or a mapping rule says that it means none."""
    return bool(roles_of(name, rules)) or (not rules.reference_only and rules.role(name) is not None)


def resolve(names: Sequence[str], rows: Sequence[Sequence[str]], rules: ReadingRules, words: Words) -> Columns:
    """What the columns under these headers mean, given the sources of some of their rows."""
    fields: dict[str, int] = {}
    if rules.reference_only:
        claims = [(rank, column, field) for column, name in enumerate(names) for rank, field in reference_roles(name)]
    else:
        claims = list(_claims(names, rows, rules, words))
    for _, column, field in sorted(claims):
        if field not in fields and column not in fields.values():
            fields[field] = column
    scale = None
    numbered = False
    settled = frozenset(field for field, column in fields.items() if rules.role(names[column]))
    usual = is_named_as_reference(fields, names)
    if not rules.reference_only:
        if not settled & TEXTS:
            _settle_texts(fields, names, usual=usual)
            _find_title(fields, names, rows, rules)
        scale = number_scale(names[fields["severity"]]) if "severity" in fields else None
        if "key" in fields:
            keys = [key for row in rows if (key := _cell(row, fields["key"])) and not is_nothing(key)]
            numbered = bool(keys) and all(map(key_number, keys))
    return Columns(fields, _extra(names, fields, rules), scale, numbered, settled, usual)


def key_number(source: str) -> int | None:
    """The number that a cell has instead of a key: `12`, `#12` or `12.`."""
    match = _NUMBER.fullmatch(struck(source) or source.strip(" *_`"))
    return int(match[1]) if match else None


def _cell(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _claims(
    names: Sequence[str], rows: Sequence[Sequence[str]], rules: ReadingRules, words: Words
) -> Iterable[tuple[int, int, str]]:
    """Each field that a column may mean, with its rank: what does not fit the cells is left out."""
    for column, name in enumerate(names):
        sources = [source for row in rows if not is_nothing(source := _cell(row, column))]
        for role in (candidates := graded_roles(name, rules)):
            sure = role.rank < 0 or (len(candidates) == 1 and role.proves)
            if role.rank < 0:
                yield -1, column, role.field
            elif fit := _fit(role.field, name, sources, words, alone=sure):
                yield role.rank * 10 + fit, column, role.field


def _fit(field: str, name: str, sources: Sequence[str], words: Words, *, alone: bool) -> int:
    """How well the cells of a column fit a field that it means for sure or not: 1 is best, 0 is not at all."""
    if not sources:
        return 2
    if field == "severity":
        scale = number_scale(name)
        share = sum(_is_severity(source, words, scale) for source in sources) / len(sources)
        return 1 if share > 0.5 else 3 if alone else 0
    if field == "status" and not alone:
        return 1 if sum(words.status(decode_cell(source)) is not None for source in sources) * 2 > len(sources) else 0
    if field in TEXTS:
        if not alone and all(re.fullmatch(r"[\W\d]*", source) for source in sources):
            return 0
        # A text may begin with such a word: `Old models stay`, `Alte Modelle bleiben`.
        severe = sum(_is_severity(source, words, None) and len(source.split()) < 3 for source in sources)
        return 0 if severe > len(sources) / 2 and not alone else 2
    if field == "category" and not alone:
        # Names of categories repeat, components vary.
        plain = all(len(source) < 40 and len(split_components(source)) < 2 and "`" not in source for source in sources)
        return 1 if plain and len(set(sources)) * 2 <= len(sources) else 0
    if field == "key" and not alone:
        keys = sum(is_key(source.strip("*_`~[]").translate(HYPHENS)) for source in sources)
        return 2 if keys * 2 > len(sources) else 0
    return 2


def _is_severity(source: str, words: Words, scale: Scale | None) -> bool:
    """Whether a cell begins with a severity and is short."""
    found = words.severity(decode_cell(source), scale)
    return found is not None and found.value is not None and len(source) - found.end < 40


def _settle_texts(fields: dict[str, int], names: Sequence[str], *, usual: bool) -> None:
    """A lone column that may be title or description is the description in the reference shape, else the title."""
    own, other = ("description", "title") if usual else ("title", "description")
    if other in fields and own not in fields:
        roles = [role.field for role in known_roles(names[fields[other]])]
        if own in roles:
            fields[own] = fields.pop(other)
            more = (n for n, name in enumerate(names) if n not in fields.values() and _is_description(name))
            if other == "description" and (column := next(more, None)) is not None:
                # Of `Debt` and `Details`, the former is the title.
                fields[other] = column


def _is_description(name: str) -> bool:
    return [role.field for role in known_roles(name)[:1]] == ["description"]


def is_named_as_reference(fields: Mapping[str, int], names: Sequence[str]) -> bool:
    """Whether a table has the columns of the reference shape under the names that they have there."""
    return all(name in fields and _has_reference_name(name, names[fields[name]]) for name in IDENTIFYING)


def _has_reference_name(field: str, name: str) -> bool:
    return field in (role for _, role in reference_roles(name))


def _find_title(
    fields: dict[str, int], names: Sequence[str], rows: Sequence[Sequence[str]], rules: ReadingRules
) -> None:
    """Take the column right after the keys for the title if no column is known as one, and each row has its own."""
    column = fields.get("key", -1) + 1
    if "title" in fields or not 0 < column < len(names) or column in fields.values() or not fold(names[column]):
        return
    name = names[column]
    words = [name, *(word for word in name.split() if len(word) > 3)]
    if rules.role(name) or name.endswith(EXTRA_MARK) or any(map(known_roles, words)):
        return
    cells = [_cell(row, column) for row in rows]
    worded = all(re.search(r"[^\W\d_]{3}.*\s.*[^\W\d_]{2}", cell) for cell in cells)
    if len(cells) > 1 and worded and len(set(cells)) == len(cells):
        fields["title"] = column


def _extra(names: Sequence[str], fields: Mapping[str, int], rules: ReadingRules) -> dict[str, int]:
    """The columns that mean no field, by unique names."""
    extra: dict[str, int] = {}
    used = set(fields.values())
    for column, name in enumerate(names):
        if column in used or rules.role(name) == IGNORED:
            continue
        base = unique = name.removesuffix(EXTRA_MARK).rstrip() or f"Column {column + 1}"
        number = 2
        if rules.reference_only and reference_roles(name):
            # With this name, another table would use it for the field.
            unique, number = f"{name} (2)", 3
        while unique in extra:
            unique, number = f"{base} ({number})", number + 1
        extra[unique] = column
    return extra


def without_weak_severity(columns: Columns, names: Sequence[str]) -> Columns:
    """The columns of a table whose heading says the severity: a column such as Impact does not say it again."""
    column = columns.fields.get("severity")
    if column is None or "severity" in columns.settled:
        return columns
    if not any(role.field == "severity" and role.is_weak for role in known_roles(names[column])):
        return columns
    fields = {field: at for field, at in columns.fields.items() if field != "severity"}
    extra = sorted((*columns.extra.items(), (names[column], column)), key=lambda each: each[1])
    return columns._replace(fields=fields, extra=dict(extra), scale=None)


def describes_items(columns: Columns, names: Sequence[str], rows: Sequence[Sequence[str]], *, placed: bool) -> bool:
    """Whether a table with these columns lists items; `placed`: its heading says their severity or status.

    Legends, glossaries, change logs and tables of counts have some of the same columns.
    """
    fields = columns.fields.keys()
    if columns.settled and (columns.texts or "key" in fields):
        return True
    attributes = fields - TEXTS - {"key", "category"}
    if "key" in fields and not columns.numbered:
        return bool(columns.texts or fields & STRONG)
    if not columns.texts:
        return False
    texts = [known_roles(names[columns.fields[text]]) for text in columns.texts]
    named = any(role.field == "title" for each in texts for role in each)
    if not (fields & STRONG or placed or (attributes and named)):
        return False
    return placed or not is_legend(columns, names, rows)


def is_legend(columns: Columns, names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table explains words: each of them once, in its first column, and what it means."""
    if "title" in columns.fields or not rows:
        return False
    first = next((field for field, column in columns.fields.items() if column == 0), None)
    words = columns.fields.keys() & {"severity", STATUS, "effort"}
    if first not in of_kind(Kind.WORD, Kind.CATEGORY) or len(words) > 1 or columns.fields.keys() & of_kind(Kind.DATE):
        return False
    cells = [fold(_cell(row, 0)) for row in rows]
    return len(cells) <= 8 and len(set(cells)) == len(cells) and len(names) <= 5


def missing_for_items(columns: Columns) -> str | None:
    """What a table that has something of a list of items lacks to be one; None where it has nothing of it."""
    has = [name for name in ("severity", "status") if name in columns.fields]
    if not has or columns.texts or "key" in columns.fields:
        return None
    return f"this table has {' and '.join(word.title() for word in has)} but no ID or title column"


def say_title(columns: Columns, names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """How to say which column of a table is the title."""
    known = set(columns.fields.values())
    others = [column for column in range(len(names)) if column not in known and fold(names[column])]
    longest = max(others, key=lambda column: sum(len(_cell(row, column)) for row in rows), default=None)
    name = names[longest] if longest is not None else "Risk"
    return f'say which column is the title, as in --map "{name}=title"'
