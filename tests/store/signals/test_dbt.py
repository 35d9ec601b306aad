"""What dbt writes, as signals: real runs of 1.11 and 1.5, and files that are wrong."""

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
from store.formats.signals.dbt import read
from store.formats.signals.model import Observation, SignalReport
from tests.store.signals.readers import ANY_JSON, NOW, body_of, by_name, changed, check, lines, outcome, text_of

SCHEMA = "https://schemas.getdbt.com/dbt/{}/v{}.json"
MADE = "2026-12-01T10:00:00Z"


def real(name: str) -> SignalReport:
    report = read(text_of(f"dbt/{name}.json"), now=NOW)
    check(report)
    return report


def run(*results: dict[str, Any], schema: str = "run-results", version: int = 6, **changes: Any) -> SignalReport:
    metadata = {"dbt_schema_version": SCHEMA.format(schema, version), "generated_at": MADE}
    body = {"metadata": metadata, "results": list(results), "args": {"which": "build"}} | changes
    return read(json.dumps(body), now=NOW)


def result(**changes: Any) -> dict[str, Any]:
    return {"status": "fail", "unique_id": "test.shop.unique_id.0123456789", "message": "Got 1 result"} | changes


def refused(*results: dict[str, Any], **changes: Any) -> str:
    with pytest.raises(RegisterError) as error:
        run(*results, **changes)
    return str(error.value)


def test_the_tests_of_a_real_run() -> None:
    report = real("test")
    broken = (
        "Runtime Error in test not_null_scores_score (models/schema.yml) Catalog Error: Table with name scores does "
        'not exist! Did you mean "orders"? LINE 18: from "shop"."main"."scores"'
    )
    assert lines(report) == [
        "firing (error) | accepted_values_orders_status__placed__shipped__returned | "
        "Got 1 result, configured to fail if != 0",
        "firing (error) | no_negative_spend | Got 1 result, configured to fail if != 0",
        "firing (warning) | not_null_orders_customer_id | Got 1 result, configured to warn if != 0",
        "resolved | not_null_orders_order_id | -",
        f"firing (error) | not_null_scores_score | {broken}",
        "resolved | relationships_orders_customer_id__customer_id__ref_features_ | -",
        "firing (error) | spend_is_readable | Got 4 results, configured to fail if != 0",
        "firing (error) | unique_orders_order_id | Got 1 result, configured to fail if != 0",
        "firing (error) | features_count_orders | "
        "actual differs from expected: @@,customer_id,orders,spend → ,10 ,2→1 ,1.0",
    ]
    assert report.notices == ()


def test_a_test_that_failed_has_the_table_that_it_reads_and_the_time_of_the_run() -> None:
    made = datetime.fromisoformat(body_of("dbt/test.json")["metadata"]["generated_at"])
    assert real("test").observations[7] == Observation(
        source="dbt",
        fingerprint="test.shop.unique_orders_order_id.fed79b3a6e",
        name="unique_orders_order_id",
        state=SignalState.FIRING,
        severity="error",
        summary="Got 1 result, configured to fail if != 0",
        starts=made,
        ends=None,
        labels=(
            ("package", "shop"),
            ("resource_type", "test"),
            ("status", "fail"),
            ("table", "orders"),
            ("test", "unique_orders_order_id"),
            ("unique_id", "test.shop.unique_orders_order_id.fed79b3a6e"),
        ),
        link=None,
        knows_start=False,
    )


def test_a_test_that_passed_resolves_a_known_signal() -> None:
    passed = by_name(real("test"))["not_null_orders_order_id"]
    assert (passed.is_new, passed.ends, passed.severity) == (False, passed.starts, None)


def test_a_test_of_two_tables_has_no_label_of_a_table() -> None:
    labels = dict(by_name(real("test"))["relationships_orders_customer_id__customer_id__ref_features_"].labels)
    assert "table" not in labels


def test_a_unit_test_has_its_model() -> None:
    labels = dict(by_name(real("test"))["features_count_orders"].labels)
    assert (labels["model"], labels["test"]) == ("features", "features_count_orders")


def test_what_a_build_skipped_says_nothing() -> None:
    report = real("build")
    assert [line.rpartition(" | ")[0] for line in lines(report)] == [
        "resolved | events_fresh",
        "resolved | events_late",
        "resolved | orders",
        "firing (error) | accepted_values_orders_status__placed__shipped__returned",
        "firing (warning) | not_null_orders_customer_id",
        "resolved | not_null_orders_order_id",
        "firing (error) | unique_orders_order_id",
    ]
    assert report.notices == ()
    assert dict(report.observations[0].labels) == {
        "model": "events_fresh",
        "package": "shop",
        "relation": '"shop"."main"."events_fresh"',
        "resource_type": "model",
        "status": "success",
        "unique_id": "model.shop.events_fresh",
    }


def test_the_next_run_has_the_same_fingerprints() -> None:
    older = {each.fingerprint for each in real("test-1.5").observations}
    newer = {each.fingerprint for each in real("test").observations}
    assert older < newer
    assert newer - older == {"unit_test.shop.features.features_count_orders"}
    assert {each.fingerprint for each in real("build").observations} & newer


def test_version_1_5_says_the_same_of_the_same_data() -> None:
    older, newer = lines(real("test-1.5")), lines(real("test"))
    assert [line for line in older if "not_null_scores" not in line] == [
        line for line in newer if "not_null_scores" not in line and "features_count" not in line
    ]


def test_source_freshness() -> None:
    report = real("sources-1.5")
    fresh = report.observations[0].summary
    assert fresh is not None
    assert fresh.startswith("last loaded at 2026-12-03 ")
    assert lines(report) == [
        f"resolved | freshness: raw.events_fresh | {fresh}",
        "firing (error) | freshness: raw.events_gone | Runtime Error in source events_gone (models/schema.yml) "
        'Catalog Error: Table with name events_gone does not exist! Did you mean "events_late"? '
        'LINE 5: from "shop"."main"."events_gone"',
        "firing (error) | freshness: raw.events_late | last loaded at 2026-01-05 08:00 UTC; error after 30 days",
        "firing (warning) | freshness: raw.events_soon | last loaded at 2026-01-05 08:00 UTC; warn after 1 day",
    ]
    assert dict(report.observations[2].labels) == {
        "package": "shop",
        "resource_type": "source",
        "source": "raw",
        "status": "error",
        "table": "events_late",
        "unique_id": "source.shop.raw.events_late",
    }
    assert [line.split(" | ")[:2] for line in lines(real("sources"))] == [
        ["resolved", "freshness: raw.events_fresh"],
        ["firing (error)", "freshness: raw.events_late"],
        ["firing (warning)", "freshness: raw.events_soon"],
    ]


def test_results_of_a_compilation_are_refused() -> None:
    with pytest.raises(RegisterError) as error:
        read(text_of("dbt/compile.json"), now=NOW)
    assert str(error.value) == (
        "this is the run_results.json of `dbt compile`, which tests nothing: "
        "send target/run_results.json after `dbt test` or `dbt build`, or target/sources.json"
    )
    assert "`dbt docs generate`" in refused(args={"which": "generate"})


@pytest.mark.parametrize("schema", ["manifest", "catalog"])
def test_other_files_of_dbt_are_refused(schema: str) -> None:
    assert refused(schema=schema, version=12) == (
        f"this is dbt's {schema}.json, which has no results: "
        "send target/run_results.json after `dbt test` or `dbt build`, or target/sources.json"
    )


@pytest.mark.parametrize("version", [1, 4, 5, 6, 7])
def test_each_version_of_the_schema_is_read(version: int) -> None:
    assert len(run(result(), version=version).observations) == 1


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ("fail", "firing (error)"),
        ("error", "firing (error)"),
        ("runtime error", "firing (error)"),
        ("partial success", "firing (error)"),
        ("warn", "firing (warning)"),
        ("pass", "resolved"),
        ("success", "resolved"),
    ],
)
def test_the_state_of_each_status(status: str, line: str) -> None:
    assert lines(run(result(status=status))) == [f"{line} | unique_id | Got 1 result"]


@pytest.mark.parametrize("status", ["skipped", "no-op", "reused"])
def test_what_did_not_run_says_nothing(status: str) -> None:
    assert run(result(status=status)) == SignalReport(())


def test_an_unknown_status_is_left_out_with_a_notice() -> None:
    report = run(result(status="pondering"), result())
    assert len(report.observations) == 1
    assert report.notices == (
        "result 1: the status 'pondering' of 'test.shop.unique_id.0123456789' is unknown, so it is left out",
    )


@pytest.mark.parametrize(
    ("unique_id", "name", "labels"),
    [
        ("test.shop.unique_id", "unique_id", {"test": "unique_id"}),
        ("test.shop.0123456789", "0123456789", {"test": "0123456789"}),
        ("model.shop.scores.v2", "scores.v2", {"model": "scores.v2"}),
        ("snapshot.shop.history", "history", {"snapshot": "history"}),
        ("source.shop.raw", "raw", {"source": "raw"}),
        ("odd", "odd", {"odd": "odd"}),
        (".", ".", {}),
    ],
)
def test_names_of_nodes(unique_id: str, name: str, labels: dict[str, str]) -> None:
    (found,) = run(result(unique_id=unique_id)).observations
    assert found.name == name
    assert labels.items() <= dict(found.labels).items()


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ('select * from "shop"."main"."orders" where id is null', "orders"),
        ("select * from `shop-ml`.`main`.`orders`\njoin `shop-ml`.`main`.`orders` as o using (id)", "orders"),
        ("select * FROM main.orders", "orders"),
        ('with a as (select 1) select * from a join "shop"."main"."orders" using (id)', "orders"),
        ('select * from "shop"."main"."orders" join "shop"."main"."users" using (id)', None),
        ("select * from orders", None),
        ("select extract(day from now())", None),
        (7, None),
        ("from " * 1000, None),
    ],
)
def test_the_table_that_a_test_reads(sql: object, table: str | None) -> None:
    (found,) = run(result(compiled_code=sql)).observations
    assert dict(found.labels).get("table") == table


def test_a_model_has_no_label_of_a_table_that_it_reads() -> None:
    sql = 'select * from "shop"."main"."orders"'
    (found,) = run(result(unique_id="model.shop.features", compiled_code=sql)).observations
    assert "table" not in dict(found.labels)


def test_the_target_is_a_label_if_dbt_wrote_it_down() -> None:
    (found,) = run(result(), args={"which": "test", "target": "prod"}).observations
    assert dict(found.labels)["target"] == "prod"


@pytest.mark.parametrize(
    ("changes", "summary"),
    [
        ({"max_loaded_at": "2026-11-30T09:30:00+02:00"}, "last loaded at 2026-11-30 07:30 UTC"),
        (
            {"max_loaded_at": MADE, "criteria": {"fail_after": {"count": 2, "period": "hour"}}},
            "last loaded at 2026-12-01 10:00 UTC; fail after 2 hours",
        ),
        ({"max_loaded_at": MADE, "criteria": {"fail_after": {"count": None}}}, "last loaded at 2026-12-01 10:00 UTC"),
        ({"error": 7}, "7"),
        ({"message": " \x1b[31mGot\x1b[0m\n  1 result \n ^^^^ \n"}, "Got 1 result"),
        ({}, None),
    ],
)
def test_summaries(changes: dict[str, Any], summary: str | None) -> None:
    plain = {"status": "fail", "unique_id": "source.shop.raw.orders"}
    assert run(plain | changes, schema="sources", version=3).observations[0].summary == summary


def test_a_run_without_a_time_counts_as_now() -> None:
    report = run(result(), metadata={"dbt_schema_version": SCHEMA.format("run-results", 6)})
    assert report.observations[0].starts == NOW


def test_a_run_in_the_future_counts_as_now_with_a_notice() -> None:
    metadata = {"dbt_schema_version": SCHEMA.format("run-results", 6), "generated_at": "2027-01-01T00:00:00Z"}
    report = run(result(), metadata=metadata)
    assert report.observations[0].starts == NOW
    assert report.notices == ("the file: its time 2027-01-01 00:00 UTC is in the future and counts as now",)


def test_two_results_of_a_node_count_both() -> None:
    report = run(result(), result(status="pass"))
    assert len(report.observations) == 2
    (notice,) = report.notices
    assert notice.startswith("result 2: the fingerprint 'test.shop.unique_id.0123456789' is also that of result 1;")


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"status": None}, "result 2 has no status"),
        ({"status": 7}, "result 2: the status is a number, not a string"),
        ({"unique_id": ""}, "result 2 has no unique_id"),
        ({"unique_id": ["test"]}, "result 2: the unique_id is a list, not a string"),
        ({"unique_id": "test." + "x" * 4000}, "result 2 has a unique_id of 4,005 characters, more than 4,000"),
        ({"message": {}}, "result 2: the message is an object, not a string"),
        ({"message": None, "max_loaded_at": "soon"}, "result 2: the time of loading 'soon' is not a time"),
        ({"message": None, "max_loaded_at": MADE, "criteria": []}, "result 2: `criteria` is a list, not an object"),
    ],
)
def test_a_malformed_result_is_named(changes: dict[str, Any], what: str) -> None:
    assert refused(result(), result(**changes)).startswith(what)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"results": None}, "the list of results is null"),
        ({"results": {}}, "the list of results is an object"),
        ({"results": [result(), None]}, "result 2 is null, not an object"),
        ({"args": []}, "the file: `args` is a list, not an object"),
    ],
)
def test_a_malformed_file_is_refused(changes: dict[str, Any], what: str) -> None:
    assert refused(**changes) == f"{what}: send the file as dbt wrote it"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[]", "this is not output of dbt with results"),
        ("{}", "this is not output of dbt with results"),
        ('{"metadata": {"dbt_schema_version": 6}}', "this is not output of dbt with results"),
        ("<html>", "the input is a web page or XML, not JSON"),
        ("", "the input is empty"),
        ('{"results": [', "line 1 is not JSON"),
    ],
)
def test_another_text_is_refused(text: str, what: str) -> None:
    with pytest.raises(RegisterError, match=what):
        read(text, now=NOW)


@pytest.mark.parametrize("name", ["test", "sources-1.5"])
def test_every_value_may_be_wrong(name: str) -> None:
    body = body_of(f"dbt/{name}.json")
    body["results"] = body["results"][-2:]
    body.get("args", {}).clear()
    outcomes = [outcome(read, each) for each in changed(body)]
    assert None in outcomes
    assert any(outcomes)


@given(results=ANY_JSON, one=st.dictionaries(st.sampled_from(["status", "unique_id", "message", "error"]), ANY_JSON))
def test_any_json_is_read_or_refused(results: Any, one: dict[str, Any]) -> None:
    outcome(read, results)
    metadata = {"dbt_schema_version": SCHEMA.format("run-results", 6)}
    outcome(read, {"metadata": metadata, "results": results})
    outcome(read, {"metadata": metadata, "results": [result() | one]})


def test_ten_thousand_results_are_read_in_a_second() -> None:
    sql = 'select * from "shop"."main"."orders"' + " where id is null" * 50
    results = [result(unique_id=f"test.shop.unique_{number}", compiled_code=sql) for number in range(10_000)]
    start = time.process_time()
    assert len(run(*results).observations) == 10_000
    assert time.process_time() - start < 5
