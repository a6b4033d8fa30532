"""The private folder beside a place: keys that wait, what was in use before, and the journal.

::

    .trustpath-<deployer>/      0700
        lock                    held by whoever changes anything
        journal                 the order whose deployment or restoration is under way
        active                  beside a journal: the user of the files may have read the order's
        <order>.key             0600, made by prepare; or the request that was handed in
        <order>.previous        0600, what was in use before, and for which leaf it gave way
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from trustpath.base.errors import InputError, SourceError
from trustpath.connectors.deployers import disk
from trustpath.connectors.deployers.content import Content, Image

_ORDER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)


def check_order(order: str) -> str:
    """Return the id of an order; raises InputError where it could not name a file."""
    if not _ORDER.fullmatch(order):
        raise InputError(f"{order[:80]!r} is no id of an order", hint="letters, digits, _ and -")
    return order


@dataclass(frozen=True, slots=True)
class Journal:
    """What is under way. ``active``: the user of the files may have read those of the order."""

    order: str
    active: bool


@dataclass(frozen=True, slots=True)
class Before:
    """What was in use before a leaf, by its fingerprint, came into use for an order."""

    leaf: str
    image: Image


@dataclass(frozen=True, slots=True)
class Drawer:
    """The folder of one deployer; every method may raise SourceError."""

    folder: Path

    @staticmethod
    def beside(path: Path, deployer: str) -> Drawer:
        """Return the drawer of a deployer beside a file of its place."""
        return Drawer(path.parent / f".trustpath-{quote(deployer, safe='')}")

    @property
    def exists(self) -> bool:
        """Say whether anything was ever kept here."""
        try:
            return self.folder.is_dir()
        except OSError as error:
            raise disk.failed("cannot be looked at", self.folder, error) from None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder unless it is there and keep other processes away."""
        disk.make_folder(self.folder)
        with disk.locked(self.folder / "lock"):
            yield

    def key(self, order: str) -> Content | None:
        """Return what is kept of the key of an order in PEM, None where there is nothing."""
        return disk.read(self._file(order, "key"))

    def keep_key(self, order: str, key: Content) -> None:
        """Keep the key of an order; it is on disk when this returns."""
        disk.keep(self._file(order, "key"), key)
        disk.sync_folder(self.folder)

    def before(self, order: str) -> Before | None:
        """Return what was in use before an order, None where that was never kept."""
        path = self._file(order, "previous")
        content = disk.read(path)
        found = _unpacked(content) if content is not None else None
        if content is not None and found is None:
            hint = "deploy another certificate, then settle the order"
            raise SourceError("cannot be read", where=str(path), hint=hint)
        return found

    def keep_before(self, order: str, before: Before) -> None:
        """Keep what is in use, in one step; ``enter`` makes sure that it is found after a crash."""
        disk.keep(self._file(order, "previous"), _packed(before))

    def drop_before(self, order: str) -> None:
        """Drop what was in use before an order."""
        disk.drop(self._file(order, "previous"))

    def drop(self, order: str) -> None:
        """Drop all that is kept for an order."""
        for what in ("previous", "key"):
            disk.drop(self._file(order, what))
            disk.drop(disk.part(self._file(order, what)))
        disk.sync_folder(self.folder)

    def journal(self) -> Journal | None:
        """Return what is under way, None for nothing."""
        content = disk.read(self.folder / "journal")
        if content is None:
            return None
        try:
            order = check_order(content.octets.decode("ascii"))
        except (ValueError, InputError):
            raise SourceError(
                "cannot be read",
                where=str(self.folder / "journal"),
                hint="look whether key and certificate belong together, then remove it",
            ) from None
        return Journal(order, (self.folder / "active").exists())

    def enter(self, journal: Journal) -> None:
        """Write down what begins now, with everything that was kept for it."""
        if journal.active:
            self.activate()
        else:
            disk.drop(self.folder / "active")
        disk.keep(self.folder / "journal", Content(journal.order.encode()))
        disk.sync_folder(self.folder)

    def activate(self) -> None:
        """Write down that the user of the files is told to read them from now on.

        Not brought to disk: what ends this machine ends that user as well.
        """
        disk.touch(self.folder / "active")

    def leave(self) -> None:
        """Write down that nothing is under way any more."""
        disk.drop(self.folder / "journal")
        disk.drop(self.folder / "active")
        disk.sync_folder(self.folder)

    def _file(self, order: str, what: str) -> Path:
        return self.folder / f"{check_order(order)}.{what}"


def _packed(before: Before) -> Content:
    files = {
        role: None if content is None else base64.b64encode(content.octets).decode()
        for role, content in before.image.items()
    }
    return Content(json.dumps({"leaf": before.leaf, "files": files}).encode())


def _unpacked(content: Content) -> Before | None:
    """Return what was packed, None where it is something else; nothing of it is ever raised."""
    try:
        document = json.loads(content.octets)
        image = {
            role: None if text is None else Content(base64.b64decode(text, validate=True))
            for role, text in document["files"].items()
        }
        return Before(str(document["leaf"]), image)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
