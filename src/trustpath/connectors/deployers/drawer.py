"""The private folder beside a place: keys that wait, what was in use before, and the journal.

::

    .trustpath-<deployer>/      0700
        lock                    held by whoever changes anything
        journal.json            the order whose deployment or restoration is under way
        <order>/
            key.pem             0600, made by prepare; or the request that was handed in
            chain.pem           what deploy was last given
            previous/<role>     what was in use before; a role that is missing had no file
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from trustpath.base.errors import InputError, SourceError
from trustpath.connectors.deployers import disk
from trustpath.connectors.deployers.content import Content, Image

_ORDER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)


def check_order(order: str) -> str:
    """Return the id of an order; raises InputError where it could not name a folder."""
    if not _ORDER.fullmatch(order):
        raise InputError(f"{order[:80]!r} is no id of an order", hint="letters, digits, _ and -")
    return order


@dataclass(frozen=True, slots=True)
class Journal:
    """What is under way. ``active``: the user of the files may have read those of the order."""

    order: str
    active: bool


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

    def place(self, order: str) -> Path:
        """Return the folder of an order; raises InputError for an id that is none."""
        return self.folder / check_order(order)

    def knows(self, order: str) -> bool:
        """Say whether something is kept for an order."""
        return self.place(order).is_dir()

    def open(self, order: str) -> None:
        """Make the folder of an order unless it is there."""
        disk.make_folder(self.place(order))

    def key(self, order: str) -> Content | None:
        """Return the key of an order in PEM, None where there is none."""
        return disk.read(self.place(order) / "key.pem")

    def keep_key(self, order: str, key: Content) -> None:
        """Keep the key of an order."""
        disk.keep(self.place(order) / "key.pem", key)

    def chain(self, order: str) -> Content | None:
        """Return the chain that an order was last deployed with, in PEM."""
        return disk.read(self.place(order) / "chain.pem")

    def keep_chain(self, order: str, chain: bytes) -> None:
        """Keep the chain of an order, in PEM."""
        disk.keep(self.place(order) / "chain.pem", Content(chain))

    def previous(self, order: str, roles: Iterable[str]) -> Image | None:
        """Return what was in use before an order, None where that was never kept."""
        folder = self.place(order) / "previous"
        return {role: disk.read(folder / role) for role in roles} if folder.is_dir() else None

    def keep_previous(self, order: str, image: Image, passing: Callable[[str], None]) -> None:
        """Keep what is in use now, in one step, in place of what was kept before."""
        folder = self.place(order) / "previous"
        part = folder.with_name("previous.part")
        self.drop_previous(order)
        _remove(part)
        disk.make_folder(part)
        for role, content in image.items():
            if content is not None:
                disk.keep(part / role, content)
        passing("previous-written")
        disk.swap(part, folder)
        disk.sync_folder(folder.parent)

    def drop_previous(self, order: str) -> None:
        """Drop what was in use before an order."""
        folder = self.place(order) / "previous"
        if folder.is_dir():
            # Renamed first, so that a folder of that name is always whole.
            _remove(folder.with_name("previous.old"))
            disk.swap(folder, folder.with_name("previous.old"))
        _remove(folder.with_name("previous.old"))

    def drop(self, order: str) -> None:
        """Drop all that is kept for an order."""
        self.drop_previous(order)
        _remove(self.place(order))
        disk.sync_folder(self.folder)

    def journal(self) -> Journal | None:
        """Return what is under way, None for nothing."""
        content = disk.read(self.folder / "journal.json")
        if content is None:
            return None
        try:
            written = json.loads(content.octets)
            return Journal(check_order(str(written["order"])), bool(written["active"]))
        except (ValueError, KeyError, TypeError, InputError):
            raise SourceError(
                "cannot be read",
                where=str(self.folder / "journal.json"),
                hint="look whether key and certificate belong together, then remove it",
            ) from None

    def enter(self, journal: Journal) -> None:
        """Write down what begins now."""
        text = json.dumps({"order": journal.order, "active": journal.active})
        disk.keep(self.folder / "journal.json", Content(text.encode()))

    def leave(self) -> None:
        """Write down that nothing is under way any more."""
        disk.drop(self.folder / "journal.json")
        disk.sync_folder(self.folder)


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise disk.failed("cannot be removed", folder, error) from None
