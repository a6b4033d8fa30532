"""What one file gave, and the bounds of reading it."""

from __future__ import annotations

from dataclasses import dataclass, field

from trustpath.facts.part import Problem

MAX_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds: octets of a file, of one PEM block, certificates of a file, KDF rounds of PKCS#12."""

    file_octets: int = 64 * 1024 * 1024
    block_octets: int = 4 * 1024 * 1024
    certificates: int = 200_000
    kdf_rounds: int = 10_000_000


DEFAULT_LIMITS = Limits()


@dataclass(slots=True)
class Reading:
    """The content of one file, in order. ``where`` of each entry is ``file`` or ``file:line``.

    ``key`` says that a private key is in it; keys are recognised and never decoded. ``ignored``
    says that it holds something of no interest here, a request say. ``keystore`` marks PKCS#12.
    """

    certificates: list[tuple[str, bytes]] = field(default_factory=list)
    revocation_lists: list[tuple[str, bytes]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    key: bool = False
    ignored: bool = False
    keystore: bool = False
    suppressed: int = 0

    def problem(self, message: str, where: str, hint: str = "") -> None:
        """Note a problem; after many of them they are only counted."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(message, where, hint))
        else:
            self.suppressed += 1

    @property
    def octets(self) -> int:
        """Return how much memory the content takes, about."""
        return sum(len(der) for _, der in (*self.certificates, *self.revocation_lists))

    @property
    def empty(self) -> bool:
        """Say whether nothing of interest was found."""
        return not self.certificates and not self.revocation_lists
