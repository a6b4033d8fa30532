"""One rule: a commented header and one SELECT.

The header lines are ``-- key: value``; free comment lines between them explain. The SELECT yields
one row for each subject that the rule applies to::

    subject   text that names the subject, unique within the rule and stable over time
    tier      public, partner, internal or workload: picks the severity
    owner     who answers for it, or NULL
    holds     TRUE met, FALSE not met, NULL unknown
    missing   optional: the kind of evidence that would decide a NULL
    cause     optional: what rows have in common that one act would mend; they are one finding then
    others    evidence, shown as they are
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from trustpath.base.errors import RuleError
from trustpath.facts.links import relations_in
from trustpath.rules.sentence import Sentence, parse_sentence
from trustpath.rules.status import TIERS, Status

_KEYS = (
    "id",
    "title",
    "says",
    "decides",
    "subject",
    "severity",
    "gate",
    "inputs",
    "source",
    "csf",
    "nhi",
    "effective",
    "missing",
    "consent",
    "remediation",
)
_KEY = re.compile(rf"--\s*({'|'.join(_KEYS)}):\s*(.*)")
_ID = re.compile(r"[A-Z][A-Z0-9]*-[0-9]{3,}")
_REQUIRED = ("id", "title", "subject", "severity", "gate", "source", "remediation")
_LONG = ("says", "decides", "remediation")
"""Keys whose text may go on in lines that begin with two blanks."""
GATES = ("gate", "probe", "observe")
CONSENT = ("no", "yes")
RESERVED = ("subject", "tier", "owner", "holds", "missing", "cause")
MISSING_KINDS: Final[Mapping[str, str]] = {
    "zones": "hold the zone (zonefile, octodns, axfr)",
    "resolution": "connect a source of live answers (resolve)",
    "endpoints": "connect a source of endpoints",
    "certificates": "connect a source of certificates",
    "ct": "connect a source of certificate transparency",
    "ownership": "declare who owns it (ownership, owners)",
    "services": "declare the service (services)",
    "jobs": "declare the renewal job (jobs)",
    "accounts": "declare the CA's account (cas.accounts)",
    "revocation": "connect CRLs, or endpoints that staple OCSP",
    "history": "keep a store, so that time can tell",
    "policy": "state the policy (tiers)",
    "roots": "name the roots (trust_roots, private_roots)",
    "changes": "record the change (changes)",
    "complete": "claim which sources are all there is (complete)",
    "declaration": "declare it in the estate file",
}
"""The kinds of evidence that an unknown may lack, and what brings them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the catalogue; see the module for the contract of its SELECT.

    ``severity`` maps each tier to the status of a failure, None where the tier is not evaluated.
    ``gate`` is ``gate`` (decidable from proposed state), ``probe`` (needs a live look as well) or
    ``observe``. ``missing`` is the default kind of evidence that an unknown lacks; ``decides`` says
    in the rule's own words what would decide it. ``says`` is the sentence for what does not hold.
    ``consent``: whoever must agree to a change may accept it: the gate holds and does not deny.
    """

    id: str
    title: str
    says: Sentence
    decides: str
    subject: str
    severity: Mapping[str, Status | None]
    gate: str
    inputs: tuple[str, ...]
    source: str
    csf: tuple[str, ...]
    nhi: tuple[str, ...]
    effective: str
    missing: str
    consent: bool
    remediation: str
    rationale: str
    sql: str
    where: str

    @property
    def family(self) -> str:
        """Return the part of the id before the dash."""
        return self.id.partition("-")[0]

    @property
    def needs(self) -> frozenset[str]:
        """Return the relations that the SELECT reads (and its own table expressions)."""
        return relations_in(self.sql)


def parse_rule(text: str, where: str) -> Rule:
    """Read a rule file; raises RuleError naming file and line."""
    header: dict[str, str] = {}
    rationale: list[str] = []
    body_start = 0
    last: str | None = None
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not line.startswith("--"):
            body_start = number
            break
        found = _KEY.match(line)
        if found:
            key, value = found.groups()
            if key in header:
                raise RuleError(f"{key} is given twice", where=f"{where}:{number + 1}")
            header[key], last = value.strip(), key
        elif last in _LONG and line.startswith("--  "):
            header[last] += " " + line[2:].strip()
        else:
            rationale.append(line[2:].strip())
    for key in _REQUIRED:
        if not header.get(key):
            raise RuleError(
                f"header line '-- {key}:' is missing", where=where, hint="see docs/rules.md"
            )
    sql = "\n".join(lines[body_start:]).strip().rstrip(";")
    if not re.match(r"(?i)(select|with)\b", sql):
        raise RuleError("no SELECT follows the header", where=where)
    return Rule(
        id=_identifier(header["id"], where),
        title=header["title"],
        says=parse_sentence(header.get("says") or _plain(header["title"]), where),
        decides=header.get("decides", ""),
        subject=header["subject"],
        severity=_severity(header["severity"], where),
        gate=_one_of("gate", header["gate"], GATES, where),
        inputs=tuple(header.get("inputs", "").split()),
        source=header["source"],
        csf=_list(header.get("csf", "")),
        nhi=_list(header.get("nhi", "")),
        effective=header.get("effective", ""),
        missing=_one_of("missing", header.get("missing") or "declaration", MISSING_KINDS, where),
        consent=_one_of("consent", header.get("consent") or "no", CONSENT, where) == "yes",
        remediation=header["remediation"],
        rationale=" ".join(part for part in rationale if part),
        sql=sql,
        where=where,
    )


def _plain(title: str) -> str:
    """Return the sentence of a rule that has none of its own; brackets are its syntax."""
    return re.sub(r"[\[\]{}]", "", title) + ": {subject}"


def _identifier(value: str, where: str) -> str:
    if not _ID.fullmatch(value):
        raise RuleError(f"{value!r} is no rule id", where=where, hint="write FAMILY-001")
    return value


def _one_of(key: str, value: str, allowed: Collection[str], where: str) -> str:
    if value not in allowed:
        raise RuleError(
            f"{key} {value!r} is not known", where=where, hint="one of " + ", ".join(allowed)
        )
    return value


def _list(value: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in value.split(",") if item.strip())


def _severity(value: str, where: str) -> dict[str, Status | None]:
    severity: dict[str, Status | None] = {}
    for item in value.split():
        tier, equals, word = item.partition("=")
        if tier not in TIERS or not equals:
            raise RuleError(
                f"severity {item!r} is not understood", where=where, hint="public=high ..."
            )
        try:
            severity[tier] = None if word == "-" else Status.from_word(word)
        except ValueError:
            raise RuleError(f"severity {word!r} is not a status", where=where) from None
    if set(severity) != set(TIERS):
        raise RuleError(
            "severity must name every tier", where=where, hint="use tier=- to leave one out"
        )
    return severity
