"""What git keeps of two commits: which files they hold, and their content, without a checkout."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trustpath.base.errors import InputError, LimitError

_REVISION = re.compile(r"[A-Za-z0-9_][\w./@{}^~+-]{0,249}", re.ASCII)
_REGULAR = ("100644", "100755", "100664")


@dataclass(frozen=True, slots=True)
class GitLimits:
    """Bounds: files and octets at one commit under the given paths, seconds of one command."""

    files: int = 50_000
    octets: int = 1 << 30
    seconds: float = 120.0


DEFAULT_LIMITS = GitLimits()


@dataclass(frozen=True, slots=True)
class Repository:
    """A working tree of git at its top folder."""

    top: Path
    limits: GitLimits = DEFAULT_LIMITS

    def run(self, *arguments: str, data: bytes = b"") -> bytes:
        """Return what a git command prints; raises InputError with its message."""
        return _git(self.top, arguments, data, self.limits.seconds)

    def commit(self, revision: str) -> str:
        """Return the commit id of a revision; raises InputError."""
        check_revision(revision)
        output = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^0")
        return output.decode("ascii", "replace").strip()

    def files(self, commit: str, paths: Sequence[PurePosixPath]) -> dict[PurePosixPath, str]:
        """Return the blobs of all regular files under the paths; raises LimitError."""
        wanted = [str(path) for path in paths if path.parts]
        if len(wanted) < len(paths):
            wanted = []
        listing = self.run("ls-tree", "-r", "-l", "-z", "--full-tree", commit, "--", *wanted)
        found: dict[PurePosixPath, str] = {}
        octets = 0
        for entry in filter(None, listing.split(b"\0")):
            head, _, name = entry.partition(b"\t")
            mode, _, blob, size = head.decode("ascii").split()
            if mode in _REGULAR:
                found[PurePosixPath(os.fsdecode(name))] = blob
                octets += int(size)
        if len(found) > self.limits.files or octets > self.limits.octets:
            raise LimitError(
                f"{len(found)} files with {octets} octets at {commit[:12]}",
                where=", ".join(wanted),
                hint="name the folder of zones more closely",
            )
        return found

    def write(self, files: Mapping[PurePosixPath, str], folder: Path) -> None:
        """Write the blobs as files below a folder."""
        paths: dict[str, list[PurePosixPath]] = {}
        for path, blob in files.items():
            if path.is_absolute() or ".." in path.parts:
                raise InputError("a path leads out of the repository", where=str(path))
            paths.setdefault(blob, []).append(path)
        for blob, content in self._blobs(paths):
            for path in paths[blob]:
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)

    def _blobs(self, blobs: Iterable[str]) -> Iterable[tuple[str, memoryview]]:
        ordered = list(blobs)
        request = "".join(f"{blob}\n" for blob in ordered).encode("ascii")
        output = memoryview(self.run("cat-file", "--batch", data=request)) if ordered else b""
        position = 0
        for blob in ordered:
            end = bytes(output[position : position + 200]).index(b"\n") + position
            size = int(bytes(output[position:end]).split()[2])
            yield blob, memoryview(output)[end + 1 : end + 1 + size]
            position = end + size + 2


def open_repository(folder: Path, limits: GitLimits = DEFAULT_LIMITS) -> Repository:
    """Return the repository that a folder is in; raises InputError where there is none."""
    output = _git(folder, ("rev-parse", "--show-toplevel"), b"", limits.seconds)
    return Repository(Path(os.fsdecode(output.rstrip(b"\n"))), limits)


def check_revision(revision: str) -> None:
    """Raise InputError for what is no plain revision: an option, above all."""
    if not _REVISION.fullmatch(revision):
        raise InputError(
            f"{revision[:60]!r} is no revision",
            hint="write a branch, a tag or a commit, such as main..HEAD",
        )


def _git(folder: Path, arguments: Sequence[str], data: bytes, seconds: float) -> bytes:
    settings = ("--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false")
    command = ["git", *settings, "-C", str(folder), *arguments]
    quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}
    try:
        done = subprocess.run(
            command,
            input=data,
            capture_output=True,
            check=False,
            timeout=seconds,
            env={**os.environ, **quiet, "LC_ALL": "C"},
        )
    except FileNotFoundError as error:
        raise InputError("git is not installed", hint="install it, or use --dns FILE") from error
    except (subprocess.TimeoutExpired, OSError, ValueError) as error:
        raise InputError(f"git {arguments[0]} failed: {error}", where=str(folder)) from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0][:300]
        asked = arguments[-1].removesuffix("^0")[:60]
        raise InputError(
            f"git {arguments[0]}: {said or f'there is no such revision: {asked}'}",
            where=str(folder),
            hint="is the history complete? a shallow clone lacks older commits",
        )
    return done.stdout
