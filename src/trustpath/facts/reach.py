"""How far a change reaches, as data: which facts judging needs once something is in scope.

A change is judged in a small world cut out of the estate: its *cone*. Every relation of facts says
here by which of its columns it is cut out, and which columns lead on. Keys have a kind (a name,
a wildcard by its base, a certificate, a job...) and a level:

- level 0, affected: statuses of it can change, so everything about it is needed;
- level 1, support: what is affected is judged by it (another name of the same certificate, the
  target of an alias), so what is said of it is needed, but not what depends on it;
- level 2, context: ancestors and wildcards beside the path, of which only DNS and owners count.

Relations that are not named here are whole in every cone: declarations of the estate, few in
number. The test that a narrow judgement equals a full one is what keeps this table honest.
"""

from __future__ import annotations

from dataclasses import dataclass

from trustpath.facts.ownership import KINDS as OWNERSHIP_KINDS

NAME, WILDCARD, ADDRESS, CERTIFICATE, JOB, SERVICE, SPKI, SERIAL, ISSUER = (
    "name",
    "wildcard",
    "address",
    "certificate",
    "job",
    "service",
    "spki",
    "serial",
    "issuer",
)
AFFECTED, SUPPORT, CONTEXT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Cut:
    """A relation is cut out by ``column`` for keys of ``kind`` up to ``level``.

    ``types``: only for names that own an RRset of one of these types; empty for all. ``only``: a
    further condition on the relation, as ``f``. ``few``: that many rows for each key are enough; 0
    for all of them.
    """

    relation: str
    column: str
    kind: str
    level: int
    types: tuple[str, ...] = ()
    only: str = ""
    few: int = 0


@dataclass(frozen=True, slots=True)
class Lead:
    """A row of ``relation``, cut out for a key of ``level`` or nearer, leads to another key.

    The key is in ``column``, of ``kind``, and gets the level ``to``.
    """

    relation: str
    column: str
    kind: str
    level: int
    to: int


def _by_name(level: int, column: str, *relations: str) -> tuple[Cut, ...]:
    return tuple(Cut(relation, column, NAME, level) for relation in relations)


def _typed(relation: str, *types: str) -> Cut:
    return Cut(relation, "name", NAME, CONTEXT, types)


CUTS: tuple[Cut, ...] = (
    *_by_name(CONTEXT, "name", "rdata", "trust_function", "answer", "answer_rdata", "answer_alias"),
    *_by_name(CONTEXT, "name", "validation_name", "rrsig", "rdata_copy", "answer_part"),
    *_by_name(CONTEXT, "name", "occluded"),
    *_by_name(CONTEXT, "owner", "answer_alias"),
    *_by_name(CONTEXT, "final", "answer"),
    *_by_name(CONTEXT, "base", "ownership", "service_name", "validation_name", "persist"),
    *_by_name(CONTEXT, "base", "service_alias"),
    *_by_name(CONTEXT, "apex", "zone", "zone_part", "zone_copy"),
    *_by_name(CONTEXT, "zone", "zone_access", "expected_signer", "rollover_step", "source_truth"),
    _typed("caa", "CAA"),
    _typed("caa_method", "CAA"),
    _typed("tlsa", "TLSA"),
    _typed("ds", "DS", "CDS"),
    _typed("dnskey", "DNSKEY", "CDNSKEY"),
    _typed("dnskey_digest", "DNSKEY"),
    _typed("nsec3param", "NSEC3PARAM"),
    _typed("svcb", "SVCB", "HTTPS"),
    _typed("svcb_hint", "SVCB", "HTTPS"),
    _typed("srv", "SRV"),
    _typed("persist", "TXT"),
    _typed("mail_policy_record", "TXT"),
    _typed("mail_authentication", "TXT"),
    *_by_name(SUPPORT, "name", "rrset_history", "rdata_history", "probe", "dynamic_record"),
    *_by_name(SUPPORT, "name", "deployment", "key_store", "service_name_history"),
    *_by_name(SUPPORT, "name", "service_name_part"),
    *_by_name(AFFECTED, "base", "certificate_name", "job_name", "ct_name"),
    *_by_name(SUPPORT, "server_name", "presentation", "presented_certificate", "presentation_part"),
    *_by_name(SUPPORT, "domain", "mail_policy", "mail_policy_host", "mail_policy_history"),
    *_by_name(SUPPORT, "domain", "mail_policy_record"),
    Cut("certificate_name", "base", WILDCARD, SUPPORT, only="f.wildcard"),
    Cut("presentation", "address_key", ADDRESS, SUPPORT),
    Cut("job_name", "base", WILDCARD, SUPPORT, only="f.wildcard"),
    Cut("certificate", "fingerprint", CERTIFICATE, SUPPORT),
    Cut("certificate_name", "certificate", CERTIFICATE, SUPPORT),
    Cut("certificate_timestamp", "certificate", CERTIFICATE, SUPPORT),
    Cut("certificate_path", "certificate", CERTIFICATE, SUPPORT),
    Cut("certificate_path", "issuer_certificate", ISSUER, SUPPORT, few=1),
    Cut("certificate_place", "certificate", CERTIFICATE, SUPPORT),
    Cut("certificate_history", "certificate", CERTIFICATE, SUPPORT),
    Cut("certificate_part", "fingerprint", CERTIFICATE, SUPPORT),
    Cut("presentation", "leaf", CERTIFICATE, SUPPORT),
    Cut("presented_certificate", "certificate", CERTIFICATE, SUPPORT),
    Cut("renewal_info", "certificate", CERTIFICATE, SUPPORT),
    Cut("deployment", "certificate", CERTIFICATE, SUPPORT),
    Cut("certificate", "spki", SPKI, SUPPORT),
    Cut("certificate_history", "spki", SPKI, SUPPORT),
    Cut("deployment", "spki", SPKI, SUPPORT),
    Cut("revocation", "serial", SERIAL, SUPPORT),
    Cut("job", "id", JOB, SUPPORT),
    Cut("job", "certificate", CERTIFICATE, SUPPORT),
    Cut("job_name", "job", JOB, SUPPORT),
    Cut("service", "id", SERVICE, SUPPORT),
    Cut("service_name", "service", SERVICE, AFFECTED),
    Cut("service_ca", "service", SERVICE, SUPPORT),
    Cut("service_alias", "service", SERVICE, SUPPORT),
    Cut("service_endpoint", "service", SERVICE, SUPPORT),
    Cut("service_network", "service", SERVICE, SUPPORT),
    Cut("service_port", "service", SERVICE, SUPPORT),
    Cut("retirement_step", "service", SERVICE, SUPPORT),
    Cut("consumer", "service", SERVICE, SUPPORT),
)
"""Beside these every name cuts out its RRsets, level by level, before anything else."""

LEADS: tuple[Lead, ...] = (
    Lead("rdata", "target", NAME, SUPPORT, SUPPORT),
    Lead("rdata", "target", NAME, CONTEXT, CONTEXT),
    Lead("rdata", "address_key", ADDRESS, SUPPORT, SUPPORT),
    Lead("tlsa", "data", CERTIFICATE, CONTEXT, SUPPORT),
    Lead("tlsa", "data", SPKI, CONTEXT, SUPPORT),
    Lead("answer_rdata", "address_key", ADDRESS, SUPPORT, SUPPORT),
    Lead("svcb", "public_name", NAME, SUPPORT, SUPPORT),
    Lead("answer", "final", NAME, SUPPORT, SUPPORT),
    Lead("answer_alias", "target", NAME, SUPPORT, SUPPORT),
    Lead("answer_rdata", "target", NAME, SUPPORT, SUPPORT),
    Lead("certificate_name", "certificate", CERTIFICATE, AFFECTED, AFFECTED),
    Lead("certificate_name", "certificate", CERTIFICATE, SUPPORT, SUPPORT),
    Lead("certificate_name", "base", NAME, AFFECTED, SUPPORT),
    Lead("certificate_path", "certificate", CERTIFICATE, SUPPORT, SUPPORT),
    Lead("certificate_path", "issuer_certificate", CERTIFICATE, SUPPORT, SUPPORT),
    Lead("certificate_path", "root", CERTIFICATE, SUPPORT, SUPPORT),
    Lead("certificate", "fingerprint", CERTIFICATE, SUPPORT, SUPPORT),
    Lead("certificate", "fingerprint", ISSUER, SUPPORT, SUPPORT),
    Lead("certificate", "spki", SPKI, AFFECTED, SUPPORT),
    Lead("certificate", "serial", SERIAL, SUPPORT, SUPPORT),
    Lead("presentation", "leaf", CERTIFICATE, AFFECTED, AFFECTED),
    Lead("presentation", "leaf", CERTIFICATE, SUPPORT, SUPPORT),
    Lead("presented_certificate", "certificate", CERTIFICATE, SUPPORT, SUPPORT),
    Lead("presentation", "server_name", NAME, AFFECTED, SUPPORT),
    Lead("job_name", "job", JOB, AFFECTED, AFFECTED),
    Lead("job_name", "job", JOB, SUPPORT, SUPPORT),
    Lead("job_name", "base", NAME, AFFECTED, SUPPORT),
    Lead("job", "certificate", CERTIFICATE, SUPPORT, SUPPORT),
    Lead("job", "service", SERVICE, SUPPORT, SUPPORT),
    Lead("service_name", "service", SERVICE, AFFECTED, AFFECTED),
    Lead("service_name", "service", SERVICE, CONTEXT, SUPPORT),
    Lead("service_name", "base", NAME, AFFECTED, CONTEXT),
    Lead("mail_policy_host", "pattern", NAME, SUPPORT, SUPPORT),
)


@dataclass(frozen=True, slots=True)
class Witness:
    """Rows that stand for all others where judging asks only whether there are any.

    A few rows of ``relation``, as ``f``, that meet ``only`` come into every cone; with ``zone`` for
    each zone in reach, whose apex is ``?``; with ``by`` for each value of a column.
    """

    relation: str
    only: str
    zone: bool
    by: str = ""


WITNESSES: tuple[Witness, ...] = (
    Witness("ownership", "f.kind IN ('zone', 'record')", zone=False),
    Witness("ownership", "f.kind NOT IN ('zone', 'record')", zone=False),
    # What is said of everything (`*`) hangs on the root, which no name leads to.
    *(
        Witness("ownership", f"f.base = '' AND f.kind = '{kind}'", zone=False, by="owner")
        for kind in OWNERSHIP_KINDS
    ),
    Witness("service", "f.owner IS NOT NULL", zone=False),
    Witness("answer", "f.authenticated AND f.kind = 'recursive'", zone=False, by="vantage"),
    Witness("rrset", "f.zone = ? AND f.type IN ('CAA', 'TLSA', 'SSHFP')", zone=True),
    Witness("persist", "f.zone = ?", zone=True),
)
"""The strictest service of each zone in reach is another one, which the store finds by itself."""
