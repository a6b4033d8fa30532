"""Authoritative DNS data: zones, RRsets and the typed content of their records."""

from __future__ import annotations

from typing import NamedTuple


class Zone(NamedTuple):
    """One zone as one source holds it.

    ``full`` is the earned closed world: every record of the zone is known, so a name without
    records does not exist. ``signed`` says whether a DNSKEY is published: False only where the
    source says that servers publish the zone as it stands there; None: cannot tell.
    ``negative_ttl`` is min(SOA TTL, SOA minimum), RFC 2308.
    """

    apex: str
    parent: str
    registered: str
    full: bool
    signed: bool | None
    serial: int | None
    negative_ttl: int | None


class Rrset(NamedTuple):
    """One RRset of ``size`` records. ``base`` and ``wildcard`` split ``*.x``.

    ``rname`` has the labels root first.
    """

    zone: str
    name: str
    type: str
    ttl: int | None
    size: int
    wildcard: bool
    base: str
    parent: str
    rname: str


class Rdata(NamedTuple):
    """One record of an RRset, in presentation format and with its general typed columns.

    ``target`` is the host name that the record leads to (CNAME, DNAME, ALIAS, NS, MX, SRV, PTR,
    SVCB, HTTPS); ``address_key`` is the sortable form of ``address`` (``base.addresses``).
    """

    zone: str
    name: str
    type: str
    rdata: str
    target: str | None
    address: str | None
    address_key: str | None
    priority: int | None
    port: int | None


class Occluded(NamedTuple):
    """One record that its zone holds and never answers with: it lies behind a cut or a DNAME.

    ``cut`` is the owner of the NS (``reason`` ``delegation``, RFC 1034 4.3.2 step 3b) or the DNAME
    (``dname``, RFC 6672 2.4) that hides it. ``glue`` marks addresses that an NS RRset of the zone
    names, which go along with a referral (RFC 9471); they alone have ``address`` and
    ``address_key``. ``validation`` is the scheme of ``ValidationName``; ``place`` is file and line
    where the source can tell.
    """

    zone: str
    name: str
    type: str
    rdata: str
    ttl: int | None
    cut: str
    reason: str
    glue: bool
    validation: str | None
    address: str | None
    address_key: str | None
    place: str | None


class Caa(NamedTuple):
    """One CAA property (RFC 8659, RFC 8657, RFC 9495).

    ``issuer`` is the issuer domain of issue, issuewild and issuemail; the empty string forbids.
    ``well_formed`` is the grammar of RFC 8659 4.2 plus "no parameter twice"; a malformed value
    grants nothing but is present. ``known`` says that CAs know the tag; ``critical`` is bit 128
    or, as Boulder reads it, bit 1. ``doubt`` is the reason why CAs in use read the property in
    another way than the RFCs: then it may grant or not, or, with another tag than issue and
    issuewild, forbid issuance or not; None where all agree.
    """

    zone: str
    name: str
    flags: int
    tag: str
    value: str
    issuer: str | None
    accounturi: str | None
    has_methods: bool
    well_formed: bool
    critical: bool
    known: bool
    doubt: str | None


class CaaMethod(NamedTuple):
    """One label of the ``validationmethods`` parameter of the CAA property with that value."""

    zone: str
    name: str
    value: str
    method: str


class Tlsa(NamedTuple):
    """One TLSA record (RFC 6698): ``_<port>._<protocol>.<host>``; ``data`` is lower-case hex."""

    zone: str
    name: str
    host: str
    port: int | None
    protocol: str | None
    usage: int
    selector: int
    matching: int
    data: str
    octets: int


class Dnskey(NamedTuple):
    """One DNSKEY or CDNSKEY; ``type`` says which. ``deletes`` marks ``0 3 0 AA==`` (RFC 8078)."""

    zone: str
    name: str
    type: str
    flags: int
    algorithm: int
    key_tag: int
    secure_entry_point: bool
    deletes: bool
    public_key: str


class DnskeyDigest(NamedTuple):
    """The DS digest that a DNSKEY would have, for each digest type in use (RFC 4034 5.1.4)."""

    zone: str
    name: str
    key_tag: int
    algorithm: int
    digest_type: int
    digest: str


class Ds(NamedTuple):
    """One DS or CDS record; ``type`` says which. ``deletes`` marks CDS ``0 0 0 00``."""

    zone: str
    name: str
    type: str
    key_tag: int
    algorithm: int
    digest_type: int
    digest: str
    deletes: bool


class Rrsig(NamedTuple):
    """One signature over the RRset (name, covered)."""

    zone: str
    name: str
    covered: str
    algorithm: int
    inception: int
    expiration: int
    key_tag: int
    signer: str


class Nsec3param(NamedTuple):
    """Denial settings of a zone (RFC 5155, RFC 9276)."""

    zone: str
    name: str
    algorithm: int
    iterations: int
    salt: str


class Svcb(NamedTuple):
    """One SVCB or HTTPS record (RFC 9460).

    ``host`` is the origin name without port and scheme labels; ``target`` has ``.`` resolved to
    the owner name in ServiceMode. ``public_name`` is the outer name of the ECH configuration.
    """

    zone: str
    name: str
    type: str
    host: str
    priority: int
    target: str
    port: int | None
    alpn: str | None
    ech: bool
    public_name: str | None


class SvcbHint(NamedTuple):
    """One address of ipv4hint or ipv6hint."""

    zone: str
    name: str
    type: str
    target: str
    address: str
    address_key: str


class Srv(NamedTuple):
    """One SRV record.

    ``service`` and ``protocol`` are the underscore labels, ``domain`` the rest.
    """

    zone: str
    name: str
    service: str | None
    protocol: str | None
    domain: str
    target: str
    port: int


class Persist(NamedTuple):
    """One persistent validation record, TXT at ``_validation-persist.<base>`` (BR 3.2.2.4.22).

    ``until`` is None when there is no persistUntil; ``until_valid`` is False when it is no
    integer. ``form`` is ``plain`` or ``hashed`` (draft-ietf-acme-dns-persist-02).
    """

    zone: str
    name: str
    base: str
    value: str
    issuer: str
    accounturi: str | None
    form: str | None
    until: int | None
    until_valid: bool
    wildcard: bool
    well_formed: bool


class ValidationName(NamedTuple):
    """An owner name whose record proves control of ``base`` to a CA (standards E.12).

    ``scheme`` is the pattern that matched: ``acme-dns``, ``acme-dns-account``, ``persist``,
    ``contact-email``, ``contact-phone``, ``acm``, ``sectigo``, ``digicert``, ``globalsign``,
    ``cloudflare``, ``fastly``, ``underscore``. ``one_time`` marks a value that is used up.
    """

    zone: str
    name: str
    type: str
    rdata: str
    base: str
    scheme: str
    one_time: bool


class TrustFunction(NamedTuple):
    """The trust-function flags of an RRset (standards E.12)."""

    zone: str
    name: str
    type: str
    issuance: bool
    locates: bool
    binds_key: bool
    policy: bool
    delegates: bool


class MailPolicyRecord(NamedTuple):
    """The TXT record of MTA-STS or TLSRPT; ``kind`` is ``mta-sts`` or ``tlsrpt``."""

    zone: str
    name: str
    domain: str
    kind: str
    policy_id: str | None
    well_formed: bool


class MailAuthentication(NamedTuple):
    """One TXT record by which receivers tell whose mail it is, or one that is meant as such.

    ``kind`` is ``spf`` (RFC 7208), ``dmarc`` (RFC 7489) or ``dkim`` (RFC 6376), ``domain`` the mail
    domain; a DMARC record elsewhere than at ``_dmarc``, to which aliases lead, has its owner there.
    ``versioned`` says that it begins as receivers want it, who pass over all others. ``fault`` is
    in words why they cannot use it or what it gives away, None where nothing is wrong. ``policy``
    is the qualifier of SPF's ``all``, DMARC's ``p``. ``sends`` says that SPF lets somebody send, or
    that the DKIM key is not revoked (an empty ``p``); None for DMARC and where it cannot be read.
    ``key_bits`` is the size of an RSA modulus, 256 for Ed25519.
    """

    zone: str
    name: str
    domain: str
    kind: str
    rdata: str
    versioned: bool
    fault: str | None
    policy: str | None
    sends: bool | None
    key_type: str | None
    key_bits: int | None
