"""The command line: `ai-debt` opens the dashboard, its subcommands print."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run `ai-debt` with the process's arguments and leave with its exit code."""
    try:
        from tui.cli.door import run
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    run()
