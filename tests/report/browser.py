"""A headless Chromium that opens a file and tells what it did: over a pipe, with the standard library alone."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from tests.program import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = "chromium"
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


_START = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""
"""Gives the browser the descriptors that it reads from and writes to, which are 3 and 4."""
_ABOVE = 10
"""No descriptor below is in use, so that none is in the way of these two."""


def _pipe() -> tuple[int, int]:
    """A pipe whose ends have high numbers."""
    ends = os.pipe()
    high = (fcntl.fcntl(ends[0], fcntl.F_DUPFD_CLOEXEC, _ABOVE), fcntl.fcntl(ends[1], fcntl.F_DUPFD_CLOEXEC, _ABOVE))
    for end in ends:
        os.close(end)
    return high


def is_installed() -> bool:
    """Whether there is a Chromium to run."""
    return shutil.which(CHROMIUM) is not None


class Seen(NamedTuple):
    """What a browser did while it opened a page: the addresses it asked for, and what it had to say."""

    requests: tuple[str, ...]
    messages: tuple[str, ...]


class Browser:
    """One tab of a browser, in a folder that has its profile. Messages end in NUL, as its documentation says."""

    def __init__(self, folder: Path) -> None:
        down, up = _pipe(), _pipe()
        profile = f"--user-data-dir={folder / 'profile'}"
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, str(down[0]), str(up[1]), CHROMIUM, *_OPTIONS, profile, "about:blank"],
            pass_fds=(down[0], up[1]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "HOME": str(folder)},
        )
        os.close(down[0])
        os.close(up[1])
        self._to, self._from = os.fdopen(down[1], "wb"), os.fdopen(up[0], "rb")
        self._numbers = count(1)
        self._buffer = b""
        self._events: list[dict[str, object]] = []
        try:
            self._session = self._attach()
        except BaseException:
            self.__exit__()
            raise

    def _attach(self) -> object:
        """The session of the one tab, which tells what happens in it from now on."""
        targets = self._call("Target.getTargets")["targetInfos"]
        assert isinstance(targets, list)
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        session = self._call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self._call(f"{domain}.enable", session)
        return session

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, AssertionError):
            self._call("Browser.close")
        for stream in (self._to, self._from):
            with suppress(OSError):
                stream.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=PATIENCE)

    def open(self, url: str) -> Seen:
        """Open a page and wait until it is there."""
        self._events.clear()
        self.call("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._events.append(self._receive())
        # An answer comes after everything that happened before it.
        self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return Seen(
            tuple(self._told("Network.requestWillBeSent", "request", "url")),
            (*self._told("Log.entryAdded", "entry", "text"), *self._told("Runtime.consoleAPICalled", "type")),
        )

    def evaluate(self, expression: str) -> object:
        """The value of an expression in the page, as JSON has it."""
        found = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        result = found["result"]
        assert isinstance(result, dict)
        return result.get("value")

    def show(self, width: int, *, height: int = 900, scheme: str = "light") -> None:
        """Give the page a size in pixels, and the color scheme that a person prefers."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, *, form: str = "png", quality: int | None = None, whole: bool = True) -> bytes:
        """The whole page, or what fits its window."""
        more = {} if quality is None else {"quality": quality}
        return self._data("Page.captureScreenshot", format=form, captureBeyondViewport=whole, **more)

    def pdf(self) -> bytes:
        """The page on paper."""
        return self._data("Page.printToPDF", preferCSSPageSize=True, printBackground=False)

    def call(self, method: str, **parameters: object) -> dict[str, object]:
        """The answer of the tab to a command."""
        return self._call(method, self._session, **parameters)

    def _data(self, method: str, **parameters: object) -> bytes:
        return base64.b64decode(str(self.call(method, **parameters)["data"]))

    def _told(self, method: str, *path: str) -> list[str]:
        found = []
        for event in self._events:
            if event["method"] == method:
                value = event["params"]
                for step in path:
                    assert isinstance(value, dict)
                    value = value[step]
                found.append(str(value))
        return found

    def _call(self, method: str, session: object = None, **parameters: object) -> dict[str, object]:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        self._to.write(json.dumps(message).encode() + b"\0")
        self._to.flush()
        while True:
            answer = self._receive()
            if answer.get("id") != number:
                self._events.append(answer)
                continue
            assert "error" not in answer, answer
            result = answer["result"]
            assert isinstance(result, dict)
            return result

    def _receive(self) -> dict[str, object]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], PATIENCE)
            assert ready, "the browser says nothing"
            read = os.read(self._from.fileno(), 1 << 16)
            assert read, "the browser has ended"
            self._buffer += read
        message, _, self._buffer = self._buffer.partition(b"\0")
        found = json.loads(message)
        assert isinstance(found, dict)
        return found
