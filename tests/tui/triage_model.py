"""What each key of the dashboard must do, computed by a model that knows nothing of Textual or the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.tui.triage import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

OPEN, PROGRESS, MITIGATED = "Open", "In Progress", "Mitigated"
STATUSES = {"o": OPEN, "p": PROGRESS, "m": MITIGATED}
SEVERITIES = {"c": "Critical", "h": "High", "m": "Medium", "l": "Low", "u": None}
PAGES = ("h", "i", "C", "v", "x", "I", "r", "R", "T", "H", "W", "?", "f1", "ctrl+p", "n")
"""Keys that open a page or form of the register; Esc leaves it."""
FORMS = ("M", "a", "w", "t", "c", "e", "l", "D", "s")
"""Keys that open a form or a question about the chosen item; Esc leaves it."""
MAP = (".", ",", "[", "]", "+", "-", "V", "j", "k", "left", "right")
WAIT = "wait"
"""Not a key: what comes next answers a question that has to be seen first."""


@dataclass(frozen=True)
class Item:
    """The fields that keys change."""

    status: str = OPEN
    status_note: str | None = None
    severity: str | None = "Medium"
    owner: str | None = None


State = dict[str, Item | None]
"""Some items at some time; None if there are none."""


@dataclass
class Dashboard:
    """The dashboard as its user understands it.

    codes: the categories. shown: the rows of the list. edited: the item under the cursor after its user changed it
    alone; its row stays until the cursor leaves it. elsewhere: whether the chosen item is not in the list, as one
    that undo went to. trail: the verbs and what each was about.
    """

    order: tuple[str, ...]
    codes: tuple[str, ...]
    items: dict[str, Item] = field(default_factory=dict)
    pane: int = 2
    category: str | None = None
    filter: str = ""
    shown: list[str] = field(default_factory=list)
    cursor: int = 0
    chosen: str | None = None
    edited: str | None = None
    elsewhere: bool = False
    marked: set[str] = field(default_factory=set)
    trail: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    done: list[tuple[State, State]] = field(default_factory=list)
    undone: list[tuple[State, State]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.items = dict.fromkeys(self.order, Item())
        self.begin_list()

    # The list

    @property
    def narrowed(self) -> bool:
        """Whether the list may hide items."""
        return bool(self.filter or self.category)

    def found(self) -> list[str]:
        """The items that the category and the filter show."""
        return [key for key in self.order if key in self.items and self._passes(key)]

    def _passes(self, key: str) -> bool:
        if self.category not in (None, key[:2]):
            return False
        if self.filter == "status:open":
            return self.items[key].status == OPEN
        return not self.filter or WORDS[self.order.index(key) % len(WORDS)] == self.filter

    def begin_list(self, anchor: str | None = None) -> None:
        """Another list: the cursor is on the anchor, or else at its top."""
        self.shown, self.edited, self.elsewhere = self.found(), None, False
        self.cursor = self.shown.index(anchor) if anchor in self.shown else 0
        self.chosen = self.shown[self.cursor] if self.shown else None

    def reload(self, choose: str | None = None) -> None:
        """What the list shows after a change: the cursor stays on its item, an edited item keeps its row."""
        rows = self.found()
        has_row = self.cursor < len(self.shown) and self.shown[self.cursor] == self.edited
        if has_row and choose in (None, self.edited) and self.chosen == self.edited and self.edited in self.items:
            here = rows.index(self.edited) if self.edited in rows else None
            if (here, len(rows)) != (self.cursor, len(self.shown)):
                return
        self.shown = rows
        wanted = choose or self.chosen
        stays = choose is not None or (self.elsewhere and wanted in self.items)
        self.elsewhere = False
        self.cursor = rows.index(wanted) if wanted in rows else min(self.cursor, max(len(rows) - 1, 0))
        if wanted in rows:
            self.chosen = wanted
        elif not rows:
            self.chosen = None
        elif stays:
            self.chosen, self.elsewhere = wanted, True
        else:
            self.chosen = rows[self.cursor]
        if self.chosen != self.edited:
            self.edited = None

    def move(self, to: int) -> None:
        """Put the cursor on a row, or the nearest there is."""
        if not self.shown:
            return
        self.cursor = max(0, min(to, len(self.shown) - 1))
        self.elsewhere = False
        left = self.edited is not None and self.shown[self.cursor] != self.edited
        self.chosen = self.shown[self.cursor]
        if left:
            self.edited = None
            self.reload()

    # Changes

    @property
    def targets(self) -> list[str]:
        """What an editing key acts on: what is marked, else what is chosen in the list or shown in the details."""
        if self.marked:
            return sorted(self.marked)
        return [self.chosen] if self.chosen is not None and self.pane in (2, 3) else []

    def change(self, verb: str, keys: Iterable[str], **fields: str | None) -> None:
        """Give items other values, as one step of undo."""
        before: State = {key: self.items[key] for key in keys}
        after: State = {key: replace(item, **fields) for key, item in before.items() if item is not None}
        self.write(verb, before, after)
        self.reload()

    def write(self, verb: str, before: State, after: State) -> None:
        """Write what differs; nothing is recorded where nothing does."""
        changed = [key for key in before if before[key] != after[key]]
        if changed or verb == "comment":
            keys = changed or list(before)
            self.put({key: after[key] for key in keys})
            self.trail.append((verb, frozenset(keys)))
            self.done.append(({key: before[key] for key in keys}, {key: after[key] for key in keys}))
            self.undone.clear()
            self.keep_row(keys)

    def keep_row(self, changed: Iterable[str]) -> None:
        """An item that is under the cursor, and changed alone, keeps its row until the cursor leaves it."""
        self.edited = self.chosen if self.narrowed and set(changed) == {self.chosen} else None

    def put(self, state: State) -> None:
        """Let items be as in a state."""
        for key, item in state.items():
            if item is None:
                self.items.pop(key, None)
                self.marked.discard(key)
            else:
                self.items[key] = item

    def go_back(self, verb: str, done: list[tuple[State, State]], undone: list[tuple[State, State]], at: int) -> None:
        """Undo or redo the newest step, and go to what it was about."""
        if not done:
            return
        step = done.pop()
        undone.append(step)
        self.put(step[at])
        self.trail.append((verb, frozenset(step[at])))
        self.keep_row(step[at])
        first = min(step[at])
        if self.chosen in step[at]:
            first = self.chosen
        elif any(key in self.marked for key in step[at]):
            self.reload()
            return
        self.reload(first if step[at][first] is not None else None)


Keys = tuple[str, ...]
Act = Callable[[Dashboard, "Random"], Keys]


def set_status(board: Dashboard, random: Random) -> Keys:
    """`o` `p` `m` set the status of the chosen item, or of all marked; another status drops the status note.

    Where the filter hides marked items, Enter is for those shown, or else the item under the cursor, `a` for all.
    """
    key = random.choice("opm")
    status, targets = STATUSES[key], board.targets
    if not targets:
        return (key,)
    shown = [each for each in targets if not board.marked or each in board.found()]
    answer: Keys = ()
    if len(shown) < len(targets):
        alone = [board.chosen] if board.chosen is not None else []
        choice = random.choice(("enter", "a", "escape") if shown or alone else ("a", "escape"))
        answer = (WAIT, choice)
        if choice == "enter":
            targets = shown or alone
        elif choice == "escape":
            targets = []
    changing = [each for each in targets if board.items[each].status != status]
    if targets:
        board.change("set-status", changing, status=status, status_note=None)
    return (key, *answer)


def note(board: Dashboard, random: Random) -> Keys:
    """`M` asks for a note and sets Mitigated."""
    text = f"note{random.randrange(9)}"
    board.change("set-status", [str(board.chosen)], status=MITIGATED, status_note=text)
    return ("M", *text, "ctrl+s")


def set_severity(board: Dashboard, random: Random) -> Keys:
    """`s` and a letter set the severity."""
    letter = random.choice([*SEVERITIES])
    board.change("edit", board.targets, severity=SEVERITIES[letter])
    return ("s", letter)


def set_owner(board: Dashboard, random: Random) -> Keys:
    """`w` asks for the owner."""
    owner = f"team{random.randrange(3)}"
    board.change("edit", board.targets, owner=owner)
    return ("w", "ctrl+u", *owner, "enter")


def comment(board: Dashboard, random: Random) -> Keys:  # noqa: ARG001
    """`c` asks for a comment; `mop` in it are not commands."""
    state: State = {key: board.items[key] for key in board.targets}
    board.write("comment", state, state)
    board.reload()
    return ("c", *"mop", "ctrl+s")


def remove(board: Dashboard, random: Random) -> Keys:  # noqa: ARG001
    """`D` and `y` remove the item, or all marked; the next one comes under the cursor."""
    state: State = {key: board.items[key] for key in board.targets}
    board.write("remove", state, dict.fromkeys(state))
    board.edited = None
    board.reload()
    return ("D", "y")


def undo(board: Dashboard, random: Random) -> Keys:  # noqa: ARG001
    """`u` undoes my newest change, and goes to it."""
    board.go_back("undo", board.done, board.undone, 0)
    return ("u",)


def redo(board: Dashboard, random: Random) -> Keys:  # noqa: ARG001
    """`ctrl+r` redoes what was undone, and goes to it."""
    board.go_back("redo", board.undone, board.done, 1)
    return ("ctrl+r",)


def move(board: Dashboard, random: Random) -> Keys:
    """Keys that move the cursor of the list."""
    key = random.choice(("j", "j", "j", "down", "k", "k", "up", "g", "home", "G", "end"))
    steps = {"j": 1, "down": 1, "k": -1, "up": -1}
    ends = {"g": 0, "home": 0, "G": len(board.shown), "end": len(board.shown)}
    board.move(ends[key] if key in ends else board.cursor + steps[key])
    return (key,)


def turn_pages(board: Dashboard, random: Random) -> Keys:
    """PgDn and PgUp move by a screen, as far as there are rows."""
    keys = ["pagedown"] * 8
    board.move(len(board.shown))
    if random.random() < 0.5:
        keys += ["pageup"] * 8
        board.move(0)
    return tuple(keys)


def mark(board: Dashboard, random: Random) -> Keys:  # noqa: ARG001
    """Space marks the chosen item, or no longer, and goes on in the list."""
    if board.chosen is not None:
        board.marked ^= {board.chosen}
        if board.pane == 2:
            board.move(board.cursor + 1)
    return ("space",)


def mark_all(board: Dashboard, random: Random) -> Keys:  # noqa: ARG001
    """`*` marks all that the filter shows."""
    board.marked |= set(board.found())
    return ("*",)


def invert(board: Dashboard, random: Random) -> Keys:  # noqa: ARG001
    """`!` marks those that are shown and not marked, and no longer the others that are shown."""
    board.marked ^= set(board.found())
    return ("!",)


def clear(board: Dashboard, random: Random) -> Keys:  # noqa: ARG001
    """Esc clears the marks, then the filter, then the category."""
    if board.marked:
        board.marked = set()
    elif board.filter or board.category:
        if board.filter:
            board.filter = ""
        else:
            board.category = None
        board.edited = None
        board.reload()
    return ("escape",)


def narrow(board: Dashboard, random: Random) -> Keys:
    """`/`, words and Enter filter; the cursor stays on its item, or goes to the first that is found."""
    board.filter = random.choice((*WORDS, "status:open", "status:open", ""))
    board.pane = 2
    board.begin_list(board.chosen)
    return ("/", "ctrl+u", *board.filter, "enter")


def choose_category(board: Dashboard, random: Random) -> Keys:
    """In pane 1 the cursor chooses a category, whose items show from the top; `2` goes to them."""
    codes = (None, *board.codes)
    at, keys = codes.index(board.category), ["1"]
    for _ in range(random.randrange(1, 4)):
        key = random.choice("jkgG")
        at = {"j": min(at + 1, len(codes) - 1), "k": max(at - 1, 0), "g": 0, "G": len(codes) - 1}[key]
        if codes[at] != board.category:
            board.category = codes[at]
            board.begin_list()
        keys.append(key)
    board.pane = 2
    return (*keys, random.choice(("2", "enter")))


def sort(board: Dashboard, random: Random) -> Keys:  # noqa: ARG001
    """`>` and `<` sort and go back to the document's order; the list begins at its top."""
    board.begin_list()
    return (">", "<")


def look_at_map(board: Dashboard, random: Random) -> Keys:
    """In pane 5 keys go from box to box; back in the list, `g` goes to its top."""
    board.pane = 2
    board.begin_list()
    return ("5", *random.choices(MAP, k=4), "2", "g")


def go_to_pane(board: Dashboard, random: Random) -> Keys:
    """`1` to `5`, Tab and shift+Tab go to a pane; `F` and `O` show something else in pane 4, and back."""
    key = random.choice(("1", "2", "3", "4", "5", "tab", "shift+tab", "F", "O"))
    steps = {"tab": board.pane % 5 + 1, "shift+tab": (board.pane - 2) % 5 + 1, "F": 4, "O": 4}
    board.pane = steps[key] if key in steps else int(key)
    return (key, key) if key in "FO" else (key,)


def look_around(board: Dashboard, random: Random) -> Keys:
    """In the details and the dashboard the keys of lists move a separate cursor; Backspace has nowhere to go."""
    keys = ("j", "k", "down", "up", "g", "G", "home", "end", "pagedown", "pageup")
    return tuple(random.choices((*keys, "backspace") if board.pane == 3 else keys, k=3))


def zoom(board: Dashboard, random: Random) -> Keys:  # noqa: ARG001
    """`z` gives the pane the whole screen, and back."""
    return ("z", "z")


def copy(board: Dashboard, random: Random) -> Keys:  # noqa: ARG001
    """`y` copies keys and changes nothing."""
    return ("y",)


def look_at_page(board: Dashboard, random: Random) -> Keys:
    """A page or a form, and Esc."""
    return (random.choice((*PAGES, "ctrl+s") if board.filter else PAGES), "escape")


def leave_form(board: Dashboard, random: Random) -> Keys:  # noqa: ARG001
    """A form about the item, and Esc."""
    return (random.choice(FORMS), "escape")


def open_item(board: Dashboard, random: Random) -> Keys:  # noqa: ARG001
    """Enter in the list goes to the item's details."""
    board.pane = 3 if board.shown else 2
    return ("enter",)


def in_list(board: Dashboard) -> bool:
    """Whether the list has the keys."""
    return board.pane == 2


def beside_list(board: Dashboard) -> bool:
    """Whether a pane has the keys that shows something about the items."""
    return board.pane in (3, 4)


def off_map(board: Dashboard) -> bool:
    """Whether the keys are not on a box of the map, which may be about another item."""
    return board.pane != 5


def at_item(board: Dashboard) -> bool:
    """Whether the keys are for what is chosen, in the list or in its details."""
    return board.pane in (2, 3)


def on_shown(board: Dashboard) -> bool:
    """Whether keys for items have some, and the filter hides none of them."""
    return at_item(board) and bool(board.targets) and board.marked <= set(board.found())


def on_one(board: Dashboard) -> bool:
    """Whether there is one item for the keys."""
    return at_item(board) and board.chosen in board.items and not board.marked


def in_sight(board: Dashboard) -> bool:
    """Whether the chosen item is in the list: a page may bring the choice back to it."""
    return board.chosen is None or board.chosen in board.shown


def always(board: Dashboard) -> bool:  # noqa: ARG001
    """Everywhere."""
    return True


STEPS: tuple[tuple[int, Act, Callable[[Dashboard], bool]], ...] = (
    (30, move, in_list),
    (1, turn_pages, in_list),
    (30, set_status, off_map),
    (6, undo, always),
    (4, redo, always),
    (3, note, on_one),
    (3, set_severity, on_shown),
    (3, set_owner, on_shown),
    (2, comment, on_shown),
    (2, remove, on_shown),
    (8, mark, at_item),
    (1, mark_all, in_list),
    (2, invert, in_list),
    (7, clear, at_item),
    (4, narrow, always),
    (4, choose_category, always),
    (1, sort, in_list),
    (1, look_at_map, lambda board: board.edited is None),
    (6, go_to_pane, always),
    (3, look_around, beside_list),
    (1, zoom, always),
    (1, copy, at_item),
    (3, look_at_page, in_sight),
    (3, leave_form, on_shown),
    (2, open_item, in_list),
)
"""How often each step comes, what it is, and where it can be."""


def step(board: Dashboard, random: Random) -> Keys:
    """Some keys that can come next; the board is as they leave it."""
    able = [(weight, act) for weight, act, can in STEPS if can(board)]
    act = random.choices([act for _, act in able], [weight for weight, _ in able])[0]
    return act(board, random)
