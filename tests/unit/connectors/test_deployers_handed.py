"""A job whose request was made elsewhere: checked, kept for the order, its chain put in a folder."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from certs import NOW
from deploying import ISSUER, NAMES, chain, deployed, in_use, issued, leftovers, mode, prepare
from trustpath.app.deployers import deployer_of
from trustpath.base.clock import FixedClock
from trustpath.base.errors import EstateError, InputError
from trustpath.connectors.deployers.key import names_asked
from trustpath.facts.deploying import Deployer, KeyPolicy
from trustpath.facts.job import JobPlan
from trustpath.facts.source import Context

CONTEXT = Context(FixedClock(NOW))


def request(names: tuple[str, ...] = NAMES, encoding: Encoding = Encoding.PEM) -> bytes:
    """Return a request made elsewhere, with a subject and names in capitals."""
    listed = x509.SubjectAlternativeName([x509.DNSName(name.upper()) for name in names])
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ignored")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if names:
        builder = builder.add_extension(listed, critical=False)
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(
        encoding
    )


def test_names_of_another_kind_or_with_escapes_are_not_the_names_that_they_spell() -> None:
    entries: list[x509.GeneralName] = [
        x509.UniformResourceIdentifier("www.shop.example"),
        x509.RFC822Name("www.shop.example"),
        x509.DNSName(r"\119ww.shop.example"),
        x509.DNSName("192.0.2.1"),
        x509.DNSName("WWW.shop.example"),
        x509.IPAddress(ip_address("2001:db8::1")),
    ]
    found = names_asked(x509.SubjectAlternativeName(entries))
    assert found[4:] == ["www.shop.example", "2001:db8::1"]
    assert not {"www.shop.example", "192.0.2.1"} & set(found[:4])


def place_of(folder: Path) -> Deployer:
    job = JobPlan("shop/www", NAMES, ("ca",), "dns-01", csr=folder / "www.csr", chain_folder=folder)
    return deployer_of(job, {}, CONTEXT)


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER], ids=["pem", "der"])
def test_the_chain_is_put_where_the_job_says(tmp_path: Path, encoding: Encoding) -> None:
    (tmp_path / "www.csr").write_bytes(request(encoding=encoding))
    place = place_of(tmp_path)
    assert in_use(place) is None
    first = deployed(place, "O1")
    assert in_use(place) == first.fingerprint
    assert (tmp_path / "shop%2Fwww.pem").read_bytes() == first.pem + ISSUER.pem
    assert mode(tmp_path / "shop%2Fwww.pem") == 0o644
    second = deployed(place, "O2", days=20)
    assert in_use(place) == second.fingerprint
    back = place.restore("O2")
    assert back is not None
    assert back.fingerprint == in_use(place) == first.fingerprint
    place.deploy("O2", chain(second))
    for order in ("O1", "O2"):
        place.settle(order)
    assert in_use(place) == second.fingerprint
    assert leftovers(tmp_path) == []


def test_an_order_keeps_the_request_that_it_was_placed_with(tmp_path: Path) -> None:
    (tmp_path / "www.csr").write_bytes(request())
    place = place_of(tmp_path)
    first = prepare(place, "O1")
    (tmp_path / "www.csr").write_bytes(request())
    assert prepare(place, "O1") == first
    second = issued(place, "O2")
    assert prepare(place, "O2").spki != first.spki
    with pytest.raises(InputError, match="of another key"):
        place.deploy("O1", chain(second))
    place.deploy("O2", chain(second))


def test_a_request_of_other_names_or_none(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    cases = (
        (None, "there is no such file"),
        (b"hello", "holds no signed certificate request"),
        (request(()), "the request is of no names"),
        (request((*NAMES, "evil.example")), r"the request is of \*.shop.example, evil.example"),
    )
    for content, problem in cases:
        if content is not None:
            (tmp_path / "www.csr").write_bytes(content)
        with pytest.raises(InputError, match=problem):
            prepare(place, "O1")
    # Nothing of these was kept for the order: the right one is taken once it is there.
    (tmp_path / "www.csr").write_bytes(request())
    deployed(place, "O1")


def test_a_forged_request(tmp_path: Path) -> None:
    genuine = request(encoding=Encoding.DER)
    (tmp_path / "www.csr").write_bytes(genuine.replace(b"WWW.SHOP", b"WWW.EVIL"))
    with pytest.raises(InputError, match="no signed certificate request"):
        place_of(tmp_path).prepare("O1", ("www.evil.example",), KeyPolicy(), reuse=False)


def test_which_deployer_a_job_has(tmp_path: Path) -> None:
    other = place_of(tmp_path)
    assert (
        deployer_of(JobPlan("j", NAMES, (), "dns-01", deployer="a"), {"a": other}, CONTEXT) is other
    )
    for job in (JobPlan("j", NAMES, (), "dns-01"), JobPlan("j", NAMES, (), "dns-01", deployer="b")):
        with pytest.raises(EstateError, match="job j has no place of use"):
            deployer_of(job, {"a": other}, CONTEXT)
