"""Fingerprints and labels of checks whose tools give them no lasting id."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from store.errors import RegisterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.formats.signals.checks import JsonValue

_LENGTH = 32


class Identity(NamedTuple):
    """What tells a check from others: its `core`, and its `detail`, such as thresholds, if that is not enough."""

    core: JsonValue
    detail: JsonValue


def fingerprints(checks: Sequence[Identity]) -> list[str]:
    """A fingerprint of 32 hexadecimal digits for each check of a report, in its order; no two are the same.

    It depends on the core alone while that is unique in the report. Checks with the same core are distinguished by
    their details, and those with the same details by their order.
    """
    try:
        cores = [_text(each.core) for each in checks]
        repeated = Counter(cores)
        texts = [
            core if repeated[core] == 1 else f"{core} {_text(each.detail)}"
            for core, each in zip(cores, checks, strict=True)
        ]
    except RecursionError:
        raise RegisterError("the JSON is nested too deeply to read", "check where it comes from") from None
    seen: Counter[str] = Counter()
    found: list[str] = []
    for text in texts:
        seen[text] += 1
        found.append(_digest(text if seen[text] == 1 else f"{text} {seen[text]}"))
    return found


def _text(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _digest(text: str) -> str:
    return sha256(text.encode("ascii")).hexdigest()[:_LENGTH]


def label_texts(values: Mapping[str, JsonValue]) -> dict[str, str]:
    """The values that can be labels, as texts: strings, numbers, booleans, and lists of these, joined by commas."""
    texts = {name: _label_text(value) for name, value in values.items() if name}
    return {name: text for name, text in texts.items() if text}


def _label_text(value: JsonValue) -> str | None:
    match value:
        case str():
            return value
        case bool() | int() | float():
            return json.dumps(value)
        case list():
            texts = [_label_text(each) for each in value if not isinstance(each, list)]
            return ",".join(filter(None, texts))
    return None
