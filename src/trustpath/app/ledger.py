"""Opens the ledger of an estate: its store, its private key by reference, where heads go."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from trustpath.app.sources import KINDS
from trustpath.app.stores import open_named
from trustpath.base.clock import Clock
from trustpath.base.errors import EstateError, InputError
from trustpath.connectors.estate import read_estate
from trustpath.connectors.publishing import make
from trustpath.facts.estate.ledger import LedgerSpec
from trustpath.ledger.note import Signer, read_secret, signer, vkey, write_secret
from trustpath.ledger.verify import Key
from trustpath.store.ledger import Ledger
from trustpath.workflow.ledger import LedgerSession

KEY_OCTETS = 4096


def open_ledger(estate: Path, clock: Clock, former: Sequence[Key] = ()) -> LedgerSession:
    """Open the ledger of an estate file; raises EstateError where it names no store."""
    described = read_estate(estate, kinds=tuple(KINDS))
    spec = described.ledger
    return LedgerSession(
        log=Ledger(open_named(described.store, estate, "the ledger is in it")),
        origin=None if spec is None else spec.origin,
        signer=lambda: _signer(spec, estate),
        publishers=tuple(make(place, estate.parent) for place in spec.publish) if spec else (),
        clock=clock,
        former=tuple(former),
    )


def new_key(estate: Path, path: Path) -> str:
    """Write a new private key for the estate's log, readable by its owner alone; return its vkey.

    Raises EstateError where the estate names no log, InputError where the file exists.
    """
    spec = read_estate(estate, kinds=tuple(KINDS)).ledger
    if spec is None:
        raise EstateError(
            "the estate does not say which log this is",
            where=str(estate),
            hint="write ledger: {origin: example.com/trustpath}",
        )
    seed = secrets.token_bytes(32)
    text = write_secret(spec.origin, seed) + "\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise InputError(
            f"{path}: {error.strerror}", where="--new-key", hint="name a file that does not exist"
        ) from error
    return vkey(signer(spec.origin, seed).key)


def _signer(spec: LedgerSpec | None, estate: Path) -> Signer:
    if spec is None or spec.key is None:
        raise EstateError(
            "the estate names no key for the ledger",
            where=str(estate),
            hint="give the public key with --key, or write ledger: {key: file:ledger.key}; "
            "trustpath ledger checkpoint --new-key FILE makes one",
        )
    kind, _, place = spec.key.partition(":")
    if kind == "env":
        text = os.environ.get(place, "")
        if not text:
            raise EstateError(
                f"the environment variable {place} is not set", where=f"{estate}: ledger.key"
            )
        return read_secret(text, spec.key)
    path = estate.parent / place
    try:
        with path.open(encoding="utf-8") as file:
            return read_secret(file.read(KEY_OCTETS), str(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise EstateError(f"{path}: {reason}", where=f"{estate}: ledger.key") from error
