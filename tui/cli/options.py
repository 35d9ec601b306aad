"""The options and arguments that several commands share, and what a shell completes for them."""

from typing import Annotated

import typer

from store.enums import Effort, Severity, Status
from tui.cli.target import ALLOW_NETWORK_FS, NamesNothingError, names_something

_NOUNS = {"PATH|URL": "the register's file", "DIR": "a directory"}


def named_path(context: typer.Context, parameter: typer.CallbackParam, typed: str | None) -> str | None:
    """The callback of every option and argument that names a file or directory. Raises NamesNothingError."""
    if not context.resilient_parsing and typed is not None and not names_something(typed):
        is_option = parameter.param_type_name == "option"
        name = parameter.opts[0] if is_option else parameter.metavar
        instead = "" if parameter.required else f", or leave {'the option' if is_option else 'it'} out"
        noun = _NOUNS.get(parameter.metavar or "", "a file")
        raise NamesNothingError(f"{name} is empty", f"name {noun}{instead}")
    return typed


def named_paths(context: typer.Context, parameter: typer.CallbackParam, typed: list[str]) -> list[str]:
    """The callback of every argument that names several files. Raises NamesNothingError."""
    for each in typed:
        named_path(context, parameter, each)
    return typed


def _beginning(words: list[str], typed: str) -> list[str]:
    return [word for word in words if word.startswith(typed)]


def complete_status(incomplete: str) -> list[str]:
    """The statuses as they are typed."""
    return _beginning([word.typed for word in Status], incomplete)


def complete_severity(incomplete: str) -> list[str]:
    """The severities as they are typed, and none."""
    return _beginning([*(word.typed for word in Severity), "none"], incomplete)


def complete_effort(incomplete: str) -> list[str]:
    """The efforts."""
    return [word.value for word in Effort if word.value.startswith(incomplete)]


def complete_key(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The keys of items and their titles; none where the register cannot be read."""
    try:
        from store.filters.ast import ItemFilter, phrases
        from store.queries.items import page
        from tui.cli.target import reading
        from tui.render.text import line

        with reading(context, None) as reader:
            found = page(reader, ItemFilter(phrases(incomplete)), limit=200).items
        return [(row.key, line(row.lead)) for row in found if row.key.startswith(incomplete)]
    except Exception:
        return []  # a shell that completes has no place for a sentence


def complete_follow_up(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The numbers of the follow-ups and what is to be done; none where the register cannot be read."""
    try:
        from store.queries.follow_ups import follow_ups
        from tui.cli.target import reading
        from tui.render.text import line

        with reading(context, None) as reader:
            rows = follow_ups(reader)
        return [
            (str(row.number), line(f"{row.key} {row.text}")) for row in rows if f"{row.number}".startswith(incomplete)
        ]
    except Exception:
        return []


def complete_category(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The codes of the categories and their names; none where the register cannot be read."""
    try:
        from store.queries.overview import summary
        from tui.cli.target import reading
        from tui.render.text import line

        with reading(context, None) as reader:
            rows = summary(reader).categories
        return [(row.code, line(row.name)) for row in rows if row.code.startswith(incomplete)]
    except Exception:
        return []


def complete_sort(incomplete: str) -> list[tuple[str, str]]:
    """The orders, also the other way round."""
    from store.filters.qualifiers import SORTS

    sign = "-" if incomplete.startswith("-") else ""
    return [(sign + each.name, each.help) for each in SORTS if (sign + each.name).startswith(incomplete)]


def complete_query(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Qualifiers and values; none where the register cannot be read."""
    try:
        from store.filters.completion import complete
        from tui.cli.target import reading
        from tui.render.text import line

        # Some shells break words at a colon, and complete what stands behind it.
        before = list(context.params.get("query") or ())
        broken = before[-2:] if before[-1:] == [":"] else []
        text = "".join([*broken, incomplete])
        with reading(context, None) as reader:
            found = complete(reader, text, len(text))
            if len(found) == 1 and found[0].text.endswith(":"):
                # A shell puts a blank behind the only proposal: the values are proposed at once.
                text = f"{text[: found[0].start]}{found[0].text}"
                found = complete(reader, text, len(text)) or found
        begins = len("".join(broken))
        return [(text[begins : each.start] + each.text, line(each.help)) for each in found]
    except Exception:
        return []


def complete_view(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The names of the views and what they look for; none where the register cannot be read."""
    try:
        from store.queries.overview import all_views
        from tui.cli.target import reading
        from tui.render.text import line

        with reading(context, None) as reader:
            rows = all_views(reader)
        return [(row.name, line(row.query)) for row in rows if row.name.casefold().startswith(incomplete.casefold())]
    except Exception:
        return []


Db = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="PATH|URL",
        help="The register's database; else $AI_DEBT_DB, else your own.",
        callback=named_path,
    ),
]


def _allow(context: typer.Context, allowed: bool) -> bool:
    if allowed:
        context.meta[ALLOW_NETWORK_FS] = True
    return allowed


AllowNetworkFs = Annotated[
    bool,
    typer.Option(
        ALLOW_NETWORK_FS,
        callback=_allow,
        help="Write on a network file system: only where one machine alone opens the register.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE|30d",
        help="As it was on a day or at a time (UTC), or so many days ago.",
        show_default=False,
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="An item's key, such as EN-001.", autocompletion=complete_key)]
Keys = Annotated[
    list[str], typer.Argument(metavar="KEY", help="Keys of items, such as EN-001 EN-002.", autocompletion=complete_key)
]
OptionalKey = Annotated[
    str | None, typer.Argument(metavar="KEY", help="An item's key.", show_default=False, autocompletion=complete_key)
]
Source = Annotated[
    str, typer.Argument(metavar="SRC", help="The item that makes the other worse.", autocompletion=complete_key)
]
Destination = Annotated[
    str, typer.Argument(metavar="DST", help="The item that is made worse.", autocompletion=complete_key)
]
Assumed = Annotated[
    list[str] | None,
    typer.Option(
        "--if", metavar="KEY", help="As if it were mitigated; nothing is written.", autocompletion=complete_key
    ),
]
