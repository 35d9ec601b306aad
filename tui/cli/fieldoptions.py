"""An option for every field of an item, made from the one table of fields."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Annotated

import typer

from store.enums import Effort, Severity, Status, Word
from store.errors import InvalidValueError
from store.fields import FIELDS, FieldValue, Kind, clean_line, past_dates
from store.formats.dates import with_weekday
from tui.cli import output
from tui.cli.options import complete_category, complete_effort, complete_severity, complete_status

METAVARS: dict[Kind | type[Word], str] = {
    Kind.KEY: "KEY",
    Kind.CATEGORY: "CODE",
    Kind.PERSON: "NAME",
    Kind.DATE: "DATE",
    Severity: "SEVERITY",
    Status: "STATUS",
    Effort: "SIZE",
}
COMPLETIONS: dict[Kind | type[Word], Callable[..., object]] = {
    Kind.CATEGORY: complete_category,
    Severity: complete_severity,
    Status: complete_status,
    Effort: complete_effort,
}
Extra = Annotated[
    list[str] | None,
    typer.Option("--extra", metavar="NAME=VALUE", help="A column of your own; may be given several times."),
]

Was = Annotated[
    list[str] | None,
    typer.Option(
        "--was",
        metavar="FIELD=VALUE",
        help="What a field said when you read it, as in --was status=open; may be given several times.",
    ),
]

AllowPast = Annotated[bool, typer.Option("--allow-past", help="Allow a due date, or an end, in the past.")]


def option_name(field: str) -> str:
    """The option of a field: `--due-on`; the status note is `--note`."""
    return f"--{FIELDS[field].option or field.replace('_', '-')}"


def field_options(*, required: Iterable[str] = ()) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command whose last parameter is `**typed` an option for each field; it gets None for those not given."""
    needed = frozenset(required)

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command)
        kept = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
        first = [each for each in kept if each.default is each.empty]
        last = [each.replace(kind=each.KEYWORD_ONLY) for each in kept if each.default is not each.empty]
        # Typer reads a command's options from its signature, which may say more than its `def` does.
        command.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*first, *(_option(name, required=name in needed) for name in FIELDS), *last]
        )
        return command

    return decorate


def _option(name: str, *, required: bool) -> inspect.Parameter:
    field = FIELDS[name]
    meant = field.words or field.kind
    metavar = METAVARS.get(meant, "TEXT")
    hint = f": {field.hint}" if field.hint else ""
    help_text = f"{field.label}{hint}."
    option = typer.Option(option_name(name), metavar=metavar, help=help_text, autocompletion=COMPLETIONS.get(meant))
    default = inspect.Parameter.empty if required else None
    annotation = Annotated[str, option] if required else Annotated[str | None, option]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def values(typed: Mapping[str, str | None], today: date) -> dict[str, FieldValue]:
    """The values of the options that were given; an empty one clears its field. Says which day a date in words is.

    Raises InvalidValueError.
    """
    found = {name: FIELDS[name].read(text, today) for name, text in typed.items() if text is not None}
    for name, value in found.items():
        if isinstance(value, date) and value.isoformat() != (typed[name] or "").strip():
            output.say(f"{FIELDS[name].label}: {with_weekday(value)}")
    return found


def refuse_past(given: Mapping[str, FieldValue], rows: "Callable[[], Iterable[object]]", today: date) -> None:
    """Raise InvalidValueError for a date in the past that ought to lie ahead, unless all of `rows` have it already."""
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
            raise InvalidValueError("extra", f"{each!r} is no NAME=VALUE", "write it as --extra 'Team=Search'")
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
                "was", f"{each!r} is no FIELD=VALUE", f"the fields are {', '.join(names)} and extra.NAME"
            )
    return found
