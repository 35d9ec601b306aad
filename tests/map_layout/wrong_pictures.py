"""Wrong pictures of the map: why each is refused, the cell that is named, and its labels."""

from __future__ import annotations

from typing import NamedTuple


class Wrong(NamedTuple):
    """A wrong picture and what has to be said about it."""

    text: str
    reason: str
    cell: tuple[int, int]
    labels: tuple[str, ...]


IN_BOTH = """
== a line ends in nothing | opens to a blank | 1, 2
[A-1]
  │
== a branch ends in nothing | opens to a blank | 2, 4
[A-1]
  │
  ├──
  ▼
[B-1]
== an arm leads over the margin | opens to a blank | 0, 5
[A-1]─
== a dash that belongs to nothing | opens to a blank | 3, 6
[A-1]
  │
  ▼
[B-1] ─
== a ring that belongs to nothing | has no arrowhead | 0, 6
[A-1] ┌──┐
      └──┘
== an arrowhead at nothing | points at no box | 2, 2
[A-1]
  │
  ▼
== an arrowhead past a box | points at no box | 3, 6
[A-1]
    │
    └─┐
      ▼
[B-1]
== an arrowhead at a label | points at no box | 0, 6 | words
[A-1]─►words
== an arrowhead without a line | the arrowhead has no line | 1, 2
[A-1]
  ▼
[B-1]
== a line that leaves no box | leaves no box | 0, 1
 ┌─►[A-1]
 └─►[B-1]
== a line without an arrowhead | has no arrowhead | 1, 2
[A-1]
  │
[B-1]
== a line into one that passes | does not open to it | 1, 2
[A-1]
  │
  ─────►[B-1]
== a line that ends behind a vertical | does not go on behind the vertical | 2, 7
[A-1]  [B-1]
  │     │
  └─────│
        ▼
       [C-1]
== a line from a box behind a vertical | does not go on behind the vertical | 2, 6
     [C-1]
     │
[A-1]│─►[B-1]
     ▼
   [D-1]
== a line down through a box | has no arrowhead | 1, 2
[A-1]
  │
[B-1]
  │
  ▼
[C-1]
== a line sideways through a box | meets a box without an arrowhead | 2, 4
[A-1]
  │
  ├──[B-1]──┐
  ▼         ▼
[C-1]     [D-1]
== a dashed line through a box | has no arrowhead | 4, 2
[A-1]
  ▲
  ┆
[B-1]
  ┆
[C-1]
== a line beside a box that is not its end | touches B-1, which is not its end | 4, 5
[A-1]
  │
  └──┐
     │
[B-1]│
     ▼
   [C-1]
== a line under a box that is not its end | touches B-1, which is not its end | 1, 6
[A-1] [B-1]
  └─────────┐
            │
            ▼
          [D-1]
== a branch under a box that is not its end | touches B-1, which is not its end | 2, 6
[A-1]        [C-1]
  │   [B-1]    │
  └─┬──────────┘
    ▼
  [D-1]
== a line from a side that goes down | meets a box without an arrowhead | 0, 5
[A-1]──┐
       ▼
     [B-1]
== a line down that goes to a side | meets a box without an arrowhead | 1, 2
[A-1]
  │
  └──►[B-1]
== a line to the left | meets a box without an arrowhead | 0, 4
  ┌──[A-1]
  │
  └─►[B-1]
== a solid line up | a solid line leads up | 1, 2
[A-1]
  ▲
  │
[B-1]
== down, then up to an arrowhead | leads to no arrowhead from here | 3, 7
[A-1]     [B-1]
  │         │
  ├────┐    │
  │    └────┘
  ▼
[C-1]
== up from one line to another box | comes here from no box | 1, 6
[A-1]
  │   ┌────┐
  └─┬─┘    │
    ▼      ▼
  [B-1]  [C-1]
== arrowheads of two directions | point in two directions | 3, 2
[A-1]
  │
  ├─────►[B-1]
  ▼
[C-1]
== two sources and two targets on one trunk | several lines come together here and several part | 2, 2
[A-1]   [B-1]
  │       │
  └─┬───┬─┘
    ▼   ▼
 [C-1] [D-1]
== two sources join, then part to two targets | several lines come together here and several part | 2, 2
[A-1]   [B-1]
  │       │
  └──┬────┘
     │
  ┌──┴────┐
  ▼       ▼
[C-1]   [D-1]
== a trunk in which one of two lines goes on | several lines come together here and several part | 2, 2
[A-1]   [B-1]
  │       │
  ├───────┤
  ▼       ▼
[C-1]   [D-1]
== two sources and two targets side by side | several lines come together here and several part | 0, 6
[A-1]─┐ ┌►[C-1]
      ├─┤
[B-1]─┘ └►[D-1]
== two sources and two targets on one upright trunk | several lines come together here and several part | 0, 6
[A-1]─┬►[C-1]
      │
[B-1]─┴►[D-1]
== a dashed line into a solid one | a dashed line meets a solid one | 1, 1
[A-1]
 │ ▲
 │ ┆
 ├─┘
 ▼
[B-1]
== a dashed line that two share | a dashed line meets another | 2, 2
[A-1]
  ▲
  ├┄┄┄┄┄┐
  ┆     ┆
[B-1] [C-1]
== a dashed line with two arrowheads | leaves no box | 1, 2
[A-1]
  ▲
  ┆
  ▼
[B-1]
== a dashed line that leaves its box without a dash | without an upright dash | 3, 6
[A-1]
  ▲
  ┆
  └┄┄┄┐
    [B-1]
== a label too far from its line | beside no line | 1, 5 | far
[A-1]
  │  far
  ▼
[B-1]
== a label left of its line | beside no line | 1, 0 | le
[AAA-1]
le │
   ▼
[B-1]
== a label on its own | beside no line | 0, 7 | alone
[A-1]  alone
== a label longer than its line | beside no line | 1, 4 | one/two
[A-1]
  │ one
  ▼ two
[B-1]
== a label under its line | beside no line | 1, 6 | under
[A-1]──────────►[B-1]
      under
== a label beside what two targets share | what several lines share | 1, 4 | shared
[A-1]
  │ shared
  ├─────┐
  ▼     ▼
[B-1] [C-1]
== a label beside what two sources share | what several lines share | 3, 6 | shared
[A-1] [B-1]
  │     │
  └─┬───┘
    │ shared
    ▼
  [C-1]
== a label in what two targets share | what several lines share | 0, 6 | shared
[A-1]─shared─┬─►[B-1]
             └─►[C-1]
== two labels on one line | has another label | 2, 4 | one; two
[A-1]
  │ one
  │ two
  ▼
[B-1]
== a label close to its line | the label touches something | 1, 2 | near
[A-1]
  │near
  ▼
[B-1]
== a label that touches a label | the label touches something | 1, 7 | one; two
[A-1]
  │ onetwo
  ▼
[B-1]
== a label that touches a line | the label touches something | 1, 7 | one
[A-1] [B-1]
  │ one│
  ▼    ▼
[C-1][D-1]
== a label that touches a box | the label touches something | 1, 7 | one
[A-1]
  │ one[B-1]
  ▼
[C-1]
== a line into a label from above | a label that does not stand in it | 1, 2 | word
[A-1]
  │
  word
== a line into a label from the left | a label that does not stand in it | 0, 5 | word
[A-1]─word [B-1]
== a line from a label | a label that does not stand in it | 0, 9 | word
[A-1]word─►[B-1]
== a line through a label of two lines | a label that does not stand in it | 0, 5 | one/two
[A-1]─one─►[B-1]
      two
== a sign that no line has | is no sign of a line | 1, 2
[A-1]
  ║
== text in no rectangle | is no sign of a line | 1, 4
[A-1]
  │ words
  ▼
[B-1]
"""

IN_UNICODE = """
== a label between a corner and a line | a label that does not stand in it | 2, 2 | word
[A-1]
  │
  └word─┐
        ▼
      [B-1]
== a corner that opens to nothing | opens to a blank | 1, 5
[A-1]
  └──┐
== a trunk with an arm too many | opens to a blank | 2, 4
[A-1]
  │
  └─┬─┐
      ▼
    [B-1]
== dashes that go on solid | a dashed line meets a solid one | 2, 3
[A-1]
  ▲
  └─┄┐
     ┆
   [B-1]
== a dashed line from a side | without an upright dash | 0, 5
[A-1]┄┄►[B-1]
== signs of ASCII | is no sign of a line | 1, 2
[A-1]
  |
  v
[B-1]
"""

IN_ASCII = """
== a corner that opens to nothing | leads nowhere | 1, 5
[A-1]
  +--+
== a corner on its own | leads nowhere | 0, 7
[A-1]  +
== a trunk with an arm too many | leads nowhere | 2, 4
[A-1]
  |
  +-+-+
      v
    [B-1]
== corners beside a vertical | as one line or as two | 2, 6
[A-1][C-1][B-1]
  |    |    |
  +---+|+---+
      |||
      vvv
     [D-1]
== a line up without a dash | a solid line leads up | 1, 2
[A-1]
  ^
  +--+
     |
   [B-1]
== signs of Unicode | is no sign of a line | 1, 2
[A-1]
  │
  ▼
[B-1]
"""


def wrong(table: str) -> dict[str, Wrong]:
    """The pictures of a table by name; a line that begins with `==` says what follows it."""
    found = {}
    for part in table.strip("\n").removeprefix("== ").split("\n== "):
        head, _, text = part.partition("\n")
        name, reason, cell, labels, *_ = [word.strip() for word in (*head.split("|"), "", "")]
        row, _, column = cell.partition(",")
        words = tuple(label.strip() for label in labels.split(";") if label.strip())
        found[name] = Wrong(text, reason, (int(row), int(column)), words)
    return found
