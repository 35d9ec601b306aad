"""Makes the Great Expectations files of this directory: checks that pass, fail and raise, on two months of orders.

    python3 -m venv /srv/example/venv && /srv/example/venv/bin/pip install great_expectations==1.24.1
    /srv/example/venv/bin/python make_great_expectations.py
        makes validation-2026-01.json and validation-2026-02.json (what the validation store keeps), checkpoint.json
        (`CheckpointResult.describe()`), infinite.json (str() of a result with an infinite value) and suite.json
    python3 -m venv /srv/example/venv && /srv/example/venv/bin/pip install great_expectations==0.18.22
    /srv/example/venv/bin/python make_great_expectations.py
        makes checkpoint-0.18.json (`CheckpointResult.to_json_dict()`)

The files are what Great Expectations writes, unchanged, except for a newline at the end. The data and the environment
are in /srv/example, because the results have their paths.
"""

import json
import shutil
import tempfile
from pathlib import Path

import great_expectations as gx
import pandas as pd

HERE = Path(__file__).parent
PROJECT = Path("/srv/example/orders")
HEADER = "order_id,customer_id,status,amount"
MONTHS = {
    "2026-01": ("1,10,placed,12.5", "2,11,shipped,99.0", "3,,lost,7.0", "3,12,placed,-4.0"),
    "2026-02": ("4,10,placed,20.0", "5,11,shipped,31.0", "6,13,placed,17.0", "7,14,placed,8.0"),
}


def write(name: str, text: str) -> None:
    (HERE / f"{name}.json").write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def make_current() -> None:
    """The results of version 1."""
    import great_expectations.expectations as gxe

    context = gx.get_context(mode="file", project_root_dir=PROJECT)
    asset = context.data_sources.add_pandas_filesystem("warehouse", base_directory=PROJECT / "data").add_csv_asset(
        "orders"
    )
    monthly = asset.add_batch_definition_monthly("monthly", regex=r"orders_(?P<year>\d{4})-(?P<month>\d{2})\.csv")
    expectations = [
        gxe.ExpectColumnValuesToBeUnique(column="order_id", meta={"debt_item": "EN-001", "team": "Orders"}),
        gxe.ExpectColumnValuesToNotBeNull(column="customer_id", mostly=0.95, severity="warning"),
        gxe.ExpectColumnValuesToNotBeNull(column="order_id", description="Every order has an id."),
        gxe.ExpectColumnValuesToBeInSet(column="status", value_set=["placed", "shipped", "returned"], severity="info"),
        gxe.ExpectColumnMeanToBeBetween(column="amount", min_value=0, max_value=50),
        gxe.ExpectColumnMeanToBeBetween(column="amount", min_value=10, max_value=20, severity="warning"),
        gxe.ExpectColumnMeanToBeBetween(column="score", min_value=0, max_value=1),
        gxe.ExpectTableRowCountToBeBetween(min_value=100, description="A month has a hundred orders."),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="amount", column_B="order_id"),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=["order_id", "status"]),
        gxe.ExpectColumnValuesToBeBetween(
            column="amount", min_value=0, row_condition='status=="lost"', condition_parser="pandas"
        ),
    ]
    suite = context.suites.add(gx.ExpectationSuite("orders_suite", expectations=expectations))
    definition = gx.ValidationDefinition(name="orders_monthly", data=monthly, suite=suite)
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(name="orders", validation_definitions=[context.validation_definitions.add(definition)])
    )
    for month in MONTHS:
        year, number = month.split("-")
        result = checkpoint.run(batch_parameters={"year": year, "month": number})
        (stored,) = (PROJECT / "gx" / "uncommitted" / "validations").rglob(f"*month_{number}*.json")
        write(f"validation-{month}", stored.read_text(encoding="utf-8"))
        if month == "2026-01":
            write("checkpoint", result.describe())
    write("suite", (PROJECT / "gx" / "expectations" / "orders_suite.json").read_text(encoding="utf-8"))
    frame = pd.DataFrame({"amount": [1.0, float("inf")]})
    whole = (
        context.data_sources.add_pandas("memory")
        .add_dataframe_asset("amounts")
        .add_batch_definition_whole_dataframe("all")
    )
    batch = whole.get_batch(batch_parameters={"dataframe": frame})
    mean = gxe.ExpectColumnMeanToBeBetween(column="amount", min_value=0, max_value=50)
    write("infinite", str(batch.validate(gx.ExpectationSuite("amounts_suite", expectations=[mean]))))


def make_older() -> None:
    """The result of version 0.18."""
    context = gx.get_context(mode="ephemeral")
    asset = context.sources.add_pandas("warehouse").add_csv_asset("orders", PROJECT / "data" / "orders_2026-01.csv")
    suite = context.add_expectation_suite("orders_suite")
    batches = asset.build_batch_request()
    validator = context.get_validator(batch_request=batches, expectation_suite=suite)
    validator.expect_column_values_to_be_unique("order_id")
    validator.expect_column_values_to_not_be_null("customer_id", mostly=0.5)
    validator.expect_table_row_count_to_be_between(min_value=100)
    validator.expect_column_mean_to_be_between("score", 0, 1, catch_exceptions=True)
    validator.save_expectation_suite(discard_failed_expectations=False)
    validations = [{"batch_request": batches, "expectation_suite_name": "orders_suite"}]
    checkpoint = context.add_or_update_checkpoint(name="orders", validations=validations)
    write("checkpoint-0.18", json.dumps(checkpoint.run().to_json_dict()))


tempfile.tempdir = str(PROJECT.parent)
shutil.rmtree(PROJECT, ignore_errors=True)
(PROJECT / "data").mkdir(parents=True)
for month, rows in MONTHS.items():
    (PROJECT / "data" / f"orders_{month}.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
make_older() if gx.__version__.startswith("0.") else make_current()
