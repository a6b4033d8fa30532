"""Publishing checkpoints: a file in one step, a real HTTP server, and servers that misbehave."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from commandline import trustpath
from peers import require
from tls_servers import free_port, running
from trustpath.base.errors import SourceError
from trustpath.connectors.publishing import make
from trustpath.facts.estate.ledger import Publication

NOTE = "example.com/log\n0\nroot\n\n\u2014 example.com/log AAAAAAA=\n"


@contextmanager
def nginx(folder: Path) -> Iterator[tuple[str, Path]]:
    """Run nginx that takes files by PUT below ``/up/``; gives its URL and where they go."""
    binary = require("nginx")
    taken = folder / "files" / "up"
    taken.mkdir(parents=True)
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = " ".join(
        f"{kind}_temp_path {folder / kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"{user} daemon off; pid {folder / 'pid'}; error_log {folder / 'error.log'};\n"
        f"events {{}} http {{ {temporary} access_log off; server {{ listen 127.0.0.1:{port};"
        f" root {folder / 'files'}; location /up/ {{ dav_methods PUT; }}"
        " location /moved { return 307 /up/other; } location /no { return 403; } } }\n",
        "utf-8",
    )
    command: list[str | Path] = [
        binary,
        "-p",
        folder,
        "-e",
        folder / "error.log",
        "-c",
        configuration,
    ]
    with running(command, "127.0.0.1", port, folder / "log"):
        yield f"http://127.0.0.1:{port}", taken


def send(url: str, method: str = "PUT", timeout: float = 5) -> None:
    make(Publication(url, method, timeout), Path()).publish(NOTE)


def test_nginx_takes_a_checkpoint_and_refusals_are_said(tmp_path: Path) -> None:
    with nginx(tmp_path) as (url, taken):
        send(f"{url}/up/checkpoint")
        assert (taken / "checkpoint").read_text("utf-8") == NOTE
        with pytest.raises(SourceError, match="answers PUT with status 403"):
            send(f"{url}/no")
        with pytest.raises(SourceError, match="answers POST with status 405"):
            send(f"{url}/up/checkpoint", "POST")
        with pytest.raises(SourceError, match="307") as caught:
            send(f"{url}/moved")
        assert "redirects are not followed" in caught.value.hint
        assert not (taken / "other").exists()
    with pytest.raises(SourceError) as caught:
        send(f"{url}/up/checkpoint")
    assert caught.value.where == f"{url}/up/checkpoint"


def test_one_place_that_fails_does_not_keep_others_from_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    estate = tmp_path / "estate.yaml"
    with nginx(tmp_path / "nginx") as (url, taken):
        estate.write_text(
            "organisation: {name: Example, domains: [example.com]}\n"
            "store: sqlite:///store.db\n"
            'ledger: {origin: example.com/log, key: "file:k", publish: '
            f"['{url}/no', '{url}/up/head', head.txt]}}\n",
            "utf-8",
        )
        trustpath(capsys, "ledger", "checkpoint", "-e", estate, "--new-key", tmp_path / "k")
        ran = trustpath(capsys, "ledger", "checkpoint", "-e", estate, "--format", "json")
        assert ran.code == 1
        assert f"{url}/no: it answers PUT with status 403" in ran.err
        assert ran.document["published"] == [f"{url}/up/head", str(tmp_path / "head.txt")]
        assert [item["to"] for item in ran.document["failed"]] == [f"{url}/no"]
        note = ran.document["note"]
        assert (taken / "head").read_text("utf-8") == note
        assert (tmp_path / "head.txt").read_text("utf-8") == note


@contextmanager
def misbehaving(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Take one connection, read the request, and then do what the test says."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            connection, _ = server.accept()
            with connection:
                data = b""
                while not data.endswith(b"=\n"):
                    data += connection.recv(4096)
                try:
                    answer(connection)
                except OSError:
                    return  # the client went away, as it should

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        finally:
            thread.join(20)


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        connection.sendall(b"X-%d: drip\r\n" % number)
        time.sleep(0.1)


def flood(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    for _ in range(1600):
        connection.sendall(b"x" * 65536)


def hang(connection: socket.socket) -> None:
    connection.recv(1)


def test_a_server_that_drips_or_hangs_is_left_in_time() -> None:
    for answer in (drip, hang):
        started = time.monotonic()
        with misbehaving(answer) as url, pytest.raises(SourceError, match="no answer in time"):
            send(url, timeout=0.5)
        assert time.monotonic() - started < 5


def test_no_more_of_an_answer_is_read_than_needed() -> None:
    with misbehaving(flood) as url:
        send(url, "POST")


def test_no_http_is_an_error() -> None:
    with misbehaving(lambda c: c.sendall(b"220 ready\r\n")) as url, pytest.raises(SourceError):
        send(url)


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    place = make(Publication("head.txt", "PUT", 1), tmp_path)
    assert place.held() is None
    place.publish("old\n")
    old = (tmp_path / "head.txt").open("rb")
    place.publish(NOTE)
    # A reader that has the old one open keeps it whole: the file was not written over.
    assert old.read() == b"old\n"
    old.close()
    assert place.held() == NOTE.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["head.txt"]


def test_a_file_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for to in ("folder", "none/head.txt"):
        place = make(Publication(to, "PUT", 1), tmp_path)
        with pytest.raises(SourceError) as caught:
            place.publish(NOTE)
        assert caught.value.where == str(tmp_path / to)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    with pytest.raises(SourceError):
        make(Publication("folder", "PUT", 1), tmp_path).held()
