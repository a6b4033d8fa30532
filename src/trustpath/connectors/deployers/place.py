"""What the kinds of places that consist of files differ in."""

from __future__ import annotations

from typing import Protocol

from trustpath.connectors.deployers.chain import Held
from trustpath.connectors.deployers.content import Image
from trustpath.connectors.deployers.disk import Slot
from trustpath.connectors.deployers.key import Key


class Place(Protocol):
    """Files of one key and certificate, and whoever reads them."""

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The files, in the order in which they are replaced; the first lies where keys may."""
        ...

    def render(self, key: Key, chain: tuple[bytes, ...], standing: Image) -> Image:
        """Return what the files shall hold for a key and its chain (DER), given what they do."""
        ...

    def read(self, image: Image) -> Held | None:
        """Return what files hold, None where that is no certificate at all.

        Raises InputError where a file is something else, which must not be overwritten.
        """
        ...

    def check(self) -> None:
        """Raise SourceError where the user of the files would not take them as they are now."""
        ...

    def activate(self, image: Image) -> None:
        """Make the user of the files take them; raises SourceError."""
        ...

    def confirm(self, held: Held) -> None:
        """Raise SourceError where the user of the files is known to use something else."""
        ...
