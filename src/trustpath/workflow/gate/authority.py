"""Whom the edits themselves let obtain certificates: who has a CA's token, who holds an address.

What a record lends by the name that it leads to is told in ``surface``; these two are told by the
content of the records alone. Only what is added counts: a record that goes gives nobody anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from trustpath.base.addresses import address_key, is_address
from trustpath.facts.edits import Edit
from trustpath.facts.records.strings import joined
from trustpath.facts.validation_names import ISSUERS, Pattern, classify
from trustpath.workflow.consent.asking import Asking, ask
from trustpath.workflow.gate.assessment import Enabler
from trustpath.workflow.gate.contacts import contacts

ALIASES = 50
"""How many aliases of a name with a new address are named."""

_BY_ACCOUNT: Final = {
    "acme-dns": "dns-01",
    "acme-dns-account": "dns-account-01",
    "persist": "dns-persist-01",
}
"""Methods by which a TXT record speaks for an account at a CA."""

_HELD = "SELECT name FROM node WHERE apex IS NOT NULL AND cut IS NULL AND name IN ({marks})"
_NETWORKS = "SELECT low, high FROM network"
_UNREACHABLE = "SELECT low, high FROM reserved_network"
_ALIASES = """
SELECT DISTINCT final, name FROM resolution
WHERE steps > 0 AND instr(name, '_') = 0 AND final IN ({marks})
"""


def enabled(edits: Sequence[Edit], patterns: Sequence[Pattern], after: Asking) -> set[Enabler]:
    """Return the powers that the added records give by themselves; ``after`` is their world."""
    return {
        *_tokens(edits, patterns),
        *_addresses(edits, after),
        *_subtrees(edits, after),
        *contacts(edits, patterns, after),
    }


def _subtrees(edits: Sequence[Edit], after: Asking) -> Iterator[Enabler]:
    """Yield a power for each DNAME that leads a whole subtree outside (RFC 6672 2)."""
    added = [(e.name, t.rstrip(".")) for e in edits if e.type == "DNAME" for t in e.added]
    if not added:
        return
    held = {str(name) for (name,) in ask(after, _HELD, [target for _, target in added])}
    for name, target in added:
        if target not in held:
            yield Enabler(f"*.{name}", "br-7", target, "DNAME", outside=True, gained=True)


def _tokens(edits: Sequence[Edit], patterns: Sequence[Pattern]) -> Iterator[Enabler]:
    """Yield a power for each new value that a CA asks for before it issues."""
    for edit in edits:
        if edit.type not in ("TXT", "CNAME"):
            continue
        for text in edit.added:
            target = text.rstrip(".") if edit.type == "CNAME" else None
            found = classify(edit.name, edit.type, text, target, patterns)
            if found is not None and edit.type == "TXT" and found[0] in _BY_ACCOUNT:
                yield _account(found[0], found[1], edit, text)
            if found is not None and found[0] in ISSUERS:
                scheme, base, _ = found
                yield Enabler(
                    base,
                    "br-7",
                    edit.name,
                    edit.type,
                    outside=False,
                    gained=True,
                    ca=ISSUERS[scheme],
                )


def _account(scheme: str, base: str, edit: Edit, text: str) -> Enabler:
    """Return the power of an ACME account: whose order it is, or whom a standing grant names.

    A grant names the CA before the first semicolon, and the account (BR 3.2.2.4.22).
    """
    method = _BY_ACCOUNT[scheme]
    if scheme != "persist":
        return Enabler(base, method, edit.name, "TXT", outside=True, gained=True)
    issuer, *rest = (piece.strip() for piece in joined(text).split(";"))
    named = dict(piece.partition("=")[::2] for piece in rest)
    control = named.get("accounturi", "").strip() or edit.name
    return Enabler(base, method, control, "TXT", outside=False, gained=True, ca=issuer or None)


def _addresses(edits: Sequence[Edit], after: Asking) -> Iterator[Enabler]:
    """Yield a power for each new address, for the name and its aliases (BR 3.2.2.4.19, .20).

    Outside is what lies in none of the declared networks; where none are declared nobody can tell.
    Addresses that no public CA reaches give nobody anything.
    """
    led = [edit for edit in edits if edit.type in ("A", "AAAA") and _serves(edit)]
    if not led:
        return
    own, closed = after.query(_NETWORKS), after.query(_UNREACHABLE)
    aliases: dict[str, list[str]] = {}
    for final, name in ask(after, _ALIASES, [edit.name for edit in led]):
        aliases.setdefault(str(final), []).append(str(name))
    for edit in led:
        for text in filter(is_address, edit.added):
            key = address_key(text)
            if _within(key, own) or _within(key, closed):
                continue
            for name in (edit.name, *sorted(aliases.get(edit.name, ()))[:ALIASES]):
                yield Enabler(name, "http-01", text, edit.type, outside=bool(own), gained=True)


def _serves(edit: Edit) -> bool:
    return "_" not in edit.name and bool(edit.added)


def _within(key: str, ranges: Sequence[tuple[object, ...]]) -> bool:
    return any(str(low) <= key <= str(high) for low, high in ranges)
