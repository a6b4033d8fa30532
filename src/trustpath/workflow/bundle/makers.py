"""What the CHANGE steps of bundles make of the records that are there now.

Each maker works from the records as the primary holds them at that moment, so that it adds only
what lacks and takes away only what is to go: done twice, it does nothing the second time.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Final

from trustpath.base.errors import InputError
from trustpath.facts.bundle import Bundle, Step
from trustpath.facts.edits import RecordSet
from trustpath.facts.proposal import Action, Operation
from trustpath.facts.records import canonical_rdata
from trustpath.facts.records.issuing import caa_facts
from trustpath.facts.relations.dns import Caa
from trustpath.workflow.bundle.records import Made, Records, narrow, result, widen, zoneless

TTL: Final = 300
"""Of an RRset that did not exist: short, since what a bundle makes is meant to be followed soon."""


def _tlsa(spki: str) -> str:
    """Return a record that binds a key: DANE-EE, SPKI, SHA-256 (RFC 7671 5.1)."""
    return canonical_rdata("TLSA", f"3 1 1 {spki}", "")


def _announce(bundle: Bundle, step: Step, records: Records) -> list[Operation]:
    text = _tlsa(result(bundle, step.what["key"])["spki"])
    return [
        operation
        for name in step.what["names"]
        for operation in widen(name, "TLSA", [text], TTL, records)
    ]


def _withdraw(bundle: Bundle, step: Step, records: Records) -> list[Operation]:
    """Take away what binds another end-entity key; records of other usages stay."""
    text = _tlsa(result(bundle, step.what["key"])["spki"])
    made: list[Operation] = []
    for name in step.what["names"]:
        held = records.held(name, "TLSA")
        if held is None or text not in held.rdatas:
            raise InputError(
                "the key in use is not announced; nothing is withdrawn",
                where=name,
                hint=f"add TLSA {text}",
            )
        made += narrow(name, "TLSA", lambda t: t == text or t.split()[0] not in "13", records)
    return made


def _permit(_bundle: Bundle, step: Step, records: Records) -> list[Operation]:
    made: list[Operation] = []
    for owner, texts in step.what["records"].items():
        wanted = [canonical_rdata("CAA", text, "") for text in texts]
        made += widen(owner, "CAA", wanted, TTL, records)
    return made


def _forbid(_bundle: Bundle, step: Step, records: Records) -> list[Operation]:
    """Take away what lets the former CA in; what is not about issuing stays."""
    drop = frozenset(step.what["drop"])

    def keep(text: str) -> bool:
        rows = [row for row in caa_facts("", "", text) if isinstance(row, Caa)]
        return not any(row.issuer in drop for row in rows)

    return [
        operation
        for owner in step.what["names"]
        for operation in narrow(owner, "CAA", keep, records)
    ]


def _let_account_in(bundle: Bundle, step: Step, records: Records) -> list[Operation]:
    """Add to each record that names the former account its twin for the new one."""
    former, new = step.what["former"], result(bundle, step.what["account"])["uri"]
    made: list[Operation] = []
    for owner in step.what["names"]:
        held = records.held(owner, "CAA")
        named = [text for text in held.rdatas if former in text] if held else []
        if not named:
            raise InputError("no CAA record names the former account", where=owner, hint=former)
        made += widen(owner, "CAA", [t.replace(former, new) for t in named], TTL, records)
    return made


def _shut_account_out(_bundle: Bundle, step: Step, records: Records) -> list[Operation]:
    former = step.what["former"]
    return [
        operation
        for owner in step.what["names"]
        for operation in narrow(owner, "CAA", lambda text: former not in text, records)
    ]


def _point(_bundle: Bundle, step: Step, records: Records) -> list[Operation]:
    """Bring the addresses of a name to exactly those given, of both families."""
    name = step.what["name"]
    wanted: dict[str, list[str]] = {"A": [], "AAAA": []}
    for address in step.what["addresses"]:
        version = ipaddress.ip_address(address).version
        wanted["A" if version == 4 else "AAAA"].append(address)
    made = []
    for rdtype, addresses in wanted.items():
        held = records.held(name, rdtype)
        texts = tuple(sorted(canonical_rdata(rdtype, address, "") for address in addresses))
        if held is not None and not texts:
            made.append(Operation(Action.REMOVE_RRSET, None, name, rdtype))
        elif texts and (held is None or tuple(sorted(held.rdatas)) != texts):
            ttl = TTL if held is None or held.ttl is None else held.ttl
            made.append(zoneless(Action.REPLACE, name, rdtype, RecordSet(ttl, texts)))
    return made


MAKERS: Final[Mapping[str, Made]] = {
    "tlsa-add": _announce,
    "tlsa-withdraw": _withdraw,
    "caa-widen": _permit,
    "caa-narrow": _forbid,
    "account-widen": _let_account_in,
    "account-narrow": _shut_account_out,
    "addresses": _point,
}
"""By the word that a step's ``make`` has."""
