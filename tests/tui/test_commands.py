"""The command table and what is made from it hold together."""

from __future__ import annotations

import pytest

from tui.app import RegisterApp
from tui.commands import BY_ID, COMMANDS, CONTEXTS, KeysError, clashes, rebound
from tui.panes.first import FirstPane
from tui.panes.map import MapPane
from tui.screens import conversations, documents
from tui.screens.categories import CategoriesScreen
from tui.screens.conflict import ConflictScreen
from tui.screens.editing import Editing
from tui.screens.followups import FollowUpsScreen
from tui.screens.form import FormScreen
from tui.screens.help import HelpScreen
from tui.screens.history import HistoryScreen
from tui.screens.main import MainScreen
from tui.screens.preview import PreviewScreen
from tui.screens.register import RegisterScreen
from tui.screens.review.listing import ReviewsScreen
from tui.screens.review.minutes import MinutesScreen
from tui.screens.review.queue import QueueScreen
from tui.screens.review.screen import ReviewScreen
from tui.screens.review.since import SinceScreen
from tui.screens.trend import TrendScreen
from tui.screens.views import ViewsScreen
from tui.screens.welcome import WelcomeScreen
from tui.widgets.filter_bar import FilterBar
from tui.widgets.line_view import LineView
from tui.widgets.runs import method_name

OWNERS = {
    "anywhere": RegisterApp,
    "dashboard": MainScreen,
    "item": Editing,
    "list": LineView,
    "map": MapPane,
    "first": FirstPane,
    "filter": FilterBar,
    "views": ViewsScreen,
    "form": FormScreen,
    "conflict": ConflictScreen,
    "history": HistoryScreen,
    "import": PreviewScreen,
    "register": RegisterScreen,
    "categories": CategoriesScreen,
    "trend": TrendScreen,
    "review": ReviewScreen,
    "followups": FollowUpsScreen,
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


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_every_command_is_bound_and_carried_out_by_its_screen(command) -> None:
    owner = OWNERS[command.context]
    converses = owner in (MainScreen, Editing) and command.id in {
        **conversations.CONVERSATIONS,
        **documents.CONVERSATIONS,
    }
    assert converses != hasattr(owner, method_name(command.id))
    bound = {binding.id: binding for binding in owner.BINDINGS if getattr(binding, "id", None)}
    assert bound[command.id].tooltip == command.help
    assert len(bound[command.id].key.split(",")) == len(command.keys)


@pytest.mark.parametrize("context", CONTEXTS)
def test_no_screen_binds_a_command_of_another_context(context: str) -> None:
    ids = {binding.id for binding in OWNERS[context].BINDINGS if getattr(binding, "id", None) in BY_ID}
    assert ids == {command.id for command in COMMANDS if command.context == context}


def test_rebinding_changes_only_what_is_asked() -> None:
    table = {command.id: command.keys for command in rebound({"item.edit": ("f2",)})}
    assert table["item.edit"] == ("f2",)
    assert table["item.new"] == BY_ID["item.new"].keys


def test_rebinding_refuses_clashes_and_unknown_ids() -> None:
    with pytest.raises(KeysError, match=r"n would be both"):
        rebound({"item.edit": ("n",)})
    with pytest.raises(KeysError, match=r"no command 'item\.explode'"):
        rebound({"item.explode": ("n",)})


def test_words_of_the_table_fit_where_they_are_shown() -> None:
    for command in COMMANDS:
        assert command.help
        assert not command.help.endswith(".")
        assert len(command.label) <= 20
