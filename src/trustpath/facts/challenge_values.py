"""What has to be shown for a challenge: names and values, as pure functions of its token.

Standards: RFC 8555 8.1, 8.3, 8.4; RFC 8737 3; draft-ietf-acme-dns-account-label.
"""

from __future__ import annotations

import base64
import hashlib
import re

from trustpath.base import names

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,512}", re.ASCII)


def url64(octets: bytes) -> str:
    """Return base64url without padding (RFC 7515 2)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def is_token(text: str) -> bool:
    """Say whether a token has only the characters that RFC 8555 8.3 allows."""
    return _TOKEN.fullmatch(text) is not None


def key_authorization(token: str, thumbprint: str) -> str:
    """Return the key authorization (RFC 8555 8.1); it is the body of an http-01 answer."""
    return f"{token}.{thumbprint}"


def dns_value(authorization: str) -> str:
    """Return the text of the TXT record for a key authorization: 43 characters."""
    return url64(hashlib.sha256(authorization.encode("ascii")).digest())


def dns_record(name: str) -> str:
    """Return the owner name of the TXT record of dns-01; a wildcard's is that of its base."""
    return f"_acme-challenge.{names.base(name)}"


def account_label(account: str) -> str:
    """Return the label by which dns-account-01 tells accounts apart: 17 characters.

    It depends on the URL of the account, not on its key.
    """
    head = hashlib.sha256(account.encode("utf-8")).digest()[:10]
    return "_" + base64.b32encode(head).decode("ascii").lower()


def account_record(name: str, account: str) -> str:
    """Return the owner name of the TXT record of dns-account-01 for an account."""
    return f"{account_label(account)}.{dns_record(name)}"


def http_path(token: str) -> str:
    """Return the path of an http-01 answer (RFC 8555 8.3)."""
    return f"/.well-known/acme-challenge/{token}"


def alpn_digest(authorization: str) -> str:
    """Return in hex what a tls-alpn-01 certificate carries as acmeIdentifier (RFC 8737 3)."""
    return hashlib.sha256(authorization.encode("ascii")).hexdigest()
