"""Certification paths, one thing right or wrong in each, with what every verifier is to say."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from certs import (
    CLIENT,
    DAY,
    NOW,
    SERVER,
    Issued,
    distinguished,
    intermediate,
    issue,
    leaf,
    new_key,
    root,
)

HOST = "www.example.com"
EMAIL = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.4")
ANY = x509.ObjectIdentifier("2.5.29.37.0")
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")
POISON = x509.PrecertPoison()
POLICIES = x509.CertificatePolicies(
    [x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)]
)

Made = tuple[Issued, Sequence[Issued], Sequence[Issued]]
"""Leaf, what is served with it, roots."""


@dataclass(frozen=True, slots=True)
class PathCase:
    """A path; ``accepted`` None means that it must be left undecided, which is no acceptance.

    ``library`` and ``openssl`` say why ``cryptography`` or OpenSSL answers otherwise than we do.
    """

    name: str
    make: Callable[[], Made]
    accepted: bool | None
    host: str = HOST
    library: str = ""
    openssl: str = ""


TOP = root()
MID = intermediate(TOP)
KEY, OTHER_KEY = new_key(), new_key()
_AUTHORITY_KEY = x509.AuthorityKeyIdentifier.from_issuer_public_key(MID.key.public_key()), False


def below(
    *chain: Issued, roots: Sequence[Issued] = (TOP,), names: Sequence[Any] = (HOST,), **options: Any
) -> Made:
    """Return a leaf of the first of ``chain``, which may be empty for one right below the root."""
    issuer = chain[0] if chain else roots[0]
    return leaf(issuer, *names, **options), chain, roots


def constrained(
    *names: Any,
    permitted: Sequence[Any] | None = None,
    excluded: Sequence[Any] | None = None,
    **options: Any,
) -> Callable[[], Made]:
    """Return a maker of a leaf with these names below an intermediate with these constraints."""

    def general(entries: Sequence[Any] | None) -> list[x509.GeneralName] | None:
        if entries is None:
            return None
        return [x509.DNSName(entry) if isinstance(entry, str) else entry for entry in entries]

    def make() -> Made:
        mid = intermediate(TOP, permitted=general(permitted), excluded=general(excluded))
        return below(mid, names=names or (HOST,), **options)

    return make


def network(text: str) -> x509.IPAddress:
    """Return an address range as a subtree."""
    return x509.IPAddress(ipaddress.ip_network(text))


def directory(common: str | None, organisation: str | None) -> x509.DirectoryName:
    """Return a distinguished name as a general name."""
    return x509.DirectoryName(distinguished(common, organisation))


def ladder(steps: int) -> Made:
    """Return a leaf below so many intermediates."""
    chain: list[Issued] = []
    for number in range(steps):
        chain.insert(0, intermediate(chain[0] if chain else TOP, f"Step {number}"))
    return below(*chain)


def shuffled() -> Made:
    """Return a chain from the top down, root first."""
    shop, chain, roots = ladder(3)
    return shop, [TOP, *reversed(chain)], roots


def cross_signed(*, trusted: int) -> Made:
    """Return an intermediate that two roots signed, of which one is trusted."""
    roots = [root("One"), root("Two")]
    mids = [intermediate(one, key=KEY) for one in roots]
    return leaf(mids[0], HOST), mids, [roots[trusted]]


def new_root_under_old() -> Made:
    """Return a chain over a new root that the trusted old one signed."""
    old, new = root("Old"), root("New", key=KEY)
    bridge = intermediate(old, "New", key=KEY)
    mid = intermediate(new)
    return leaf(mid, HOST), [mid, new, bridge], [old]


def namesakes(*, identifiers: bool) -> Made:
    """Return two intermediates of one name and two keys, the wrong one first."""
    wrong, right = (
        intermediate(TOP, "Twin", key=key, key_identifiers=True) for key in (KEY, OTHER_KEY)
    )
    return leaf(right, HOST, key_identifiers=identifiers), [wrong, right], [TOP]


def renewed(*, fresh: bool) -> Made:
    """Return an expired intermediate, with or without its renewed twin."""
    old = intermediate(TOP, key=KEY, not_after=NOW - DAY)
    new = intermediate(TOP, key=KEY)
    return leaf(old, HOST), [old, new] if fresh else [old], [TOP]


def looped() -> Made:
    """Return two CAs that signed each other and nobody else did."""
    a, b = root("A", key=KEY), root("B", key=OTHER_KEY)
    a_by_b, b_by_a = intermediate(b, "A", key=KEY), intermediate(a, "B", key=OTHER_KEY)
    return leaf(a_by_b, HOST), [a_by_b, b_by_a], [TOP]


def forged() -> Made:
    """Return a leaf that names issuer and key of the intermediate, signed with another key."""
    liar = Issued(MID.certificate, OTHER_KEY)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(MID.key.public_key())
    return leaf(liar, HOST, key_identifiers=False, extra=[(identifier, False)]), [MID], [TOP]


def misnamed() -> Made:
    """Return a leaf that the right key signed under another issuer's name."""
    alias = root("Another name", key=MID.key)
    return leaf(alias, HOST), [MID], [TOP]


def by_leaf(**options: Any) -> Made:
    """Return a leaf below a certificate that is no CA in one way or other."""
    bad = issue(TOP, "No CA", key=KEY, **{"not_after": NOW + 700 * DAY, **options})
    return below(bad)


def usage(*, sign: bool, crl: bool = True) -> tuple[x509.ExtensionType, bool]:
    """Return the key usage of a CA, with keyCertSign or without."""
    return x509.KeyUsage(not sign, False, False, False, False, sign, crl, False, False), True


def bare_ca(*extra: tuple[x509.ExtensionType, bool], constraints_critical: bool = True) -> Issued:
    """Return an intermediate with these extensions and basicConstraints only."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(distinguished("Bare", None))
        .issuer_name(TOP.certificate.subject)
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(MID.certificate.not_valid_before_utc)
        .not_valid_after(MID.certificate.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(True, None), constraints_critical)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(KEY.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(TOP.key.public_key()), False
        )
    )
    for value, critical in extra:
        builder = builder.add_extension(value, critical)
    return Issued(builder.sign(TOP.key, SHA256()), KEY)


def lengths(*limits: int | None, top: Issued = TOP) -> Made:
    """Return a leaf below intermediates with these path lengths, the highest first."""
    chain: list[Issued] = []
    for number, limit in enumerate(limits):
        above = chain[0] if chain else top
        chain.insert(0, intermediate(above, f"Length {number}", path_length=limit))
    return below(*chain, roots=(top,))


def rolled_over() -> Made:
    """Return a CA of path length 0 that certified its own next key, which issued the leaf."""
    first = intermediate(TOP, "Rolling", key=KEY, path_length=0)
    second = intermediate(first, "Rolling", key=OTHER_KEY, path_length=0)
    return below(second, first)


def with_usages(*usages: x509.ObjectIdentifier, above: bool = False) -> Made:
    """Return a leaf below an intermediate with that extended key usage, or a CA below it."""
    mid = intermediate(TOP, usages=usages)
    return below(intermediate(mid, "Lower"), mid) if above else below(mid)


def two_ways(**options: Any) -> Made:
    """Return an intermediate that clients refuse, beside one of the same key that they take."""
    bad, good = intermediate(TOP, key=KEY, **options), intermediate(TOP, key=KEY)
    return leaf(good, HOST), [bad, good], [TOP]


_STRICT = "it refuses any critical extension that its profile does not name"
_NO_DEPTH = "its limit is a hundred"
_PROFILE = "it holds CA certificates to the Baseline Requirements' profile"
_NAMES = "it does not read names of this kind, and refuses what it cannot read"
_LAX = "it compares the end of the text, whatever the name is or stands for"
_ONE_PATH = "it builds one path and does not go back"

BUILDING = [
    PathCase("right below the root", below, True),
    PathCase("one intermediate", lambda: below(MID), True),
    PathCase("three intermediates", lambda: ladder(3), True),
    PathCase("seven intermediates", lambda: ladder(7), True),
    PathCase("nine intermediates", lambda: ladder(9), None, openssl=_NO_DEPTH),
    PathCase("from the root down", shuffled, True),
    PathCase("the same intermediate twice", lambda: below(MID, MID), True),
    PathCase("strangers served too", lambda: below(MID, root("Stranger"), leaf(TOP, "x.test")), True),
    PathCase("no intermediate", lambda: (leaf(MID, HOST), [], [TOP]), None),
    PathCase("the middle is missing", lambda: (ladder(3)[0], [], [TOP]), None),
    PathCase("another root", lambda: below(MID, roots=(root("Else"),)), None),
    PathCase("another root, with its own", lambda: below(MID, TOP, roots=(root("Else"),)), False),
    PathCase("the first cross-signer is trusted", lambda: cross_signed(trusted=0), True),
    PathCase("the second cross-signer is trusted", lambda: cross_signed(trusted=1), True, openssl=_ONE_PATH),
    PathCase("a new root under an old one", new_root_under_old, True, openssl=_ONE_PATH),
    PathCase("one name and two keys", lambda: namesakes(identifiers=True), True),
    PathCase(
        "one name, two keys, no key identifiers", lambda: namesakes(identifiers=False), True,
        library="its profile wants an authority key identifier in a leaf",
        openssl="it takes the first issuer whose name and dates fit, and does not go back",
    ),
    PathCase("expired and renewed", lambda: renewed(fresh=True), True),
    PathCase("expired intermediate", lambda: renewed(fresh=False), False),
    PathCase("intermediate of tomorrow", lambda: below(intermediate(TOP, not_before=NOW + DAY)), False),
    PathCase(
        "expired root", lambda: below(roots=(root(not_after=NOW - DAY),)), False,
    ),
    PathCase("expired leaf", lambda: below(MID, not_after=NOW - DAY), False),
    PathCase("leaf of tomorrow", lambda: below(MID, not_before=NOW + DAY), False),
    PathCase("self-signed", lambda: (leaf(None, HOST), [], [TOP]), False),
    PathCase("a loop", looped, None),
    PathCase("forged with the right identifier", forged, False),
    PathCase("the right key under another name", misnamed, None),
]  # fmt: skip

BASICS = [
    PathCase("issuer is no CA", by_leaf, None),
    PathCase("issuer without basicConstraints", lambda: by_leaf(basic_constraints=False), None),
    PathCase("no CA, yet with keyCertSign", lambda: below(_sham_ca()), None),
    PathCase("issuer without keyCertSign", lambda: below(bare_ca(usage(sign=False))), None),
    PathCase("issuer with keyCertSign", lambda: below(bare_ca(usage(sign=True))), True),
    PathCase("issuer without key usage", lambda: below(bare_ca()), True, library=_PROFILE),
    PathCase(
        "basicConstraints that are not critical",
        lambda: below(bare_ca(usage(sign=True), constraints_critical=False)), True, library=_PROFILE,
    ),
    PathCase("length 0, none below", lambda: lengths(0), True),
    PathCase("length 0, one below", lambda: lengths(0, None), False),
    PathCase("length 1, one below", lambda: lengths(1, 0), True),
    PathCase("length 1, two below", lambda: lengths(1, None, None), False),
    PathCase("length 0 further down", lambda: lengths(None, 0, None), False),
    PathCase("length 0 of the root", lambda: lengths(None, top=root(path_length=0)), False),
    PathCase("length 1 of the root", lambda: lengths(None, top=root(path_length=1)), True),
    PathCase("a new key of its own does not count", rolled_over, True, library="it counts self-issued certificates as well"),
    PathCase(
        "CA as leaf", lambda: (issue(MID, HOST, names=[HOST], ca=True, usages=[SERVER]), [MID], [TOP]),
        False,
    ),
]  # fmt: skip


def _sham_ca() -> Issued:
    return issue(TOP, "Sham", key=KEY, basic_constraints=False, ca=True, not_after=NOW + 700 * DAY)


DNS = [
    PathCase("permitted", constrained(permitted=["example.com"]), True),
    PathCase("permitted, itself", constrained("example.com", permitted=["example.com"]), True, host="example.com"),
    PathCase("permitted, other case", constrained(permitted=["EXAMPLE.com"]), True),
    PathCase("outside", constrained(permitted=["example.net"]), False),
    PathCase("a suffix that is no label", constrained("badexample.com", permitted=["example.com"]), False, host="badexample.com"),
    PathCase("one of two outside", constrained(HOST, "www.example.net", permitted=["example.com"]), False),
    PathCase("two permitted", constrained(HOST, "www.example.net", permitted=["example.com", "example.net"]), True),
    PathCase("excluded", constrained(excluded=["example.com"]), False),
    PathCase("excluded elsewhere", constrained(excluded=["example.net"]), True),
    PathCase("excluded wins", constrained(permitted=["example.com"], excluded=[HOST]), False),
    PathCase("a sibling is excluded", constrained(permitted=["example.com"], excluded=["mail.example.com"]), True),
    PathCase("everything is excluded", constrained(excluded=[""]), False),
    PathCase("wildcard in permitted", constrained("*.example.com", permitted=["example.com"]), True),
    PathCase("wildcard below permitted", constrained("*.a.example.com", permitted=["example.com"]), True, host="x.a.example.com"),
    PathCase("wildcard around permitted", constrained("*.example.com", permitted=[HOST]), False),
    PathCase("wildcard that touches excluded", constrained("*.example.com", excluded=["secret.example.com"]), False, openssl=_LAX),
    PathCase("wildcard that touches permitted and excluded",
             constrained("*.example.com", permitted=["example.com"], excluded=["secret.example.com"]), False, openssl=_LAX),
    PathCase("wildcard above excluded by two", constrained("*.example.com", excluded=["a.secret.example.com"]), True),
    PathCase("wildcard beside excluded", constrained("*.example.com", excluded=["secret.example.net"]), True),
    PathCase("wildcard in excluded", constrained("*.example.com", excluded=["example.com"]), False),
    PathCase("wildcard, its base excluded below", constrained("*.a.example.com", excluded=["a.example.com"]), False, host="x.a.example.com"),
    PathCase("leading dot", constrained(permitted=[".example.com"]), True, library="it takes no subtree with a leading dot"),
    PathCase("leading dot, itself", constrained("example.com", permitted=[".example.com"]), False, host="example.com"),
    PathCase("not critical", lambda: below(bare_ca(usage(sign=True), (x509.NameConstraints([x509.DNSName("example.net")], None), False))), False),
    PathCase("of the root", lambda: below(roots=(root(permitted=[x509.DNSName("example.net")]),)), False),
    PathCase("of the upper of two", lambda: _nested(["example.net"], ["example.com"]), False),
    PathCase("of the lower of two", lambda: _nested(["example.com"], ["www.example.net"]), False),
    PathCase("of both", lambda: _nested(["example.com"], ["www.example.com"]), True),
    PathCase("the other path is wide", lambda: two_ways(permitted=[x509.DNSName("example.net")]), True, openssl=_ONE_PATH),
    PathCase("a name that cannot be read", constrained(HOST, x509.DNSName("a.*.example.com"), permitted=["example.com"]), False, openssl=_LAX),
    PathCase("a name that cannot be read, excluded", constrained(HOST, x509.DNSName("a.*.example.com"), excluded=["example.net"]), False, openssl=_LAX),
    PathCase("a name with an escape", constrained(HOST, x509.DNSName("\\101.example.com"), permitted=["example.com"]), False, openssl=_LAX),
]  # fmt: skip


def _nested(upper: Sequence[str], lower: Sequence[str]) -> Made:
    high = intermediate(TOP, "High", permitted=[x509.DNSName(name) for name in upper])
    low = intermediate(high, "Low", permitted=[x509.DNSName(name) for name in lower])
    return below(low, high)


_REGISTERED = x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))
MAIL = x509.RFC822Name("me@example.com")
URI = x509.UniformResourceIdentifier("https://www.example.com/x")
OTHERS = [
    PathCase("address permitted", constrained("192.0.2.1", permitted=[network("192.0.2.0/24")]), True, host="192.0.2.1"),
    PathCase("address outside", constrained("198.51.100.1", permitted=[network("192.0.2.0/24")]), False, host="198.51.100.1"),
    PathCase("address excluded", constrained("192.0.2.1", excluded=[network("192.0.2.0/25")]), False, host="192.0.2.1"),
    PathCase("address beside excluded", constrained("192.0.2.200", excluded=[network("192.0.2.0/25")]), True, host="192.0.2.200"),
    PathCase("address of the other family", constrained("2001:db8::1", permitted=[network("192.0.2.0/24")]), False, host="2001:db8::1"),
    PathCase("address of the other family, excluded", constrained("2001:db8::1", excluded=[network("192.0.2.0/24")]), True, host="2001:db8::1"),
    PathCase("names are not addresses", constrained(permitted=[network("192.0.2.0/24")]), True),
    PathCase("mail permitted", constrained(HOST, MAIL, permitted=[x509.RFC822Name("example.com")]), True),
    PathCase("mail of a subdomain", constrained(HOST, MAIL, permitted=[x509.RFC822Name(".example.com")]), False),
    PathCase("mailbox permitted", constrained(HOST, MAIL, permitted=[x509.RFC822Name("me@example.com")]), True),
    PathCase("mailbox of somebody else", constrained(HOST, MAIL, permitted=[x509.RFC822Name("you@example.com")]), False),
    PathCase("mail excluded", constrained(HOST, MAIL, excluded=[x509.RFC822Name("example.com")]), False),
    PathCase("URI permitted", constrained(HOST, URI, permitted=[x509.UniformResourceIdentifier("www.example.com")]), True, library=_NAMES),
    PathCase("URI of a subdomain", constrained(HOST, URI, permitted=[x509.UniformResourceIdentifier(".example.com")]), True, library=_NAMES),
    PathCase("URI excluded", constrained(HOST, URI, excluded=[x509.UniformResourceIdentifier("www.example.com")]), False),
    PathCase("URI with an address", constrained(HOST, x509.UniformResourceIdentifier("https://192.0.2.1/"), excluded=[x509.UniformResourceIdentifier("x.test")]), False, openssl="it compares the address as if it were a host"),
    PathCase("subject permitted", constrained(permitted=[directory(None, "Shop")], organisation="Shop"), True, library=_NAMES),
    PathCase("subject outside", constrained(permitted=[directory(None, "Shop")], organisation="Else"), False),
    PathCase("subject excluded", constrained(excluded=[directory(None, "Shop")], organisation="Shop"), False),
    PathCase("directoryName excluded", constrained(HOST, directory("x", "Shop"), excluded=[directory(None, "Shop")]), False),
    PathCase("directoryName outside", constrained(HOST, directory("x", "Else"), permitted=[directory(None, "Shop")], organisation="Shop"), False),
    PathCase("a kind that is not evaluated, and no such name", constrained(excluded=[_REGISTERED]), True),
    PathCase("a kind that is not evaluated", constrained(HOST, _REGISTERED, excluded=[x509.RegisteredID(x509.ObjectIdentifier("1.2"))]), None),
]  # fmt: skip

PURPOSES = [
    PathCase("issuer for servers", lambda: with_usages(SERVER), True),
    PathCase("issuer for servers and clients", lambda: with_usages(CLIENT, SERVER), True),
    PathCase("issuer for clients", lambda: with_usages(CLIENT), False),
    PathCase("issuer for mail", lambda: with_usages(EMAIL), False),
    PathCase(
        "issuer for anything",
        lambda: with_usages(ANY),
        None,
        library="it follows RFC 5280 4.2.1.12, as OpenSSL does not",
    ),
    PathCase("the one above for clients", lambda: with_usages(CLIENT, above=True), False),
    PathCase("the one above for servers", lambda: with_usages(SERVER, above=True), True),
    PathCase("root for clients", lambda: below(roots=(root(usages=[CLIENT]),)), False),
    PathCase(
        "another issuer for servers", lambda: two_ways(usages=[CLIENT]), True, openssl=_ONE_PATH
    ),
    PathCase("leaf for clients", lambda: below(MID, usages=[CLIENT]), False),
    PathCase("leaf for servers and clients", lambda: below(MID, usages=[CLIENT, SERVER]), True),
    PathCase("leaf for mail", lambda: below(MID, usages=[EMAIL]), False),
    PathCase("leaf without purposes", lambda: below(MID, usages=()), True),
]


def _above_unknown() -> Made:
    high = intermediate(TOP, "High", extra=[(UNKNOWN, True)])
    return below(intermediate(high, "Low"), high)


CRITICAL = [
    PathCase("unknown in the leaf", lambda: below(MID, extra=[(UNKNOWN, True)]), False),
    PathCase("unknown in the issuer", lambda: below(intermediate(TOP, extra=[(UNKNOWN, True)])), False),
    PathCase("unknown in the root", lambda: below(roots=(root(extra=[(UNKNOWN, True)]),)), False),
    PathCase("unknown further up", _above_unknown, False),
    PathCase("unknown in one of two issuers", lambda: two_ways(extra=[(UNKNOWN, True)]), True, openssl=_ONE_PATH),
    PathCase("unknown, not critical", lambda: below(MID, extra=[(UNKNOWN, False)]), True),
    PathCase("unknown in the issuer, not critical", lambda: below(intermediate(TOP, extra=[(UNKNOWN, False)])), True),
    PathCase("critical key identifier", lambda: below(MID, key_identifiers=False, extra=[
        (x509.SubjectKeyIdentifier.from_public_key(KEY.public_key()), True), _AUTHORITY_KEY], key=KEY), False,
        library="it takes a key identifier that is critical"),
    PathCase("critical TLS feature", lambda: below(MID, extra=[(x509.TLSFeature([x509.TLSFeatureType.status_request]), True)]), False),
    PathCase("TLS feature", lambda: below(MID, extra=[(x509.TLSFeature([x509.TLSFeatureType.status_request]), False)]), True),
    PathCase("precertificate", lambda: below(MID, extra=[(POISON, True)]), False),
    PathCase("critical policies", lambda: below(MID, extra=[(POLICIES, True)]), True, library=_STRICT),
    PathCase("critical policies of the issuer", lambda: below(intermediate(TOP, extra=[(POLICIES, True)])), True, library=_STRICT),
    PathCase("a policy is demanded", lambda: below(intermediate(TOP, extra=[(x509.PolicyConstraints(0, None), True)])), None, openssl="it looks at policies only when asked to"),
]  # fmt: skip


CASES = [
    PathCase(
        f"{group}: {case.name}", case.make, case.accepted, case.host, case.library, case.openssl
    )
    for group, cases in (
        ("building", BUILDING),
        ("basics", BASICS),
        ("dns", DNS),
        ("other names", OTHERS),
        ("purposes", PURPOSES),
        ("critical", CRITICAL),
    )
    for case in cases
]
