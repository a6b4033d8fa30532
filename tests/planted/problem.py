"""What a planted problem is: a record of two sides, of which one is broken.

Each side is a zone of its own, ``<id>-good.example`` or ``<id>-bad.example``, with a service in it. Text
may have placeholders: ``{s}`` the side, ``{d}`` its zone, ``{port}`` that of all endpoints, ``{ip}``, ``{ip2}``
and ``{ip3}`` addresses of its own, ``{tag}`` the tag of the key that signs, ``{spki}`` nothing but what a
certificate says: ``{leaf}`` the fingerprint of the certificate that the side calls ``leaf``,
``{leaf.spki}``, ``{leaf.serial}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from certs import DAY, NOW
from trustpath.base.clock import format_instant


def day(count: int) -> str:
    """Return the instant that many days from now, as the estate file writes it."""
    return format_instant(NOW + count * DAY)


CAA = '@ CAA 0 issue "ca.test"\n@ CAA 0 iodef "mailto:pki@planted.example"\n'


SUB = "sub NS ns1.sub\nsub NS ns2.sub\nns1.sub A 127.0.0.53\nns2.sub A 127.0.0.54\n"
"""The delegation of a child zone that is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cert:
    """A certificate: ``options`` are those of ``certs.issue``."""

    names: tuple[str, ...] = ("www.{d}",)
    by: str = "issuing"
    """``issuing`` and ``root`` are public, ``inside`` is private, ``self``; or another of the side."""
    key: str = ""
    """Certificates of a side that name the same key have it in common."""
    timestamps: tuple[str, ...] = ("oak", "elm")
    """The logs whose timestamps it has; ``forged`` is one of oak that does not verify."""
    stored: bool = True
    logged: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one side has beyond its SOA and NS, and in the end both have in common."""

    zone: str = ""
    caa: str | None = None
    """In place of the CAA set at the apex that every zone has."""
    servers: tuple[str, ...] | None = None
    raw: str = ""
    """Lines that a server refuses to load: they are for ``form`` file, and are not signed."""
    form: str | None = None
    """``axfr`` unless given, ``file`` or ``octodns`` (a folder of YAML)."""
    copy: str | None = None
    """Lines of an approved copy of the zone, kept as a file."""
    children: Mapping[str, str] = field(default_factory=dict)
    """Zones below that are held: the label, and their lines. ``zone`` delegates them."""
    insecure: tuple[str, ...] | None = None
    """The children that are not signed."""
    spoofed: str | None = None
    """Lines of what a resolver that was led astray takes for the zone."""
    ds: str | None = None
    """``sha256`` unless given; ``sha1``, ``wrong``, or ``none`` for a zone that is not signed."""
    expires: int | None = None
    """When its signatures end."""
    certificates: Mapping[str, Cert] = field(default_factory=dict)
    serves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Address (``ip``) to the certificates that are sent there, the leaf first."""
    staples: Mapping[str, str] = field(default_factory=dict)
    """Address to the status in the OCSP answer that is sent there."""
    lists: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Revocation lists, each with ``by``, ``at`` (its URL), ``revoked`` and options of ``certs.revocation_list``."""
    service: Mapping[str, Any] = field(default_factory=dict)
    estate: Mapping[str, Any] = field(default_factory=dict)
    """Further entries of the sections of the estate file."""

    def joined(self, other: Side) -> Side:
        """Return both together; where only one can be, that of ``other``."""
        found: dict[str, Any] = {}
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            if one.name in ("zone", "raw"):
                found[one.name] = mine + "\n" + theirs
            elif one.name == "estate":
                found[one.name] = {
                    key: [*mine.get(key, ()), *theirs.get(key, ())] for key in {**mine, **theirs}
                }
            elif isinstance(mine, Mapping):
                found[one.name] = {**mine, **theirs}
            else:
                found[one.name] = mine if theirs is None else theirs
        return Side(**found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A broken side and its healthy twin, and the rule that tells them apart."""

    id: str
    rule: str
    status: str
    """The least that the broken side must get."""
    subject: str
    both: Side = Side()
    bad: Side = Side()
    good: Side = Side()
    passes: str = ""
    """The subject that passes at the twin; ``subject`` unless given."""
    alarms: Mapping[str, str] = field(default_factory=dict)
    """Rules that rightly speak at the twin too, each with the reason."""

    def sides(self) -> dict[str, Side]:
        """Return both sides by name."""
        return {
            f"{self.id}-good": self.both.joined(self.good),
            f"{self.id}-bad": self.both.joined(self.bad),
        }
