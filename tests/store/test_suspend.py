"""Stopping a program between its writes, whichever of its threads writes."""

from __future__ import annotations

import signal
import threading

from store.db.suspend import DeferredSuspend, between_transactions


def test_a_moment_to_stop_in_comes_after_the_write_and_keeps_the_next_one_waiting() -> None:
    order: list[str] = []
    still, over = threading.Event(), threading.Event()

    def stop() -> None:
        with between_transactions():
            order.append("still")
            still.set()
            over.wait()
            order.append("goes on")

    thread = threading.Thread(target=stop)
    with DeferredSuspend() as suspend:
        suspend.begin()
        thread.start()
        assert not still.wait(0.1)
        order.append("written")
    still.wait()

    def write() -> None:
        with DeferredSuspend() as next_one:
            next_one.begin()
            order.append("written again")

    writer = threading.Thread(target=write)
    writer.start()
    over.set()
    thread.join()
    writer.join()
    assert order == ["written", "still", "goes on", "written again"]


def test_the_signal_is_blocked_for_the_write_alone() -> None:
    def blocked() -> bool:
        return signal.SIGTSTP in signal.pthread_sigmask(signal.SIG_BLOCK, ())

    assert not blocked()
    with DeferredSuspend() as suspend:
        assert not blocked()
        suspend.begin()
        suspend.begin()
        assert blocked()
        suspend.end()
        assert not blocked()
        suspend.begin()
    assert not blocked()
