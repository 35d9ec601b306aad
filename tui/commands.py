"""The one table of commands: bindings, key bar, help, palette, `ai-debt keys` and the documents are made from it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tui.panes.registry import BY_NAME, NUMBERS, PANES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.panes.registry import Pane

CONTEXTS: dict[str, str] = {
    "anywhere": "Anywhere",
    "dashboard": "The dashboard",
    "item": "On an item",
    "list": "Moving in a pane or list",
    "map": "In the map",
    "first": "In the list of what to fix first",
    "filter": "While a filter is typed",
    "views": "The saved views",
    "form": "In a form",
    "suggestions": "While a form shows suggestions",
    "question": "In a question",
    "conflict": "Resolving a conflict",
    "history": "The history",
    "trend": "Debt trends",
    "import": "The import preview",
    "register": "The register page",
    "categories": "The categories page",
    "review": "In a review",
    "followups": "The follow-ups",
    "signals": "The signals",
    "signal-rules": "The signal rules",
    "queue": "The queue of a review",
    "minutes": "The minutes of a review",
    "reviews": "The list of reviews",
    "since": "Changes since the last review",
    "welcome": "The welcome",
    "help": "Help",
}
INCLUDED: dict[str, tuple[str, ...]] = {
    "dashboard": ("item", "anywhere", "list"),
    "item": (),
    "list": ("anywhere",),
    "map": ("dashboard",),
    "first": ("dashboard",),
    "filter": (),
    "views": ("list",),
    "form": ("suggestions",),
    "suggestions": (),
    "question": (),
    "conflict": ("list",),
    "history": ("list",),
    "trend": ("list",),
    "import": ("list",),
    "register": ("list",),
    "categories": ("list",),
    "review": ("item", "anywhere"),
    "followups": ("list",),
    "signals": ("list",),
    "signal-rules": ("list",),
    "queue": ("list",),
    "minutes": ("list",),
    "reviews": ("list",),
    "since": ("list",),
    "welcome": ("anywhere",),
    "help": ("list",),
    "anywhere": (),
}


class Command(NamedTuple):
    """One command.

    `keys` are key names as people write them (`o`, `ctrl+r`, `PgDn`); `label` is a word or two for the
    key bar, `help` a sentence without full stop; `needs` is what must be there for it to be enabled:
    nothing, a `register`, a chosen `item` or `items`, which are those that are marked or else the chosen one;
    `bar` is its rank in the key bar, 0 keeps it out; `action` is what runs, with its arguments: `close`, the method
    `action_close` of the screen or widget that has the key; `marks.invert`, the method `invert` of its part `marks`;
    `review.start:since`, a dialog, which is the function `since` of the module tui.review.start.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    context: str = "dashboard"
    needs: str = "register"
    bar: int = 0
    action: str = ""

    @property
    def writes(self) -> bool:
        """Whether it may change the register. Of pages that only show it, the store refuses every change."""
        return not self.id.startswith(_SHOWING)


_SHOWING = (
    *("pane.", "list.", "map.", "first.", "items.", "filter.", "app."),
    *("item.history", "item.copy-", "item.open-link", "followup.list", "signal.list"),
    *("register.page", "register.categories"),
    *("register.as-of", "register.trend", "view.list", "review.since"),
)
"""How the ids of commands begin that change nothing."""


_item = partial(Command, context="item", needs="items")
_list = partial(Command, context="list", needs="")
_map = partial(Command, context="map", needs="")
_filter = partial(Command, context="filter", needs="")
_views = partial(Command, context="views", needs="")
_anywhere = partial(Command, context="anywhere", needs="")
_form = partial(Command, context="form", needs="")
_suggestions = partial(Command, context="suggestions", needs="")
_question = partial(Command, context="question", needs="")
_conflict = partial(Command, context="conflict", needs="")
_history = partial(Command, context="history", needs="")
_trend = partial(Command, context="trend", needs="")
_import = partial(Command, context="import", needs="")
_register = partial(Command, context="register", needs="")
_categories = partial(Command, context="categories", needs="")
_review = partial(Command, context="review", needs="")
_followups = partial(Command, context="followups", needs="")
_signals = partial(Command, context="signals", needs="")
_signal_rules = partial(Command, context="signal-rules", needs="")
_queue = partial(Command, context="queue", needs="")
_minutes = partial(Command, context="minutes", needs="")
_reviews = partial(Command, context="reviews", needs="")
_since = partial(Command, context="since", needs="")
_help = partial(Command, context="help", needs="")
_welcome = partial(Command, context="welcome", needs="")


def _pane(pane: Pane) -> Command:
    """The command that goes to a pane, or that switches between it and the one that it replaces."""
    command = Command(f"pane.{pane.name}", (pane.key,), pane.name.replace("-", " "), f"Go to {pane.noun}")
    if not pane.replaces:
        return command._replace(needs="", action=f"screen.go_to({NUMBERS[pane.name]})")
    replaced = BY_NAME[pane.replaces]
    words = f"Switch between {replaced.noun} and {pane.noun}"
    return command._replace(help=words, bar=pane.bar, action=f"swap('{pane.name}')")


COMMANDS: tuple[Command, ...] = (
    _item(
        "item.set-status-open",
        ("o",),
        "open",
        "Set the status to Open",
        bar=10,
        action="item_actions.set_status('Open')",
    ),
    _item(
        "item.set-status-in-progress",
        ("p",),
        "progress",
        "Set the status to In Progress",
        bar=2,
        action="item_actions.set_status('In Progress')",
    ),
    _item(
        "item.set-status-mitigated",
        ("m",),
        "mitigated",
        "Set the status to Mitigated",
        bar=1,
        action="item_actions.set_status('Mitigated')",
    ),
    _item(
        "item.mitigate-with-note",
        ("M",),
        "with note",
        "Set the status to Mitigated with a note",
        bar=8,
        action="editing.item_dialogs:mitigate_with_note",
    ),
    _item(
        "item.accept",
        ("a",),
        "accept",
        "Accept the debt: why, by whom, until when",
        bar=3,
        action="editing.item_dialogs:accept",
    ),
    _item(
        "item.set-severity",
        ("s",),
        "severity",
        "Set the severity, or make it unrated",
        bar=14,
        action="editing.item_dialogs:set_severity",
    ),
    _item("item.set-owner", ("w",), "owner", "Set the owner", bar=5, action="editing.item_dialogs:set_owner"),
    _item("item.set-due", ("t",), "due", "Set the due date", bar=15, action="editing.item_dialogs:set_due"),
    _item("item.comment", ("c",), "comment", "Add a comment", bar=16, action="editing.item_dialogs:comment"),
    _item("item.edit", ("e",), "edit", "Edit all fields in a form", bar=4, action="editing.item_dialogs:edit"),
    _item(
        "item.edit-texts",
        ("E",),
        "texts",
        "Edit the long texts in $VISUAL or $EDITOR",
        needs="item",
        bar=18,
        action="editing.item_dialogs:edit_texts",
    ),
    Command("item.new", ("n",), "new", "Add an item", bar=12, action="editing.item_dialogs:new"),
    Command("item.remove", ("D",), "remove", "Remove the item", needs="items", action="editing.item_dialogs:remove"),
    _item(
        "item.link",
        ("l",),
        "link",
        "Link this item to one that it makes worse",
        bar=13,
        action="editing.item_dialogs:link",
    ),
    _item(
        "item.relabel",
        ("L",),
        "relabel",
        "Change the label of a dependency",
        needs="item",
        action="editing.item_dialogs:relabel",
    ),
    _item("item.unlink", ("d",), "unlink", "Remove a dependency", needs="item", action="editing.item_dialogs:unlink"),
    _item(
        "item.history",
        ("h",),
        "history",
        "Show the history: who changed what, and when",
        needs="register",
        bar=20,
        action="screens.history:history",
    ),
    _item(
        "item.open-link",
        ("b",),
        "links",
        "Show the links of the item, to click or copy",
        needs="item",
        action="editing.item_dialogs:open_link",
    ),
    _item("item.copy-key", ("y",), "copy key", "Copy the item's key to the clipboard", action="item_actions.copy_key"),
    _item(
        "item.copy-markdown",
        ("Y",),
        "copy Markdown",
        "Copy the item as Markdown to the clipboard",
        action="item_actions.copy_markdown",
    ),
    Command(
        "items.mark",
        ("Space",),
        "mark",
        "Mark or unmark the item; edits apply to all marked items",
        needs="item",
        bar=21,
        action="marks.toggle",
    ),
    Command("items.mark-all", ("*",), "mark all", "Mark all shown items", action="marks.mark_all"),
    Command("items.mark-invert", ("!",), "invert", "Invert marks on the shown items", action="marks.invert"),
    Command(
        "items.filter", ("/",), "filter", "Filter as you type: words, status:open, age:>30d", bar=6, action="filter"
    ),
    Command("items.clear", ("Esc",), "clear", "Clear the marks, the filter or the category", action="clear"),
    Command(
        "items.filter-help", ("F1",), "filter words", "Show the filter language", action="screens.help:filter_help"
    ),
    Command(
        "items.sort-next",
        (">",),
        "sort",
        "Next order: score, age, severity, due, owner, key, changed",
        action="filtering.sort(1)",
    ),
    Command(
        "items.sort-previous",
        ("<",),
        "sort back",
        "Previous order (sort:-age in the filter reverses)",
        action="filtering.sort(-1)",
    ),
    Command(
        "items.columns",
        ("|",),
        "columns",
        "Choose the columns of the item list, in a terminal at least 160 wide",
        action="dashboard.dialogs:choose_columns",
    ),
    Command(
        "view.list",
        ("v",),
        "views",
        "Show saved views with their counts",
        bar=17,
        action="dashboard.dialogs:views_page",
    ),
    Command(
        "view.save", ("ctrl+s",), "save view", "Save the current filter as a view", action="dashboard.dialogs:save_view"
    ),
    _item("change.undo", ("u",), "undo", "Undo my last change", needs="register", bar=11, action="item_actions.undo"),
    _item("change.redo", ("ctrl+r",), "redo", "Redo my last undo", needs="register", action="item_actions.redo"),
    Command(
        "register.export",
        ("x",),
        "export",
        "Export the register to its Markdown file",
        bar=9,
        action="screens.documents:export",
    ),
    Command(
        "register.import",
        ("I",),
        "import",
        "Import a Markdown file, after a preview",
        action="screens.documents:import_file",
    ),
    Command(
        "register.page",
        ("i",),
        "register",
        "Show and edit the register's settings",
        bar=17,
        action="screens.register:register_page",
    ),
    Command(
        "register.categories",
        ("C",),
        "categories",
        "Add, edit, move and remove categories",
        action="screens.categories:categories_page",
    ),
    Command(
        "register.as-of",
        ("T",),
        "as of",
        "Show the register on another date, or return to today",
        bar=22,
        action="time_travel.switch",
    ),
    Command("register.trend", ("H",), "trends", "Show debt trends", bar=23, action="dashboard.dialogs:trend_page"),
    Command("review.open", ("r",), "review", "Start or resume a review", bar=7, action="review.start:open_review"),
    Command("review.since", ("R",), "since review", "Show changes since the last review", action="review.start:since"),
    _item(
        "followup.list",
        ("W",),
        "follow-ups",
        "Show, close and edit follow-ups",
        needs="register",
        bar=24,
        action="screens.followups:follow_ups_page",
    ),
    _item(
        "signal.list",
        ("S",),
        "signals",
        "Show signals of monitoring, and attach them to items",
        needs="register",
        bar=25,
        action="screens.signals:signals_page",
    ),
    *map(_pane, PANES),
    Command("pane.next", ("Tab",), "next pane", "Go to the next pane", needs="", action="step(1)"),
    Command("pane.previous", ("shift+Tab",), "previous pane", "Go to the previous pane", needs="", action="step(-1)"),
    Command("pane.zoom", ("z",), "zoom", "Zoom the pane, or restore the layout", needs="", bar=19, action="zoom"),
    _list("list.down", ("Down", "j"), "down", "Move down", action="down"),
    _list("list.up", ("Up", "k"), "up", "Move up", action="up"),
    _list("list.page-down", ("PgDn",), "page down", "Move a page down", action="page_down"),
    _list("list.page-up", ("PgUp",), "page up", "Move a page up", action="page_up"),
    _list("list.first", ("g", "Home"), "first", "Go to the first line", action="first"),
    _list("list.last", ("G", "End"), "last", "Go to the last line", action="last"),
    _list("list.open", ("Enter",), "open", "Open the selected line", action="open"),
    _list("list.back", ("Backspace",), "back", "Go back", action="back"),
    _map("map.left", ("Left",), "left", "Go to the box on the left", action="left"),
    _map("map.right", ("Right",), "right", "Go to the box on the right", action="right"),
    _map("map.previous", (",",), "previous", "Go to the previous box in reading order", action="previous"),
    _map("map.next", (".",), "next", "Go to the next box in reading order", action="next"),
    _map(
        "map.edge-previous", ("[",), "previous edge", "Highlight the previous edge of this box", action="edge_previous"
    ),
    _map("map.edge-next", ("]",), "edges", "Highlight the next edge of this box", bar=1, action="edge_next"),
    _map("map.more-hops", ("+",), "more hops", "Show one more hop around the focused item", action="more_hops"),
    _map("map.fewer-hops", ("-",), "fewer hops", "Show one hop less around the focused item", action="fewer_hops"),
    _map("map.mode", ("V",), "view", "Switch between whole map, focus, overview and list", bar=2, action="mode"),
    Command(
        "map.what-if",
        ("f",),
        "what if fixed",
        "Show map and scores as if this item were fixed",
        context="map",
        needs="item",
        bar=5,
        action="what_if",
    ),
    Command(
        "first.what-if",
        ("f",),
        "what if fixed",
        "Show map and scores as if this item were fixed",
        context="first",
        needs="item",
        bar=1,
        action="what_if",
    ),
    _filter("filter.keep", ("Enter",), "apply", "Accept the suggestion, or apply the filter", action="keep"),
    _filter("filter.leave", ("Esc",), "clear", "Clear the filter and leave", action="leave"),
    _filter("filter.complete", ("Tab",), "complete", "Accept the selected or the first suggestion", action="complete"),
    _filter("filter.next", ("Down",), "next", "Select the next suggestion", action="next"),
    _filter(
        "filter.previous",
        ("Up",),
        "previous",
        "Select the previous suggestion, or recall earlier filters",
        action="previous",
    ),
    _views("view.new", ("n",), "new", "Save a filter as a new view", bar=1, action="new"),
    _views("view.edit", ("e",), "edit", "Rename a saved view or change its filter", bar=2, action="edit"),
    _views("view.remove", ("D",), "remove", "Remove a saved view", bar=3, action="remove"),
    _views("view.close", ("Esc", "q"), "close", "Go back to the dashboard", bar=4, action="close"),
    _anywhere("app.palette", ("ctrl+p",), "palette", "Find a command by name", action="command_palette"),
    _anywhere("app.help", ("?",), "help", "Show the keys", bar=9, action="help"),
    _anywhere("app.quit", ("q",), "quit", "Quit; everything is saved", bar=10, action="quit"),
    _anywhere(
        "app.leave",
        ("ctrl+c", "ctrl+q"),
        "leave",
        "Quit from anywhere; asks first if something typed is not saved",
        action="leave",
    ),
    _form("form.save", ("ctrl+s",), "save", "Submit the form", bar=1, action="save"),
    _form(
        "form.cancel",
        ("Esc",),
        "cancel",
        "Leave without saving; asks first if you typed something",
        bar=2,
        action="cancel",
    ),
    _form("form.next", ("Tab",), "next", "Complete a path, or go to the next field", bar=3, action="next"),
    _form("form.previous", ("shift+Tab",), "previous", "Go to the previous field", action="previous"),
    _suggestions("suggestions.next", ("Down",), "next", "Select the next suggestion", action="step(1)"),
    _suggestions("suggestions.previous", ("Up",), "previous", "Select the previous suggestion", action="step(-1)"),
    _question("question.back", ("Esc",), "back", "Cancel", action="back"),
    _question("question.first", ("Enter",), "first", "Choose the first answer", action="first"),
    _conflict("conflict.mine", ("m",), "mine", "Use my value", bar=1, action="choose('mine')"),
    _conflict("conflict.theirs", ("t",), "theirs", "Use their value", bar=2, action="choose('theirs')"),
    _conflict("conflict.save", ("ctrl+s",), "save", "Save the chosen values", bar=3, action="save"),
    _conflict("conflict.before", ("b",), "before", "Restore the original value", bar=4, action="choose('before')"),
    _conflict("conflict.next", ("Tab",), "next", "Go to the next field", action="step(1)"),
    _conflict("conflict.previous", ("shift+Tab",), "previous", "Go to the previous field", action="step(-1)"),
    _conflict("conflict.cancel", ("Esc", "q"), "back", "Go back to editing without saving", bar=5, action="cancel"),
    _history("history.close", ("Esc", "q"), "close", "Go back to the dashboard", bar=1, action="close"),
    _trend("trend.status", ("s",), "status", "Show items by status", bar=1, action="show('status')"),
    _trend("trend.category", ("c",), "category", "Show open debt by category", bar=2, action="show('category')"),
    _trend("trend.severity", ("v",), "severity", "Show open debt by severity", bar=3, action="show('severity')"),
    _trend("trend.flow", ("f",), "flow", "Show debt added and resolved by month", bar=4, action="show('flow')"),
    _trend(
        "trend.ages",
        ("a",),
        "ages",
        "Show the age of High and Critical debt and the time to mitigate",
        bar=5,
        action="show('ages')",
    ),
    _trend("trend.next", ("Right",), "next", "Show the next chart", action="step(1)"),
    _trend("trend.previous", ("Left",), "previous", "Show the previous chart", action="step(-1)"),
    _trend("trend.close", ("Esc", "q"), "close", "Go back to the dashboard", bar=6, action="close"),
    _import("import.apply", ("y",), "import", "Import what is shown", bar=1, action="apply"),
    _import(
        "import.prune",
        ("P",),
        "with removals",
        "Import, and remove what the file no longer contains",
        bar=2,
        action="prune",
    ),
    _import(
        "import.prefer-file",
        ("F",),
        "file wins",
        "Import; in conflicts, use the file's value",
        bar=3,
        action="prefer_file",
    ),
    _import(
        "import.prefer-register",
        ("R",),
        "register wins",
        "Import; in conflicts, keep the register's value",
        bar=4,
        action="prefer_register",
    ),
    _import("import.change", ("e",), "change", "Change what a column, label or word means", bar=5, action="change"),
    _import("import.cancel", ("Esc", "q"), "cancel", "Leave without importing", bar=6, action="cancel"),
    _register("register.edit", ("e",), "edit", "Edit the register's settings in a form", bar=1, action="edit"),
    _register("register.cadence-new", ("n",), "new entry", "Add a review cadence entry", bar=2, action="cadence_new"),
    _register(
        "register.cadence-edit",
        ("E",),
        "edit line",
        "Edit the selected cadence entry or rule",
        bar=4,
        action="cadence_edit",
    ),
    _register(
        "register.cadence-remove",
        ("D",),
        "remove line",
        "Remove the selected cadence entry or rule",
        bar=5,
        action="cadence_remove",
    ),
    _register("register.rule-new", ("r",), "new rule", "Add an escalation rule", bar=3, action="rule_new"),
    _register("register.close", ("Esc", "q"), "close", "Go back to the dashboard", bar=6, action="close"),
    _categories("category.new", ("n",), "new", "Add a category", bar=1, action="new"),
    _categories("category.edit", ("e",), "edit", "Edit the category's code, name and definition", bar=2, action="edit"),
    _categories("category.move-up", ("K",), "move up", "Move the category up", bar=3, action="move(-1)"),
    _categories("category.move-down", ("J",), "move down", "Move the category down", bar=4, action="move(1)"),
    _categories("category.remove", ("D",), "remove", "Remove an empty category", bar=5, action="remove"),
    _categories("category.close", ("Esc", "q"), "close", "Go back to the dashboard", bar=6, action="close"),
    _review("review.keep", ("Enter",), "keep", "Keep the item unchanged and continue", bar=1, action="actions.keep"),
    _review("review.next", ("n",), "next", "Continue without deciding", bar=6, action="actions.skip"),
    Command(
        "review.follow-up",
        ("F",),
        "follow-up",
        "Record a follow-up: what, who, when",
        context="review",
        needs="item",
        bar=2,
        action="review.start:follow_up",
    ),
    _review("review.left", ("Left",), "previous item", "Go to the previous item", action="turn(-1)"),
    _review("review.right", ("Right",), "next item", "Go to the next item", action="turn(1)"),
    _review("review.first", ("g", "Home"), "first", "Go to the first item", action="first"),
    _review("review.last", ("G", "End"), "last", "Go to the last item", action="last"),
    _review("review.down", ("Down", "j"), "down", "Scroll down", action="pane.action_down"),
    _review("review.up", ("Up", "k"), "up", "Scroll up", action="pane.action_up"),
    _review("review.page-down", ("PgDn", "Space"), "page down", "Scroll a page down", action="pane.action_page_down"),
    _review("review.page-up", ("PgUp",), "page up", "Scroll a page up", action="pane.action_page_up"),
    _review("review.queue", ("v",), "queue", "Show the queue: what is decided, and by whom", bar=8, action="queue"),
    _review("review.minutes", ("i",), "minutes", "Show the minutes so far", bar=20, action="minutes"),
    _review(
        "review.participants",
        ("P",),
        "participants",
        "Change the participants and the title",
        bar=21,
        action="review.start:participants",
    ),
    _review("review.end", ("X",), "end", "End the review; asks first", bar=10, action="end"),
    _review("review.close", ("q", "Esc"), "leave", "Leave; the review stays open", bar=22, action="close"),
    _followups("followup.done", ("d",), "done", "Mark the follow-up done", bar=1, action="done"),
    _followups("followup.drop", ("x",), "drop", "Drop the follow-up", bar=2, action="drop"),
    _followups("followup.reopen", ("o",), "reopen", "Reopen the follow-up", bar=3, action="reopen"),
    _followups("followup.edit", ("e",), "edit", "Edit the task, the owner and the due date", bar=4, action="edit"),
    _followups("followup.all", ("a",), "all", "Show or hide closed follow-ups", bar=5, action="all"),
    _followups("followup.undo", ("u",), "undo", "Undo my last change", bar=6, action="undo"),
    _followups("followup.redo", ("ctrl+r",), "redo", "Redo my last undo", action="redo"),
    _followups("followup.close", ("Esc", "q"), "close", "Go back", bar=7, action="close"),
    _signals("signal.attach", ("a",), "attach", "Attach the signal to an item", bar=1, action="attach"),
    _signals("signal.new-item", ("n",), "new item", "Add an item from the signal", bar=2, action="new_item"),
    _signals("signal.mute", ("m",), "mute", "Mute the signal until a day", bar=3, action="mute"),
    _signals(
        "signal.new-rule", ("r",), "rule", "Add a rule that attaches signals like this one", bar=4, action="new_rule"
    ),
    _signals(
        "signal.next-list",
        ("Right", "Tab"),
        "next list",
        "Show the next list: inbox, all, firing, muted",
        bar=5,
        action="turn(1)",
    ),
    _signals("signal.previous-list", ("Left",), "previous list", "Show the previous list", action="turn(-1)"),
    _signals("signal.zoom", ("z",), "details", "Show the details alone, or the list again", bar=6, action="zoom"),
    _signals("signal.detach", ("d",), "detach", "Detach the signal from an item", bar=7, action="detach"),
    _signals("signal.unmute", ("M",), "unmute", "Unmute the signal", bar=8, action="unmute"),
    _signals("signal.rules", ("R",), "rules", "List, add, move and remove rules", bar=9, action="rules"),
    _signals(
        "signal.mark",
        ("Space",),
        "mark",
        "Mark or unmark the signal; attach, detach, mute and unmute apply to all marked signals",
        bar=10,
        action="mark",
    ),
    _signals("signal.mark-all", ("*",), "mark all", "Mark all signals of the list, or none", action="mark_all"),
    _signals("signal.undo", ("u",), "undo", "Undo my last change", bar=11, action="undo"),
    _signals("signal.redo", ("ctrl+r",), "redo", "Redo my last undo", action="redo"),
    _signals("signal.close", ("Esc", "q"), "close", "Clear the marks, or go back", bar=12, action="close"),
    _signal_rules("signal-rule.new", ("n",), "new", "Add a rule", bar=1, action="new"),
    _signal_rules("signal-rule.move-up", ("K",), "move up", "Try the rule earlier", bar=2, action="move(-1)"),
    _signal_rules("signal-rule.move-down", ("J",), "move down", "Try the rule later", bar=3, action="move(1)"),
    _signal_rules(
        "signal-rule.remove", ("D",), "remove", "Remove the rule; nothing is detached", bar=4, action="remove"
    ),
    _signal_rules("signal-rule.undo", ("u",), "undo", "Undo my last change", bar=5, action="undo"),
    _signal_rules("signal-rule.redo", ("ctrl+r",), "redo", "Redo my last undo", action="redo"),
    _signal_rules("signal-rule.close", ("Esc", "q"), "close", "Go back to the signals", bar=6, action="close"),
    _queue("queue.close", ("Esc", "q"), "close", "Go back to the item", bar=1, action="close"),
    _minutes("minutes.export", ("x",), "export", "Export the minutes to a Markdown file", bar=1, action="export"),
    _minutes("minutes.end", ("X",), "end the review", "End the review; asks first", bar=2, action="end"),
    _minutes("minutes.reopen", ("o",), "reopen", "Reopen the review; asks first", bar=3, action="reopen"),
    _minutes("minutes.close", ("Esc", "q"), "close", "Go back", bar=4, action="close"),
    _reviews("reviews.reopen", ("o",), "reopen", "Reopen the review; asks first", bar=1, action="reopen"),
    _reviews("reviews.close", ("Esc", "q"), "close", "Go back", bar=2, action="close"),
    _since("since.reviews", ("v",), "reviews", "List the reviews and read their minutes", bar=1, action="reviews"),
    _since("since.close", ("Esc", "q"), "close", "Go back to the dashboard", bar=2, action="close"),
    _help("help.find", ("/",), "search", "Search this page", bar=1, action="find"),
    _help("help.find-next", ("n",), "next", "Go to the next match", bar=2, action="find_next"),
    _help("help.find-previous", ("N",), "previous", "Go to the previous match", action="find_previous"),
    _help("help.close", ("Esc", "q", "?"), "close", "End the search, or go back", bar=3, action="close"),
    _welcome(
        "welcome.import", ("i",), "import a file", "Import a Markdown file, after a preview", bar=1, action="import"
    ),
    _welcome("welcome.sample", ("s",), "load the sample", "Start with the sample register", bar=2, action="sample"),
    _welcome("welcome.begin", ("n",), "new register", "Start an empty register", bar=3, action="begin"),
    _welcome("welcome.close", ("Esc",), "leave", "Quit; nothing is created", bar=4, action="close"),
)

BY_ID: dict[str, Command] = {command.id: command for command in COMMANDS}


def of_context(context: str, commands: Iterable[Command] = COMMANDS) -> tuple[Command, ...]:
    """The commands of one context alone, in the table's order."""
    return tuple(command for command in commands if command.context == context)


def reached(context: str) -> tuple[str, ...]:
    """The contexts whose keys answer in a context: its own, then those it includes."""
    return tuple(dict.fromkeys((context, *(other for part in INCLUDED[context] for other in reached(part)))))


def reachable(context: str, commands: Iterable[Command] = COMMANDS) -> tuple[Command, ...]:
    """The commands whose keys answer in a context: its own, then those of the contexts it includes."""
    table = tuple(commands)
    return tuple(command for part in reached(context) for command in of_context(part, table))
