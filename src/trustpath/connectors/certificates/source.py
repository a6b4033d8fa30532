"""The source of certificates in files: one part per file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trustpath.base.errors import EstateError, LimitError, SourceError
from trustpath.connectors.certificates.containers import read
from trustpath.connectors.certificates.files import File, files
from trustpath.connectors.certificates.parts import PartMaker
from trustpath.connectors.certificates.reading import DEFAULT_LIMITS, Limits, Reading
from trustpath.connectors.certificates.sampling import Sampling
from trustpath.facts.part import Part
from trustpath.facts.source import Context, SourceSpec
from trustpath.facts.trust import PathBuilder
from trustpath.facts.trust_authority import may_be_authority
from trustpath.facts.trust_timestamps import TimestampChecker

# Files are read once, unless all together are more than this: then twice, for memory's sake.
_KEPT_OCTETS = 64 * 1024 * 1024
_MAX_AUTHORITIES = 20_000


def make(spec: SourceSpec, context: Context) -> CertificateSource:
    """Build the source; raises EstateError on bad options.

    Options: ``path`` (a file, a folder or a glob, relative to the estate file), ``password`` for
    PKCS#12 (``env:VARIABLE`` or ``file:PATH``), ``signatures`` (``all`` or ``sampled``).
    """
    path = spec.options.get("path")
    if not isinstance(path, str) or not path:
        raise EstateError(
            f"source {spec.id} has no path", where=spec.where, hint="path: a file, folder or glob"
        )
    password = spec.options.get("password")
    if password is not None and not (
        isinstance(password, str) and password.startswith(("env:", "file:"))
    ):
        raise EstateError(
            "password is a reference to a secret, never the secret",
            where=spec.where,
            hint="write env:VARIABLE or file:PATH",
        )
    signatures = spec.options.get("signatures", "sampled")
    if signatures not in ("all", "sampled"):
        raise EstateError(f"signatures is all or sampled, not {signatures!r}", where=spec.where)
    return CertificateSource(spec, context, path, password, signatures == "all")


@dataclass(frozen=True, slots=True)
class CertificateSource:
    """Certificates and revocation lists of one estate entry; grade AUTHORITATIVE.

    Intermediates found anywhere in the source help to build the paths of all. Private keys are
    never decoded: only that one is there becomes a fact.
    """

    spec: SourceSpec
    context: Context
    path: str
    password: str | None = None
    all_signatures: bool = False
    limits: Limits = DEFAULT_LIMITS

    def collect(self) -> Iterator[Part]:
        """Yield one part per file that holds something of ours.

        Raises SourceError when there is no file at all or the password cannot be had.
        """
        found = files(self.spec, self.path)
        passwords = self._passwords()
        now = self.context.clock.now()
        paths = PathBuilder(self.context.roots, now)
        kept = self._survey(found, passwords, paths)
        parts = PartMaker(
            now, paths, Sampling(self.all_signatures), TimestampChecker(self.context.ct_logs)
        )
        for file in found:
            known = file.label in kept
            reading = kept.pop(file.label) if known else self._read(file, passwords)
            if reading is not None:
                yield parts.part(file, reading)

    def _passwords(self) -> tuple[bytes, ...]:
        reference = self.password
        if reference is None:
            return ()
        if reference in self.context.secrets:
            return (self.context.secrets[reference].encode(),)
        kind, _, rest = reference.partition(":")
        if kind == "env":
            value = os.environ.get(rest)
            if value is None:
                raise SourceError(f"the variable {rest} is not set", where=self.spec.where)
            return (value.encode(),)
        try:
            return (Path(self.spec.folder, rest).read_bytes().rstrip(b"\r\n"),)
        except OSError as error:
            raise SourceError(
                f"password file {rest} cannot be read: {error.strerror}", where=self.spec.where
            ) from error

    def _survey(
        self, found: list[File], passwords: tuple[bytes, ...], paths: PathBuilder
    ) -> dict[str, Reading | None]:
        """Make all issuers known first; returns the readings that are small enough to keep."""
        kept: dict[str, Reading | None] = {}
        octets = authorities = 0
        for file in found:
            reading = self._read(file, passwords)
            if reading is None:
                kept[file.label] = None
                continue
            for _, der in reading.certificates:
                if authorities < _MAX_AUTHORITIES and may_be_authority(der):
                    authorities += paths.add(der)
            if authorities >= _MAX_AUTHORITIES:
                message = f"after {_MAX_AUTHORITIES} issuing certificates: paths use no more"
                reading.problem(message, file.label, "make several sources of the folder")
            octets += reading.octets
            if octets <= _KEPT_OCTETS:
                kept[file.label] = reading
        return kept

    def _read(self, file: File, passwords: tuple[bytes, ...]) -> Reading | None:
        """Read a file; None when it holds nothing of ours and its name does not say otherwise."""
        failed = Reading()
        if file.problem is not None:
            failed.problems.append(file.problem)
            return failed
        try:
            data = file.read(self.limits)
            reading = None if data is None else read(data, file.label, passwords, self.limits)
        except OSError as error:
            failed.problem(f"cannot be read: {error.strerror}", file.label)
            return failed
        except LimitError as error:
            failed.problem(error.message, error.where, error.hint)
            return failed
        if reading is None or not reading.empty or reading.problems:
            return reading
        if reading.key or reading.ignored or not file.expected:
            return None
        reading.problem("no certificate in it", file.label, "PEM, DER, PKCS#12, PKCS#7 or CRL")
        return reading
