"""How the dashboard comes to its register: open it, or let the person begin one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import RegisterError
from tui.screens.welcome import Beginning, WelcomeScreen

if TYPE_CHECKING:
    from tui.app import RegisterApp
    from tui.gateway import Gateway


def _gateway() -> type[Gateway]:
    from tui.gateway import Gateway

    return Gateway


async def open_target(app: RegisterApp) -> Gateway | None:
    """The register of the app's target; None where the person left the welcome.

    The store is imported on its own thread, after the first paint. Raises RegisterError.
    """
    executor = app.executor
    gateway = await asyncio.get_running_loop().run_in_executor(executor, _gateway)
    place = app.target.place
    if app.target.sample:
        return await gateway.sample(place, executor)
    if isinstance(place, Path) and not place.exists() and not app.target.named:
        opened: list[Gateway] = []

        async def begin(beginning: Beginning) -> None:
            place.parent.mkdir(parents=True, exist_ok=True)
            if beginning.document is not None:
                opened.append(await gateway.from_file(place, executor, beginning.document))
            elif beginning.sample:
                opened.append(await gateway.sample(place, executor))
            else:
                title, system = beginning.title, beginning.system
                opened.append(await gateway.begin(place, executor, title=title, system=system))

        await app.push_screen_wait(WelcomeScreen(str(place), begin))
        return opened[-1] if opened else None
    if isinstance(place, Path) and not place.exists():
        raise RegisterError(f"there is no register at {place}", "check the path, or make one with `ai-debt init`")
    return await gateway.open(place, executor)
