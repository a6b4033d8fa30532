"""Orders and authorizations as the CA shows them, and what their challenges ask to show."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from trustpath.base import names
from trustpath.base.clock import parse_instant
from trustpath.base.errors import InputError, SourceError
from trustpath.connectors.acme.answer import Problem, read_problem
from trustpath.connectors.acme.directory import PERSIST
from trustpath.facts import challenge_values as values
from trustpath.facts.issuing import Account, Offer, Order, OrderStatus, Proof
from trustpath.facts.persist import persist_record, persist_values

PENDING: Final = "pending"
VALID: Final = "valid"
_MOST: Final = 1000
_OVER: Final = frozenset({"deactivated", "expired", "revoked"})


@dataclass(frozen=True, slots=True)
class Asker:
    """Whom the CA asks: the account that the values are for, and the form it wants them in."""

    account: Account
    offer: Offer


@dataclass(frozen=True, slots=True)
class Authorization:
    """One authorization (RFC 8555 7.1.4): ``proofs`` while it is pending, ``problem`` if it failed.

    ``begun``: the CA was told that a challenge is in place and has not decided yet.
    """

    url: str
    name: str
    status: str
    begun: bool
    proofs: tuple[Proof, ...] = ()
    problem: Problem | None = None


def read_order(url: str, document: Mapping[str, Any], retry_after: int | None = None) -> Order:
    """Return an order without its proofs; raises SourceError for what is none."""
    written = str(document.get("status"))
    try:
        # Pebble gives orders the status of an authorization that is over.
        status = OrderStatus(OrderStatus.INVALID if written in _OVER else written)
    except ValueError:
        raise SourceError(f"an order of status {written!r}", where=url) from None
    error = document.get("error")
    problem = read_problem(error) if isinstance(error, dict) else Problem("", "")
    return Order(
        url=url,
        status=status,
        names=tuple(_name(one, url) for one in _list(document, "identifiers", url)),
        expires=_instant(document.get("expires")),
        problem=problem.text,
        problem_kind=problem.kind,
        blamed=problem.blamed,
        retry_after=retry_after,
        authorizations=tuple(map(str, _list(document, "authorizations", url))),
        finalize=str(document.get("finalize", "")),
        certificate=str(document.get("certificate", "")),
    )


def read_authorization(url: str, document: Mapping[str, Any], asker: Asker) -> Authorization:
    """Return an authorization with all of its challenges that this connector knows."""
    name = names.base(_name(document.get("identifier"), url))
    wildcard = document.get("wildcard") is True
    challenges = [one for one in _list(document, "challenges", url) if isinstance(one, dict)]
    status = str(document.get("status"))
    problems = (read_problem(one["error"]) for one in challenges if _failed(one))
    return Authorization(
        url=url,
        name=name,
        status=status,
        begun=any(one.get("status") != PENDING for one in challenges),
        proofs=(
            tuple(_proofs(url, name, wildcard, challenges, asker)) if status == PENDING else ()
        ),
        problem=next(problems, None),
    )


def _failed(challenge: Mapping[str, Any]) -> bool:
    return isinstance(challenge.get("error"), dict)


def _proofs(
    url: str, name: str, wildcard: bool, challenges: Sequence[Mapping[str, Any]], asker: Asker
) -> Iterator[Proof]:
    for challenge in challenges:
        method, token = str(challenge.get("type")), str(challenge.get("token", ""))
        if method == PERSIST:
            shown: tuple[str, str] | None = _persistent(name, wildcard, challenge, asker)
        elif method not in _SHOWN:
            continue
        elif not values.is_token(token):
            raise SourceError(f"the token of a {method} challenge is not base64url", where=url)
        else:
            shown = _SHOWN[method](name, token, asker.account)
        if shown is not None:
            place = str(challenge.get("url", ""))
            yield Proof(url, place, name, wildcard, method, token, *shown)


def _persistent(
    name: str, wildcard: bool, challenge: Mapping[str, Any], asker: Asker
) -> tuple[str, str] | None:
    """Return the record for the first issuer that the challenge names, None where there is none."""
    listed = challenge.get("issuerDomainNames") or challenge.get("issuer-domain-names")
    issuers = tuple(map(str, listed)) if isinstance(listed, list) else ()
    # A CA that offers the challenge and announces no form of it wants the plain one.
    offer = asker.offer
    if offer.persist_form is None:
        offer = replace(offer, persist_form="plain")
    texts = persist_values(name, asker.account, offer, issuers, wildcard=wildcard)
    return (persist_record(name), texts[0]) if texts else None


def _authorization(token: str, account: Account) -> str:
    return values.key_authorization(token, account.thumbprint)


_SHOWN: Final[Mapping[str, Callable[[str, str, Account], tuple[str, str]]]] = {
    "dns-01": lambda name, token, account: (
        values.dns_record(name),
        values.dns_value(_authorization(token, account)),
    ),
    "dns-account-01": lambda name, token, account: (
        values.account_record(name, account.uri),
        values.dns_value(_authorization(token, account)),
    ),
    "http-01": lambda _name, token, account: (
        values.http_path(token),
        _authorization(token, account),
    ),
    "tls-alpn-01": lambda name, token, account: (
        name,
        values.alpn_digest(_authorization(token, account)),
    ),
}
"""By challenge type: where something has to be shown, and what."""


def _list(document: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = document.get(key) or []
    if not isinstance(value, list) or len(value) > _MOST:
        raise SourceError(f"{key} is no list of at most {_MOST}", where=where)
    return value


def _name(identifier: object, where: str) -> str:
    value = identifier.get("value") if isinstance(identifier, dict) else None
    try:
        return names.identifier(str(value or ""))
    except InputError:
        pass
    try:
        return str(ipaddress.ip_address(str(value)))
    except ValueError:
        raise SourceError(f"an identifier that is no name: {value!r}", where=where) from None


def _instant(value: object) -> int | None:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except InputError:
        return None
