"""The client of Alertmanager's API: asks within a time limit for the alerts that it knows now."""

from __future__ import annotations

import base64
import http.client
import ipaddress
import json
import os
import re
import socket
import ssl
import stat
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.parse import SplitResult, urljoin, urlsplit

from store.errors import RegisterError, quoted
from store.formats.lines import SIZE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Self

    from _typeshed import WriteableBuffer

TIMEOUT = 30.0
"""Seconds that a request may take in total, with its redirects."""
CONNECT_TIMEOUT = 10.0
"""Seconds that one attempt to connect may take."""
WARM_UP = timedelta(minutes=5)
"""How long after its start an Alertmanager may not list what fires, until Prometheus has sent all of it again."""
TOKEN_VARIABLE = "AI_DEBT_ALERTMANAGER_TOKEN"
USER_VARIABLE = "AI_DEBT_ALERTMANAGER_USER"
PASSWORD_VARIABLE = "AI_DEBT_ALERTMANAGER_PASSWORD"

_API, _ALERTS, _STATUS = "/api/v2", "/alerts", "/status"
_MOST_REDIRECTS = 3
_LONGEST_SECRET = 16_384
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_UNPRINTED = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_WRITE_URL = "write it like https://alertmanager.example:9093"
_GIVE_CREDENTIALS = f"name a file with them, or set {TOKEN_VARIABLE}, or {USER_VARIABLE} and {PASSWORD_VARIABLE}"
_WRITE_CREDENTIALS = "write a token, or user:password, on one line"


@dataclass(frozen=True, repr=False)
class Credentials:
    """What a request presents. Its value is in no error, and not in its repr."""

    header: str

    @classmethod
    def bearer(cls, token: str) -> Self:
        """A token. Raises RegisterError if it cannot be in a header."""
        if not token or not token.isascii() or _UNPRINTED.search(token):
            raise RegisterError("the token is empty, or has a character that a token cannot have", _WRITE_CREDENTIALS)
        return cls(f"Bearer {token}")

    @classmethod
    def basic(cls, user: str, password: str) -> Self:
        """A user name and a password."""
        return cls(f"Basic {base64.b64encode(f'{user}:{password}'.encode(errors='surrogateescape')).decode()}")


class LoadedCredentials(NamedTuple):
    """Credentials, None without any, and what the user should know about them."""

    credentials: Credentials | None
    notices: tuple[str, ...] = ()


def load_credentials(path: Path | None, environ: Mapping[str, str], *, url: str) -> LoadedCredentials:
    """The credentials for a URL: from the file if it is named, else from the environment.

    The file has one line: `user:password`, or a token, which may follow `Bearer`. Raises RegisterError for anything
    else, and for an environment with half of them or with two.
    """
    notices: list[str] = []
    credentials = _of_environment(environ) if path is None else _of_file(path, notices)
    if credentials is not None and not _is_private(_Target.of(url)):
        notices.append("the credentials are sent unencrypted, because the URL begins with http:")
    return LoadedCredentials(credentials, tuple(notices))


def _of_environment(environ: Mapping[str, str]) -> Credentials | None:
    token, user, password = (environ.get(name) for name in (TOKEN_VARIABLE, USER_VARIABLE, PASSWORD_VARIABLE))
    if token and (user or password):
        what = f"{TOKEN_VARIABLE} is set, and so is {USER_VARIABLE if user else PASSWORD_VARIABLE}"
        raise RegisterError(what, "unset one of them")
    if token:
        return Credentials.bearer(token.strip())
    if not user and not password:
        return None
    if not user or not password:
        given, missing = (USER_VARIABLE, PASSWORD_VARIABLE) if user else (PASSWORD_VARIABLE, USER_VARIABLE)
        raise RegisterError(f"{given} is set, but {missing} is not", f"set {missing}")
    return Credentials.basic(user, password)


def _of_file(path: Path, notices: list[str]) -> Credentials:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_LONGEST_SECRET + 1)
    except OSError as error:
        what = f"the credentials file {path} cannot be read ({error.strerror})"
        raise RegisterError(what, "check the path and its permissions") from None
    if stat.S_ISREG(mode) and mode & stat.S_IROTH:
        notices.append(f"every user of this machine can read {path}; `chmod o-r` prevents that")
    text = data.decode(errors="replace").strip()
    if not text or len(data) > _LONGEST_SECRET or "\n" in text or "\ufffd" in text:
        raise RegisterError(f"the credentials file {path} does not have one line of text", _WRITE_CREDENTIALS)
    scheme, _, token = text.partition(" ")
    if scheme.casefold() == "bearer":
        return Credentials.bearer(token.strip())
    user, colon, password = text.partition(":")
    return Credentials.basic(user, password) if colon else Credentials.bearer(text)


def fetch_alerts(
    url: str, *, credentials: Credentials | None = None, ca_file: Path | None = None, timeout: float = TIMEOUT
) -> str:
    """The JSON list of all alerts that the Alertmanager at `url` knows now, also of silenced and inhibited ones.

    It connects directly, without the proxies of the environment, and verifies certificates: with those of the system,
    or with `ca_file` instead. It follows a redirect to the same host only, and none from https to http. `timeout` is in
    seconds and limits everything but the look-up of the host's name. Raises RegisterError, without the credentials, for
    what cannot be reached, does not answer in time, or answers anything but a JSON list of at most 64 MiB.
    """
    target = _Target.of(url)
    return _decoded(*_fetch(target, time.monotonic() + timeout, credentials, ca_file))


def fetch_start(
    url: str, *, credentials: Credentials | None = None, ca_file: Path | None = None, timeout: float = TIMEOUT
) -> datetime | None:
    """When the Alertmanager at `url` started (UTC), None if it does not say; asked like `fetch_alerts`."""
    target = _Target.of(url, _STATUS)
    with suppress(RegisterError, ValueError, KeyError, TypeError, RecursionError):
        body, _ = _fetch(target, time.monotonic() + timeout, credentials, ca_file)
        found = datetime.fromisoformat(json.loads(body)["uptime"])
        return found.astimezone(UTC) if found.tzinfo is not None else None
    return None


def _fetch(
    target: _Target, deadline: float, credentials: Credentials | None, ca_file: Path | None
) -> tuple[bytes, _Target]:
    """The body of an answer, and what was asked for after redirects. Raises RegisterError."""
    for _ in range(_MOST_REDIRECTS + 1):
        try:
            answer = _get(target, deadline, credentials, ca_file)
        except (OSError, http.client.HTTPException) as error:
            raise _problem(error, target) from None
        if not isinstance(answer, str):
            return answer, target
        target = target.redirected(answer)
    raise RegisterError(f"{target.origin} redirects more than {_MOST_REDIRECTS} times", "check the URL")


class _Target(NamedTuple):
    """What is asked for: a path of a host."""

    scheme: str
    host: str
    port: int
    netloc: str
    path: str

    @classmethod
    def of(cls, url: str, asked: str = _ALERTS) -> Self:
        """The list of alerts, or its status, of the Alertmanager at a URL, which may be that of the list."""
        parts = _split(url)
        if parts.query:
            raise RegisterError("the URL has a query", "remove it, because all alerts are needed")
        path = parts.path.rstrip("/").removesuffix(f"{_API}{_ALERTS}")
        return cls._of(parts, f"{path}{_API}{asked}")

    @classmethod
    def _of(cls, parts: SplitResult, path: str) -> Self:
        host = parts.hostname or ""
        return cls(parts.scheme, host, parts.port or (443 if parts.scheme == "https" else 80), parts.netloc, path)

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.netloc}"

    def redirected(self, location: str) -> Self:
        """Where a redirect leads. Raises RegisterError if it leaves the host or the encryption."""
        try:
            parts = _split(urljoin(f"{self.origin}{self.path}", location))
        except (RegisterError, ValueError):
            what = f"{self.origin} redirects to something that is not a web page"
            raise RegisterError(what, "check the URL") from None
        if parts.hostname != self.host:
            what = f"{self.origin} redirects to another host ({quoted(parts.hostname or '')})"
            raise RegisterError(what, f"use that one's URL, or, if it asks for a login, {_GIVE_CREDENTIALS}")
        if (self.scheme, parts.scheme) == ("https", "http"):
            raise RegisterError(f"{self.origin} redirects to http, without encryption", "check its configuration")
        return self._of(parts, f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")


def _split(url: str) -> SplitResult:
    """The parts of an http or https URL. Raises RegisterError, which never shows a password."""
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url or _UNPRINTED.search(url) or not url.isascii():
        shown = quoted(url) if "@" not in url else "the URL"
        raise RegisterError(f"{shown} is not the http or https URL of an Alertmanager", _WRITE_URL)
    if "@" in parts.netloc:
        raise RegisterError("the URL has a user name or password", f"remove it from the URL and {_GIVE_CREDENTIALS}")
    return parts


def _is_private(target: _Target) -> bool:
    """Whether what is sent is encrypted, or does not leave this machine."""
    if target.scheme == "https" or target.host == "localhost":
        return True
    try:
        return ipaddress.ip_address(target.host).is_loopback
    except ValueError:
        return False


class _Socket(socket.socket):
    """A socket that waits for data until a deadline, however slowly the data comes."""

    deadline: float

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(_remaining(self.deadline))
        return super().recv_into(buffer, nbytes, flags)


class _EncryptedSocket(ssl.SSLSocket):
    """A socket with TLS that waits for data until a deadline."""

    deadline: float

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        self.settimeout(_remaining(self.deadline))
        return super().recv_into(buffer, nbytes, flags)


def _remaining(deadline: float) -> float:
    """The seconds until a deadline. Raises TimeoutError after it."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _connect(target: _Target, deadline: float, ca_file: Path | None) -> socket.socket:
    """A connection to the first address of the host that takes one."""
    context = _context(ca_file) if target.scheme == "https" else None
    problem: OSError | None = None
    # As bytes: for some names as str, the codec raises UnicodeError.
    for family, kind, protocol, _, address in socket.getaddrinfo(
        target.host.encode(), target.port, type=socket.SOCK_STREAM
    ):
        connection = _Socket(family, kind, protocol)
        connection.deadline = deadline
        try:
            connection.settimeout(min(CONNECT_TIMEOUT, _remaining(deadline)))
            connection.connect(address)
            if context is None:
                return connection
            connection.settimeout(_remaining(deadline))
            encrypted = cast("_EncryptedSocket", context.wrap_socket(connection, server_hostname=target.host))
            encrypted.deadline = deadline
            return encrypted
        except OSError as error:
            connection.close()
            problem = error
    raise problem or OSError


def _context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        what = f"the certificates in {ca_file} cannot be read ({error.strerror or error})"
        raise RegisterError(what, "name a file of certificates in PEM form") from None
    context.sslsocket_class = _EncryptedSocket
    return context


def _get(target: _Target, deadline: float, credentials: Credentials | None, ca_file: Path | None) -> bytes | str:
    """The body of an answer, or where it redirects to."""
    headers = {"Host": target.netloc, "Accept": "application/json", "User-Agent": "ai-debt", "Connection": "close"}
    if credentials is not None:
        headers["Authorization"] = credentials.header
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = _connect(target, deadline, ca_file)
    with closing(connection):
        connection.request("GET", target.path, headers=headers)
        with connection.getresponse() as response:
            location = response.getheader("Location")
            if response.status in _REDIRECTS and location:
                return location
            if response.status != HTTPStatus.OK:
                raise _refused(response.status, target, has_credentials=credentials is not None)
            body = response.read(SIZE_LIMIT + 1)
            if len(body) > SIZE_LIMIT:
                what = f"the answer of {target.origin} is larger than {SIZE_LIMIT // 1024**2} MiB"
                raise RegisterError(what, "check the URL")
            if response.length:
                raise http.client.IncompleteRead(body, response.length)
            return body


def _decoded(body: bytes, target: _Target) -> str:
    """The text of a body that looks like JSON."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    start = text[:200].lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        remedy = f"check the URL and its path; if it asks for a login, {_GIVE_CREDENTIALS}"
        raise RegisterError(f"{target.origin} answers with a web page instead of alerts", remedy)
    if not start.startswith("["):
        raise RegisterError(f"{target.origin} answers with something that is not a list of alerts", "check the URL")
    return text


def _refused(status: int, target: _Target, *, has_credentials: bool) -> RegisterError:
    """The error for an answer that is not a success."""
    what = f"{target.origin} answers {status}"
    if status in http.client.responses:
        what = f"{what} ({http.client.responses[status]})"
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        remedy = "check the credentials" if has_credentials else f"it requires credentials: {_GIVE_CREDENTIALS}"
        return RegisterError(what, remedy)
    if status == HTTPStatus.NOT_FOUND:
        return RegisterError(f"{what} for {target.path}", "check the URL, and add the path below which Alertmanager is")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return RegisterError(what, "check that Alertmanager runs, or try again later")
    return RegisterError(what, "check the URL")


def _problem(error: OSError | http.client.HTTPException, target: _Target) -> RegisterError:
    """The error for a request that has no answer."""
    where = target.origin
    match error:
        case socket.gaierror():
            return RegisterError(f"the host {quoted(target.host)} cannot be found", "check its name and the network")
        case ssl.SSLCertVerificationError():
            what = f"the certificate of {where} cannot be verified ({error.verify_message.rstrip('.')})"
            return RegisterError(what, "if its authority is private, name the file of its certificate")
        case TimeoutError():
            return RegisterError(f"{where} did not answer in time", "check that it runs, or try again later")
        case ssl.SSLError():
            what = f"{where} does not encrypt as expected ({error.reason or error})"
            return RegisterError(what, "check its port, and whether its URL begins with http:")
        case ConnectionRefusedError():
            return RegisterError(f"{where} refuses the connection", "check the port, and that Alertmanager runs")
        case ConnectionError() | http.client.IncompleteRead():
            return RegisterError(f"{where} closed the connection before it had answered", "try again later")
        case http.client.HTTPException():
            return RegisterError(f"{where} does not answer as a web server does", "check the host and the port")
    return RegisterError(f"{where} cannot be reached ({error.strerror or error})", "check the host and the network")
