"""What Evidently writes, as signals: real reports of 0.7, suites of 0.6 and 0.4, and files that are wrong."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.enums import SignalState
from store.errors import RegisterError
from store.formats.signals.evidently import read
from store.formats.signals.model import Observation, SignalReport
from tests.store.signals.readers import ANY_JSON, NOW, body_of, by_name, changed, check, lines, outcome, text_of

REMEDY = "send the JSON as Evidently wrote it"


def real(name: str) -> SignalReport:
    report = read(text_of(f"evidently/{name}.json"), now=NOW)
    check(report)
    return report


def report(*tests: Any, **more: Any) -> SignalReport:
    return read(json.dumps({"tests": list(tests)} | more), now=NOW)


def bound(status: str = "FAIL", params: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A test of 0.7."""
    params = {"type": "evidently:metric_v2:MinValue", "column": "age"} if params is None else params
    return {
        "status": status,
        "description": "Actual value 7",
        "metric_config": {"metric_id": "0", "params": params},
        "bound_test": {"test": {"type": "evidently:test_v2:GreaterThanMetricTest", "threshold": 9}},
    } | changes


def older(status: str = "FAIL", name: str = "Min Value", **changes: Any) -> dict[str, Any]:
    """A test of 0.6."""
    description = "The minimum value of the column **age** is 7."
    return {"name": name, "status": status, "group": "data_quality", "description": description} | changes


def refused(*tests: Any, **more: Any) -> str:
    with pytest.raises(RegisterError) as error:
        report(*tests, **more)
    return str(error.value)


def fingerprint(*tests: Any, **more: Any) -> str:
    return report(*tests, **more).observations[0].fingerprint


def test_the_tests_of_a_real_report() -> None:
    found = real("report")
    assert lines(found) == [
        "firing (error) | MissingValueCount: score | "
        "Column 'score' missing values: Actual value 4.000 , but expected 0.000",
        "resolved | MissingValueCount: score | Column 'score' missing values: Actual value 0.100 < 0.200",
        "resolved | MissingValueCount: age | Column 'age' missing values: Actual value 0.000  expected 0.000",
        "resolved | QuantileValue: age | Quantile 0.5 of 'age': Actual value 49.500 >= 18.000",
        "firing (warning) | QuantileValue: age | Quantile 0.5 of 'age': Actual value 49.500 >= 40.000",
        "resolved | QuantileValue: age | Quantile 0.9 of 'age': Actual value 65.100 >= 18.000",
        "resolved | QuantileValue: age | Quantile 0.9 of 'age': Actual value 65.100 >= 30.000",
        "firing (error) | CategoryCount: country | Column 'country' categories 'us': Actual value 0.500 >= 0.100",
        "firing (error) | MeanValue: age | Mean value of 'age': Actual value 52.000 >= 32.000 ± 3.200",
        "resolved | UniqueValueCount: country, de | "
        "Unique Value Count: country for label de: Actual value 20.000 >= 2.000",
        "firing (error) | PrecisionByLabel: a | Precision by Label metric for label a: Actual value 0.500 < 0.900",
        "firing (error) | PrecisionByLabel: z | Missing label z for Precision by Label metric test",
        "firing (error) | RowCount | Row count in dataset: Actual value 40.000 < 100.000",
    ]
    assert found.notices == ()
    assert len({each.fingerprint for each in found.observations}) == 13


def test_labels_say_what_a_test_compares() -> None:
    labels = [dict(each.labels) for each in real("report").observations]
    assert labels[1] == {
        "column": "score",
        "metric": "MissingValueCount",
        "status": "SUCCESS",
        "test": "LessOrEqual",
        "value": "share",
    }
    assert labels[4]["quantile"] == "0.5"
    assert labels[7]["categories"] == "us"
    assert labels[11]["label"] == "z"


def test_a_snapshot_has_its_time_and_metadata() -> None:
    body = body_of("evidently/snapshot.json")
    failed, passed = real("snapshot").observations
    made = datetime.fromisoformat(body["timestamp"]).replace(tzinfo=UTC)
    assert failed == Observation(
        source="evidently",
        fingerprint=failed.fingerprint,
        name="MissingValueCount: score",
        state=SignalState.FIRING,
        severity="error",
        summary="Column 'score' missing values: Actual value 4.000 , but expected 0.000",
        starts=made,
        ends=None,
        labels=(
            ("column", "score"),
            ("dataset_id", "orders"),
            ("metric", "MissingValueCount"),
            ("model_id", "mdl-rec-7"),
            ("status", "FAIL"),
            ("tags", "daily,eu"),
            ("team", "Ranking"),
            ("test", "Equal"),
            ("value", "count"),
        ),
        link=None,
        knows_start=False,
    )
    assert (passed.name, passed.state, passed.ends, passed.is_new) == ("RowCount", SignalState.RESOLVED, made, False)


def test_drift_of_a_report() -> None:
    assert lines(real("drift-report")) == [
        "firing (error) | DriftedColumnsCount | Share of Drifted Columns: Actual value 0.500 >= 0.500",
        "firing (error) | ValueDrift: age | "
        "Drift score is 0.00. The drift detection method is K-S p_value. The drift threshold is 0.05.",
        "resolved | ValueDrift: score | "
        "Drift score is 0.98. The drift detection method is K-S p_value. The drift threshold is 0.05.",
    ]


def test_an_empty_column_makes_evidently_write_nan() -> None:
    assert "NaN" in text_of("evidently/empty-column.json")
    assert lines(real("empty-column")) == [
        "firing (error) | MeanValue: score | Mean value of 'score': Actual value nan >= 0.000"
    ]


SUITE = [
    "firing (error) | Drift per Column: age | The drift score for the feature age is 0. "
    "The drift detection method is K-S p_value. The drift detection threshold is 0.05.",
    "resolved | Drift per Column: score | The drift score for the feature score is 0.977. "
    "The drift detection method is K-S p_value. The drift detection threshold is 0.05.",
    "firing (error) | Share of Drifted Columns | "
    "The drift is detected for 66.7% features (2 out of 3). The test threshold is lt=0.3",
    "firing (error) | The Share of Missing Values in a Column: score | "
    "The share of missing values in the column score is 0.1. The test threshold is lte=0.05.",
    "resolved | The Share of Missing Values in a Column: age | "
    "The share of missing values in the column age is 0. The test threshold is lte=0.05.",
    "firing (warning) | Number of Rows | The number of rows is 40. The test threshold is gte=100.",
    "firing (error) | Mean Value Stability: age | "
    "The mean value of the column age is 52. The expected range is from 14.2 to 49.8",
    "firing (error) | Quantile Value: age, 0.5 | "
    "The 0.5 quantile value of the column age is 49.5. The test threshold is lte=40.",
    "resolved | Quantile Value: age, 0.9 | "
    "The 0.9 quantile value of the column age is 65.1. The test threshold is lte=90.",
    "firing (error) | Share of category: country, us | "
    "The share of category 'us' in the column country is 0.5 (20 out of 40). The test threshold is lt=0.1.",
    "firing (error) | Share of category: country, de | "
    "The share of category 'de' in the column country is 0.5 (20 out of 40). The test threshold is lt=0.1.",
    "resolved | Min Value: age | The minimum value of the column age is 40.0 The test threshold is gte=0.",
    "resolved | Column Types | The number of columns with a type mismatch is 0 out of 3.",
    "resolved | Drift per Column: not calculated | -",
    "resolved | Share of Drifted Columns: not calculated | -",
    "resolved | The Share of Missing Values in a Column: not calculated | -",
    "resolved | Number of Rows: not calculated | -",
    "resolved | Mean Value Stability: not calculated | -",
    "resolved | Quantile Value: not calculated | -",
    "resolved | Share of category: not calculated | -",
    "firing (error) | Min Value: not calculated | Test failed with exceptions: Column 'gone' not found in dataset.",
    "firing (error) | Max Value: not calculated | Test failed with exceptions: country should be numerical or bool",
    "resolved | Column Types: not calculated | -",
]


@pytest.mark.parametrize("version", ["0.4", "0.6"])
def test_the_tests_of_a_real_suite(version: str) -> None:
    found = real(f"test-suite-{version}")
    assert lines(found) == SUITE
    assert found.notices == ()
    made = datetime.fromisoformat(body_of(f"evidently/test-suite-{version}.json")["timestamp"]).replace(tzinfo=UTC)
    assert {each.starts for each in found.observations} == {made}
    assert dict(found.observations[7].labels) == {
        "column": "age",
        "group": "data_quality",
        "quantile": "0.5",
        "status": "FAIL",
        "test": "Quantile Value",
    }


def test_the_next_run_has_the_same_fingerprints() -> None:
    first, second = (real(f"test-suite-{version}").observations for version in ("0.4", "0.6"))
    assert [each.fingerprint for each in first] == [each.fingerprint for each in second]
    assert len({each.fingerprint for each in first}) == len(SUITE)


def test_the_drift_of_a_report_of_0_6_without_tests() -> None:
    found = real("drift-report-0.6")
    assert lines(found) == [
        "firing (warning) | DatasetDriftMetric | 2 of 3 columns drifted",
        "firing (warning) | DataDriftTable | 2 of 2 columns drifted",
        "firing (warning) | DataDriftTable: age | drift score 3.06e-11, method K-S p_value, threshold 0.05",
        "firing (warning) | DataDriftTable: country | drift score 0, method chi-square p_value, threshold 0.05",
        "resolved | ColumnDriftMetric: score | drift score 0.977, method K-S p_value, threshold 0.05",
    ]
    assert found.observations[2].labels == (("column", "age"), ("metric", "DataDriftTable"))


def test_drift_of_embeddings() -> None:
    result = {"embeddings_name": "small", "drift_score": 1, "drift_detected": True, "method_name": "mmd"}
    metrics = [{"metric": "EmbeddingsDriftMetric", "result": result}, {"metric_name": "RowCount()"}]
    (found,) = read(json.dumps({"metrics": metrics}), now=NOW).observations
    assert (found.name, found.summary) == ("EmbeddingsDriftMetric: small", "drift score 1, method mmd")
    assert dict(found.labels)["embeddings"] == "small"


def test_a_report_without_tests_is_refused() -> None:
    for text in (text_of("evidently/report-without-tests.json"), '{"metrics": []}', '{"tests": []}'):
        with pytest.raises(RegisterError) as error:
            read(text, now=NOW)
        assert str(error.value) == (
            "this report of Evidently has no tests: add tests to its metrics, or create it with include_tests=True"
        )


@pytest.mark.parametrize("make", [bound, older])
@pytest.mark.parametrize(
    ("status", "line"),
    [("SUCCESS", "resolved"), ("FAIL", "firing (error)"), ("ERROR", "firing (error)"), ("WARNING", "firing (warning)")],
)
def test_the_state_of_each_status(make: Any, status: str, line: str) -> None:
    assert lines(report(make(status)))[0].split(" | ")[0] == line


def test_a_skipped_test_says_nothing() -> None:
    assert report(bound("SKIPPED"), older("SKIPPED")) == SignalReport(())


def test_an_unknown_status_is_left_out_with_a_notice() -> None:
    found = report(bound("PONDERING"), bound())
    assert len(found.observations) == 1
    assert found.notices == ("test 1: the status 'PONDERING' is unknown, so it is left out",)


@pytest.mark.parametrize(
    "same",
    [
        bound("SUCCESS", description="Actual value 10"),
        bound(metric_config={"params": {"type": "evidently:metric_v2:MinValue", "column": "age", "threshold": 1}}),
        bound(metric_config={"params": {"type": "x.y:MinValue", "column": "age", "stat_method": "ks", "tests": [7]}}),
        bound(bound_test={"test": {"type": "evidently:test_v2:GreaterThanMetricTest", "threshold": 10}}),
        bound(bound_test=None, test_config={"type": "evidently:test_v2:GreaterThanMetricTest"}),
        bound(bound_test=None, test_config={}, id="GreaterThan"),
    ],
)
def test_values_thresholds_and_methods_do_not_identify_a_test(same: dict[str, Any]) -> None:
    assert fingerprint(same) == fingerprint(bound())


@pytest.mark.parametrize(
    "other",
    [
        bound(params={"type": "evidently:metric_v2:MaxValue", "column": "age"}),
        bound(params={"type": "evidently:metric_v2:MinValue", "column": "score"}),
        bound(params={"type": "evidently:metric_v2:MinValue", "column": "age", "quantile": 0.5}),
        bound(bound_test={"test": {"type": "evidently:test_v2:LessThanMetricTest"}}),
        bound(bound_test=bound()["bound_test"] | {"is_count": True}),
        bound(bound_test=bound()["bound_test"] | {"is_count": False}),
        bound(bound_test=bound()["bound_test"] | {"is_mean": True}),
        bound(bound_test=bound()["bound_test"] | {"label": "a"}),
        bound(bound_test=bound()["bound_test"] | {"label": 1}),
        bound(bound_test={"test": bound()["bound_test"]["test"] | {"label_filters": {"user": "a"}}}),
    ],
)
def test_metrics_columns_and_parameters_identify_a_test(other: dict[str, Any]) -> None:
    first, second = report(bound(), other).observations
    assert first.fingerprint == fingerprint(bound())
    assert second.fingerprint == fingerprint(other) != first.fingerprint


def test_models_and_data_sets_have_signals_that_are_not_the_same() -> None:
    found = {
        fingerprint(bound(), metadata=metadata)
        for metadata in (None, {"model_id": "a"}, {"model_id": "b"}, {"dataset_id": "a"}, {"commit": "1"})
    }
    assert len(found) == 4


def test_tests_that_differ_only_in_their_threshold_are_told_apart_by_it() -> None:
    def with_threshold(number: int) -> dict[str, Any]:
        return bound(bound_test={"test": {"type": "GreaterThanMetricTest", "threshold": number}})

    one, two, again = (each.fingerprint for each in report(*map(with_threshold, (1, 2, 1))).observations)
    assert len({one, two, again, fingerprint(with_threshold(1))}) == 4
    swapped = report(with_threshold(2), with_threshold(1)).observations
    assert [each.fingerprint for each in swapped] == [two, one]


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"parameters": {"column_name": "score"}}, {"column": "score"}),
        ({"parameters": {"label": 1}, "description": "-"}, {"label": "1"}),
        ({"description": "The precision score of the label **spam** is 0.7."}, {"label": "spam"}),
        ({"description": "The drift score for the embedding set **small** is 1."}, {"embeddings": "small"}),
        (
            {"description": "The 1e-05 quantile value of the column **a b** is 1."},
            {"column": "a b", "quantile": "1e-05"},
        ),
        ({"description": None}, {}),
    ],
)
def test_the_subject_of_a_test_of_a_suite(changes: dict[str, Any], subject: dict[str, str]) -> None:
    found = report(older(**changes)).observations[0]
    labels = dict(found.labels)
    assert {name: labels[name] for name in labels if name not in ("group", "status", "test")} == subject
    assert found.name == ": ".join(filter(None, ("Min Value", ", ".join(subject.values()))))


def test_a_test_that_is_calculated_again_resolves_what_was_not() -> None:
    broken = older("ERROR", description="Test failed with exceptions: Column 'gone' not found")
    also = older("ERROR", description="Test failed with exceptions: no rows")
    both = by_name(report(broken, also))["Min Value: not calculated"]
    assert both.summary == f"{broken['description']} and {also['description']}"
    assert both.state is SignalState.FIRING
    fixed = by_name(report(older()))["Min Value: not calculated"]
    assert (fixed.fingerprint, fixed.state, fixed.is_new) == (both.fingerprint, SignalState.RESOLVED, False)


def test_a_time_without_a_zone_is_utc() -> None:
    (found,) = report(bound(), timestamp="2026-12-01 10:00:00.5").observations
    assert found.starts == datetime(2026, 12, 1, 10, 0, 0, 500_000, tzinfo=UTC)
    assert report(bound()).observations[0].starts == NOW


def test_a_time_in_the_future_counts_as_now_with_a_notice() -> None:
    found = report(bound(), timestamp="2027-01-01 00:00:00")
    assert found.observations[0].starts == NOW
    assert found.notices == ("the report: the timestamp 2027-01-01 00:00 UTC is in the future and counts as now",)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"status": None}, "test 2 has no status"),
        ({"status": ["FAIL"]}, "test 2: the status is a list, not a string"),
        ({"metric_config": 7}, "test 2: `metric_config` is a number, not an object"),
        ({"metric_config": {"params": []}}, "test 2: `params` is a list, not an object"),
        ({"metric_config": {}}, "test 2 has no type of the metric"),
        ({"bound_test": "x"}, "test 2: `bound_test` is a string, not an object"),
        ({"bound_test": {"test": "x"}}, "test 2: `test_config` is a string, not an object"),
        ({"bound_test": None}, "test 2 has no type of the test"),
        ({"description": 7}, "test 2: the description is a number, not a string"),
    ],
)
def test_a_malformed_test_of_a_report_is_named(changes: dict[str, Any], what: str) -> None:
    assert refused(bound(), bound(**changes)) == f"{what}: {REMEDY}"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"name": None}, "test 2 has no name"),
        ({"name": {}}, "test 2: the name is an object, not a string"),
        ({"group": 7}, "test 2: the group is a number, not a string"),
        ({"parameters": "x"}, "test 2: `parameters` is a string, not an object"),
    ],
)
def test_a_malformed_test_of_a_suite_is_named(changes: dict[str, Any], what: str) -> None:
    assert refused(older(), older(**changes)) == f"{what}: {REMEDY}"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"tests": {}}, "the list of tests is an object"),
        ({"tests": [None]}, "test 1 is null, not an object"),
        ({"tests": [], "metrics": 7}, "the list of metrics is a number"),
        ({"metrics": [{"metric": 7}]}, "metric 1: the metric is a number, not a string"),
        ({"metrics": [{"metric": "m", "result": []}]}, "metric 1: `result` is a list, not an object"),
        ({"metric_results": []}, "the snapshot: `metric_results` is a list, not an object"),
        ({"metric_results": {"m": 7}}, "the snapshot: the metric 'm' is a number, not an object"),
        ({"metric_results": {"m": {"tests": 7}}}, "the list of tests is a number"),
        ({"tests": [bound()], "metadata": []}, "the report: `metadata` is a list, not an object"),
    ],
)
def test_a_malformed_file_is_refused(body: dict[str, Any], what: str) -> None:
    with pytest.raises(RegisterError) as error:
        read(json.dumps(body), now=NOW)
    assert str(error.value) == f"{what}: {REMEDY}"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[]", "this is not output of Evidently with results"),
        ("7", "this is not output of Evidently with results"),
        ('{"suite": {}}', "this is not output of Evidently with results"),
        ("<!DOCTYPE html>", "the input is a web page or XML, not JSON"),
        ('{"tests": [' * 9999, "the JSON is nested too deeply to read"),
    ],
)
def test_another_text_is_refused(text: str, what: str) -> None:
    with pytest.raises(RegisterError) as error:
        read(text, now=NOW)
    assert error.value.what == what
    assert error.value.remedy


def test_hostile_texts_are_kept_as_data() -> None:
    hostile = "\x1b[31m[@click=app.quit]\u202e" + "x" * 5000
    found = report(bound(description=hostile, params={"type": "m", "column": "a\0b"}), metadata={"team\0": "\ud800"})
    check(found)
    assert found.observations[0].name == "m: a\ufffdb"
    assert len(found.notices) == 5


@pytest.mark.parametrize("name", ["report", "test-suite-0.6", "drift-report-0.6", "snapshot"])
def test_every_value_may_be_wrong(name: str) -> None:
    body = body_of(f"evidently/{name}.json")
    for key in ("widgets", "tests_widgets", "summary"):
        body.pop(key, None)
    if name == "snapshot":
        body["metric_results"] = {key: {"tests": each["tests"]} for key, each in body["metric_results"].items()}
    else:
        body["tests"] = body.get("tests", [])[:2] + body.get("tests", [])[-4:-3]
        body["metrics"] = body.get("metrics", [])[1:2]
    outcomes = [outcome(read, each) for each in changed(body)]
    assert None in outcomes
    assert any(outcomes)


@given(
    body=ANY_JSON,
    one=st.dictionaries(st.sampled_from([*bound(), *older(), "parameters", "test_config"]), ANY_JSON),
    more=st.dictionaries(st.sampled_from(["metadata", "tags", "timestamp", "metrics"]), ANY_JSON),
)
def test_any_json_is_read_or_refused(body: Any, one: dict[str, Any], more: dict[str, Any]) -> None:
    outcome(read, body)
    outcome(read, {"tests": body} | more)
    outcome(read, {"metrics": [{"metric": "m", "result": body}]} | more)
    outcome(read, {"metric_results": {"m": {"tests": [bound() | one]}}} | more)
    outcome(read, {"tests": [bound() | one, older() | one]})


def test_ten_thousand_tests_are_read_in_seconds() -> None:
    tests = [bound(params={"type": "m", "column": f"c{number}", "tests": [7] * 9}) for number in range(10_000)]
    start = time.process_time()
    assert len(report(*tests).observations) == 10_000
    assert time.process_time() - start < 5
