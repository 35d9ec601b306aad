"""The JSON Schema of what commands print with --json, made of the types of the store's rows, for `make docs`."""

from __future__ import annotations

import ast
import inspect
import json
import re
import types
from datetime import date, datetime
from enum import Enum
from functools import cache, reduce
from importlib import import_module
from operator import or_
from pathlib import PurePath
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ForwardRef,
    Literal,
    NamedTuple,
    NotRequired,
    Union,
    get_args,
    get_origin,
)

from jsonschema import Draft202012Validator, FormatChecker
from pydantic import Field as Described
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from store.audit.log import Done, Head
from store.audit.verify import Finding
from store.commands.ingest import Ingested
from store.formats.document.diff import Difference
from store.formats.register_json import json_schema
from store.maintenance.backup import Backup
from store.maintenance.doctor import Check
from store.policy import AcceptedRow, OwnerRow, RuleRow
from store.queries.dependency_map import BlastRadius, EdgeRow, NodeRow
from store.queries.follow_ups import FollowUpRow
from store.queries.history import ChangeRow
from store.queries.items import ItemDetail
from store.queries.overview import CategoryRow, RegisterRow, ViewRow
from store.queries.priorities import CycleRow, Priority
from store.queries.report import Report
from store.queries.signals import SignalRow, SignalRuleRow, TimelineEntry
from store.review.minutes import Diff, Minutes
from store.review.queries import ReviewLine, ReviewRow
from tests.cli.tree import commands
from tests.program import ROOT
from tui.cli.documents import ImportReport
from tui.cli.git import FileFinding
from tui.cli.insights import TrendReport
from tui.cli.json import Field, fields_of
from tui.cli.json_shapes import SHAPES
from tui.cli.maintenance import KeyRow
from tui.cli.sync import SyncReport

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLISHED = ROOT / "tui" / "cli" / "schemas.json"


class Shaped(NamedTuple):
    """A row in a shape that is not the one of its type."""

    shape: str
    row: object


class Document(NamedTuple):
    """What a command prints: what it is about, and its keys with their types and what they mean."""

    about: str
    keys: dict[str, tuple[object, str]]
    looks_back: bool = False


HEAD: tuple[object, str] = (Head, "The newest change when this was read.")
CHANGES_OF_REGISTER = "done"
"""The name of what every command prints that changes the register."""
_RULES: tuple[object, str] = (tuple[RuleRow, ...], "")
_PAIRS = tuple[Shaped("rule pair", tuple[str, str]), ...]
_SUMMARY: dict[str, tuple[object, str]] = {
    "categories": (tuple[CategoryRow, ...], ""),
    "total": (Shaped("total", CategoryRow), "The whole register."),
    "head": HEAD,
}
DOCUMENTS = {
    "list": Document(
        "The items, all of them or those that a query asks for.",
        {
            "items": (tuple[ItemDetail, ...], ""),
            "query": (str, "The query as understood, with what options such as `--status` ask for."),
            "cannot_tell": (
                tuple[str, ...],
                "The items for which it is unknown whether the query finds them; they are not among `items`.",
            ),
            "head": HEAD,
        },
        looks_back=True,
    ),
    "show": Document(
        "Everything about one item.",
        {
            "item": (ItemDetail, ""),
            "": (Shaped("more of an item", ItemDetail), ""),
            "blast_radius": (BlastRadius | None, "`null` where it has no dependencies."),
            "head": HEAD,
        },
        looks_back=True,
    ),
    "dashboard": Document("The counts of the items by category.", _SUMMARY, looks_back=True),
    "category": Document("The categories with their counts.", _SUMMARY),
    "view": Document("The views.", {"views": (tuple[ViewRow, ...], "Built-in ones first."), "head": HEAD}),
    "map": Document(
        "The items that have a dependency, and the dependencies.",
        {
            "nodes": (tuple[NodeRow, ...], "In cascade order."),
            "edges": (tuple[EdgeRow, ...], "In cascade order."),
            "head": HEAD,
        },
        looks_back=True,
    ),
    "first": Document(
        "The open items (Open or In Progress), what to fix first at the top.",
        {
            "first": (tuple[Priority, ...], ""),
            "unresolved": (int, "The number of all open items; `--limit` prints fewer."),
            "assumed": (tuple[str, ...], "The items that count as Mitigated, with `--if`."),
            "cycles": (tuple[CycleRow, ...], "Open items that feed each other in a circle."),
            "head": HEAD,
        },
        looks_back=True,
    ),
    "check": Document(
        "The result of all rules.",
        {
            "rules": _RULES,
            "broken": (bool, "Whether any item breaks one: exit code 3."),
            "recorded": (_PAIRS, "With `--record`: what is newly broken."),
            "cleared": (_PAIRS, "With `--record`: what is broken no more."),
            "head": HEAD,
        },
        looks_back=True,
    ),
    "rule": Document(
        "The rules of the register, without those that come with the program.", {"rules": _RULES, "head": HEAD}
    ),
    "accepted": Document(
        "The accepted items.", {"accepted": (tuple[AcceptedRow, ...], ""), "head": HEAD}, looks_back=True
    ),
    "owners": Document("The owners.", {"owners": (tuple[OwnerRow, ...], ""), "head": HEAD}, looks_back=True),
    "register": Document("The register's own facts.", {"register": (RegisterRow, ""), "head": HEAD}),
    "history": Document("The audit trail.", {"changes": (tuple[ChangeRow, ...], "The newest first."), "head": HEAD}),
    "trend": Document("The debt over time.", {"trend": (TrendReport, ""), "head": HEAD}, looks_back=True),
    "report": Document(
        "The report for leadership; its lists have the first entries, and totals.",
        {
            "report": (Report, ""),
            "trend": (TrendReport, "The debt over the last 24 months: up to 92 days by day or week."),
            "head": HEAD,
        },
    ),
    "review": Document("The reviews.", {"reviews": (tuple[ReviewLine, ...], "The newest first."), "head": HEAD}),
    "review show": Document("One review.", {"review": (ReviewRow, ""), "head": HEAD}),
    "review minutes": Document("The minutes of a review.", {"minutes": (Minutes, ""), "head": HEAD}),
    "review diff": Document("What differs since a review.", {"diff": (Diff, ""), "head": HEAD}),
    "followups": Document(
        "The follow-ups of reviews.",
        {"followups": (tuple[FollowUpRow, ...], "Open ones first, the next due at the top."), "head": HEAD},
        looks_back=True,
    ),
    "signals": Document(
        "The signals in the inbox, or those that are asked for.",
        {"signals": (tuple[SignalRow, ...], "Firing ones first."), "head": HEAD},
    ),
    "signals show": Document("One signal.", {"signal": (SignalRow, ""), "head": HEAD}),
    "signals timeline": Document(
        "The events of an item's signals, and its statuses.",
        {"timeline": (tuple[TimelineEntry, ...], "The oldest first."), "head": HEAD},
    ),
    "signals rules": Document(
        "The rules that attach signals.",
        {"signal_rules": (tuple[SignalRuleRow, ...], "In the order in which they are tried."), "head": HEAD},
    ),
    "signals ingest": Document("What a report changed.", {"ingested": (Ingested, "")}),
    "signals pull": Document("What the alerts of an Alertmanager changed.", {"ingested": (Ingested, "")}),
    "verify": Document(
        "What is wrong with the register; none is exit code 0, else it is 3.",
        {"findings": (tuple[Finding, ...], "The first change that is wrong comes first."), "head": HEAD},
    ),
    "sync": Document("What a sync changed, or would change.", {"sync": (SyncReport, "")}),
    "lint": Document(
        "What is wrong with documents; none is exit code 0, else it is 3.",
        {
            "findings": (tuple[FileFinding, ...], ""),
            "fixed": (tuple[FileFinding, ...], "What `--fix` corrected."),
        },
    ),
    "diff": Document(
        "What changed between two documents.",
        {
            "changes": (tuple[Difference, ...] | None, "`null` where one of the documents cannot be read."),
            "lines": (tuple[str, ...], "The lines of a unified diff that do not follow from these changes."),
        },
    ),
    "doctor": Document(
        "What was checked, in a fixed order; exit code 3 with a problem.",
        {
            "findings": (tuple[Check, ...], ""),
            "head": (Head | None, "The newest change; `null` where the register cannot be read."),
        },
    ),
    "backup": Document("A backup that was made.", {"backup": (Backup, ""), "head": (Head, "Its newest change.")}),
    "keys": Document("The keys of the dashboard.", {"keys": (tuple[KeyRow, ...], "One for each key of each command.")}),
    "path": Document(
        "Where the register is.",
        {
            "path": (str, "Its file, or the URL without its password."),
            "exists": (bool | None, "Whether it exists, `null` where a server has it."),
        },
    ),
    CHANGES_OF_REGISTER: Document("What a command that changes the register did.", {"done": (Done, "")}),
    "review start": Document(
        "What starting a review did.", {"done": (Done, ""), "review": (int, "The number of the review.")}
    ),
    "import": Document("What an import did or would do.", {"import": (ImportReport, "")}),
}
"""What commands print with --json, by their words, in the order of docs/json.md."""


@cache
def _names(module: str) -> dict[str, object]:
    """The names of a module, with those that only type checkers see."""
    found = dict(vars(import_module(module)))
    for node in ast.parse(inspect.getsource(import_module(module))).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for each in node.body:
                if isinstance(each, ast.ImportFrom) and each.module is not None:
                    found |= {name.asname or name.name: _imported(each.module, name.name) for name in each.names}
                else:
                    exec(compile(ast.Module([each], []), module, "exec"), found)
    return found


def _imported(module: str, name: str) -> object:
    """What a module has under a name, though it may be for type checkers alone."""
    found = getattr(import_module(module), name, None)
    return _names(module)[name] if found is None else found


def _evaluated(annotation: Any, module: str) -> Any:
    text = annotation.__forward_arg__ if isinstance(annotation, ForwardRef) else annotation
    return eval(text, _names(module)) if isinstance(text, str) else text


def _type_at(hint: Any, step: str) -> Any:
    """The type of what a step leads to from a value of a type."""
    if step.isdigit():
        return get_args(hint)[int(step)]
    if get_origin(hint) is tuple:
        return tuple[_type_at(get_args(hint)[0], step), ...]  # type: ignore[misc]  # made at run time
    for kind in hint.__mro__:
        if step in getattr(kind, "__annotations__", {}):
            return _evaluated(kind.__annotations__[step], kind.__module__)
        if isinstance(found := vars(kind).get(step), property) and found.fget is not None:
            return _evaluated(found.fget.__annotations__["return"], found.fget.__module__)
    raise LookupError(f"{hint} has no {step}")


def _named(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _written(hint: Any) -> Any:
    """The type of how a value is written as JSON."""
    if isinstance(hint, Shaped):
        return _object(hint.shape, hint.row)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return reduce(or_, map(_written, arguments))
    if origin in (tuple, frozenset, list):
        return list[_written(arguments[0])]  # type: ignore[misc]  # made at run time
    if not isinstance(hint, type) or issubclass(hint, Enum | date):
        return hint
    if issubclass(hint, PurePath):
        return str
    return _object(_named(hint), hint) if _named(hint) in SHAPES else hint


def _pairs(hint: Any) -> Any:
    """The type of the object that is made of pairs."""
    name, value = get_args(get_args(hint)[0])
    return dict[_written(name), _written(value)]  # type: ignore[misc]  # made at run time


def _field(row: Any, field: Field) -> Any:
    hint = row
    for step in field.path:
        hint = _type_at(hint, step)
    if field.is_object:
        found = _pairs(hint)
    elif field.shape:
        found = _object(field.shape, hint)
    else:
        found = _written(hint)
    if field.null is not None and type(None) not in get_args(found):
        words = tuple(each for each in get_args(found) if each != field.null) if get_origin(found) is Literal else ()
        found = Literal[words] | None if words else found | None
    return Annotated[found, Described(description=field.meaning)] if field.meaning else found


@cache
def _object(shape: str, row: Any) -> Any:
    name = "".join(word[:1].upper() + word[1:] for word in shape.rpartition(".")[2].split())
    short = name.removesuffix("Row").removesuffix("Detail").removesuffix("Report")
    return TypedDict(short or name, {field.name: _field(row, field) for field in fields_of(shape)})  # type: ignore[operator]


def _whole(document: Document) -> Any:
    keys: dict[str, Any] = {"schema": Annotated[Literal[1], Described(description="The version of these shapes.")]}
    for name, (hint, meaning) in document.keys.items():
        if name:
            keys[name] = Annotated[_written(hint), Described(description=meaning)] if meaning else _written(hint)
        else:
            assert isinstance(hint, Shaped)
            keys |= {field.name: _field(hint.row, field) for field in fields_of(hint.shape)}
    if document.looks_back:
        meaning = "The moment that it is about, with `--as-of`."
        keys["as_of"] = NotRequired[Annotated[datetime, Described(description=meaning)]]
    return TypedDict("Document", keys)  # type: ignore[operator]  # made at run time


@cache
def schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what a command prints."""
    document = DOCUMENTS[name]
    found = TypeAdapter(_whole(document)).json_schema(mode="serialization")
    title = "ai-debt ... --json" if name == CHANGES_OF_REGISTER else f"ai-debt {name} --json"
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, "description": document.about}
    return _without_titles(head | {key: value for key, value in found.items() if key != "title"})


def _without_titles(value: Any) -> Any:
    """A schema without the titles that only repeat the names of fields and types."""
    for definition in _schemas(value):
        for each in definition.get("properties", {}).values():
            each.pop("title", None)
    for each in value.get("$defs", {}).values():
        each.pop("title", None)
    return value


def _schemas(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield value
    yield from value.get("$defs", {}).values()


def strict(found: Any) -> Any:
    """A schema under which an object has no other keys."""
    if isinstance(found, list):
        return [strict(each) for each in found]
    if not isinstance(found, dict):
        return found
    closed = {"additionalProperties": False} if "properties" in found else {}
    return {name: strict(value) for name, value in found.items()} | closed


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(strict(schema(name)), format_checker=FormatChecker())


def problems(words: list[str], printed: object) -> list[str]:
    """How what a command line printed differs from its schema, which here allows no keys that it does not name."""
    return [f"{each.json_path}: {each.message}" for each in _validator(name_of(words)).iter_errors(printed)]


@cache
def _commands() -> frozenset[str]:
    return frozenset(map(" ".join, commands()))


def name_of(words: list[str]) -> str:
    """The name of the schema of what a command line prints."""
    both, first = " ".join(words[:2]), words[0]
    if both in DOCUMENTS:
        return both
    is_change = len(words) > 1 and words[1] != "list" and both in _commands()
    return first if first in DOCUMENTS and not is_change else CHANGES_OF_REGISTER


def published() -> str:
    """The file with all schemas."""
    found = {name: schema(name) for name in DOCUMENTS} | {"export": json_schema()}
    rows = (f"{json.dumps(name)}: {json.dumps(each, ensure_ascii=False)}" for name, each in found.items())
    return "{\n" + ",\n".join(rows) + "\n}\n"


def _kind(found: dict[str, Any]) -> str:
    """A type in words, for a table."""
    if "$ref" in found:
        return f"*{found['$ref'].rpartition('/')[2]}*"
    if "anyOf" in found:
        return " or ".join(_kind(each) for each in found["anyOf"])
    if "const" in found:
        return f"`{json.dumps(found['const'])}`"
    match found.get("type"):
        case "array":
            return f"list of {_kind(found['items'])}"
        case "object":
            return f"object of {_kind(found['additionalProperties'])}"
        case "string" if "enum" in found:
            return "one of " + ", ".join(f"`{each}`" for each in found["enum"])
        case "string":
            return {"date": "date", "date-time": "time"}.get(found.get("format", ""), "text")
        case "null":
            return "`null`"
    return str(found["type"])


def fields_table(name: str) -> str:
    """The keys of what a command prints, and the fields of each object that no earlier command has."""
    known: set[str] = set()
    for each in DOCUMENTS:
        found = schema(each)
        if each == name:
            return "\n".join(_tables(found, known))
        known |= found.get("$defs", {}).keys()
    raise LookupError(name)


def _tables(found: dict[str, Any], known: set[str]) -> Iterator[str]:
    """A table of the keys of each object, in the order in which they are met."""
    definitions = found.get("$defs", {})
    yield "| key | type | meaning |\n|---|---|---|"
    yield from _rows(found, found)
    titles = _met(found)
    for title in titles:
        each = definitions[title]
        titles += [name for name in _met(each) if name not in titles]
        if title not in known and "properties" in each:
            yield f"\n*{title}*\n\n| key | type | meaning |\n|---|---|---|"
            yield from _rows(each, found)
    yield ""


def _rows(each: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    for key, value in each["properties"].items():
        yield f"| `{key}` | {_kind(_resolved(value, found))} | {value.get('description', '')} |"


def _met(each: dict[str, Any]) -> list[str]:
    """The definitions that an object refers to."""
    return list(dict.fromkeys(re.findall(r"#/\$defs/(\w+)", json.dumps(each.get("properties")))))


def _resolved(value: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """A type with the enumerations that it refers to in it."""
    if "$ref" in value:
        target = found["$defs"][value["$ref"].rpartition("/")[2]]
        return target if "enum" in target else value
    return value | {
        key: [_resolved(each, found) for each in value[key]] if key == "anyOf" else _resolved(value[key], found)
        for key in ("anyOf", "items", "additionalProperties")
        if key in value
    }
