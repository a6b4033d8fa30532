"""What an ACME server answered, and which error a refusal is (RFC 8555 6.7)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any, Final

from trustpath.base.errors import SourceError
from trustpath.facts.issuing import LostOrderError, RateLimitedError, RejectedError

_TOLD: Final = 2000
_TYPE: Final = re.compile(r"urn:(?:ietf:params:)?acme:error:([A-Za-z0-9-]{1,64})", re.ASCII)
_LINK: Final = re.compile(r'<([^<>]*)>((?:\s*;\s*[a-zA-Z*-]+\s*=\s*(?:"[^"]*"|[^\s;,"]*))*)')
_REL: Final = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)
_NOT_FOUND, _TOO_MANY, _SERVER, _UNAVAILABLE = 404, 429, 500, 503

_HINTS: Final[Mapping[str, str]] = {
    "accountDoesNotExist": "trustpath account register makes the account",
    "unauthorized": "it is another account's, or this one was deactivated, which is for good: name "
    "another account_key",
    "externalAccountRequired": "name external_account with kid and key for the issuer",
    "userActionRequired": "the CA waits until somebody confirms something there",
    "badRevocationReason": "this CA takes other reasons only; unspecified is taken everywhere",
    "invalidProfile": "name a profile that the CA offers, or none",
}
"""By problem type: the way out."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document (RFC 7807): last part of its type, text, identifiers that it blames."""

    kind: str
    text: str
    blamed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers by lower-case name, and body of one answer from ``url``."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Say whether the server did what was asked."""
        return 200 <= self.status < 300

    def document(self) -> Mapping[str, Any]:
        """Return the JSON object of the body; raises SourceError."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise SourceError("the answer is no JSON object", where=self.url)
        return found

    def links(self, relation: str) -> tuple[str, ...]:
        """Return the targets of Link headers of one relation (RFC 8288)."""
        found = []
        for target, parameters in _LINK.findall(self.headers.get("link", "")):
            rel = _REL.search(parameters)
            if rel and relation in (rel[1] or rel[2] or "").split():
                found.append(target)
        return tuple(found)

    def retry_after(self, now: int) -> int | None:
        """Return the seconds of Retry-After (RFC 9110 10.2.3), at least 0; None without one."""
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit() and len(text) < 10:
            return int(text)
        try:
            return max(0, int(parsedate_to_datetime(text).timestamp()) - now)
        except (ValueError, TypeError, OverflowError):
            return None

    def problem(self) -> Problem:
        """Return the problem that the body describes, or one made of the status."""
        try:
            found = read_problem(self.document())
        except SourceError:
            found = Problem("", "")
        return found if found.text else replace(found, text=f"the server answers {self.status}")

    def error(self, now: int) -> SourceError:
        """Return the error that a refusal is."""
        problem = self.problem()
        hint = _HINTS.get(problem.kind, "")
        waits = self.retry_after(now)
        limited = self.status == _TOO_MANY or problem.kind == "rateLimited"
        if limited or (self.status == _UNAVAILABLE and waits is not None):
            later = RateLimitedError(problem.text, where=self.url, hint=hint)
            later.retry_at = None if waits is None else now + waits
            return later
        if self.status >= _SERVER or problem.kind == "serverInternal":
            return SourceError(problem.text, where=self.url)
        if self.status == _NOT_FOUND and problem.kind in ("", "malformed"):
            return LostOrderError(problem.text, where=self.url)
        final = RejectedError(problem.text, where=self.url, hint=hint)
        final.kind, final.blamed = problem.kind, problem.blamed
        return final


def read_problem(document: Mapping[str, Any]) -> Problem:
    """Return a problem with what its subproblems add (RFC 8555 6.7.1); never raises."""
    match = _TYPE.fullmatch(str(document.get("type", "")))
    kind = match[1] if match else ""
    pieces, blamed, kinds = [told(document)], list(_identifiers([document])), []
    below = document.get("subproblems")
    for sub in below if isinstance(below, list) else ():
        if isinstance(sub, dict):
            inner = read_problem(sub)
            blamed += inner.blamed
            kinds.append(inner.kind)
            pieces.append(": ".join(filter(None, (", ".join(inner.blamed), inner.text))))
    # A compound problem says nothing by itself.
    if kind == "compound" and len(set(kinds)) == 1:
        kind = kinds[0]
    text = "; ".join(filter(None, pieces)) or kind
    return Problem(kind, text[:_TOLD], tuple(dict.fromkeys(blamed)))


def told(document: Mapping[str, Any]) -> str:
    """Return the text of a problem, made safe for a terminal."""
    text = str(document.get("detail") or document.get("title") or "")[:_TOLD]
    return "".join(c if c.isprintable() else " " for c in text).strip()


def _identifiers(documents: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    found = (document.get("identifier") for document in documents)
    return tuple(str(one.get("value", "")).lower() for one in found if isinstance(one, dict))
