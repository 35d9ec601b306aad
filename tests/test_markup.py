"""No user text gets to where Textual or Rich would read markup, and the rule finds it if it does."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.program import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READ_AS_MARKUP = {
    **dict.fromkeys(("Static", "Label", "Button", "Link", "Checkbox", "RadioButton", "Tab", "Digits"), (0, "content")),
    **dict.fromkeys(("Collapsible", "TabPane"), (0, "title")),
    **dict.fromkeys(("Option", "Selection"), (0, "prompt")),
    **dict.fromkeys(("update", "notify", "print", "rule", "panic", "add_option", "set_tooltip"), (0, "message")),
    **dict.fromkeys(("add_row", "add_column", "add_columns"), (None, "label")),
    **dict.fromkeys(("Panel", "Table", "Rule"), (0, "title")),
    "DiscoveryHit": (0, "display"),
    "Hit": (1, "match_display"),
    "exit": (2, "message"),
}
"""What shows text: the place of the text among the arguments (None: all of them) and its name."""
_HELP = {"Hit": ("help",), "DiscoveryHit": ("help",)}
SHOWING = frozenset({"tooltip", "border_title", "border_subtitle", "loading_message"})
"""What is set to text that is shown."""
LITERAL = frozenset({"Content", "Text", "assemble", "styled"})
"""What takes text literally."""
NOT_OURS = frozenset({"typer"})


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def is_literal(node: ast.expr) -> bool:
    """Whether an expression is a text of the program's, or text that is taken literally."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.IfExp):
        return is_literal(node.body) and is_literal(node.orelse)
    return isinstance(node, ast.Call) and name_of(node.func) in LITERAL


def texts_of(call: ast.Call) -> Iterator[ast.expr]:
    place, named = READ_AS_MARKUP[name_of(call.func)]
    for number, argument in enumerate(call.args):
        if place is None or number == place:
            yield argument.value if isinstance(argument, ast.Starred) else argument
    yield from (
        each.value
        for each in call.keywords
        if each.arg in (named, "renderable", "title", "subtitle", *_HELP.get(name_of(call.func), ()))
    )


def is_switched_off(call: ast.Call) -> bool:
    return any(
        each.arg == "markup" and isinstance(each.value, ast.Constant) and each.value.value is False
        for each in call.keywords
    )


def shows(call: ast.Call) -> bool:
    """Whether a call shows text: `print` to a stream and the options of a command line do not."""
    if name_of(call.func) == "print" and isinstance(call.func, ast.Name):
        return False
    owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    return name_of(call.func) in READ_AS_MARKUP and owner not in NOT_OURS


def found_in(code: str) -> list[str]:
    """The expressions of a module that might be read as markup."""
    found: list[ast.expr] = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            if name_of(node.func) == "from_markup":
                found += [argument for argument in node.args if not isinstance(argument, ast.Constant)]
            elif shows(node) and not is_switched_off(node):
                found += [text for text in texts_of(node) if not is_literal(text)]
            found += [each.value for each in node.keywords if each.arg in SHOWING and not is_literal(each.value)]
        elif isinstance(node, ast.Assign):
            targets = {name_of(target) for target in node.targets if isinstance(target, ast.Attribute)}
            found += [node.value] if targets & SHOWING and not is_literal(node.value) else []
    return [ast.unparse(each) for each in found]


SCREENS = sorted(path for path in (ROOT / "tui").rglob("*.py") if "map_layout" not in path.parts)
OWN_WORDS = {"dispatch.py": ["command.help"], "palette.py": ["self._keys(command)"] * 2}
"""Sentences and keys of the command table, which nobody but us writes."""


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_that_is_shown_can_be_markup(path: Path) -> None:
    assert found_in(path.read_text(encoding="utf-8")) == OWN_WORDS.get(path.name, [])


@pytest.mark.parametrize(
    "code",
    [
        'Static(f"[b]{title}[/b]")',
        "Static(title)",
        "Label('[b]' + title)",
        "Button('%s' % title)",
        "Static('{}'.format(title))",
        "Static(str(title), id='a')",
        "widget.update(f'{title}')",
        "self.query_one('#a', Static).update(title)",
        "self.app.notify(title)",
        "self.notify(f'{title} saved', timeout=3)",
        "self.notify(title, markup=True)",
        "self.border_title = title",
        "self.border_subtitle = f'{n} of {m}'",
        "row.tooltip = item.title",
        "Button('x', tooltip=title)",
        "Text.from_markup(title)",
        "Content.from_markup(f'[b]{title}')",
        "console.print(title)",
        "table.add_row('a', title)",
        "table.add_row(*cells)",
        "table.add_column(title)",
        "Panel(title)",
        "Panel(Text('a'), title=title)",
        "self.app.exit(1, 1, f'{error}')",
        "self.app.exit(1, message=f'{error}')",
        "DiscoveryHit(title, run)",
        "Hit(score, title, run)",
        "Hit(score, Content(title), run, help=keys)",
        "Option(title)",
        "Static('a' if x else title)",
        "Collapsible(title=title)",
    ],
)
def test_the_rule_sees_text_of_a_person(code: str) -> None:
    assert found_in(code)


@pytest.mark.parametrize(
    "code",
    [
        "Static('')",
        "Static(Content(title), classes='a')",
        "Static(Content.assemble(title, (key, 'bold')))",
        "widget.update(Content(line(error)))",
        "self.app.notify(line(str(error)), markup=False)",
        "row.tooltip = None",
        "console.print(Text(title))",
        "print(title, file=sys.stderr)",
    ],
)
def test_the_rule_lets_literal_text_be(code: str) -> None:
    assert found_in(code) == []
