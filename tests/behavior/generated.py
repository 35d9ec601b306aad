"""A random document with many items that uses everything a document can hold."""

from __future__ import annotations

from random import Random

CATEGORIES = {
    "BE": "Boundary Erosion",
    "EN": "Entanglement",
    "FL": "Hidden Feedback Loops",
    "DD": "Data Dependency Debt",
    "PD": "Pipeline Debt",
    "CD": "Configuration Debt",
    "MS": "Model Staleness",
    "SV": "Serving",
}
WORDS = (
    *("feature", "model", "pipeline", "stream", "schema", "batch", "job", "training", "serving", "drift", "ranking"),
    *("table", "topic", "embedding", "window", "label", "experiment", "threshold", "store", "metadata", "catalog"),
    *("latency", "contract", "version", "monitor", "backfill", "größe", "特徴", "a\\|b", "`code`"),
)
COMPONENTS = ("Amber", "MDL-REC", "MDL-SEARCH", "Maestro", "Flink (PL-002)", "Metaflow", "ABlaze", "Größe 漢字")
OWNERS = ("", "", "ana", "bo", "ML Platform", "Search team", "Öl & Gas")
STATUSES = ("Open", "Open", "In Progress", "Mitigated", "Mitigated (work continues)", "Accepted (cheaper)")
IN_CYCLES = 8
"""This many linked items are open and in cycles."""
HEADS = (
    *("ID", "Description", "Severity", "Affected Components", "Mitigation Plan", "Owner", "Effort"),
    *("Affected Projects", "Due", "Opened", "Accepted By", "Accepted Until", "Ticket", "Status"),
)
HEAD = """\
# A Register of {number} Items

> **Extends:** arc42 S11
>
> **System:** Generated
>
> **Last Updated:** 2026-02-17
>
> **Project Total:** 1,200

## Purpose

To be large.

*Note: drawn from a seed.*

## Debt Categories
"""
CADENCE = """
## Review Cadence

- **Debt review frequency:** every month
- **Escalation:** ML Platform leadership is brought in on High-severity debt once it affects > 10% of all ML projects
"""


def document(number: int, seed: int) -> str:
    """A document with `number` items; a quarter of them have dependencies, some in cycles."""
    chance = Random(seed)
    share = number // len(CATEGORIES)
    keys = {code: [f"{code}-{at:03d}" for at in range(1, share + 1)] for code in CATEGORIES}
    linked = chance.sample([key for each in keys.values() for key in each], k=number // 4)
    text = HEAD.format(number=number)
    for code, name in CATEGORIES.items():
        rows = [_row(chance, key, is_open=key in linked[:IN_CYCLES]) for key in keys[code]]
        comment = "\n<!-- code: SV -->\n" if code == "SV" else "\n"
        text += f"\n### {name}\n{comment}*What belongs to {name.lower()}.*\n\n| {' | '.join(HEADS)} |\n"
        text += f"|{'---|' * len(HEADS)}\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return text + _map(chance, linked) + CADENCE


def _words(chance: Random, least: int, most: int) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(least, most)))


def _day(chance: Random, *, year: int = 2026) -> str:
    return f"{year}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"


def _maybe(chance: Random, text: str) -> str:
    return text if chance.random() < 0.4 else ""


def _row(chance: Random, key: str, *, is_open: bool) -> tuple[str, ...]:
    status = "Open" if is_open else chance.choice(STATUSES)
    is_accepted = status.startswith("Accepted")
    return (
        key,
        _words(chance, 3, 12),
        chance.choice(("High", "Medium", "Low")),
        ", ".join(chance.sample(COMPONENTS, k=chance.randint(0, 3))),
        _maybe(chance, _words(chance, 2, 6)),
        chance.choice(OWNERS),
        chance.choice(("", "S", "M", "L", "XL")),
        chance.choice(("", "", "450", "12 %", "2.5 %", "1,100+ projects")),
        _maybe(chance, _day(chance)),
        _maybe(chance, _day(chance, year=2025)),
        "Board" if is_accepted else "",
        _maybe(chance, _day(chance)) if is_accepted else "",
        _maybe(chance, f"ML-{chance.randint(1, 99)}"),
        status,
    )


def _map(chance: Random, linked: list[str]) -> str:
    ring = linked[:5]
    edges = [(one, other, "closes a ring with") for one, other in zip(ring, [*ring[1:], ring[0]], strict=True)]
    edges += [(linked[6], linked[7], "feeds"), (linked[7], linked[6], "feeds back to"), (linked[6], linked[7], "hides")]
    for one in linked[IN_CYCLES:]:
        edges.append((one, chance.choice(linked), chance.choice(("makes worse", "masks", "delays", "größer"))))
    lines = [f'    {key.replace("-", "")}["{key}<br/>{_words(chance, 1, 4)}"]' for key in linked]
    lines += [
        f'    {one.replace("-", "")} -->|"{label}"| {other.replace("-", "")}'
        for one, other, label in edges
        if one != other
    ]
    return "\n## Debt Dependency Map\n\n```mermaid\ngraph TD\n" + "\n".join(lines) + "\n```\n"
