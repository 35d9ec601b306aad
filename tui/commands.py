"""The one table of commands: bindings, key bar, help, palette, `ai-debt keys` and the documents are made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.keys import KeysError, key_name, types_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    `action_close` of the screen or widget that has the key, or `marks.invert`, the method `invert` of its part `marks`.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    context: str = "dashboard"
    needs: str = "register"
    bar: int = 0
    action: str = ""


def _item(verb: str, key: str, label: str, help_text: str, bar: int = 0, needs: str = "items") -> Command:
    return Command(f"item.{verb}", (key,), label, help_text, "item", needs, bar)


COMMANDS: tuple[Command, ...] = (
    _item("set-status-open", "o", "open", "Set the status to Open", 10),
    _item("set-status-in-progress", "p", "progress", "Set the status to In Progress", 2),
    _item("set-status-mitigated", "m", "mitigated", "Set the status to Mitigated", 1),
    _item("mitigate-with-note", "M", "with note", "Set the status to Mitigated with a note", 8),
    _item("accept", "a", "accept", "Accept the debt: why, by whom, until when", 3),
    _item("set-severity", "s", "severity", "Set the severity, or make it unrated", 14),
    _item("set-owner", "w", "owner", "Set the owner", 5),
    _item("set-due", "t", "due", "Set the due date", 15),
    _item("comment", "c", "comment", "Add a comment", 16),
    _item("edit", "e", "edit", "Edit all fields in a form", 4),
    _item("edit-texts", "E", "texts", "Edit the long texts in $VISUAL or $EDITOR", 18, "item"),
    Command("item.new", ("n",), "new", "Add an item", bar=12),
    Command("item.remove", ("D",), "remove", "Remove the item", needs="items"),
    _item("link", "l", "link", "Link this item to one that it makes worse", 13),
    _item("relabel", "L", "relabel", "Change the label of a dependency", needs="item"),
    _item("unlink", "d", "unlink", "Remove a dependency", needs="item"),
    Command("item.history", ("h",), "history", "Show the history: who changed what, and when", "item", bar=20),
    _item("copy-key", "y", "copy key", "Copy the item's key to the clipboard"),
    _item("copy-markdown", "Y", "copy Markdown", "Copy the item as Markdown to the clipboard"),
    Command(
        "items.mark",
        ("Space",),
        "mark",
        "Mark or unmark the item; edits apply to all marked items",
        needs="item",
        bar=21,
    ),
    Command("items.mark-all", ("*",), "mark all", "Mark all shown items"),
    Command("items.mark-invert", ("!",), "invert", "Invert marks on the shown items"),
    Command("items.filter", ("/",), "filter", "Filter as you type: words, status:open, age:>30d", bar=6),
    Command("items.clear", ("Esc",), "clear", "Clear the marks, the filter or the category"),
    Command("items.filter-help", ("F1",), "filter words", "Show the filter language"),
    Command("items.sort-next", (">",), "sort", "Next sort order: score, age, severity, key, changed"),
    Command("items.sort-previous", ("<",), "sort back", "Previous sort order (sort:-age in the filter reverses)"),
    Command("view.list", ("v",), "views", "Show saved views with their counts", bar=17),
    Command("view.save", ("ctrl+s",), "save view", "Save the current filter as a view"),
    Command("change.undo", ("u",), "undo", "Undo my last change", "item", bar=11),
    Command("change.redo", ("ctrl+r",), "redo", "Redo my last undo", "item"),
    Command("register.export", ("x",), "export", "Export the register to its Markdown file", bar=9),
    Command("register.import", ("I",), "import", "Import a Markdown file, after a preview"),
    Command("register.page", ("i",), "register", "Show and edit the register's settings", bar=17),
    Command("register.categories", ("C",), "categories", "Add, edit, move and remove categories"),
    Command("register.as-of", ("T",), "as of", "Show the register on another date, or return to today", bar=22),
    Command("register.trend", ("H",), "trends", "Show debt trends", bar=23),
    Command("review.open", ("r",), "review", "Start or resume a review", bar=7),
    Command("review.since", ("R",), "since review", "Show changes since the last review"),
    Command("followup.list", ("W",), "follow-ups", "Show, close and edit follow-ups", "item", bar=24),
    Command("pane.categories", ("1",), "categories", "Go to the categories", needs=""),
    Command("pane.items", ("2",), "items", "Go to the items", needs=""),
    Command("pane.item", ("3",), "item", "Go to the item's details", needs=""),
    Command("pane.dashboard", ("4",), "dashboard", "Go to the dashboard", needs=""),
    Command("pane.map", ("5",), "map", "Go to the dependency map", needs=""),
    Command("pane.fix-first", ("F",), "fix first", "Switch between the dashboard and what to fix first", bar=16),
    Command("pane.owners", ("O",), "owners", "Switch between the dashboard and owners", bar=18),
    Command("pane.next", ("Tab",), "next pane", "Go to the next pane", needs=""),
    Command("pane.previous", ("shift+Tab",), "previous pane", "Go to the previous pane", needs=""),
    Command("pane.zoom", ("z",), "zoom", "Zoom the pane, or restore the layout", needs="", bar=19),
    Command("list.down", ("Down", "j"), "down", "Move down", "list", "", action="down"),
    Command("list.up", ("Up", "k"), "up", "Move up", "list", "", action="up"),
    Command("list.page-down", ("PgDn",), "page down", "Move a page down", "list", "", action="page_down"),
    Command("list.page-up", ("PgUp",), "page up", "Move a page up", "list", "", action="page_up"),
    Command("list.first", ("g", "Home"), "first", "Go to the first line", "list", "", action="first"),
    Command("list.last", ("G", "End"), "last", "Go to the last line", "list", "", action="last"),
    Command("list.open", ("Enter",), "open", "Open the selected line", "list", "", action="open"),
    Command("list.back", ("Backspace",), "back", "Go back", "list", "", action="back"),
    Command("map.left", ("Left",), "left", "Go to the box on the left", "map", "", action="left"),
    Command("map.right", ("Right",), "right", "Go to the box on the right", "map", "", action="right"),
    Command(
        "map.previous", (",",), "previous", "Go to the previous box in reading order", "map", "", action="previous"
    ),
    Command("map.next", (".",), "next", "Go to the next box in reading order", "map", "", action="next"),
    Command(
        "map.edge-previous",
        ("[",),
        "previous edge",
        "Highlight the previous edge of this box",
        "map",
        "",
        action="edge_previous",
    ),
    Command("map.edge-next", ("]",), "edges", "Highlight the next edge of this box", "map", "", 1, action="edge_next"),
    Command(
        "map.more-hops", ("+",), "more hops", "Show one more hop around the focused item", "map", "", action="more_hops"
    ),
    Command(
        "map.fewer-hops",
        ("-",),
        "fewer hops",
        "Show one hop less around the focused item",
        "map",
        "",
        action="fewer_hops",
    ),
    Command(
        "map.mode", ("V",), "view", "Switch between whole map, focus, overview and list", "map", "", 2, action="mode"
    ),
    Command(
        "map.what-if",
        ("f",),
        "what if fixed",
        "Show map and scores as if this item were fixed",
        "map",
        "item",
        5,
        action="what_if",
    ),
    Command(
        "first.what-if",
        ("f",),
        "what if fixed",
        "Show map and scores as if this item were fixed",
        "first",
        "item",
        1,
        action="what_if",
    ),
    Command(
        "filter.keep", ("Enter",), "apply", "Accept the suggestion, or apply the filter", "filter", "", action="keep"
    ),
    Command("filter.leave", ("Esc",), "clear", "Clear the filter and leave", "filter", "", action="leave"),
    Command(
        "filter.complete",
        ("Tab",),
        "complete",
        "Accept the selected or the first suggestion",
        "filter",
        "",
        action="complete",
    ),
    Command("filter.next", ("Down",), "next", "Select the next suggestion", "filter", "", action="next"),
    Command(
        "filter.previous",
        ("Up",),
        "previous",
        "Select the previous suggestion, or recall earlier filters",
        "filter",
        "",
        action="previous",
    ),
    Command("view.new", ("n",), "new", "Save a filter as a new view", "views", "", 1, action="new"),
    Command("view.edit", ("e",), "edit", "Rename a saved view or change its filter", "views", "", 2, action="edit"),
    Command("view.remove", ("D",), "remove", "Remove a saved view", "views", "", 3, action="remove"),
    Command("view.close", ("Esc", "q"), "close", "Go back to the dashboard", "views", "", 4, action="close"),
    Command("app.palette", ("ctrl+p",), "palette", "Find a command by name", "anywhere", "", action="command_palette"),
    Command("app.help", ("?",), "help", "Show the keys", "anywhere", "", 9, action="help"),
    Command("app.quit", ("q",), "quit", "Quit; everything is saved", "anywhere", "", 10, action="quit"),
    Command(
        "app.leave",
        ("ctrl+c", "ctrl+q"),
        "leave",
        "Quit from anywhere; asks first if something typed is not saved",
        "anywhere",
        "",
        action="leave",
    ),
    Command("form.save", ("ctrl+s",), "save", "Submit the form", "form", "", 1, action="save"),
    Command(
        "form.cancel",
        ("Esc",),
        "cancel",
        "Leave without saving; asks first if you typed something",
        "form",
        "",
        2,
        action="cancel",
    ),
    Command("form.next", ("Tab",), "next", "Complete a path, or go to the next field", "form", "", 3, action="next"),
    Command("form.previous", ("shift+Tab",), "previous", "Go to the previous field", "form", "", action="previous"),
    Command("suggestions.next", ("Down",), "next", "Select the next suggestion", "suggestions", "", action="step(1)"),
    Command(
        "suggestions.previous",
        ("Up",),
        "previous",
        "Select the previous suggestion",
        "suggestions",
        "",
        action="step(-1)",
    ),
    Command("question.back", ("Esc",), "back", "Cancel", "question", "", action="back"),
    Command("question.first", ("Enter",), "first", "Choose the first answer", "question", "", action="first"),
    Command("conflict.mine", ("m",), "mine", "Use my value", "conflict", "", 1, action="choose('mine')"),
    Command("conflict.theirs", ("t",), "theirs", "Use their value", "conflict", "", 2, action="choose('theirs')"),
    Command("conflict.save", ("ctrl+s",), "save", "Save the chosen values", "conflict", "", 3, action="save"),
    Command(
        "conflict.before", ("b",), "before", "Restore the original value", "conflict", "", 4, action="choose('before')"
    ),
    Command("conflict.next", ("Tab",), "next", "Go to the next field", "conflict", "", action="step(1)"),
    Command(
        "conflict.previous", ("shift+Tab",), "previous", "Go to the previous field", "conflict", "", action="step(-1)"
    ),
    Command(
        "conflict.cancel", ("Esc", "q"), "back", "Go back to editing without saving", "conflict", "", 5, action="cancel"
    ),
    Command("history.close", ("Esc", "q"), "close", "Go back to the dashboard", "history", "", 1, action="close"),
    Command("trend.status", ("s",), "status", "Show items by status", "trend", "", 1, action="show('status')"),
    Command(
        "trend.category", ("c",), "category", "Show open debt by category", "trend", "", 2, action="show('category')"
    ),
    Command(
        "trend.severity", ("v",), "severity", "Show open debt by severity", "trend", "", 3, action="show('severity')"
    ),
    Command(
        "trend.flow", ("f",), "flow", "Show debt added and resolved by month", "trend", "", 4, action="show('flow')"
    ),
    Command(
        "trend.ages",
        ("a",),
        "ages",
        "Show the age of High and Critical debt and the time to mitigate",
        "trend",
        "",
        5,
        action="show('ages')",
    ),
    Command("trend.next", ("Right",), "next", "Show the next chart", "trend", "", action="step(1)"),
    Command("trend.previous", ("Left",), "previous", "Show the previous chart", "trend", "", action="step(-1)"),
    Command("trend.close", ("Esc", "q"), "close", "Go back to the dashboard", "trend", "", 6, action="close"),
    Command("import.apply", ("y",), "import", "Import what is shown", "import", "", 1, action="apply"),
    Command(
        "import.prune",
        ("P",),
        "with removals",
        "Import, and remove what the file no longer contains",
        "import",
        "",
        2,
        action="prune",
    ),
    Command(
        "import.prefer-file",
        ("F",),
        "file wins",
        "Import; in conflicts, use the file's value",
        "import",
        "",
        3,
        action="prefer_file",
    ),
    Command(
        "import.prefer-register",
        ("R",),
        "register wins",
        "Import; in conflicts, keep the register's value",
        "import",
        "",
        4,
        action="prefer_register",
    ),
    Command(
        "import.change", ("e",), "change", "Change what a column, label or word means", "import", "", 5, action="change"
    ),
    Command("import.cancel", ("Esc", "q"), "cancel", "Leave without importing", "import", "", 6, action="cancel"),
    Command(
        "register.edit", ("e",), "edit", "Edit the register's settings in a form", "register", "", 1, action="edit"
    ),
    Command(
        "register.cadence-new",
        ("n",),
        "new entry",
        "Add a review cadence entry",
        "register",
        "",
        2,
        action="cadence_new",
    ),
    Command(
        "register.cadence-edit",
        ("E",),
        "edit line",
        "Edit the selected cadence entry or rule",
        "register",
        "",
        4,
        action="cadence_edit",
    ),
    Command(
        "register.cadence-remove",
        ("D",),
        "remove line",
        "Remove the selected cadence entry or rule",
        "register",
        "",
        5,
        action="cadence_remove",
    ),
    Command("register.rule-new", ("r",), "new rule", "Add an escalation rule", "register", "", 3, action="rule_new"),
    Command("register.close", ("Esc", "q"), "close", "Go back to the dashboard", "register", "", 6, action="close"),
    Command("category.new", ("n",), "new", "Add a category", "categories", "", 1, action="new"),
    Command(
        "category.edit",
        ("e",),
        "edit",
        "Edit the category's code, name and definition",
        "categories",
        "",
        2,
        action="edit",
    ),
    Command("category.move-up", ("K",), "move up", "Move the category up", "categories", "", 3, action="move(-1)"),
    Command("category.move-down", ("J",), "move down", "Move the category down", "categories", "", 4, action="move(1)"),
    Command("category.remove", ("D",), "remove", "Remove an empty category", "categories", "", 5, action="remove"),
    Command("category.close", ("Esc", "q"), "close", "Go back to the dashboard", "categories", "", 6, action="close"),
    Command("review.keep", ("Enter",), "keep", "Keep the item unchanged and continue", "review", "", 1, action="keep"),
    Command("review.next", ("n",), "next", "Continue without deciding", "review", "", 6, action="next"),
    Command(
        "review.follow-up",
        ("F",),
        "follow-up",
        "Record a follow-up: what, who, when",
        "review",
        "item",
        2,
        action="follow_up",
    ),
    Command("review.left", ("Left",), "previous item", "Go to the previous item", "review", "", action="left"),
    Command("review.right", ("Right",), "next item", "Go to the next item", "review", "", action="right"),
    Command("review.first", ("g", "Home"), "first", "Go to the first item", "review", "", action="first"),
    Command("review.last", ("G", "End"), "last", "Go to the last item", "review", "", action="last"),
    Command("review.down", ("Down", "j"), "down", "Scroll down", "review", "", action="down"),
    Command("review.up", ("Up", "k"), "up", "Scroll up", "review", "", action="up"),
    Command(
        "review.page-down", ("PgDn", "Space"), "page down", "Scroll a page down", "review", "", 0, action="page_down"
    ),
    Command("review.page-up", ("PgUp",), "page up", "Scroll a page up", "review", "", action="page_up"),
    Command(
        "review.queue", ("v",), "queue", "Show the queue: what is decided, and by whom", "review", "", 8, action="queue"
    ),
    Command("review.minutes", ("i",), "minutes", "Show the minutes so far", "review", "", 20, action="minutes"),
    Command(
        "review.participants",
        ("P",),
        "participants",
        "Change the participants and the title",
        "review",
        "",
        21,
        action="participants",
    ),
    Command("review.end", ("X",), "end", "End the review; asks first", "review", "", 10, action="end"),
    Command("review.close", ("q", "Esc"), "leave", "Leave; the review stays open", "review", "", 22, action="close"),
    Command("followup.done", ("d",), "done", "Mark the follow-up done", "followups", "", 1, action="done"),
    Command("followup.drop", ("x",), "drop", "Drop the follow-up", "followups", "", 2, action="drop"),
    Command("followup.reopen", ("o",), "reopen", "Reopen the follow-up", "followups", "", 3, action="reopen"),
    Command(
        "followup.edit", ("e",), "edit", "Edit the task, the owner and the due date", "followups", "", 4, action="edit"
    ),
    Command("followup.all", ("a",), "all", "Show or hide closed follow-ups", "followups", "", 5, action="all"),
    Command("followup.undo", ("u",), "undo", "Undo my last change", "followups", "", 6, action="undo"),
    Command("followup.redo", ("ctrl+r",), "redo", "Redo my last undo", "followups", "", action="redo"),
    Command("followup.close", ("Esc", "q"), "close", "Go back", "followups", "", 7, action="close"),
    Command("queue.close", ("Esc", "q"), "close", "Go back to the item", "queue", "", 1, action="close"),
    Command(
        "minutes.export", ("x",), "export", "Export the minutes to a Markdown file", "minutes", "", 1, action="export"
    ),
    Command("minutes.end", ("X",), "end the review", "End the review; asks first", "minutes", "", 2, action="end"),
    Command("minutes.reopen", ("o",), "reopen", "Reopen the review; asks first", "minutes", "", 3, action="reopen"),
    Command("minutes.close", ("Esc", "q"), "close", "Go back", "minutes", "", 4, action="close"),
    Command("reviews.reopen", ("o",), "reopen", "Reopen the review; asks first", "reviews", "", 1, action="reopen"),
    Command("reviews.close", ("Esc", "q"), "close", "Go back", "reviews", "", 2, action="close"),
    Command(
        "since.reviews", ("v",), "reviews", "List the reviews and read their minutes", "since", "", 1, action="reviews"
    ),
    Command("since.close", ("Esc", "q"), "close", "Go back to the dashboard", "since", "", 2, action="close"),
    Command("help.find", ("/",), "search", "Search this page", "help", "", 1, action="find"),
    Command("help.find-next", ("n",), "next", "Go to the next match", "help", "", 2, action="find_next"),
    Command("help.find-previous", ("N",), "previous", "Go to the previous match", "help", "", action="find_previous"),
    Command("help.close", ("Esc", "q", "?"), "close", "End the search, or go back", "help", "", 3, action="close"),
    Command(
        "welcome.import",
        ("i",),
        "import a file",
        "Import a Markdown file, after a preview",
        "welcome",
        "",
        1,
        action="import",
    ),
    Command(
        "welcome.sample", ("s",), "load the sample", "Start with the sample register", "welcome", "", 2, action="sample"
    ),
    Command("welcome.begin", ("n",), "new register", "Start an empty register", "welcome", "", 3, action="begin"),
    Command("welcome.close", ("Esc",), "leave", "Quit; nothing is created", "welcome", "", 4, action="close"),
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


class Clash(NamedTuple):
    """A key that would mean two commands in one context."""

    key: str
    first: Command
    second: Command


def clashes(commands: Iterable[Command] = COMMANDS) -> tuple[Clash, ...]:
    """The keys that would mean two things in one context."""
    table = tuple(commands)
    found: dict[Clash, None] = {}
    for context in CONTEXTS:
        taken: dict[str, Command] = {}
        for command in reachable(context, table):
            for key in command.keys:
                other = taken.setdefault(key, command)
                # A page may use one of its keys for leaving, as the dashboard uses it for quitting.
                if (other is not command and other.context == command.context) or (
                    other is not command and (other.context, command.context) not in _SHADOWS
                ):
                    found[Clash(key, other, command)] = None
    return tuple(found)


_PAGES = "conflict history trend import register categories views review followups queue minutes reviews since help"
_SHADOWS = frozenset((page, "anywhere") for page in _PAGES.split())


_TYPING = ("form", "filter", "question")
"""Where keys that type or edit text belong to the text, or to the answers of a question."""


def checked_keys(command_id: str, written: Iterable[str]) -> tuple[str, ...]:
    """Keys for a command by their names, however they were written.

    Raises KeysError for an id that there is none of, and for keys that it cannot have.
    """
    command = BY_ID.get(command_id)
    if command is None:
        raise KeysError(f"unknown command {command_id!r} (`ai-debt keys` lists them)")
    keys = tuple(dict.fromkeys(key_name(each) for each in written))
    typing = [key for key in keys if types_text(key)]
    if command.context in _TYPING and typing:
        raise KeysError(f"{typing[0]} types or edits text there (use a key such as ctrl+r or F2)")
    return keys


def rebound(overrides: Mapping[str, Iterable[str]], commands: Iterable[Command] = COMMANDS) -> tuple[Command, ...]:
    """The table with other keys, by command id, whatever clashes. Raises KeysError as `checked_keys` does."""
    keys = {command_id: checked_keys(command_id, written) for command_id, written in overrides.items()}
    return tuple(command._replace(keys=keys.get(command.id, command.keys)) for command in commands)
