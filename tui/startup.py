"""How the dashboard comes to its register: open it, or let the user begin one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from store.db.filesystem import is_missing
from store.errors import missing_register

if TYPE_CHECKING:
    from store.commands.imports.plan import Same
    from store.formats.document.rules import ReadingRules
    from tui.async_store import AsyncStore, Place
    from tui.render.import_plan import Preview
    from tui.screens.base import StoreScreen
    from tui.screens.welcome import Beginning


def _load_store() -> tuple[type[AsyncStore], type[Place]]:
    from tui.async_store import AsyncStore, Place

    return AsyncStore, Place


async def open_target(screen: StoreScreen) -> AsyncStore | None:
    """The register of the host's target; None where the user left the welcome.

    The store is imported on its own thread, after the first paint. Raises RegisterError.
    """
    executor = screen.host.executor
    store, at = await asyncio.get_running_loop().run_in_executor(executor, _load_store)
    target = screen.host.target
    place = at(target.place, target.clock, target.actor, target.allow_network_fs)
    if target.sample:
        return await store.create_sample(place, executor)
    missing = isinstance(target.place, Path) and await asyncio.to_thread(is_missing, target.place)
    if missing and not target.named:
        from tui.screens.welcome import WelcomeScreen

        opened: list[AsyncStore] = []

        async def begin(beginning: Beginning) -> None:
            if beginning.plan is not None:
                opened.append(await store.create_imported(place, executor, beginning.plan))
            elif beginning.sample:
                opened.append(await store.create_sample(place, executor))
            else:
                title, system = beginning.title, beginning.system
                opened.append(await store.create(place, executor, title=title, system=system))

        async def plan(path: Path, settled: ReadingRules | None = None, same: Same | None = None) -> Preview:
            return await store.plan_first_import(executor, path, settled, same)

        welcome = WelcomeScreen(str(target.place), plan, begin)
        # What was typed until now was meant for a register.
        screen.host.typing.ignore_until_painted(welcome)
        await screen.app.push_screen_wait(welcome)
        return opened[-1] if opened else None
    if missing:
        raise missing_register(target.place)
    return await store.open(place, executor)
