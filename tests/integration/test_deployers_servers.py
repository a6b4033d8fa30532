"""Real servers use what is deployed, and what they would not take is taken back."""

from __future__ import annotations

import hashlib
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from certs import Issued, leaf, pem_bundle
from changing import dies_at
from deploying import (
    ISSUER,
    chain,
    deployed,
    in_use,
    issued,
    keeper,
    leftovers,
    mode,
    prepare,
    watched,
)
from peers import require
from tls_servers import Served, free_port, nginx, running
from trustpath.base.errors import SourceError
from trustpath.connectors.deployers.content import Content
from trustpath.connectors.deployers.haproxy.deployer import Memory
from trustpath.connectors.deployers.keeper import Keeper

pytestmark = pytest.mark.peer


@dataclass(frozen=True)
class Bed:
    """A running server with a first certificate of ours."""

    folder: Path
    port: int
    pid: int
    first: Issued

    def served(self) -> str:
        """Return the fingerprint of the leaf that is served now."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection,
            context.wrap_socket(connection, server_hostname="www.shop.example") as secured,
        ):
            der = secured.getpeercert(binary_form=True)
            assert der is not None
            return hashlib.sha256(der).hexdigest()

    def serves(self, expected: Issued) -> bool:
        """Wait until a certificate is served: nginx reloads in its own time."""
        ends = time.monotonic() + 10
        while self.served() != expected.fingerprint:
            if time.monotonic() > ends:
                return False
            time.sleep(0.02)
        return True


# -- nginx ------------------------------------------------------------------------------------


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Bed]:
    """Run an nginx; ``tests.tls_servers`` writes chain to 0.bin and key to 1.bin."""
    first = leaf(ISSUER, "www.shop.example")
    block = Served("127.0.0.1", free_port(), pem_bundle(first, ISSUER), first.key_pem)
    with nginx(tmp_path, [block]) as pid:
        yield Bed(tmp_path, block.port, pid, first)


def at_nginx(bed: Bed, **options: str) -> Keeper:
    binary = require("nginx")
    settings = {"key": "1.bin", "chain": "0.bin", "configuration": "nginx.conf", "prefix": "."}
    return keeper("nginx", bed.folder, {"binary": binary, **settings, **options})


def test_nginx_serves_what_is_deployed_and_restored(bed: Bed) -> None:
    place = at_nginx(bed)
    assert in_use(place) == bed.served() == bed.first.fingerprint
    (bed.folder / "1.bin").chmod(0o640)
    second = deployed(place, "O1")
    assert bed.serves(second)
    assert mode(bed.folder / "1.bin") == 0o640
    assert mode(bed.folder / "0.bin") == 0o644
    third = deployed(place, "O2")
    assert bed.serves(third)
    back = place.restore("O2")
    assert back is not None
    assert back.fingerprint == second.fingerprint
    assert bed.serves(second)
    place.settle("O1")
    place.settle("O2")
    assert leftovers(bed.folder) == []


def test_what_nginx_would_not_take_is_taken_back(bed: Bed) -> None:
    place = at_nginx(bed)
    new = issued(place, "O1")
    # A mistake somewhere else in its configuration: the next start would fail, whoever is to blame.
    whole = (bed.folder / "nginx.conf").read_text()
    (bed.folder / "nginx.conf").write_text(whole.replace("server_name", "server_nome"))
    with pytest.raises(SourceError, match=r"server_nome.*what was in use before is in use again"):
        place.deploy("O1", chain(new))
    assert not (bed.folder / ".trustpath-web" / "journal").exists()
    assert bed.served() == in_use(place) == bed.first.fingerprint
    (bed.folder / "nginx.conf").write_text(whole)
    place.deploy("O1", chain(new))
    assert bed.serves(new)


def test_nginx_that_does_not_run_keeps_its_files(bed: Bed) -> None:
    place = at_nginx(bed)
    new = issued(place, "O1")
    (bed.folder / "pid").unlink()
    with pytest.raises(SourceError, match="the reload failed"):
        place.deploy("O1", chain(new))
    # What was in use could not be activated either: it is tried again by the next call.
    with pytest.raises(SourceError, match="the reload failed"):
        place.current()
    (bed.folder / "pid").write_text(f"{bed.pid}\n")
    assert in_use(place) == bed.first.fingerprint
    place.deploy("O1", chain(new))
    assert bed.serves(new)


@pytest.mark.parametrize("place", ["replaced.key", "activated"])
def test_nginx_after_a_kill(bed: Bed, place: str) -> None:
    new = issued(at_nginx(bed), "O1")
    assert (
        dies_at(place, lambda passing: watched(at_nginx(bed), passing).deploy("O1", chain(new)))
        == -signal.SIGKILL
    )
    assert in_use(at_nginx(bed)) == bed.first.fingerprint
    assert bed.serves(bed.first)
    at_nginx(bed).deploy("O1", chain(new))
    assert bed.serves(new)


def test_key_and_chain_in_one_file(bed: Bed) -> None:
    whole = (bed.folder / "nginx.conf").read_text()
    (bed.folder / "nginx.conf").write_text(whole.replace("1.bin", "0.bin"))
    (bed.folder / "0.bin").write_bytes(bed.first.key_pem + pem_bundle(bed.first, ISSUER))
    (bed.folder / "0.bin").chmod(0o600)
    place = at_nginx(bed, key="0.bin")
    assert [slot.role for slot in place.place.slots] == ["key"]
    new = deployed(place, "O1")
    assert bed.serves(new)
    assert mode(bed.folder / "0.bin") == 0o600


# -- haproxy ----------------------------------------------------------------------------------


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Bed]:
    with haproxy(tmp_path, leaf(ISSUER, "www.shop.example")) as started:
        yield started


@contextmanager
def haproxy(folder: Path, first: Issued) -> Iterator[Bed]:
    binary = require("haproxy")
    port = free_port()
    (folder / "site.pem").write_bytes(first.key_pem + pem_bundle(first, ISSUER))
    (folder / "site.pem").chmod(0o600)
    (folder / "haproxy.cfg").write_text(
        f"global\n stats socket {folder}/admin.sock level admin mode 600\n"
        "defaults\n mode http\n timeout client 5s\n timeout server 5s\n timeout connect 5s\n"
        f"frontend tls\n bind 127.0.0.1:{port} ssl crt {folder}/site.pem\n"
        " http-request return status 200\n"
    )
    command: list[str | Path] = [binary, "-db", "-f", folder / "haproxy.cfg"]
    with running(command, "127.0.0.1", port, folder / "haproxy.log") as pid:
        yield Bed(folder, port, pid, first)


def at_proxy(bed: Bed, **options: str) -> Keeper:
    settings = {"socket": "admin.sock", "certificate": "site.pem", "timeout": "5s"}
    return keeper("haproxy", bed.folder, {**settings, **options})


def test_haproxy_exchanges_certificates_in_memory_and_in_its_file(proxy: Bed) -> None:
    place = at_proxy(proxy)
    assert in_use(place) == proxy.served() == proxy.first.fingerprint
    second = deployed(place, "O1")
    assert in_use(place) == proxy.served() == second.fingerprint
    assert mode(proxy.folder / "site.pem") == 0o600
    third = deployed(place, "O2", days=20)
    assert proxy.served() == third.fingerprint
    back = place.restore("O2")
    assert back is not None
    assert back.fingerprint == in_use(place) == proxy.served() == second.fingerprint
    assert prepare(place, "O3", reuse=True).spki == back.spki


def test_a_restart_of_haproxy_loses_nothing(tmp_path: Path) -> None:
    with haproxy(tmp_path, leaf(ISSUER, "www.shop.example")) as before:
        second = deployed(at_proxy(before), "O1")
    text = (tmp_path / "site.pem").read_bytes()
    port = free_port()
    configuration = (tmp_path / "haproxy.cfg").read_text()
    (tmp_path / "haproxy.cfg").write_text(configuration.replace(f":{before.port} ", f":{port} "))
    command: list[str | Path] = [require("haproxy"), "-db", "-f", tmp_path / "haproxy.cfg"]
    with running(command, "127.0.0.1", port, tmp_path / "haproxy.log") as pid:
        after = Bed(tmp_path, port, pid, second)
        assert after.served() == in_use(at_proxy(after)) == second.fingerprint
    assert (tmp_path / "site.pem").read_bytes() == text


def test_haproxy_that_uses_something_else_is_told(proxy: Bed) -> None:
    """Somebody replaced the file and HAProxy did not hear of it."""
    place = at_proxy(proxy)
    second = deployed(place, "O1")
    (proxy.folder / "site.pem").write_bytes(proxy.first.key_pem + pem_bundle(proxy.first, ISSUER))
    with pytest.raises(SourceError, match="HAProxy uses another certificate"):
        place.current()
    place.deploy("O1", chain(second))
    assert in_use(place) == proxy.served() == second.fingerprint


def test_haproxy_that_was_set_back_by_somebody_is_set_again(proxy: Bed) -> None:
    """The file is right and the memory is not; what was in use before the order stays known."""
    place = at_proxy(proxy)
    second = deployed(place, "O1")
    assert isinstance(place.place, Memory)
    old = Content(proxy.first.key_pem + pem_bundle(proxy.first, ISSUER))
    place.place.runtime.exchange(place.place.name, old)
    assert proxy.served() == proxy.first.fingerprint
    place.deploy("O1", chain(second))
    assert in_use(place) == proxy.served() == second.fingerprint
    back = place.restore("O1")
    assert back is not None
    assert back.fingerprint == in_use(place) == proxy.served() == proxy.first.fingerprint


def test_what_haproxy_refuses_is_taken_back(proxy: Bed) -> None:
    place = at_proxy(proxy, name="other.pem")
    new = issued(place, "O1")
    with pytest.raises(SourceError, match="not referenced by the configuration"):
        place.deploy("O1", chain(new))
    assert at_proxy(proxy).current() is not None
    assert proxy.served() == proxy.first.fingerprint


def test_what_haproxy_does_not_commit_is_not_left_pending(proxy: Bed) -> None:
    place = at_proxy(proxy).place
    assert isinstance(place, Memory)
    other = leaf(ISSUER, "www.shop.example")
    with pytest.raises(SourceError, match="inconsistencies between private key and certificate"):
        place.runtime.exchange(place.name, Content(other.key_pem + proxy.first.pem))
    # Asked for by the name that a transaction has.
    with pytest.raises(SourceError, match="HAProxy refused"):
        place.runtime.fingerprint(f"*{place.name}")
    assert proxy.served() == proxy.first.fingerprint


def test_haproxy_that_does_not_run(proxy: Bed) -> None:
    place = at_proxy(proxy)
    new = issued(place, "O1")
    away = at_proxy(proxy, socket="nothing.sock")
    with pytest.raises(SourceError, match="cannot be asked: No such file") as caught:
        away.deploy("O1", chain(new))
    assert "stats socket PATH level admin" in str(caught.value)
    # Nothing tells what HAProxy has in memory, so the journal waits for one that does.
    assert in_use(place) == proxy.served() == proxy.first.fingerprint
    place.deploy("O1", chain(new))
    assert proxy.served() == new.fingerprint


def test_a_chain_that_does_not_fit_into_haproxy(proxy: Bed) -> None:
    place = at_proxy(proxy)
    new = issued(place, "O1")
    with pytest.raises(SourceError, match=r"tune\.bufsize"):
        place.deploy("O1", (new.der, *[ISSUER.der] * 40))
    assert in_use(place) == proxy.served() == proxy.first.fingerprint


@pytest.mark.parametrize(
    "place", ["replaced.certificate", "activating", "activated", "previous-kept"]
)
def test_haproxy_after_a_kill(proxy: Bed, place: str) -> None:
    new = issued(at_proxy(proxy), "O1")
    assert (
        dies_at(place, lambda passing: watched(at_proxy(proxy), passing).deploy("O1", chain(new)))
        == -signal.SIGKILL
    )
    assert in_use(at_proxy(proxy)) == proxy.served() == proxy.first.fingerprint
    at_proxy(proxy).deploy("O1", chain(new))
    assert in_use(at_proxy(proxy)) == proxy.served() == new.fingerprint
