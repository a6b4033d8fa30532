"""The questions of RFC 6962 section 4, asked of one log."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from trustpath.base.errors import InputError, SourceError
from trustpath.connectors.ct import wire
from trustpath.connectors.ct.web import Web
from trustpath.connectors.ct.wire import Leaf, TreeHead


class LogClient:
    """Asks one log. Every method raises SourceError: nothing else escapes."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def tree_head(self) -> TreeHead:
        """Return the newest signed tree head, its signature not yet verified."""
        head: TreeHead = self._checked("get-sth", {}, wire.tree_head)
        return head

    def entries(self, start: int, end: int) -> list[Any]:
        """Return one or more raw entries from ``start`` on, none of them at or after ``end``."""
        self._web.within()
        query = {"start": start, "end": end - 1}
        found: list[Any] = self._checked("get-entries", query, wire.entries)
        if not found:
            raise SourceError("no entries although the tree head has them", where=self._web.place)
        return found[: end - start]

    def passed_over(self, entry: Any) -> None:
        """Return None: every entry is read."""

    def leaf(self, entry: Any) -> bytes:
        """Return the octets of the leaf of a raw entry; raises InputError."""
        return wire.leaf_input(entry)

    def check(self, index: int, entry: Any, leaf: Leaf) -> None:
        """Look at what else comes with an entry: nothing that proves anything."""

    def consistency(self, first: int, second: int) -> list[bytes]:
        """Return the nodes of the proof between two tree sizes."""
        query = {"first": first, "second": second}
        found: list[bytes] = self._checked("get-sth-consistency", query, wire.proof)
        return found

    def _checked(self, what: str, query: dict[str, int], read: Any) -> Any:
        path = f"ct/v1/{what}"
        if query:
            path += "?" + urlencode(query)
        try:
            return read(wire.parse_json(self._web.get(path, what)))
        except InputError as error:
            raise SourceError(
                f"{what}: {error.message}", where=self._web.place, hint=error.hint
            ) from error
