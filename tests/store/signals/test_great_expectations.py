"""What Great Expectations writes, as signals: real results of 1.24 and 0.18, and files that are wrong."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.enums import SignalState
from store.errors import RegisterError
from store.formats.signals.great_expectations import read
from store.formats.signals.model import Observation, SignalReport
from tests.store.signals.readers import ANY_JSON, NOW, body_of, changed, check, lines, outcome, text_of

REMEDY = "send the JSON as Great Expectations wrote it"
EXPECTED = "send a validation result, or what `describe()` of a checkpoint's result returns"


def real(name: str) -> SignalReport:
    report = read(text_of(f"great_expectations/{name}.json"), now=NOW)
    check(report)
    return report


def result(*, success: Any = False, **config: Any) -> dict[str, Any]:
    """The result of an expectation, with some parts of its configuration changed."""
    expectation = {"type": "expect_column_mean_to_be_between", "kwargs": {"column": "amount", "max_value": 9}} | config
    return {"success": success, "expectation_config": expectation, "result": {"observed_value": 12}}


def validation(*results: Any, identifiers: Any = None, **changes: Any) -> dict[str, Any]:
    batch = {"datasource_name": "warehouse", "data_asset_name": "orders", "batch_identifiers": identifiers or {}}
    meta = {"active_batch_definition": batch, "run_id": {"run_time": "2026-12-01T10:00:00+00:00"}}
    return {"success": False, "suite_name": "nightly", "meta": meta, "results": list(results)} | changes


def validated(*results: Any, **changes: Any) -> SignalReport:
    return read(json.dumps(validation(*results, **changes)), now=NOW)


def refused(body: Any) -> str:
    with pytest.raises(RegisterError) as error:
        read(json.dumps(body), now=NOW)
    return str(error.value)


def fingerprint(*results: Any, **changes: Any) -> str:
    return validated(*results, **changes).observations[0].fingerprint


JANUARY = [
    'firing (critical) | expect_column_mean_to_be_between: orders.score | Error: The column "score" in BatchData does '
    "not exist.",
    "firing (critical) | expect_column_values_to_be_unique: orders.order_id | 2 of 4 values unexpected",
    "resolved (critical) | expect_column_values_to_not_be_null: orders.order_id | "
    "Every order has an id: 0 of 4 values unexpected",
    "firing (warning) | expect_column_values_to_not_be_null: orders.customer_id | "
    "1 of 4 values unexpected; mostly 0.95",
    "firing (info) | expect_column_values_to_be_in_set: orders.status | 1 of 4 values unexpected",
    "resolved (critical) | expect_column_mean_to_be_between: orders.amount | "
    "observed 28.625; min_value 0.0, max_value 50.0",
    "firing (warning) | expect_column_mean_to_be_between: orders.amount | "
    "observed 28.625; min_value 10.0, max_value 20.0",
    "resolved (critical) | expect_column_values_to_be_between: orders.amount | 0 of 1 value unexpected; min_value 0.0",
    "firing (critical) | expect_table_row_count_to_be_between: orders | "
    "A month has a hundred orders: observed 4; min_value 100",
    "firing (critical) | expect_column_pair_values_a_to_be_greater_than_b: orders.amount,order_id | "
    "1 of 4 values unexpected",
    "resolved (critical) | expect_compound_columns_to_be_unique: orders.order_id,status | 0 of 4 values unexpected",
]


def test_the_results_of_a_real_validation() -> None:
    report = real("validation-2026-01")
    assert lines(report) == JANUARY
    assert report.notices == ()
    made = datetime.fromisoformat(body_of("great_expectations/validation-2026-01.json")["meta"]["run_id"]["run_time"])
    failed = report.observations[1]
    assert failed == Observation(
        source="great-expectations",
        fingerprint=failed.fingerprint,
        name="expect_column_values_to_be_unique: orders.order_id",
        state=SignalState.FIRING,
        severity="critical",
        summary="2 of 4 values unexpected",
        starts=made,
        ends=None,
        labels=(
            ("asset", "orders"),
            ("batch", "warehouse-orders-year_2026-month_01"),
            ("column", "order_id"),
            ("datasource", "warehouse"),
            ("debt_item", "EN-001"),
            ("expectation", "expect_column_values_to_be_unique"),
            ("suite", "orders_suite"),
            ("team", "Orders"),
        ),
        link=None,
        knows_start=False,
    )


def test_the_next_month_has_the_same_signals() -> None:
    january, february = (real(f"validation-2026-{month}").observations for month in ("01", "02"))
    assert [each.fingerprint for each in january] == [each.fingerprint for each in february]
    assert len({each.fingerprint for each in january}) == len(JANUARY)
    assert [each.name for each in february if each.state is SignalState.FIRING] == [
        "expect_column_mean_to_be_between: orders.score",
        "expect_table_row_count_to_be_between: orders",
    ]


def test_an_exception_is_a_label() -> None:
    labels = [dict(each.labels).get("raised_exception") for each in real("validation-2026-01").observations]
    assert labels == ["true", *[None] * 10]


def test_the_description_of_a_checkpoint_has_no_asset_and_no_severity() -> None:
    report = real("checkpoint")
    shown = [line.replace("orders.", "").replace(" (critical)", "") for line in JANUARY]
    same = [line for line in lines(report) if line.replace(" (error)", "") in shown]
    assert len(report.observations) == 11
    assert [line.split(" | ")[1] for line in same] == [
        "expect_column_values_to_be_unique: order_id",
        "expect_column_mean_to_be_between: amount",
        "expect_column_values_to_be_between: amount",
        "expect_column_pair_values_a_to_be_greater_than_b: amount,order_id",
        "expect_compound_columns_to_be_unique: order_id,status",
    ]
    assert {each.starts for each in report.observations} == {NOW}
    assert {each.severity for each in report.observations} == {None, "error"}


def test_the_description_of_the_next_month_has_the_same_signals() -> None:
    later = text_of("great_expectations/checkpoint.json").replace("month_01", "month_02")
    found = read(later, now=NOW).observations
    assert [each.fingerprint for each in found] == [each.fingerprint for each in real("checkpoint").observations]
    other = later.replace("warehouse-orders", "warehouse-users")
    assert found[0].fingerprint not in {each.fingerprint for each in read(other, now=NOW).observations}


def test_a_value_may_be_infinite() -> None:
    assert "Infinity" in text_of("great_expectations/infinite.json")
    assert lines(real("infinite")) == [
        "firing (critical) | expect_column_mean_to_be_between: amounts.amount | min_value 0.0, max_value 50.0"
    ]


def test_a_checkpoint_of_0_18() -> None:
    report = real("checkpoint-0.18")
    assert lines(report) == [
        'firing (error) | expect_column_mean_to_be_between: orders.score | Error: The column "score" in BatchData '
        "does not exist.",
        "firing (error) | expect_column_values_to_be_unique: orders.order_id | 2 of 4 values unexpected",
        "resolved | expect_column_values_to_not_be_null: orders.customer_id | 1 of 4 values unexpected; mostly 0.5",
        "firing (error) | expect_table_row_count_to_be_between: orders | observed 4; min_value 100",
    ]
    labels = dict(report.observations[1].labels)
    assert (labels["suite"], labels["checkpoint"], labels["asset"]) == ("orders_suite", "orders", "orders")
    assert report.observations[0].starts < NOW


def test_several_validations_in_a_list() -> None:
    bodies = [validation(result()), validation(result(kwargs=[]), suite_name="weekly")]
    assert refused(bodies) == f"result 1 of validation 2: `kwargs` is a list, not an object: {REMEDY}"
    bodies[1] = validation(result(), suite_name="weekly")
    report = read(json.dumps(bodies), now=NOW)
    assert [dict(each.labels)["suite"] for each in report.observations] == ["nightly", "weekly"]
    assert len({each.fingerprint for each in report.observations}) == 2


def test_what_is_expected_does_not_identify_an_expectation() -> None:
    same = result(success=True, kwargs={"column": "amount", "min_value": 1, "mostly": 0.5, "batch_id": "x"}, id="7")
    assert fingerprint(same) == fingerprint(result())


@pytest.mark.parametrize(
    "other",
    [
        validation(result(), suite_name="weekly"),
        validation(result(), identifiers={"region": "eu"}),
        validation(result(), identifiers={"path": "eu.csv"}),
        validation(result(), meta={"active_batch_definition": {"data_asset_name": "users"}}),
        validation(result(type="expect_column_max_to_be_between")),
        validation(result(kwargs={"column": "score"})),
        validation(result(kwargs={"column": "amount", "row_condition": 'status=="lost"'})),
        validation(result(kwargs={"column": "amount", "regex": "a+"})),
    ],
)
def test_suites_assets_batches_columns_and_conditions_identify_an_expectation(other: dict[str, Any]) -> None:
    (found,) = read(json.dumps(other), now=NOW).observations
    assert found.fingerprint != fingerprint(result())


@pytest.mark.parametrize(
    ("one", "next_one"),
    [
        ({"year": "2026", "month": "01"}, {"year": "2026", "month": "02"}),
        ({"path": "eu/orders_2026-01.csv"}, {"path": "eu/orders_2026-02.csv"}),
        ({"path": "orders20260101.csv"}, {"path": "orders20260131.csv"}),
        ({"order_date": "2026-01-01", "region": "eu"}, {"order_date": "2026-01-02", "region": "eu"}),
        ({"airflow_run_id": 1}, {"airflow_run_id": 2}),
        ({}, {"day": 2}),
    ],
)
def test_the_time_of_a_batch_does_not_identify_an_expectation(one: dict[str, Any], next_one: dict[str, Any]) -> None:
    assert fingerprint(result(), identifiers=one) == fingerprint(result(), identifiers=next_one)


def test_expectations_that_differ_only_in_what_they_expect_are_told_apart_by_it() -> None:
    def with_limit(number: int) -> dict[str, Any]:
        return result(kwargs={"column": "amount", "max_value": number})

    one, two, again = (each.fingerprint for each in validated(*map(with_limit, (1, 2, 1))).observations)
    assert len({one, two, again, fingerprint(result())}) == 4
    assert [each.fingerprint for each in validated(with_limit(2), with_limit(1)).observations] == [two, one]


def test_an_expectation_that_was_not_evaluated_says_nothing() -> None:
    assert validated(result(success=None)) == SignalReport(())


def test_the_result_url_is_the_link() -> None:
    url = "https://gx.example/results/7"
    assert validated(result(), result_url=url).observations[0].link == url
    report = validated(result(), result_url="file:///results/7")
    assert report.observations[0].link is None
    assert report.notices == ("the validation result: the result URL is not an http or https URL and is left out",)


@pytest.mark.parametrize(
    ("info", "summary"),
    [
        ({"raised_exception": True, "exception_message": "no\n  such table"}, "no such table"),
        ({"raised_exception": True, "exception_message": None}, "an exception without a message"),
        ({"('mean', 1)": {"raised_exception": True, "exception_message": "no"}}, "no"),
        ({"raised_exception": False}, "observed 12; max_value 9"),
        ({"mean": 7}, "observed 12; max_value 9"),
        (None, "observed 12; max_value 9"),
    ],
)
def test_exceptions(info: Any, summary: str) -> None:
    assert validated(result() | {"exception_info": info}).observations[0].summary == summary


@pytest.mark.parametrize(
    ("changes", "summary"),
    [
        ({"result": {"observed_value": ["ana@example.com"]}}, "max_value 9"),
        ({"result": {"unexpected_count": 1, "element_count": "4"}}, "max_value 9"),
        ({"result": None}, "max_value 9"),
        ({"result": {}, "expectation_config": result(kwargs={})["expectation_config"]}, None),
        (
            {
                "result": {},
                "expectation_config": result(kwargs={}, description="Prices are low.")["expectation_config"],
            },
            "Prices are low",
        ),
    ],
)
def test_summaries_have_no_values_of_the_data(changes: dict[str, Any], summary: str | None) -> None:
    assert validated(result() | changes).observations[0].summary == summary


def test_a_run_without_a_time_counts_as_now() -> None:
    for meta in (None, {"run_id": "nightly"}, {"run_id": {"run_time": None}}):
        assert validated(result(), meta=meta).observations[0].starts == NOW


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"success": "yes"}, "result 2 does not say whether it is a success"),
        ({"expectation_config": None}, "result 2 has no type of expectation"),
        ({"expectation_config": 7}, "result 2: `expectation_config` is a number, not an object"),
        (result(type=7), "result 2: the type of expectation is a number, not a string"),
        (result(kwargs="x"), "result 2: `kwargs` is a string, not an object"),
        (result(meta="x"), "result 2: `meta` is a string, not an object"),
        (result(severity=1), "result 2: the severity is a number, not a string"),
        (result(description=[]), "result 2: the description is a list, not a string"),
        ({"result": 7}, "result 2: `result` is a number, not an object"),
        ({"exception_info": "x"}, "result 2: `exception_info` is a string, not an object"),
    ],
)
def test_a_malformed_result_is_named(changes: dict[str, Any], what: str) -> None:
    assert refused(validation(result(), result() | changes)) == f"{what}: {REMEDY}"


def test_a_result_without_success_is_refused() -> None:
    config = result()["expectation_config"]
    assert refused(validation({"expectation_config": config})).startswith(
        "result 1 does not say whether it is a success"
    )


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (validation(None), "result 1 is null, not an object"),
        (validation(results={}), "the list of results is an object"),
        (validation(meta=[]), "the validation result: `meta` is a list, not an object"),
        (
            validation(meta={"active_batch_definition": 7}),
            "the validation result: `active_batch_definition` is a number, not an object",
        ),
        (validation(result_url=7), "the validation result: the result URL is a number, not a string"),
        ({"run_results": []}, "the file: `run_results` is a list, not an object"),
        ({"run_results": {"a": 7}}, "validation 1 is a number, not an object"),
        ({"run_results": {"a": {"validation_result": 7}}}, "validation 1 is a number, not an object"),
        ({"validation_results": {}}, "the list of validations is an object"),
        ([validation(), 7], "validation 2 is a number, not an object"),
    ],
)
def test_a_malformed_file_is_refused(body: Any, what: str) -> None:
    assert refused(body) == f"{what}: {REMEDY}"


def test_a_time_without_a_zone_is_refused() -> None:
    body = validation(result(), meta={"run_id": {"run_time": "2026-12-01T10:00:00"}})
    assert refused(body).startswith("the validation result: the time of the run '2026-12-01T10:00:00' has no time zone")


def test_a_suite_is_refused() -> None:
    with pytest.raises(RegisterError) as error:
        read(text_of("great_expectations/suite.json"), now=NOW)
    what = "this is an expectation suite of Great Expectations, which has no results"
    assert str(error.value) == f"{what}: {EXPECTED}"


def test_the_configuration_of_a_checkpoint_is_refused() -> None:
    what = "this is the configuration of a Great Expectations checkpoint, which has no results"
    assert refused({"name": "orders", "validation_definitions": []}) == f"{what}: {EXPECTED}"


@pytest.mark.parametrize("body", [[], {}, 7, [7]])
def test_another_file_is_refused(body: Any) -> None:
    assert refused(body) == f"this is not output of Great Expectations with results: {EXPECTED}"


@pytest.mark.parametrize("name", ["validation-2026-01", "checkpoint-0.18", "checkpoint"])
def test_every_value_may_be_wrong(name: str) -> None:
    text = text_of(f"great_expectations/{name}.json")
    body = json.loads(text)
    for part in (body, *body.get("run_results", {}).values(), *body.get("validation_results", [])):
        inner = part.get("validation_result", part)
        for key in ("results", "expectations"):
            if key in inner:
                inner[key] = inner[key][:2]
    body.pop("checkpoint_config", None)
    outcomes = [outcome(read, each) for each in changed(body)]
    assert None in outcomes
    assert any(outcomes)


@given(
    body=ANY_JSON,
    one=st.dictionaries(st.sampled_from(["success", "result", "exception_info"]), ANY_JSON),
    config=st.dictionaries(st.sampled_from(["type", "kwargs", "meta", "severity", "description"]), ANY_JSON),
    meta=st.dictionaries(st.sampled_from(["run_id", "active_batch_definition", "checkpoint_name"]), ANY_JSON),
)
def test_any_json_is_read_or_refused(body: Any, one: Any, config: Any, meta: Any) -> None:
    outcome(read, body)
    outcome(read, {"validation_results": body})
    outcome(read, {"run_results": {"a": body}})
    outcome(read, validation(body))
    outcome(read, validation(result() | one, result(**config), meta=meta))


def test_ten_thousand_results_are_read_in_seconds() -> None:
    results = [result(kwargs={"column": f"c{number}", "max_value": 9}) for number in range(10_000)]
    start = time.process_time()
    assert len(validated(*results).observations) == 10_000
    assert time.process_time() - start < 5
