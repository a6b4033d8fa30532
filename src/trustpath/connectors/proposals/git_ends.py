"""The zones of one commit: written out to a scratch folder and read as zones are read anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from trustpath.base.errors import InputError, SourceError
from trustpath.connectors.proposals.git_objects import Repository
from trustpath.connectors.proposals.octodns import zones_of
from trustpath.connectors.proposals.ports import MasterFiles, ZoneFolder
from trustpath.connectors.proposals.zonefile import NoZoneError, Version, read_version
from trustpath.facts.part import Problem
from trustpath.facts.proposal import ZoneVersion

_IGNORED = (".jnl", ".jbk", ".swp", ".bak", ".orig", "~", ".private", ".state", ".pem", ".md")
_YAML = (".yaml", ".yml")


@dataclass(slots=True)
class End:
    """What one commit gave: zones by apex, what is wrong of those that failed, and the files."""

    label: str
    folder: Path
    files: Mapping[PurePosixPath, str]
    zones: dict[str, ZoneVersion] = field(default_factory=dict)
    failed: dict[str, list[Problem]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    """Those of octoDNS among them that are no YAML."""
    problems: list[Problem] = field(default_factory=list)
    no_zone: dict[PurePosixPath, Problem] = field(default_factory=dict)
    included: set[Path] = field(default_factory=set)
    unreadable: bool = False
    unread: dict[PurePosixPath, Problem] = field(default_factory=dict)
    """Zone files that cannot be read whole, and why."""
    apexes: dict[PurePosixPath, str] = field(default_factory=dict)
    """The zones of those that can."""

    def place(self, where: str) -> str:
        """Return a place as the repository names it, with the commit."""
        inside = where.replace(f"{self.folder}/", "").removeprefix(f"{self.folder.name}/")
        return f"{inside} at {self.label}" if inside else self.label

    def note(self, message: str, where: str, hint: str = "") -> Problem:
        """Return a problem at a place of this commit."""
        return Problem(message.replace(f"{self.folder}/", ""), self.place(where), hint)

    def noted(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return problems at their places of this commit."""
        return [self.note(p.message, p.where, p.hint) for p in problems]

    def all_problems(self) -> list[Problem]:
        """Return all that is wrong, with files and zones that failed and without."""
        failed = [problem for found in self.failed.values() for problem in found]
        return [*self.problems, *failed, *self.unread.values()]

    def add(self, version: ZoneVersion) -> None:
        """Take a zone; one that two files hold is a problem."""
        known = self.zones.get(version.apex)
        if known is not None:
            message = f"zone {version.apex or '.'} is written twice, also in {known.where}"
            problem = self.note(message, version.where, "keep one of them")
            self.failed.setdefault(version.apex, []).append(problem)
        self.zones[version.apex] = replace(version, where=self.place(version.where))


class EndReader:
    """Reads what changed at one commit below the given paths."""

    def __init__(
        self,
        end: End,
        repository: Repository,
        changed: set[PurePosixPath],
        masters: MasterFiles,
        folders: ZoneFolder,
    ) -> None:
        self._end = end
        self._repository = repository
        self._changed = changed
        self._masters = masters
        self._folders = folders

    def read(self, paths: Iterable[PurePosixPath]) -> None:
        """Read the zones below the paths that changed."""
        end, changed = self._end, self._changed
        usable = {path: blob for path, blob in end.files.items() if not _ignored(path)}
        for root in paths:
            below = {p: b for p, b in usable.items() if p == root or root in p.parents}
            yaml = {p: b for p, b in below.items() if p.suffix in _YAML}
            plain = {p: b for p, b in below.items() if p.suffix not in _YAML}
            if any(p.suffix in _YAML for p in changed if p == root or root in p.parents):
                folder = root.parent if root.suffix in _YAML else root
                self._repository.write(_needed(yaml, changed, folder), end.folder)
                self._read_folder(end.folder / folder)
            if changed & plain.keys():
                self._repository.write(plain, end.folder)
                self._read_masters(plain, end.folder / root)

    def _read_folder(self, folder: Path) -> None:
        end = self._end
        if not folder.is_dir():
            return
        try:
            zones = zones_of(self._folders(folder), folder)
        except SourceError as error:
            # Every zone of the folder may be gone at this end; one that has files is at fault.
            if any(folder.iterdir()):
                end.unreadable = True
                end.problems.append(end.note(error.message, error.where or str(folder), error.hint))
            return
        for version in zones.versions:
            end.add(version)
        for apex, found in zones.failed.items():
            end.failed.setdefault(apex, []).extend(end.noted(found))
        end.broken |= zones.broken
        end.problems.extend(end.noted(zones.problems))

    def _read_masters(self, files: Mapping[PurePosixPath, str], root: Path) -> None:
        end = self._end
        confines = root if root.is_dir() else root.parent
        candidates = sorted(self._changed & files.keys())
        for path in candidates:
            try:
                found = read_version(end.folder / path, confines, None, self._masters)
            except NoZoneError as error:
                end.no_zone[path] = end.note(error.message, error.where, error.hint)
            except InputError as error:
                end.unread[path] = end.note(error.message, error.where, error.hint)
            else:
                end.apexes[path] = found.version.apex
                self._take(found)
        fragments = {end.folder / path for path in end.no_zone}
        for path in sorted(files.keys() - candidates) if fragments else ():
            try:
                found = read_version(end.folder / path, confines, None, self._masters)
            except NoZoneError:
                continue
            except InputError as error:
                # It did not change, but it may include what did.
                end.problems.append(end.note(error.message, error.where, error.hint))
                continue
            if found.included & fragments:
                self._take(found)

    def _take(self, found: Version) -> None:
        end = self._end
        end.included |= found.included
        end.add(found.version)
        end.problems.extend(end.noted(found.problems))


def _ignored(path: PurePosixPath) -> bool:
    return any(part.startswith(".") for part in path.parts) or path.name.endswith(_IGNORED)


def _needed(
    yaml: Mapping[PurePosixPath, str], changed: set[PurePosixPath], folder: PurePosixPath
) -> Mapping[PurePosixPath, str]:
    """Leave out zones of which nothing changed, unless something changed that they may include."""

    def top(path: PurePosixPath) -> PurePosixPath:
        return folder / path.relative_to(folder).parts[0]

    def is_zone(path: PurePosixPath) -> bool:
        entry = top(path)
        return entry == path or entry.name.endswith(".")

    touched = [path for path in changed if path.suffix in _YAML and folder in path.parents]
    if not all(map(is_zone, touched)):
        return yaml
    tops = set(map(top, touched))
    return {path: blob for path, blob in yaml.items() if not is_zone(path) or top(path) in tops}
