"""Revocation data: lists, answers, keys known to be compromised."""

from __future__ import annotations

from typing import NamedTuple


class Revocation(NamedTuple):
    """What a CRL or an OCSP answer says of one certificate.

    ``status`` is ``good``, ``revoked`` or ``unknown``; ``origin`` is ``crl``, ``ocsp`` or
    ``declared``. ``certificate`` is None when only issuer and serial are known.
    """

    issuer: str
    serial: str
    certificate: str | None
    status: str
    reason: str | None
    revoked_at: int | None
    origin: str
    this_update: int | None
    next_update: int | None


class Crl(NamedTuple):
    """One certificate revocation list.

    ``verified`` says that its issuer signed it and that what it does not name is not revoked; None
    where the issuer is not known, or where it speaks only of changes, of some reasons or of other
    kinds of certificate (RFC 5280 5.2.4, 5.2.5). False: nobody may use it.
    """

    issuer: str
    url: str | None
    this_update: int
    next_update: int | None
    verified: bool | None
    entries: int


class CompromisedKey(NamedTuple):
    """A public key that must not be used any more."""

    spki: str
    reason: str


class Incident(NamedTuple):
    """A case that starts a revocation clock; ``limit`` is 24 h or 5 d in seconds."""

    id: str
    certificate: str
    opened: int
    limit_seconds: int
    reason: str


class RevocationRequest(NamedTuple):
    """A revocation that somebody asked for; ``replacement`` is a fingerprint or None."""

    certificate: str
    reason: str
    requested_at: int
    replacement: str | None


class Rekey(NamedTuple):
    """A key change that was forced or is planned.

    ``reason`` is ``planned``, ``suspicion`` or ``staff-exit``; ``next_spki`` is the key that
    comes next, ``deploy_at`` when it goes into use.
    """

    certificate: str
    reason: str
    next_spki: str | None
    next_ca: str | None
    announced_at: int | None
    deploy_at: int | None
