"""``trustpath bundle``: changes of both sides that need an order, with their waits."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trustpath.base.errors import InputError
from trustpath.cli.acting import ActorOption
from trustpath.cli.application import Application
from trustpath.cli.options import DEFAULT_ESTATE, EstateOption, Format, FormatOption

if TYPE_CHECKING:
    from trustpath.facts.bundle import Bundle
    from trustpath.workflow.bundle.office import BundleOffice
    from trustpath.workflow.bundle.starting import Wish

ENDED_BADLY, WAITS = 3, 4
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The bundle.")]
JobOption = Annotated[list[str] | None, typer.Option("--job", help="A renewal job; repeatable.")]
IssuerOption = Annotated[str | None, typer.Option("--issuer", help="The issuer to go to.")]
CaOption = Annotated[str | None, typer.Option("--ca", help="Certificates of this CA.")]
MethodOption = Annotated[str | None, typer.Option("--method", help="Validated by this method.")]
AccountOption = Annotated[str | None, typer.Option("--account", help="Obtained by this account.")]
KeyOption = Annotated[
    str | None, typer.Option("--key", help="With this public key: SHA-256 of it, in hex.")
]
NewKeyOption = Annotated[bool, typer.Option("--new-key", help="Make new keys.")]
DetachOption = Annotated[bool, typer.Option("--detach", help="File it only; see bundle run.")]
COLUMNS = ("id", "kind", "state", "about", "done", "steps", "waits_until", "problem")
STEPS = ("step", "state", "what", "until", "note")


def register(tree: typer.Typer, application: Application) -> None:
    """Add the group to the tree."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    tree.add_typer(group, name="bundle", help="Bundles: steps on both sides that need an order.")
    for add in (_start, _list, _show, _turn, _run):
        add(group, application)


def _start(group: typer.Typer, application: Application) -> None:
    @group.command()
    def start(
        kind: Annotated[
            str,
            typer.Argument(
                metavar="KIND",
                help="key-rollover, change-ca, endpoint-move, change-account or replacement.",
            ),
        ],
        job: JobOption = None,
        issuer: IssuerOption = None,
        name: Annotated[str | None, typer.Option("--name", help="The name that moves.")] = None,
        address: Annotated[
            list[str] | None, typer.Option("--address", help="Where it moves to; repeatable.")
        ] = None,
        port: Annotated[int, typer.Option(min=1, max=65535, help="Where it serves.")] = 443,
        ca: CaOption = None,
        method: MethodOption = None,
        account: AccountOption = None,
        key: KeyOption = None,
        new_key: NewKeyOption = False,
        reason: Annotated[
            str | None, typer.Option("--revoke", help="Revoke what is replaced, for this reason.")
        ] = None,
        detach: DetachOption = False,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Start a bundle and carry it on until it ends or waits."""
        from trustpath.workflow.bundle.starting import Wish

        wish = Wish(
            kind=kind,
            jobs=tuple(job or ()),
            issuer=issuer,
            name=name,
            addresses=tuple(address or ()),
            port=port,
            ca=ca,
            method=method,
            account=account,
            spki=key,
            new_key=new_key,
            reason=_reason(reason),
        )
        begin(application, estate, wish, actor, format, detach=detach)


def _reason(word: str | None) -> str | None:
    from trustpath.facts.revoking import REASONS

    if word is not None and word not in REASONS:
        raise InputError(
            f"{word!r} is no reason", where="--revoke", hint="one of " + ", ".join(REASONS)
        )
    return word


def begin(
    application: Application,
    estate: Path,
    wish: Wish,
    actor: str,
    how: Format,
    *,
    detach: bool,
) -> None:
    """File the bundle that a wish means, carry it on, and say where it stands."""
    from trustpath.workflow.bundle.decide import start as file

    office = application.bundles(estate)
    found = office.start_of(wish)
    bundle = file(office.desk(actor), found.kind, found.subject, **found.arguments)
    if not detach:
        carried(office, (bundle.id,), how)
    finish(office.bundle(bundle.id), how)


def carried(
    office: BundleOffice, wanted: Iterable[str], how: Format, *, forever: bool = False
) -> None:
    """Carry bundles on, with a line on standard error for each move."""
    from trustpath.workflow.bundle.office import carry

    for bundle in carry(office, tuple(wanted), forever=forever):
        if how is Format.TABLE:
            print(_line(bundle), file=sys.stderr)


def _line(bundle: Bundle) -> str:
    done = sum(step.state.value == "done" for step in bundle.steps)
    present = next((s for s in bundle.steps if s.state.value not in ("done", "undone")), None)
    says = f": {present.says}" if present and done < len(bundle.steps) else ""
    problem = f" ({bundle.problem})" if bundle.problem else ""
    return f"{bundle.id} {bundle.state.value} {done}/{len(bundle.steps)}{says}{problem}"


_UNDER_WAY = frozenset({"running", "going-back"})


def finish(bundle: Bundle, how: Format) -> None:
    """Show a bundle and leave with the exit code that its state means."""
    show_bundle(bundle, how)
    _say_stuck([bundle])
    if bundle.state.value in ("cancelled", "stuck"):
        raise typer.Exit(ENDED_BADLY)
    if bundle.state.value != "done":
        raise typer.Exit(WAITS)


def _say_stuck(bundles: Iterable[Bundle]) -> bool:
    """Say on standard error which bundles need a person, and for what; returns whether any does."""
    from trustpath.workflow.bundle.machine import way_out

    told = [text for bundle in bundles if (text := way_out(bundle))]
    for text in told:
        print(f"trustpath: {text}", file=sys.stderr)
    return bool(told)


def _list(group: typer.Typer, application: Application) -> None:
    @group.command("list")
    def list_bundles(
        state: Annotated[
            list[str] | None, typer.Option(help="Only in this state; repeatable.")
        ] = None,
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """List bundles, the oldest first."""
        from trustpath.cli.formats import counted, show_rows
        from trustpath.facts.bundle import BundleState

        known = {item.value: item for item in BundleState}
        odd = [word for word in state or () if word not in known]
        if odd:
            raise InputError(
                f"{odd[0]!r} is no state", where="--state", hint="one of " + ", ".join(known)
            )
        office = application.bundles(estate)
        rows = [_row(b) for b in office.bundles([known[word] for word in state or ()])]
        show_rows("trustpath/bundles/1", counted(len(rows), "bundle"), COLUMNS, rows, format)


def _row(bundle: Bundle) -> dict[str, Any]:
    from trustpath.base.clock import format_instant

    waits = [step.earliest for step in bundle.steps if step.state.value == "waiting"]
    until = next((at for at in [bundle.retry_at, *waits] if at is not None), None)
    return {
        "id": bundle.id,
        "kind": bundle.kind,
        "state": bundle.state.value,
        "about": bundle.subject,
        "actor": bundle.actor,
        "done": sum(step.state.value == "done" for step in bundle.steps),
        "steps": len(bundle.steps),
        "waits_until": None if until is None else format_instant(until),
        "problem": bundle.problem,
        "created": format_instant(bundle.created_at),
    }


def _show(group: typer.Typer, application: Application) -> None:
    @group.command("show")
    def show_one(
        bundle: IdArgument,
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Show where a bundle stands, step by step."""
        found = application.bundles(estate).bundle(bundle)
        show_bundle(found, format)
        _say_stuck([found])


def show_bundle(bundle: Bundle, how: Format) -> None:
    """Show a bundle with its steps; of a large one the table counts those that are alike."""
    from trustpath.cli.formats import show_rows

    rows = [_step(number, bundle) for number in range(len(bundle.steps))]
    title = f"{bundle.id} {bundle.kind} {bundle.subject}: {bundle.state.value}"
    if bundle.problem:
        title += f" ({bundle.problem})"
    if how is Format.TABLE and len(rows) > 40:
        kept = [row for row in rows if row["state"] in ("running", "failed")][:40]
        counts: dict[str, int] = {}
        for row in rows:
            counts[row["state"]] = counts.get(row["state"], 0) + 1
        title += ", " + ", ".join(f"{n} {state}" for state, n in counts.items())
        rows = kept
    extra = {**_row(bundle), "pivot": bundle.pivot}
    show_rows("trustpath/bundle/1", title, STEPS, rows, how, extra=extra)


def _step(number: int, bundle: Bundle) -> dict[str, Any]:
    from trustpath.base.clock import format_instant

    step = bundle.steps[number]
    until = step.earliest if step.state.value == "waiting" else None
    return {
        "step": number,
        "verb": step.verb.value,
        "state": step.state.value,
        "what": step.says,
        "until": None if until is None else format_instant(until),
        "note": step.problem or ", ".join(f"{k} {v}" for k, v in step.result.items()),
        "started": None if step.started_at is None else format_instant(step.started_at),
        "ended": None if step.ended_at is None else format_instant(step.ended_at),
        "result": dict(step.result),
    }


def _turn(group: typer.Typer, application: Application) -> None:
    @group.command()
    def pause(
        bundle: IdArgument,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Stop before the next step; waits go on meanwhile."""
        from trustpath.workflow.bundle.decide import pause as stop

        office = application.bundles(estate)
        show_bundle(stop(office.desk(actor), bundle), format)

    @group.command()
    def resume(
        bundle: IdArgument,
        detach: DetachOption = False,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Go on after a pause, or try again what is stuck."""
        from trustpath.workflow.bundle.decide import resume as go_on

        office = application.bundles(estate)
        turned = go_on(office.desk(actor), bundle)
        if not detach:
            carried(office, (turned.id,), format)
        finish(office.bundle(turned.id), format)

    @group.command()
    def cancel(
        bundle: IdArgument,
        reason: Annotated[str, typer.Option(help="Why.")] = "",
        detach: DetachOption = False,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Take back what was done, last first; refused once only the way on is safe."""
        from trustpath.workflow.bundle.decide import cancel as call_back

        office = application.bundles(estate)
        turned = call_back(office.desk(actor), bundle, reason)
        if not detach:
            carried(office, (turned.id,), format)
        after = office.bundle(turned.id)
        show_bundle(after, format)
        _say_stuck([after])
        if after.state.value != "cancelled":
            raise typer.Exit(WAITS)


def _run(group: typer.Typer, application: Application) -> None:
    @group.command()
    def run(
        bundle: Annotated[
            list[str] | None, typer.Argument(metavar="[ID]", help="Only these bundles.")
        ] = None,
        forever: Annotated[
            bool, typer.Option("--forever", help="Stay through the waits, until stopped.")
        ] = False,
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Carry on every bundle that has something to do; also what an earlier run left.

        Exit code 0: what it carried on is done; 4: one waits; 3: one was taken back or is stuck;
        standard error says where and what to do.
        """
        from trustpath.cli.formats import counted, show_rows

        office = application.bundles(estate)
        wanted = tuple(office.bundle(one).id for one in bundle or ())
        before = {one.id for one in office.bundles() if one.state.value in _UNDER_WAY}
        carried(office, wanted, format, forever=forever)
        found = [one for one in office.bundles() if not wanted or one.id in wanted]
        rows = [_row(one) for one in found]
        show_rows("trustpath/bundles/1", counted(len(rows), "bundle"), COLUMNS, rows, format)
        stuck = _say_stuck(found)
        states = {one.state.value for one in found if one.id in before}
        if stuck or "cancelled" in states:
            raise typer.Exit(ENDED_BADLY)
        if states & _UNDER_WAY:
            raise typer.Exit(WAITS)
