"""What endpoints present: keyed by address, never by name."""

from __future__ import annotations

from typing import NamedTuple


class Presentation(NamedTuple):
    """What (address, port, server name, protocol) served from a vantage, or why nothing came.

    ``outcome``: ``served``, ``timeout``, ``refused``, ``unreachable``, ``no-tls``, ``alert``,
    ``failed``, ``not-allowed``; ``reason`` explains anything but ``served``. ``complete`` says
    whether a path to a root of any configured set is built from the served certificates alone;
    ``publicly_trusted`` and ``privately_trusted`` whether that root is in the set (None: nothing
    served). ``ocsp`` is the stapled answer: ``good``, ``revoked``, ``unknown``, ``absent``,
    ``invalid``. ``protocol`` is ``tls``, ``smtp``, ``imap``, ``ldap``, ``postgres``.
    """

    address: str
    address_key: str
    port: int
    server_name: str
    protocol: str
    vantage: str
    outcome: str
    reason: str | None
    leaf: str | None
    certificates: int
    complete: bool | None
    publicly_trusted: bool | None
    privately_trusted: bool | None
    path_not_after: int | None
    weak_chain_signature: bool | None
    tls_version: str | None
    key_group: str | None
    ocsp: str | None
    authenticated: bool
    observed_at: int


class PresentedCertificate(NamedTuple):
    """One certificate of a served chain, position 0 being the leaf."""

    address: str
    port: int
    server_name: str
    protocol: str
    vantage: str
    position: int
    certificate: str


class MailPolicy(NamedTuple):
    """An MTA-STS policy as declared (RFC 8461 3.2)."""

    domain: str
    mode: str
    max_age: int


class MailPolicyHost(NamedTuple):
    """One mx line of a policy: ``wildcard`` marks ``*.base``."""

    domain: str
    pattern: str
    base: str
    wildcard: bool
