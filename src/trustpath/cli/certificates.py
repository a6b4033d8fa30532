"""How commands open the office of certificates of an estate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from trustpath.cli.application import Application

if TYPE_CHECKING:  # loading it costs more than showing the help may
    from trustpath.workflow.certificate.office import CertificateOffice


@contextmanager
def opened(
    application: Application,
    estate: Path,
    rules: list[Path] | None = None,
    *,
    serve: float | None = None,
) -> Iterator[CertificateOffice]:
    """Open the office of an estate with fresh facts; they are given back at the end."""
    office = application.certificates(estate, rules=rules or (), serve=serve)
    try:
        office.renew_facts()
        yield office
    finally:
        office.close()
