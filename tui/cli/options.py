"""Options and arguments that several commands have: how they are read, and what a shell completes for them."""

from __future__ import annotations

import inspect
import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from store.enums import Effort, SavedKind, Severity, Status, Word
from store.errors import InvalidValueError
from store.fields import FIELDS, FieldValue, Kind, clean_line, past_dates
from store.filters.ast import ItemFilter, Value, phrases, quote
from store.filters.parser import parse
from store.filters.qualifiers import BY_NAME, QUALIFIERS, SORTS, ValueKind
from store.formats.dates import with_weekday
from tui.cli import output
from tui.cli.command import argument, flag, option, target
from tui.cli.target import ALLOW_NETWORK_FS
from tui.lazy import filter_completion, follow_up_queries, item_queries, lookup, overview_queries, signal_queries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from store.db.reader import Reader
    from store.filters.ast import Query

F = TypeVar("F", bound="Callable[..., Any]")


def program_version() -> str:
    """The program and its version, in words."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"ai-debt {version('ai-debt-register')}"
    except PackageNotFoundError:
        return "ai-debt, not installed"


def proposed(words: Iterable[str]) -> Callable[[str], list[str]]:
    """What a shell proposes of a fixed set of words."""
    return lambda incomplete: [word for word in words if word.startswith(incomplete)]


complete_status = proposed([word.typed for word in Status])
complete_severity = proposed([*(word.typed for word in Severity), "none"])
complete_effort = proposed([word.value for word in Effort])


def proposes(
    find: Callable[[Reader, str], Iterable[tuple[str, str]]],
) -> Callable[[typer.Context, str], list[tuple[str, str]]]:
    """What a shell proposes of the register: words with what each is; none where the register cannot be read."""

    def complete(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
        try:
            from tui.render.text import line

            with target(context).opened() as opened, opened.read() as reader:
                return [(word, line(about)) for word, about in find(reader, incomplete)]
        except Exception:
            return []  # a shell that completes has no place for a sentence

    return complete


@proposes
def complete_key(reader: Reader, incomplete: str) -> Iterable[tuple[str, str]]:
    """The keys of items and their titles."""
    found = item_queries.page(reader, ItemFilter(phrases(incomplete)), limit=200).items
    return ((row.key, row.lead) for row in found if row.key.startswith(incomplete))


@proposes
def complete_follow_up(reader: Reader, incomplete: str) -> Iterable[tuple[str, str]]:
    """The numbers of the follow-ups and what is to be done."""
    rows = ((str(row.number), f"{row.key} {row.text}") for row in follow_up_queries.follow_ups(reader))
    return ((number, about) for number, about in rows if number.startswith(incomplete))


@proposes
def complete_signal(reader: Reader, incomplete: str) -> Iterable[tuple[str, str]]:
    """The numbers of the signals and their names."""
    rows = ((str(row.number), f"{row.name} {row.summary or ''}") for row in signal_queries.signals(reader))
    return ((number, about) for number, about in rows if number.startswith(incomplete))


@proposes
def complete_category(reader: Reader, incomplete: str) -> Iterable[tuple[str, str]]:
    """The codes of the categories and their names."""
    rows = overview_queries.summary(reader).categories
    return ((row.code, row.name) for row in rows if row.code.startswith(incomplete))


@proposes
def complete_view(reader: Reader, incomplete: str) -> Iterable[tuple[str, str]]:
    """The names of the views and what they look for."""
    rows, typed = overview_queries.all_views(reader), incomplete.casefold()
    return ((row.name, row.query) for row in rows if row.name.casefold().startswith(typed))


@proposes
def complete_rule(reader: Reader, incomplete: str) -> Iterable[tuple[str, str]]:
    """The names of the rules and what they ask."""
    rows = lookup.saved_queries(reader, SavedKind.RULE)
    return ((row.name, row.query) for row in rows if row.name.startswith(incomplete))


def complete_sort(incomplete: str) -> list[tuple[str, str]]:
    """The orders, also the other way round."""
    sign = "-" if incomplete.startswith("-") else ""
    return [(sign + each.name, each.help) for each in SORTS if (sign + each.name).startswith(incomplete)]


def complete_query(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Qualifiers and values."""
    # Some shells break words at a colon, and complete what follows it.
    before = list(context.params.get("query") or ())
    broken = "".join(before[-2:] if before[-1:] == [":"] else [])

    @proposes
    def find(reader: Reader, typed: str) -> Iterable[tuple[str, str]]:
        text = broken + typed
        found = filter_completion.complete(reader, text, len(text))
        if len(found) == 1 and found[0].text.endswith(":"):
            # A shell puts a blank behind the only proposal: the values are proposed at once.
            text = f"{text[: found[0].start]}{found[0].text}"
            found = filter_completion.complete(reader, text, len(text)) or found
        return [(text[len(broken) : each.start] + each.text, each.help) for each in found]

    return find(context, incomplete)


def complete_theme(incomplete: str) -> list[str]:
    """The themes, and the word for whichever is like the terminal."""
    from tui.settings import AUTO, THEMES

    return proposed([AUTO, *THEMES])(incomplete)


def _known_theme(context: typer.Context, typed: str | None) -> str | None:
    if typed is not None and not context.resilient_parsing:
        from tui.settings import AUTO, THEMES, unknown_theme

        if typed not in (*THEMES, AUTO):
            raise typer.BadParameter(unknown_theme(typed))
    return typed


Theme = Annotated[
    str | None,
    option(
        "--theme",
        "NAME",
        "The dashboard's theme, such as register-light; auto asks the terminal for its background.",
        complete_theme,
        callback=_known_theme,
    ),
]


def _allow(context: typer.Context, allowed: bool) -> bool:
    if allowed:
        context.meta[ALLOW_NETWORK_FS] = True
    return allowed


AllowNetworkFs = Annotated[
    bool,
    flag(
        ALLOW_NETWORK_FS,
        "Allow writing on a network file system, if only one machine opens the register.",
        callback=_allow,
    ),
]
ReviewTitle = Annotated[str | None, option("--title", "TEXT", "Its title (default: Retrospective and the date).")]
With = Annotated[list[str] | None, option("--with", "NAME", "Another participant; can be repeated.")]
Yes = Annotated[bool, flag("--yes -y", "Do not ask for confirmation.")]
Key = Annotated[str, argument("KEY", "An item's key, such as EN-001.", complete_key)]
Keys = Annotated[list[str], argument("KEY", "Keys of items, such as EN-001 EN-002.", complete_key)]
OptionalKey = Annotated[str | None, argument("KEY", "An item's key.", complete_key)]
Source = Annotated[str, argument("SRC", "The item that makes the other worse.", complete_key)]
Destination = Annotated[str, argument("DST", "The item that is made worse.", complete_key)]
Assumed = Annotated[
    list[str] | None, option("--if", "KEY", "Assume that this item is mitigated; nothing is written.", complete_key)
]

_MEANT: dict[Kind | type[Word], tuple[str, Callable[..., object] | None]] = {
    Kind.KEY: ("KEY", None),
    Kind.CATEGORY: ("CODE", complete_category),
    Kind.PERSON: ("NAME", None),
    Kind.DATE: ("DATE", None),
    Severity: ("SEVERITY", complete_severity),
    Status: ("STATUS", complete_status),
    Effort: ("SIZE", complete_effort),
}
"""What the value of a field of some kind is called in help, and what a shell proposes for it."""
Extra = Annotated[list[str] | None, option("--extra", "NAME=VALUE", "An extra column; can be repeated.")]

AddLink = Annotated[
    list[str] | None,
    option("--add-link", "TEXT", "Add a link, such as 'Ticket https://…'; can be repeated."),
]

Was = Annotated[
    list[str] | None,
    option("--was", "FIELD=VALUE", "The value of a field when you read it, as in --was status=open; can be repeated."),
]

AllowPast = Annotated[bool, flag("--allow-past", "Allow a due date or end in the past.")]


def option_name(field: str) -> str:
    """The option of a field: `--due-on`; the status note is `--note`."""
    return f"--{FIELDS[field].option or field.replace('_', '-')}"


def field_options(*, required: Iterable[str] = ()) -> Callable[[F], F]:
    """Give a command whose last parameter is `**typed` an option for each field; it gets None for those not given."""
    needed = frozenset(required)

    def decorate(command: F) -> F:
        signature = inspect.signature(command)
        first, *rest = (each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD)
        fields = [_option(name, required=name in needed) for name in FIELDS]
        # Typer reads a command's options from its signature, which may say more than its `def` does.
        command.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[first, *fields, *(each.replace(kind=each.KEYWORD_ONLY) for each in rest)]
        )
        return command

    return decorate


def _option(name: str, *, required: bool) -> inspect.Parameter:
    field = FIELDS[name]
    metavar, complete = _MEANT.get(field.words or field.kind, ("TEXT", None))
    words = f"{field.label}: {field.hint}." if field.hint else f"{field.label}."
    typed = option(option_name(name), metavar, words, complete)
    default = inspect.Parameter.empty if required else None
    annotation = Annotated[str, typed] if required else Annotated[str | None, typed]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def values(typed: Mapping[str, str | None], today: date) -> dict[str, FieldValue]:
    """The values of the options that were given; an empty one clears its field. Says which day a date in words is.

    Raises InvalidValueError.
    """
    found = {name: FIELDS[name].check_typed(text, today) for name, text in typed.items() if text is not None}
    for name, value in found.items():
        if isinstance(value, date) and value.isoformat() != (typed[name] or "").strip():
            output.say(f"{FIELDS[name].label}: {with_weekday(value)}")
    return found


def refuse_past(given: Mapping[str, FieldValue], rows: Callable[[], Iterable[object]], today: date) -> None:
    """Raise InvalidValueError for a past date that should be in the future, unless all of `rows` have it already."""
    for name, day in past_dates(given, today).items():
        before = {getattr(row, name) for row in rows()}
        if before != {day}:
            what = f"{FIELDS[name].label} {day.isoformat()} is in the past"
            raise InvalidValueError(name, what, "check the date, or add --allow-past")


def extras(typed: Iterable[str]) -> dict[str, str | None]:
    """The columns of `NAME=VALUE`; an empty value clears. Raises InvalidValueError."""
    found: dict[str, str | None] = {}
    for each in typed:
        name, sign, value = each.partition("=")
        if not sign or not name.strip():
            raise InvalidValueError("extra", f"{each!r} is not NAME=VALUE", "write it as --extra 'Team=Search'")
        found[clean_line("extra", name)] = clean_line("extra", value) or None
    return found


def expected(typed: Iterable[str], today: date) -> dict[str, FieldValue]:
    """The fields of `FIELD=VALUE`, named like their options, or `extra.NAME`. Raises InvalidValueError."""
    names = {option_name(name).removeprefix("--"): name for name in FIELDS}
    found: dict[str, FieldValue] = {}
    for each in typed:
        name, sign, value = (part.strip() for part in each.partition("="))
        field = names.get(name.lower().replace("_", "-"), name)
        if field in FIELDS and sign:
            found[field] = FIELDS[field].read(value, today)
        elif field.startswith("extra.") and sign:
            found[field] = value
        else:
            raise InvalidValueError(
                "was", f"{each!r} is not FIELD=VALUE", f"the fields are {', '.join(names)} and extra.NAME"
            )
    return found


Terms = Annotated[
    list[str] | None,
    argument("QUERY", "Words and qualifiers, such as severity:high owner:none -component:Amber.", complete_query),
]
Statuses = Annotated[list[str] | None, option("--status", "STATUS", "Same as status: in the query.", complete_status)]
Severities = Annotated[
    list[str] | None, option("--severity", "SEVERITY", "Same as severity: in the query.", complete_severity)
]
InCategory = Annotated[str | None, option("--category", "CODE", "Same as category: in the query.", complete_category)]
OfComponent = Annotated[str | None, option("--component", "NAME", "Same as component: in the query.")]
OwnedBy = Annotated[str | None, option("--owner", "NAME", "Same as owner: in the query.")]
Sorted = Annotated[
    str | None, option("--sort", "ORDER", "Same as sort: in the query; - before it reverses.", complete_sort)
]
OfView = Annotated[
    str | None, option("--view", "NAME", "A view, narrowed by the query; `ai-debt view` lists them.", complete_view)
]

_QUALIFIED = re.compile(r"(?:^|\s)-?[^\W\d_][\w-]*:")


def qualifiers() -> str:
    """The qualifiers of a query, an example and a sentence each."""
    width = max(len(each.examples[0]) for each in QUALIFIERS)
    rows = [f"  {each.examples[0]:<{width}}  {each.help}" for each in QUALIFIERS]
    return "\n".join(["Qualifiers (see docs/filter.md):", *rows])


def apart(typed: Sequence[str] | None) -> list[str]:
    """Values of a fixed set, several in one with commas as in a query."""
    return [value for text in typed or () for value in text.split(",")]


def composed(arguments: Sequence[str], options: Mapping[str, Sequence[str]], sort: str | None = None) -> Query:
    """The query of some arguments, with a term for the values of each option. Raises QueryError.

    An argument with a blank in it and no qualifier is a phrase; behind the qualifier of a name it belongs to the name.
    """
    parts = [_argument(text) for text in arguments]
    parts += [
        f"{name}:{','.join(str(Value(text, text=text)) for text in values)}"
        for name, values in options.items()
        if values
    ]
    if sort is not None:
        parts.append(f"sort:{sort}")
    return parse(" ".join(parts))


def _argument(text: str) -> str:
    """An argument as typed: the shell has taken its quotation marks away."""
    text = text.strip()
    sign = "-" if text.startswith("-") else ""
    said = text.removeprefix(sign)
    if not re.search(r"\s", said) or '"' in said:
        return text
    if not _QUALIFIED.search(said):
        return sign + quote(said)
    name, _, values = said.partition(":")
    named = BY_NAME.get(name.casefold())
    if named is None or named.kind not in (ValueKind.NAME, ValueKind.CATEGORY) or _QUALIFIED.search(values):
        return text
    return f"{sign}{name}:{','.join(str(Value(value, text=value)) for value in values.split(','))}"
