"""``trustpath cert revoke`` and ``abandon``: ending certificates and the proofs behind them."""

from __future__ import annotations

import binascii
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trustpath.base.errors import InputError
from trustpath.cli.acting import HELD, ActorOption
from trustpath.cli.application import Application
from trustpath.cli.change import report
from trustpath.cli.given import read_given
from trustpath.cli.options import DEFAULT_ESTATE, EstateOption, Format, FormatOption, RulesOption

if TYPE_CHECKING:  # loading them costs more than showing the help may
    from trustpath.workflow.certificate.office import CertificateOffice
    from trustpath.workflow.certificate.revoke import Confirmation
    from trustpath.workflow.change.decide import Stand

_MOST = 1024 * 1024
_NAMED = re.compile(r"[Oo]\d+|[0-9A-Fa-f:]{8,}")
"""An issuance or a fingerprint, whatever files there are."""
COLUMNS = ("id", "state", "reason", "revoked", "confirmed", "says")


def register(group: typer.Typer, application: Application) -> None:
    """Add the commands to the group of certificates."""
    _revoke(group, application)
    _abandon(group, application)


def _revoke(group: typer.Typer, application: Application) -> None:
    @group.command("revoke")
    def revoke_certificate(
        certificate: Annotated[
            str,
            typer.Argument(help="An issuance, a fingerprint, or a file with the certificate."),
        ],
        reason: Annotated[
            str | None, typer.Option(help="A reason word of RFC 5280, as superseded.")
        ] = None,
        emergency: Annotated[
            str | None, typer.Option(help="Go on without the missing consents, for this reason.")
        ] = None,
        timeout: Annotated[
            float, typer.Option(min=0, help="Seconds to wait until CRL and OCSP say so.")
        ] = 10.0,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        rules: RulesOption = None,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Revoke a certificate, as a change, once every place serves its replacement.

        The same again goes on: with the consents, and with what is not confirmed yet. A
        compromised key waits for no replacement. Exit code 0: revoked, and confirmed where that
        can be; 4: something lacks; 3: denied, or not done.
        """
        from dataclasses import replace

        from trustpath.cli.certificates import opened

        path = Path(certificate)
        if not _NAMED.fullmatch(certificate) and path.is_file():
            with opened(application, estate, rules) as office:
                certificate = _handed(office, path, actor)
        with opened(application, estate, rules) as office:
            revoker = replace(office.revoker, wait=timeout)
            found = revoker.known(certificate)
            if found.state.value != "revoked":
                _as_change(office, found.id, reason, actor, emergency, format)
                found = revoker.known(found.id)
            same = revoker.same_key(found) if found.revocation_reason == "keyCompromise" else ()
            _show(revoker.confirm(found, actor), same, format)


def _handed(office: CertificateOffice, path: Path, actor: str) -> str:
    """Take a certificate in from a file, PEM or DER; returns the id of its issuance."""
    from trustpath.workflow.certificate.handed import hand_in
    from trustpath.workflow.certificate.pem import der_chain

    if path.stat().st_size > _MOST:
        raise InputError(f"more than {_MOST} octets", where=str(path))
    content = read_given(path)
    try:
        chain = der_chain(content.decode("ascii")) if b"-----BEGIN" in content else (content,)
    except (UnicodeDecodeError, binascii.Error) as error:
        raise InputError(f"it is no PEM: {error}", where=str(path)) from error
    if not chain:
        raise InputError("there is no certificate in it", where=str(path))
    return hand_in(office, chain, actor).id


def _as_change(
    office: CertificateOffice,
    issuance: str,
    reason: str | None,
    actor: str,
    emergency: str | None,
    how: Format,
) -> None:
    """File the revocation, or find it filed, and carry it out; ends the command unless it is."""
    from trustpath.facts.change import State
    from trustpath.workflow.change.apply import StoppedError, apply

    desk, ports = office.changes.desk, office.changes.ports
    stand = _filed(office, issuance, reason, actor)
    if stand.change.state is not State.APPROVED and emergency is None:
        report(stand, how)
        raise typer.Exit(HELD)
    try:
        ended = apply(desk, ports, stand.change.id, actor, emergency=emergency)
    except StoppedError as error:
        typer.echo(f"trustpath: {error}", err=True)
        raise typer.Exit(3 if error.denied else HELD) from error
    if ended.state is not State.APPLIED:
        why = ended.outcome.get("why", ended.state.value)
        raise InputError(str(why), where=ended.id)


def _filed(office: CertificateOffice, issuance: str, reason: str | None, actor: str) -> Stand:
    """Return the change that is filed for this revocation, or file it once nothing needs it."""
    from trustpath.workflow.certificate.revoking import filed, propose_revocation

    found = filed(office, issuance, reason)
    if found is not None:
        return found
    if reason is None:
        raise InputError("a revocation needs a reason", where="--reason", hint="as superseded")
    return propose_revocation(office, issuance, reason, actor)


def _show(found: Confirmation, same: tuple[str, ...], how: Format) -> None:
    from trustpath.base.clock import format_instant
    from trustpath.cli.formats import show_rows

    item = found.issuance
    row: dict[str, Any] = {
        "id": item.id,
        "certificate": item.fingerprint,
        "state": item.state.value,
        "reason": item.revocation_reason,
        "revoked": None if item.revoked_at is None else format_instant(item.revoked_at),
        "confirmed": None if item.confirmed_at is None else format_instant(item.confirmed_at),
        "says": str(found) if found.named or item.confirmed_at is None else "confirmed before",
        "same_key": list(same),
    }
    title = f"{item.id}: revoked"
    show_rows("trustpath/revocation/1", title, COLUMNS, [row], how)
    if same and how is Format.TABLE:
        typer.echo(f"the same key is in: {', '.join(same)}; revoke these as well", err=True)
    if found.named and not found.complete:
        raise typer.Exit(HELD)


def _abandon(group: typer.Typer, application: Application) -> None:
    @group.command("abandon")
    def abandon_validations(
        wanted: Annotated[str, typer.Argument(metavar="JOB", help="A job, or an issuance.")],
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Deactivate the authorizations behind a job, so that no CA reuses them.

        Exit code 0: done; 1: of one order that failed.
        """
        from trustpath.cli.certificates import opened
        from trustpath.cli.formats import counted, show_rows
        from trustpath.workflow.certificate.abandon import abandon

        with opened(application, estate) as office:
            found = list(abandon(office, wanted, actor))
        rows: list[dict[str, object]] = [
            {"id": item.id, "job": item.job, "authorizations": count, "problem": str(why or "")}
            for item, count, why in found
        ]
        columns = ("id", "job", "authorizations", "problem")
        show_rows("trustpath/abandoned/1", counted(len(rows), "order"), columns, rows, format)
        if any(why for _, _, why in found):
            raise typer.Exit(1)
