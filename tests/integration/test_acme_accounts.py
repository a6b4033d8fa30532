"""Accounts at real CAs: registered once, bound, given new keys through crashes, deactivated."""

from __future__ import annotations

import base64
import logging
import stat
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from cas import Pebble, pebble
from certs import new_key
from orders import acme_issuer, request
from trustpath.base.errors import EstateError, SourceError
from trustpath.connectors.acme import keys
from trustpath.connectors.acme.network import Network
from trustpath.facts.issuing import Accounts, OrderStatus, RejectedError

NOWHERE = "127.0.0.1:9"


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pebble]:
    with pebble(tmp_path_factory.mktemp("accounts"), dns=NOWHERE) as running:
        yield running


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pebble]:
    with pebble(tmp_path_factory.mktemp("bound"), dns=NOWHERE, eab=True) as running:
        yield running


class Crash(BaseException):
    """The process dies here."""


def test_without_a_key_the_way_to_one_is_named(ca: Pebble, tmp_path: Path) -> None:
    with pytest.raises(EstateError, match="has no account yet") as error:
        acme_issuer(ca, tmp_path).account()
    assert error.value.hint == "trustpath account register test"
    assert error.value.where.endswith("account.pem")


def test_terms_that_nobody_agreed_to_stop_before_anything_is_made(
    ca: Pebble, tmp_path: Path
) -> None:
    with pytest.raises(EstateError, match="Do%20what%20thou%20wilt"):
        acme_issuer(ca, tmp_path).register(agree=False)
    assert list(tmp_path.iterdir()) == []


def test_registering_twice_is_registering_once(ca: Pebble, tmp_path: Path) -> None:
    first = acme_issuer(ca, tmp_path).register(agree=True)
    file = tmp_path / "account.pem"
    content = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = acme_issuer(ca, tmp_path).register(agree=False)
    assert (again.uri, again.thumbprint) == (first.uri, first.thumbprint)
    assert acme_issuer(ca, tmp_path).account() == again
    assert file.read_bytes() == content
    assert list(tmp_path.iterdir()) == [file]


def test_contacts_that_changed_are_told(ca: Pebble, tmp_path: Path) -> None:
    acme_issuer(ca, tmp_path).register(agree=True)
    issuer = acme_issuer(ca, tmp_path, contacts=["mailto:new@a.example"])
    assert issuer.register(agree=True).contacts == ("mailto:new@a.example",)
    found = acme_issuer(ca, tmp_path).account()
    assert found is not None
    assert found.contacts == ("mailto:new@a.example",)


@pytest.mark.parametrize("kind", ["p384", "rsa"])
def test_a_key_that_is_there_is_used(ca: Pebble, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "account.pem"
    file.touch(0o600)
    file.write_bytes(new_key(kind).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    content = file.read_bytes()
    issuer = acme_issuer(ca, tmp_path)
    assert issuer.register(agree=True).status == "valid"
    assert issuer.begin(request("x.a.example")).status is OrderStatus.PENDING
    assert file.read_bytes() == content


def test_a_key_that_others_may_read_is_not_used(ca: Pebble, tmp_path: Path) -> None:
    acme_issuer(ca, tmp_path).register(agree=True)
    (tmp_path / "account.pem").chmod(0o640)
    with pytest.raises(EstateError, match="others than its owner") as error:
        acme_issuer(ca, tmp_path).account()
    assert error.value.hint == "chmod 600"


def test_a_binding_that_the_ca_asks_for_must_be_there(bound: Pebble, tmp_path: Path) -> None:
    issuer = acme_issuer(bound, tmp_path)
    assert issuer.offer().account_required
    with pytest.raises(EstateError, match="external_account: the CA asks for one"):
        issuer.register(agree=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["env", "file"])
def test_the_secret_of_a_binding_is_found_by_reference(
    bound: Pebble, tmp_path: Path, kind: str
) -> None:
    assert bound.binding is not None
    kid, secret = bound.binding
    (tmp_path / "secret").write_text(f"{secret}\n")
    reference = {"env": "env:HMAC", "file": "file:secret"}[kind]
    issuer = acme_issuer(
        bound,
        tmp_path,
        secrets={"HMAC": secret} if kind == "env" else {},
        external_account={"kid": kid, "key": reference},
    )
    assert issuer.register(agree=True).status == "valid"
    assert issuer.begin(request("x.a.example")).status is OrderStatus.PENDING
    # Once there, the account needs it no more.
    assert acme_issuer(bound, tmp_path).register(agree=True).status == "valid"


@pytest.mark.parametrize(
    ("secret", "error", "match"),
    [
        ("", EstateError, "env:HMAC holds nothing"),
        ("ä", EstateError, "no base64url"),
        ("bm90IHRoZSBrZXk", RejectedError, "key-size|bind|JWS|[Ee]xternal"),
    ],
    ids=["missing", "no base64", "wrong"],
)
def test_a_wrong_binding_is_refused(
    bound: Pebble, tmp_path: Path, secret: str, error: type[Exception], match: str
) -> None:
    binding = {"kid": "kid-1", "key": "env:HMAC"}
    issuer = acme_issuer(bound, tmp_path, secrets={"HMAC": secret}, external_account=binding)
    with pytest.raises(error, match=match):
        issuer.register(agree=True)


def test_a_new_key_takes_the_place_of_the_old(ca: Pebble, tmp_path: Path) -> None:
    issuer = acme_issuer(ca, tmp_path)
    before = issuer.register(agree=True)
    after = issuer.roll()
    assert after.uri == before.uri
    assert after.thumbprint != before.thumbprint
    assert acme_issuer(ca, tmp_path).account() == after
    assert issuer.begin(request("x.a.example")).status is OrderStatus.PENDING
    assert [file.name for file in tmp_path.iterdir()] == ["account.pem"]
    assert stat.S_IMODE((tmp_path / "account.pem").stat().st_mode) == 0o600


def test_a_crash_before_the_ca_heard_of_the_new_key(
    ca: Pebble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = acme_issuer(ca, tmp_path)
    before = issuer.register(agree=True)
    make = keys.make

    def crash(path: Path) -> None:
        make(path)
        raise Crash

    monkeypatch.setattr(keys, "make", crash)
    with pytest.raises(Crash):
        issuer.roll()
    monkeypatch.undo()
    assert keys.next_file(tmp_path / "account.pem").exists()
    # The old key is still the one, and the attempt can be made again.
    assert acme_issuer(ca, tmp_path).account() == before
    assert acme_issuer(ca, tmp_path).roll().uri == before.uri


def test_a_crash_after_the_ca_took_the_new_key(
    ca: Pebble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = acme_issuer(ca, tmp_path).register(agree=True)

    def crash(_: Path) -> None:
        raise Crash

    monkeypatch.setattr(keys, "promote", crash)
    with pytest.raises(Crash):
        acme_issuer(ca, tmp_path).roll()
    monkeypatch.undo()
    old = (tmp_path / "account.pem").read_bytes()
    after = acme_issuer(ca, tmp_path).account()
    assert after is not None
    assert (after.uri, after.status) == (before.uri, "valid")
    assert after.thumbprint != before.thumbprint
    assert (tmp_path / "account.pem").read_bytes() != old
    assert [file.name for file in tmp_path.iterdir()] == ["account.pem"]


def test_an_answer_that_got_lost_on_the_way(
    ca: Pebble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = acme_issuer(ca, tmp_path)
    before = issuer.register(agree=True)
    post = Network.post

    def lost(self: Network, url: str, *rest: object) -> object:
        answer = post(self, url, *rest)  # type: ignore[arg-type]
        if "rollover" in url:
            raise SourceError("no answer")
        return answer

    monkeypatch.setattr(Network, "post", lost)
    with pytest.raises(SourceError, match="no answer"):
        issuer.roll()
    monkeypatch.undo()
    # The CA has the new key: the same process finds out as well.
    assert issuer.begin(request("x.a.example")).status is OrderStatus.PENDING
    after = issuer.account()
    assert after is not None
    assert (after.uri, after.thumbprint != before.thumbprint) == (before.uri, True)


def test_a_key_that_another_process_changed_is_looked_up_again(ca: Pebble, tmp_path: Path) -> None:
    running = acme_issuer(ca, tmp_path)
    running.register(agree=True)
    acme_issuer(ca, tmp_path).roll()
    with pytest.raises(RejectedError):
        running.begin(request("x.a.example"))
    assert running.begin(request("x.a.example")).status is OrderStatus.PENDING


def test_a_deactivated_account_orders_nothing_for_good(ca: Pebble, tmp_path: Path) -> None:
    issuer = acme_issuer(ca, tmp_path)
    issuer.register(agree=True)
    assert issuer.deactivate().status == "deactivated"
    for attempt in (
        lambda: issuer.begin(request("x.a.example")),
        issuer.account,
        lambda: issuer.register(agree=True),
    ):
        with pytest.raises(RejectedError) as refusal:
            attempt()
        assert refusal.value.kind == "unauthorized"
        assert "another account_key" in refusal.value.hint


def test_an_issuer_is_both(ca: Pebble, tmp_path: Path) -> None:
    assert isinstance(acme_issuer(ca, tmp_path), Accounts)


def _told(error: BaseException) -> str:
    """Return what a traceback with local variables shows of our functions, and the message."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = [frame for frame in shown.stack if "trustpath/connectors" in frame.filename]
    assert ours
    assert error.__suppress_context__ or error.__context__ is None
    return str(error) + "".join(f"{name} = {text}\n" for f in ours for name, text in _items(f))


def _items(frame: traceback.FrameSummary) -> list[tuple[str, str]]:
    return list((frame.locals or {}).items())


def test_no_secret_is_in_a_repr_a_log_or_a_traceback(
    bound: Pebble, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert bound.binding is not None
    kid, right = bound.binding
    wrong = base64.urlsafe_b64encode(b"a secret that is not the right one").decode().rstrip("=")
    caplog.set_level(logging.DEBUG)
    told = []
    for value in (wrong, "ä" + wrong):
        issuer = acme_issuer(
            bound,
            tmp_path,
            secrets={"HMAC": value},
            external_account={"kid": kid, "key": "env:HMAC"},
        )
        with pytest.raises((RejectedError, EstateError)) as refused:
            issuer.register(agree=True)
        told.append(_told(refused.value))
    assert "secret = Secret(" in told[-1], "local variables are not shown: this proves nothing"
    file = tmp_path / "account.pem"
    pem = file.read_bytes()
    key = load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    number = key.private_numbers().private_value.to_bytes(32, "big")
    issuer = acme_issuer(
        bound,
        tmp_path,
        secrets={"HMAC": right},
        external_account={"kid": kid, "key": "env:HMAC"},
    )
    told += [repr(issuer.register(agree=True)), repr(issuer._session.identity())]
    for mode, content in ((0o644, pem), (0o600, pem.replace(b"-----END", b"====END"))):
        file.write_bytes(content)
        file.chmod(mode)
        with pytest.raises(EstateError) as unusable:
            acme_issuer(bound, tmp_path).account()
        told.append(_told(unusable.value))
    text = "\n".join([*told, caplog.text])
    for secret in (
        wrong,
        right,
        number.hex(),
        str(int.from_bytes(number, "big")),
        base64.urlsafe_b64encode(number).decode().rstrip("="),
        pem.decode().splitlines()[1],
    ):
        assert secret not in text
