"""The ledger as the estate file describes it: its name, the key that signs, where heads go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from trustpath.base.errors import InputError
from trustpath.facts.estate.scalars import SECONDS, TEXT, choice
from trustpath.facts.estate.shape import Entry, Field, Listing, Record, Scalar


@dataclass(frozen=True, slots=True)
class Publication:
    """A place that takes checkpoints: a path as written or an http(s) URL; timeout in seconds."""

    to: str
    method: str
    timeout: float

    @property
    def url(self) -> bool:
        """Say whether it is a URL."""
        return "://" in self.to


@dataclass(frozen=True, slots=True)
class LedgerSpec:
    """``origin`` is the log's name; ``key`` where its private key is, never the key itself."""

    origin: str
    key: str | None
    publish: tuple[Publication, ...]


def _origin(value: Any) -> str:
    text: str = TEXT.read(value)
    if "+" in text or " " in text or not text.isprintable() or len(text) > 200:
        raise InputError(f"{text[:80]!r} is no name of a log")
    return text


def _secret(value: Any) -> str:
    text: str = TEXT.read(value)
    kind, _, place = text.partition(":")
    if kind not in ("env", "file") or not place:
        raise InputError("a private key is not written into the estate file")
    return text


def _place(value: Any) -> str:
    text: str = TEXT.read(value)
    if "://" not in text:
        return text
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise InputError(f"{text[:80]!r} is no URL") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise InputError(f"{text[:80]!r} is no http or https URL")
    if parts.username or parts.password or parts.fragment:
        raise InputError("a URL for checkpoints has neither user nor fragment")
    if not text.isascii() or any(sign.isspace() for sign in text):
        raise InputError("a URL has neither spaces nor letters beyond ASCII")
    return text


ORIGIN: Final = Scalar(
    "a name without spaces and plus signs, such as example.com/trustpath",
    {"type": "string", "pattern": r"^[^\s+]{1,200}$"},
    _origin,
)
SECRET: Final = Scalar(
    "env:VARIABLE or file:PATH", {"type": "string", "pattern": r"^(?:env|file):.+$"}, _secret
)
PLACE: Final = Scalar(
    "a file, or an http or https URL", {"type": "string", "pattern": r"\S"}, _place
)
LEDGER: Final = Record(
    "the ledger of changes and decisions",
    (
        Field("origin", ORIGIN, required=True, doc="the log's name; every checkpoint carries it"),
        Field("key", SECRET, doc="the private key that signs checkpoints"),
        Field(
            "publish",
            Listing(
                Record(
                    "a place that takes checkpoints",
                    (
                        Field("to", PLACE, required=True),
                        Field("method", choice("PUT", "POST"), "PUT", doc="for a URL"),
                        Field("timeout", SECONDS, 10, doc="for a URL"),
                    ),
                    short="to",
                )
            ),
            (),
        ),
    ),
)


def spec(entry: Entry | None) -> LedgerSpec | None:
    """Return what a valid estate says of the ledger; None where it says nothing."""
    if entry is None:
        return None
    return LedgerSpec(
        entry["origin"],
        entry["key"],
        tuple(Publication(p["to"], p["method"], p["timeout"]) for p in entry["publish"]),
    )
