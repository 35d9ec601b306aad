"""Where the panes stand at every size."""

from __future__ import annotations

import pytest

from tui.dashboard.layout import arrange


def panes(width: int, height: int, current: int = 2, right: int = 3, *, zoomed: bool = False) -> set[int]:
    found = arrange(width, height, current=current, right=right, zoomed=zoomed, categories=8, dashboard=14)
    return set(found.panes)


def test_wide_shows_every_pane() -> None:
    assert panes(200, 48) == panes(110, 34) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("right", [3, 4, 5])
def test_narrow_shows_one_pane_at_the_right(right: int) -> None:
    assert panes(80, 22, current=right, right=right) == {1, 2, right}
    assert panes(109, 22, right=right) == {1, 2, right}


@pytest.mark.parametrize("current", [1, 2, 3, 4, 5])
def test_very_narrow_and_zoomed_show_the_pane_in_front(current: int) -> None:
    assert panes(59, 10, current=current) == {current}
    assert panes(200, 48, current=current, zoomed=True) == {current}


@pytest.mark.parametrize("height", range(4, 60))
@pytest.mark.parametrize("width", [60, 80, 109, 110, 120, 200])
def test_no_pane_is_squeezed_out(width: int, height: int) -> None:
    found = arrange(width, height, current=2, right=3, zoomed=False, categories=8, dashboard=14)
    assert found.left_width is not None
    assert 24 <= found.left_width <= width - 24
    assert found.categories_height is not None
    assert found.categories_height <= max(height // 2, 3)
