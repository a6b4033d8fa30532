"""Certificate transparency: logs followed and entries seen in them."""

from __future__ import annotations

from typing import NamedTuple


class CtLog(NamedTuple):
    """A followed log. ``verified_at`` is the last checkpoint whose signature and tree verified.

    ``consistent`` is False once a consistency proof failed; ``kind`` is ``search`` for a
    search export, which proves nothing about completeness, ``rfc6962`` or ``static``. ``mmd`` is
    the log's maximum merge delay in seconds. ``growing`` is False where the log list says that no
    new entry can appear, None where no list has the log.
    """

    log: str
    kind: str
    operator: str | None
    tree_size: int | None
    verified_at: int | None
    consistent: bool | None
    mmd: int | None
    growing: bool | None


class CtEntry(NamedTuple):
    """One logged certificate or precertificate.

    ``entry`` is stable within ``log``; ``fingerprint`` is known when the DER was at hand.
    """

    log: str
    entry: str
    logged_at: int | None
    fingerprint: str | None
    issuer: str
    issuer_organisation: str
    serial: str
    not_before: int
    not_after: int
    precertificate: bool


class CtName(NamedTuple):
    """One name of a logged certificate."""

    log: str
    entry: str
    name: str
    base: str
    wildcard: bool
    parent: str
    registered: str


class KnownLog(NamedTuple):
    """A CT log of a log list.

    ``state`` is ``usable``, ``qualified``, ``readonly``, ``retired``... ``keyed`` says that the
    list has its key, with which its timestamps are verified.
    """

    log_id: str
    operator: str
    state: str
    retired_at: int | None
    keyed: bool
