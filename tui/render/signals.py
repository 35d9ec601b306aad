"""Signals of monitoring in words and lines, the same on the screen and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from store.enums import Flag, SignalState, Status
from store.text import duration, number_of
from tui.render.badges import FLAG_ROLES, STATUS_ROLES
from tui.render.lines import Line, width_of, wrapped
from tui.render.text import Glyphs, cut, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.queries.items import ItemDetail
    from store.queries.signals import SignalRow, SignalRuleRow, TimelineEntry

DAY = 24 * 60 * 60
MOST_FIRING = 5
"""The firing signals of an item that are named."""
MOST_EVENTS = 20
"""The newest events of a timeline that are shown with an item."""
SUMMARY = 200
"""The cells of a summary that are shown with an item."""


def state_word(row: SignalRow) -> str:
    """`firing`, `resolved` or `muted`."""
    return "muted" if row.is_muted else row.state.value


def state_role(row: SignalRow) -> str:
    """The role of the state of a signal."""
    return FLAG_ROLES[Flag.FIRING] if row.is_firing else "quiet"


def state_words(row: SignalRow) -> str:
    """`firing since 2026-03-02`, `muted until 2026-03-09`, `resolved 2026-03-05`."""
    if row.is_muted:
        return f"muted until {row.muted_until}"
    if row.state is SignalState.FIRING:
        return f"firing since {row.starts:%Y-%m-%d}"
    return f"resolved {row.ends or row.starts:%Y-%m-%d}"


def signal_facts(row: SignalRow) -> list[tuple[str, str]]:
    """Everything known about a signal but its number and name, as labels and texts; a text may be empty."""
    return [
        ("State", state_words(row)),
        ("Summary", row.summary or ""),
        ("Severity", row.severity or ""),
        ("Items", ", ".join(row.keys)),
        ("Started", f"{row.starts:%Y-%m-%d %H:%M} UTC"),
        ("Resolved", f"{row.ends:%Y-%m-%d %H:%M} UTC" if row.ends else ""),
        ("Last seen", f"{row.last_seen:%Y-%m-%d %H:%M} UTC" if row.last_seen else ""),
        ("Count", f"{row.reports:,}" if row.reports is not None else ""),
        ("Link", row.link or ""),
        ("Labels", "\n".join(line(f"{name}={value}") for name, value in row.labels)),
        ("Source", row.source),
        ("Fingerprint", row.fingerprint),
    ]


def rule_target(row: SignalRuleRow) -> str:
    """What a rule attaches signals to."""
    if row.is_gone:
        return "a removed item (skipped)"
    return row.key or f"open items with the component in {row.label}"


# With an item


def quiet_signals(rows: Sequence[SignalRow]) -> str:
    """`2 resolved signals, 1 muted signal`, or nothing."""
    muted = sum(row.is_muted for row in rows)
    resolved = sum(row.state is SignalState.RESOLVED and not row.is_muted for row in rows)
    counts = ((resolved, "resolved signal"), (muted, "muted signal"))
    return ", ".join(number_of(number, noun) for number, noun in counts if number)


def signal_line(row: SignalRow, glyphs: Glyphs) -> Line:
    """`↯ FeatureDrift  page  since 2026-03-01  PSI is 0.31`."""
    sign, gap = ("Firing:", ", ") if glyphs.words else (glyphs.flag(Flag.FIRING), "  ")
    parts = (line(row.severity), f"since {row.starts:%Y-%m-%d}", cut(line(row.summary), SUMMARY, glyphs.more))
    head = (f"{sign} {line(row.name)}", FLAG_ROLES[Flag.FIRING])
    return (head, *((f"{gap}{part}", "") for part in parts if part))


def signals_text(item: ItemDetail, glyphs: Glyphs) -> str:
    """The firing signals of an item, a line each, and how many others it has."""
    firing = ("".join(text for text, _ in signal_line(row, glyphs)) for row in item.signals if row.is_firing)
    return "\n".join(filter(None, (*firing, quiet_signals(item.signals))))


def item_signals(item: ItemDetail, why: str, width: int, glyphs: Glyphs, reopen: str) -> list[Line]:
    """Why an item is contradicted, with the key that reopens it, its firing signals, and how many others it has."""
    lines: list[Line] = []
    if why:
        sign = glyphs.flag(Flag.CONTRADICTED)
        role, hint = FLAG_ROLES[Flag.CONTRADICTED], f"({reopen} to reopen)"
        lines += wrapped(((f"{sign} Contradicted: {line(why)}".strip(), role),), width, "  ")
        if width_of(lines[-1]) + 1 + cell_len(hint) <= width:
            lines[-1] = (*lines[-1], (f" {hint}", role))
        else:
            lines.append((("  ", ""), (hint, role)))
    firing = [row for row in item.signals if row.is_firing]
    for row in firing[:MOST_FIRING]:
        lines += wrapped(signal_line(row, glyphs), width, "  ")
    more = number_of(len(firing) - MOST_FIRING, "more firing signal") if len(firing) > MOST_FIRING else ""
    quiet = ", ".join(filter(None, (more, quiet_signals(item.signals))))
    return lines + (wrapped(((quiet, "quiet"),), width, "  ") if quiet else [])


# The timeline


def event_text(row: TimelineEntry) -> str:
    """An event with its time in a line of text."""
    return f"{row.time:%Y-%m-%d %H:%M}Z  {event_words(row)}"


def event_words(row: TimelineEntry) -> str:
    """`FeatureDrift fires`, `Mitigated by ana, quiet for 12 days so far`."""
    if row.kind != "status":
        return f"{line(row.text)} {'fires' if row.kind == 'firing' else 'resolved'}"
    after = "" if Status(row.text).is_open else ", while a signal was firing"
    if row.quiet is not None:
        after = f", quiet for {_span(row)}"
    return f"{line(row.text)} by {line(row.actor)}{after}"


def _span(row: TimelineEntry) -> str:
    """`3 days`, `5 h so far`."""
    seconds = row.quiet_seconds or 0
    words = number_of(seconds // DAY, "day") if seconds >= DAY else duration(seconds)
    return f"{words} so far" if row.is_quiet_now else words


def timeline_lines(rows: Sequence[TimelineEntry], width: int, glyphs: Glyphs) -> list[Line]:
    """A heading and the newest events of a timeline, oldest first; nothing without any."""
    if not rows:
        return []
    lines: list[Line] = [(), (("Timeline (UTC)", "label"),)]
    if (older := len(rows) - MOST_EVENTS) > 0:
        lines += wrapped(((f"{glyphs.more} {older:,} older", "quiet"),), width)
    for row in rows[-MOST_EVENTS:]:
        lines += wrapped(((f"{row.time:%Y-%m-%d %H:%M}  ", "quiet"), _event(row, glyphs)), width, "  ")
    return lines


def _event(row: TimelineEntry, glyphs: Glyphs) -> tuple[str, str]:
    words = event_words(row)
    if row.kind == "firing":
        return f"{glyphs.flag(Flag.FIRING)} {words}".strip(), FLAG_ROLES[Flag.FIRING]
    if row.kind == "resolved":
        return words if glyphs.words else f"{glyphs.dot} {words}", "quiet"
    return f"{glyphs.mark(Status(row.text))} {words}".strip(), STATUS_ROLES[row.text]
