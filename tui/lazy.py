"""Functions of modules that take long to load, and that are not needed for the first rows."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Lazy:
    """The functions of a module, which is loaded where one of them is called first: on the thread that runs it."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Callable[..., object]:
        def call(*given: object, **named: object) -> object:
            found: Callable[..., object] = getattr(import_module(self._module), name)
            return found(*given, **named)

        return call
