"""Asking Alertmanager's API over real connections: what is sent, followed, verified and refused, and for how long."""

from __future__ import annotations

import base64
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store.alertmanager_client import Credentials, fetch_alerts, load_credentials
from store.errors import RegisterError
from store.formats.lines import SIZE_LIMIT
from store.formats.signals.alertmanager import read
from tests.program import PATIENCE
from tests.store.signals.loopback import Authority, Loopback, answer, make_authority

if TYPE_CHECKING:
    from collections.abc import Callable

LIST = (Path(__file__).parent / "data" / "alertmanager" / "api-alerts.json").read_text(encoding="utf-8")
SECRET = "hunter2hunter2"
SHORT = 0.3
"""Seconds in which a server that is never done does not answer."""


def refusal(url: str, *, timeout: float = PATIENCE, ca_file: Path | None = None, secret: str | None = None) -> str:
    """The sentence for a request that fails, in which the credentials must not be."""
    credentials = Credentials.basic("ana", secret) if secret else None
    with pytest.raises(RegisterError) as refused:
        fetch_alerts(url, credentials=credentials, ca_file=ca_file, timeout=timeout)
    assert refused.value.remedy
    assert SECRET not in repr(refused.value)
    return str(refused.value)


def refused(respond: bytes | Callable[[Loopback, socket.socket], None], **options: float | str) -> str:
    """The sentence about a server, called ORIGIN."""
    with Loopback(respond) as server:
        return refusal(server.origin, **options).replace(server.origin, "ORIGIN")  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["", "/", "/api/v2/alerts", "/#/alerts?silenced=false"])
def test_all_alerts_are_asked_for_in_one_request(path: str) -> None:
    with Loopback(answer(LIST)) as server:
        text = fetch_alerts(f"{server.origin}{path}")
    assert text == LIST
    (request,) = server.requests
    assert request.split("\r\n")[0] == "GET /api/v2/alerts HTTP/1.1"
    assert f"\r\nHost: localhost:{server.port}\r\n" in request
    assert "Authorization" not in request
    assert len(read(text, now=datetime(2031, 1, 1, tzinfo=UTC)).observations) == 10


def test_a_path_before_the_api_is_kept() -> None:
    with Loopback(answer("[]")) as server:
        assert fetch_alerts(f"{server.origin}/alerts/prod/") == "[]"
    assert server.requests[0].startswith("GET /alerts/prod/api/v2/alerts HTTP/1.1\r\n")


def test_an_answer_in_chunks_or_until_the_end_is_read() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n1\r\n]\r\n0\r\n\r\n"
    for response in (chunked, b"HTTP/1.0 200 OK\r\n\r\n[]"):
        with Loopback(response) as server:
            assert fetch_alerts(server.origin) == "[]"


def test_the_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback(answer("[]")) as server, Loopback(answer("[1]")) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        monkeypatch.delenv("no_proxy", raising=False)
        assert fetch_alerts(server.origin) == "[]"
    assert proxy.requests == []


def test_credentials_are_sent_and_never_shown() -> None:
    basic, bearer = Credentials.basic("ana", SECRET), Credentials.bearer(SECRET)
    assert SECRET not in f"{basic} {basic!r} {bearer} {bearer!r}"
    with Loopback(answer("[]")) as server:
        fetch_alerts(server.origin, credentials=basic)
        fetch_alerts(server.origin, credentials=bearer)
    encoded = base64.b64encode(f"ana:{SECRET}".encode()).decode()
    assert f"\r\nAuthorization: Basic {encoded}\r\n" in server.requests[0]
    assert f"\r\nAuthorization: Bearer {SECRET}\r\n" in server.requests[1]


@pytest.mark.parametrize("location", ["/other", "//localhost:{port}/other", "http://localhost:{port}/other", "other"])
def test_a_redirect_to_the_same_host_is_followed(location: str) -> None:
    def respond(server: Loopback, connection: socket.socket) -> None:
        where = location.format(port=server.port)
        is_first = len(server.requests) == 1
        connection.sendall(answer("", f"Location: {where}", status="307 Away") if is_first else answer("[]"))

    with Loopback(respond) as server:
        assert fetch_alerts(server.origin, credentials=Credentials.bearer(SECRET)) == "[]"
    first = "/api/v2/other" if location == "other" else "/other"
    assert server.requests[1].startswith(f"GET {first} HTTP/1.1\r\n")
    assert SECRET in server.requests[1]


def test_a_redirect_to_another_host_is_refused_and_gets_nothing() -> None:
    with Loopback(answer("[]")) as other:
        away = f"Location: http://127.0.0.1:{other.port}/login"
        said = refused(answer("", away, status="302 Found"), secret=SECRET)
    assert said.startswith("ORIGIN redirects to another host ('127.0.0.1'): use that one's URL, or, if it asks for a")
    assert other.requests == []


@pytest.mark.parametrize("location", ["ftp://localhost/", "http://ana:pw@localhost/", "http://[::1/"])
def test_a_redirect_to_something_else_is_refused(location: str) -> None:
    said = refused(answer("", f"Location: {location}", status="301 Moved"))
    assert said == "ORIGIN redirects to something that is not a web page: check the URL"


def test_redirects_in_a_circle_end() -> None:
    with Loopback(answer("", "Location: /", status="308 Moved")) as server:
        assert refusal(server.origin) == f"{server.origin} redirects more than 3 times: check the URL"
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("status", "secret", "said"),
    [
        ("401 No", None, "ORIGIN answers 401 (Unauthorized): it requires credentials: name a file"),
        ("401 No", SECRET, "ORIGIN answers 401 (Unauthorized): check the credentials"),
        ("403 No", SECRET, "ORIGIN answers 403 (Forbidden): check the credentials"),
        ("404 No", None, "ORIGIN answers 404 (Not Found) for /api/v2/alerts: check the URL, and add the path below"),
        ("500 \x1b[31mOops", None, "ORIGIN answers 500 (Internal Server Error): check that Alertmanager runs, or try"),
        ("503 Busy", None, "ORIGIN answers 503 (Service Unavailable): check that Alertmanager runs"),
        ("418 Tea", None, "ORIGIN answers 418 (I'm a Teapot): check the URL"),
        ("299 Odd", None, "ORIGIN answers 299: check the URL"),
        ("302 Found", None, "ORIGIN answers 302 (Found): check the URL"),
    ],
)
def test_another_status_is_one_sentence(status: str, secret: str | None, said: str) -> None:
    options = {"secret": secret} if secret else {}
    assert refused(answer("<h1>Error</h1>", status=status), **options).startswith(said)


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (answer("\ufeff\n<!DOCTYPE html>"), "ORIGIN answers with a web page instead of alerts: check"),
        (answer("Hello"), "ORIGIN answers with something that is not a list of alerts: check the URL"),
        (answer('{"status": "success"}'), "ORIGIN answers with something that is not a list of alerts: check the URL"),
        (answer(""), "ORIGIN answers with something that is not a list of alerts: check the URL"),
        (answer(b"[\xff]"), "ORIGIN answers with something that is not a list of alerts: check the URL"),
        (answer("[]" * 9)[:-3], "ORIGIN closed the connection before it had answered: try again later"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n[",
            "ORIGIN closed the connection before it had answered: try again later",
        ),
        (b"", "ORIGIN closed the connection before it had answered: try again later"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "ORIGIN does not answer as a web server does: check the host and the port"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, "ORIGIN does not answer as a web server does: check"),
    ],
)
def test_another_answer_is_one_sentence(response: bytes, said: str) -> None:
    assert refused(response).startswith(said)


def test_an_answer_over_64_mib_is_refused() -> None:
    def respond(_: Loopback, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n[")
        for _ in range(SIZE_LIMIT // 2**20 + 8):
            connection.sendall(b" " * 2**20)

    assert refused(respond) == "the answer of ORIGIN is larger than 64 MiB: check the URL"


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n["])
def test_a_server_that_never_ends_is_left(start: bytes) -> None:
    def respond(server: Loopback, connection: socket.socket) -> None:
        connection.sendall(start)
        while start and not server.stopped.wait(SHORT / 10):
            connection.sendall(b" ")
        server.stopped.wait(PATIENCE)

    begin = time.monotonic()
    assert refused(respond, timeout=SHORT) == "ORIGIN did not answer in time: check that it runs, or try again later"
    assert time.monotonic() - begin < PATIENCE / 2


def test_a_port_without_a_server_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    assert refusal(origin) == f"{origin} refuses the connection: check the port, and that Alertmanager runs"


@pytest.mark.parametrize("host", ["alerts.invalid", "a" * 70])
def test_an_unknown_host_is_one_sentence(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_answer(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_answer)
    said = refusal(f"http://{host}:9093", secret=SECRET)
    assert said.startswith(f"the host '{host[:10]}")
    assert said.endswith("cannot be found: check its name and the network")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("alertmanager:9093", "'alertmanager:9093' is not the http or https URL of an Alertmanager: write"),
        ("ftp://localhost", "'ftp://localhost' is not the http or https URL of an Alertmanager: write it like"),
        ("file:///etc/passwd", "'file:///etc/passwd' is not the http or https URL of an Alertmanager: write it like"),
        ("http://", "'http://' is not the http or https URL of an Alertmanager: write it like"),
        ("http://localhost:99999", "'http://localhost:99999' is not the http or https URL of an Alertmanager: write"),
        ("http://[::1", "'http://[::1' is not the http or https URL of an Alertmanager: write it like"),
        ("http://local host", "'http://local host' is not the http or https URL of an Alertmanager: write it like"),
        ("http://localhost/\r\nX: y", "'http://localhost/\\r\\nX: y' is not the http or https URL of an Alertmanager"),
        (f"http://ana:{SECRET}@localhost", "the URL has a user name or password: remove it from the URL"),
        (f"http://{SECRET}@localhost", "the URL has a user name or password: remove it from the URL"),
        (f"htp://ana:{SECRET}@localhost", "the URL is not the http or https URL of an Alertmanager: write it like"),
        ("http://localhost?filter=a", "the URL has a query: remove it, because all alerts are needed"),
    ],
)
def test_another_url_is_refused(url: str, said: str) -> None:
    assert refusal(url).startswith(said)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("certificates"))


def test_a_certificate_is_verified_against_the_named_authority(authority: Authority) -> None:
    with Loopback(answer(LIST), authority.context) as server:
        assert fetch_alerts(server.origin, ca_file=authority.certificate) == LIST
        said = refusal(server.origin)
        assert said.startswith(f"the certificate of {server.origin} cannot be verified (self")
        assert said.endswith("signed certificate): if its authority is private, name the file of its certificate")
        address = f"https://127.0.0.1:{server.port}"
        said = refusal(address, ca_file=authority.certificate)
        assert said.startswith(f"the certificate of {address} cannot be verified (IP address mismatch")
    assert len(server.requests) == 1


def test_a_server_with_tls_that_never_ends_is_left(authority: Authority) -> None:
    def respond(server: Loopback, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n[")
        while not server.stopped.wait(SHORT / 10):
            connection.sendall(b" ")

    with Loopback(respond, authority.context) as server:
        said = refusal(server.origin, ca_file=authority.certificate, timeout=SHORT * 2)
    assert said.startswith(f"{server.origin} did not answer in time")


def test_a_handshake_that_never_ends_is_left() -> None:
    def respond(server: Loopback, _: socket.socket) -> None:
        server.stopped.wait(PATIENCE)

    with Loopback(respond) as server:
        said = refusal(f"https://localhost:{server.port}", timeout=SHORT)
    assert said.startswith(f"https://localhost:{server.port} did not answer in time")


def test_https_without_tls_and_http_with_it_are_refused(authority: Authority) -> None:
    with Loopback(answer("[]")) as server:
        said = refusal(f"https://localhost:{server.port}", secret=SECRET)
        assert said.startswith(f"https://localhost:{server.port} does not encrypt as expected (")
    assert SECRET not in "".join(server.requests)
    with Loopback(answer("[]"), authority.context) as server:
        origin = f"http://localhost:{server.port}"
        assert refusal(origin).startswith(f"{origin} ")


def test_a_redirect_from_https_to_http_is_refused(authority: Authority) -> None:
    with Loopback(answer("[]")) as plain:
        away = answer("", f"Location: {plain.origin}/", status="302 Found")
        with Loopback(away, authority.context) as server:
            said = refusal(server.origin, ca_file=authority.certificate, secret=SECRET)
    assert said == f"{server.origin} redirects to http, without encryption: check its configuration"
    assert plain.requests == []


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("", encoding="utf-8")
    for path in (empty, tmp_path / "missing.pem"):
        said = refusal("https://localhost", ca_file=path)
        assert said.startswith(f"the certificates in {path} cannot be read (")


HTTPS = "https://alerts.example"


def secret_file(folder: Path, text: str | bytes, mode: int = 0o600) -> Path:
    path = folder / "credentials"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def header(path: Path | None, **environ: str) -> str | None:
    """The header of the credentials that are loaded without a notice."""
    names = {f"AI_DEBT_ALERTMANAGER_{name.upper()}": value for name, value in environ.items()}
    credentials, notices = load_credentials(path, names, url=HTTPS)
    assert notices == ()
    return credentials.header if credentials else None


@pytest.mark.parametrize("text", [SECRET, f"{SECRET}\n", f"Bearer {SECRET}\r\n", f"bearer  {SECRET}"])
def test_a_file_may_have_a_token(text: str, tmp_path: Path) -> None:
    assert header(secret_file(tmp_path, text)) == f"Bearer {SECRET}"


def test_a_file_may_have_a_user_and_password(tmp_path: Path) -> None:
    path = secret_file(tmp_path, "ana:p:w é\n")
    assert header(path) == "Basic " + base64.b64encode("ana:p:w é".encode()).decode()


def test_the_environment_may_have_them_and_the_file_comes_first(tmp_path: Path) -> None:
    assert header(None) is None
    assert header(None, token="", user="", password="") is None
    assert header(None, token=SECRET) == f"Bearer {SECRET}"
    assert header(None, user="ana", password="pw") == "Basic " + base64.b64encode(b"ana:pw").decode()
    assert header(secret_file(tmp_path, "from-file"), token=SECRET) == "Bearer from-file"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"token": SECRET, "user": "ana"}, "{}TOKEN is set, and so is {}USER: unset one of them"),
        ({"token": SECRET, "password": SECRET}, "{}TOKEN is set, and so is {}PASSWORD: unset one of them"),
        ({"user": "ana"}, "{}USER is set, but {}PASSWORD is not: set {}PASSWORD"),
        ({"password": SECRET}, "{}PASSWORD is set, but {}USER is not: set {}USER"),
        ({"token": f"{SECRET}\r\nX: y"}, "the token is empty, or has a character that a token cannot have: write a "),
        ({"token": f"{SECRET}é"}, "the token is empty, or has a character that a token cannot have: write a "),
    ],
)
def test_half_of_them_or_two_are_refused(environ: dict[str, str], said: str) -> None:
    with pytest.raises(RegisterError) as refused:
        header(None, **environ)
    assert str(refused.value).startswith(said.replace("{}", "AI_DEBT_ALERTMANAGER_"))
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("text", ["", "\n", f"{SECRET}\nb", b"\xff" + SECRET.encode(), SECRET * 2000], ids=len)
def test_a_file_with_anything_else_is_refused(text: str | bytes, tmp_path: Path) -> None:
    path = secret_file(tmp_path, text)
    with pytest.raises(RegisterError) as refused:
        header(path)
    assert refused.value.what == f"the credentials file {path} does not have one line of text"
    assert SECRET not in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match=r"cannot be read \(No such file or directory\): check the path"):
        header(tmp_path / "missing")


def test_a_file_that_everyone_can_read_is_noted(tmp_path: Path) -> None:
    path = secret_file(tmp_path, SECRET, 0o640)
    assert header(path) == f"Bearer {SECRET}"
    path.chmod(0o644)
    loaded = load_credentials(path, {}, url=HTTPS)
    assert loaded.notices == (f"every user of this machine can read {path}; `chmod o-r` prevents that",)
    assert SECRET not in repr(loaded)


@pytest.mark.parametrize(
    ("url", "is_noted"),
    [
        ("http://alerts.example", True),
        ("http://10.0.0.1:9093", True),
        ("http://localhost:9093", False),
        ("http://127.0.0.1:9093", False),
        ("http://[::1]:9093", False),
        ("https://alerts.example", False),
    ],
)
def test_credentials_that_others_could_read_on_their_way_are_noted(url: str, is_noted: bool) -> None:
    loaded = load_credentials(None, {"AI_DEBT_ALERTMANAGER_TOKEN": SECRET}, url=url)
    assert bool(loaded.notices) is is_noted
    assert load_credentials(None, {}, url=url).notices == ()
