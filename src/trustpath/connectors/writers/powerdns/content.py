"""RRsets as the HTTP API of PowerDNS writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from trustpath.base.errors import InputError, SourceError
from trustpath.base.names import canonical
from trustpath.facts.edits import Edit, Key, RecordSet, record_set
from trustpath.facts.records import canonical_rdata


@dataclass(frozen=True, slots=True)
class Held:
    """What the API shows of a zone: its serial, how that moves, and the RRsets asked for."""

    serial: int
    scheme: str
    content: dict[Key, RecordSet | None]


def read(document: Any, keys: Sequence[Key]) -> dict[Key, RecordSet]:
    """Return the RRsets of a zone document, without those that are disabled.

    Raises SourceError when the document is not what the API promises.
    """
    wanted = set(keys)
    content: dict[Key, RecordSet] = {}
    try:
        for rrset in document["rrsets"]:
            key = (canonical(rrset["name"]), str(rrset["type"]))
            if key not in wanted:
                continue
            served = [r["content"] for r in rrset["records"] if not r.get("disabled")]
            if served:
                content[key] = record_set(
                    int(rrset["ttl"]), (canonical_rdata(key[1], text, "") for text in served)
                )
    except (InputError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise SourceError(f"the zone cannot be read: {error}") from error
    return content


def changes(edits: Sequence[Edit], serial: int) -> list[dict[str, Any]]:
    """Return the RRset changes, deletions first so that a CNAME can take the place of others."""
    gone = [
        {"name": edit.name + ".", "type": edit.type, "changetype": "DELETE"}
        for edit in edits
        if edit.after is None
    ]
    return gone + [
        {
            "name": edit.name + ".",
            "type": edit.type,
            "ttl": edit.after.ttl,
            "changetype": "REPLACE",
            "records": [
                {"content": _with_serial(edit, text, serial), "disabled": False}
                for text in edit.after.rdatas
            ],
        }
        for edit in edits
        if edit.after is not None
    ]


def respell(rrsets: list[dict[str, Any]], told: str) -> bool:
    """Write one record as PowerDNS asks for in what it told; say whether that was possible.

    It refuses a record that is not spelled as it would itself (``alpn="h2"`` for ``alpn=h2``), and
    tells its own spelling. That is taken only where it means the same.
    """
    match = _SPELLING.search(told)
    if match is None:
        return False
    for rrset in rrsets:
        for record in rrset.get("records", ()):
            if record["content"] == match["ours"] and rrset["type"] == match["type"]:
                try:
                    same = canonical_rdata(rrset["type"], match["theirs"], "") == match["ours"]
                except InputError:
                    return False
                if same:
                    record["content"] = match["theirs"]
                    return True
    return False


_SPELLING: Final = re.compile(
    r"Record \S+/(?P<type>\w+) '(?P<ours>.*)': Not in expected format "
    r"\(parsed as '(?P<theirs>.*)'\)",
    re.DOTALL,
)


def _with_serial(edit: Edit, text: str, serial: int) -> str:
    # PowerDNS raises the serial that it is given; it must not fall behind.
    if edit.type != "SOA":
        return text
    fields = text.split()
    return " ".join([*fields[:2], str(serial), *fields[3:]])
