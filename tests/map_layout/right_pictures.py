"""Right pictures of the map: the lines of each, its labels, and the edges that are in it."""

from __future__ import annotations

SEED = """
[H● PD-001]                              [M● FL-003]
     │ dead jobs mask                         │ misleading signal feeds
     ▼                                        ▼
[H● DD-001]          [H● PD-002]         [H✓ FL-001]          [H✓ CD-001]
     │ schema breaks      │ skew              │ amplified          │ misconfig
     │ cascade to         │ amplifies         │ popularity         │ delays
     └─────────┬──────────┘                   │ biases             │
               ▼                              └─────────┬──────────┘
          [H● EN-001]                                   ▼
               │ feature changes cascade to        [H✓ MS-001]
               ▼
          [H● EN-002]
"""
SEED_LABELS = (
    "dead jobs mask",
    "misleading signal feeds",
    "schema breaks/cascade to",
    "skew/amplifies",
    "amplified/popularity/biases",
    "misconfig/delays",
    "feature changes cascade to",
)
SEED_EDGES = (
    ("PD-001", "DD-001", "dead jobs mask"),
    ("FL-003", "FL-001", "misleading signal feeds"),
    ("DD-001", "EN-001", "schema breaks cascade to"),
    ("PD-002", "EN-001", "skew amplifies"),
    ("FL-001", "MS-001", "amplified popularity biases"),
    ("CD-001", "MS-001", "misconfig delays"),
    ("EN-001", "EN-002", "feature changes cascade to"),
)

FOCUS = """
[IN-001]─feeds 1─┐            ┌─drives 1─►[OUT-001]
[IN-002]─feeds 2─┼─►[HUB-001]─┼─drives 2─►[OUT-002]
[IN-003]─feeds 3─┘            └─drives 3─►[OUT-003]
"""
FOCUS_LABELS = ("feeds 1", "feeds 2", "feeds 3", "drives 1", "drives 2", "drives 3")
FOCUS_EDGES = (
    ("IN-001", "HUB-001", "feeds 1"),
    ("IN-002", "HUB-001", "feeds 2"),
    ("IN-003", "HUB-001", "feeds 3"),
    ("HUB-001", "OUT-001", "drives 1"),
    ("HUB-001", "OUT-002", "drives 2"),
    ("HUB-001", "OUT-003", "drives 3"),
)

TWO_BOXES = """
[X-1]─feeds─►[HUB]─┬─needs──►[X-1]
                   └────────►[Y-1]
"""

PARTED_AND_JOINED = """
[A-1]          [B-1]
  │              │
  ├─────────┐    │
  │   ┌─────│────┤
  │ a │ c   │ b  │ d
  └─┬─┘     └──┬─┘
    ▼          ▼
  [X-1]      [Y-1]
"""

BEHIND_TWO = """
[A-1]     [B-1][C-1]
  │           ││
  └───────────││────┐
              ││    │
              ▼▼    ▼
          [D-1][E-1][F-1]
"""

PARALLEL = """
     [A-1]
   ┌───┴───┐
   │ one   │ two
   └───┬───┘
       ▼
     [B-1]
"""

PAST_A_LAYER = """
[A-1]
  │
  ├────────┐
  ▼        │ skips a
[B-1]      │ layer
  │        │
  └───┬────┘
      ▼
    [C-1]
"""

CLOSE = """
  [A-1]
    │
   ┌┴┐
   │ │
   ▼ ▼
[B-1][C-1]
"""

CIRCLE = """
[H● A-1]
  │   ▲
  │ x ┆ y
  ▼   ┆
[H● B-1]
"""

LONG_CYCLE = """
[H● A-1]
  │   ▲
  │   └┄┄┄┄┄┄┄┄┐
  │ first      ┆ again and
  ▼            ┆ again
[H● B-1]       ┆
  │            ┆
  │   ┌┄┄┄┄┄┄┄┄┘
  ▼   ┆
[H● C-1]
"""

SELF_LOOP = """
[H● A-1]
  ┆   ▲
  ┆   ┆ feeds
  ┆   ┆ itself
  └┄┄┄┘
"""

SHORT_SELF_LOOP = """
[H● A-1]
  ┆ ▲
  └┄┘
"""

BEHIND_A_DASH = """
[H● A-1]
  │   ▲
  ├───┆──────┐
  │ c ┆ back │ d
  ▼   ┆      ▼
[H● C-1]  [H● D-1]
"""

DASHES_BEHIND = """
[H● A-1]  [H● B-1]
  │   ▲      │
  │   └┄┄┄┄┄┄│┄┄┐
  ▼          ▼  ┆
[H● C-1]   [H● D-1]
"""

WIDE = """
[H● 数-1]   [H● B-1]
  │ 依存      │ 스키마
  │ が壊れる  │ x数
  └─────┬─────┘
        ▼
     [H● C-1]
"""

RIGHT: dict[str, tuple[str, tuple[str, ...], tuple[tuple[str | bool, ...], ...]]] = {
    "nothing": ("", (), ()),
    "one box": ("[H● A-1]", (), ()),
    "the seed": (SEED, SEED_LABELS, SEED_EDGES),
    "an item in focus": (FOCUS, FOCUS_LABELS, FOCUS_EDGES),
    "two boxes of one item": (
        TWO_BOXES,
        ("feeds", "needs"),
        (("X-1", "HUB", "feeds"), ("HUB", "X-1", "needs"), ("HUB", "Y-1")),
    ),
    "lines that part and join": (
        PARTED_AND_JOINED,
        ("a", "b", "c", "d"),
        (("A-1", "X-1", "a"), ("A-1", "Y-1", "b"), ("B-1", "X-1", "c"), ("B-1", "Y-1", "d")),
    ),
    "behind two verticals": (BEHIND_TWO, (), (("A-1", "F-1"), ("B-1", "D-1"), ("C-1", "E-1"))),
    "parallel edges": (PARALLEL, ("one", "two"), (("A-1", "B-1", "one"), ("A-1", "B-1", "two"))),
    "past a layer": (
        PAST_A_LAYER,
        ("skips a/layer",),
        (("A-1", "B-1"), ("A-1", "C-1", "skips a layer"), ("B-1", "C-1")),
    ),
    "corners side by side": (CLOSE, (), (("A-1", "B-1"), ("A-1", "C-1"))),
    "two in a circle": (CIRCLE, ("x", "y"), (("A-1", "B-1", "x"), ("B-1", "A-1", "y", True))),
    "three in a circle": (
        LONG_CYCLE,
        ("first", "again and/again"),
        (("A-1", "B-1", "first"), ("B-1", "C-1"), ("C-1", "A-1", "again and again", True)),
    ),
    "feeds itself": (SELF_LOOP, ("feeds/itself",), (("A-1", "A-1", "feeds itself", True),)),
    "feeds itself without a word": (SHORT_SELF_LOOP, (), (("A-1", "A-1", "", True),)),
    "behind a dash": (
        BEHIND_A_DASH,
        ("c", "d", "back"),
        (("A-1", "C-1", "c"), ("A-1", "D-1", "d"), ("C-1", "A-1", "back", True)),
    ),
    "dashes behind a vertical": (
        DASHES_BEHIND,
        (),
        (("A-1", "C-1"), ("B-1", "D-1"), ("D-1", "A-1", "", True)),
    ),
    "wide characters": (
        WIDE,
        ("依存/が壊れる", "스키마/x数"),
        (("数-1", "C-1", "依存 が壊れる"), ("B-1", "C-1", "스키마 x数")),
    ),
}
