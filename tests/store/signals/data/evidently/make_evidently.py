"""Makes the Evidently files of this directory: tests that pass, warn, fail and break, and drift, on forty rows.

    python3 -m venv NEW && NEW/bin/pip install evidently==0.7.23 pandas==2.2.3 numpy==2.2.6
    NEW/bin/python make_evidently.py               makes report.json, drift-report.json, report-without-tests.json,
                                                   empty-column.json (with NaN) and snapshot.json (`dumps`)
    python3 -m venv OLD && OLD/bin/pip install evidently==0.6.7 pandas==2.2.3 numpy==2.0.2
    OLD/bin/python make_evidently.py               makes test-suite-0.6.json and drift-report-0.6.json
    python3 -m venv OLDER && OLDER/bin/pip install evidently==0.4.40 pandas==2.2.3 numpy==1.26.4
    OLDER/bin/python make_evidently.py             makes test-suite-0.4.json

The files are what Evidently writes, unchanged, except for a newline at the end.
"""

from pathlib import Path

import evidently
import pandas as pd

HERE = Path(__file__).parent
VERSION = ".".join(evidently.__version__.split(".")[:2])
SCORES = [number / 40 for number in range(40)]
REFERENCE = pd.DataFrame(
    {"age": [20 + number % 30 for number in range(40)], "score": SCORES, "country": ["de", "fr"] * 20}
)
CURRENT = pd.DataFrame(
    {
        "age": [40 + number % 30 for number in range(40)],
        "score": [None] * 4 + SCORES[4:],
        "country": ["de", "us"] * 20,
    }
)


def write(name: str, text: str) -> None:
    (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def make_reports() -> None:
    """The reports with tests of version 0.7."""
    from evidently import DataDefinition, Dataset, MulticlassClassification, Report
    from evidently.metrics import (
        CategoryCount,
        MeanValue,
        MissingValueCount,
        PrecisionByLabel,
        QuantileValue,
        RowCount,
        UniqueValueCount,
    )
    from evidently.presets import DataDriftPreset
    from evidently.tests import Reference, eq, gt, gte, lt, lte

    def data(frame: pd.DataFrame) -> Dataset:
        labels = frame.assign(label=["a", "b"] * 20, answer=["a", "a"] * 20)
        task = MulticlassClassification(target="label", prediction_labels="answer")
        return Dataset.from_pandas(labels, DataDefinition(classification=[task]))

    metrics = [
        MissingValueCount(column="score", tests=[eq(0)], share_tests=[lte(0.2)]),
        MissingValueCount(column="age", tests=[eq(0)]),
        QuantileValue(column="age", quantile=0.5, tests=[gte(18), lte(40, is_critical=False)]),
        QuantileValue(column="age", quantile=0.9, tests=[gte(18), gte(30)]),
        CategoryCount(column="country", category="us", share_tests=[lt(0.1)]),
        MeanValue(column="age", tests=[lt(Reference(relative=0.1))]),
        UniqueValueCount(column="country", tests={"de": [gt(2)]}),
        PrecisionByLabel(tests={"a": [gt(0.9)], "z": [gt(0.9)]}),
        RowCount(tests=[gt(100)]),
    ]
    write("report", Report(metrics).run(data(CURRENT), data(REFERENCE)).json())
    write("report-without-tests", Report([RowCount(), MeanValue(column="age")]).run(data(CURRENT), None).json())
    names = {"model_id": "mdl-rec-7", "dataset_id": "orders", "metadata": {"team": "Ranking"}, "tags": ["daily", "eu"]}
    counts = Report([MissingValueCount(column="score", tests=[eq(0)]), RowCount(tests=[gte(40)])], **names)
    write("snapshot", counts.run(data(CURRENT), None, name="nightly").dumps())
    drift = Report([DataDriftPreset(columns=["age", "score"])], include_tests=True)
    write("drift-report", drift.run(data(CURRENT), data(REFERENCE)).json())
    empty = Dataset.from_pandas(
        pd.DataFrame({"score": [float("nan")] * 2}), DataDefinition(numerical_columns=["score"])
    )
    write("empty-column", Report([MeanValue(column="score", tests=[gt(0)])]).run(empty, None).json())


def make_suite() -> None:
    """The test suite of versions 0.4 to 0.6."""
    from evidently.test_suite import TestSuite
    from evidently.tests import (
        TestCategoryShare,
        TestColumnDrift,
        TestColumnQuantile,
        TestColumnShareOfMissingValues,
        TestColumnsType,
        TestColumnValueMax,
        TestColumnValueMin,
        TestMeanInNSigmas,
        TestNumberOfRows,
        TestShareOfDriftedColumns,
    )

    tests = [
        TestColumnDrift(column_name="age"),
        TestColumnDrift(column_name="score"),
        TestShareOfDriftedColumns(),
        TestColumnShareOfMissingValues(column_name="score", lte=0.05),
        TestColumnShareOfMissingValues(column_name="age", lte=0.05),
        TestNumberOfRows(gte=100, is_critical=False),
        TestMeanInNSigmas(column_name="age"),
        TestColumnQuantile(column_name="age", quantile=0.5, lte=40),
        TestColumnQuantile(column_name="age", quantile=0.9, lte=90),
        TestCategoryShare(column_name="country", category="us", lt=0.1),
        TestCategoryShare(column_name="country", category="de", lt=0.1),
        TestColumnValueMin(column_name="gone", gte=0),
        TestColumnValueMin(column_name="age", gte=0),
        TestColumnValueMax(column_name="country", lte=5),
        TestColumnsType(),
    ]
    suite = TestSuite(tests=tests, metadata={"model_id": "mdl-rec-7"}, tags=["daily"])
    suite.run(current_data=CURRENT, reference_data=REFERENCE)
    write(f"test-suite-{VERSION}", suite.json())


def make_drift_report() -> None:
    """The report of versions 0.4 to 0.6, whose metrics say what drifted."""
    from evidently.metrics import ColumnDriftMetric, ColumnSummaryMetric, DataDriftTable, DatasetDriftMetric
    from evidently.report import Report

    table = DataDriftTable(columns=["age", "country"])
    metrics = [DatasetDriftMetric(), table, ColumnDriftMetric(column_name="score"), ColumnSummaryMetric("age")]
    report = Report(metrics=metrics)
    report.run(current_data=CURRENT, reference_data=REFERENCE)
    write(f"drift-report-{VERSION}", report.json())


if VERSION >= "0.7":
    make_reports()
else:
    make_suite()
    if VERSION == "0.6":
        make_drift_report()
