"""Every path case put to Trustpath, to ``cryptography`` and to OpenSSL, each making up its own mind."""

from __future__ import annotations

import ipaddress
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from certs import NOW, moment
from pathcases import CASES, Made, PathCase
from trustpath.facts.identity import identifies
from trustpath.facts.source import RootSet
from trustpath.facts.trust import PathBuilder
from trustpath.facts.x509 import CertificateIndex, describe


def _ids(case: PathCase) -> str:
    return case.name


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _leaf_accepted(made: Made, host: str) -> bool:
    """Say what rules other than those of paths ask of a leaf: name, dates, purpose."""
    facts = describe(made[0].der)
    row = facts.certificate
    in_date = row.not_before <= NOW <= row.not_after
    return in_date and identifies(facts.names, host) and (row.server_auth or not row.eku)


def ours(made: Made, host: str) -> bool | None:
    shop, chain, roots = made
    paths = PathBuilder(RootSet([one.der for one in roots]), NOW)
    served = paths.served_path([shop.der, *(one.der for one in chain)])
    return served.publicly_trusted if _leaf_accepted(made, host) else False


def library(made: Made, host: str) -> bool:
    shop, chain, roots = made
    address = _address(host)
    subject = x509.IPAddress(address) if address else x509.DNSName(host)
    try:
        PolicyBuilder().store(Store([one.certificate for one in roots])).time(
            moment(NOW).replace(tzinfo=None)
        ).max_chain_depth(8).build_server_verifier(subject).verify(
            shop.certificate, [one.certificate for one in chain]
        )
    except VerificationError:
        return False
    return True


def openssl(made: Made, host: str, folder: Path) -> bool:
    shop, chain, roots = made
    (folder / "leaf.pem").write_bytes(shop.pem)
    (folder / "chain.pem").write_bytes(b"".join(one.pem for one in (shop, *chain)))
    (folder / "roots.pem").write_bytes(b"".join(one.pem for one in roots))
    option = "-verify_ip" if _address(host) else "-verify_hostname"
    answer = subprocess.run(
        ["openssl", "verify", "-attime", str(NOW), "-purpose", "sslserver", option, host, "-CAfile", "roots.pem",
         "-no-CApath", "-no-CAstore", "-untrusted", "chain.pem", "leaf.pem"],
        cwd=folder, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    return answer.returncode == 0


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_paths_are_accepted_or_refused(case: PathCase) -> None:
    assert ours(case.make(), case.host) is case.accepted


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_the_library_says_the_same_or_the_case_says_why_not(case: PathCase) -> None:
    same = library(case.make(), case.host) == (case.accepted is True)
    assert same == (case.library == "")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_openssl_says_the_same_or_the_case_says_why_not(case: PathCase, tmp_path: Path) -> None:
    same = openssl(case.make(), case.host, tmp_path) == (case.accepted is True)
    assert same == (case.openssl == "")


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_both_ways_of_reading_lead_to_the_same_verdict(case: PathCase) -> None:
    """Bulk reading walks the DER of a certificate whose issuer it has seen, and must not differ."""
    shop, chain, roots = case.make()
    paths = PathBuilder(RootSet([one.der for one in roots]), NOW, [one.der for one in chain])
    index = CertificateIndex()
    index.facts(shop.der)
    walked = index.facts(shop.der)
    assert paths.path_of(walked, shop.der) == paths.best_path(shop.der)


def test_there_is_a_refused_path_with_a_public_root_that_says_so() -> None:
    """What was issued under a public root stays so, however many relying parties refuse it."""
    refused = 0
    for case in CASES:
        shop, chain, roots = case.make()
        paths = PathBuilder(RootSet([one.der for one in roots]), NOW, [one.der for one in chain])
        path = paths.best_path(shop.der)
        if path.publicly_trusted:
            assert path.publicly_issued, case.name
            assert path.fault is None, case.name
            assert path.constraints_met, case.name
        elif path.publicly_issued:
            undecided = path.publicly_trusted is None
            assert undecided or path.fault or path.constraints_met is False, case.name
            refused += not undecided
    assert refused > 20
