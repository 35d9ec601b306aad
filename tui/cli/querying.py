"""The query of a command line: its arguments and the options that stand for terms, as one text."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from store.filters.ast import Value, quote
from store.filters.parser import parse
from store.filters.qualifiers import BY_NAME, QUALIFIERS, ValueKind
from tui.cli.help import Command
from tui.cli.options import (
    complete_category,
    complete_query,
    complete_severity,
    complete_sort,
    complete_status,
    complete_view,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typer._click import Context

    from store.filters.ast import Query

Terms = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="QUERY",
        help="Words and qualifiers, such as severity:high owner:none -component:Amber.",
        autocompletion=complete_query,
    ),
]
Statuses = Annotated[
    list[str] | None,
    typer.Option("--status", metavar="STATUS", help="As status: in the query.", autocompletion=complete_status),
]
Severities = Annotated[
    list[str] | None,
    typer.Option("--severity", metavar="SEVERITY", help="As severity: in the query.", autocompletion=complete_severity),
]
InCategory = Annotated[
    str | None,
    typer.Option("--category", metavar="CODE", help="As category: in the query.", autocompletion=complete_category),
]
OfComponent = Annotated[str | None, typer.Option("--component", metavar="NAME", help="As component: in the query.")]
OwnedBy = Annotated[str | None, typer.Option("--owner", metavar="NAME", help="As owner: in the query.")]
Sorted = Annotated[
    str | None,
    typer.Option(
        "--sort", metavar="ORDER", help="As sort: in the query; - before it reverses.", autocompletion=complete_sort
    ),
]
OfView = Annotated[
    str | None,
    typer.Option(
        "--view",
        metavar="NAME",
        help="A view, narrowed by the query; `ai-debt view` lists them.",
        autocompletion=complete_view,
    ),
]

_QUALIFIED = re.compile(r"(?:^|\s)-?[^\W\d_][\w-]*:")
_EXCLUDED = re.compile(r"-[^-].+", re.DOTALL)


class QueryCommand(Command):
    """A command whose arguments are a query: `-component:Amber` excludes, and is no option."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Take what excludes for arguments, then the command's own."""
        end = args.index("--") if "--" in args else len(args)
        valued = {name for param in self.params for name in param.opts if not getattr(param, "is_flag", False)}
        kept: list[str] = []
        excluded: list[str] = []
        for before, arg in zip(["", *args[:end]], args[:end], strict=False):
            (excluded if _EXCLUDED.fullmatch(arg) and before not in valued else kept).append(arg)
        tail = [*excluded, *args[end + 1 :]]
        return super().parse_args(ctx, [*kept, "--", *tail] if tail else kept)


def qualifiers() -> str:
    """The qualifiers of a query, an example and a sentence each."""
    width = max(len(each.examples[0]) for each in QUALIFIERS)
    rows = [f"  {each.examples[0]:<{width}}  {each.help}" for each in QUALIFIERS]
    return "\n".join(["Qualifiers (docs/filter.md says more):", *rows])


def apart(typed: "Sequence[str] | None") -> list[str]:
    """Values of a fixed set, several in one with commas as in a query."""
    return [value for text in typed or () for value in text.split(",")]


def composed(arguments: "Sequence[str]", options: "Mapping[str, Sequence[str]]", sort: str | None = None) -> "Query":
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
    """An argument as it was typed: the shell has taken its quotation marks away."""
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
