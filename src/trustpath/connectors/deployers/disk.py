"""Files that are read whole and replaced in one step; never a moment with a wrong mode.

Every function raises SourceError, with the path and without a word of what the file holds.
"""

from __future__ import annotations

import contextlib
import fcntl
import grp
import os
import pwd
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trustpath.base.errors import InputError, SourceError, TrustpathError
from trustpath.connectors.deployers.content import Content

_LARGEST: Final = 4 << 20
_PRIVATE: Final = 0o600
_PUBLIC: Final = 0o644


@dataclass(frozen=True, slots=True)
class Slot:
    """One file of a place. ``secret``: it holds a private key. ``owner``: ``user[:group]``."""

    role: str
    path: Path
    secret: bool
    owner: str | None = None


def failed(what: str, path: Path, error: OSError, hint: str = "") -> SourceError:
    """Return the error for a file that the system refused to touch."""
    return SourceError(f"{what}: {error.strerror or error}", where=str(path), hint=hint)


def read(path: Path) -> Content | None:
    """Return what a regular file holds, through links; None where there is none."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise failed("cannot be read", path, error) from None
    with os.fdopen(handle, "rb") as file:
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise SourceError("is no regular file", where=str(path))
            content = Content(file.read(_LARGEST + 1))
        except OSError as error:
            raise failed("cannot be read", path, error) from None
    if len(content.octets) > _LARGEST:
        raise SourceError(f"is larger than {_LARGEST} octets", where=str(path))
    return content


def make_folder(path: Path) -> None:
    """Make a private folder unless it is there; the folder above must exist."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return
    except OSError as error:
        hint = "make the folder above, and let whoever runs this write to it"
        raise failed("cannot be made", path, error, hint) from None
    sync_folder(path.parent)


def keep(path: Path, content: Content) -> None:
    """Put a private file (mode 0600) in place in one step; its name is not brought to disk yet."""
    _create(part(path), content)
    swap(part(path), path)


def part(path: Path) -> Path:
    """Return where a private file is written before it takes its place."""
    return path.with_name(path.name + ".part")


def touch(path: Path) -> None:
    """Make an empty private file unless it is there."""
    try:
        path.touch(_PRIVATE)
    except OSError as error:
        raise failed("cannot be made", path, error) from None


def check_place(slot: Slot) -> None:
    """Raise an error where a file could not be replaced: before there is anything to replace it."""
    _owner(slot)
    folder = slot.path.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        hint = "make the folder, and let whoever runs this write to it"
        raise SourceError("its folder cannot be written to", where=str(slot.path), hint=hint)


def stage(slot: Slot, content: Content) -> Path:
    """Write what a file shall hold beside it, with the owner and mode that it has or shall have.

    A new file is 0600, or 0644 without a secret. A mode that stands is kept, but a secret is never
    open to everybody.
    """
    try:
        standing: os.stat_result | None = slot.path.lstat()
    except FileNotFoundError:
        standing = None
    except OSError as error:
        raise failed("cannot be looked at", slot.path, error) from None
    mode = _PRIVATE if slot.secret else _PUBLIC
    user, group = _owner(slot)
    if standing is not None:
        mode = stat.S_IMODE(standing.st_mode) & (0o770 if slot.secret else 0o777)
        user = standing.st_uid if user is None else user
        group = standing.st_gid if group is None else group
    temporary = staged(slot)
    _create(temporary, content, mode, user, group)
    return temporary


def staged(slot: Slot) -> Path:
    """Return where a file is written before it takes its place."""
    return slot.path.with_name(f".{slot.path.name}.trustpath-next")


def swap(temporary: Path, path: Path) -> None:
    """Rename a written file over another; both are in the same folder."""
    try:
        temporary.replace(path)
    except OSError as error:
        raise failed("cannot be replaced", path, error) from None


def drop(path: Path) -> None:
    """Remove a file unless it is gone."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise failed("cannot be removed", path, error) from None


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to disk."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise failed("cannot be opened", path, error) from None
    try:
        os.fsync(handle)
    except OSError as error:
        raise failed("cannot be brought to disk", path, error) from None
    finally:
        os.close(handle)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file, waiting for other processes that hold it."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _PRIVATE)
    except OSError as error:
        raise failed("cannot be opened", path, error) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def held(path: Path | None) -> Iterator[None]:
    """Lock a file that somebody else owns, as it is; without one, or where it is gone, nothing."""
    try:
        handle = None if path is None else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        handle = None
    try:
        if handle is not None:
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _create(
    path: Path,
    content: Content,
    mode: int = _PRIVATE,
    user: int | None = None,
    group: int | None = None,
) -> None:
    """Write a new file, 0600 until all of it is there, and bring it to disk."""
    drop(path)
    what = "cannot be written"
    hint = "its folder must exist, and whoever runs this must be able to write to it"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(path, flags, _PRIVATE)
        try:
            at = 0
            while at < len(content.octets):
                at += os.write(handle, memoryview(content.octets)[at:])
            what = "cannot be given its owner and mode"
            hint = "run as root, or let the file belong to whoever runs this"
            own = os.fstat(handle)
            wanted = own.st_uid if user is None else user, own.st_gid if group is None else group
            if wanted != (own.st_uid, own.st_gid):
                os.fchown(handle, *wanted)
            os.fchmod(handle, mode)
            what, hint = "cannot be brought to disk", ""
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        with contextlib.suppress(TrustpathError):
            drop(path)
        raise failed(what, path, error, hint) from None


def _owner(slot: Slot) -> tuple[int | None, int | None]:
    """Return user and group id of ``user``, ``user:group`` or ``:group``, names or numbers."""
    user, _, group = (slot.owner or "").partition(":")
    try:
        return (
            None if not user else int(user) if user.isdecimal() else pwd.getpwnam(user).pw_uid,
            None if not group else int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid,
        )
    except KeyError:
        raise InputError(f"there is no owner {slot.owner!r} here", where=str(slot.path)) from None
