"""The one table of the filter language: every qualifier, its values, what it does, and the orders there are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from store.enums import Effort, Severity, Status, Word


class Kind(StrEnum):
    """How the values of a qualifier are read."""

    WORD = "one of some words"
    CATEGORY = "a category"
    NAME = "a name"
    KEY = "the key of an item"
    LINK = "the key of an item that there is"
    SIZE = "a size that is compared"
    PERCENT = "a percentage that is compared"
    SPAN = "a span of time that is compared"
    PAST = "a date, or a span up to now"
    FUTURE = "a date, or a span from now"


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a fixed set as it is typed, and what it means in a few words."""

    name: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Qualifier:
    """A qualifier: its name, how its values are read, which there are (in words), one sentence and examples.

    `choices` are the values of a fixed set; `none` is the value that stands for none, empty where there is no such.
    `sort` is the order that goes with it, empty where there is none.
    """

    name: str
    kind: Kind
    values: str
    help: str
    examples: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    none: str = ""
    sort: str = ""

    @property
    def compares(self) -> bool:
        """Whether `<`, `<=`, `>` and `>=` may stand before its values."""
        return self.kind in (Kind.SIZE, Kind.PERCENT, Kind.SPAN, Kind.PAST, Kind.FUTURE)


def _typed(*words: Word) -> tuple[Choice, ...]:
    return tuple(Choice(word.typed) for word in words)


IS = (
    Choice("open", "Open or In Progress"),
    Choice("resolved", "Mitigated or Accepted"),
    Choice("escalated", "breaks an escalation rule"),
    Choice("overdue", "past its due date, or open longer than allowed"),
    Choice("ended", "its acceptance has ended"),
    Choice("ending", "its acceptance ends within 14 days"),
    Choice("root", "open, and fed by no other open item"),
    Choice("cycle", "leads back to itself over open items"),
    Choice("changed-since-review", "changed since the last review ended"),
)
HAS = (
    Choice("note", "a status note"),
    Choice("owner", "an owner"),
    Choice("plan", "a mitigation plan"),
    Choice("due", "a due date"),
    Choice("effort", "an effort"),
    Choice("share", "a known share of projects"),
    Choice("title", "a title"),
    Choice("components", "affected components"),
    Choice("comment", "a comment"),
    Choice("acceptance", "who accepted it, or until when"),
    Choice("followup", "an open follow-up"),
)
FOLLOW_UP = (
    Choice("open", "has an open follow-up"),
    Choice("overdue", "has an open follow-up that is past its due date"),
    Choice("done", "has a follow-up that was done"),
    Choice("dropped", "has a follow-up that was dropped"),
)
SORTS = (
    Choice("document", "as in the document"),
    Choice("score", "what to fix first at the top"),
    Choice("severity", "High first"),
    Choice("status", "Open first"),
    Choice("age", "the oldest first"),
    Choice("changed", "the last changed first"),
    Choice("reviewed", "the longest not reviewed first"),
    Choice("due", "the next due first"),
    Choice("share", "the largest share first"),
    Choice("effort", "the least first"),
    Choice("owner", "by name, those without one last"),
    Choice("category", "by code"),
    Choice("key", "by key"),
    Choice("title", "by title"),
)
_DATE = "a date (2026-03-31, friday) or a span (7d, 2w, 3m, 1y)"

QUALIFIERS: tuple[Qualifier, ...] = (
    Qualifier(
        "status",
        Kind.WORD,
        "open, in-progress, mitigated, accepted",
        "Where the item stands.",
        ("status:open", "status:open,in-progress", "-status:mitigated"),
        _typed(*Status),
        sort="status",
    ),
    Qualifier(
        "severity",
        Kind.WORD,
        "high, medium, low",
        "How much it hurts.",
        ("severity:high", "severity:high,medium"),
        _typed(*Severity),
        sort="severity",
    ),
    Qualifier(
        "category",
        Kind.CATEGORY,
        "a code or a name",
        "The category it belongs to.",
        ("category:EN", 'category:"Boundary Erosion",FL'),
        sort="category",
    ),
    Qualifier(
        "component",
        Kind.NAME,
        "a name; * for any letters; none",
        "A component it affects, by its whole name in any case.",
        ("component:Amber", "component:MDL-*", "-component:Amber"),
        none="none",
    ),
    Qualifier(
        "owner",
        Kind.NAME,
        "a name; * for any letters; none",
        "Who owns it, by the whole name in any case.",
        ('owner:"ML Platform"', "owner:ana,bo", "owner:none"),
        none="none",
        sort="owner",
    ),
    Qualifier(
        "effort",
        Kind.SIZE,
        "S, M, L, XL; none",
        "How much work its mitigation is; S is the least.",
        ("effort:S,M", "effort:>=L", "effort:none"),
        _typed(*Effort),
        none="none",
        sort="effort",
    ),
    Qualifier(
        "share",
        Kind.PERCENT,
        "a percentage; none",
        "The share of the register's projects that it affects.",
        ("share:>10%", "share:<=2.5", "share:none"),
        none="none",
        sort="share",
    ),
    Qualifier(
        "age",
        Kind.SPAN,
        "a span (30d, 2w, 3m, 1y)",
        "For how long it has been there.",
        ("age:>30d", "age:<=2w"),
        sort="age",
    ),
    Qualifier(
        "opened",
        Kind.PAST,
        _DATE,
        "When it was opened, on a day or so long ago.",
        ("opened:>2026-03-01", "opened:<1y"),
        sort="age",
    ),
    Qualifier(
        "changed",
        Kind.PAST,
        _DATE,
        "When it was changed last, on a day or so long ago.",
        ("changed:<7d", "changed:>2026-03-01", "changed:2026-03-31"),
        sort="changed",
    ),
    Qualifier(
        "reviewed",
        Kind.PAST,
        f"{_DATE}; never",
        "When a review went through it last; never is longest ago.",
        ("reviewed:>90d", "reviewed:never", "reviewed:>=2026-03-01"),
        none="never",
        sort="reviewed",
    ),
    Qualifier(
        "due",
        Kind.FUTURE,
        f"{_DATE}; none",
        "When it is due, on a day or within so long.",
        ("due:<7d", "due:<=2026-03-31", 'due:<="next friday"', "due:none"),
        none="none",
        sort="due",
    ),
    Qualifier(
        "is",
        Kind.WORD,
        ", ".join(choice.name for choice in IS),
        "In what situation it is.",
        ("is:open", "is:overdue,escalated", "-is:root"),
        IS,
    ),
    Qualifier(
        "has",
        Kind.WORD,
        ", ".join(choice.name for choice in HAS),
        "What is filled in.",
        ("has:note", "has:plan has:owner"),
        HAS,
    ),
    Qualifier("no", Kind.WORD, "as for has", "What is not filled in.", ("no:owner", "no:effort,due"), HAS),
    Qualifier(
        "followup",
        Kind.WORD,
        ", ".join(choice.name for choice in FOLLOW_UP),
        "Has a follow-up in this state.",
        ("followup:overdue", "followup:open,done", "-followup:open"),
        FOLLOW_UP,
    ),
    Qualifier(
        "key",
        Kind.KEY,
        "a key; * for any letters",
        "Its key, in any case.",
        ("key:EN-001", "key:EN-*"),
        sort="key",
    ),
    Qualifier("feeds", Kind.LINK, "the key of an item", "It makes that item worse, directly.", ("feeds:EN-001",)),
    Qualifier("fed-by", Kind.LINK, "the key of an item", "That item makes it worse, directly.", ("fed-by:PD-001",)),
    Qualifier(
        "sort",
        Kind.WORD,
        ", ".join(choice.name for choice in SORTS),
        "In which order items are listed; - before it reverses.",
        ("sort:score", "sort:-changed"),
        SORTS,
    ),
)
BY_NAME = {qualifier.name: qualifier for qualifier in QUALIFIERS}
