"""The five commands of docs/quickstart.md, typed as they stand there, over BIND, Pebble and nginx."""

from __future__ import annotations

import json
import os
import re
import shlex
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509

from cas import Pebble
from dns_servers import KEY_NAME, KEY_SECRET, DnsServer
from issuing import authorities
from peers import require
from shared import REPOSITORY
from tls_servers import free_port, running

pytestmark = pytest.mark.peer
PAGE = (REPOSITORY / "docs" / "quickstart.md").read_text(encoding="utf-8")
ZONE = "quick.example"


@dataclass
class Newcomer:
    """A machine with a name server, an nginx without TLS, and somebody who has read the page."""

    folder: Path
    server: DnsServer
    ca: Pebble
    port: int

    def typed(self, line: str) -> str:
        """Return a line of the page with what is different on this machine."""
        for written, here in (
            ("www.example.com", f"www.{ZONE}"),
            ("example.com", ZONE),
            ("192.0.2.80:443", f"127.0.0.1:{self.port}"),
            ("192.0.2.80", f"127.0.0.1 --port {self.port}"),
            ("192.0.2.53", self.server.address),
            ("/etc/trustpath/tsig.secret", str(self.folder / "tsig.secret")),
            ("/etc/nginx/tls", str(self.folder / "tls")),
        ):
            line = line.replace(written, here)
        if " init " in line:
            line += f" --tsig-name {KEY_NAME} --caa pebble.example"
            line += f" --directory {self.ca.directory} --roots {self.ca.vouching}"
            line += f" --nginx-conf {self.folder / 'nginx.conf'} --nginx-prefix {self.folder}"
        return line

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line of the page."""
        program, *words = shlex.split(self.typed(line))
        assert program == "trustpath"
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "trustpath", *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "COLUMNS": "200"},
            check=False,
        )


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    port, plain = free_port(), free_port()
    (tmp_path / "tls").mkdir()
    (tmp_path / "tsig.secret").write_text(KEY_SECRET)
    configuration = tmp_path / "nginx.conf"
    temporary = " ".join(
        f"{kind}_temp_path {tmp_path / kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    configuration.write_text(
        f"{user} daemon off; worker_processes 1; pid {tmp_path / 'pid'};\n"
        f"error_log {tmp_path / 'error.log'} warn; events {{ }}\n"
        f"http {{ access_log off; {temporary}\n"
        f"server {{ listen 127.0.0.1:{plain}; return 200 ok; }}\n"
        f"include {tmp_path}/sites/*.conf;\n}}\n"
    )
    command: list[str | Path] = [
        require("nginx"),
        "-p",
        tmp_path,
        "-c",
        configuration,
        "-e",
        tmp_path / "error.log",
    ]
    with (
        authorities(tmp_path / "peers", [ZONE]) as (server, ca),
        running(command, "127.0.0.1", plain, tmp_path / "nginx.log"),
    ):
        yield Newcomer(tmp_path, server, ca, port)


def commands() -> list[tuple[str, str]]:
    """Return the commands of the page, each with what it says that is printed."""
    found = re.findall(r"```sh\n(trustpath [^`]*)\n```\n.*?```text\n(.*?)```", PAGE, re.DOTALL)
    return [(command.replace("\\\n", " "), printed) for command, printed in found]


def test_five_commands_obtain_the_first_certificate(newcomer: Newcomer) -> None:
    typed = commands()
    assert len(typed) == 5
    for number, (command, printed) in enumerate(typed):
        ran = newcomer.run(command)
        assert ran.returncode == (4 if number == 2 else 0), (command, ran.stderr, ran.stdout)
        if number == 0:  # the block that it prints goes into nginx, as the page says
            block = "server {" + ran.stdout.partition("server {")[2].rpartition("}")[0] + "}\n"
            (newcomer.folder / "sites").mkdir()
            (newcomer.folder / "sites" / "www.conf").write_text(block)
        said = " ".join(ran.stdout.split())
        for line in filter(None, map(str.strip, newcomer.typed(printed).splitlines())):
            for word in line.split():
                assert word in said, (command, word, said)
    pem = ssl.get_server_certificate(("127.0.0.1", newcomer.port))
    leaf = x509.load_pem_x509_certificate(pem.encode())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [f"www.{ZONE}"]
    assert "Pebble" in leaf.issuer.rfc4514_string()


def test_who_forgot_the_block_is_told_it_and_goes_on(newcomer: Newcomer) -> None:
    """Nothing was in use at the place before, and nginx does not know of it."""
    for command, _ in commands()[:4]:
        assert newcomer.run(command).returncode in (0, 4)
    last = commands()[4][0] + " --timeout 1"
    ran = newcomer.run(last)
    assert ran.returncode != 0
    listed = newcomer.run("trustpath cert list -e shop/estate.yaml --format json")
    (row,) = json.loads(listed.stdout)["rows"]
    block = re.search(r"server \{.*?\}", row["problem"])
    assert block, (row, ran.stdout, ran.stderr)
    (newcomer.folder / "sites").mkdir()
    (newcomer.folder / "sites" / "www.conf").write_text(block.group())
    configuration: list[str | Path] = ["-p", newcomer.folder, "-c", newcomer.folder / "nginx.conf"]
    subprocess.run([require("nginx"), "-q", *configuration, "-s", "reload"], check=True)
    again = newcomer.run("trustpath cert deploy --actor ann -e shop/estate.yaml --format json")
    assert again.returncode == 0, again.stdout
    assert json.loads(again.stdout)["rows"][0]["outcome"] == "resumed"
    listed = newcomer.run("trustpath cert list -e shop/estate.yaml --format json")
    assert json.loads(listed.stdout)["rows"][0]["state"] == "verified"
