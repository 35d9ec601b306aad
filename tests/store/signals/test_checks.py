"""What all readers of monitoring output check alike, value by value."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from store.enums import SignalState
from store.errors import RegisterError
from store.formats.lines import SIZE_LIMIT
from store.formats.signals.checks import LONGEST_TEXT, MOST_NOTICES, MOST_SIGNALS, ReportBuilder, load_json
from store.formats.signals.model import Observation

NOW = datetime(2026, 3, 31, 14, 0, tzinfo=UTC)


def builder() -> ReportBuilder:
    return ReportBuilder(NOW, remedy="send it again")


def observation(fingerprint: str = "f1", *, starts: datetime = NOW, ends: datetime | None = None) -> Observation:
    state = SignalState.FIRING if ends is None else SignalState.RESOLVED
    return Observation("json", fingerprint, "Drift", state, None, None, starts, ends, (), None)


def test_json_is_read_with_a_byte_order_mark() -> None:
    assert load_json('\ufeff{"a": [1, 2.5, null, true]}\n') == {"a": [1, 2.5, None, True]}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "the input is empty"),
        (" \n" * 200, "the input is empty"),
        ("<!DOCTYPE html><p>Log in", "the input is a web page or XML, not JSON"),
        ('{\n"a": }', "line 2 is not JSON: expecting value"),
        ('{"a": NaN}', "the JSON has the number 'NaN'"),
        ('{"a": -Infinity}', "the JSON has the number '-Infinity'"),
        ('{"a": 1e999}', "the JSON has the number '1e999'"),
        (f'{{"a": {"9" * 5000}}}', "the JSON has a number with thousands of digits"),
        ("[" * 100_000, "the JSON is nested too deeply to read"),
        ('{"a":' * 100_000, "the JSON is nested too deeply to read"),
        (" " * (SIZE_LIMIT + 1), "the input is larger than 64 MiB"),
    ],
    ids=lambda value: value[:20],
)
def test_text_that_cannot_be_read_as_json_is_refused(text: str, what: str) -> None:
    with pytest.raises(RegisterError) as refused:
        load_json(text)
    assert refused.value.what == what
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("text", "what"), [("{,}", "line 7 is not JSON: expecting property name"), ("[NaN]", "line 7 has the number 'NaN'")]
)
def test_one_line_of_many_is_named_by_its_number(text: str, what: str) -> None:
    with pytest.raises(RegisterError, match=what):
        load_json(text, line=7)


def test_texts_are_kept_unchanged() -> None:
    build = builder()
    text = " drift of \x1b[31mfeatures\u202e\n" + "é" * (LONGEST_TEXT - 50)
    assert build.text("alert 1", "the summary", text) == text
    assert build.text("alert 1", "the summary", None) is None
    assert build.text("alert 1", "the summary", " \n") is None
    assert build.report().notices == ()


def test_a_long_text_is_cut_with_a_notice() -> None:
    build = builder()
    kept = build.text("alert 3", "the summary", "x" * 5000)
    assert kept == "x" * (LONGEST_TEXT - 1) + "…"
    assert build.report().notices == ("alert 3: the summary has 5,000 characters and is cut to 4,000",)


@pytest.mark.parametrize("wrong", ["\0", "\ud800"])
def test_characters_that_cannot_be_stored_are_replaced_with_a_notice(wrong: str) -> None:
    build = builder()
    assert build.text("line 2", "the summary", f"a{wrong}b") == "a\ufffdb"
    assert build.labels("line 2", {f"team{wrong}": f"ml{wrong}"}) == (("team\ufffd", "ml\ufffd"),)
    assert len(build.report().notices) == 3
    assert build.report().notices[0] == (
        "line 2: the summary has characters that cannot be stored; each is replaced by U+FFFD"
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [(7, "a number"), (1.5, "a number"), (True, "true or false"), ([], "a list"), ({}, "an object")],
)
def test_a_text_that_is_not_a_string_is_refused(value: int, shown: str) -> None:
    with pytest.raises(RegisterError) as refused:
        builder().text("alert 3", "the summary", value)
    assert str(refused.value) == f"alert 3: the summary is {shown}, not a string: send it again"


def test_labels_are_sorted_by_name() -> None:
    assert builder().labels("alert 1", {"model": "", "alertname": "Drift"}) == (("alertname", "Drift"), ("model", ""))
    assert builder().labels("alert 1", None) == ()


def test_a_label_of_a_megabyte_is_cut() -> None:
    build = builder()
    ((name, text),) = build.labels("alert 1", {"trace": "x" * 2**20})
    assert (name, len(text)) == ("trace", LONGEST_TEXT)
    assert build.report().notices == ("alert 1: the label 'trace' has 1,048,576 characters and is cut to 4,000",)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (["a"], "alert 3: the labels are a list, not an object"),
        ({"replicas": 3}, "alert 3: the label 'replicas' is a number, not a string"),
        ({"team": None}, "alert 3: the label 'team' is null, not a string"),
        ({"": "x"}, "alert 3 has a label without a name"),
    ],
)
def test_labels_that_are_not_strings_are_refused(value: dict[str, object], what: str) -> None:
    with pytest.raises(RegisterError) as refused:
        builder().labels("alert 3", value)  # type: ignore[arg-type]
    assert refused.value.what == what


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_fingerprint_is_refused(value: str | None) -> None:
    with pytest.raises(RegisterError, match=r"^alert 3 has no fingerprint: send it again$"):
        builder().fingerprint("alert 3", value)


def test_a_fingerprint_is_never_cut() -> None:
    assert builder().fingerprint("alert 3", "f" * LONGEST_TEXT) == "f" * LONGEST_TEXT
    with pytest.raises(RegisterError, match="alert 3 has a fingerprint of 4,001 characters, more than 4,000"):
        builder().fingerprint("alert 3", "f" * (LONGEST_TEXT + 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-31T14:00:00Z", NOW),
        ("2026-03-31t14:00:00z", NOW),
        ("2026-03-31 14:00:00+00:00", NOW),
        ("2026-03-31T16:00:00+02:00", NOW),
        ("2026-03-31T14:00:00.123456789Z", NOW + timedelta(microseconds=123_456)),
        ("2026-03-31T14:00:00.5Z", NOW + timedelta(microseconds=500_000)),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        (None, None),
    ],
)
def test_times_are_read_in_utc(text: str | None, expected: datetime | None) -> None:
    found = builder().time("alert 1", "the start", text)
    assert found == expected
    assert found is None or found.tzinfo is UTC


def test_a_time_without_a_zone_is_read_where_a_tool_writes_it_so() -> None:
    read = builder().time
    assert read("test 1", "the start", "2026-03-31 14:00:00.25", zone=UTC) == NOW + timedelta(microseconds=250_000)
    assert read("test 1", "the start", "2026-03-31T16:00:00", zone=ZoneInfo("Europe/Berlin")) == NOW
    with pytest.raises(RegisterError, match="test 1: the start '2026-03-31T16:00:00' has no time zone: send it again"):
        read("test 1", "the start", "2026-03-31T16:00:00")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("yesterday", "'yesterday'"),
        ("2026-03-31", "'2026-03-31'"),
        ("2026-W14-2T14:00:00Z", "'2026-W14-2T14:00:00Z'"),
        ("2026-02-30T14:00:00Z", "'2026-02-30T14:00:00Z'"),
        ("2026-03-31T14:00:00+99:00", "'2026-03-31T14:00:00+99:00'"),
        ("٢٠٢٦-03-31T14:00:00Z", "'٢٠٢٦-03-31T14:00:00Z'"),
        ("0001-01-01T00:00:00+05:00", "'0001-01-01T00:00:00+05:00'"),
        ("9999-12-31T23:59:59-05:00", "'9999-12-31T23:59:59-05:00'"),
    ],
)
def test_a_value_that_is_not_a_time_is_refused(value: str, shown: str) -> None:
    with pytest.raises(RegisterError) as refused:
        builder().time("alert 3", "the start", value)
    assert refused.value.what == f"alert 3: the start {shown} is not a time such as 2026-03-31T14:00:00Z"


def test_a_time_that_is_not_a_string_is_refused() -> None:
    with pytest.raises(RegisterError, match="alert 3: the start is a number, not a string: send it again"):
        builder().time("alert 3", "the start", 1774965600)


def test_a_time_over_five_minutes_ahead_counts_as_now() -> None:
    build = builder()
    ahead = NOW + timedelta(minutes=5)
    assert build.past("alert 1", "the start", ahead) == ahead
    assert build.past("alert 1", "the start", None) == NOW
    assert build.report().notices == ()
    assert build.past("alert 2", "the start", ahead + timedelta(seconds=1)) == NOW
    assert build.report().notices == ("alert 2: the start 2026-03-31 14:05 UTC is in the future and counts as now",)


@pytest.mark.parametrize(
    "link", ["https://runbooks.example/drift?a=b#c", "HTTP://10.0.0.1:9090/graph", "http://[::1]/"]
)
def test_web_links_are_kept(link: str) -> None:
    build = builder()
    assert build.link("alert 1", f" {link}\n") == link
    assert build.link("alert 1", " ") is None
    assert build.link("alert 1", None) is None
    assert build.report().notices == ()


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("javascript:alert(1)", "is not an http or https URL"),
        ("file:///etc/passwd", "is not an http or https URL"),
        ("//host/path", "is not an http or https URL"),
        ("https:///path", "is not an http or https URL"),
        ("http://[::1/", "is not a URL"),
        ("https://example.com/a b", "has a space or a control character"),
        ("https://example.com/\x1b]8;;", "has a space or a control character"),
        ("https://ana:secret@example.com/", "has a user name or password"),
        ("https://example.com/" + "x" * LONGEST_TEXT, "has 4,020 characters"),
    ],
    ids=lambda value: value[:30],
)
def test_another_link_is_left_out_with_a_notice(link: str, why: str) -> None:
    build = builder()
    assert build.link("alert 3", link) is None
    assert build.report().notices == (f"alert 3: the link {why} and is left out",)


def test_of_two_with_a_fingerprint_both_count() -> None:
    build = builder()
    build.add("alert 1", observation())
    build.add("alert 2", observation("f2"))
    build.add("alert 3", observation(ends=NOW))
    report = build.report(origin="http://alerts.example", is_complete=True)
    assert [each.fingerprint for each in report.observations] == ["f1", "f2", "f1"]
    assert report.notices == ("alert 3: the fingerprint 'f1' is also that of alert 1; the later one is the state",)
    assert (report.origin, report.is_complete) == ("http://alerts.example", True)


def test_an_end_before_the_start_counts_as_the_start() -> None:
    build = builder()
    build.add("alert 1", observation(ends=NOW - timedelta(hours=1)))
    assert build.report().observations[0].ends == NOW
    assert build.report().notices == ("alert 1: the end is before the start and counts as the start",)


def test_objects_are_counted_from_one() -> None:
    assert builder().objects([{"a": 1}], "alert") == [{"a": 1}]
    with pytest.raises(RegisterError, match=r"^alert 2 is null, not an object: send it again$"):
        builder().objects([{}, None], "alert")
    with pytest.raises(RegisterError, match=r"^the list of alerts is an object: send it again$"):
        builder().objects({}, "alert")


def test_a_report_has_a_limited_number_of_signals() -> None:
    with pytest.raises(RegisterError, match=r"^the input has 100,001 signals, more than 100,000: send it in several "):
        builder().objects(json.loads(f"[{'0,' * MOST_SIGNALS}0]"), "alert")
    build = builder()
    for number in range(MOST_SIGNALS):
        build.add("", observation(str(number)))
    with pytest.raises(RegisterError, match="has 100,001 signals"):
        build.add("", observation("another"))


def test_a_report_has_a_limited_number_of_notices() -> None:
    build = builder()
    build.note("", "2 alerts are left out")
    for number in range(2, 5001):
        build.note(f"alert {number}", "is odd")
    notices = build.report().notices
    assert len(notices) == MOST_NOTICES
    assert notices[0] == "2 alerts are left out"
    assert notices[-2:] == ("alert 99: is odd", "4,901 more notices like these")
