"""The links of a trust path: by which SELECT each kind is found, and how they are followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trustpath.facts.part import Grade
from trustpath.rules.judge import Engine
from trustpath.rules.value import Value


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a path.

    ``kind`` is one of ``show_places.KINDS``. ``grade`` and
    ``observed_at`` belong to the evidence; both are None for what follows from other links.
    """

    kind: str
    text: str
    details: Mapping[str, Value]
    source: str | None
    grade: Grade | None
    observed_at: int | None


@dataclass(frozen=True, slots=True)
class _Step:
    kind: str
    text: str
    sql: str


HOPS = 16
"""How many aliases are followed, as resolvers do."""

_FLAGS = frozenset(
    {"whole", "signed", "live", "well_formed", "covered", "complete"}
    | {"publicly_trusted", "privately_trusted", "in_parent", "in_child", "answers", "present"}
    | {
        "accepted",
        "denied",
        "active",
        "inventoried",
        "stored",
        "served",
        "revoked",
        "outside",
        "authenticated",
        "matches",
        "synthesised",
        "caa_known",
    }
)
"""Columns that are truth values, which SQLite gives as numbers."""

# Each SELECT takes the name once and gives source, grade, observed_at first, then what the text
# and the details are made of.
_PROVENANCE = "p.source, p.grade, p.observed_at"
_MAIL_HOSTS = "FROM node AS n JOIN rdata AS d ON d.name = n.source AND d.type = 'MX'"
_STEPS = (
    _Step(
        "zone",
        "zone {apex}",
        f"SELECT {_PROVENANCE}, z.apex, z.whole, z.signed, z.serial, z.owner, n.cut, "
        "v.known AS caa_known FROM node AS n "
        "JOIN scope_zone AS z ON z.apex = n.apex LEFT JOIN zone_part AS p ON p.apex = z.apex "
        "LEFT JOIN caa_relevant AS v ON v.name = n.name "
        "WHERE n.name = ?",
    ),
    _Step(
        "delegation",
        "{server}",
        "SELECT NULL, NULL, NULL, s.child, s.server, s.in_parent, s.in_child, s.answers "
        "FROM node AS n JOIN delegation_state AS s ON s.child = COALESCE(n.cut, n.apex) "
        "WHERE n.name = ? ORDER BY s.server",
    ),
    _Step(
        "records",
        "{name} {ttl} {type} {rdata}",
        f"SELECT {_PROVENANCE}, d.name, r.ttl, d.type, d.rdata, n.synthesised FROM node AS n "
        "JOIN rdata AS d ON d.name = n.source "
        "LEFT JOIN rrset AS r ON r.name = d.name AND r.type = d.type "
        "LEFT JOIN zone_part AS p ON p.apex = d.zone WHERE n.name = ? ORDER BY d.type, d.rdata",
    ),
    _Step(
        "answer",
        "{vantage} answers {type}: {outcome}",
        f"SELECT {_PROVENANCE}, a.vantage, a.type, a.outcome, a.final, a.authenticated, a.ede, "
        "a.ede_text, z.name IS NOT NULL AS denied FROM answer AS a "
        "LEFT JOIN (SELECT DISTINCT q.vantage, q.name, q.type FROM answer AS q "
        "JOIN node AS n ON n.name = q.name AND n.held "
        "JOIN rrset AS r ON r.zone = n.apex AND r.name = n.source WHERE q.final = q.name "
        "AND (q.outcome = 'nxdomain' OR q.outcome = 'nodata' AND r.type = q.type)) AS z "
        "ON z.vantage = a.vantage AND z.name = a.name AND z.type = a.type "
        "LEFT JOIN answer_part AS p ON p.name = a.name "
        "AND p.type = a.type WHERE a.name = ? ORDER BY a.vantage, a.type",
    ),
    _Step(
        "alias",
        "{name} leads to {target}",
        "SELECT NULL, NULL, NULL, a.name, a.target, a.kind, n.present, n.apex IS NULL OR "
        "n.cut IS NOT NULL AS outside, o.provider, o.accepted FROM alias AS a "
        "LEFT JOIN node AS n ON n.name = a.target "
        "LEFT JOIN outside_party AS o ON o.name = a.target WHERE a.name = ?",
    ),
    _Step(
        "address",
        "address {address}",
        "SELECT NULL, NULL, NULL, a.address, a.live FROM name_address AS a WHERE a.name = ? "
        "ORDER BY a.address_key",
    ),
    _Step(
        "caa",
        "CAA at {owner}: {flags} {tag} {value}",
        f"SELECT {_PROVENANCE}, c.name AS owner, c.flags, c.tag, c.value, c.well_formed "
        "FROM caa_relevant AS v JOIN caa AS c ON c.name = v.owner "
        "LEFT JOIN zone_part AS p ON p.apex = c.zone WHERE v.name = ? ORDER BY c.tag, c.value",
    ),
    _Step(
        "presentation",
        "{address}:{port} {outcome}",
        f"SELECT {_PROVENANCE}, b.address, b.port, b.protocol, "
        "COALESCE(b.outcome, 'nobody looked') AS outcome, b.reason, b.leaf, b.covered, b.complete, "
        "b.publicly_trusted, b.ocsp FROM binding AS b LEFT JOIN presentation_part AS p "
        "ON p.address = b.address AND p.port = b.port AND p.server_name = b.name "
        "WHERE b.name = ? ORDER BY b.address_key, b.port",
    ),
    _Step(
        "certificate",
        "{label} by {issuer}",
        f"SELECT {_PROVENANCE}, s.label, c.issuer, s.certificate, s.not_before, s.not_after, "
        "s.live, s.revoked, s.publicly_trusted, s.ca, s.owner, s.stored, s.served "
        "FROM (SELECT DISTINCT certificate, name FROM name_coverage) AS v "
        "JOIN certificate_state AS s ON s.certificate = v.certificate "
        "JOIN certificate AS c ON c.fingerprint = s.certificate "
        "LEFT JOIN certificate_part AS p ON p.fingerprint = s.certificate "
        "WHERE v.name = ? ORDER BY s.not_after DESC, s.certificate",
    ),
    _Step(
        "issuer",
        "{issuer}",
        "SELECT NULL, NULL, NULL, v.certificate, c.issuer, q.publicly_trusted, "
        "q.privately_trusted, q.fault "
        "FROM (SELECT DISTINCT certificate, name FROM name_coverage) AS v "
        "JOIN certificate AS c ON c.fingerprint = v.certificate "
        "JOIN certificate_path AS q ON q.certificate = v.certificate WHERE v.name = ?",
    ),
    _Step(
        "log",
        "{serial} of {issuer_organisation}",
        "SELECT NULL, NULL, NULL, c.name, c.serial, c.issuer_organisation, c.not_after, "
        "c.inventoried FROM scope_ct_name AS c WHERE c.name = ? ORDER BY c.serial",
    ),
    _Step(
        "tlsa",
        "TLSA {usage} {selector} {matching} at port {port}",
        f"SELECT {_PROVENANCE}, t.usage, t.selector, t.matching, t.port, t.address, t.matches "
        "FROM tlsa_match AS t LEFT JOIN zone_part AS p ON p.apex = t.zone WHERE t.host = ? "
        "ORDER BY t.port, t.usage, t.data",
    ),
    _Step(
        "mail",
        "{host}",
        f"SELECT {_PROVENANCE}, d.target AS host, d.priority, r.final_present AS present "
        "FROM node AS n JOIN rdata AS d ON d.name = n.source AND d.type = 'MX' "
        "LEFT JOIN resolution AS r ON r.name = d.target "
        "LEFT JOIN zone_part AS p ON p.apex = d.zone "
        "WHERE n.name = ? ORDER BY d.priority, d.target",
    ),
    _Step(
        "mail-address",
        "address {address} of {host}",
        f"SELECT NULL, NULL, NULL, d.target AS host, a.address, a.live {_MAIL_HOSTS} "
        "JOIN name_address AS a ON a.name = d.target WHERE n.name = ? "
        "ORDER BY d.target, a.address_key",
    ),
    _Step(
        "mail-presentation",
        "{address}:{port} {outcome}",
        f"SELECT {_PROVENANCE}, d.target AS host, b.address, b.port, b.protocol, "
        "COALESCE(b.outcome, 'nobody looked') AS outcome, b.reason, b.leaf, b.covered "
        f"{_MAIL_HOSTS} JOIN binding AS b ON b.name = d.target LEFT JOIN presentation_part AS p "
        "ON p.address = b.address AND p.port = b.port AND p.server_name = b.name "
        "WHERE n.name = ? ORDER BY d.target, b.address_key, b.port",
    ),
    _Step(
        "job",
        "{job}",
        "SELECT NULL, NULL, NULL, j.job, s.ca, s.method, s.active, s.account "
        "FROM job_name AS j JOIN job AS s ON s.id = j.job WHERE j.name = ? ORDER BY j.job",
    ),
    _Step(
        "issuance",
        "{method} through {type} at {control}",
        "SELECT NULL, NULL, NULL, i.method, i.type, i.control, i.outside "
        "FROM issuance_surface AS i WHERE i.name = ? ORDER BY i.method, i.control",
    ),
    _Step(
        "owner",
        "{owner} answers for the {half}",
        "SELECT NULL, NULL, NULL, h.owner, h.half, MIN(c.contact) AS contact FROM ("
        "SELECT name, owner, 'name' AS half FROM name_owner "
        "UNION ALL SELECT name, record_owner, 'records' FROM name_owner) AS h "
        "LEFT JOIN owner_contact AS c ON c.owner = h.owner "
        "WHERE h.name = ? AND h.owner IS NOT NULL GROUP BY h.owner, h.half ORDER BY h.half",
    ),
)


def links_of(name: str, engine: Engine) -> tuple[Link, ...]:
    """Return every link of the path of a name, in the order of the path."""
    return tuple(link for step in _STEPS for link in _followed(step, name, engine))


def _followed(step: _Step, name: str, engine: Engine) -> Iterator[Link]:
    """Yield the links of one step; the aliases hop by hop, each once, also where they loop."""
    seen: set[str] = set()
    ahead = [name]
    while ahead and len(seen) <= HOPS:
        here = ahead.pop()
        if here in seen:
            continue
        seen.add(here)
        for link in _links(step, here, engine):
            yield link
            if step.kind == "alias":
                ahead.append(str(link.details["target"]))


def _links(step: _Step, name: str, engine: Engine) -> Iterator[Link]:
    columns = _columns(step.sql)
    seen: set[tuple[Value, ...]] = set()
    # Whatever the step does not order itself is ordered by all columns, the same on every engine.
    glue = ", " if " ORDER BY " in step.sql else " ORDER BY "
    order = glue + ", ".join(str(place) for place in range(1, len(columns) + 4))
    for row in engine.query(step.sql + order, (name,)):
        source, grade, observed_at, *values = row
        if tuple(values) in seen:
            continue
        seen.add(tuple(values))
        details = {
            column: bool(value) if column in _FLAGS and value is not None else value
            for column, value in zip(columns, values, strict=True)
        }
        yield Link(
            kind=step.kind,
            text=step.text.format_map({k: "-" if v is None else v for k, v in details.items()}),
            details=details,
            source=None if source is None else str(source),
            grade=None if grade is None else Grade(int(grade)),
            observed_at=None if observed_at is None else int(observed_at),
        )


def _columns(sql: str) -> list[str]:
    listed = sql.partition(" FROM ")[0].removeprefix("SELECT ")
    depth, pieces, piece = 0, [], ""
    for character in listed + ",":
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            pieces.append(piece.strip())
            piece = ""
        else:
            piece += character
    return [piece.split()[-1].rpartition(".")[2] for piece in pieces[3:]]
