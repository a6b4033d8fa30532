"""The directory of an ACME server: where its resources are and what it offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from trustpath.base.errors import SourceError
from trustpath.facts.issuing import Offer

METHODS: Final = ("dns-01", "http-01", "tls-alpn-01", "dns-account-01")
"""Challenge types that this connector can say what to show for; a directory lists none."""
PERSIST: Final = "dns-persist-01"
_NEEDED: Final = ("newNonce", "newAccount", "newOrder", "revokeCert", "keyChange")


@dataclass(frozen=True, slots=True)
class Directory:
    """URLs by resource (RFC 8555 7.1.1) and the offer that ``meta`` makes."""

    url: str
    resources: Mapping[str, str]
    offer: Offer

    def resource(self, name: str) -> str:
        """Return the URL of a resource; raises SourceError where there is none."""
        try:
            return self.resources[name]
        except KeyError:
            raise SourceError(f"the directory has no {name}", where=self.url) from None

    @property
    def renewal_info(self) -> str:
        """Return the URL of renewal information (RFC 9773), empty where there is none."""
        return self.resources.get("renewalInfo", "").rstrip("/")


def read_directory(url: str, document: Mapping[str, Any]) -> Directory:
    """Return the directory; raises SourceError for one that is none."""
    resources = {
        key: value
        for key, value in document.items()
        if isinstance(value, str) and value.startswith(("https://", "http://"))
    }
    missing = [name for name in _NEEDED if name not in resources]
    if missing:
        raise SourceError(f"this is no ACME directory: no {', '.join(missing)}", where=url)
    meta = document.get("meta")
    return Directory(
        url, resources, _offer(meta if isinstance(meta, dict) else {}, "renewalInfo" in resources)
    )


def _offer(meta: Mapping[str, Any], renewal_info: bool) -> Offer:
    profiles, terms = meta.get("profiles"), meta.get("termsOfService")
    prefix, issuers = meta.get("accountHashPrefix"), _texts(meta.get("issuerDomainNames"))
    form = "hashed" if isinstance(prefix, str) else "plain" if issuers else None
    return Offer(
        methods=(*METHODS, PERSIST) if form else METHODS,
        profiles=(
            {str(name): str(text) for name, text in profiles.items()}
            if isinstance(profiles, dict)
            else {}
        ),
        renewal_info=renewal_info,
        identities=_texts(meta.get("caaIdentities")),
        account_required=meta.get("externalAccountRequired") is True,
        terms=terms if isinstance(terms, str) and terms else None,
        persist_form=form,
        persist_names=issuers,
        hash_prefix=prefix if isinstance(prefix, str) else None,
    )


def _texts(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else []
    return tuple(one.lower() for one in listed if isinstance(one, str))
