"""What every reader of monitoring output returns: observations of signals, in a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from store.enums import SignalState
    from store.formats.signals.matchers import Matchers


class Observation(NamedTuple):
    """What a monitor says about one signal at one time.

    `fingerprint` identifies the signal within its `source`, such as `alertmanager`. `starts`, in UTC, is when the
    present episode began to fire, or the time of the report where the monitor does not say (`knows_start` is False);
    `ends` is when it was resolved, None while it fires. The labels are sorted by name; the link is http or https. A
    passed check is not `is_new`: it resolves a known signal, and is otherwise ignored.
    """

    source: str
    fingerprint: str
    name: str
    state: SignalState
    severity: str | None
    summary: str | None
    starts: datetime
    ends: datetime | None
    labels: tuple[tuple[str, str], ...]
    link: str | None
    is_new: bool = True
    knows_start: bool = True


class SignalReport(NamedTuple):
    """What one body, file or run says.

    A notice is a sentence about what was kept in another form, with its line or index. `origin` is the external URL of
    the Alertmanager. A report that `is_complete` resolves the signals of its source that it does not list.
    """

    observations: tuple[Observation, ...]
    notices: tuple[str, ...] = ()
    origin: str | None = None
    is_complete: bool = False

    def matching(self, matchers: Matchers) -> SignalReport:
        """The report with only those signals that match."""
        known = ((each, known_labels(each.source, each.name, each.labels)) for each in self.observations)
        return self._replace(observations=tuple(each for each, labels in known if matchers.match(labels)))


def known_labels(source: str, name: str, labels: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What matchers are applied to: name and source count as labels where a signal has no label of that name."""
    return {"alertname": name, "source": source, **dict(labels)}
