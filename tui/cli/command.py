"""What the commands have in common: help with examples, options, the register that they open, and how they answer."""

from __future__ import annotations

import inspect
import re
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar, get_type_hints

import typer
from typer._coercion import RuntimeParam, build_runtime_param
from typer.core import TyperCommand, TyperGroup

from tui.cli import output
from tui.cli.json import snapshot
from tui.cli.target import ALLOW_NETWORK_FS, NamesNothingError, chosen, names_something, past_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from typer._click import Context, HelpFormatter
    from typer._click.shell_completion import CompletionItem

    from store.audit.log import Done
    from store.db.database import Database
    from store.db.reader import Reader
    from tui.cli.target import Target

F = TypeVar("F", bound="Callable[..., Any]")
_TYPE = re.compile(r" <[^<>]*>(?:\.\.\.)?$")
_EXCLUDED = re.compile(r"-[^-].+", re.DOTALL)
KEYWORD_ONLY = inspect.Parameter.KEYWORD_ONLY


class _TextFirst(RuntimeParam):
    """Takes texts and switches unparsed: Typer would load a validation library for them."""

    def _coerce_value(self, value: Any, param: Any, ctx: Context) -> Any:
        annotation = self.annotation
        if annotation in (str, bool) and isinstance(value, annotation):
            return value
        if annotation == list[str] and all(isinstance(each, str) for each in value):
            return list(value)
        return build_runtime_param(param.type_descriptor)._coerce_value(value, param=param, ctx=ctx)


def _texts_first(params: list[Any]) -> list[Any]:
    for param in params:
        if param._runtime_param is None:
            descriptor = param.type_descriptor
            param._runtime_param = _TextFirst(descriptor.parameter_info, descriptor.annotation)
    return params


class Group(TyperGroup):
    """A command with subcommands."""

    def get_params(self, ctx: Context) -> list[Any]:
        """The parameters, with texts unparsed."""
        return _texts_first(super().get_params(ctx))


class KeyOrCommand(Group):
    """A group whose first word may be the key of an item: without a subcommand it lists."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Take `list` for granted where no subcommand is named, unless a shell is still to complete it."""
        named = {*self.commands, *ctx.help_option_names}.intersection(args)
        is_complete = named or (ctx.resilient_parsing and not args)
        return super().parse_args(ctx, args if is_complete else ["list", *args])

    def shell_complete(self, ctx: Context, incomplete: str) -> list[CompletionItem]:
        """The subcommands, and what `list` takes."""
        command = self.commands["list"]
        key = next(param for param in command.params if param.name == "key")
        with command.make_context("list", [], parent=ctx, resilient_parsing=True) as listing:
            found = [*command.shell_complete(listing, incomplete), *key.shell_complete(listing, incomplete)]
        own = super().shell_complete(ctx, incomplete)
        known = {each.value for each in own}
        return [*own, *(each for each in found if each.value not in known)]

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """The pieces of the usage line, with the arguments that are understood without a subcommand."""
        del ctx
        return ["[OPTIONS] [KEY] | COMMAND [ARGS]..."]


class Command(TyperCommand):
    """A command whose usage line and arguments read like those of other programs."""

    def get_params(self, ctx: Context) -> list[Any]:
        """The parameters, with texts unparsed."""
        return _texts_first(super().get_params(ctx))

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Take the option that every command has, then the command's own."""
        end = args.index("--") if "--" in args else len(args)
        if ALLOW_NETWORK_FS in args[:end]:
            ctx.meta[ALLOW_NETWORK_FS] = True
        args = [arg for arg in args[:end] if arg != ALLOW_NETWORK_FS] + args[end:]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """The pieces of the usage line, a required argument as its bare name."""
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the arguments, then the options."""
        rows: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
        for param in self.get_params(ctx):
            if record := param.get_help_record(ctx):
                name, text = record
                if param.param_type_name == "argument":
                    name, text = _TYPE.sub("", name), text.replace("  [required]", "")
                rows[param.param_type_name].append((name, text))
        for title, found in (("Arguments", rows["argument"]), ("Options", rows["option"])):
            if found:
                with formatter.section(title):
                    formatter.write_dl(found)


class QueryCommand(Command):
    """A command whose arguments are a query: `-component:Amber` excludes, and is not an option."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Take what excludes for arguments, then the command's own."""
        end = args.index("--") if "--" in args else len(args)
        valued = {name for param in self.params for name in param.opts if not getattr(param, "is_flag", False)}
        kept: list[str] = []
        excluded: list[str] = []
        for before, arg in zip(["", *args[:end]], args[:end], strict=False):
            (excluded if _EXCLUDED.fullmatch(arg) and before not in valued else kept).append(arg)
        tail = [*excluded, *args[end + 1 :]]
        return super().parse_args(ctx, [*kept, "--", *tail] if tail else kept)


_NOUNS = {"PATH|URL": "the register's file", "DIR": "a directory"}


def _named(context: typer.Context, parameter: typer.CallbackParam, typed: str | list[str] | None) -> object:
    """The callback of everything that names a file or directory, or several. Raises NamesNothingError."""
    for each in [typed] if isinstance(typed, str) else typed or ():
        if not context.resilient_parsing and not names_something(each):
            is_option = parameter.param_type_name == "option"
            name = parameter.opts[0] if is_option else parameter.metavar
            instead = "" if parameter.required else f", or leave {'the option' if is_option else 'it'} out"
            noun = _NOUNS.get(parameter.metavar or "", "a file")
            raise NamesNothingError(f"{name} is empty", f"name {noun}{instead}")
    return typed


def flag(names: str, words: str, **more: Any) -> Any:
    """An option without a value: its names, with blanks between them, and its help."""
    return typer.Option(*names.split(), help=words, show_default=False, **more)


def option(names: str, metavar: str, words: str, complete: Callable[..., object] | None = None, **more: Any) -> Any:
    """An option with a value; `complete` is what a shell proposes, `is_path` whether the value names a file."""
    return typer.Option(*names.split(), **_valued(metavar, words, complete, **more))


def argument(metavar: str, words: str, complete: Callable[..., object] | None = None, **more: Any) -> Any:
    """An argument, as `option`."""
    return typer.Argument(**_valued(metavar, words, complete, **more))


def _valued(
    metavar: str, words: str, complete: Callable[..., object] | None, *, is_path: bool = False, **more: Any
) -> dict[str, Any]:
    own: dict[str, Any] = {"metavar": metavar, "help": words, "autocompletion": complete, "show_default": False}
    return own | ({"callback": _named} if is_path else {}) | more


Db = Annotated[
    str | None,
    option("--db", "PATH|URL", "The register's database (default: $AI_DEBT_DB, or your own).", is_path=True),
]
AsJson = Annotated[bool, flag("--json", "Print one JSON object.")]
AsOf = Annotated[str | None, option("--as-of", "DATE|30d", "As of a date or time (UTC), or a number of days ago.")]
_SHARED = {"as_of": (AsOf, None), "as_json": (AsJson, False), "db": (Db, None)}
"""The options that come last in most commands, each with its default."""
NOW, PAST = ("as_json", "db"), ("as_of", "as_json", "db")
"""Those of a command about the register of today, and of one that can look back."""


def target(context: typer.Context) -> Target:
    """What `--db` names after the subcommand, else before it, else `$AI_DEBT_DB`, else the user's default.

    `--allow-network-fs` counts in any place. Raises NamesNothingError.
    """
    named: str | None = None
    at: typer.Context | None = context
    while named is None and at is not None:
        named = at.params.get("db")
        at = at.parent  # type: ignore[assignment]  # declared as the class below typer.Context
    return chosen(named, allow_network_fs=bool(context.meta.get(ALLOW_NETWORK_FS)))


class Found(NamedTuple):
    """What a command found.

    name: the field of the JSON that has the rows. text: makes what people read. empty: a sentence in its place, if
    there are no rows. more: further fields of the JSON. notes: the lines below the text. write: prints the text.
    """

    name: str
    rows: object
    text: Callable[[], str]
    empty: str | None = None
    more: Mapping[str, object] = {}  # nothing changes it
    notes: tuple[str, ...] = ()
    write: Callable[[str], None] = output.emit


class Session(NamedTuple):
    """One run of a command: the register that it was asked about, and how it is to answer."""

    context: typer.Context

    @property
    def target(self) -> Target:
        """The chosen database. Raises NamesNothingError."""
        return target(self.context)

    @property
    def as_json(self) -> bool:
        """Whether JSON is asked for."""
        return bool(self.context.params.get("as_json"))

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The chosen database, rebuilt from its trail where a moment is named. Raises RegisterError."""
        as_of = self.context.params.get("as_of")
        with self.target.opened() as opened:
            if as_of is None:
                yield opened
            else:
                with past_of(opened, as_of) as past:
                    yield past

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """A short reading transaction of the chosen database. Raises RegisterError."""
        with self.database() as opened, opened.read() as reader:
            yield reader

    def tell(self, done: Done) -> None:
        """Say what was done, on stderr; as JSON on stdout."""
        if self.as_json:
            output.emit_json("done", done)
        else:
            back = " (`ai-debt undo` restores it)" if done.cleared else ""
            output.say(f"{done.message}{back}.")

    def show(self, found: Found, at: Mapping[str, object]) -> None:
        """Print what was found, the JSON with the snapshot that it comes from."""
        if self.as_json:
            output.emit_json(found.name, found.rows, **found.more, **at)
            return
        if found.rows or found.empty is None:
            found.write(found.text())
        else:
            output.say(found.empty)
        for note in found.notes:
            output.say(note)


class Commands(typer.Typer):
    """The commands of a module, or the subcommands of one.

    A command's docstring is its help and ends in its examples. Its first parameter is what it works with (a Session, a
    Reader, or a Database), the others are its arguments and options; the `shared` options come after them.
    """

    def __init__(self, cls: type[Group] = Group) -> None:
        super().__init__(cls=cls, rich_markup_mode=None)

    def session(
        self, name: str, *, cls: type[Command] = Command, epilog: str = "", shared: Sequence[str] = NOW
    ) -> Callable[[F], F]:
        """Add a command that opens the register, and answers, by a session."""
        return lambda command: self._add(name, command, command, shared=shared, cls=cls, epilog=epilog)

    def reads(self, name: str, *, shared: Sequence[str] = NOW) -> Callable[[F], F]:
        """Add a command that finds something with a reader."""
        return lambda command: self._add(name, command, partial(_read, command), shared=shared)

    def writes(self, name: str) -> Callable[[F], F]:
        """Add a command that changes a database."""
        return lambda command: self._add(name, command, partial(_write, command), shared=NOW)

    def plain(self, name: str) -> Callable[[F], F]:
        """Add a command that is given nothing but its arguments and options."""
        return lambda command: self._add(name, command, lambda _, **typed: command(**typed), shared=(), first=0)

    def lists(self, command: F) -> F:
        """Let the command of these subcommands find something with a reader where none of them is named."""
        words, examples = _described(command)
        run = _for_typer(command, partial(_read, command), NOW)
        self.callback(invoke_without_command=True, help=words, epilog=examples)(run)
        return command

    def heads(self, command: F) -> F:
        """Describe the command of these subcommands, which cannot do without one of them."""
        words, examples = _described(command)
        self.callback(help=words, epilog=examples)(_for_typer(command, command, ("db",)))
        return command

    def _add(
        self,
        name: str,
        command: F,
        run: Callable[..., None],
        *,
        shared: Sequence[str],
        cls: type[Command] = Command,
        epilog: str = "",
        first: int = 1,
    ) -> F:
        words, examples = _described(command)
        below = f"\b\n{epilog}\n\n{examples}" if epilog else examples
        self.command(name, cls=cls, help=words, epilog=below)(_for_typer(command, run, shared, first=first))
        return command


def _described(command: Callable[..., Any]) -> tuple[str, str]:
    """The help of a command, and its examples, which come below the options."""
    words, _, examples = (inspect.getdoc(command) or "").partition("\n\nExamples:\n")
    return words, f"\b\nExamples:\n{examples}\n"


def _for_typer(
    command: Callable[..., Any], run: Callable[..., None], shared: Sequence[str], *, first: int = 1
) -> Callable[..., None]:
    """A function with the signature that Typer reads: a command's parameters from its `first` on, and the shared."""
    own = list(inspect.signature(command).parameters.values())[first:]
    named = SimpleNamespace(__annotations__={each.name: each.annotation for each in own})
    types = get_type_hints(named, command.__globals__, include_extras=True)
    parameters = [inspect.Parameter("context", KEYWORD_ONLY, annotation=typer.Context)]
    parameters += [each.replace(kind=KEYWORD_ONLY, annotation=types[each.name]) for each in own]
    for name in shared:
        kind, default = _SHARED[name]
        parameters.append(inspect.Parameter(name, KEYWORD_ONLY, default=default, annotation=kind))

    def call(context: typer.Context, **typed: Any) -> None:
        if context.invoked_subcommand is None:
            run(Session(context), **{name: value for name, value in typed.items() if name not in shared})

    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return call


def _read(command: Callable[..., Found], session: Session, **typed: Any) -> None:
    with session.reading() as reader:
        found, at = command(reader, **typed), snapshot(reader)
    session.show(found, at)


def _write(command: Callable[..., Done], session: Session, **typed: Any) -> None:
    with session.database() as opened:
        session.tell(command(opened, **typed))
