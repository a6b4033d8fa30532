"""What is said of each kind of link of a trust path, and how the link stands by itself."""

from __future__ import annotations

import enum
from collections.abc import Callable

from trustpath.base.clock import format_instant
from trustpath.workflow.show_links import Link


class Mark(enum.StrEnum):
    """What is known of a link. Unseen: there is no evidence, since nobody looked."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    UNSEEN = "not looked at"


def _three(value: object, unknown: Mark = Mark.UNKNOWN) -> Mark:
    if value is None:
        return unknown
    return Mark.HOLDS if value else Mark.BROKEN


def _zone(link: Link) -> tuple[str, Mark]:
    d = link.details
    if d["cut"]:
        return f"{d['apex']} delegates {d['cut']}, which is not held", Mark.UNSEEN
    signed = "signed or not: not known"
    if d["signed"] is not None:
        signed = "signed" if d["signed"] else "not signed"
    whole = "read in full" if d["whole"] else "read in part"
    return f"{d['apex']}, {whole}, {signed}", Mark.HOLDS if d["whole"] else Mark.UNKNOWN


def _delegation(link: Link) -> tuple[str, Mark]:
    d = link.details
    said = {True: "answers for it", False: "does not answer for it", None: "nobody asked it"}
    state = None if d["answers"] is None else bool(d["answers"])
    return f"{d['child']} at {d['server']}, {said[state]}", _three(state, Mark.UNSEEN)


def _alias(link: Link) -> tuple[str, Mark]:
    d = link.details
    where = ""
    if d["outside"]:
        where = f", run by {d['provider']}" if d["provider"] else ", outside our zones"
    gone = {True: "", False: ", which does not exist", None: ", which nobody looked up"}
    state = None if d["present"] is None else bool(d["present"])
    return f"{d['kind']} to {d['target']}{where}{gone[state]}", _three(state, Mark.UNSEEN)


def _presentation(link: Link) -> tuple[str, Mark]:
    d = link.details
    at = f"port {d['port']} ({d['protocol']})"
    if d["outcome"] == "nobody looked":
        return f"{at}: nobody looked", Mark.UNSEEN
    if d["outcome"] != "served":
        why = f", {d['reason']}" if d["reason"] else ""
        return f"{at}: {d['outcome']}{why}", Mark.BROKEN
    names = {True: "names it", False: "does not name it", None: "cannot be read"}
    state = None if d["covered"] is None else bool(d["covered"])
    return f"{at}: served a certificate that {names[state]}", _three(state)


def _held(link: Link) -> tuple[str, Mark]:
    d = link.details
    state = "revoked, " if d["revoked"] else ""
    end = format_instant(int(str(d["not_after"])))[:10]
    label = f"{d['label']} ({str(d['certificate'])[:12]}), {state}until {end}"
    return label, Mark.HOLDS if d["live"] else Mark.BROKEN


def _issuer(link: Link) -> tuple[str, Mark]:
    d = link.details
    trusts = (d["publicly_trusted"], d["privately_trusted"])
    if any(trusts):
        root = "a public" if d["publicly_trusted"] else "a private"
        return f"{d['issuer']}, up to {root} root", Mark.HOLDS
    fault = f", {d['fault']}" if d["fault"] else ", no path to a root"
    known = all(trust is not None for trust in trusts)
    return f"{d['issuer']}{fault}", Mark.BROKEN if known else Mark.UNKNOWN


def _log(link: Link) -> tuple[str, Mark]:
    d = link.details
    held = "held" if d["inventoried"] else "not in the inventory"
    return (
        f"serial {d['serial']} of {d['issuer_organisation']}, {held}",
        Mark.HOLDS if d["inventoried"] else Mark.UNKNOWN,
    )


def _tlsa(link: Link) -> tuple[str, Mark]:
    d = link.details
    said = {True: "matches", False: "does not match", None: "nobody looked what is served"}
    state = None if d["matches"] is None else bool(d["matches"])
    record = f"TLSA {d['usage']} {d['selector']} {d['matching']} for port {d['port']}"
    at = f" at {d['address']}" if d["address"] else ""
    return f"{record}{at}: {said[state]}", _three(state, Mark.UNSEEN)


def _mail(link: Link) -> tuple[str, Mark]:
    d = link.details
    gone = {True: "", False: ", which does not exist", None: ", which nobody looked up"}
    state = None if d["present"] is None else bool(d["present"])
    return f"{d['host']} ({d['priority']}){gone[state]}", _three(state, Mark.UNSEEN)


def _caa(link: Link) -> tuple[str, Mark]:
    d = link.details
    good = bool(d["well_formed"])
    text = f"{d['owner']}: {d['tag']} {d['value'] or ';'}"
    return text if good else f"{text}, malformed", Mark.HOLDS if good else Mark.BROKEN


def _job(link: Link) -> tuple[str, Mark]:
    d = link.details
    with_ = f" from {d['ca']}" if d["ca"] else ""
    by = f" by {d['method']}" if d["method"] else ""
    state = "" if d["active"] else ", not active"
    return f"{d['job']}{with_}{by}{state}", Mark.HOLDS if d["active"] else Mark.BROKEN


def _owner(link: Link) -> tuple[str, Mark]:
    return f"{link.details['owner']} answers for the {link.details['half']}", Mark.HOLDS


def _plain(link: Link) -> tuple[str, Mark]:
    return link.text, Mark.HOLDS


def _answer(link: Link) -> tuple[str, Mark]:
    d = link.details
    if d["denied"]:
        return f"{link.text}, though the zone has it", Mark.BROKEN
    good = d["outcome"] in ("noerror", "nodata", "nxdomain")
    return link.text, Mark.HOLDS if good else Mark.UNKNOWN


def _address(link: Link) -> tuple[str, Mark]:
    live = ", as a resolver answers" if link.details["live"] else ""
    return f"{link.details['address']}{live}", Mark.HOLDS


SAID: dict[str, Callable[[Link], tuple[str, Mark]]] = {
    "zone": _zone,
    "delegation": _delegation,
    "records": _plain,
    "answer": _answer,
    "alias": _alias,
    "address": _address,
    "presentation": _presentation,
    "certificate": _held,
    "issuer": _issuer,
    "log": _log,
    "tlsa": _tlsa,
    "mail": _mail,
    "mail-address": _address,
    "mail-presentation": _presentation,
    "caa": _caa,
    "job": _job,
    "owner": _owner,
}
"""What is said of a link of each kind, and how it stands by itself."""
