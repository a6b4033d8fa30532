"""Deployers whose place is made of files: how these are replaced, taken back and brought back.

Several files cannot be replaced in one step. So what was in use is kept first, a journal is
written, all files are written beside their places, and then renamed one right after the other. A
process that dies before the journal is gone leaves it to the next call for that place to put back
what was kept. What is read meanwhile is told apart by nobody: see docs/deployers.md.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trustpath.base.clock import Clock
from trustpath.base.errors import InputError, SourceError
from trustpath.connectors.deployers import chain as chains
from trustpath.connectors.deployers import disk
from trustpath.connectors.deployers.content import Image
from trustpath.connectors.deployers.drawer import Before, Drawer, Journal
from trustpath.connectors.deployers.key import Key, Keys, OwnKeys
from trustpath.connectors.deployers.place import Place
from trustpath.facts.deploying import Deployed, DeployerSpec, KeyPolicy, PendingKey


def _go_on(_place: str) -> None:
    """Do nothing at a place."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """A ``Deployer`` over files.

    ``shared`` is a file of the server that reads them: while one deployer changes what it reads,
    others that serve the same server wait, since it would see their files half changed.
    ``passing`` is called with the name of every place between two durable acts: tests end the
    process there.
    """

    spec: DeployerSpec
    place: Place
    clock: Clock
    keys: Keys = field(default_factory=OwnKeys)
    passing: Callable[[str], None] = field(default=_go_on, repr=False, compare=False)
    shared: Path | None = None

    @property
    def drawer(self) -> Drawer:
        """Where this deployer keeps what is not in use."""
        return Drawer.beside(self.place.slots[0].path, self.spec.id)

    def prepare(
        self, order: str, names: tuple[str, ...], policy: KeyPolicy, *, reuse: bool
    ) -> PendingKey:
        """Make the key for an order, or take the one in use, and return its CSR."""
        self._check_replaceable()
        with self.drawer.locked():
            kept = self._kept_key(order)
            key = kept or self._new_key(policy, reuse=reuse)
            pending = PendingKey(order, key.spki, key.request(names))
            if kept is None:
                self.drawer.keep_key(order, key.pem())
                self.passing("key-kept")
        return pending

    def current(self) -> Deployed | None:
        """Return what is in use now; an interrupted deployment is taken back first."""
        if self.drawer.exists:
            with self._alone():
                self._recover()
        held = self.place.read(self._standing())
        if held is None:
            return None
        if not held.paired:
            raise SourceError(
                "key and certificate in use do not belong together",
                where=self._where(),
                hint="the next start of the server may fail: deploy again",
            )
        self.place.confirm(held)
        return held.deployed

    def deploy(self, order: str, chain: tuple[bytes, ...]) -> None:
        """Put the order's key and its chain into use, all or nothing."""
        self._check_replaceable()
        with self._alone():
            journal = self._recover(except_for=order)
            key = self._kept_key(order)
            if key is None:
                raise InputError(
                    f"there is no key for order {order} here",
                    where=self._where(),
                    hint="it was settled, or prepared at another place",
                )
            self._check_deployable(order, key, chain)
            standing = self._standing()
            wanted = self.place.render(key, chain, standing)
            same = wanted == standing
            if journal is None and same and self._confirmed(standing):
                return
            kept = self.drawer.before(order) if journal or same else None
            before = Before(chains.describe(chain).deployed.fingerprint, standing)
            if kept is not None:
                before = Before(before.leaf, kept.image)
            if before != kept:
                self.drawer.keep_before(order, before)
            self.passing("previous-kept")
            self._change(journal or Journal(order, active=False), wanted, before.image)
            self.drawer.leave()
            self.passing("left")

    def previous(self, order: str) -> Deployed | None:
        """Return what ``restore`` of that order would bring back, None where that is nothing."""
        if not self.drawer.exists:
            return None
        with self.drawer.locked():
            before = self.drawer.before(order)
        return self._deployed(before.image) if before else None

    def restore(self, order: str, *, revoked: Container[str] = ()) -> Deployed | None:
        """Bring back what was in use before ``deploy`` of that order."""
        self._check_replaceable()
        with self._alone():
            journal = self._recover(except_for=order)
            if self.drawer.key(order) is None:
                raise InputError(
                    f"nothing is kept for order {order}",
                    where=self._where(),
                    hint="it was settled, or never deployed here; deploy another certificate",
                )
            standing = self._standing()
            before = self.drawer.before(order)
            if before is None or (journal is None and before.image == standing):
                if journal is not None:
                    self.drawer.leave()
                return self._deployed(standing)
            if not any(before.image.values()):
                if journal is not None:
                    self._undo(order, before.image)
                return None
            deployed = self._checked_previous(before.image, revoked)
            if journal is None:
                self._check_in_use(order, before.leaf, standing)
            # Active from the start: the user of the files has read those that are to go.
            back = None if journal else standing
            self._change(Journal(order, active=True), before.image, back)
            self.drawer.drop_before(order)
            self.passing("previous-dropped")
            self.drawer.leave()
            self.passing("left")
            return deployed

    def settle(self, order: str) -> None:
        """Drop what was kept for an order."""
        if not self.drawer.exists:
            return
        with self.drawer.locked():
            self._recover()
            self.drawer.drop(order)
            self.passing("dropped")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep everybody else from these files, and from those of the same server."""
        with self.drawer.locked(), disk.held(self.shared):
            yield

    # -- keys ---------------------------------------------------------------------------------

    def _kept_key(self, order: str) -> Key | None:
        content = self.drawer.key(order)
        if content is None:
            return None
        key = self.keys.read(content)
        if key is None:
            raise SourceError(
                "the key of the order cannot be read",
                where=f"{self.drawer.folder}, order {order}",
                hint="settle the order and issue again",
            )
        return key

    def _new_key(self, policy: KeyPolicy, *, reuse: bool) -> Key:
        self._recover()
        held = self.place.read(self._standing())
        return self.keys.make(policy, held.key if held is not None and reuse else None)

    # -- checks -------------------------------------------------------------------------------

    def _check_replaceable(self) -> None:
        """Raise InputError for a link: what it leads to belongs to somebody else."""
        for slot in self.place.slots:
            disk.check_place(slot)
            if slot.path.is_symlink():
                raise InputError(
                    "is a symbolic link, as certbot's live folder has them; it stays as it is",
                    where=str(slot.path),
                    hint="name a file of its own here and in the configuration of the server",
                )
        self.place.read(self._standing())

    def _check_deployable(self, order: str, key: Key, chain: tuple[bytes, ...]) -> None:
        held = chains.describe(chain)
        if held.deployed.spki != key.spki:
            raise InputError(
                f"the certificate is of another key than that of order {order}",
                where=self._where(),
                hint="deploy the chain that was issued for this order",
            )
        chains.check_usable(held, self.clock.now(), (), self._where())

    def _checked_previous(self, image: Image, revoked: Container[str]) -> Deployed:
        held = self.place.read(image)
        if held is None:
            raise InputError(
                "what was in use before cannot be read",
                where=self._where(),
                hint="stay with what is in use, or issue a new one",
            )
        chains.check_usable(held, self.clock.now(), revoked, self._where())
        return held.deployed

    def _check_in_use(self, order: str, leaf: str, standing: Image) -> None:
        """Raise InputError where another order was deployed since: going back skips over it."""
        held = self.place.read(standing)
        if held is not None and held.deployed.fingerprint != leaf:
            raise InputError(
                f"order {order} is not in use any more",
                where=self._where(),
                hint="restore the order that was deployed last",
            )

    # -- files --------------------------------------------------------------------------------

    def _standing(self) -> Image:
        return {slot.role: disk.read(slot.path) for slot in self.place.slots}

    def _deployed(self, image: Image) -> Deployed | None:
        held = self.place.read(image)
        return held.deployed if held else None

    def _confirmed(self, image: Image) -> bool:
        held = self.place.read(image)
        try:
            if held is not None:
                self.place.confirm(held)
        except SourceError:
            return False
        return True

    def _change(self, begun: Journal, wanted: Image, before: Image | None) -> None:
        """Put an image into use under the journal; on failure ``before`` is put back.

        Without ``before`` the journal stays, and the next call for this place tries again.
        """
        self.drawer.enter(begun)
        self.passing("entered")
        active = begun.active
        try:
            self._put(wanted)
            self.place.check()
            self.passing("checked")
            self.drawer.activate()
            self.passing("activating")
            active = True
            self.place.activate(wanted)
            self.passing("activated")
        except SourceError as error:
            if before is None:
                raise
            raise self._taken_back(error, before, active=active) from error

    def _taken_back(self, error: SourceError, before: Image, *, active: bool) -> SourceError:
        """Put back what was in use before a failure; returns the error that tells of both."""
        try:
            self._put(before)
            if active and any(before.values()):
                self.place.activate(before)
        except SourceError as second:
            # The journal stays: the next call for this place tries again.
            return SourceError(
                f"{error.message}; and putting back what was in use failed: {second.message}",
                where=error.where,
                hint=error.hint or second.hint,
            )
        self.drawer.leave()
        return SourceError(
            f"{error.message}; what was in use before is in use again",
            where=error.where,
            hint=error.hint,
        )

    def _put(self, image: Image) -> None:
        """Replace the files: all are written first, so that the renames come close together.

        A file of which the image does not say anything, as it was not of the place then, stays.
        """
        slots = [slot for slot in self.place.slots if slot.role in image]
        staged = []
        for slot in slots:
            content = image[slot.role]
            staged.append(None if content is None else disk.stage(slot, content))
            self.passing(f"staged.{slot.role}")
        for slot, temporary in zip(slots, staged, strict=True):
            if temporary is None:
                disk.drop(slot.path)
                disk.drop(disk.staged(slot))
            else:
                disk.swap(temporary, slot.path)
            self.passing(f"replaced.{slot.role}")
        for folder in dict.fromkeys(slot.path.parent for slot in slots):
            disk.sync_folder(folder)

    def _recover(self, except_for: str | None = None) -> Journal | None:
        """Take back what a process that died had begun, unless it was for that order.

        Returns what is under way for that order.
        """
        journal = self.drawer.journal()
        if journal is None or journal.order == except_for:
            return journal
        before = self.drawer.before(journal.order)
        if before is None:
            self.drawer.leave()
        else:
            self._undo(journal.order, before.image, active=journal.active)
        return None

    def _undo(self, order: str, previous: Image, *, active: bool = True) -> None:
        self._put(previous)
        if active and any(previous.values()):
            self.place.activate(previous)
        self.drawer.drop_before(order)
        self.drawer.leave()

    def _where(self) -> str:
        return f"deployer {self.spec.id} at {self.place.slots[0].path}"
