"""What can be done with an account: register, give it a new key, deactivate (RFC 8555 7.3)."""

from __future__ import annotations

import binascii
import json
from dataclasses import replace
from typing import Any, Final, cast

from acme import messages

from trustpath.base.errors import EstateError, SourceError
from trustpath.base.secret import Secret
from trustpath.connectors.acme import keys
from trustpath.connectors.acme.directory import Directory
from trustpath.connectors.acme.network import Signer
from trustpath.connectors.acme.session import Identity, Session, read_account
from trustpath.facts.issuing import Account, LostOrderError, RejectedError
from trustpath.facts.options import read_secret, refused

_ANOTHER: Final = "register another account with another account_key, then deactivate this one"


def register(session: Session, *, agree: bool) -> Account:
    """Return the account of the key in the file; make the key, the account, or both if needed.

    Raises EstateError, before anything is made, when the CA has terms that nobody agreed to or
    asks for an external account binding that the estate does not have.
    """
    found = session.find()
    if found is not None:
        if found.account.status != "valid":
            raise refused(
                session.spec,
                "account_key",
                f"is that of {found.account.uri}, which is {found.account.status}",
                "for good: name another file",
            )
        session.keep(found)
        return _with_contacts(session, found)
    directory = session.directory()
    payload: dict[str, Any] = {"contact": list(session.options.contacts)}
    if directory.offer.terms is not None:
        if not agree:
            raise EstateError(
                f"the CA asks to agree to its terms: {directory.offer.terms}",
                where=session.spec.where,
                hint="read them, then register with --agree",
            )
        payload["termsOfServiceAgreed"] = True
    binding = session.options.binding
    if binding is None and directory.offer.account_required:
        raise refused(
            session.spec, "external_account", "the CA asks for one", "kid and key are from the CA"
        )
    secret = Secret(binding.key, session.spec.folder, session.secrets) if binding else None
    if secret is not None:
        read_secret(session.spec, "external_account", secret)
    path = session.options.account_key
    key = keys.load(path) or keys.make(path)
    if binding is not None and secret is not None:
        payload["externalAccountBinding"] = _bound(session, directory, key, binding.kid, secret)
    answer = session.send(directory.resource("newAccount"), payload, Signer(key))
    account = read_account(answer, key)
    session.keep(Identity(account, key))
    return account


def roll(session: Session) -> Account:
    """Give the account a new key (RFC 8555 7.3.5).

    The new key lies beside the old one before the CA hears of it. Whatever fails, the file that
    the CA knows stays, and ``Session.find`` tells which it is.
    """
    session.keep(None)
    present = session.identity()
    path = session.options.account_key
    following = successor(session)
    url = session.directory().resource("keyChange")
    inner = Signer(following).sign(
        json.dumps({"account": present.account.uri, "oldKey": present.key.public()}).encode(),
        url,
        None,
    )
    try:
        session.send(url, json.loads(inner), present.signer)
    except SourceError as error:
        # The answer may be what got lost: which key the account has is looked up again.
        session.keep(None)
        if isinstance(error, LostOrderError):
            raise RejectedError(
                "the CA does not change keys of accounts", where=url, hint=_ANOTHER
            ) from error
        raise
    keys.promote(path)
    account = replace(present.account, thumbprint=following.thumbprint)
    session.keep(Identity(account, following))
    return account


def successor(session: Session) -> keys.AccountKey:
    """Return the key that takes over next; made beside the present one where there is none.

    One that is left from an attempt that the CA did not hear of serves as well as any.
    """
    path = keys.next_file(session.options.account_key)
    return keys.load(path) or keys.make(path)


def deactivate(session: Session) -> Account:
    """Deactivate the account for good (RFC 8555 7.3.6); the file of its key stays."""
    present = session.identity()
    answer = session.post(present.account.uri, {"status": "deactivated"})
    session.keep(None)
    return read_account(answer, present.key, present.account.uri)


def _with_contacts(session: Session, found: Identity) -> Account:
    """Tell the CA of contacts that changed, if it says which ones it has."""
    wanted, has = session.options.contacts, found.account.contacts
    if not has or set(has) == set(wanted):
        return found.account
    answer = session.post(found.account.uri, {"contact": list(wanted)})
    return read_account(answer, found.key, found.account.uri)


def _bound(
    session: Session, directory: Directory, key: keys.AccountKey, kid: str, secret: Secret
) -> Any:
    place = cast("messages.Directory", {"newAccount": directory.resource("newAccount")})
    public = key.jwk.public_key()
    try:
        # The secret is never in a variable here, so that no traceback can show it.
        return messages.ExternalAccountBinding.from_data(
            public, kid, read_secret(session.spec, "external_account", secret), place
        )
    except (binascii.Error, ValueError):
        raise refused(
            session.spec, "external_account.key", f"{secret.reference} holds no base64url"
        ) from None
