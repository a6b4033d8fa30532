"""Issuing certificates, and the check that one certificate signed another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID

from trustpath.base.errors import InputError
from trustpath.facts.trust_constraints import Constraints
from trustpath.facts.x509 import CertificateFacts, describe

_CA = re.compile(rb"\x06\x03\x55\x1d\x13(?:\x01\x01.)?\x04.\x30.\x01\x01[^\x00]", re.DOTALL)
_ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
_SERVER, _CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
WEAK_HASHES = frozenset(("md5", "sha1"))


@dataclass(frozen=True, slots=True, eq=False)
class Authority:
    """A certificate in the role of issuer.

    ``public`` and ``private`` say of which set of trust anchors it is one. ``path_length`` is the
    number of intermediates that may follow, None without a bound. ``constraints`` are its name
    constraints. ``key`` is None when its key is of no kind that can be checked. ``signs_lists``
    says whether its key may sign CRLs. ``servers`` and ``clients`` say for whom it may issue:
    extended key usage of an issuer bounds what is below (RFC 5280 4.2.1.12, BR 7.1.2.10.6).
    ``undecided`` says that relying parties differ about it: it demands a policy, which most do not
    look at, or names no purpose but any, which OpenSSL and Firefox do not take for servers.
    """

    certificate: x509.Certificate
    facts: CertificateFacts
    key: Any
    may_issue: bool
    path_length: int | None
    constraints: Constraints | None
    signs_lists: bool
    servers: bool
    clients: bool
    undecided: bool
    public: bool = False
    private: bool = False

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the DER."""
        return self.facts.certificate.fingerprint

    @property
    def anchor(self) -> bool:
        """Say whether paths may end here."""
        return self.public or self.private

    @property
    def weak_signature(self) -> bool:
        """Say whether it is signed over MD5 or SHA-1."""
        return self.facts.certificate.signature_hash in WEAK_HASHES

    def valid_at(self, instant: int) -> bool:
        """Say whether the instant lies in its validity."""
        row = self.facts.certificate
        return row.not_before <= instant <= row.not_after


def authority(der: bytes, *, public: bool = False, private: bool = False) -> Authority:
    """Read a certificate as issuer; raises InputError.

    It may issue when basicConstraints says CA and keyUsage, if there, allows keyCertSign
    (RFC 5280 6.1.4 k, n). A trust anchor of version 1 has no extensions and may issue too.
    """
    facts = describe(der)
    certificate = x509.load_der_x509_certificate(der)
    try:
        key: Any = certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    may_issue, path_length, constraints = False, None, None
    signs = signs_lists = servers = clients = True
    undecided = False
    for extension in certificate.extensions:
        value = extension.value
        match value:
            case x509.BasicConstraints():
                may_issue, path_length = value.ca, value.path_length
            case x509.KeyUsage():
                signs, signs_lists = value.key_cert_sign, value.crl_sign
            case x509.ExtendedKeyUsage():
                servers = _ANY in value or _SERVER in value
                clients = _ANY in value or _CLIENT in value
                undecided |= _ANY in value and _SERVER not in value
            case x509.PolicyConstraints():
                undecided |= value.require_explicit_policy is not None
            case x509.NameConstraints():
                constraints = Constraints(value)
            case _:
                pass
    if certificate.version is x509.Version.v1 and (public or private):
        may_issue = True
    return Authority(
        certificate,
        facts,
        key,
        may_issue and signs,
        path_length,
        constraints,
        signs_lists,
        servers,
        clients,
        undecided,
        public,
        private,
    )


def signed_by(child: x509.Certificate, issuer: Authority) -> bool:
    """Say whether the issuer's key made the child's signature; names are not compared here.

    Signatures over SHA-1 and MD5 are checked too where the library still can: that they are weak
    is a finding, that they do not verify is another.
    """
    if issuer.key is None:
        return False
    try:
        parameters = child.signature_algorithm_parameters
        arguments: list[Any] = [child.signature, child.tbs_certificate_bytes]
        if parameters is not None:
            arguments.append(parameters)
            if not hasattr(parameters, "algorithm"):
                arguments.append(child.signature_hash_algorithm)
        issuer.key.verify(*arguments)
    except (InvalidSignature, ValueError, TypeError, AttributeError, UnsupportedAlgorithm):
        return False
    return True


def may_be_authority(der: bytes) -> bool:
    """Say cheaply whether a certificate could have basicConstraints with CA true."""
    return _CA.search(der) is not None


def read_authority(der: bytes) -> Authority | None:
    """Return the authority that a certificate is, None when it may not issue or is unreadable."""
    try:
        found = authority(der)
    except InputError:
        return None
    return found if found.may_issue else None
