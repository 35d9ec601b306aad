"""A stop signal waits for the transaction under way, and never for what the transaction waits for."""

from __future__ import annotations

import asyncio
import signal
import threading

from store.db.suspend import DeferredSuspend
from tui.app import between_writes


async def test_a_transaction_that_needs_a_lock_of_what_the_signal_interrupts_ends_before_the_stop() -> None:
    lock, began, stopped, events = threading.Lock(), threading.Event(), asyncio.Event(), list[str]()

    def transaction() -> None:
        with DeferredSuspend() as suspend:
            suspend.begin()
            began.set()
            with lock:
                events.append("end of the transaction")

    def stop(*_: object) -> None:
        events.append("stop")
        stopped.set()

    before = signal.signal(signal.SIGTSTP, between_writes(stop))
    try:
        with lock:
            thread = threading.Thread(target=transaction)
            thread.start()
            began.wait()
            signal.raise_signal(signal.SIGTSTP)
        await stopped.wait()
        thread.join()
    finally:
        signal.signal(signal.SIGTSTP, before)
    assert events == ["end of the transaction", "stop"]
