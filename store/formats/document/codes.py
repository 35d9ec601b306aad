"""The codes of a document's categories: the taxonomy's, the commonest key prefix, or initials."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from store.errors import InvalidValueError
from store.fields import parse_code
from store.formats.markdown import FOOTNOTE
from store.sameness import name_key
from store.taxonomy import TAXONOMY

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBERING = re.compile(r"\A[\d.]+\s+(?=\S)")
_NOTED = re.compile(rf"(?<=\S)\s*{FOOTNOTE}\s*\Z")
_KNOWN = {category.name.casefold(): category.code for category in TAXONOMY}
CODE = re.compile(r"<!--[ \t]*code:[ \t]*(?P<code>\S+?)[ \t]*-->")


def folded(name: str) -> str:
    """A heading's name for comparing: without emphasis, numbering, a footnote's mark and case."""
    bare = " ".join(_NOTED.sub("", name).strip("*_ ").split()).casefold()
    return _NUMBERING.sub("", bare)


def is_code(text: str) -> bool:
    """Whether a text is a category code."""
    try:
        return parse_code(text) == text
    except InvalidValueError:
        return False


def infer_codes(categories: Sequence[tuple[str, str | None, Sequence[str]]]) -> tuple[str, ...]:
    """The codes of categories given as (name, code written in the document, item keys), in their order.

    A written code holds; then comes the taxonomy's code of that name, then the commonest prefix of the
    keys, then initials, each only where no other category has taken it. All codes differ.
    """
    codes: list[str | None] = [written for _, written, _ in categories]
    taken = {code for code in codes if code}
    for rule in (_by_name, _by_keys):
        for index, (name, _, keys) in enumerate(categories):
            if codes[index] is None and (code := rule(name, keys)) and code not in taken:
                codes[index] = code
                taken.add(code)
    numbers: dict[str, int] = {}
    for index, (name, _, _) in enumerate(categories):
        if codes[index] is None:
            codes[index] = _numbered(_initials(name), taken, numbers)
            taken.add(str(codes[index]))
    return tuple(str(code) for code in codes)


def codes_to_write(
    categories: Sequence[tuple[str, str | None, Sequence[str]]], wanted: Sequence[str]
) -> frozenset[int]:
    """Which categories must have their code written for `infer_codes` to give the wanted ones."""
    written = [code and right for (_, code, _), right in zip(categories, wanted, strict=True)]
    names = Counter(name_key(name) for name, _, _ in categories)
    for index, (name, _, _) in enumerate(categories):
        # Categories of one name are told apart by their written codes alone.
        if names[name_key(name)] > 1:
            written[index] = wanted[index]
    while True:
        inferred = infer_codes([(name, code, keys) for (name, _, keys), code in zip(categories, written, strict=True)])
        wrong = [index for index, code in enumerate(inferred) if code != wanted[index]]
        if not wrong:
            return frozenset(index for index, code in enumerate(written) if code)
        for index in wrong:
            written[index] = wanted[index]


def _by_name(name: str, _keys: Sequence[str]) -> str | None:
    return _KNOWN.get(folded(name))


def _by_keys(_name: str, keys: Sequence[str]) -> str | None:
    prefixes = Counter(prefix for key in keys if is_code(prefix := _prefix(key)))
    return prefixes.most_common(1)[0][0] if prefixes else None


def _prefix(key: str) -> str:
    if "-" in key:
        return key.rpartition("-")[0]
    return key.rstrip("0123456789._")


def _initials(name: str) -> str:
    words = [word for word in re.findall(r"[A-Za-z][A-Za-z0-9]*", name) if word.casefold() not in ("and", "of", "the")]
    base = "".join(word[0] for word in words).upper()[:8] if len(words) > 1 else "".join(words)[:2].upper()
    return base or "C"


def _numbered(base: str, taken: set[str], numbers: dict[str, int]) -> str:
    """A free code: the base, or the base and a number. `numbers` holds the last number tried for each base."""
    code = base
    while code in taken:
        numbers[base] = number = numbers.get(base, 1) + 1
        code = f"{base}{number}"
    return code
