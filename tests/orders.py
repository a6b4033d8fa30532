"""Orders taken from begin to certificate at a real CA, with challenges answered in a real DNS."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dns.query
import dns.rcode
import dns.tsigkeyring
import dns.update
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from cas import Ca
from certs import new_key
from dns_servers import KEY_NAME, KEY_SECRET
from trustpath.connectors.acme import AcmeIssuer, make
from trustpath.facts.issuing import (
    Chain,
    Issuer,
    IssuerSpec,
    Order,
    OrderStatus,
    Proof,
    Request,
)
from trustpath.facts.source import Context, RootSet

_RING = dns.tsigkeyring.from_text({KEY_NAME: ("hmac-sha256", KEY_SECRET)})
_WAITING = (OrderStatus.PENDING, OrderStatus.PROCESSING)
_SECONDS = 60.0


class SystemClock:
    """The real time."""

    def now(self) -> int:
        return int(time.time())


def acme_issuer(
    ca: Ca,
    folder: Path,
    *,
    secrets: Mapping[str, str] | None = None,
    anchors: Sequence[bytes] = (),
    **options: Any,
) -> AcmeIssuer:
    """Return an issuer of a running CA, with ``account.pem`` in the folder as its key."""
    written: dict[str, Any] = {
        "directory": ca.directory,
        "account_key": "account.pem",
        "contacts": ["mailto:pki@example.com"],
        **({"roots": str(ca.vouching)} if ca.vouching else {}),
        **options,
    }
    spec = IssuerSpec("test", "acme", "ca", written, folder, "estate.yaml:1")
    context = Context(SystemClock(), roots=RootSet(private=anchors), secrets=secrets or {})
    return make(spec, context)


def request(*names: str, key: Any = None, **options: Any) -> Request:
    """Return a request for names with a CSR that a new key signs, unless one is given."""
    csr = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
        .sign(key or new_key(), hashes.SHA256())
    )
    return Request(names, csr.public_bytes(Encoding.DER), **options)


@dataclass
class Zone:
    """A zone of a server that takes updates: where answers to DNS challenges are put."""

    port: int
    apex: str
    proofs: list[Proof] = field(default_factory=list)

    def present(self, proof: Proof) -> None:
        """Add the TXT record of a proof."""
        self.add(proof.record, "TXT", f'"{proof.value}"')
        self.proofs.append(proof)

    def add(self, name: str, rdtype: str, content: str) -> None:
        """Add a record of TTL 5."""
        update = dns.update.UpdateMessage(self.apex, keyring=_RING)
        update.add(name + ".", 5, rdtype, content)
        answer = dns.query.tcp(update, "127.0.0.1", port=self.port, timeout=10)
        assert answer.rcode() == dns.rcode.NOERROR, answer


def settle(
    issuer: Issuer, order: Order, present: Callable[[Proof], None], method: str = "dns-01"
) -> Order:
    """Answer what is pending by one method, and return the order once the CA has decided."""
    chosen = [proof for proof in order.proofs if proof.method == method]
    for proof in chosen:
        present(proof)
    for proof in chosen:
        issuer.show(proof)
    return wait(issuer, order)


def wait(issuer: Issuer, order: Order) -> Order:
    """Look at an order until it is neither pending nor processing."""
    ends, pause = time.monotonic() + _SECONDS, 0.01
    while order.status in _WAITING:
        assert time.monotonic() < ends, order
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)
        order = issuer.look(order.url)
    return order


def obtain(
    issuer: Issuer,
    wanted: Request,
    present: Callable[[Proof], None],
    method: str = "dns-01",
) -> tuple[Order, Chain]:
    """Take a request all the way to its certificate."""
    order = settle(issuer, issuer.begin(wanted), present, method)
    assert order.status is OrderStatus.READY, order
    order = wait(issuer, issuer.finalize(order, wanted.csr))
    assert order.status is OrderStatus.VALID, order
    return order, issuer.fetch(order)


def names_of(certificate: bytes) -> set[str]:
    """Return the DNS names of a certificate (DER)."""
    parsed = x509.load_der_x509_certificate(certificate)
    names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(names.get_values_for_type(x509.DNSName))
