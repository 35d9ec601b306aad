"""Pure layout of the dependency map: from a graph and a width to cells; no Textual."""

from tui.drawing.levels import TooNarrowError
from tui.drawing.model import Drawing, EdgePath, NodeBox, Rect
from tui.drawing.whole import Options, layout

__all__ = ["Drawing", "EdgePath", "NodeBox", "Options", "Rect", "TooNarrowError", "layout"]
