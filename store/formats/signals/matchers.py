"""Alertmanager's matchers, such as `alertname="FeatureDrift", model=~"mdl-rec.*"`: read, written, applied to labels."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Protocol

from store.errors import QueryError, quoted
from store.text import is_storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST = 20_000
"""How many characters a list of matchers may have."""
MOST_PROPOSED = 10
"""How many labels a proposal may have, each with at most `LONGEST_PROPOSED` characters of name and value."""
LONGEST_PROPOSED = 200
_MOST_ANSWERS = 1_000
VOLATILE = frozenset(
    """
    container container_id endpoint host hostname instance ip node pod pod_name prometheus prometheus_replica replica
    severity uid
    """.split()  # noqa: SIM905
)
"""Labels that say which process or machine reports a problem, or how bad it is, and not which problem it is."""

# What Go and Alertmanager call a space.
_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_RESERVED = rf"{{}}!=~,\\\"'`{_SPACES}"
_TOKEN = re.compile(
    rf"(?P<space>[{_SPACES}]+)|(?P<operator>=~|!=|!~|=)|(?P<sign>[{{}},])"
    rf'|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<unquoted>[^{_RESERVED}]+)',
    re.DOTALL,
)
_NEEDS_QUOTES = re.compile(f"[{_RESERVED}]")
_HEX = "[0-9a-fA-F]"
_ESCAPE = re.compile(rf'\\(?:([abfnrtv\\"])|x({_HEX}{{2}})|([0-3][0-7]{{2}})|u({_HEX}{{4}})|U({_HEX}{{8}})|)'.encode())
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_CLASSIC_SPACES = "\t\n\f\r "
_CLASSIC = re.compile(rf"([a-zA-Z_:][a-zA-Z0-9_:]*)[{_CLASSIC_SPACES}]*(=~|=|!=|!~)")
_CLASSIC_VALUE = re.compile(
    rf'"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<unquoted>(?:[^"\\{_SPACES}]|\\[^{_SPACES}])*\\?)', re.DOTALL
)
_CLASSIC_ESCAPE = re.compile(r'\\([n"\\])')
_WRITTEN = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})
_SUCH_AS = 'write matchers like alertname="FeatureDrift", model=~"mdl-rec.*"'


class Operator(StrEnum):
    """How a matcher compares a label with its value."""

    EQUAL = "="
    NOT_EQUAL = "!="
    MATCHES = "=~"
    NOT_MATCHES = "!~"

    @property
    def is_regex(self) -> bool:
        """Whether the value is a regular expression."""
        return self in (Operator.MATCHES, Operator.NOT_MATCHES)


class Matcher(NamedTuple):
    """What the label of a name must be. A regular expression is one of RE2 and must match the whole label."""

    name: str
    operator: Operator
    value: str

    def match(self, text: str) -> bool:
        """Whether it accepts a label's value, `""` if the label is missing."""
        if self.operator.is_regex:
            is_match = _compiled(self.value).search(text.encode()) is not None
        else:
            is_match = text == self.value
        return is_match is (self.operator in (Operator.EQUAL, Operator.MATCHES))

    def __str__(self) -> str:
        """The matcher as Alertmanager writes it."""
        name = f'"{self.name.translate(_WRITTEN)}"' if _NEEDS_QUOTES.search(self.name) else self.name
        return f'{name}{self.operator}"{self.value.translate(_WRITTEN)}"'


class Matchers(tuple[Matcher, ...]):
    """Matchers that must all accept; as text, what `parse_matchers` reads."""

    __slots__ = ()

    def match(self, labels: Mapping[str, str]) -> bool:
        """Whether all accept the labels."""
        return all(matcher.match(labels.get(matcher.name, "")) for matcher in self)

    def __str__(self) -> str:
        """The matchers with commas between them, without braces."""
        return ", ".join(map(str, self))


class Answers(dict[str, bool]):
    """Whether a matcher accepts values of its label, which repeat from signal to signal; at most 1,000 are kept."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    def __missing__(self, text: str) -> bool:
        answer = self._matcher.match(text)
        if len(self) < _MOST_ANSWERS:
            self[text] = answer
        return answer


class _Regex(Protocol):
    def search(self, text: bytes) -> object | None: ...


@lru_cache(maxsize=2048)
def _compiled(pattern: str) -> _Regex:
    """A regular expression of RE2, which takes linear time for any text, between anchors as in Alertmanager."""
    import re2

    options = re2.Options()
    options.log_errors = False
    compiled: _Regex = re2.compile(f"^(?:{pattern})$", options=options)
    return compiled


def parse_matchers(text: str) -> Matchers:
    """The matchers of a text, with or without braces.

    As Alertmanager does by default since 0.27, it reads them with quoted names and Go's escapes, and also in the
    classic form, in which `\\d` is a backslash and a d, and unquoted values have any character but a comma; what both
    read differently is what the classic form says. Unlike Alertmanager, it refuses a brace without its partner, and an
    unquoted value with a space, which is a forgotten comma. Raises QueryError, pointing at what is wrong.
    """
    if len(text) > LONGEST:
        raise QueryError(f"the matchers have over {LONGEST:,} characters", "shorten them", query=text[:80], column=80)
    if not is_storable(text):
        raise QueryError("the matchers have a character that cannot be stored", "remove it", query="", column=0)
    classic = _parsed_classic(text)
    try:
        found = _Parser(text).parse()
    except QueryError:
        if classic is None:
            raise
    if classic is not None:
        found = classic
    if not found:
        raise QueryError("at least one matcher is required", _SUCH_AS, query=text, column=0)
    return Matchers(found)


def propose_matchers(name: str, labels: Iterable[tuple[str, str]], *, item_label: str = "") -> Matchers:
    """Matchers for signals like one with this name and these labels; whoever makes a rule of them may change them.

    Left out are empty and long labels, those that differ each time, and `item_label`, which needs no rule.
    """
    left_out = VOLATILE | {"alertname", item_label}
    kept = [
        (label, value)
        for label, value in labels
        if value and label not in left_out and len(label) + len(value) <= LONGEST_PROPOSED
    ]
    pairs = [("alertname", name), *kept[:MOST_PROPOSED]]
    return Matchers(Matcher(label, Operator.EQUAL, value) for label, value in pairs)


class _Parser:
    """Reads matchers token by token, as Alertmanager does since 0.27."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._column = 0
        self._kind = ""
        self._token = ""
        self._advance()

    def parse(self) -> list[Matcher]:
        """All matchers. Raises QueryError."""
        found = []
        has_brace = self._accept("{")
        wanted = "a label name"
        while self._kind in ("quoted", "unquoted"):
            found.append(self._matcher())
            if not self._accept(","):
                wanted = "a comma"
                break
        if has_brace:
            if not self._accept("}"):
                raise self._expected(f"{wanted} or }}")
            wanted = "the end"
        if self._kind:
            raise self._expected(wanted)
        return found

    def _matcher(self) -> Matcher:
        if self._token == '""':
            raise self._error("the name of a label is empty", _SUCH_AS)
        name = self._take("a label name", "quoted", "unquoted")
        operator = Operator(self._take("an operator (=, !=, =~ or !~)", "operator"))
        column, token = self._column, self._token
        matcher = Matcher(name, operator, self._take("a value", "quoted", "unquoted"))
        if problem := _regex_problem(matcher):
            what = f"{quoted(matcher.value)} is not a regular expression ({problem})"
            remedy = "use the syntax of RE2, as in Prometheus"
            raise QueryError(what, remedy, query=self._text, column=column, length=len(token))
        return matcher

    def _accept(self, sign: str) -> bool:
        if self._token != sign:
            return False
        self._advance()
        return True

    def _take(self, wanted: str, *kinds: str) -> str:
        """The token if it is of one of the kinds, without quotes."""
        if self._kind not in kinds:
            raise self._expected(wanted)
        text = self._token
        if self._kind == "quoted":
            unquoted = _unquoted(text[1:-1])
            if unquoted is None:
                raise self._error("the quoted text has an unknown escape", "write a backslash as two backslashes")
            text = unquoted
        self._advance()
        return text

    def _advance(self) -> None:
        start = self._column + len(self._token)
        found = _TOKEN.match(self._text, start)
        if found and found.lastgroup == "space":
            start = found.end()
            found = _TOKEN.match(self._text, start)
        self._column = start
        self._kind = found.lastgroup or "" if found else "other" if start < len(self._text) else ""
        self._token = found[0] if found else self._text[start : start + 1]

    def _expected(self, wanted: str) -> QueryError:
        if not self._kind:
            return self._error(f"the matchers end where {wanted} is expected", _SUCH_AS)
        if self._token == '"':
            return self._error("the quote is not closed", 'add a "')
        remedy = "add a comma, or put the whole value in double quotes" if "comma" in wanted else _SUCH_AS
        return self._error(f"{quoted(self._token)} is where {wanted} is expected", remedy)

    def _error(self, what: str, remedy: str) -> QueryError:
        return QueryError(what, remedy, query=self._text, column=self._column, length=len(self._token))


def _regex_problem(matcher: Matcher) -> str | None:
    """Why the value of a matcher is not a regular expression, if it must be one."""
    if not matcher.operator.is_regex:
        return None
    import re2

    try:
        _compiled(matcher.value)
    except re2.error as error:
        # The rest of the message repeats a part of the expression.
        return bytes(error.args[0]).decode(errors="replace").partition(": ")[0]
    return None


def _unquoted(text: str) -> str | None:
    """The text between double quotes without Go's escapes; None if it has others, or cannot be stored."""

    def replace(found: re.Match[bytes]) -> bytes:
        sign, byte, octal, *points = found.groups(b"")
        if sign:
            return _ESCAPES.get(sign, sign)
        if byte or octal:
            return bytes([int(byte, 16) if byte else int(octal, 8)])
        return chr(int(b"".join(points), 16)).encode()

    try:
        unquoted = _ESCAPE.sub(replace, text.encode()).decode()
    except ValueError:
        return None
    return unquoted if "\n" not in text and is_storable(unquoted) else None


def _parsed_classic(text: str) -> list[Matcher] | None:
    """The matchers in the classic form, None if it is not in that form."""
    text = text.strip(_SPACES)
    if text.startswith("{") is not text.endswith("}"):
        return None
    found = [_classic_matcher(part) for part in _classic_parts(text.removeprefix("{").removesuffix("}"))]
    matchers = [matcher for matcher in found if matcher is not None and _regex_problem(matcher) is None]
    return matchers if len(matchers) == len(found) else None


def _classic_parts(text: str) -> list[str]:
    """The parts between commas that are not quoted; a blank part after the last comma does not count."""
    parts = [0]
    is_quoted = is_escaped = False
    for index, each in enumerate(text):
        if each == ",":
            # A comma leaves it open whether the next character is escaped, which is how Alertmanager splits.
            parts += [] if is_quoted else [index + 1]
        elif each == '"':
            is_quoted ^= not is_escaped
            is_escaped = False
        else:
            is_escaped = each == "\\" and not is_escaped
    found = [text[start : end - 1] for start, end in pairwise([*parts, len(text) + 1])]
    last = found.pop().strip(_SPACES)
    return [*found, last] if last else found


def _classic_matcher(text: str) -> Matcher | None:
    found = _CLASSIC.match(text.lstrip(_CLASSIC_SPACES))
    if found is None:
        return None
    value = _CLASSIC_VALUE.fullmatch(found.string[found.end() :].strip(_CLASSIC_SPACES))
    if value is None:
        return None
    written = value[value.lastgroup or 0]
    unescaped = _CLASSIC_ESCAPE.sub(lambda each: "\n" if each[1] == "n" else each[1], written)
    return Matcher(found[1], Operator(found[2]), unescaped)
