"""Search exports: a JSON list of logged certificates as a search service gave it.

Two forms are read: rows with ``issuer_name``, ``name_value``, ``serial_number`` (crt.sh), and
issuances with ``dns_names`` and the certificate itself as ``cert_der`` or ``cert.data`` (Cert
Spotter). A search proves nothing about completeness.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from trustpath.base import names
from trustpath.base.clock import parse_instant
from trustpath.base.errors import InputError, LimitError, NameSyntaxError
from trustpath.connectors.ct.distinguished import rfc4514
from trustpath.connectors.ct.watch import WatchList, name_row
from trustpath.facts.part import Problem
from trustpath.facts.relations import Fact
from trustpath.facts.relations.transparency import CtEntry
from trustpath.facts.x509 import describe, fingerprint

OCTETS_AT_MOST: Final = 256 * 1024 * 1024
PROBLEMS_AT_MOST: Final = 200
_POISON = bytes.fromhex("060a2b06010401d679020403")
_SPACE = re.compile(r"[ \t\r\n]*")
_SERIAL = re.compile(r"[0-9a-fA-F]{1,64}", re.ASCII)


@dataclass(slots=True)
class Export:
    """What an export gave: entries by id, with their names; whether its end was reached."""

    entries: dict[str, CtEntry] = field(default_factory=dict)
    names: dict[str, dict[str, None]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    more: int = 0

    def facts(self, watched: WatchList | None) -> Iterator[Fact]:
        """Yield the rows of all entries, or of those with a watched name."""
        for entry, row in self.entries.items():
            found = self.names[entry]
            if watched is None or any(map(watched.concerns, found)):
                yield row
                yield from (name_row(row.log, entry, name) for name in found)

    def note(self, message: str, where: str, hint: str = "") -> None:
        """Keep a problem, or only count it when there are very many."""
        if len(self.problems) < PROBLEMS_AT_MOST:
            self.problems.append(Problem(message, where, hint))
        else:
            self.more += 1


def read_export(data: bytes, log: str, where: str) -> Export:
    """Return what an export says; a bad item is a problem, a cut file keeps what came before.

    Raises InputError when it is no list at all.
    """
    if len(data) > OCTETS_AT_MOST:
        raise LimitError(f"more than {OCTETS_AT_MOST} octets", where=where, hint="split the export")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8", where=where, hint="save the export as UTF-8") from error
    export = Export()
    for number, item in enumerate(_items(text, export, where), 1):
        place = f"{where}: item {number}"
        try:
            _add(export, item, log)
        except InputError as error:
            export.note(error.message, place, error.hint)
    if export.more:
        export.problems.append(Problem(f"{export.more} more problems", where))
    return export


def _items(text: str, export: Export, where: str) -> Iterator[Any]:
    """Yield the elements of a JSON list one by one, so that a cut file is read up to the cut."""
    decoder = json.JSONDecoder()
    at = _after_space(text, 0)
    if text[at : at + 1] != "[":
        raise InputError("no JSON list", where=where, hint="export the search as JSON")
    at = _after_space(text, at + 1)
    if text[at : at + 1] == "]":
        return
    while True:
        try:
            item, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, at) + 1
            reason = error.msg if isinstance(error, json.JSONDecodeError) else "cannot be read"
            export.note(f"no valid JSON from here on: {reason}", f"{where}:{line}", "export again")
            return
        yield item
        at = _after_space(text, at)
        if text[at : at + 1] == "]":
            return
        if text[at : at + 1] != ",":
            line = text.count("\n", 0, at) + 1
            export.note("the list breaks off here", f"{where}:{line}", "export again")
            return
        at = _after_space(text, at + 1)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _add(export: Export, item: Any, log: str) -> None:
    if not isinstance(item, Mapping):
        raise InputError("no object")
    entry = _identifier(item)
    if "name_value" in item or "serial_number" in item:
        row, found = _search_row(item, log, entry)
    elif "dns_names" in item or "cert_der" in item or "cert" in item:
        row, found = _issuance(item, log, entry)
    else:
        raise InputError(
            "neither name_value nor dns_names", hint="exports of crt.sh and Cert Spotter are read"
        )
    # One entry may stand in several rows, each with some of its names.
    export.entries.setdefault(entry, row)
    export.names.setdefault(entry, {}).update(dict.fromkeys(found))


def _identifier(item: Mapping[str, Any]) -> str:
    value = item.get("id")
    if isinstance(value, bool) or not isinstance(value, (int, str)) or value == "":
        raise InputError("id is missing")
    return str(value)[:200]


def _search_row(item: Mapping[str, Any], log: str, entry: str) -> tuple[CtEntry, list[str]]:
    serial = _text(item, "serial_number")
    if not _SERIAL.fullmatch(serial):
        raise InputError("serial_number is no hexadecimal number")
    issuer, organisation = rfc4514(_text(item, "issuer_name"))
    logged = item.get("entry_timestamp")
    row = CtEntry(
        log=log,
        entry=entry,
        logged_at=None if logged is None else _instant(item, "entry_timestamp"),
        fingerprint=None,
        issuer=issuer,
        issuer_organisation=organisation,
        serial=serial.lower().lstrip("0") or "0",
        not_before=_instant(item, "not_before"),
        not_after=_instant(item, "not_after"),
        precertificate=False,
    )
    written = [*_text(item, "name_value").split("\n"), item.get("common_name")]
    return row, _names(written)


def _issuance(item: Mapping[str, Any], log: str, entry: str) -> tuple[CtEntry, list[str]]:
    cert = item.get("cert")
    encoded = item.get("cert_der") or (cert.get("data") if isinstance(cert, Mapping) else None)
    if not isinstance(encoded, str):
        raise InputError(
            "no certificate in the issuance", hint="export with expand=dns_names&expand=cert_der"
        )
    try:
        der = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError("the certificate is not base64") from error
    facts = describe(der)
    certificate = facts.certificate
    precertificate = _POISON in der
    row = CtEntry(
        log=log,
        entry=entry,
        logged_at=None,
        fingerprint=None if precertificate else fingerprint(der),
        issuer=certificate.issuer,
        issuer_organisation=certificate.issuer_organisation,
        serial=certificate.serial,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        precertificate=precertificate,
    )
    return row, [name.name for name in facts.names if name.kind == "dns"]


def _names(written: list[Any]) -> list[str]:
    """Return what is a domain name; exports also list mail addresses and plain common names."""
    found = []
    for text in written:
        if not isinstance(text, str) or "@" in text or " " in text.strip() or not text.strip():
            continue
        try:
            found.append(names.identifier(text.strip()))
        except NameSyntaxError:
            continue
    return found


def _text(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    if not isinstance(value, str):
        raise InputError(f"{key} is missing or no text")
    return value


def _instant(item: Mapping[str, Any], key: str) -> int:
    try:
        return parse_instant(_text(item, key))
    except OverflowError as error:
        raise InputError(f"{key} is out of range") from error
