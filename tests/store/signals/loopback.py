"""A web server on loopback that answers what a test says, byte by byte, with or without TLS."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from tests.monitoring.programs import program
from tests.program import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Self

    Respond = Callable[["Loopback", socket.socket], None]


HANDSHAKE = b"\x16"
"""How a client begins that wants TLS."""


class Loopback:
    """A server that gives each request to `respond`, and keeps the heads of the requests."""

    def __init__(self, respond: bytes | Respond, context: ssl.SSLContext | None = None) -> None:
        self.respond = respond
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self.port = int(self._listener.getsockname()[1])
        self.origin = f"{'https' if context else 'http'}://localhost:{self.port}"
        self.requests: list[str] = []
        self.stopped = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE):
            pass
        self._thread.join(PATIENCE)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            connection.settimeout(PATIENCE)
            with connection:
                if self.stopped.is_set():
                    return
                # A client that gives up is what some tests are about.
                with suppress(OSError):
                    self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        if self._context is not None:
            connection = self._context.wrap_socket(connection, server_side=True)
        with connection:
            head = b""
            while b"\r\n\r\n" not in head and not head.startswith(HANDSHAKE) and (more := connection.recv(65536)):
                head += more
            self.requests.append(head.decode(errors="replace"))
            if isinstance(self.respond, bytes):
                connection.sendall(self.respond)
            else:
                self.respond(self, connection)


def answer(body: str | bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An answer of HTTP."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + data


class Authority(NamedTuple):
    """A certificate for localhost that no system trusts, and the server's side of it."""

    certificate: Path
    context: ssl.SSLContext


def make_authority(folder: Path) -> Authority:
    """A new certificate, made by openssl."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *(program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
        ],
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return Authority(certificate, context)
