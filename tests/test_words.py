"""What users and contributors read is idiomatic American English: a list of turns that the project does without."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING

import pytest

from store.text import days, number_of, plural
from tests.program import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BANNED = {
    r"(?<!there )\b(?:is|are|was|were) no (?!longer|more\b|one\b)": "X is not a Y",
    r"\bmeanwhile\b": "while you were editing",
    r"\b(?:gone|going|went) through\b": "reviewed",
    r"\blook(?:s|ed|ing)? whether\b": "check",
    r"\bmend(?:s|ed|ing)?\b": "fix",
    r"\b(?:un)?lit\b": "highlighted",
    r"\bof (?:its|their|his|her|one's|our|your) own\b": "separate, its own",
    r"\bnobody says\b|\bowner nobody\b|\bnobody's\b": "unassigned, without a reason",
    r"\bshall\b": "will, must",
    r"\b(?:stands?|stood|standing)\b": "is",
    r"\bthe way out\b": "what to do instead",
    r"(?<!soon )(?<!far )(?<!long )\bas (?:it|they|one) (?:is|was|are|were)\b": "unchanged, as stored",
    r"\bin all\b(?! \w)": "in total",
    r"\b(?:un)?told\b|\bone cannot tell\b": "unknown, could not be checked",
    r"\bbecame of\b|\bbecomes of\b": "what happened to",
    r"\b(?:it|everything|all) holds?\b(?=[.,:;]|$)": "verified",
    r"\bli(?:es?|ay)\b|\blying\b": "is",
    r"\bbeside\b": "next to",
    r"\b(?:is|are) over\b": "has ended",
    r"\bbegun\b|\bbeg(?:in|an) (?:a|the|this) (?:review|edit|session)\b": "start",
    r"\bdebt of\b": "the debt in",
    r"\bso many\b": "this many",
    r"\b(?:is|are|was|were) said\b": "the message, is shown",
    r"\bthe person\b": "the user",
    r"\banew\b": "again",
    r"\blately\b": "recently",
    r"\bsomebody\b": "someone",
    r"\bsa(?:ys?|id) of\b": "says about",
    r"\bthere (?:twice|already)\b": "appears twice, exists",
    r"^there (?:is|are) no\b": "no reviews yet, review 7 does not exist, unknown severity",
    r"\bwhere there (?:is|are) no": "if there is no",
}
"""Turns of phrase that nobody uses in this field, each with what to write."""
BRITISH = re.compile(
    r"\w*(?:colour|neighbour|behaviour|favour|honour|labelled(?!by)|modelled|catalogue|artefact|judgement)\w*"
    r"|\b(?:centred?|grey|learnt|spelt|towards|whilst|amongst)\b"
    r"|\b\w*(?:normal|personal|penal|real|recogn|organ|summar|initial|serial|synchron|emphas|categor|minim|optim)is(?:e[ds]?|ing)\b",
    re.IGNORECASE,
)
PATTERNS = {re.compile(pattern, re.IGNORECASE): instead for pattern, instead in BANNED.items()}
DATA = frozenset(
    f"store/formats/document/{name}.py"
    for name in ("model", "vocabulary_headings", "vocabulary_roles", "vocabulary_words")
)
"""The words of documents and of stored data, in which a banned one may occur."""
FOLDERS = ("store", "migrations", "tui", "benchmarks")


def written_in(code: str) -> Iterator[tuple[int, str]]:
    """The comments and strings of a module, with their lines; regular expressions and names are empty."""
    parts: set[ast.expr] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.JoinedStr):
            parts.update(node.values)
            pieces = (str(each.value) if isinstance(each, ast.Constant) else "X" for each in node.values)
            yield node.lineno, "".join(pieces)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts:
            is_sentence = " " in node.value and "(?" not in node.value
            yield node.lineno, node.value if is_sentence else ""
    yield from comments_of(code)


def explained_in(code: str) -> Iterator[tuple[int, str]]:
    """The comments and docstrings of a module, with their lines; other strings of tests are data."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value
    yield from comments_of(code)


def comments_of(code: str) -> Iterator[tuple[int, str]]:
    """The comments of a module, with their lines."""
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def banned_in(text: str) -> Iterator[str]:
    """The banned turns of a text, each with what to write."""
    bare = " ".join(re.sub(r"`[^`\n]*`", "`", text).split())
    for pattern, instead in PATTERNS.items():
        for found in pattern.finditer(bare):
            yield f"{found[0]!r} in {bare[max(found.start() - 30, 0) : found.end() + 30]!r}: {instead}"


def paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """The paragraphs of a document with their lines, without code and without generated tables."""
    blank = re.compile(r"^```.*?^```$|^<!-- \w+: written by `make docs` -->.*?^<!-- -->$", re.MULTILINE | re.DOTALL)
    bare = blank.sub(lambda match: "\n" * match[0].count("\n"), text)
    for found in re.finditer(r"(?:.+\n?)+", bare):
        yield bare.count("\n", 0, found.start()) + 1, found[0]


def found_in(path: Path) -> list[str]:
    """The banned turns in a module or a document."""
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT)
    read = paragraphs if path.suffix != ".py" else explained_in if name.parts[0] == "tests" else written_in
    return [f"{name}:{line}: {each}" for line, piece in read(text) for each in banned_in(piece)]


def sources() -> list[Path]:
    return [
        path
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if str(path.relative_to(ROOT)) not in DATA
    ]


def test_modules_use_no_banned_turns() -> None:
    assert [each for path in sources() for each in found_in(path)] == []


def test_docstrings_and_comments_of_tests_use_no_banned_turns() -> None:
    assert [each for path in sorted((ROOT / "tests").rglob("*.py")) for each in found_in(path)] == []


def documents() -> list[Path]:
    samples = (ROOT / "store" / "samples").glob("*.md")
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")), *samples]


def test_documents_use_no_banned_turns() -> None:
    assert [each for path in documents() for each in found_in(path)] == []


def test_texts_and_names_are_spelled_as_in_america() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in (*sources(), *documents()) if path.name != "words.md"}
    assert [f"{path.name}: {found[0]}" for path, text in texts.items() for found in BRITISH.finditer(text)] == []


@pytest.mark.parametrize(
    "code",
    [
        "say(\"'soon' is no date\")",
        'say(f"{word} is no {kind}")',
        'say("BE-001 was changed "\n    "meanwhile")',
        '"""Take what is lit."""',
        "x = 1  # Everything holds.",
        'say("there are no reviews yet")',
    ],
)
def test_banned_turns_are_found_in_strings_docstrings_and_comments(code: str) -> None:
    assert [each for _, text in written_in(code) for each in banned_in(text)]


@pytest.mark.parametrize(
    "code", ['say("no register at " + path)', 'say(f"{key} is no longer open")', 'DONE = r"(?:will|shall) be"']
)
def test_usual_english_is_let_be(code: str) -> None:
    assert not [each for _, text in written_in(code) for each in banned_in(text)]


def counted_by_hand(code: str) -> list[str]:
    """The expressions of a module that choose between two texts by whether a number is 1."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.IfExp)
        and isinstance(node.test, ast.Compare)
        and isinstance(node.test.ops[0], ast.Eq | ast.NotEq)
        and isinstance(node.test.comparators[0], ast.Constant)
        and node.test.comparators[0].value == 1
        and all(is_words(each) for each in (node.body, node.orelse))
    ]


def is_words(node: ast.expr) -> bool:
    """Whether an expression is a text with letters."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    texts = [each.value for each in parts if isinstance(each, ast.Constant)]
    return any(isinstance(each, str) and re.search("[a-z]", each) for each in texts)


def test_one_function_chooses_between_singular_and_plural() -> None:
    assert counted_by_hand("are = 'is' if number == 1 else f'{number} are'")
    found = {str(path.relative_to(ROOT)): counted_by_hand(path.read_text(encoding="utf-8")) for path in sources()}
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, ("0 items", "0 dependencies", "0 days", "0+ days", "are")),
        (1, ("1 item", "1 dependency", "1 day", "1+ days", "is")),
        (2, ("2 items", "2 dependencies", "2 days", "2+ days", "are")),
        (1200, ("1,200 items", "1,200 dependencies", "1,200 days", "1,200+ days", "are")),
    ],
)
def test_numbers_and_nouns_agree(number: int, shown: tuple[str, ...]) -> None:
    least = days(number, at_least=True)
    dependencies = number_of(number, "dependency", "dependencies")
    assert (number_of(number, "item"), dependencies, days(number), least, plural(number, "is", "are")) == shown
