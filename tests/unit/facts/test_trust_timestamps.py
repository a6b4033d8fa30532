"""Signatures of embedded SCTs: verified with the log's key and the issuer's, by any source."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certs import NOW, Issued, intermediate, leaf, new_key, pem_bundle, root, rsa_key
from commandline import check
from trustpath.base.errors import InputError
from trustpath.facts.ct_log import ListedLog, id_of
from trustpath.facts.estate import known_logs
from trustpath.facts.source import RootSet
from trustpath.facts.trust import PathBuilder
from trustpath.facts.trust_timestamps import TimestampChecker
from trustpath.facts.x509 import describe

LOG, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
RSA_LOG = rsa_key()
ROOT = root("Example Root")
ISSUER = intermediate(ROOT, "Example CA 1")
KEY = new_key()
AT = NOW * 1000 - 123
SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")


def listed(key: Any, state: str = "usable") -> ListedLog:
    return ListedLog(id_of(key.public_key()).hex(), "Op", state, key=key.public_key())


def octets(value: bytes, size: int) -> bytes:
    return len(value).to_bytes(size, "big") + value


def sct(
    key: Any,
    tbs: bytes,
    issuer: Issued,
    *,
    at: int = AT,
    said: int | None = None,
    more: bytes = b"",
) -> bytes:
    """Return an SCT over a precertificate; it says another time than it signs where ``said``."""
    spki = issuer.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    signed = b"\x00\x00" + at.to_bytes(8, "big") + b"\x00\x01" + hashlib.sha256(spki).digest()
    signed += octets(tbs, 3) + octets(more, 2)
    if isinstance(key, rsa.RSAPrivateKey):
        kind, signature = b"\x04\x01", key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    else:
        kind, signature = b"\x04\x03", key.sign(signed, ec.ECDSA(hashes.SHA256()))
    head = b"\x00" + id_of(key.public_key()) + (said or at).to_bytes(8, "big")
    return head + octets(more, 2) + kind + octets(signature, 2)


def der_string(value: bytes) -> bytes:
    size = len(value)
    if size < 128:
        return b"\x04" + octets(value, 1)
    return b"\x04\x81" + octets(value, 1) if size < 256 else b"\x04\x82" + octets(value, 2)


def certificate(*keys: Any, tbs_of: str = "www.example.com", **changed: Any) -> Issued:
    """Return a certificate with an SCT of each log over its precertificate."""
    fixed: dict[str, Any] = {"key": KEY, "serial": 4711}
    plain = leaf(ISSUER, tbs_of, **fixed).certificate.tbs_certificate_bytes
    signer = changed.pop("signer", ISSUER)
    scts = b"".join(octets(sct(key, plain, signer, **changed), 2) for key in keys)
    value = x509.UnrecognizedExtension(SCT_LIST, der_string(octets(scts, 2)))
    # The precertificate has everything but the list, which stands where the extension is taken out.
    return leaf(ISSUER, "www.example.com", **fixed, extra=[(value, False)])


def valid(
    one: Issued, *logs: ListedLog, known: tuple[Issued, ...] = (ISSUER,)
) -> list[bool | None]:
    paths = PathBuilder(RootSet(public=(ROOT.der,)), NOW, [item.der for item in known])
    facts = describe(one.der)
    issuer = paths.issuer_of(paths.best_path(one.der))
    return [row.valid for row in TimestampChecker(logs).rows(facts, one.der, issuer)]


@pytest.mark.parametrize("key", [LOG, RSA_LOG], ids=["ecdsa", "rsa"])
@pytest.mark.parametrize("more", [b"", b"\x00\x00\x05\x00\x00\x00\x00\x07"])
def test_a_timestamp_is_verified_with_the_key_of_its_log(key: Any, more: bytes) -> None:
    assert valid(certificate(key, more=more), listed(key)) == [True]


def test_a_bad_signature_is_told_from_one_that_cannot_be_checked() -> None:
    good = certificate(LOG, OTHER)
    assert valid(good, listed(LOG), listed(OTHER)) == [True, True]
    assert valid(good, listed(LOG)) == [True, None]
    assert valid(good) == [None, None]
    assert valid(good, listed(LOG), known=()) == [None, None]


@pytest.mark.parametrize(
    "changed",
    [
        {"said": AT + 1000},
        {"tbs_of": "evil.example.com"},
        {"signer": ROOT},
    ],
    ids=["another time", "another certificate", "another issuer's key"],
)
def test_what_the_log_did_not_sign_fails(changed: dict[str, Any]) -> None:
    assert valid(certificate(LOG, **changed), listed(LOG)) == [False]


def test_an_issuer_that_did_not_sign_the_certificate_makes_no_signature_wrong() -> None:
    twin = intermediate(ROOT, "Example CA 1", key_identifiers=False)
    facts = describe(certificate(LOG).der)
    paths = PathBuilder(RootSet(public=(ROOT.der,)), NOW, [twin.der])
    issuer = paths.issuer_of(
        paths.best_path(twin.der)._replace(issuer_certificate=twin.fingerprint)
    )
    assert issuer is not None
    (row,) = TimestampChecker([listed(LOG)]).rows(facts, certificate(LOG).der, issuer)
    assert row.valid is None


def log_list(*keys: Any, keyed: bool = True) -> str:
    def described(key: Any) -> dict[str, Any]:
        der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        log_id = b64encode(id_of(key.public_key())).decode()
        return {"log_id": log_id} | ({"key": b64encode(der).decode()} if keyed else {})

    operators = [{"name": f"Op {n}", "logs": [described(key)]} for n, key in enumerate(keys)]
    return json.dumps({"operators": operators})


def test_a_list_whose_key_is_not_that_of_the_log_is_refused() -> None:
    document = json.loads(log_list(LOG))
    other = json.loads(log_list(OTHER))["operators"][0]["logs"][0]["key"]
    document["operators"][0]["logs"][0]["key"] = other
    with pytest.raises(InputError, match="log_id is not the SHA-256 of the key") as caught:
        known_logs(document, "logs.json")
    assert caught.value.where == "logs.json: Op 0: logs[0]"


@pytest.mark.parametrize(
    ("names", "list_of", "status", "lacking"),
    [
        ("good", log_list(LOG, OTHER), "pass", None),
        ("bad", log_list(LOG, OTHER), "high", None),
        ("good", None, "unknown", "a log list: ct_logs"),
        ("good", log_list(LOG), "unknown", "the log in ct_logs"),
        ("good", log_list(LOG, OTHER, keyed=False), "unknown", "the key of the log in ct_logs"),
    ],
)
def test_ct_005_decides_from_files_alone(
    names: str,
    list_of: str | None,
    status: str,
    lacking: str | None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    one = certificate(LOG, OTHER) if names == "good" else certificate(LOG, OTHER, said=AT - 1)
    (tmp_path / "roots.pem").write_bytes(pem_bundle(ROOT))
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "www.pem").write_bytes(pem_bundle(one, ISSUER))
    estate = "organisation: X\ntrust_roots: [roots.pem]\npublic_roots: false\n"
    estate += "sources: [{id: certs, kind: certificates, path: certs}]\n"
    if list_of is not None:
        (tmp_path / "logs.json").write_text(list_of)
        estate += "ct_logs: logs.json\n"
    path = tmp_path / "estate.yaml"
    path.write_text(estate)
    report = check(capsys, path, "--now", "2026-11-24T00:00:00Z", "--rule", "CT-005")
    assert report.document["summary"][status] == 1
    assert report.statuses("CT-005") == ({} if status == "pass" else {one.fingerprint: status})
    if lacking is not None:
        assert report.document["findings"][0]["evidence"]["lacking"] == lacking
