"""Alertmanager's alerts as signals: the body of its webhook (version 4), and the list of its API (v2) or of amtool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.enums import SignalState
from store.errors import RegisterError, quoted
from store.formats.signals.checks import FUTURE, ReportBuilder, load_json
from store.formats.signals.detection import ALERTMANAGER, EXPECTED, unexpected
from store.formats.signals.model import Observation
from store.text import number_of, plural

if TYPE_CHECKING:
    from datetime import datetime

    from store.formats.signals.checks import JsonValue
    from store.formats.signals.model import SignalReport

SOURCE = ALERTMANAGER
VERSION = "4"
_REMEDY = EXPECTED[SOURCE]
_SUMMARIES = ("summary", "description", "message")
_LINKS = ("runbook_url", "dashboard_url")
_SUPPRESSED = "suppressed"
_TIMES = (("the start", "startsAt"), ("the end", "endsAt"))
_STATES = ("active", _SUPPRESSED, "unprocessed")


def read(text: str, *, now: datetime) -> SignalReport:
    """The alerts of a webhook's body, or of the list that the API and amtool give.

    A list may be filtered, so that the report is not complete. An alert of a list fires until its end has passed, also
    while it is silenced or inhibited: that is about notifications. Times are kept to the millisecond, as in the API, so
    that both inputs give an alert the same start. Raises RegisterError with the 1-based index of an alert.
    """
    build = ReportBuilder(now, remedy=_REMEDY)
    body = load_json(text)
    if isinstance(body, dict) and "alerts" in body:
        return _read_webhook(build, body)
    if isinstance(body, list):
        return _read_list(build, body)
    raise unexpected(body, SOURCE)


def _read_webhook(build: ReportBuilder, body: dict[str, JsonValue]) -> SignalReport:
    version = body.get("version")
    if str(version) != VERSION:
        what = "has no version" if version is None else f"has the version {quoted(str(version))}"
        raise RegisterError(f"the webhook's body {what}, and only version {VERSION} can be read", _REMEDY)
    for index, alert in enumerate(build.objects(body["alerts"], "alert"), start=1):
        where = f"alert {index}"
        status = build.word(where, "status", alert.get("status"), known=tuple(SignalState))
        _add(build, where, alert, status == SignalState.RESOLVED)
    left_out = body.get("truncatedAlerts")
    if isinstance(left_out, int) and left_out > 0:
        build.note("", f"Alertmanager left {number_of(left_out, 'alert')} out of this body (max_alerts of its webhook)")
    return build.report(origin=build.link("the body", body.get("externalURL"), name="the external URL"))


def _read_list(build: ReportBuilder, alerts: JsonValue) -> SignalReport:
    suppressed = 0
    for index, alert in enumerate(build.objects(alerts, "alert"), start=1):
        where = f"alert {index}"
        status = alert.get("status")
        state = status.get("state") if isinstance(status, dict) else status
        suppressed += build.word(where, "state", state, known=_STATES) == _SUPPRESSED
        ends = build.time(where, "the end", alert.get("endsAt"))
        is_resolved = ends is not None and ends + FUTURE < build.now
        if is_resolved:
            build.note(where, f"its end {ends:%Y-%m-%d %H:%M} UTC has passed, so it counts as resolved")
        _add(build, where, alert, is_resolved)
    if suppressed:
        verb, counts = plural(suppressed, "is", "are"), plural(suppressed, "counts", "count")
        build.note("", f"{number_of(suppressed, 'alert')} {verb} silenced or inhibited and still {counts} as firing")
    return build.report()


def _add(build: ReportBuilder, where: str, alert: dict[str, JsonValue], is_resolved: bool) -> None:
    labels = build.labels(where, alert.get("labels"))
    annotations = alert.get("annotations") or {}
    if not isinstance(annotations, dict):
        raise build.error(f"{where}:", "the annotations are not an object")
    fingerprint = build.fingerprint(where, alert.get("fingerprint"))
    summaries = (build.text(where, f"the annotation {name}", annotations.get(name)) for name in _SUMMARIES)
    starts, ends = (build.time(where, name, alert.get(key)) for name, key in _TIMES)
    observation = Observation(
        source=SOURCE,
        fingerprint=fingerprint,
        name=build.text(where, "the name", _name(labels)) or fingerprint,
        state=SignalState.RESOLVED if is_resolved else SignalState.FIRING,
        severity=dict(labels).get("severity", "").strip() or None,
        summary=next(filter(None, summaries), None),
        starts=_whole(build.past(where, "the start", starts)),
        ends=_whole(build.past(where, "the end", ends)) if is_resolved else None,
        labels=labels,
        knows_start=starts is not None,
        link=_link(build, where, alert, annotations),
    )
    build.add(where, observation)


def _name(labels: tuple[tuple[str, str], ...]) -> str:
    """The label `alertname`; else the first labels, because only Prometheus names every alert."""
    name = dict(labels).get("alertname", "")
    return name if name.strip() else ", ".join(f"{name}={value}" for name, value in labels[:3])


def _whole(moment: datetime) -> datetime:
    """A time to the millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _link(
    build: ReportBuilder, where: str, alert: dict[str, JsonValue], annotations: dict[str, JsonValue]
) -> str | None:
    """The page that helps most when an alert fires: what to do, else what to look at, else the query that fired."""
    for name in _LINKS:
        if link := build.link(where, annotations.get(name), name=f"the annotation {name}"):
            return link
    return build.link(where, alert.get("generatorURL"), name="the generator URL")
