"""The trust functions of an RRset (which links of a trust path it decides), as data.

Letters: ``I`` gives or limits issuance, ``L`` locates the endpoint, ``K`` binds a key, ``P`` sets
a trust policy, ``D`` delegates. Extend the tables; nothing else has to change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from trustpath.facts.records.strings import joined

Flags = tuple[bool, bool, bool, bool, bool]

TYPE_FUNCTIONS: dict[str, str] = {
    **dict.fromkeys(("NS", "DS", "DNSKEY", "CDS", "CDNSKEY", "DNAME", "SOA"), "ILKD"),
    **dict.fromkeys(("CNAME", "ALIAS", "ANAME"), "ILD"),
    **dict.fromkeys(("A", "AAAA", "MX", "PTR"), "IL"),
    **dict.fromkeys(("HTTPS", "SVCB"), "LKP"),
    **dict.fromkeys(("SRV", "NAPTR", "URI"), "L"),
    **dict.fromkeys(("TLSA", "SMIMEA", "SSHFP", "OPENPGPKEY", "IPSECKEY"), "K"),
    "CAA": "I",
}

GLUE = "ILKD"
VALIDATION = "I"

# For TXT, and for CNAME that lends the name to another zone: what the owner name means.
OWNER_FUNCTIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"_mta-sts\.|_smtp\._tls\.|_dmarc\.", re.ASCII), "KP"),
    (re.compile(r"(?:[^.\\]+\.)+_domainkey\.", re.ASCII), "KP"),
)

# For TXT anywhere, and TXT at an apex: what the content means.
CONTENT_FUNCTIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"v=spf1(?: .*)?", re.IGNORECASE | re.DOTALL), "KP"),
)
APEX_CONTENT_FUNCTIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"(?:[\w.-]{0,64}(?:verif|validation|challenge|site-owner|domain-owner|token|auth)[\w.-]{0,64}"
            r"[=: ].+|ms=ms\d+|[a-z0-9-]+=[A-Za-z0-9_+/=-]{16,})",
            re.IGNORECASE | re.DOTALL,
        ),
        "P",
    ),
)


@lru_cache(maxsize=64)
def flags(letters: str) -> Flags:
    """Return (issuance, locates, binds key, policy, delegates)."""
    return ("I" in letters, "L" in letters, "K" in letters, "P" in letters, "D" in letters)


def type_letters(rdtype: str) -> str:
    """Return the letters of a type; ``Provider/ALIAS`` counts as the ALIAS it is."""
    return TYPE_FUNCTIONS.get(rdtype) or TYPE_FUNCTIONS.get(rdtype.rpartition("/")[2], "")


def owner_letters(name: str) -> str:
    """Return the letters that an owner name with an underscore label adds for TXT and CNAME."""
    if "_" not in name:
        return ""
    return "".join(letters for pattern, letters in OWNER_FUNCTIONS if pattern.match(name))


def content_letters(rdatas: Sequence[str], *, apex: bool) -> str:
    """Return the letters that the content of a TXT RRset adds."""
    tables = CONTENT_FUNCTIONS + (APEX_CONTENT_FUNCTIONS if apex else ())
    found = ""
    for rdata in rdatas:
        content = joined(rdata)
        found += "".join(letters for pattern, letters in tables if pattern.fullmatch(content))
    return found
