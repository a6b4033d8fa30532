"""Distinguished names as search exports write them, brought into RFC 4514 form.

An export says ``C=US, O="Example, Inc.", CN=Example CA 1``: from the country down. Certificates
are compared by RFC 4514 text, which runs the other way and escapes instead of quoting.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PART = re.compile(
    r'\s*([A-Za-z0-9.]+)\s*=\s*(?:"((?:[^"\\]|\\.|"")*)"|((?:[^,\\"]|\\.)*))\s*(?:,|$)'
)
_OIDS = {
    "EMAILADDRESS": "1.2.840.113549.1.9.1",
    "SERIALNUMBER": "2.5.4.5",
    "ORGANIZATIONIDENTIFIER": "2.5.4.97",
    "BUSINESSCATEGORY": "2.5.4.15",
    "POSTALCODE": "2.5.4.17",
}
_ESCAPED = re.compile(r'([\\",+<>;])')


@lru_cache(maxsize=4096)
def rfc4514(text: str) -> tuple[str, str]:
    """Return (the name in RFC 4514 form, its organisation); other text as it is, with none."""
    parts: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            return text, ""
        kind, quoted, plain = found.groups()
        value = plain.strip() if quoted is None else quoted.replace('""', '"')
        parts.append((kind, re.sub(r"\\(.)", r"\1", value)))
        at = found.end()
    organisation = next((value for kind, value in parts if kind.upper() == "O"), "")
    name = ",".join(
        f"{_OIDS.get(kind.upper(), kind)}={_escape(value)}" for kind, value in reversed(parts)
    )
    return name, organisation


def _escape(value: str) -> str:
    escaped = _ESCAPED.sub(r"\\\1", value)
    if escaped.startswith(("#", " ")):
        escaped = "\\" + escaped
    if escaped.endswith(" ") and len(escaped) > 1:
        escaped = escaped[:-1] + "\\ "
    return escaped
