"""A whole register as plain values: what documents are read into and written from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from store.enums import Effort, Severity, Status
    from store.fields import Affected


class CadenceEntry(NamedTuple):
    """One line of the review cadence."""

    label: str
    text: str


class Category(NamedTuple):
    """A category; `origin` is the code the template document gives it, None where it has none."""

    code: str
    name: str
    definition: str | None = None
    origin: str | None = None


TAXONOMY: tuple[Category, ...] = (
    Category(
        "BE",
        "Boundary Erosion",
        "The line between a model and its surroundings blurs, so a change on one side affects the other.",
    ),
    Category("EN", "Entanglement", "Models share inputs, so changing anything changes everything."),
    Category("FL", "Hidden Feedback Loops", "A model's output shapes the data it learns from next, often unnoticed."),
    Category("DD", "Data Dependency Debt", "Inputs that are unstable, barely used, or not well understood."),
    Category("PD", "Pipeline Debt", "Pipelines and feature code that have become fragile, tangled, or duplicated."),
    Category("CD", "Configuration Debt", "Settings, flags, and thresholds that no one can review, test, or audit."),
    Category("MS", "Model Staleness", "The data has changed, and the model has not been retrained."),
)
"""The categories of ML-specific debt in a new register."""


class Item(NamedTuple):
    """An item; `category` is a code, `origin` the key the template document gives it.

    `components_text` is the cell as written, as long as it matches `components`.
    """

    key: str
    category: str
    severity: Severity | None
    status: Status
    title: str | None = None
    description: str = ""
    status_note: str | None = None
    components: tuple[str, ...] = ()
    components_text: str | None = None
    mitigation_plan: str | None = None
    owner: str | None = None
    effort: Effort | None = None
    affected: Affected | None = None
    due_on: date | None = None
    opened_on: date | None = None
    accepted_by: str | None = None
    accepted_until: date | None = None
    links: str | None = None
    extra: tuple[tuple[str, str], ...] = ()
    origin: str | None = None


class Dependency(NamedTuple):
    """A cascade between two items named by key: source LABEL target."""

    source: str
    target: str
    label: str = ""

    @property
    def ends(self) -> tuple[str, str]:
        """The keys of source and target."""
        return self.source, self.target

    @property
    def key(self) -> str:
        """Its key: `SOURCE -> TARGET`."""
        return f"{self.source} -> {self.target}"

    @property
    def text(self) -> str:
        """The dependency in one line: `SOURCE -> TARGET (LABEL)`."""
        return f"{self.key} ({self.label})" if self.label else self.key


class EdgePairs(NamedTuple):
    """How two sets of dependencies relate; an edge whose label alone differs is a relabeled one."""

    relabeled: tuple[tuple[Dependency, Dependency], ...]
    removed: tuple[Dependency, ...]
    added: tuple[Dependency, ...]


def pair_edges(before: Sequence[Dependency], after: Sequence[Dependency]) -> EdgePairs:
    """Match dependencies: equal ones stay, then those with the same ends are relabeled, in order."""
    unchanged = set(before) & set(after)
    new: dict[tuple[str, str], list[Dependency]] = {}
    for edge in dict.fromkeys(after):
        if edge not in unchanged:
            new.setdefault(edge.ends, []).append(edge)
    relabeled, removed = [], []
    for edge in dict.fromkeys(before):
        if edge in unchanged:
            continue
        if candidates := new.get(edge.ends):
            relabeled.append((edge, candidates.pop(0)))
        else:
            removed.append(edge)
    added = {edge for edges in new.values() for edge in edges}
    return EdgePairs(tuple(relabeled), tuple(removed), tuple(edge for edge in after if edge in added))


class Register(NamedTuple):
    """A register: its own facts, then categories, items and dependencies in document order."""

    title: str
    extends: str | None = None
    system: str | None = None
    last_updated: date | None = None
    purpose: str | None = None
    note: str | None = None
    project_total: int | None = None
    cadence: tuple[CadenceEntry, ...] = ()
    categories: tuple[Category, ...] = ()
    items: tuple[Item, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
