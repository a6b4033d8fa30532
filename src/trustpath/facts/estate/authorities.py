"""What is known of the certification authorities that the public trust stores hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from trustpath.base.clock import parse_duration
from trustpath.facts.estate.datafiles import data_file


@dataclass(frozen=True, slots=True)
class KnownAuthority:
    """Facts about a CA that hold whoever declares it; None where nothing is known.

    ``limits`` are (per what, capacity, window in seconds).
    """

    issuers: tuple[str, ...] = ()
    caa: tuple[str, ...] = ()
    public: bool | None = None
    acme: bool = False
    directory: str | None = None
    renewal_info: bool | None = None
    limits: tuple[tuple[str, int, int], ...] = ()


_NOTHING = KnownAuthority()


@cache
def _by_identity() -> dict[str, KnownAuthority]:
    known = {}
    for entry in data_file("authorities.yaml"):
        authority = KnownAuthority(
            issuers=tuple(entry["issuers"]),
            caa=tuple(entry["caa"]),
            public=True,
            acme=entry.get("acme", False),
            directory=entry.get("directory"),
            renewal_info=entry.get("renewal_info"),
            limits=tuple(
                (limit["per"], limit["capacity"], parse_duration(limit["window"]))
                for limit in entry.get("limits", ())
            ),
        )
        known.update(dict.fromkeys(entry["caa"], authority))
    return known


def known_authority(identities: Iterable[str]) -> KnownAuthority:
    """Return what is known of a CA with these CAA issuer domain names, together for all of them."""
    known = _by_identity()
    found = list(dict.fromkeys(known[name] for name in identities if name in known))
    if len(found) <= 1:
        return found[0] if found else _NOTHING
    return KnownAuthority(
        issuers=tuple(dict.fromkeys(issuer for one in found for issuer in one.issuers)),
        caa=tuple(dict.fromkeys(name for one in found for name in one.caa)),
        public=True,
        acme=all(one.acme for one in found),
    )
