"""The command table and what is made from it hold together."""

from __future__ import annotations

import inspect
import re

import pytest
from textual.actions import parse

from tui.app import RegisterApp
from tui.commands import BY_ID, COMMANDS, CONTEXTS
from tui.dashboard.filtering import Filtering
from tui.dashboard.marks import Marks
from tui.dashboard.screen import DashboardScreen
from tui.dashboard.time_travel import TimeTravel
from tui.dispatch import dialog_of, is_dialog
from tui.editing.conflict import ConflictScreen
from tui.editing.form import FormScreen
from tui.editing.item_actions import ItemActions, ItemScreen
from tui.key_overrides import Clash, checked_keys, clashes, rebound
from tui.keys import KeysError, key_name, textual_key
from tui.panes.fix_first import FirstPane
from tui.panes.map import MapPane
from tui.review.changes import SinceScreen
from tui.review.list import ReviewsScreen
from tui.review.minutes import MinutesScreen
from tui.review.queue import QueueScreen
from tui.review.screen import ReviewActions, ReviewPane, ReviewScreen
from tui.screens.categories import CategoriesScreen
from tui.screens.dialogs import Question
from tui.screens.followups import FollowUpsScreen
from tui.screens.help import HelpScreen
from tui.screens.history import HistoryScreen
from tui.screens.import_preview import PreviewScreen
from tui.screens.register import RegisterScreen
from tui.screens.signal_rules import RulesScreen
from tui.screens.signals import SignalsScreen
from tui.screens.trend import TrendScreen
from tui.screens.views import ViewsScreen
from tui.screens.welcome import WelcomeScreen
from tui.widgets.filter_bar import FilterBar
from tui.widgets.line_list import LineView

OWNERS = {
    "anywhere": RegisterApp,
    "dashboard": DashboardScreen,
    "item": ItemScreen,
    "list": LineView,
    "map": MapPane,
    "first": FirstPane,
    "filter": FilterBar,
    "views": ViewsScreen,
    "form": FormScreen,
    "suggestions": FormScreen,
    "question": Question,
    "conflict": ConflictScreen,
    "history": HistoryScreen,
    "import": PreviewScreen,
    "register": RegisterScreen,
    "categories": CategoriesScreen,
    "trend": TrendScreen,
    "review": ReviewScreen,
    "followups": FollowUpsScreen,
    "signals": SignalsScreen,
    "signal-rules": RulesScreen,
    "queue": QueueScreen,
    "minutes": MinutesScreen,
    "reviews": ReviewsScreen,
    "since": SinceScreen,
    "welcome": WelcomeScreen,
    "help": HelpScreen,
}


def test_ids_are_unique_and_contexts_are_known() -> None:
    assert len(BY_ID) == len(COMMANDS)
    assert {command.context for command in COMMANDS} == set(CONTEXTS) == set(OWNERS)


def test_no_key_means_two_things_in_one_context() -> None:
    assert clashes() == ()


UNBOUND = ("question",)
"""Where keys are taken one by one, in the order they were typed."""


PARTS = {
    "item_actions": ItemActions,
    "marks": Marks,
    "filtering": Filtering,
    "time_travel": TimeTravel,
    "actions": ReviewActions,
    "pane": ReviewPane,
    "screen": DashboardScreen,
}
"""What the parts of screens are."""


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_every_command_is_bound_and_its_action_is_there(command) -> None:
    owner = OWNERS[command.context]
    if is_dialog(command):
        assert inspect.iscoroutinefunction(dialog_of(command))
    else:
        part, name, _ = parse(command.action)
        assert hasattr(PARTS[part], name) if part else hasattr(owner, f"action_{name}")
    if command.context in UNBOUND:
        return
    bound = {binding.id: binding for binding in owner.BINDINGS if getattr(binding, "id", None)}
    assert bound[command.id].tooltip == command.help
    assert len(bound[command.id].key.split(",")) == len(command.keys)


@pytest.mark.parametrize("context", CONTEXTS)
def test_no_screen_binds_a_command_of_another_context(context: str) -> None:
    owner = OWNERS[context]
    ids = {binding.id for binding in owner.BINDINGS if getattr(binding, "id", None) in BY_ID}
    assert ids == {each.id for each in COMMANDS if OWNERS[each.context] is owner and each.context not in UNBOUND}


def test_rebinding_changes_only_what_is_asked() -> None:
    table = {command.id: command.keys for command in rebound({"item.edit": ("f2",)})}
    assert table["item.edit"] == ("F2",)
    assert table["item.new"] == BY_ID["item.new"].keys


def test_a_clash_names_the_key_and_both_commands() -> None:
    table = rebound({"pane.zoom": ("v",)})
    zoom = next(command for command in table if command.id == "pane.zoom")
    assert clashes(table) == (Clash("v", BY_ID["view.list"], zoom),)


def test_an_unknown_command_cannot_be_bound() -> None:
    with pytest.raises(KeysError, match=r"unknown command 'item\.explode'"):
        rebound({"item.explode": ("n",)})


@pytest.mark.parametrize(
    ("written", "name", "textual"),
    [
        ("f2", "F2", "f2"),
        ("F2", "F2", "f2"),
        ("enter", "Enter", "enter"),
        ("return", "Enter", "enter"),
        ("ESCAPE", "Esc", "escape"),
        ("pagedown", "PgDn", "pagedown"),
        ("pgdn", "PgDn", "pagedown"),
        ("shift+tab", "shift+Tab", "shift+tab"),
        ("Ctrl+R", "ctrl+r", "ctrl+r"),
        ("ctrl+PgUp", "ctrl+PgUp", "ctrl+pageup"),
        ("shift+ctrl+left", "ctrl+shift+Left", "ctrl+shift+left"),
        ("alt+x", "alt+x", "alt+x"),
        (" ", "Space", "space"),
        ("x", "x", "x"),
        ("X", "X", "X"),
        (",", ",", "comma"),
        ("+", "+", "+"),
        ("ö", "ö", "ö"),
    ],
)
def test_a_key_has_one_name_however_it_is_written(written: str, name: str, textual: str) -> None:
    assert (key_name(written), textual_key(name)) == (name, textual)
    assert key_name(name) == name


@pytest.mark.parametrize(
    ("written", "other"), [("ctrl+i", "Tab"), ("Ctrl+M", "Enter"), ("ctrl+[", "Esc"), ("ctrl+h", "Backspace")]
)
def test_what_a_terminal_cannot_tell_apart_is_refused(written: str, other: str) -> None:
    with pytest.raises(KeysError, match=f"a terminal cannot tell {re.escape(written.lower())} from {other}"):
        key_name(written)


@pytest.mark.parametrize(
    "written", ["foo", "", "  ", "ctrl+", "ctrl+foo", "ctrl+1", "shift+a", "F99", "ctrl+ctrl+a", "+a", "a b", "\x1b"]
)
def test_what_is_not_a_key_is_refused_with_examples(written: str) -> None:
    with pytest.raises(KeysError, match=r"unknown key .* \(write it like x, X"):
        key_name(written)


@pytest.mark.parametrize("command_id", ["form.save", "filter.keep", "question.back"])
@pytest.mark.parametrize("key", ["s", "Space", "Left", "Backspace"])
def test_a_key_that_types_text_is_not_a_command_where_text_is_typed(command_id: str, key: str) -> None:
    with pytest.raises(KeysError, match=f"{key} types or edits text there"):
        checked_keys(command_id, (key,))


def test_the_table_has_its_keys_by_their_names() -> None:
    for command in COMMANDS:
        assert checked_keys(command.id, command.keys) == command.keys


def test_words_of_the_table_fit_where_they_are_shown() -> None:
    for command in COMMANDS:
        assert command.help
        assert not command.help.endswith(".")
        assert len(command.label) <= 20
