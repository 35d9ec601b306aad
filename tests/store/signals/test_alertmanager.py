"""Alertmanager's webhook bodies and lists of alerts: real ones, and ones that are wrong."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.enums import SignalState
from store.errors import RegisterError
from store.formats.signals.alertmanager import read
from store.formats.signals.checks import LONGEST_TEXT
from store.formats.signals.model import Observation, SignalReport
from store.text import is_storable

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parent / "data" / "alertmanager"
NOW = datetime(2026, 3, 31, 14, 0, tzinfo=UTC)
START = "2026-03-31T13:30:00.123456789Z"
MADE = NOW - timedelta(minutes=30) + timedelta(milliseconds=123)


def real(name: str, folder: Path = DATA) -> SignalReport:
    """A file that a real Alertmanager wrote, read one minute after its alerts were posted."""
    text = (folder / name).read_text(encoding="utf-8")
    posted = json.loads((folder / "api-alerts.json").read_text(encoding="utf-8"))[0]["updatedAt"]
    return read(text, now=datetime.fromisoformat(posted) + timedelta(minutes=1))


def alert(**changes: Any) -> dict[str, Any]:
    """An alert of a webhook, with some parts changed."""
    return {
        "status": "firing",
        "labels": {"alertname": "FeatureDrift", "severity": "critical"},
        "annotations": {"summary": "PSI is 0.31"},
        "startsAt": START,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "https://prometheus.example/graph",
        "fingerprint": "3f87675c4d8d5285",
    } | changes


def listed(**changes: Any) -> dict[str, Any]:
    """An alert of a list, with some parts changed."""
    status = {"state": "active", "silencedBy": [], "inhibitedBy": []}
    return alert(status=status, endsAt="2026-03-31T14:04:00Z") | changes


def webhook(*alerts: dict[str, Any], **changes: Any) -> SignalReport:
    body = {"version": "4", "status": "firing", "alerts": list(alerts), "truncatedAlerts": 0} | changes
    return read(json.dumps(body), now=NOW)


def only(**changes: Any) -> Observation:
    """What is read from a webhook with one alert."""
    (observation,) = webhook(alert(**changes)).observations
    return observation


def test_the_version_may_be_a_number() -> None:
    assert len(webhook(alert(), version=4).observations) == 1


def refusal(value: object) -> str:
    with pytest.raises(RegisterError) as refused:
        read(json.dumps(value), now=NOW)
    assert refused.value.remedy == "send the body of a webhook, or the output of `amtool alert query -o json`"
    return refused.value.what


def by_name(report: SignalReport) -> dict[str, Observation]:
    return {each.name: each for each in report.observations}


def test_a_real_webhook_that_fires() -> None:
    report = real("webhook-firing.json")
    (drift,) = report.observations
    assert report == SignalReport((drift,), origin="http://alertmanager.example:9093")
    assert drift._replace(starts=NOW) == Observation(
        source="alertmanager",
        fingerprint="3f87675c4d8d5285",
        name="FeatureDrift",
        state=SignalState.FIRING,
        severity="critical",
        summary="PSI of watch_minutes is 0.31",
        starts=NOW,
        ends=None,
        labels=(
            ("alertname", "FeatureDrift"),
            ("debt_item", "EN-001"),
            ("model", "mdl-recommender"),
            ("severity", "critical"),
            ("team", "ml"),
        ),
        link="https://runbooks.example/feature-drift",
    )


def test_a_real_webhook_that_resolves() -> None:
    (calibration,) = real("webhook-resolved.json").observations
    assert (calibration.name, calibration.state) == ("CalibrationError", SignalState.RESOLVED)
    assert calibration.ends is not None
    assert timedelta(minutes=30) < calibration.ends - calibration.starts < timedelta(minutes=31)


def test_a_real_webhook_in_which_one_fires_and_one_is_resolved() -> None:
    found = by_name(real("webhook-mixed.json"))
    assert {name: each.state.value for name, each in found.items()} == {
        "ServingSkew": "resolved",
        "CalibrationError": "firing",
    }
    assert found["ServingSkew"].link == "https://prometheus.example/graph?g0.expr=skew&g0.tab=1"


def test_a_real_webhook_that_alertmanager_cut_short() -> None:
    report = real("webhook-truncated.json")
    assert [each.name for each in report.observations] == ["job=batch, team=data", "LateTable"]
    assert report.notices == ("Alertmanager left 3 alerts out of this body (max_alerts of its webhook)",)
    assert not report.is_complete


def test_a_real_list_with_alerts_that_are_silenced_and_inhibited() -> None:
    report = real("api-alerts.json")
    assert len(report.observations) == 10
    assert {each.state for each in report.observations} == {SignalState.FIRING}
    assert {"StaleEmbeddings", "SlowInference", "FeatureDrift", "LateTable"} < set(by_name(report))
    assert by_name(report)["StaleEmbeddings"].summary == "Embeddings are 9 days old."
    assert by_name(report)["SlowInference"].summary == "p99 is 1.2 s, «über» the limit\nsince noon"
    assert report.notices == ("2 alerts are silenced or inhibited and still count as firing",)
    assert (report.origin, report.is_complete) == (None, False)


def test_a_real_list_of_amtool_and_a_real_webhook_say_the_same() -> None:
    assert real("amtool-alerts.json").observations == real("webhook-firing.json").observations


def test_times_are_kept_to_the_millisecond() -> None:
    assert only().starts == MADE
    assert only(status="resolved", endsAt=START).ends == MADE


@pytest.mark.parametrize("missing", [None, "", "0001-01-01T00:00:00Z"])
def test_a_missing_time_counts_as_now(missing: str | None) -> None:
    assert only(startsAt=missing).starts == NOW
    assert only(status="resolved", endsAt=missing).ends == NOW


def test_a_time_in_the_future_counts_as_now() -> None:
    report = webhook(alert(startsAt="2031-01-01T00:00:00Z"))
    assert report.observations[0].starts == NOW
    assert report.notices == ("alert 1: the start 2031-01-01 00:00 UTC is in the future and counts as now",)


@pytest.mark.parametrize("state", ["active", "suppressed", "unprocessed"])
def test_an_alert_of_a_list_fires_until_its_end_has_passed(state: str) -> None:
    status = {"state": state, "silencedBy": ["a"], "inhibitedBy": [], "mutedBy": []}
    ends = ["2026-03-31T14:04:00Z", "2026-03-31T13:56:00Z", "2026-03-31T13:54:00Z", None]
    body = [listed(status=status, endsAt=end, fingerprint=str(end)) for end in ends]
    report = read(json.dumps(body), now=NOW)
    assert [each.state.value for each in report.observations] == ["firing", "firing", "resolved", "firing"]
    assert report.observations[2].ends == NOW - timedelta(minutes=6)
    assert report.notices[0] == "alert 3: its end 2026-03-31 13:54 UTC has passed, so it counts as resolved"


def test_the_name_is_the_alertname_else_the_labels_else_the_fingerprint() -> None:
    assert only(labels={"alertname": "Drift", "job": "x"}).name == "Drift"
    assert only(labels={"alertname": " ", "job": "x"}).name == "alertname= , job=x"
    assert only(labels={"d": "4", "c": "3", "b": "2", "a": "1"}).name == "a=1, b=2, c=3"
    assert len(only(labels={letter: letter * LONGEST_TEXT for letter in "abc"}).name) == LONGEST_TEXT
    assert only(labels={}).name == only(labels=None).name == "3f87675c4d8d5285"


def test_the_severity_is_the_label_unchanged() -> None:
    assert only(labels={"alertname": "Drift", "severity": "P2 (page)"}).severity == "P2 (page)"
    assert only(labels={"alertname": "Drift", "severity": " "}).severity is None


@pytest.mark.parametrize(
    ("annotations", "summary"),
    [
        ({"message": "m", "description": "d", "summary": "s"}, "s"),
        ({"message": "m", "description": "d", "summary": " "}, "d"),
        ({"message": "m"}, "m"),
        ({"title": "t"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_summary_is_the_first_annotation_that_says_something(
    annotations: dict[str, str] | None, summary: str | None
) -> None:
    assert only(annotations=annotations).summary == summary


@pytest.mark.parametrize(
    ("annotations", "link"),
    [
        ({"dashboard_url": "https://d.example/", "runbook_url": "https://r.example/"}, "https://r.example/"),
        ({"dashboard_url": "https://d.example/"}, "https://d.example/"),
        ({"dashboard_url": "https://d.example/", "runbook_url": "see the wiki"}, "https://d.example/"),
        ({}, "https://prometheus.example/graph"),
    ],
)
def test_the_link_says_what_to_do_else_what_to_look_at(annotations: dict[str, str], link: str) -> None:
    assert only(annotations=annotations).link == link


def test_links_that_are_not_web_pages_are_left_out() -> None:
    report = webhook(
        alert(annotations={"runbook_url": "javascript:alert(1)"}, generatorURL="file:///etc/passwd"),
        externalURL="ftp://alerts.example",
    )
    assert (report.observations[0].link, report.origin) == (None, None)
    assert report.notices == (
        "alert 1: the annotation runbook_url is not an http or https URL and is left out",
        "alert 1: the generator URL is not an http or https URL and is left out",
        "the body: the external URL is not an http or https URL and is left out",
    )


def test_texts_keep_control_characters_and_are_cut() -> None:
    report = webhook(alert(labels={"alertname": "\x1b[31mDrift\u202e", "trace": "x" * 2**20}))
    (observation,) = report.observations
    assert observation.name == "\x1b[31mDrift\u202e"
    assert len(dict(observation.labels)["trace"]) == LONGEST_TEXT
    assert report.notices == ("alert 1: the label 'trace' has 1,048,576 characters and is cut to 4,000",)


def test_of_two_alerts_with_a_fingerprint_both_count() -> None:
    report = webhook(alert(), alert(status="resolved", endsAt=START))
    assert [each.state.value for each in report.observations] == ["firing", "resolved"]
    assert report.notices == (
        "alert 2: the fingerprint '3f87675c4d8d5285' is also that of alert 1; the later one is the state",
    )


def test_an_empty_webhook_and_an_empty_list_have_no_signals() -> None:
    assert webhook() == SignalReport(())
    assert read("[]", now=NOW) == SignalReport(())


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"fingerprint": None}, "alert 2 has no fingerprint"),
        ({"fingerprint": ""}, "alert 2 has no fingerprint"),
        ({"fingerprint": 7}, "alert 2: the fingerprint is a number, not a string"),
        ({"labels": []}, "alert 2: the labels are a list, not an object"),
        ({"labels": {"replicas": 3}}, "alert 2: the label 'replicas' is a number, not a string"),
        ({"annotations": ["a"]}, "alert 2: the annotations are not an object"),
        ({"annotations": {"summary": 5}}, "alert 2: the annotation summary is a number, not a string"),
        ({"startsAt": "today"}, "alert 2: the start 'today' is not a time such as 2026-03-31T14:00:00Z"),
        ({"startsAt": "2026-03-31T14:00:00"}, "alert 2: the start '2026-03-31T14:00:00' has no time zone"),
        ({"generatorURL": {}}, "alert 2: the generator URL is an object, not a string"),
    ],
)
def test_one_wrong_alert_refuses_the_whole_body(changes: dict[str, Any], what: str) -> None:
    plain: dict[str, Any] = {"annotations": None}
    assert refusal({"version": "4", "alerts": [alert(**plain), alert(**plain | changes)]}) == what
    assert refusal([listed(**plain), listed(**plain | changes)]) == what


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"version": "3", "alerts": []}, "the webhook's body has the version '3', and only version 4 can be read"),
        ({"alerts": []}, "the webhook's body has no version, and only version 4 can be read"),
        ({"version": "4", "alerts": None}, "the list of alerts is null"),
        ({"version": "4", "alerts": [[]]}, "alert 1 is a list, not an object"),
        ({"version": "4", "alerts": [listed()]}, "alert 1: the status is an object, not a string"),
        ({"version": "4", "alerts": [alert(status="on")]}, "alert 1 has the status 'on', not firing or resolved"),
        ([listed(), listed(status={})], "alert 2 has no state"),
        ([alert()], "alert 1 has the state 'firing', not active, suppressed or unprocessed"),
        ([listed(), 5], "alert 2 is a number, not an object"),
        *(
            (wrong, "this is not the body of an Alertmanager webhook or a list of its alerts")
            for wrong in ({}, {"status": "success", "data": []}, "alerts", 4, None, True)
        ),
    ],
)
def test_another_body_is_refused(body: object, what: str) -> None:
    assert refusal(body) == what


def test_the_output_of_another_tool_is_refused_with_its_name() -> None:
    with pytest.raises(RegisterError) as refused:
        read('{"results": [], "success": true}', now=NOW)
    assert str(refused.value) == "this is a validation result of Great Expectations: use --from great-expectations"


def test_ten_thousand_alerts_are_read_in_two_seconds() -> None:
    labels = {f"label_{number}": f"value {number}" for number in range(12)}
    alerts = [alert(fingerprint=f"{number:016x}", labels=labels | {"alertname": "Drift"}) for number in range(10_000)]
    text = json.dumps({"version": "4", "alerts": alerts})
    start = time.process_time()
    report = read(text, now=NOW)
    assert time.process_time() - start < 2
    assert len(report.observations) == 10_000


KEYS = ("status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint", "state", "version")
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["firing", "4", START, "https://\ud800.example/"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner), max_leaves=20
)


def outcome(text: str) -> SignalReport | RegisterError:
    """The report, which a register can store, or the error."""
    try:
        report = read(text, now=NOW)
    except RegisterError as error:
        return error
    assert all(map(is_storable, texts_in(report)))
    return report


def texts_in(value: object) -> Iterator[str]:
    """All texts in tuples."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from texts_in(each)


@given(VALUES | st.fixed_dictionaries({"version": st.just("4"), "alerts": VALUES}))
def test_any_json_is_a_report_or_one_error(value: object) -> None:
    outcome(json.dumps(value))


@given(st.sampled_from(KEYS), SCALARS | st.lists(SCALARS), st.booleans())
def test_any_value_in_an_alert_is_a_report_or_one_error_about_it(key: str, value: object, is_listed: bool) -> None:
    changed = (listed if is_listed else alert)(**{key: value})
    found = outcome(json.dumps([changed] if is_listed else {"version": "4", "alerts": [changed]}))
    if isinstance(found, RegisterError):
        assert found.what.startswith(("alert 1", "the JSON has the number"))
    else:
        (observation,) = found.observations
        assert observation.ends is None or observation.ends >= observation.starts


@given(
    st.sampled_from(["summary", "runbook_url", "alertname", "severity", "trace"]),
    st.text(st.characters(exclude_categories=())),
)
def test_any_label_and_annotation_can_be_stored(name: str, text: str) -> None:
    found = outcome(json.dumps([listed(labels={name: text, text or "a": name}, annotations={name: text})]))
    assert isinstance(found, SignalReport)


@given(st.text())
def test_any_text_is_a_report_or_one_error(text: str) -> None:
    outcome(text)
