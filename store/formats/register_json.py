"""A whole register as JSON and back, and the schema of that JSON."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, cast

from store.enums import Status, Word
from store.errors import InvalidValueError
from store.fields import (
    EXTRA,
    FIELDS,
    ITEM_FIELDS,
    JSON_ORDER,
    Affected,
    ItemField,
    Kind,
    clean_line,
    clean_text,
    parse_code,
    parse_key,
)
from store.formats.document.model import CadenceEntry, Category, Dependency, Item, Register
from store.formats.lines import Problem
from store.formats.links import Link, links_in, links_text, why_not_a_link
from store.formats.markdown import split_components
from store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from store.fields import FieldValue

    JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]

SCHEMA = 1
"""The version of the shape."""
COMPONENTS_TEXT = "components_text"
LINKS_TEXT = "links_text"
_FACTS = ("title", "extends", "system", "last_updated", "purpose", "note", "project_total")
_LINES = frozenset(("title", "extends", "system"))
_LARGEST = 2**63
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_JSON = re.compile(r"\ufeff?\s*\{\s*[\"}]")
_NAMED = re.compile(r'("key"|"code"|"source")\s*:\s*("(?:[^"\\]|\\.)*")')
_WRITE_ONE = "`ai-debt export --format json` writes such a file, docs/register.schema.json describes it"


class Copy(NamedTuple):
    """What a copy of a register says about its origin: the sequence and the digest of the newest change in it."""

    sequence: int = 0
    digest: str = ""


class JsonReading(NamedTuple):
    """What a JSON text holds; with problems, the register is what could be read and must not be stored."""

    register: Register | None
    problems: tuple[Problem, ...] = ()
    copy: Copy = Copy()


def is_json(text: str) -> bool:
    """Whether a text begins as a JSON object does."""
    return _JSON.match(text) is not None


def write_json(register: Register, copy: Copy | None = None) -> str:
    """A register as JSON, with its newest change where that is given."""
    facts = {name: _to_json(getattr(register, name)) for name in _FACTS}
    whole = {
        "schema": SCHEMA,
        **({"head": copy._asdict()} if copy else {}),
        "register": {**facts, "cadence": [entry._asdict() for entry in register.cadence]},
        "categories": [
            {"code": each.code, "name": each.name, "definition": each.definition} for each in register.categories
        ],
        "items": [_item_to_json(item) for item in register.items],
        "dependencies": [edge._asdict() for edge in register.dependencies],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _item_to_json(item: Item) -> dict[str, object]:
    found: dict[str, object] = {name: _to_json(getattr(item, name)) for name in JSON_ORDER}
    found["links"] = [link._asdict() for link in links_in(item.links or "")]
    return found | {COMPONENTS_TEXT: item.components_text, LINKS_TEXT: item.links, EXTRA: dict(item.extra)}


def _to_json(value: FieldValue | int) -> object:
    match value:
        case Word():
            return value.value
        case Affected():
            return {"text": value.text, "count": value.count, "percent": value.percent}
        case date():
            return value.isoformat()
        case tuple():
            return list(value)
        case _:
            return value


class _Reader:
    """Reads the parts of a JSON text; what is wrong becomes a problem with the line of its item."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.problems: list[Problem] = []

    @cached_property
    def _lines(self) -> dict[tuple[str, str], int]:
        """The line where each key, code and source is first given."""
        lines: dict[tuple[str, str], int] = {}
        line, start = 1, 0
        for match in _NAMED.finditer(self._text):
            line += self._text.count("\n", start, match.start())
            start = match.start()
            lines.setdefault((match[1][1:-1], match[2]), line)
        return lines

    def refuse(self, where: str, what: str, remedy: str, *, near: object = None, named: str = "key") -> None:
        """Add a problem, on the line that gives the key `near`, or the code or source that is `named`."""
        line = self._lines.get((named, json.dumps(near, ensure_ascii=False)), 1) if isinstance(near, str) else 1
        self.problems.append(Problem(line, f"{where}: {what}" if where else what, remedy))

    def objects(
        self, whole: Mapping[str, JsonValue], name: str, within: str = ""
    ) -> Iterator[tuple[str, dict[str, JsonValue]]]:
        """The objects in a list of a whole, which is `within` another, each with where it is."""
        found, place = whole.get(name), f"{within}.{name}" if within else name
        if found is not None and not isinstance(found, list):
            self.refuse(place, "is not a list", _WRITE_ONE)
            return
        for index, each in enumerate(found or []):
            if isinstance(each, dict):
                yield f"{place}[{index}]", each
            else:
                self.refuse(f"{place}[{index}]", "is not an object", _WRITE_ONE)

    def text(
        self, where: str, found: Mapping[str, JsonValue], name: str, *, line: bool = False, near: object = None
    ) -> str | None:
        """A text as stored, None if there is none."""
        value = found.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.refuse(f"{where}.{name}", "is not a string", "put it in quotes, or write null", near=near)
            return None
        try:
            return (clean_line if line else clean_text)(name, value) or None
        except InvalidValueError as error:
            self.refuse(where, error.what, error.remedy, near=near)
            return None

    def name(self, where: str, found: Mapping[str, JsonValue], name: str) -> str | None:
        """A key or a code."""
        value = found.get(name)
        try:
            return (parse_key if name == "key" else parse_code)(value if isinstance(value, str) else "", name)
        except InvalidValueError as error:
            self.refuse(where, error.what, error.remedy, near=found.get("key"))
            return None

    def facts(self, found: Mapping[str, JsonValue]) -> dict[str, object]:
        """The register's own facts."""
        facts: dict[str, object] = {
            name: self.text("register", found, name, line=name in _LINES)
            for name in _FACTS
            if name not in ("last_updated", "project_total")
        }
        facts["last_updated"] = self.day("register", found, "last_updated")
        facts["project_total"] = total = found.get("project_total")
        if total is not None and not (isinstance(total, int) and not isinstance(total, bool) and 0 <= total < _LARGEST):
            self.refuse("register.project_total", "is not a number of projects", "write it like 3000, or null")
        cadence = [
            CadenceEntry(
                self.text(where, each, "label", line=True) or "",
                self.text(where, each, "text") or "",
            )
            for where, each in self.objects(found, "cadence")
        ]
        return facts | {"cadence": tuple(entry for entry in cadence if entry.label or entry.text)}

    def day(self, where: str, found: Mapping[str, JsonValue], name: str, near: object = None) -> date | None:
        """A date."""
        value = found.get(name)
        if value is None:
            return None
        try:
            if isinstance(value, str) and _DAY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.refuse(f"{where}.{name}", f"{_shown(value)} is not a date", "write it as YYYY-MM-DD", near=near)
        return None

    def item(self, where: str, found: Mapping[str, JsonValue]) -> Item | None:
        """An item, None where it has no key or no category."""
        key, category = self.name(where, found, "key"), self.name(where, found, "category")
        values = {field.name: self._value(where, found, field) for field in ITEM_FIELDS if field.typed}
        values |= {"key": key, "category": category, EXTRA: self._extra(where, found)}
        values["description"] = values["description"] or ""
        values["status"] = values["status"] or Status.OPEN
        written = self.text(where, found, COMPONENTS_TEXT, line=True, near=key)
        if written and split_components(written) == values["components"]:
            values[COMPONENTS_TEXT] = written
        values["links"] = self._links(where, found, key)
        return Item(**values) if key and category else None  # type: ignore[arg-type]

    def _value(self, where: str, found: Mapping[str, JsonValue], field: ItemField) -> object:
        value, key = found.get(field.name), found.get("key")
        match field.kind:
            case Kind.TEXT | Kind.PERSON:
                return self.text(where, found, field.name, line=field.kind is Kind.PERSON, near=key)
            case Kind.WORD if field.words is not None and value is not None:
                if value in [word.value for word in field.words]:
                    return field.words(value)
                words = ", ".join(field.words)
                what = f"{_shown(value)} is not one of {words}"
                self.refuse(f"{where}.{field.name}", what, "use one of these words", near=key)
            case Kind.DATE:
                return self.day(where, found, field.name, near=key)
            case Kind.AFFECTED:
                text = value.get("text") if isinstance(value, dict) else value
                read = self.text(where, {field.name: text}, field.name, line=True, near=key)
                return Affected.of(read) if read else None
            case Kind.COMPONENTS:
                return self._components(where, value, key)
        return None

    def _components(self, where: str, value: JsonValue, key: object) -> tuple[str, ...]:
        found = value if isinstance(value, list) else [] if value is None else [value]
        names = [self.text(where, {"components": each}, "components", line=True, near=key) for each in found]
        return tuple(dict.fromkeys(name for name in names if name))

    def _links(self, where: str, found: Mapping[str, JsonValue], key: object) -> str | None:
        """The text of an item's links: as the document wrote it while it has the same links, else a line for each."""
        links = [
            Link(
                self.text(place, each, "label", line=True, near=key) or "",
                self.text(place, each, "url", line=True, near=key) or "",
            )
            for place, each in self.objects(found, "links", within=where)
        ]
        for link in links:
            if why := why_not_a_link(link.url):
                what = f"the URL {_shown(link.url)} {why}"
                self.refuse(f"{where}.links", what, "write an http or https URL", near=key)
        written = self.text(where, found, LINKS_TEXT, near=key)
        same = links_in(written or "") == tuple(links)
        return written if same else links_text(links) or None

    def _extra(self, where: str, found: Mapping[str, JsonValue]) -> tuple[tuple[str, str], ...]:
        value, key = found.get(EXTRA), found.get("key")
        if value is not None and not isinstance(value, dict):
            self.refuse(f"{where}.{EXTRA}", "is not an object", "write the texts of extra columns by name", near=key)
            return ()
        texts = value or {}
        columns = ((name, self.text(where, texts, name, near=key)) for name in texts)
        return tuple((name, text) for name, text in columns if text)


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:60]


def read_json(text: str) -> JsonReading:
    """Read a register from JSON. Never raises: what is wrong with it is in the problems."""
    reader = _Reader(text)
    try:
        whole = json.loads(text.removeprefix("\ufeff"), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        problem = Problem(error.lineno, f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}", _WRITE_ONE)
        return JsonReading(None, (problem,))
    except (ValueError, RecursionError):
        return JsonReading(None, (Problem(1, "this JSON cannot be read", _WRITE_ONE),))
    if not isinstance(whole, dict) or not isinstance(whole.get("register"), dict) or "items" not in whole:
        reader.refuse("", "this JSON is not a register: it needs `register` and `items`", _WRITE_ONE)
        return JsonReading(None, tuple(reader.problems))
    if whole.get("schema") != SCHEMA:
        what = f"the schema of this JSON is {_shown(whole.get('schema'))}, and only {SCHEMA} can be read"
        reader.refuse("", what, "export it again with this version of ai-debt")
        return JsonReading(None, tuple(reader.problems))
    register = _read_register(reader, whole)
    return JsonReading(register, tuple(reader.problems), _copy(whole.get("head")))


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _copy(found: JsonValue) -> Copy:
    match found:
        case {"sequence": int(sequence), "digest": str(digest)} if sequence < _LARGEST:
            return Copy(sequence, digest)
    return Copy()


def _read_register(reader: _Reader, whole: dict[str, JsonValue]) -> Register:
    facts = reader.facts(cast("dict[str, JsonValue]", whole["register"]))
    facts["title"] = facts["title"] or "AI Debt Register"
    categories: dict[str, Category] = {}
    for where, each in reader.objects(whole, "categories"):
        if code := reader.name(where, each, "code"):
            if name_key(code) in categories:
                what = f"the code {code} is used twice"
                reader.refuse(where, what, "give each category a different code", near=code, named="code")
            name = reader.text(where, each, "name", line=True) or code
            categories[name_key(code)] = Category(code, name, reader.text(where, each, "definition"))
    items: dict[str, Item] = {}
    for where, each in reader.objects(whole, "items"):
        if item := reader.item(where, each):
            if name_key(item.key) in items:
                what = f"the key {item.key} is used twice"
                reader.refuse(where, what, "give each item a different key", near=item.key)
            category = categories.get(name_key(item.category))
            if category is None:
                what = f"{item.key} is in the category {item.category}, which is not among the categories"
                reader.refuse(where, what, "add the category, or change the item's", near=item.key)
            items[name_key(item.key)] = item._replace(category=category.code) if category else item
    edges = dict.fromkeys(_dependencies(reader, whole, items))
    return Register(
        **facts,  # type: ignore[arg-type]
        categories=tuple(categories.values()),
        items=tuple(items.values()),
        dependencies=tuple(edges),
    )


def _dependencies(reader: _Reader, whole: dict[str, JsonValue], items: Mapping[str, Item]) -> Iterator[Dependency]:
    for where, each in reader.objects(whole, "dependencies"):
        ends = [each.get(name) for name in ("source", "target")]
        known = [items.get(name_key(end)) if isinstance(end, str) else None for end in ends]
        if missing := [end for end, item in zip(ends, known, strict=True) if item is None]:
            what = f"{_shown(missing[0])} is not the key of an item"
            reader.refuse(where, what, "use the keys of items", near=ends[0], named="source")
            continue
        source, target = (item.key for item in known if item)
        yield Dependency(source, target, reader.text(where, each, "label", near=source) or "")


_TEXT = {"type": ["string", "null"]}
_DATE = {"type": ["string", "null"], "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def _words(words: type[Word], *, required: bool = False) -> dict[str, object]:
    return {"enum": [*(word.value for word in words), *([] if required else [None])]}


def _object(properties: Mapping[str, object], required: tuple[str, ...], about: str) -> dict[str, object]:
    return {"type": "object", "description": about, "properties": dict(properties), "required": list(required)}


def _list(of: Mapping[str, object]) -> dict[str, object]:
    return {"type": "array", "items": dict(of)}


def _field_schema(field: ItemField) -> dict[str, object]:
    match field.kind:
        case Kind.KEY | Kind.CATEGORY:
            return {"type": "string"}
        case Kind.WORD if field.words is not None:
            return _words(field.words, required=field.words is Status)
        case Kind.DATE:
            return dict(_DATE)
        case Kind.COMPONENTS:
            return _list({"type": "string"})
        case Kind.LINKS:
            link = {"label": {"type": "string"}, "url": {"type": "string", "format": "uri"}}
            return _list(_object(link, ("url",), "A link with its name, which may be empty."))
        case Kind.AFFECTED:
            numbers = {"count": {"type": ["integer", "null"]}, "percent": {"type": ["number", "null"]}}
            text = {"text": {"type": "string"}, **numbers}
            return {"anyOf": [_object(text, ("text",), "How many projects."), {"type": ["string", "null"]}]}
    return {"type": "string"} if field.required else dict(_TEXT)


def json_schema() -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of what `write_json` writes and `read_json` reads."""
    properties: dict[str, object] = {
        name: {**_field_schema(FIELDS[name]), "title": FIELDS[name].label} for name in JSON_ORDER
    }
    properties[COMPONENTS_TEXT] = {**_TEXT, "title": "The components as the document wrote them"}
    properties[LINKS_TEXT] = {**_TEXT, "title": "The links as written"}
    properties[EXTRA] = {"type": "object", "title": "Extra columns", "additionalProperties": {"type": "string"}}
    facts: dict[str, object] = {name: dict(_TEXT) for name in _FACTS}
    facts |= {"last_updated": dict(_DATE), "project_total": {"type": ["integer", "null"], "minimum": 0}}
    facts["cadence"] = _list(_object({"label": _TEXT, "text": _TEXT}, ("text",), "One line of the review cadence."))
    names = {"code": {"type": "string"}, "name": {"type": "string"}, "definition": _TEXT}
    ends = {"source": {"type": "string"}, "target": {"type": "string"}, "label": _TEXT}
    head = {"sequence": {"type": "integer"}, "digest": {"type": "string"}}
    cascade = "Debt that makes other debt worse: source LABEL target."
    parts = {
        "schema": {"const": SCHEMA},
        "head": _object(head, ("sequence", "digest"), "The newest change of the register that this was written from."),
        "register": _object(facts, (), "The register's own facts."),
        "categories": _list(_object(names, ("code",), "A category.")),
        "items": _list(_object(properties, ("key", "category"), "An item; what is absent is null.")),
        "dependencies": _list(_object(ends, ("source", "target"), cascade)),
    }
    required = ("schema", "register", "categories", "items")
    whole = _object(parts, required, "A register, as `ai-debt export --format json` writes it.")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "AI Debt Register", **whole}


def schema_text() -> str:
    """The schema as the file that is published."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
