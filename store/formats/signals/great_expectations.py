"""The validation results of Great Expectations as signals, of version 1 and of 0.18."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.enums import SignalState
from store.formats.signals.checks import ReportBuilder, load_json
from store.formats.signals.detection import GREAT_EXPECTATIONS, kind_of, unexpected
from store.formats.signals.fingerprints import Identity, fingerprints, label_texts
from store.formats.signals.model import Observation
from store.text import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from store.formats.signals.checks import JsonValue
    from store.formats.signals.model import SignalReport

    JsonObject = dict[str, JsonValue]

SOURCE = GREAT_EXPECTATIONS
_OF_A_RUN = ("batch_id", "catch_exceptions", "include_config", "result_format")
_EXPECTED = (
    *("min_value", "max_value", "strict_min", "strict_max", "strictly", "or_equal", "mostly", "value", "value_set"),
    *("value_pairs_set", "type_", "type_list", "column_set", "exact_match", "sum_total", "threshold", "double_sided"),
    *("multiplier", "ties_okay", "quantile_ranges", "allow_relative_error", "partition_object", "bucketize_data"),
    *("tail_weight_holdout", "internal_weight_holdout"),
)
"""The arguments that say what is expected; all others select data."""
_TIME_NAME = re.compile(
    r"(?:.*_)?(?:year|quarter|month|week|day|date|hour|minute|second|time|timestamp|run_id)", re.DOTALL
)
_TIME_PART = re.compile(r"(?<![a-z])(?:year|quarter|month|week|day|date|hour|minute|second|timestamp)_[^-]*")
_DATE = re.compile(r"(?<!\d)\d{4}(?:[-_/.]?\d{2}){1,2}(?!\d)")


class _Check(NamedTuple):
    """The result of an expectation, with its configuration, in the validation that it is from."""

    where: str
    result: JsonObject
    config: JsonObject
    about: JsonObject
    moment: datetime
    link: str | None


def read(text: str, *, now: datetime) -> SignalReport:
    """The expectations of a validation result, of a list of these, or of the result of a checkpoint.

    Readable are the files of the validation store, what `to_json_dict()` returns, and what `describe()` returns. The
    latter has no suite, asset or time, so it has other signals: always send the same form.

    - Identity: the suite, data source and asset, the batch, the type of the expectation, and the arguments that select
      data (column, row condition, regex), not what is expected. Of the batch, identifiers that are times (`year`,
      `month`, `run_id`) do not count, nor dates in others, so that the next month's batch has the same signals.
    - State: success resolves a known signal; a failure, and an expectation that raised an exception, fires with the
      severity of the expectation (`critical`, `warning` or `info`), or `error` if the version has none.
    - Name: the type with asset and column (`expect_column_values_to_be_unique: orders.order_id`).
    - Labels: `expectation`, `suite`, `datasource`, `asset`, `batch`, `checkpoint`, the arguments of the identity, and
      `meta` of the expectation, where `debt_item` can name an item; `raised_exception` if one was raised.
    - Start: the time of the run; `now` if the file has none. The link is the `result_url` of the validation.

    Expectations with the same identity are distinguished by what they expect, then by their order. Raises RegisterError
    with the 1-based index of a result (and of its validation, if there are several).
    """
    body = load_json(text, allow_nan=True)
    kind = kind_of(body)
    if kind is None or kind.source != SOURCE or not kind.has_results:
        raise unexpected(body, SOURCE)
    build = ReportBuilder(now, remedy="send the JSON as Great Expectations wrote it")
    validations = _validations(build, body)
    checks: list[_Check] = []
    for number, validation in enumerate(validations, start=1):
        checks += _checks(build, f" of validation {number}" if len(validations) > 1 else "", validation)
        build.check_number(len(checks))
    for check, fingerprint in zip(checks, fingerprints([_identity(check) for check in checks]), strict=True):
        if observation := _observation(build, check, fingerprint):
            build.add(check.where, observation)
    return build.report()


def _validations(build: ReportBuilder, body: JsonValue) -> list[JsonObject]:
    """The validation results of a file."""
    if not isinstance(body, dict):
        return build.objects(body, "validation")
    if "validation_results" in body:
        return build.objects(body["validation_results"], "validation")
    if "run_results" not in body:
        return [body]
    runs = build.objects(list(build.object("the file", "`run_results`", body["run_results"]).values()), "validation")
    return build.objects([run.get("validation_result", run) for run in runs], "validation")


def _checks(build: ReportBuilder, of_validation: str, validation: JsonObject) -> Iterator[_Check]:
    """The results of a validation."""
    where = f"the validation result{of_validation}"
    meta = build.object(where, "`meta`", validation.get("meta"))
    batch = build.object(where, "`active_batch_definition`", meta.get("active_batch_definition"))
    run = meta.get("run_id")
    time = build.time(where, "the time of the run", run.get("run_time") if isinstance(run, dict) else None)
    moment = build.past(where, "the time of the run", time)
    link = build.link(where, validation.get("result_url"), name="the result URL")
    about: JsonObject = {
        "suite": validation.get("suite_name", meta.get("expectation_suite_name")),
        "datasource": batch.get("datasource_name"),
        "asset": batch.get("data_asset_name"),
        "checkpoint": meta.get("checkpoint_name"),
        "identifiers": batch.get("batch_identifiers"),
    }
    results = validation.get("results", validation.get("expectations"))
    for index, result in enumerate(build.objects(results, "result"), start=1):
        of_result = f"result {index}{of_validation}"
        config = build.object(of_result, "`expectation_config`", result.get("expectation_config", result))
        yield _Check(of_result, result, config, about, moment, link)


def _kind(check: _Check) -> JsonValue:
    return check.config.get("type", check.config.get("expectation_type"))


def _arguments(check: _Check) -> JsonObject:
    arguments = check.config.get("kwargs")
    return arguments if isinstance(arguments, dict) else {}


def _identity(check: _Check) -> Identity:
    """What tells an expectation from others, now and in the next run."""
    arguments = _arguments(check)
    identifiers, batch = check.about["identifiers"], arguments.get("batch_id")
    if isinstance(identifiers, dict):
        batch = {name: _timeless(value) for name, value in identifiers.items() if not _TIME_NAME.fullmatch(name)}
    elif isinstance(batch, str):
        batch = _timeless(_TIME_PART.sub("*", batch))
    place = [check.about[name] for name in ("suite", "datasource", "asset")]
    expected = {name: arguments.get(name) for name in _EXPECTED}
    return Identity([*place, batch, _kind(check), _of_data(arguments)], expected)


def _of_data(arguments: JsonObject) -> JsonObject:
    """The arguments that select the data of an expectation."""
    return {name: value for name, value in arguments.items() if name not in _EXPECTED and name not in _OF_A_RUN}


def _timeless(value: JsonValue) -> JsonValue:
    return _DATE.sub("*", value) if isinstance(value, str) else value


def _observation(build: ReportBuilder, check: _Check, fingerprint: str) -> Observation | None:
    """What a result says; None for an expectation that was not evaluated."""
    where, result, config = check.where, check.result, check.config
    kind = build.required(where, "type of expectation", _kind(check))
    is_success = result.get("success")
    if is_success is None and "success" in result:
        return None
    if not isinstance(is_success, bool):
        raise build.error(where, "does not say whether it is a success")
    build.object(where, "`kwargs`", config.get("kwargs"))
    arguments = _of_data(_arguments(check))
    exception = None if is_success else _exception(build, where, result)
    labels: JsonObject = {
        **build.object(where, "`meta`", config.get("meta")),
        **arguments,
        **{name: check.about[name] for name in ("suite", "datasource", "asset", "checkpoint")},
        "batch": _arguments(check).get("batch_id"),
        "expectation": kind,
        "raised_exception": exception is not None or None,
    }
    subject = _subject(check.about["asset"], arguments)
    return Observation(
        source=SOURCE,
        fingerprint=fingerprint,
        name=build.text(where, "the name", f"{kind}: {subject}" if subject else kind) or kind,
        state=SignalState.RESOLVED if is_success else SignalState.FIRING,
        severity=build.text(where, "the severity", config.get("severity")) or (None if is_success else "error"),
        summary=build.text(where, "the summary", _summary(build, check, exception)),
        starts=check.moment,
        ends=check.moment if is_success else None,
        labels=build.labels(where, {**label_texts(labels)}),
        link=check.link,
        is_new=not is_success,
        knows_start=False,
    )


def _subject(asset: JsonValue, arguments: JsonObject) -> str:
    """The asset and its columns: `orders.order_id`, `orders.amount,order_id`."""
    names = ("column", "column_A", "column_B", "column_list")
    columns = ",".join(label_texts({name: arguments.get(name) for name in names}).values())
    return ".".join(filter(None, (*label_texts({"asset": asset}).values(), columns)))


def _exception(build: ReportBuilder, where: str, result: JsonObject) -> str | None:
    """The message of the exception that was raised: of the expectation, or of the first of its metrics."""
    info = build.object(where, "`exception_info`", result.get("exception_info"))
    for each in (info, *info.values()):
        if isinstance(each, dict) and each.get("raised_exception") is True:
            return build.text(where, "the message", each.get("exception_message")) or "an exception without a message"
    return None


def _summary(build: ReportBuilder, check: _Check, exception: str | None) -> str:
    """What the expectation means, what was found, without values of the data, and what was expected."""
    found = build.object(check.where, "`result`", check.result.get("result"))
    count, of_values = found.get("unexpected_count"), found.get("element_count")
    observed = found.get("observed_value")
    if exception is not None:
        facts = [" ".join(exception.split())]
    else:
        facts = []
        if isinstance(count, int) and isinstance(of_values, int):
            facts.append(f"{count} of {number_of(of_values, 'value')} unexpected")
        elif isinstance(observed, int | float):
            facts.append(f"observed {observed}")
        arguments = _arguments(check)
        limits = {name: arguments.get(name) for name in _EXPECTED if not isinstance(arguments.get(name), list)}
        facts += filter(None, [", ".join(f"{name} {value}" for name, value in label_texts(limits).items())])
    description = build.text(check.where, "the description", check.config.get("description")) or ""
    return ": ".join(filter(None, (description.rstrip(" ."), "; ".join(facts))))
