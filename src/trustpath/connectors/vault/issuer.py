"""The PKI engine as an issuer: a request is signed at once, without account or challenges."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from trustpath.base.errors import SourceError
from trustpath.base.secret import Secret
from trustpath.connectors.vault.api import Api
from trustpath.connectors.vault.options import read_options, read_token
from trustpath.facts.issuing import (
    Account,
    Chain,
    IssuerSpec,
    LostOrderError,
    Offer,
    Order,
    OrderStatus,
    Proof,
    RejectedError,
    Request,
    Window,
)
from trustpath.facts.source import Context

_NEW: Final = "vault:new"
_SERIAL: Final = "vault:serial/"
_REVOKED_ALREADY: Final = "already revoked"
# It becomes part of a path.
_SERIAL_NUMBER: Final = re.compile(r"[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2})*", re.ASCII)


class VaultIssuer:
    """Signs requests by one role. An order's URL names the serial number once it is signed.

    Between signing and writing the URL down a crash loses the serial number: the order is then
    lost, a new one is placed, and the first certificate is never used.
    """

    def __init__(self, spec: IssuerSpec, context: Context) -> None:
        self.spec = spec
        self._options = read_options(spec)
        secret = Secret(self._options.token, spec.folder, context.secrets)
        self._api = Api(self._options, lambda: read_token(spec, secret))

    def offer(self) -> Offer:
        """Return that there is nothing to choose: no challenges, no profiles, no ARI."""
        return Offer()

    def account(self) -> Account | None:
        """Return None: who may order is a matter of the token's policy."""
        return None

    def begin(self, request: Request) -> Order:
        """Return an order that is ready to be signed."""
        if request.profile is not None:
            raise RejectedError(
                f"a Vault server has no profile {request.profile!r}",
                where=self.spec.where,
                hint="a role is what it has instead",
            )
        return Order(_NEW, OrderStatus.READY, request.names)

    def look(self, url: str) -> Order:
        """Return a signed order; one that was not signed yet is lost."""
        if not url.startswith(_SERIAL):
            raise LostOrderError("the request was not signed", where=self.spec.where)
        names = _names(_certificate(self._stored(url)))
        return Order(url, OrderStatus.VALID, names)

    def show(self, proof: Proof) -> None:
        """Do nothing: there are no challenges."""

    def finalize(self, order: Order, csr: bytes) -> Order:
        """Have the request signed; raises RejectedError where the role forbids it."""
        request = x509.load_der_x509_csr(csr)
        body: dict[str, Any] = {
            "csr": request.public_bytes(Encoding.PEM).decode("ascii"),
            "common_name": order.names[0],
            "alt_names": ",".join(order.names),
            "exclude_cn_from_sans": False,
            "format": "pem",
        }
        if self._options.lifetime is not None:
            body["ttl"] = f"{self._options.lifetime}s"
        data = self._api.post(f"sign/{self._options.role}", body)
        serial = data.get("serial_number")
        if not isinstance(serial, str) or not _SERIAL_NUMBER.fullmatch(serial):
            raise SourceError("the answer names no serial number", where=self.spec.where)
        return Order(_SERIAL + serial, OrderStatus.VALID, order.names)

    def fetch(self, order: Order) -> Chain:
        """Return the signed certificate and the engine's chain, without the root."""
        leaf = _certificate(self._stored(order.url))
        data = self._api.get("cert/ca_chain")
        known = _all(data.get("ca_chain") or data.get("certificate"))
        return Chain((_der(leaf), *_issuers(leaf, known)), order.url)

    def window(self, certificate: bytes) -> Window | None:
        """Return None: a Vault server suggests no time."""
        del certificate
        return None

    def revoke(self, certificate: bytes, reason: int) -> bool:
        """Revoke by serial number. The engine's API takes no reason, so that none is published."""
        del reason
        serial = _spelled(x509.load_der_x509_certificate(certificate).serial_number)
        try:
            self._api.post("revoke", {"serial_number": serial})
        except RejectedError as error:
            if _REVOKED_ALREADY in error.message:
                return False
            raise
        return True

    def abandon(self, authorizations: Sequence[str]) -> None:
        """Do nothing: there are no authorizations."""

    def _stored(self, url: str) -> str:
        serial = url.removeprefix(_SERIAL)
        try:
            found = self._api.get(f"cert/{serial}").get("certificate")
        except RejectedError as error:
            raise LostOrderError(error.message, where=error.where) from None
        if not isinstance(found, str) or not found:
            raise LostOrderError(f"no certificate {serial}", where=self.spec.where)
        return found


def make(spec: IssuerSpec, context: Context) -> VaultIssuer:
    """Build the issuer; raises EstateError on bad options."""
    return VaultIssuer(spec, context)


def _certificate(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode("ascii"))
    except ValueError:
        raise SourceError("the server's certificate cannot be read") from None


def _all(found: object) -> list[x509.Certificate]:
    text = "\n".join(map(str, found)) if isinstance(found, list) else str(found or "")
    if "BEGIN CERTIFICATE" not in text:
        return []
    try:
        return x509.load_pem_x509_certificates(text.encode("ascii"))
    except ValueError:
        raise SourceError("the server's chain cannot be read") from None


def _issuers(leaf: x509.Certificate, known: Sequence[x509.Certificate]) -> list[bytes]:
    """Return the issuers of a leaf in order, up to and without the self-issued one."""
    chain: list[bytes] = []
    present = leaf
    for _ in range(len(known)):
        above = next((c for c in known if c.subject == present.issuer), None)
        if above is None or above.subject == above.issuer:
            break
        chain.append(_der(above))
        present = above
    return chain


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        listed = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(listed.value.get_values_for_type(x509.DNSName))


def _spelled(serial: int) -> str:
    """Return a serial number as the engine writes it: pairs of hex digits with colons."""
    octets = serial.to_bytes((serial.bit_length() + 8) // 8, "big").lstrip(b"\0")
    return ":".join(f"{octet:02x}" for octet in octets)
