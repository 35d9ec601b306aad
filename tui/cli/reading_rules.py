"""The options that settle how a document is read: what its columns and words mean, and which items are known ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from store.errors import InvalidValueError, quoted
from tui.cli import output
from tui.cli.options import named_path
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from store.commands.imports.plan import ImportPlan
    from store.formats.document.rules import ReadingRules

Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="NAME=FIELD",
        help="What a column or a label means, as in --map Risk=title; also extra or ignore. May be repeated.",
    ),
]
MapSeverity = Annotated[
    list[str] | None,
    typer.Option(
        "--map-severity",
        metavar="WORD=SEVERITY",
        help="What a word means, as in --map-severity Sev-1=critical; also unrated. May be repeated.",
    ),
]
MapStatus = Annotated[
    list[str] | None,
    typer.Option(
        "--map-status",
        metavar="WORD=STATUS",
        help="What a word means, as in --map-status Parked=accepted. May be repeated.",
    ),
]
Mapping = Annotated[
    str | None,
    typer.Option(
        "--mapping",
        metavar="FILE",
        help="The same from a TOML file with the tables [columns], [severities] and [statuses].",
        callback=named_path,
    ),
]
Same = Annotated[
    list[str] | None,
    typer.Option(
        "--same",
        metavar="TITLE=KEY",
        help="Which known item an item without a key is; =new for none. May be repeated.",
    ),
]


def settled(
    text: str,
    mapping: str | None,
    columns: Iterable[str] | None,
    severities: Iterable[str] | None,
    statuses: Iterable[str] | None,
) -> ReadingRules:
    """How a document is to be read: what the file says, then the options.

    Raises InvalidValueError, also for an option about what is nowhere in the document.
    """
    from store.formats.document.rules import ReadingRules, read_mapping

    rules = ReadingRules()
    options: tuple[tuple[str, Iterable[str] | None, Callable[[ReadingRules, str, str], ReadingRules]], ...] = (
        ("map", columns, ReadingRules.with_role),
        ("map-severity", severities, ReadingRules.with_severity),
        ("map-status", statuses, ReadingRules.with_status),
    )
    for option, given, settle in options:
        for each in given or ():
            rules = settle(rules, *_pair(option, each))
    if rules != ReadingRules():
        _require_used(text, rules)
    return rules.over(read_mapping(_file(mapping))) if mapping is not None else rules


def _require_used(text: str, rules: ReadingRules) -> None:
    from store.formats.document.understanding import unused

    if (name := unused(text, rules)) is not None:
        what = f"{quoted(name)} is nowhere in the document"
        raise InvalidValueError("map", what, "--dry-run lists its columns, labels and words")


def _file(name: str) -> str:
    from store.formats.lines import read_file

    return read_file(Path(name))


_EXAMPLES = {"map": "Risk=title", "map-severity": "Sev-1=critical", "map-status": "Parked=accepted"}
_EXAMPLES |= {"same": "Flaky tests=TD-003"}


def _pair(option: str, given: str) -> tuple[str, str]:
    """What stands before and after the last `=`. Raises InvalidValueError."""
    name, _, value = (part.strip() for part in given.rpartition("="))
    if not name or not value:
        what = f"--{option} {quoted(given)} does not say what is what"
        raise InvalidValueError(option, what, f'write it like --{option} "{_EXAMPLES[option]}"')
    return name, value


def same(given: Iterable[str] | None) -> dict[str, str]:
    """The keys of items without one, by their titles. Raises InvalidValueError."""
    return dict(_pair("same", each) for each in given or ())


def asked(plan: ImportPlan) -> tuple[str, str]:
    """Ask which item the first uncertain one is: its title and the key. Leaves where there is no answer."""
    first = plan.uncertain[0]
    known = {item.key: item.title or item.description for item in (plan.base.items if plan.base else ())}
    output.say(f"{quoted(line(first.text))} has no key. It may be")
    for key in first.candidates:
        output.say(f"  {key}  {line(known.get(key, ''))}".rstrip())
    answer = output.ask_for(f"Which one is it? ({', '.join(first.candidates)}, or new)")
    if not answer:
        raise output.refuse("nothing was changed")
    return first.text, answer


def refused(plan: ImportPlan) -> InvalidValueError:
    """That nobody says which known item an item is."""
    first = plan.uncertain[0]
    more = f" (and {len(plan.uncertain) - 1} more like it)" if len(plan.uncertain) > 1 else ""
    what = f"{quoted(first.text)} has no key and may be {' or '.join(first.candidates)}{more}"
    key = first.candidates[0]
    return InvalidValueError("same", what, f'say which with --same "{first.text}={key}", or =new for none of them')
