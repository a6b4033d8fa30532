"""Owner names and targets by which certification authorities validate control (data).

One line a pattern, tried in order; the first that fits decides. Extend ``PATTERNS`` to teach the
classifier a scheme, ``OTHER_LABELS`` to tell it that an underscore label has another meaning. An
estate adds schemes of its own under ``validation_names``.
Standards: ACME RFC 8555 8.4, dns-account-01, BR 3.2.2.4.7, .13, .14, .16, .17, .22.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from trustpath.base import names
from trustpath.base.errors import InputError
from trustpath.facts.records.strings import joined


@dataclass(frozen=True, slots=True)
class Pattern:
    """One scheme.

    ``owner`` matches at the start of the owner name, and what follows the match is the name whose
    control is proved. ``content`` matches the whole canonical target of a CNAME or the joined
    strings of a TXT. ``one_time`` holds for a TXT (a value that is used up); ``one_time_alias``
    for a CNAME or NS, which normally stands.
    """

    scheme: str
    types: frozenset[str]
    owner: re.Pattern[str]
    content: re.Pattern[str] | None = None
    one_time: bool = False
    one_time_alias: bool = False


def _pattern(
    scheme: str,
    types: str,
    owner: str,
    content: str | None = None,
    *,
    one_time: bool = False,
    one_time_alias: bool = False,
) -> Pattern:
    return Pattern(
        scheme,
        frozenset(types.split()),
        re.compile(owner, re.ASCII),
        re.compile(content, re.ASCII | re.IGNORECASE | re.DOTALL) if content else None,
        one_time,
        one_time_alias,
    )


PATTERNS: tuple[Pattern, ...] = (
    _pattern("acme-dns", "TXT CNAME NS", r"_acme-challenge\.", one_time=True),
    _pattern(
        "acme-dns-account", "TXT CNAME NS", r"_[a-z2-7]{16}\._acme-challenge\.", one_time=True
    ),
    _pattern("persist", "TXT CNAME NS", r"_(?:ip-)?validation-persist\."),
    _pattern("contact-email", "TXT CNAME", r"_validation-contactemail\."),
    _pattern("contact-phone", "TXT CNAME", r"_validation-contactphone\."),
    _pattern("acm", "CNAME", r"_[0-9a-f]{32}\.", r".+\.acm-validations\.aws"),
    _pattern(
        "sectigo",
        "CNAME",
        r"_?[0-9a-f]{32}\.",
        r".+\.(?:sectigo|comodoca)\.com",
        one_time_alias=True,
    ),
    # The label by itself, as resellers of Sectigo give it, with a value of base64:
    # https://www.sectigo.com/faqs/detail/.../kA0Uj0000005Tsb
    _pattern("sectigo", "TXT", r"_pki-validation\.", one_time=True),
    # https://secure.ssl.com/certificates/apidocs/dcv
    _pattern(
        "ssl.com", "CNAME", r"_?[0-9a-f]{32}\.", r".+\.(?:sslpki|ssl)\.com", one_time_alias=True
    ),
    # DigiCert, its brands, and Azure Front Door, whose certificates DigiCert issues:
    # https://learn.microsoft.com/azure/frontdoor/domain
    _pattern("digicert", "TXT CNAME", r"_dnsauth\.", one_time=True, one_time_alias=True),
    _pattern("digicert", "CNAME", r"_[^.\\]+\.", r".+\.dcv\.digicert\.com", one_time_alias=True),
    # At the apex, with and without the underscore (https://support.globalsign.com, "Performing
    # Domain Verification - DNS TXT Record"; Fastly's page on its certificates).
    _pattern("globalsign", "TXT", r"", r"_?globalsign-domain-verification=.*", one_time=True),
    _pattern("globalsign", "TXT", r"_globalsign-domain-verification\.", one_time=True),
    _pattern("cloudflare", "CNAME", r"_[^.\\]+\.", r".+\.dcv\.cloudflare\.com"),
    _pattern("fastly", "CNAME", r"_[^.\\]+\.", r".+\.fastly-validations\.com"),
)

ISSUERS: dict[str, str] = {
    "acm": "Amazon",
    "sectigo": "Sectigo",
    "ssl.com": "SSL.com",
    "digicert": "DigiCert",
    "globalsign": "GlobalSign",
}
"""The CA that a scheme is of: whoever has ordered from it can have a certificate for the name.

Certum, Actalis, GoDaddy and Entrust take a random value as TXT at the name itself, which nothing
tells from any other text: https://support.certum.eu/en/domain-verification-methods/,
https://guide.actalis.com/ssl/activation/domain-validation. Buypass and Google's CA issue by ACME.
"""

# Underscore labels with a registered or well-known other meaning (RFC 8552 registry and common
# use). Everything else that holds TXT, CNAME or NS is taken as a way to validate, as BR method 7
# accepts any underscore label.
OTHER_LABELS = re.compile(
    r"_(?:\d{1,5}|dmarc|domainkey|mta-sts|smtp|tls|spf\w*|netblocks\w*|tcp|udp|sctp|dccp|quic|adsp|"
    r"bimi|vouch|atproto|dnslink|domainconnect|kerberos|ldap|sip|sips|sipfederationtls|xmpp-\w+|"
    r"autodiscover|imaps?|pop3s?|submissions?|caldavs?|carddavs?|report|amazonses|http|https|dns|"
    r"dnsbl|ta-[a-z0-9-]+|er|dsboot|signal|github-(?:pages-)?challenge-[\w-]+|gh-[\w-]+|"
    r"gitlab-pages-verification-code|minecraft|jmap|matrix\w*|stun|turn|ntp|vlmcs|msdcs|sites)",
    re.ASCII,
)
_SERVICE_PARENT = re.compile(r"_(?:tcp|udp|sctp|tls|domainkey|msdcs|report|sites)", re.ASCII)


def declared_pattern(
    scheme: str,
    labels: str,
    types: Sequence[str],
    *,
    target: str | None = None,
    one_time: bool = False,
) -> Pattern:
    """Return the pattern that an estate declares (``validation_names``).

    ``labels`` lead the owner name; ``*`` within a label is any text. ``target`` is the host suffix
    that a CNAME must lead to. Raises InputError when nothing literal is left to tell it by.
    """
    text = labels.strip().lower().strip(".")
    if not re.fullmatch(r"[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)*", text) or not text.strip("*."):
        raise InputError(
            f"{labels!r} are no labels", hint="write _token or _ca-*, without the domain"
        )
    owner = re.escape(text).replace(r"\*", r"[^.\\]*") + r"\."
    content = rf"(?:.+\.)?{re.escape(target)}" if target else None
    return Pattern(
        scheme,
        frozenset({"CNAME"} if target else types),
        re.compile(owner, re.ASCII),
        re.compile(content, re.ASCII | re.IGNORECASE) if content else None,
        one_time,
        one_time,
    )


def classify(
    name: str,
    rdtype: str,
    rdata: str,
    target: str | None,
    further: Sequence[Pattern] = (),
) -> tuple[str, str, bool] | None:
    """Return (scheme, base, one_time) of a record that proves control of ``base``, else None.

    ``name`` and ``target`` are canonical, ``rdata`` is canonical text. ``further`` patterns come
    after the built-in ones.
    """
    content: str | None = None
    alias = rdtype != "TXT"
    for pattern in (*PATTERNS, *further) if further else PATTERNS:
        if rdtype not in pattern.types:
            continue
        match = pattern.owner.match(name)
        if match is None:
            continue
        if pattern.content is not None:
            if content is None:
                content = (target or "") if alias else joined(rdata)
            if not pattern.content.fullmatch(content):
                continue
        one_time = pattern.one_time_alias if alias else pattern.one_time
        return pattern.scheme, name[match.end() :], one_time
    if name.startswith("_") and rdtype in ("TXT", "CNAME", "NS"):
        head, _, rest = name.partition(".")
        second = rest.partition(".")[0]
        if not OTHER_LABELS.fullmatch(head) and not _SERVICE_PARENT.fullmatch(second):
            return "underscore", names.parent(name), not alias
    return None
