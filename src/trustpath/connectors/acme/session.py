"""A session with an ACME server: its directory, and requests in the name of the account."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from trustpath.base.clock import HOUR
from trustpath.base.errors import EstateError, SourceError
from trustpath.connectors.acme import keys
from trustpath.connectors.acme.answer import Answer
from trustpath.connectors.acme.directory import Directory, read_directory
from trustpath.connectors.acme.network import Network, Signer
from trustpath.connectors.acme.options import Options
from trustpath.facts.issuing import Account, IssuerSpec, LostOrderError, RejectedError
from trustpath.facts.source import Context

_KEPT: Final = HOUR
# Refusals that may mean that the account changed since it was looked up.
_STALE: Final = frozenset({"accountDoesNotExist", "unauthorized", "malformed"})


@dataclass(frozen=True, slots=True)
class Identity:
    """An account with the key that the CA knows it by."""

    account: Account
    key: keys.AccountKey

    @property
    def signer(self) -> Signer:
        """Return what signs in the name of the account."""
        return Signer(self.key, self.account.uri)


class Session:
    """What requests have in common; threads may share it."""

    __slots__ = (
        "_clock",
        "_directory",
        "_identity",
        "_lock",
        "_read_at",
        "network",
        "options",
        "secrets",
        "spec",
    )

    def __init__(self, spec: IssuerSpec, options: Options, context: Context) -> None:
        self.spec = spec
        self.secrets = context.secrets
        self.options = options
        self.network = Network(options, context.clock)
        self._clock = context.clock
        self._lock = threading.RLock()
        self._directory: Directory | None = None
        self._identity: Identity | None = None
        self._read_at = 0

    def directory(self) -> Directory:
        """Return the directory, read again after an hour; raises SourceError."""
        with self._lock:
            now = self._clock.now()
            if self._directory is None or now - self._read_at > _KEPT:
                answer = self.network.get(self.options.directory)
                if not answer.ok:
                    raise self.network.failure(answer, "no ACME directory")
                self._directory = read_directory(answer.url, answer.document())
                self._read_at = now
            return self._directory

    def identity(self) -> Identity:
        """Return account and key; raises EstateError where there is none yet."""
        with self._lock:
            if self._identity is None:
                self._identity = self.find()
            if self._identity is None:
                raise EstateError(
                    f"issuer {self.spec.id} has no account yet",
                    where=str(self.options.account_key),
                    hint=f"trustpath account register {self.spec.id}",
                )
            return self._identity

    def keep(self, identity: Identity | None) -> None:
        """Use this account from now on; None: look it up again."""
        with self._lock:
            self._identity = identity

    def find(self) -> Identity | None:
        """Return the account of the key in the file, or of its successor if the CA took that one.

        None where there is no key or no account for it.
        """
        path = self.options.account_key
        key, successor = keys.load(path), keys.load(keys.next_file(path))
        refusal: RejectedError | None = None
        for candidate in (key, successor):
            if candidate is None:
                continue
            try:
                account = self._existing(candidate)
            except RejectedError as error:
                refusal = refusal or error
                continue
            if account is not None:
                if candidate is successor:
                    keys.promote(path)
                return Identity(account, candidate)
        if refusal is not None:
            raise refusal
        return None

    def post(self, url: str, payload: Mapping[str, Any] | None = None) -> Answer:
        """Return the answer to a POST of the account; without a payload a POST-as-GET.

        Raises RateLimitedError, RejectedError, LostOrderError, SourceError, and EstateError
        without an account.
        """
        return self.send(url, payload, self.identity().signer)

    def send(self, url: str, payload: Mapping[str, Any] | None, signer: Signer) -> Answer:
        """Return the answer to a POST that ``signer`` signs."""
        content = b"" if payload is None else json.dumps(payload).encode()
        try:
            return self.network.post(url, content, signer, self.directory().resource("newNonce"))
        except RejectedError as error:
            if error.kind in _STALE:
                self.keep(None)
            raise

    def _existing(self, key: keys.AccountKey) -> Account | None:
        """Look the account of a key up (RFC 8555 7.3.1)."""
        url = self.directory().resource("newAccount")
        try:
            answer = self.send(url, {"onlyReturnExisting": True}, Signer(key))
        except LostOrderError:
            return None
        except RejectedError as error:
            if error.kind == "accountDoesNotExist":
                return None
            raise
        return read_account(answer, key)


def read_account(answer: Answer, key: keys.AccountKey, uri: str = "") -> Account:
    """Return the account that an answer describes; raises SourceError without a URL."""
    location = answer.headers.get("location", "") or uri
    if not location:
        raise SourceError("the answer names no account URL", where=answer.url)
    document = answer.document()
    contacts, terms = document.get("contact"), document.get("termsOfServiceAgreed")
    account = Account(location, str(document.get("status", "valid")), key.thumbprint)
    return replace(
        account,
        contacts=tuple(map(str, contacts)) if isinstance(contacts, list) else (),
        terms_accepted=terms if isinstance(terms, bool) else None,
    )
