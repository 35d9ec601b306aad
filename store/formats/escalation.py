"""Reads what a review cadence says about escalation as rules in the filter language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.fields import NAME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.formats.document.model import CadenceEntry

_SEVERITY = r"(?:critical|high|medium|low)"
_OVER = r"(?P<over>>=?|≥|more\s+than|longer\s+than|older\s+than|greater\s+than|over|above|exceed(?:s|ing)?|at\s+least)"
_PARTS = tuple(
    (kind, re.compile(pattern, re.I))
    for kind, pattern in (
        (
            "severity",
            rf"(?P<words>{_SEVERITY}(?:-?\s*(?:,|/|,?\s*\b(?:and|or)\b)\s*{_SEVERITY})*)(?:[-\s]+severity)?\b",
        ),
        ("severity", rf"severity\s+(?:is\s+|of\s+)?(?P<words>{_SEVERITY}(?:\s+or\s+{_SEVERITY})*)\b"),
        (
            "share",
            rf"{_OVER}\s*(?P<number>\d+(?:\.\d+)?)\s*(?:%|per\s?cent\b)\s*"
            r"(?:of\s+)?(?:(?:all|the|our|ML|machine[- ]learning)\s+)*projects\b",
        ),
        ("age", rf"(?:for\s+)?{_OVER}\s*(?P<number>\d+)[-\s]*(?P<unit>day|week|month|year)s?\b(?:\s+old\b)?"),
        ("component", r"(?:in|of|on)?\s*\bcomponents?\s+(?:\"(?P<quoted>[^\"]+)\"|(?P<bare>[A-Z][\w./-]*))"),
        (
            "filler",
            r"(?:,|debts?|items?|issues?|any|all|every|each|the|a|an|of|it|they|that|which|is|are|has|have|been|once|"
            r"when|whenever|if|with|and|affects?|affecting|touch(?:es|ing)?|hit(?:s|ting)?|reach(?:es|ing)?|"
            r"impacts?|impacting|stays?|remains?|remaining|still|open|unresolved)(?![\w%-])",
        ),
    )
)
_AUXILIARY = r"(?:(?:is|are|gets?|must|will|shall|should|to|be)\s+)*"
_AFTER = re.compile(
    rf"[,\s]+{_AUXILIARY}(?:escalat(?:ed?|es)|reported|raised|referred|brought|taken|goes?)\b"
    r"(?:\s+(?:up\s+)?(?:to|before|with)\b.*)?$",
    re.I | re.DOTALL,
)
_BEFORE = re.compile(
    r"^(?:(?:[^;]*?\b(?:is|are|must\s+be|will\s+be)\s+(?:brought\s+in|informed|notified|involved|consulted|told)\s+"
    r"(?:on|of|about|for|when|once)\b)|(?:we\s+)?escalate\b(?:\s+to\b[^;]*?\b(?:when|once|if)\b)?)\s*",
    re.I,
)
_EMPHASIS = re.compile(r"[*`]|__")
_STATEMENTS = re.compile(r";|(?<=[^\d])\.(?:\s+|$)")


class Escalations(NamedTuple):
    """What a text says about escalation: rules as name and query, and the statements that did not become rules."""

    rules: tuple[tuple[str, str], ...] = ()
    unread: tuple[str, ...] = ()


def escalation_of(cadence: Iterable[CadenceEntry]) -> Escalations:
    """What the first entry of a cadence that is about escalation says."""
    return read_escalation(next((entry.text for entry in cadence if is_escalation(entry.label)), ""))


def is_escalation(label: str) -> bool:
    """Whether an entry of a cadence is about escalation."""
    return label.strip(" *_:").casefold() == "escalation"


def read_escalation(text: str) -> Escalations:
    """The rules in a text such as `High-severity debt affecting > 10% of ML projects escalated to leadership`.

    Statements are separated by `;` or full stops. One becomes a rule only if every word of its condition is
    understood: severities, a share of projects, an age, a component. Who is informed is not a condition.
    """
    rules: dict[str, str] = {}
    unread: list[str] = []
    for part in _STATEMENTS.split(" ".join(_EMPHASIS.sub("", text).split())):
        statement = part.strip(" .,")
        if not statement:
            continue
        condition = _BEFORE.sub("", _AFTER.sub("", statement), count=1).strip(" ,")
        if query := _query(condition):
            # A rule with a longer condition is named after its query.
            rules.setdefault(query, condition if len(condition) <= NAME_LIMIT else query)
        else:
            unread.append(statement)
    return Escalations(tuple((name, query) for query, name in rules.items()), tuple(unread))


def _query(condition: str) -> str | None:
    """A condition in the filter language, None if some of it is not understood or repeated."""
    found: dict[str, str] = {}
    at = 0
    while at < len(condition):
        if condition[at].isspace():
            at += 1
            continue
        matches = ((kind, match) for kind, pattern in _PARTS if (match := pattern.match(condition, at)))
        kind, match = next(matches, ("", None))
        if match is None or kind in found:
            return None
        if kind != "filler":
            found[kind] = _qualifier(kind, match)
        at = match.end()
    if not found:
        return None
    found["status"] = "status:open,in-progress"
    return " ".join(found[kind] for kind in ("component", "severity", "status", "share", "age") if kind in found)


def _qualifier(kind: str, match: re.Match[str]) -> str:
    """A part of a condition in the filter language."""
    if kind == "severity":
        words = dict.fromkeys(word.lower() for word in re.findall(_SEVERITY, match["words"], re.I))
        return f"severity:{','.join(words)}"
    if kind == "component":
        name = match["quoted"] or match["bare"]
        return f'component:"{name}"' if re.search(r"[^\w-]", name) else f"component:{name}"
    sign = ">=" if re.fullmatch(r">=|≥|at\s+least", match["over"], re.I) else ">"
    if kind == "share":
        return f"share:{sign}{match['number']}%"
    return f"age:{sign}{match['number']}{match['unit'][0].lower()}"
