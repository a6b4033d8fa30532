"""Declarations about consent: actors, standing approvals, roles, further validation names."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from trustpath.base.errors import InputError
from trustpath.facts.consent import (
    FORMS,
    LONGEST,
    ROLES,
    Actor,
    StandingApproval,
    ValueForm,
    expression,
    name_pattern,
)
from trustpath.facts.estate.faults import Fault
from trustpath.facts.estate.organisation import OWNER
from trustpath.facts.estate.scalars import (
    COUNT,
    DURATION,
    FLAG,
    IDENT,
    INSTANT,
    NAME,
    PERIOD,
    POSITIVE,
    TEXT,
    choice,
    definition,
    reference,
)
from trustpath.facts.estate.shape import Either, Entry, Field, Listing, Record, Scalar
from trustpath.facts.validation_names import Pattern, declared_pattern

_SSH_KEY = re.compile(
    r"((?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]{2,40}) ([A-Za-z0-9+/]{16,2000}={0,2})(?: [^\n]*)?",
    re.ASCII,
)


def _ssh_key(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    found = _SSH_KEY.fullmatch(text)
    if not found:
        raise InputError("that is no public key line", hint="ssh-ed25519 AAAA... comment")
    try:
        blob = base64.b64decode(found[2], validate=True)
    except binascii.Error as error:
        raise InputError(f"the public key is damaged: {error}") from error
    kind = found[1].encode()
    if blob[:4] != len(kind).to_bytes(4, "big") or blob[4 : 4 + len(kind)] != kind:
        raise InputError(f"the public key is not of the kind {found[1]}")
    return text


def _type(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,19}", value):
        raise InputError(f"{str(value)[:40]!r} is no record type")
    return value.upper()


_NAMES_TEXT = (
    "example.com (it and all below), =www.example.com, *.example.com, "
    "_acme-challenge.*.example.com, or *"
)
NAMES = Scalar(
    f"a name pattern: {_NAMES_TEXT}",
    {"type": "string", "pattern": r"\S", "description": _NAMES_TEXT},
    lambda value: name_pattern(TEXT.read(value)),
)
SSH_KEY = Scalar(
    "a public key line such as ssh-ed25519 AAAA... comment",
    {"type": "string", "pattern": r"^\s*(sk-)?(ssh|ecdsa)-\S+ \S+"},
    _ssh_key,
)
TYPE = Scalar("a record type", {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9-]{0,19}$"}, _type)
EXPRESSION = Scalar(
    "a regular expression without groups and alternatives",
    {"type": "string"},
    lambda value: expression(TEXT.read(value)),
)

ACTORS = Listing(
    Record(
        "an actor",
        (
            Field("id", definition("actor"), required=True),
            Field("owner", OWNER, doc="the team that it speaks for"),
            Field("roles", Listing(choice(*ROLES)), required=True),
            Field("scopes", Listing(NAMES), (), doc="names that it may touch; none when absent"),
            Field("ssh_keys", Listing(SSH_KEY), (), doc="keys that its approvals may be signed by"),
        ),
    )
)
_VALUE = Record(
    "the form of a value",
    (
        Field("prefix", TEXT, "", doc="literal text before it"),
        Field("form", choice(*FORMS), doc="a named form; or else `pattern`"),
        Field("pattern", EXPRESSION, doc="matches the whole of the value"),
        Field("suffix", TEXT, "", doc="literal text after it"),
        Field("longest", COUNT, LONGEST, doc="characters"),
    ),
)
STANDING = Listing(
    Record(
        "a standing approval",
        (
            Field("id", definition("standing approval"), required=True),
            Field("actor", reference("actor"), required=True),
            Field("names", Listing(NAMES), required=True),
            Field("types", Listing(TYPE), ("TXT",)),
            Field(
                "value",
                Either(choice(*FORMS), _VALUE),
                required=True,
                doc="what every value must be: a named form, or parts",
            ),
            Field("ttl_least", DURATION, 0),
            Field("ttl_most", DURATION, 300),
            Field(
                "rate",
                Record(
                    "how often",
                    (
                        Field("count", POSITIVE, required=True),
                        Field("per", PERIOD, required=True),
                    ),
                ),
                required=True,
                doc="most edits in a period",
            ),
            Field("until", INSTANT, required=True),
        ),
    )
)
ROLE_OWNERS = Record(
    "who holds the roles that no single name decides",
    (
        Field("pki", OWNER, doc="answers for CAs and for who may issue"),
        Field("mail", OWNER, doc="answers for mail delivery"),
    ),
)
VALIDATION_NAMES = Listing(
    Record(
        "a further way in which a CA validates",
        (
            Field("scheme", IDENT, required=True, doc="what to call it"),
            Field(
                "pattern",
                TEXT,
                required=True,
                doc="leading labels of the owner name; * within a label is any text",
            ),
            Field("types", Listing(choice("TXT", "CNAME", "NS")), ("TXT", "CNAME")),
            Field("target", NAME, doc="host suffix to which a CNAME must lead"),
            Field("one_time", FLAG, False, doc="whether a value is used up"),
        ),
    )
)


def actors(document: Entry) -> tuple[Actor, ...]:
    """Return the declared actors."""
    return tuple(
        Actor(e["id"], e["owner"], frozenset(e["roles"]), e["scopes"], e["ssh_keys"])
        for e in document["actors"]
    )


def standing(document: Entry) -> tuple[StandingApproval, ...]:
    """Return the standing approvals."""
    return tuple(
        StandingApproval(
            e["id"],
            e["actor"],
            e["names"],
            frozenset(e["types"]),
            _form(e["value"]),
            e["ttl_least"],
            e["ttl_most"],
            e["rate"]["count"],
            e["rate"]["per"],
            e["until"],
        )
        for e in document["standing"]
    )


def _form(value: Any) -> ValueForm:
    if isinstance(value, str):
        return ValueForm(value)
    named = value["pattern"] is None
    return ValueForm(
        (value["form"] or "") if named else value["pattern"],
        named,
        value["prefix"],
        value["suffix"],
        value["longest"],
    )


def faults(document: Entry) -> list[Fault]:
    """Return what no single value shows: forms that are not one form."""
    found = []
    for index, entry in enumerate(document["standing"]):
        value = entry and entry["value"]
        if isinstance(value, dict) and (value["form"] is None) == (value["pattern"] is None):
            found.append(
                Fault(("standing", index, "value"), "neither or both of form and pattern", "one")
            )
    return found


def validation_names(document: Entry) -> tuple[Pattern, ...]:
    """Return the declared validation patterns, in the form of the built-in ones."""
    return tuple(
        declared_pattern(
            e["scheme"], e["pattern"], e["types"], target=e["target"], one_time=e["one_time"]
        )
        for e in document["validation_names"]
    )
