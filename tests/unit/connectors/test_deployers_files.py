"""Places made of files: keys, modes, owners, links, refusals, reloads that fail."""

from __future__ import annotations

import hashlib
import logging
import os
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certs import DAY, NOW, leaf, pem_bundle
from deploying import (
    ISSUER,
    NAMES,
    chain,
    deployed,
    deployer,
    in_use,
    issued,
    keeper,
    leftovers,
    mode,
    prepare,
    signed,
)
from trustpath.app.deployers import deployer_factory, make_deployers
from trustpath.base.clock import FixedClock
from trustpath.base.errors import EstateError, InputError, SourceError
from trustpath.connectors.deployers import disk
from trustpath.connectors.deployers.keeper import Keeper
from trustpath.facts.deploying import DeployerSpec, KeyPolicy
from trustpath.facts.source import Context

OPTIONS = {"key": "key.pem", "chain": "chain.pem"}


def files(folder: Path, *, now: int = NOW, **options: Any) -> Keeper:
    return keeper("files", folder, {**OPTIONS, **options}, now=now)


def marked(folder: Path, text: str) -> list[str]:
    """Return a command that notes that it ran, without a shell of ours."""
    return ["sh", "-c", f"echo {text} >> ran; {text}"]


# -- keys -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "size"),
    [("ec-256", 256), ("ec-384", 384), ("rsa-2048", 2048), ("rsa-3072", 3072), ("rsa-4096", 4096)],
)
def test_the_request_is_of_the_key_and_the_names_only(tmp_path: Path, kind: str, size: int) -> None:
    pending = prepare(files(tmp_path), "O1", kind=kind)
    request = x509.load_der_x509_csr(pending.csr)
    assert request.is_signature_valid
    assert list(request.subject) == []
    assert len(request.extensions) == 1
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == list(NAMES)
    public = request.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey if kind[0] == "e" else rsa.RSAPublicKey)
    assert public.key_size == size
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert pending.spki == hashlib.sha256(der).hexdigest()


def test_the_same_order_has_the_same_key_and_another_has_another(tmp_path: Path) -> None:
    first = prepare(files(tmp_path), "O1")
    assert prepare(files(tmp_path), "O1", kind="rsa-2048").spki == first.spki
    assert prepare(files(tmp_path), "O2").spki != first.spki
    assert prepare(deployer("files", tmp_path, OPTIONS, name="b"), "O1").spki != first.spki


def test_a_key_in_use_is_kept_when_asked_and_fit(tmp_path: Path) -> None:
    place = files(tmp_path)
    first = prepare(place, "O1", reuse=True)
    place.deploy("O1", chain(signed(first)))
    assert prepare(place, "O2", reuse=True).spki == first.spki
    assert prepare(place, "O3").spki != first.spki
    assert prepare(place, "O4", kind="ec-384", reuse=True).spki != first.spki
    leaf = signed(prepare(place, "O2"), days=20)
    place.deploy("O2", chain(leaf))
    assert in_use(place) == leaf.fingerprint
    back = place.restore("O2")
    assert back is not None
    assert back.spki == first.spki
    assert back.fingerprint != leaf.fingerprint


@pytest.mark.parametrize("order", ["", "../x", ".", "a/b", "O 1", "-x", "O1\n", "x" * 65])
def test_an_order_is_never_a_path(tmp_path: Path, order: str) -> None:
    place = files(tmp_path)
    with pytest.raises(InputError, match="no id of an order"):
        prepare(place, order)
    assert leftovers(tmp_path) == []


def test_many_at_once_take_turns(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: prepare(files(tmp_path), "O1").spki, range(16)))) == 1
        leaves = list(pool.map(lambda n: deployed(files(tmp_path), f"O{n}"), range(2, 14)))
    assert in_use(files(tmp_path)) in {leaf.fingerprint for leaf in leaves}


def test_no_names_and_no_type(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="without names"):
        files(tmp_path).prepare("O1", (), KeyPolicy(), reuse=False)
    with pytest.raises(InputError, match="no key of type 'dsa'"):
        prepare(files(tmp_path), "O2", kind="dsa")


def test_a_key_is_0600_from_the_first_octet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file that ever holds a key is created as a new one of that mode, whatever the umask."""
    made: list[tuple[str, int, int]] = []
    real = os.open

    def opened(path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:
        if flags & os.O_CREAT:
            made.append((os.fspath(path), flags, mode))
        return real(path, flags, mode, **more)

    monkeypatch.setattr(os, "open", opened)
    before = os.umask(0)
    try:
        place = files(tmp_path)
        deployed(place, "O1")
        deployed(place, "O2")
        place.restore("O2")
    finally:
        os.umask(before)
    assert any(path.endswith("key.pem.trustpath-next") for path, _, _ in made)
    assert all(wanted == 0o600 for _, _, wanted in made)
    empty = (".trustpath-web/lock", ".trustpath-web/active")
    assert all(flags & os.O_EXCL for path, flags, _ in made if not path.endswith(empty))
    assert (tmp_path / ".trustpath-web" / "lock").stat().st_size == 0
    for path in tmp_path.rglob("*"):
        if path.is_file() and b"PRIVATE KEY" in path.read_bytes():
            assert mode(path) == 0o600
    assert mode(tmp_path / ".trustpath-web") == 0o700


def test_a_key_is_nowhere_in_what_is_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in a text form, an error, a log or a traceback with the values of every frame."""
    caplog.set_level(logging.DEBUG)
    place = files(tmp_path, reload=["sh", "-c", "cat key.pem >&2; exit 1"])
    leaf = issued(place, "O1")
    texts = [repr(place), repr(prepare(place, "O1"))]
    for broken in ("rename", "fsync", "reload"):
        with monkeypatch.context() as patched:
            if broken == "rename":
                patched.setattr(disk, "swap", _fails)
            elif broken == "fsync":
                patched.setattr(os, "fsync", _no_space)
            with pytest.raises(SourceError) as caught:
                place.deploy("O1", chain(leaf))
        shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        texts += [str(caught.value), *shown.format()]
    assert any("holds a private key and is not repeated" in text for text in texts)
    kept = (tmp_path / ".trustpath-web" / "O1.key").read_text().splitlines()
    secrets = [line for line in kept if not line.startswith("-")]
    assert len(secrets) == 3
    for text in (*texts, caplog.text):
        assert not any(secret[:40] in text for secret in secrets)


def _fails(_temporary: Path, path: Path) -> None:
    raise SourceError("cannot be replaced", where=str(path))


def _no_space(_handle: int) -> None:
    raise OSError(28, "No space left on device")


# -- what is refused --------------------------------------------------------------------------


def test_a_leaf_of_another_key_is_refused(tmp_path: Path) -> None:
    place = files(tmp_path)
    first, second = issued(place, "O1"), issued(place, "O2")
    with pytest.raises(InputError, match="of another key than that of order O1"):
        place.deploy("O1", chain(second))
    for wrong in ((), (b"no certificate",), (first.der, b"no certificate")):
        with pytest.raises(InputError):
            place.deploy("O1", wrong)
    with pytest.raises(InputError, match="no key for order O9"):
        place.deploy("O9", chain(first))
    assert in_use(place) is None


def test_what_has_expired_comes_neither_into_use_nor_back(tmp_path: Path) -> None:
    place = files(tmp_path)
    old = deployed(place, "O1", not_after=NOW + DAY)
    new = deployed(place, "O2")
    late = files(tmp_path, now=NOW + DAY)
    with pytest.raises(InputError, match=r"expired at 2026-11-25T00:00:00Z.*issue a new one"):
        late.restore("O2")
    with pytest.raises(InputError, match="expired"):
        late.deploy("O1", chain(old))
    assert in_use(late) == new.fingerprint
    back = place.restore("O2")
    assert back is not None
    assert back.fingerprint == old.fingerprint


def test_what_is_revoked_does_not_come_back(tmp_path: Path) -> None:
    place = files(tmp_path)
    old, new = deployed(place, "O1"), deployed(place, "O2")
    before = place.previous("O2")
    assert before is not None
    assert before.fingerprint == old.fingerprint
    with pytest.raises(InputError, match="is revoked"):
        place.restore("O2", revoked={old.fingerprint})
    assert in_use(place) == new.fingerprint
    assert place.restore("O2", revoked={new.fingerprint}) == before
    assert place.restore("O2", revoked={new.fingerprint}) == before
    # Its key does not lie around twice.
    assert place.previous("O2") is None


def test_restore_says_what_there_is_to_go_back_to(tmp_path: Path) -> None:
    place = files(tmp_path)
    with pytest.raises(InputError, match="nothing is kept for order O1"):
        place.restore("O1")
    first = deployed(place, "O1")
    assert place.previous("O1") is None
    assert place.restore("O1") is None
    assert in_use(place) == first.fingerprint
    second = issued(place, "O2")
    still = place.restore("O2")
    assert still is not None
    assert still.fingerprint == first.fingerprint
    place.deploy("O2", chain(second))
    third = deployed(place, "O3")
    with pytest.raises(InputError, match="order O2 is not in use any more"):
        place.restore("O2")
    assert in_use(place) == third.fingerprint
    place.settle("O3")
    place.settle("O3")
    with pytest.raises(InputError, match="it was settled"):
        place.restore("O3")
    assert in_use(place) == third.fingerprint


def test_a_link_of_certbot_is_neither_replaced_nor_written_through(tmp_path: Path) -> None:
    first = leaf(ISSUER, "www.shop.example")
    archive, live = tmp_path / "archive", tmp_path / "live"
    archive.mkdir()
    live.mkdir()
    (archive / "privkey1.pem").write_bytes(first.key_pem)
    (archive / "fullchain1.pem").write_bytes(pem_bundle(first, ISSUER))
    (live / "privkey.pem").symlink_to("../archive/privkey1.pem")
    (live / "fullchain.pem").symlink_to("../archive/fullchain1.pem")
    place = files(tmp_path, key="live/privkey.pem", chain="live/fullchain.pem")
    assert in_use(place) == first.fingerprint
    with pytest.raises(InputError, match=r"symbolic link, as certbot's.*name a file of its own"):
        prepare(place, "O1")
    assert sorted(path.name for path in live.iterdir()) == ["fullchain.pem", "privkey.pem"]
    assert (archive / "privkey1.pem").read_bytes() == first.key_pem


def test_a_place_that_could_not_be_written_is_told_before_there_is_a_key(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="folder cannot be written to"):
        prepare(files(tmp_path, chain="nowhere/chain.pem"), "O1")
    with pytest.raises(InputError, match="no owner 'nobody-of-that-name' here"):
        prepare(files(tmp_path, owner="nobody-of-that-name"), "O1")
    assert list(tmp_path.iterdir()) == []


# -- files ------------------------------------------------------------------------------------


def test_modes_stand_and_a_key_is_never_open_to_all(tmp_path: Path) -> None:
    place = files(tmp_path, certificate="leaf.pem")
    first = deployed(place, "O1")
    names = ("key.pem", "chain.pem", "leaf.pem")
    assert [mode(tmp_path / name) for name in names] == [0o600, 0o644, 0o644]
    assert (tmp_path / "leaf.pem").read_bytes() == first.pem
    assert (tmp_path / "chain.pem").read_bytes() == first.pem + ISSUER.pem
    for name, bits in zip(names, (0o644, 0o640, 0o604), strict=True):
        (tmp_path / name).chmod(bits)
    deployed(place, "O2")
    assert [mode(tmp_path / name) for name in names] == [0o640, 0o640, 0o604]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owners_are_set_and_stand(tmp_path: Path) -> None:
    deployed(files(tmp_path, owner="65534:12"), "O1")
    for name in ("key.pem", "chain.pem"):
        found = (tmp_path / name).stat()
        assert (found.st_uid, found.st_gid) == (65534, 12)
    os.chown(tmp_path / "key.pem", 7, 8)
    deployed(files(tmp_path), "O2")
    assert [(tmp_path / "key.pem").stat().st_uid, (tmp_path / "key.pem").stat().st_gid] == [7, 8]
    deployed(files(tmp_path, owner=":1"), "O3")
    assert (tmp_path / "key.pem").stat().st_uid == 7
    assert (tmp_path / "key.pem").stat().st_gid == 1


def test_a_reload_runs_once_and_after_the_files(tmp_path: Path) -> None:
    place = files(tmp_path, reload=marked(tmp_path, "true"))
    first = deployed(place, "O1")
    place.deploy("O1", chain(first))
    place.deploy("O1", chain(first))
    assert (tmp_path / "ran").read_text() == "true\n"


def test_a_reload_that_fails_takes_everything_back(tmp_path: Path) -> None:
    old = deployed(files(tmp_path), "O1")
    place = files(
        tmp_path, reload=["sh", "-c", "echo line one >&2; echo 'no such unit' >&2; exit 3"]
    )
    new = issued(place, "O2")
    with pytest.raises(SourceError, match=r"the reload failed: line one \| no such unit"):
        place.deploy("O2", chain(new))
    healthy = files(tmp_path)
    assert in_use(healthy) == old.fingerprint
    healthy.deploy("O2", chain(new))
    assert in_use(healthy) == new.fingerprint


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (["nothing-of-that-name"], "cannot be run: No such file"),
        (["sleep", "60"], "did not end within 0.3 seconds"),
        (["sh", "-c", "sleep 60 & wait"], "did not end within 0.3 seconds"),
        (["yes"], "says more than 1048576 octets|did not end"),
        (["false"], "exit code 1, without a word"),
    ],
)
def test_commands_are_bounded(tmp_path: Path, command: list[str], problem: str) -> None:
    place = files(tmp_path, reload=command, timeout=0.3)
    new = issued(place, "O1")
    with pytest.raises(SourceError, match=problem):
        place.deploy("O1", chain(new))
    assert in_use(files(tmp_path)) is None


def test_what_does_not_end_is_ended_with_its_children(tmp_path: Path) -> None:
    reload = ["sh", "-c", "sleep 60 & echo $! > child; wait"]
    place = files(tmp_path, reload=reload, timeout=1)
    new = issued(place, "O1")
    with pytest.raises(SourceError, match="did not end"):
        place.deploy("O1", chain(new))
    child = int((tmp_path / "child").read_text())
    ends = time.monotonic() + 10
    while _runs(child) and time.monotonic() < ends:
        time.sleep(0.02)
    assert not _runs(child)


def _runs(process: int) -> bool:
    """Say whether a process runs; one that nobody collected does not."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def test_a_reload_that_leaves_a_child_behind_has_ended(tmp_path: Path) -> None:
    """What a daemon holds open does not keep us waiting."""
    place = files(tmp_path, reload=["sh", "-c", "sleep 20 & echo $! > child"], timeout=10)
    try:
        new = deployed(place, "O1")
        assert in_use(place) == new.fingerprint
    finally:
        os.kill(int((tmp_path / "child").read_text()), 15)


def test_a_file_that_was_not_of_the_place_then_stays(tmp_path: Path) -> None:
    old = deployed(files(tmp_path), "O1")
    deployed(files(tmp_path), "O2")
    (tmp_path / "leaf.pem").write_text("somebody's")
    back = files(tmp_path, certificate="leaf.pem").restore("O2")
    assert back is not None
    assert back.fingerprint == old.fingerprint
    assert (tmp_path / "leaf.pem").read_text() == "somebody's"


def test_a_pair_that_somebody_broke_is_told_and_repaired(tmp_path: Path) -> None:
    place = files(tmp_path)
    first = deployed(place, "O1")
    (tmp_path / "key.pem").write_bytes(leaf(ISSUER, "a.example").key_pem)
    with pytest.raises(SourceError, match="do not belong together"):
        place.current()
    place.deploy("O1", chain(first))
    assert in_use(place) == first.fingerprint
    with pytest.raises(InputError, match="do not belong together"):
        place.restore("O1")
    assert in_use(place) == first.fingerprint


def test_a_journal_that_cannot_be_read_stops_everything(tmp_path: Path) -> None:
    place = files(tmp_path)
    deployed(place, "O1")
    (tmp_path / ".trustpath-web" / "journal").write_text("{}")
    with pytest.raises(SourceError, match="look whether key and certificate belong together"):
        place.current()


# -- options ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"key": "a"}, "chain: is missing"),
        ({**OPTIONS, "certificate": "chain.pem"}, "also the file of the key or the chain"),
        ({**OPTIONS, "reload": "systemctl reload nginx"}, "no list of a command"),
        ({**OPTIONS, "reload": []}, "no list of a command"),
        ({**OPTIONS, "reload": [""]}, "no list of a command"),
        ({**OPTIONS, "timeout": 0}, "not above 0"),
        ({**OPTIONS, "timeout": "soon"}, "is no duration"),
        ({**OPTIONS, "socket": "x"}, "socket: unknown option"),
    ],
)
def test_bad_options(tmp_path: Path, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(EstateError) as caught:
        deployer("files", tmp_path, options)
    assert problem in str(caught.value)
    assert caught.value.where == "estate.yaml:9"


def test_kinds(tmp_path: Path) -> None:
    with pytest.raises(EstateError, match="no deployer of kind 'iis'"):
        deployer_factory("iis", "estate.yaml:9")
    specs = [DeployerSpec(name, "files", OPTIONS, tmp_path) for name in ("a", "b/c")]
    made = make_deployers(specs, Context(FixedClock(NOW)))
    assert list(made) == ["a", "b/c"]
    deployed(made["b/c"], "O1")
    assert (tmp_path / ".trustpath-b%2Fc").is_dir()
