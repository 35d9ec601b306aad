"""The map pane: the dependencies as a picture to walk in, or as a list; the chosen item is the chosen box."""

from tui.panes.map.walking import MapPane

__all__ = ["MapPane"]
