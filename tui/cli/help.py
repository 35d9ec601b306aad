"""Help as people read it: arguments by their names, without the braces and types of the machinery."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from typer._coercion import RuntimeParam, build_runtime_param
from typer.core import TyperCommand, TyperGroup

from tui.cli.target import ALLOW_NETWORK_FS

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

_TYPE = re.compile(r" <[^<>]*>(?:\.\.\.)?$")


def program_version() -> str:
    """The program and its version, in words."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"ai-debt {version('ai-debt-register')}"
    except PackageNotFoundError:
        return "ai-debt, not installed"


class _TextFirst(RuntimeParam):
    """Takes texts and switches as they are: Typer would load a validation library for them."""

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
    """A command with commands of its own."""

    def get_params(self, ctx: Context) -> list[Any]:
        """The parameters, with texts taken as they are."""
        return _texts_first(super().get_params(ctx))


class Command(TyperCommand):
    """A command whose usage line and arguments read like those of other programs."""

    def get_params(self, ctx: Context) -> list[Any]:
        """The parameters, with texts taken as they are."""
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
