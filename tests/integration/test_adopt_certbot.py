"""What certbot obtained on the same host is taken over, governed, and its own files stay whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from commandline import check, trustpath
from dns_servers import KEY_NAME, KEY_SECRET
from issuing import Shop, authorities, shop
from peers import require

pytestmark = pytest.mark.peer
ZONE = "lets.example"
NAME = f"www.{ZONE}"
HOOK = """\
import os, sys
import dns.query, dns.tsigkeyring, dns.update

verb, port, zone, key, secret = sys.argv[1:]
ring = dns.tsigkeyring.from_text({key: ("hmac-sha256", secret)})
message = dns.update.UpdateMessage(zone, keyring=ring)
owner = f"_acme-challenge.{os.environ['CERTBOT_DOMAIN']}."
text = f'"{os.environ["CERTBOT_VALIDATION"]}"'
message.add(owner, 60, "TXT", text) if verb == "add" else message.delete(owner, "TXT", text)
dns.query.tcp(message, "127.0.0.1", port=int(port), timeout=10)
"""


class Certbot:
    """certbot with folders of its own, proving names at the shop's name server."""

    def __init__(self, made: Shop) -> None:
        self.shop = made
        self.folder = made.folder / "letsencrypt"
        self.hook = made.folder / "hook.py"
        self.hook.write_text(HOOK)

    def run(self, *arguments: str) -> None:
        """Run it, which must succeed."""
        binary = shutil.which("certbot", path=str(Path(sys.executable).parent))
        folders = {"config": self.folder, "work": self.shop.folder, "logs": self.shop.folder}
        done = subprocess.run(
            [
                binary or require("certbot"),
                *arguments,
                "-n",
                *(f"--{kind}-dir={folder}" for kind, folder in folders.items()),
            ],
            env={**os.environ, "REQUESTS_CA_BUNDLE": str(self.shop.ca.vouching)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def obtain(self, *more: str) -> x509.Certificate:
        """Obtain a certificate, the first or another one; returns the leaf."""
        zone, port = self.shop.zone, self.shop.server.port
        hook = f"{sys.executable} {self.hook}"
        rest = f"{port} {zone} {KEY_NAME} {KEY_SECRET}"
        self.run(
            *("certonly", "--manual", "--preferred-challenges", "dns", "-d", NAME),
            *("--server", self.shop.ca.directory, "--agree-tos", "--email", "pki@example.com"),
            *("--manual-auth-hook", f"{hook} add {rest}"),
            *("--manual-cleanup-hook", f"{hook} delete {rest}", *more),
        )
        return x509.load_pem_x509_certificate((self.live / "cert.pem").read_bytes())

    @property
    def live(self) -> Path:
        """Where certbot keeps what is in use: links into its archive."""
        return self.folder / "live" / NAME

    def files(self) -> Mapping[str, object]:
        """Return every file of certbot's: its content, or where it leads to, and its mode."""
        return {
            str(path.relative_to(self.folder)): (
                path.readlink() if path.is_symlink() else path.read_bytes(),
                path.lstat().st_mode,
            )
            for path in sorted(self.folder.rglob("*"))
            if path.is_symlink() or path.is_file()
        }


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    with (
        authorities(tmp_path, [ZONE]) as (server, ca),
        shop(tmp_path / "shop", ZONE, server, ca) as made,
    ):
        yield made


def test_what_certbot_obtained_is_governed_from_then_on(
    bench: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    certbot = Certbot(bench)
    first = certbot.obtain()
    shutil.copy(certbot.live / "fullchain.pem", bench.web / "0.bin")
    shutil.copy(certbot.live / "privkey.pem", bench.web / "1.bin")
    subprocess.run(
        [require("nginx"), "-p", bench.web, "-c", bench.web / "nginx.conf", "-s", "reload"],
        check=True,
        capture_output=True,
    )
    certificates = {"id": "certbot", "kind": "certificates", "path": "letsencrypt"}
    live = {"id": "live", "kind": "axfr", "server": bench.server.address, "zones": [ZONE]}
    bench.write(sources=[live, certificates], complete={"intents": ["issuance"]})

    def run(*arguments: str, who: str) -> Any:
        ran = trustpath(capsys, *arguments, "-e", bench.estate, "--actor", who, "--format", "json")
        assert ran.code == 0, ran.err or ran.out
        return ran.document

    (taken,) = run("cert", "adopt", who="ann")["rows"]
    assert (taken["job"], taken["adopted"], taken["names"]) == ("web", True, [NAME])
    assert taken["fingerprint"] == fingerprint(first)

    before = certbot.files()
    (renewal,) = run("cert", "renew", "--force", who="bot")["rows"]
    assert renewal["outcome"] == "renewed"
    # An old worker of nginx may answer for a moment after a reload.
    for _ in range(50):
        served = x509.load_pem_x509_certificate(bench.served().encode())
        if fingerprint(served) != fingerprint(first):
            break
        time.sleep(0.1)
    assert fingerprint(served) != fingerprint(first)
    assert certbot.files() == before
    assert "PRIVATE KEY" in (certbot.live / "privkey.pem").read_text()
    statuses = check(capsys, bench.estate).statuses("ACME-018")
    assert set(statuses.values()) <= {"pass"}

    # certbot still works: nothing of its lineage was broken. What it obtains is nobody's intent.
    second = certbot.obtain("--force-renewal")
    statuses = check(capsys, bench.estate).statuses("ACME-018")
    assert statuses.get(fingerprint(second)) == "medium"


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate in hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()
