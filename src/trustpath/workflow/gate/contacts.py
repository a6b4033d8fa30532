"""Contacts in DNS that CAs ask by mail or phone (BR 3.2.2.4.13, .14, .16 and .17)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from trustpath.facts.edits import Edit
from trustpath.facts.records.strings import joined
from trustpath.facts.validation_names import Pattern, classify
from trustpath.workflow.consent.asking import Asking
from trustpath.workflow.gate.assessment import Enabler
from trustpath.workflow.gate.effect import Effect

CONTACT_WORDS: Final = {
    "br-13": "e-mail to a CAA contact",
    "br-14": "e-mail to a TXT contact",
    "br-16": "phone call to a TXT contact",
    "br-17": "phone call to a CAA contact",
}
"""Methods by which whoever answers at a contact in DNS gets a certificate."""

_BY_SCHEME: Final = {"contact-email": "br-14", "contact-phone": "br-16"}
_BY_TAG: Final = {"contactemail": "br-13", "contactphone": "br-17"}
_CAA: Final = re.compile(r'\d+ (contactemail|contactphone) "?(.*?)"?', re.IGNORECASE)
_DECLARED: Final = "SELECT contact FROM dcv_contact"


def contacts(edits: Sequence[Edit], patterns: Sequence[Pattern], world: Asking) -> set[Enabler]:
    """Return the power of each contact that comes; outside is one that nobody declared."""
    found = {item for edit in edits for item in _written(edit, patterns)}
    if not found:
        return set()
    declared = {str(row[0]) for row in world.query(_DECLARED)}
    return {
        Enabler(name, method, contact, kind, contact.lower() not in declared, gained=True)
        for name, method, contact, kind in found
    }


def _written(edit: Edit, patterns: Sequence[Pattern]) -> Iterator[tuple[str, str, str, str]]:
    for text in edit.added:
        if edit.type == "CAA":
            said = _CAA.fullmatch(text)
            if said:
                yield edit.name, _BY_TAG[said[1].lower()], said[2], "CAA"
        elif edit.type == "TXT":
            found = classify(edit.name, edit.type, text, None, patterns)
            if found is not None and found[0] in _BY_SCHEME:
                yield found[1], _BY_SCHEME[found[0]], joined(text).strip(), "TXT"


def undeclared(gained: Iterable[Enabler]) -> Iterator[Effect]:
    """Yield an effect that holds for each contact that nobody declared."""
    for power in gained:
        if power.gained and power.outside and power.method in CONTACT_WORDS:
            yield Effect(
                power.name,
                f"{power.control} can obtain certificates for {power.name} by "
                f"{CONTACT_WORDS[power.method]} and is no declared contact",
                "declare it under dcv_contacts, or leave the record out",
                holds=True,
            )
