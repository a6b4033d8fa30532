"""What is true of an edit, as words that the tables of consent ask for, and its trust functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trustpath.base import names
from trustpath.facts.edits import Edit, RecordSet
from trustpath.facts.records import rrset_facts
from trustpath.facts.records.functions import content_letters, owner_letters
from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import Caa, CaaMethod, Rdata, TrustFunction, ValidationName
from trustpath.facts.validation_names import Pattern
from trustpath.workflow.gate.assessment import PlannedEdit

_LETTERS = "ILKPD"
_ACME = frozenset({"acme-dns", "acme-dns-account"})
_CONTACTS = ("contactemail", "contactphone")
_TAGS = ("issue", "issuewild", "issuemail")


def letters(edit: Edit, *, glue: bool = False, patterns: Sequence[Pattern] = ()) -> str:
    """Return the trust functions that the content before or after has (standards E.12).

    Letters out of ``ILKPD`` in that order, empty for a change that touches no trust. ``glue`` marks
    addresses below a zone cut, ``patterns`` are validation names of the estate. Raises InputError
    for rdata that is not of its type.
    """
    found = set()
    for content in (edit.before, edit.after):
        for fact in _facts(edit, content, patterns, glue=glue):
            if isinstance(fact, TrustFunction):
                found |= {letter for letter, set_ in zip(_LETTERS, fact[3:], strict=True) if set_}
    return "".join(letter for letter in _LETTERS if letter in found)


def planned(
    edits: Sequence[Edit],
    *,
    glue: frozenset[str] = frozenset(),
    patterns: Sequence[Pattern] = (),
    inherited: Mapping[str, tuple[str, ...] | None] | None = None,
) -> tuple[PlannedEdit, ...]:
    """Return the edits with their letters; ``glue`` are owner names below a zone cut.

    ``inherited`` is the CAA content from above by owner name (``inherited_caa``).
    """
    above = inherited or {}
    return tuple(
        PlannedEdit(
            edit,
            letters(
                edit,
                glue=edit.name in glue and edit.type in ("A", "AAAA"),
                patterns=patterns,
            ),
            above.get(edit.name, ()) if edit.type == "CAA" else (),
        )
        for edit in edits
    )


def _facts(
    edit: Edit, content: RecordSet | None, patterns: Sequence[Pattern], *, glue: bool = False
) -> tuple[Fact, ...]:
    if content is None:
        return ()
    return tuple(
        rrset_facts(
            edit.zone,
            edit.name,
            edit.type,
            content.ttl,
            content.rdatas,
            glue=glue,
            patterns=patterns,
        )
    )


@dataclass(frozen=True, slots=True)
class Traits:
    """What is true of an edit: words, the host names that it newly leads to, what it is about.

    ``about`` is the host or domain for which the record speaks: of a validation name the one whose
    control it proves.
    """

    words: frozenset[str]
    targets: tuple[str, ...]
    about: str


def traits(
    edit: Edit, patterns: Sequence[Pattern] = (), inherited: tuple[str, ...] | None = ()
) -> Traits:
    """Return the words and new targets of an edit.

    ``inherited`` is the CAA content that counts where the name has none (PlannedEdit).

    Words: the action (``add``, ``remove``, ``change``, ``ttl``), ``grows`` and ``shrinks`` where
    values only come or only go, ``withdraws`` where some go, ``apex``, ``wildcard``,
    ``delegation``, ``catalog``, the meaning of the name (``acme``, ``persist``, ``validation``,
    ``mta-sts``, ``mail-policy``) and what happens to CAA, SOA and HTTPS content. Targets are those
    of records that come, for types that lead on.
    """
    words = {edit.action}
    words |= {"grows"} if edit.added and not edit.removed else set()
    words |= {"shrinks"} if edit.removed and not edit.added else set()
    words |= {"withdraws"} if edit.removed else set()
    words |= {"apex"} if edit.name == edit.zone else set()
    words |= {"wildcard"} if names.is_wildcard(edit.name) else set()
    meaning, proven = _meaning(edit, patterns)
    words |= meaning
    if edit.type == "NS" and edit.name != edit.zone:
        words.add("delegation")
    if edit.type == "PTR" and names.labels(edit.name)[1:2] == ["zones"]:
        words.add("catalog")
    if edit.type == "CAA":
        words |= _caa(edit, inherited)
    if edit.type == "SOA":
        words |= _soa(edit)
    if edit.type in ("HTTPS", "SVCB") and any("ech=" in text for text in edit.removed):
        words.add("ech")
    about = proven or subject_of(edit.name) or edit.name
    return Traits(frozenset(words), _targets(edit), about)


def _meaning(edit: Edit, patterns: Sequence[Pattern]) -> tuple[set[str], str | None]:
    """Return the words of the name's meaning, and the name whose control is proved there."""
    words: set[str] = set()
    base: str | None = None
    if edit.type not in ("TXT", "CNAME", "NS"):
        return words, base
    for content in (edit.before, edit.after):
        for fact in _facts(edit, content, patterns):
            if isinstance(fact, ValidationName):
                base = base or fact.base
                words.add("validation")
                words |= {"acme"} if fact.scheme in _ACME else set()
                words |= {"persist"} if fact.scheme == "persist" else set()
    if edit.type == "NS":
        return words, base
    if edit.name.startswith("_mta-sts."):
        words.add("mta-sts")
        return words, base
    values = (*edit.added, *edit.removed) if edit.type == "TXT" else ()
    if owner_letters(edit.name) or content_letters(values, apex=False):
        words.add("mail-policy")
    return words, base


def _targets(edit: Edit) -> tuple[str, ...]:
    if edit.after is None or edit.type == "PTR":
        return ()
    added = set(edit.added)
    return tuple(
        fact.target
        for fact in _facts(edit, edit.after, ())
        if isinstance(fact, Rdata) and fact.target and fact.rdata in added
    )


def subject_of(name: str) -> str:
    """Return the host or domain that a record is about: what follows the last underscore label."""
    labels = names.labels(names.base(name))
    last = max((place for place, label in enumerate(labels) if label.startswith("_")), default=-1)
    return ".".join(labels[last + 1 :])


# Issuer, account, methods, and whether every CA reads it as a grant.
_Grant = tuple[str, str | None, frozenset[str] | None, bool]


def _caa(edit: Edit, inherited: tuple[str, ...] | None) -> set[str]:
    """Say whether issuance gets tighter or looser (RFC 8659, RFC 8657), or contacts change.

    Where the name has no set before or after, the one from above counts; it may say either where
    nobody knows it.
    """
    contents = (edit.before, edit.after)
    above = RecordSet(None, inherited) if inherited else None
    before, after = (_facts(edit, content or above, ()) for content in contents)
    words = {"tightens", "loosens"} if inherited is None and None in contents else set()
    for tag in _TAGS:
        old, new = _grants(before, tag), _grants(after, tag)
        if old is not None and (new is None or any(not _within(g, old) for g in new)):
            words.add("loosens")
        if new is not None and (old is None or any(not _within(g, new) for g in old)):
            words.add("tightens")
    blocking = [
        {f.tag for f in rows if isinstance(f, Caa) and f.critical and not f.known}
        for rows in (before, after)
    ]
    words |= {"tightens"} if blocking[1] - blocking[0] else set()
    words |= {"loosens"} if blocking[0] - blocking[1] else set()
    contacts = [
        {(f.tag, f.value) for f in rows if isinstance(f, Caa) and f.tag in _CONTACTS}
        for rows in (before, after)
    ]
    return words | ({"contact"} if contacts[0] != contacts[1] else set())


def _grants(facts: Sequence[Fact], tag: str) -> set[_Grant] | None:
    """Return who may issue under a tag; None where everybody may."""
    found = [fact for fact in facts if isinstance(fact, Caa) and fact.tag == tag]
    if not found:
        return _grants(facts, "issue") if tag == "issuewild" else None
    methods: dict[str, set[str]] = {}
    for fact in facts:
        if isinstance(fact, CaaMethod):
            methods.setdefault(fact.value, set()).add(fact.method)
    return {
        (
            fact.issuer,
            fact.accounturi,
            frozenset(methods.get(fact.value, ())) if fact.has_methods else None,
            fact.doubt is None,
        )
        for fact in found
        if fact.issuer and (fact.well_formed or fact.doubt is not None)
    }


def _within(grant: _Grant, others: set[_Grant]) -> bool:
    issuer, account, methods, sure = grant
    return any(
        issuer == other
        and (certain or not sure)
        and bound in (None, account)
        and (allowed is None or (methods is not None and methods <= allowed))
        for other, bound, allowed, certain in others
    )


def _soa(edit: Edit) -> set[str]:
    if edit.before is None or edit.after is None:
        return set()
    before, after = edit.before.rdatas[0].split(), edit.after.rdatas[0].split()
    same = before[:2] + before[3:] == after[:2] + after[3:]
    return {"serial-only"} if same and edit.before.ttl == edit.after.ttl else set()
