"""Which files a path means, without leaving its folder (but for certbot's archive beside it)."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trustpath.base.errors import SourceError
from trustpath.base.files import open_regular
from trustpath.connectors.certificates.containers import sniff, too_large
from trustpath.connectors.certificates.reading import Limits
from trustpath.facts.part import Problem
from trustpath.facts.source import SourceSpec

_ENCODINGS = (".pem", ".crt", ".cer", ".cert", ".der", ".ca-bundle", ".chain", ".bundle")
_CONTAINERS = (".p12", ".pfx", ".p7b", ".p7c", ".crl")
_SUFFIXES = frozenset((*_ENCODINGS, *_CONTAINERS))
_SNIFF_OCTETS = 65536
_CERTBOT = re.compile(r"(?:cert|fullchain)(\d*)\.pem")
_ARCHIVED = re.compile(r"(?:cert|chain|fullchain|privkey)\d+\.pem", re.ASCII)


@dataclass(frozen=True, slots=True)
class File:
    """One candidate. ``label`` is its path below the folder, as messages and parts name it.

    ``expected``: its name says that it holds certificates. ``problem``: why it cannot be used.
    """

    path: Path
    label: str
    expected: bool = True
    problem: Problem | None = None

    def read(self, limits: Limits) -> bytes | None:
        """Return its content, None when it holds nothing of ours; raises OSError, LimitError."""
        with open_regular(self.path) as stream:
            head = stream.read(_SNIFF_OCTETS)
            if not self.expected and not sniff(head):
                return None
            size = os.fstat(stream.fileno()).st_size
            if size > limits.file_octets:
                raise too_large(self.label, size, limits)
            return head + stream.read(limits.file_octets + 1 - len(head))

    @property
    def key_beside(self) -> bool:
        """Say whether a private key lies beside it, judged by names alone."""
        if self.path.suffix != ".key" and self.path.with_suffix(".key").is_file():
            return True
        # certbot's names: cert.pem and fullchain.pem share privkey.pem, cert3.pem privkey3.pem.
        found = _CERTBOT.fullmatch(self.path.name)
        return found is not None and self.path.with_name(f"privkey{found[1]}.pem").is_file()


def files(spec: SourceSpec, text: str) -> list[File]:
    """Return the files that a path, folder or glob means, by label; raises SourceError."""
    base = spec.folder / text
    try:
        if base.is_dir():
            found = sorted(_below(base), key=lambda one: one.label)
        elif base.exists():
            found = [_file(base, _label(base.name))]
        else:
            found = _matching(spec, text)
    except (OSError, RuntimeError, ValueError) as error:
        raise SourceError(f"{text} cannot be read: {error}", where=spec.where) from error
    if not found:
        raise SourceError(
            f"{text} leads to no file", where=spec.where, hint=f"looked in {spec.folder}"
        )
    return found


def _matching(spec: SourceSpec, text: str) -> list[File]:
    pattern = Path(text)
    anchor = Path(pattern.anchor) if pattern.is_absolute() else spec.folder
    try:
        paths = sorted(anchor.glob(str(pattern.relative_to(pattern.anchor))))
    except NotImplementedError as error:
        raise SourceError(f"{text} is no pattern: {error}", where=spec.where) from error
    return [_file(path, _label(str(path.relative_to(anchor)))) for path in paths if path.is_file()]


def _below(root: Path) -> Iterator[File]:
    confines = root.resolve()
    for folder, folders, entries in os.walk(root):
        folders.sort()
        for entry in [*folders, *entries]:
            path = Path(folder, entry)
            label = _label(path.relative_to(root).as_posix())
            if path.is_symlink():
                yield from _linked(path, label, confines)
            elif entry in entries:
                yield _file(path, label)


def _linked(path: Path, label: str, confines: Path) -> Iterator[File]:
    """Follow a link to a file inside the folder, or into certbot's archive.

    A linked folder is met at its real place.
    """
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a loop"
        if path.suffix.lower() in _SUFFIXES:
            yield File(path, label, True, Problem(f"link that leads nowhere: {reason}", label))
        return
    if not target.is_relative_to(confines) and not _archived(path, target):
        hint = "give the source a folder that holds both"
        yield File(path, label, True, Problem("link that leads out of the folder", label, hint))
    elif target.is_file():
        yield _file(path, label)


def _archived(path: Path, target: Path) -> bool:
    """Say whether a link of certbot's ``live/NAME`` leads to the ``archive/NAME`` beside ``live``.

    The one way out of a folder that is followed. ``target`` is resolved, so a link on the way to
    the archive, or in it, leads elsewhere and is not.
    """
    lineage = path.parent.resolve()
    live = lineage.parent
    return (
        live.name == "live"
        and target.parent == live.parent / "archive" / lineage.name
        and _ARCHIVED.fullmatch(target.name) is not None
        and target.is_file()
    )


def _file(path: Path, label: str) -> File:
    expected = path.suffix.lower() in _SUFFIXES
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return File(path, label, expected, Problem(f"cannot be read: {error.strerror}", label))
    if not stat.S_ISREG(mode):
        return File(path, label, expected, Problem("is no regular file", label))
    return File(path, label, expected)


def _label(text: str) -> str:
    # File names are octets; the store holds text.
    return os.fsencode(text).decode("utf-8", "backslashreplace")
