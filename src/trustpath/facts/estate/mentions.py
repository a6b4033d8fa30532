"""What the estate file names that lies outside it: files, and rules of the catalogue.

Whether they are there can only be told by somebody who may look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from trustpath.base.documents import Path

_FILE, _SECRET, _RULE = "file", "secret", "rule"
_MENTIONING: Final[tuple[tuple[str, tuple[str, ...], str], ...]] = (
    ("exceptions", ("rule",), _RULE),
    ("trust_roots", (), _FILE),
    ("private_roots", (), _FILE),
    ("sources", ("tsig", "secret"), _SECRET),
    ("sources", ("password",), _SECRET),
    ("writers", ("tsig", "secret"), _SECRET),
    ("writers", ("key",), _SECRET),
    ("issuers", ("token",), _SECRET),
    ("issuers", ("external_account", "key"), _SECRET),
    ("issuers", ("roots",), _FILE),
    ("jobs", ("csr",), _FILE),
    ("ledger", ("key",), _SECRET),
)
"""Section, keys below an entry of it, and what stands there.

The account key of an issuer is not among them: registering the account makes it.
"""


@dataclass(frozen=True, slots=True)
class Mention:
    """``value`` is a path relative to the estate file, or the id of a rule (``rule``)."""

    path: Path
    value: str
    rule: bool
    where: str


def mentions(document: Mapping[str, Any], place: Callable[[Path], str]) -> tuple[Mention, ...]:
    """Return what a valid document names, with the place of each; variables are no files."""
    return tuple(_mentions(document, place))


def _mentions(document: Mapping[str, Any], place: Callable[[Path], str]) -> Iterator[Mention]:
    for section, keys, kind in _MENTIONING:
        found = document.get(section)
        entries: list[tuple[Path, Any]] = (
            [((section, index), item) for index, item in enumerate(found)]
            if isinstance(found, list)
            else [((section,), found)]
        )
        for above, entry in entries:
            value = entry
            for key in keys:
                value = value.get(key) if isinstance(value, Mapping) else None
            if not isinstance(value, str):
                continue
            if kind == _SECRET:
                scheme, _, value = value.partition(":")
                if scheme != "file":
                    continue
            path = (*above, *keys)
            yield Mention(path, value, kind == _RULE, place(path))
