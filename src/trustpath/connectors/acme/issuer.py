"""The acme issuer: orders certificates, and keeps the account that it orders with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from trustpath.base.errors import SourceError
from trustpath.connectors.acme import account
from trustpath.connectors.acme.answer import Answer
from trustpath.connectors.acme.chain import is_preferred, read_chain, without_root
from trustpath.connectors.acme.options import read_options
from trustpath.connectors.acme.order import (
    PENDING,
    VALID,
    Asker,
    Authorization,
    read_authorization,
    read_order,
)
from trustpath.connectors.acme.renewal import read_window
from trustpath.connectors.acme.session import Session
from trustpath.facts.challenge_values import url64
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
from trustpath.facts.renewal_info import certificate_id
from trustpath.facts.source import Context

_REPLACED: Final = frozenset({"alreadyReplaced", "conflict"})
# What OpenBao and acme2certifier say of an order that they do not have.
_UNREADABLE: Final = frozenset({"malformed", "orderNotReady"})
_NOT_FOUND: Final = 404
_SILENT: Final = "the CA does not say why"
_ALTERNATES: Final = 10
_REMEMBERED: Final = 10_000


def make(spec: IssuerSpec, context: Context) -> AcmeIssuer:
    """Build the issuer without touching the outside; raises EstateError on bad options.

    Options: ``directory``, ``roots``, ``account_key``, ``contacts``, ``external_account`` (kid,
    key as ``env:VAR`` or ``file:PATH``), ``chain``, ``timeout``.
    """
    return AcmeIssuer(spec, context)


class AcmeIssuer:
    """An ACME server with one account. Threads may share it; nothing here waits."""

    __slots__ = ("_begun", "_roots", "_session", "spec")

    def __init__(self, spec: IssuerSpec, context: Context) -> None:
        self.spec = spec
        self._session = Session(spec, read_options(spec), context)
        self._roots = (*context.roots.public, *context.roots.private)
        # What the CA was told to look at, and how it stood when last seen.
        self._begun: dict[str, Authorization | None] = {}

    def offer(self) -> Offer:
        """Return what the directory says that the CA can do."""
        return self._session.directory().offer

    def account(self) -> Account | None:
        """Return the account; raises EstateError where there is none yet."""
        return self._session.identity().account

    def register(self, *, agree: bool) -> Account:
        """Make key and account, or find them; ``agree`` to the terms of the CA."""
        return account.register(self._session, agree=agree)

    def roll(self) -> Account:
        """Give the account a new key."""
        return account.roll(self._session)

    def successor(self) -> str:
        """Make the key that takes over next, unless it is there; return its thumbprint."""
        return account.successor(self._session).thumbprint

    def deactivate(self) -> Account:
        """Deactivate the account for good."""
        return account.deactivate(self._session)

    def begin(self, request: Request) -> Order:
        """Place an order; without ``replaces`` where the CA has a replacement already."""
        directory = self._session.directory()
        payload: dict[str, Any] = {
            "identifiers": [{"type": "dns", "value": name} for name in request.names]
        }
        if request.profile is not None:
            self._check_profile(request.profile, directory.offer.profiles)
            payload["profile"] = request.profile
        if request.replaces is not None and directory.renewal_info:
            payload["replaces"] = request.replaces
        url = directory.resource("newOrder")
        try:
            answer = self._session.post(url, payload)
        except RejectedError as error:
            if "replaces" not in payload or error.kind not in _REPLACED:
                raise
            del payload["replaces"]
            answer = self._session.post(url, payload)
        place = answer.headers.get("location", "")
        if not place:
            raise SourceError("the answer names no order URL", where=url)
        order = self._order(place, answer)
        if set(order.names) != set(request.names):
            raise SourceError(f"an order for other names: {', '.join(order.names)}", where=place)
        return order

    def look(self, url: str) -> Order:
        """Return an order as it is now."""
        try:
            return self._order(url, self._session.post(url))
        except RejectedError as error:
            if error.kind in _UNREADABLE:
                raise LostOrderError(error.message, where=url) from error
            raise

    def show(self, proof: Proof) -> None:
        """Tell the CA that a challenge can be looked at; once it knows, nothing happens."""
        try:
            self._session.post(proof.challenge, {})
        except RejectedError:
            if self._authorization(proof.authorization).status == PENDING:
                raise
        # Most CAs leave a challenge pending until they decided.
        self._remember(proof.authorization, None)

    def finalize(self, order: Order, csr: bytes) -> Order:
        """Hand the CSR (DER) in."""
        place = order.finalize or self.look(order.url).finalize
        return self._order(order.url, self._session.post(place, {"csr": url64(csr)}))

    def fetch(self, order: Order) -> Chain:
        """Return the certificate with the preferred chain, or with that which the CA prefers."""
        place = order.certificate or self.look(order.url).certificate
        if not place:
            raise SourceError("the order has no certificate yet", where=order.url)
        answer = self._session.post(place)
        taken, url = read_chain(answer.body, place), place
        if self._session.options.chain and not self._is_preferred(taken):
            for other in answer.links("alternate")[:_ALTERNATES]:
                chain = read_chain(self._session.post(other).body, other)
                if self._is_preferred(chain):
                    taken, url = chain, other
                    break
        return Chain(without_root(taken), url)

    def window(self, certificate: bytes) -> Window | None:
        """Return the suggested renewal window, None where the CA has none for it."""
        place = self._session.directory().renewal_info
        identifier = certificate_id(certificate) if place else None
        if identifier is None:
            return None
        answer = self._session.network.get(f"{place}/{identifier}")
        if answer.status == _NOT_FOUND:
            return None
        if not answer.ok:
            raise self._session.network.failure(answer, "no renewal information")
        return read_window(answer.document(), self._session.network.retry_after(answer))

    def revoke(self, certificate: bytes, reason: int) -> bool:
        """Revoke a certificate by the account that ordered it; False: it was revoked already."""
        payload: dict[str, Any] = {"certificate": url64(certificate)}
        if reason:
            # Reason 0 is said by saying none (RFC 5280 5.3.1).
            payload["reason"] = reason
        try:
            self._session.post(self._session.directory().resource("revokeCert"), payload)
        except RejectedError as error:
            if error.kind == "alreadyRevoked":
                return False
            raise
        return True

    def abandon(self, authorizations: Sequence[str]) -> None:
        """Deactivate authorizations; those that are not valid or pending any more are left."""
        for url in authorizations:
            try:
                self._session.post(url, {"status": "deactivated"})
            except LostOrderError:
                continue
            except RejectedError:
                if self._authorization(url).status in (PENDING, VALID):
                    raise

    def _check_profile(self, profile: str, offered: Mapping[str, str]) -> None:
        if profile in offered:
            return
        known = ", ".join(sorted(offered))
        error = RejectedError(
            f"the CA offers no profile {profile!r}",
            where=self._session.options.directory,
            hint=f"one of {known}" if known else "it offers none: leave profile out",
        )
        error.kind = "invalidProfile"
        raise error

    def _is_preferred(self, chain: Sequence[Any]) -> bool:
        return is_preferred(chain, self._session.options.chain, self._roots)

    def _order(self, url: str, answer: Answer) -> Order:
        """Return the order that an answer describes, with what its authorizations say."""
        retry_after = self._session.network.retry_after(answer)
        order = read_order(url, answer.document(), retry_after)
        if order.status is OrderStatus.PENDING:
            return self._with_proofs(order)
        for place in order.authorizations:
            self._begun.pop(place, None)
        if order.status is not OrderStatus.INVALID:
            return order
        with suppress(SourceError):
            order = _with_problems(order, map(self._authorization, order.authorizations))
        return order if order.problem else replace(order, problem=_SILENT)

    def _with_proofs(self, order: Order) -> Order:
        known = {name.removeprefix("*.") for name in order.names}
        found = []
        for one in self._authorizations(order.authorizations):
            # Else a CA could have us show things under names that nobody asked for.
            if one.name not in known:
                raise SourceError(f"an authorization for another name: {one.name}", where=one.url)
            found.append(one)
        failed = [one for one in found if one.status not in (PENDING, VALID)]
        if failed:
            return _with_problems(replace(order, status=OrderStatus.INVALID), failed)
        return replace(order, proofs=tuple(proof for one in found for proof in one.proofs))

    def _authorizations(self, urls: Sequence[str]) -> Iterator[Authorization]:
        """Yield the authorizations of a pending order.

        Those known as valid are not asked for again; and while one that the CA works on is not
        decided, those after it that it works on too are not either. So looking at an order of many
        names again and again costs one request for each look, not one for each name.
        """
        undecided = False
        for url in urls:
            known = self._begun.get(url)
            if known is not None and (known.status == VALID or undecided):
                yield known
                continue
            found = self._authorization(url)
            if found.begun or url in self._begun:
                self._remember(url, found)
                undecided = undecided or found.status == PENDING
            yield found

    def _remember(self, url: str, found: Authorization | None) -> None:
        if len(self._begun) >= _REMEMBERED:
            self._begun.clear()
        self._begun[url] = found

    def _authorization(self, url: str) -> Authorization:
        identity = self._session.identity()
        document = self._session.post(url).document()
        return read_authorization(url, document, Asker(identity.account, self.offer()))


def _with_problems(order: Order, authorizations: Iterable[Authorization]) -> Order:
    """Return an order that failed with what its authorizations say about why."""
    failed = [one for one in authorizations if one.status not in (PENDING, VALID)]
    texts = [
        f"{one.name}: {one.problem.text if one.problem else f'{one.status}, {_SILENT}'}"
        for one in failed
    ]
    kinds = [one.problem.kind for one in failed if one.problem]
    return replace(
        order,
        problem="; ".join(texts) or order.problem,
        problem_kind=next(filter(None, kinds), order.problem_kind),
        blamed=tuple(dict.fromkeys(one.name for one in failed)) or order.blamed,
    )
