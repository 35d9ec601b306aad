"""The command line: `ai-debt` opens the dashboard, its subcommands print."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run `ai-debt` with the process's arguments and leave with its exit code."""
    from tui import signals

    signals.take(signals.leave)
    try:
        from tui.cli.program import run

        run()
    finally:
        # An exception that a signal raises in the midst of an import may come out of it as another.
        if (number := signals.received()) is not None:
            raise SystemExit(128 + number)
