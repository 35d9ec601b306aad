"""How states and shares look in a line, the same in every pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.enums import Flag, FollowUpState, letter, rating, shown_flags
from store.text import days

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from store.enums import Severity, Status
    from store.queries.dependency_map import NodeRow
    from store.queries.follow_ups import FollowUpRow
    from store.queries.items import ItemDetail
    from store.queries.overview import Counts
    from tui.render.lines import Line
    from tui.render.text import Glyphs

STATUS_ROLES = {"Open": "open", "In Progress": "progress", "Mitigated": "mitigated", "Accepted": "accepted"}
"""The role of each status."""
FLAG_ROLES = {
    Flag.CONTRADICTED: "high strong",
    Flag.ESCALATED: "high strong",
    Flag.FIRING: "warning strong",
    Flag.OVERDUE: "warning strong",
    Flag.ENDED: "warning strong",
    Flag.ENDING: "accepted",
}
"""The role of each flag."""
FLAG_WORDS = {
    Flag.CONTRADICTED: "contradicted",
    Flag.ESCALATED: "escalated",
    Flag.FIRING: "firing",
    Flag.OVERDUE: "overdue",
    Flag.ENDED: "acceptance ended",
    Flag.ENDING: "acceptance ending",
}
"""What each flag says where nothing more is known."""

FOLLOW_UP_ROLES = {
    FollowUpState.OPEN: "open",
    FollowUpState.DONE: "mitigated",
    FollowUpState.DROPPED: "quiet",
}
"""The role of each state of a follow-up that is not overdue."""

IN_PROGRESS = "in progress"

SUPPOSED = "?"
"""The mark of an item that is only taken to be mitigated."""


def state(severity: Severity | None, status: Status, glyphs: Glyphs, *, supposed: bool = False) -> Line:
    """Severity letter and status mark, two cells, each in its role; `High, Open` in words."""
    if glyphs.words:
        return (f"{rating(severity)}, ", rating(severity).lower()), (status.value, STATUS_ROLES[status.value])
    mark = (SUPPOSED, "warning strong") if supposed else (glyphs.mark(status), STATUS_ROLES[status.value])
    return (letter(severity), rating(severity).lower()), mark


def boxed(node: NodeRow, glyphs: Glyphs) -> Line:
    """What is before an item's key in a box: its state and, of its flags, the sign of the one that matters most."""
    signs = [(glyphs.flag(flag), FLAG_ROLES[flag]) for flag in shown_flags(node.flags)]
    return (*state(node.severity, node.status, glyphs, supposed=node.assumed), *signs[:1])


def flags(of: AbstractSet[Flag], glyphs: Glyphs, *, words: bool = False) -> Line:
    """` ▲◷`, with `words` ` ▲ escalated ◷ overdue`: the signs of flags, each in its role; nothing for none."""
    shown = shown_flags(of)
    if words:
        return tuple((f" {glyphs.flag(flag)} {FLAG_WORDS[flag]}", FLAG_ROLES[flag]) for flag in shown)
    return tuple((f"{'' if number else ' '}{glyphs.flag(flag)}", FLAG_ROLES[flag]) for number, flag in enumerate(shown))


def short_days(number: int, *, at_least: bool) -> str:
    """A number of days in a narrow column: `41d`, and `41+d` where it is only a lower bound."""
    return f"{number:,}{'+' if at_least else ''}d"


def flag_words(item: ItemDetail, flag: Flag) -> str:
    """What a flag says about an item: `overdue by 5 days`, `acceptance ended 3 days ago`."""
    left = item.acceptance_days
    if flag is Flag.OVERDUE and item.overdue_days:
        return f"overdue by {days(item.overdue_days)}"
    if flag is Flag.ENDED and left is not None:
        return f"acceptance ended {days(-left)} ago"
    if flag is Flag.ENDING and left is not None:
        return f"acceptance ends {f'in {days(left)}' if left else 'today'}"
    return FLAG_WORDS[flag]


def follow_up_state(row: FollowUpRow) -> str:
    """`open`, `open, overdue by 5 days`, `done by bo on 2026-03-30`."""
    if row.closed_by is None or row.closed_at is None:
        return f"{row.state.value}, overdue by {days(row.overdue_days)}" if row.overdue_days else row.state.value
    return f"{row.state.value} by {row.closed_by} on {row.closed_at:%Y-%m-%d}"


def follow_up_terms(row: FollowUpRow) -> str:
    """`owner bo, due 2026-04-15`, `unassigned`."""
    who = f"owner {row.owner}" if row.owner else "unassigned"
    return f"{who}, due {row.due_on}" if row.due_on else who


def bar(part: int, whole: int, width: int, glyphs: Glyphs, role: str = "accent") -> Line:
    """`part` of `whole` as filled and empty cells; neither what is there nor what is missing rounds away."""
    filled = round(width * part / whole) if whole else 0
    if part:
        filled = max(1, min(filled, width - (1 if part < whole else 0)))
    return (glyphs.bar * filled, role), (glyphs.track * (width - filled), "quiet")


def counts_words(counts: Counts) -> tuple[str, ...]:
    """`11 open`, `4 mitigated`: every status that is not zero."""
    numbers = (
        (counts.open, "open"),
        (counts.in_progress, IN_PROGRESS),
        (counts.mitigated, "mitigated"),
        (counts.accepted, "accepted"),
    )
    return tuple(f"{number:,} {word}" for number, word in numbers if number) or ("no items",)
