"""A second reading of RFC 8659 and RFC 8657, from their text and nothing else, to compare with.

It shares no code with the product: it works on the values of records at names, character by
character where the ABNF does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Record = tuple[int, str, str]
"""Flags, tag, value."""

# RFC 8659 4.2. label = (ALPHA / DIGIT) *( *("-") (ALPHA / DIGIT)); tag = (ALPHA / DIGIT) *( *("-")
# (ALPHA / DIGIT)); value = *(%x21-3A / %x3C-7E); issue-value = *WSP [issuer-domain-name *WSP] [";" *WSP
# [parameters *WSP]]; parameters = (parameter *WSP ";" *WSP parameters) / parameter;
# parameter = tag *WSP "=" *WSP value
_LABEL = r"[A-Za-z0-9](?:-*[A-Za-z0-9])*"
_NAME = rf"{_LABEL}(?:\.{_LABEL})*"
_PARAMETER = rf"{_LABEL}[ \t]*=[ \t]*[\x21-\x3A\x3C-\x7E]*"
_PARAMETERS = rf"{_PARAMETER}(?:[ \t]*;[ \t]*{_PARAMETER})*"
_ISSUE = re.compile(rf"[ \t]*(?:({_NAME})[ \t]*)?(?:;[ \t]*(?:({_PARAMETERS})[ \t]*)?)?")


@dataclass(frozen=True)
class Asked:
    """What somebody asks of a CA; ``names`` are the issuer domain names that the CA answers to."""

    name: str
    names: Sequence[str]
    account: str
    method: str


def relevant(name: str, sets: Mapping[str, Sequence[Record]]) -> Sequence[Record]:
    """RFC 8659 section 3, RelevantCAASet: the set of the name, else of its parents, else none."""
    labels = name.removeprefix("*.").split(".")
    for start in range(len(labels)):
        found = sets.get(".".join(labels[start:]))
        if found:
            return found
    return ()


def permits(asked: Asked, sets: Mapping[str, Sequence[Record]]) -> bool:
    """RFC 8659 sections 4.1 to 4.3 and RFC 8657 sections 3 and 4."""
    found = relevant(asked.name, sets)
    known = ("issue", "issuewild", "iodef", "contactemail", "contactphone", "issuemail", "issuevmc")
    # 4.1: with the critical flag (bit 0, the most significant) an unknown property forbids.
    if any(flags & 0x80 and tag.lower() not in known for flags, tag, _ in found):
        return False
    by_tag = {t: [v for _, tag, v in found if tag.lower() == t] for t in ("issue", "issuewild")}
    # 4.3: issuewild takes precedence over each issue for a wildcard, and is ignored else.
    wild = asked.name.startswith("*.") and bool(by_tag["issuewild"])
    properties = by_tag["issuewild" if wild else "issue"]
    # 4.2: no issue property restricts nothing; else one has to authorise.
    return not properties or any(_authorises(value, asked) for value in properties)


def _authorises(value: str, asked: Asked) -> bool:
    match = _ISSUE.fullmatch(value)
    # 4.2: a malformed value is as one without issuer-domain-name.
    if match is None or match[1] is None:
        return False
    if match[1].lower() not in [name.lower() for name in asked.names]:
        return False
    given: dict[str, list[str]] = {}
    for text in (match[2] or "").split(";"):
        tag, _, said = text.partition("=")
        given.setdefault(tag.strip(" \t").lower(), []).append(said.strip(" \t"))
    accounts, methods = given.get("accounturi", []), given.get("validationmethods", [])
    # RFC 8657 3: more than one accounturi, or one that is no URI of the account: unsatisfiable.
    if accounts and accounts != [asked.account]:
        return False
    # RFC 8657 4: value = [*(label ",") label]; label = 1*(ALPHA / DIGIT / "-"). The method used has
    # to be among them; nothing says that case does not matter.
    if any(not re.fullmatch(r"(?:(?:[A-Za-z0-9-]+,)*[A-Za-z0-9-]+)?", text) for text in methods):
        return False
    return not methods or (len(methods) == 1 and asked.method in methods[0].split(","))


def lenient(asked: Asked, sets: Mapping[str, Sequence[Record]]) -> bool:
    """What the CA software Boulder decides, where it reads otherwise than the RFCs.

    Described, not copied: unknown properties are those beside issue, issuewild and iodef, and
    flag 1 counts as critical; the issuer domain name and parameter tags are compared with their
    case; a parameter tag has letters and digits only, or none; of two equal tags the last counts.
    """
    found = relevant(asked.name, sets)
    if any(f & 0x81 and t.lower() not in ("issue", "issuewild", "iodef") for f, t, _ in found):
        return False
    by_tag = {t: [v for _, tag, v in found if tag.lower() == t] for t in ("issue", "issuewild")}
    wild = asked.name.startswith("*.") and bool(by_tag["issuewild"])
    properties = by_tag["issuewild" if wild else "issue"]
    if not properties:
        return True
    return any(_lenient(value, asked) for value in properties)


def _lenient(value: str, asked: Asked) -> bool:
    domain, *pieces = value.split(";")
    if domain.strip(" \t") not in asked.names:
        return False
    given: dict[str, str] = {}
    if not (len(pieces) == 1 and not pieces[0].strip(" \t")):
        for piece in pieces:
            tag, equals, said = (part.strip(" \t") for part in piece.partition("="))
            if not equals or not re.fullmatch(r"[A-Za-z0-9]*", tag):
                return False
            if not re.fullmatch(r"[!-:<-~]*", said):
                return False
            given[tag] = said
    if given.get("accounturi", asked.account) != asked.account:
        return False
    if "validationmethods" not in given:
        return True
    for label in given["validationmethods"].split(","):
        if not re.fullmatch(r"[A-Za-z0-9-]+", label):
            return False
        if label == asked.method:
            return True
    return False
