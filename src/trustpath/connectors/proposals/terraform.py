"""``--terraform FILE``: a plan of Terraform or OpenTofu, as ``terraform show -json`` writes it.

Only ``resource_changes`` say what will happen; the rest of the plan is used to find the name of a
zone by its id. What cannot be judged is a problem with the address of its resource.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trustpath.base.errors import InputError, LimitError
from trustpath.connectors.proposals.files import read_bounded
from trustpath.connectors.proposals.terraform_certificates import (
    CERTIFICATES,
    HARMLESS,
    LOOKS_LIKE_A_CERTIFICATE,
    Asked,
    CertificateType,
    NoIssuanceError,
    written,
)
from trustpath.connectors.proposals.terraform_state import ZONE_TYPES, Held, Zones
from trustpath.connectors.proposals.terraform_types import RECORDS, RecordType
from trustpath.facts.part import Problem
from trustpath.facts.proposal import Action, CertificateEvent, Operation, Submission

_LOOKS_LIKE_DNS = re.compile(
    r"dns|route53|rrset|name_?server|host_?name|traffic_?manager|^cloudflare_load_balancer$"
    r"|(?:^|_)(?:records?|zones?|sub_?domains?|domains?|domain_?names?)(?:_|$)"
)
_OTHER_DOMAINS = re.compile(
    r"^libvirt_|^aws_(?:opensearch|elasticsearch|codeartifact|sagemaker|swf|cloudsearch)_domain"
    r"|availability_zone|dataplex_zone|_(?:fault|failure)_domain"
)
"""What is called a domain or a zone and has nothing to do with DNS."""

_IDLE = frozenset({"no-op", "read"})
_DOES = frozenset({"create", "update", "delete"})
_REMOVING = frozenset({Action.REMOVE, Action.REMOVE_RRSET})


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """Bounds of one plan: octets and resource changes."""

    octets: int = 128 << 20
    changes: int = 500_000


DEFAULT_LIMITS = PlanLimits()


def read_terraform(path: Path, limits: PlanLimits = DEFAULT_LIMITS) -> Submission:
    """Return what a plan proposes for DNS; raises InputError where the file is no such plan."""
    return parse_terraform(read_bounded(path, limits.octets), str(path), limits)


def parse_terraform(data: bytes, where: str, limits: PlanLimits = DEFAULT_LIMITS) -> Submission:
    """Return what a plan proposes for DNS; ``where`` names it in messages."""
    plan = _document(data, where)
    changes = plan["resource_changes"]
    if len(changes) > limits.changes:
        raise LimitError(f"more than {limits.changes} resource changes", where=where)
    reader = _Plan(where, plan)
    for index, change in enumerate(changes):
        reader.change(change, index)
    reader.problems.extend(_gaps(plan, where))
    # Providers do not order independent resources; what goes has to go before what takes its place.
    operations = sorted(reader.operations, key=lambda o: o.action not in _REMOVING)
    return Submission(
        f"Terraform plan {where}",
        operations=tuple(operations),
        events=tuple(reader.events),
        problems=tuple(reader.problems),
        remarks=tuple(reader.remarks),
    )


def _gaps(plan: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Yield why a plan is not all that is going to happen."""
    if plan.get("errored") is True:
        yield Problem("the plan ended with an error, so it may not be all", where, "plan again")
    deferred = plan.get("deferred_changes") or []
    for item in deferred if isinstance(deferred, list) else [deferred]:
        entry = item if isinstance(item, dict) else {}
        change = entry.get("resource_change")
        address = change.get("address") if isinstance(change, dict) else None
        reason = f" ({_shown(entry['reason'])})" if entry.get("reason") else ""
        message = f"the change is deferred{reason}: what it will be is not known"
        place = f"{where}: {_shown(address)}" if address else where
        yield Problem(message, place, "apply this plan, and plan again")
    if plan.get("complete") is False and not deferred:
        yield Problem("the plan is not complete: more will have to change", where, "plan again")


def _document(data: bytes, where: str) -> Mapping[str, Any]:
    try:
        plan = json.loads(data)
    except RecursionError as error:
        raise LimitError("the JSON nests too deep", where=where) from error
    except (ValueError, UnicodeError) as error:
        line = getattr(error, "lineno", None)
        raise InputError(
            f"no valid JSON: {str(error)[:120]}",
            where=f"{where}:{line}" if line else where,
            hint="write it with terraform show -json PLANFILE",
        ) from error
    version = plan.get("format_version") if isinstance(plan, dict) else None
    if not isinstance(version, str) or not isinstance(plan.get("resource_changes", []), list):
        raise InputError(
            "this is no Terraform plan", where=where, hint="write it with terraform show -json"
        )
    if version.partition(".")[0] not in ("0", "1"):
        raise InputError(f"plans of format {version[:20]!r} are not read", where=where)
    if "resource_changes" not in plan and "planned_values" not in plan:
        raise InputError(
            "this is a state, not a plan", where=where, hint="terraform show -json PLANFILE"
        )
    return {"resource_changes": [], **plan}


class _Plan:
    def __init__(self, where: str, plan: Mapping[str, Any]) -> None:
        self.operations: list[Operation] = []
        self.events: list[CertificateEvent] = []
        self.problems: list[Problem] = []
        self.remarks: list[Problem] = []
        self._where = where
        self._plan = plan
        self._zones = Zones(plan)
        self._written = written(plan)

    def change(self, entry: object, index: int) -> None:
        """Take one entry of ``resource_changes``."""
        change = entry.get("change") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(change, dict):
            raise InputError(f"resource change {index + 1} is malformed", where=self._where)
        kind, address = str(entry.get("type")), _shown(entry.get("address"))
        where = f"{self._where}: {address}"
        listed = change.get("actions")
        actions = {str(action) for action in listed} if isinstance(listed, list) else set()
        if entry.get("mode") == "data" or (actions and actions <= _IDLE):
            return
        record = RECORDS.get(kind)
        if kind in ZONE_TYPES:
            self._zone(actions, where)
        elif kind in HARMLESS:
            self.remarks.append(Problem(HARMLESS[kind], where))
        elif kind in CERTIFICATES:
            self._certificate(entry, change, actions, where)
        elif record is None:
            self._other(_kind(entry, change), where)
        elif actions == {"forget"}:
            self.remarks.append(Problem("leaves the state; the record stays as it is", where))
        elif not actions or not actions <= _DOES | {"forget"}:
            shown = ", ".join(sorted(actions)) or "none"
            self.problems.append(Problem(f"actions are not known: {shown[:80]}", where))
        else:
            try:
                self.operations.extend(self._record(record, change, actions, where))
            except InputError as error:
                message = f"cannot be judged: {error.message}"
                self.problems.append(Problem(message, where, error.hint))

    def _other(self, kind: str, where: str) -> None:
        if _OTHER_DOMAINS.search(kind):
            return
        for what, looks in (("DNS", _LOOKS_LIKE_DNS), ("a certificate", LOOKS_LIKE_A_CERTIFICATE)):
            if looks.search(kind.lower()):
                message = f"resource type {kind} looks like {what} and is not read"
                self.problems.append(Problem(message, where, "check it by hand"))
                return

    def _certificate(
        self, entry: Mapping[str, Any], change: Mapping[str, Any], actions: set[str], where: str
    ) -> None:
        """Take a resource that is a certificate: what it asks of a CA is an event."""
        kind, address = str(entry.get("type")), _shown(entry.get("address"))
        found = CERTIFICATES[kind]
        try:
            before = after = None
            if actions & {"update", "delete"}:
                before = self._asked(found, change, "before")
            if actions & {"create", "update"}:
                open_ = _unsaid(found, entry, change, self._written)
                if open_:
                    raise InputError(
                        f"{', '.join(open_)} known after apply",
                        hint="apply what it depends on first, and plan again",
                    )
                after = self._asked(found, change, "after")
        except NoIssuanceError as error:
            self.remarks.append(Problem(error.message, where))
            return
        except InputError as error:
            message = f"cannot be judged: {error.message}"
            self.problems.append(Problem(message, where, error.hint))
            return
        if after is not None and (after != before or "create" in actions):
            self.events.append(
                CertificateEvent(
                    address,
                    "issue",
                    after.names,
                    ca=after.ca,
                    method=after.method,
                    where=where,
                    by="terraform",
                )
            )
            if after.ca is None:
                message = "which CA is asked cannot be told from the plan"
                self.problems.append(Problem(message, where, "judge it with --cert-event"))
        elif after is not None:
            self.remarks.append(Problem("what is asked of the CA stays as it is", where))
        if before is not None and (after is None or not set(before.names) <= set(after.names)):
            gone = sorted(set(before.names) - set(after.names if after else ()))
            message = f"a certificate for {', '.join(gone[:5])} goes; who serves it is not judged"
            self.problems.append(
                Problem(message, where, "retire its service or job with --cert-event")
            )

    def _asked(self, found: CertificateType, change: Mapping[str, Any], side: str) -> Asked:
        return found.read(_values(change, side), self._plan)

    def _zone(self, actions: set[str], where: str) -> None:
        if actions & {"create", "delete"}:
            what = "comes" if actions == {"create"} else "goes"
            message = f"a whole zone {what} with this resource, which is not judged"
            self.problems.append(Problem(message, where, "submit its records as a zone file"))
        else:
            self.remarks.append(Problem("settings of a zone change, none of its records", where))

    def _record(
        self, record: RecordType, change: Mapping[str, Any], actions: set[str], where: str
    ) -> Iterator[Operation]:
        before = after = None
        if actions & {"update", "delete"}:
            before = record.read(_values(change, "before"), self._zones)
        if actions & {"create", "update"}:
            hidden = _hidden(record.fields, change)
            if hidden:
                raise InputError(
                    f"{', '.join(hidden)} known after apply",
                    hint="apply what it depends on first, and plan again",
                )
            after = record.read(_values(change, "after"), self._zones)
        yield from _operations(before, after, where)


def _kind(entry: Mapping[str, Any], change: Mapping[str, Any]) -> str:
    """Return the type of a resource; that of what a manifest holds (cert-manager, Gateway...)."""
    kind = str(entry.get("type"))
    if not kind.endswith("manifest"):
        return kind
    for side in ("after", "before"):
        values = change.get(side)
        manifest = values.get("manifest") if isinstance(values, dict) else None
        held = values.get("yaml_body") if isinstance(values, dict) else None
        if isinstance(manifest, dict):
            return f"{kind} of {_shown(manifest.get('apiVersion'))} {_shown(manifest.get('kind'))}"
        if isinstance(held, str):
            named = re.findall(r"^(?:apiVersion|kind):\s*(\S+)", held, re.MULTILINE)
            return f"{kind} of {_shown(' '.join(named))}"
    return kind


def _operations(before: Held | None, after: Held | None, where: str) -> Iterator[Operation]:
    if before is not None and (after is None or not after.whole or after.key != before.key):
        held = before.rdatas
        if before.whole:
            yield Operation(Action.REMOVE_RRSET, *before.key, where=where, seen=held)
        else:
            yield Operation(Action.REMOVE, *before.key, None, held, where, seen=held)
    if after is not None:
        action = Action.REPLACE if after.whole else Action.ADD
        same = before is not None and after.whole and after.key == before.key
        seen = before.rdatas if before is not None and same else None
        yield Operation(action, *after.key, after.ttl, after.rdatas, where, seen=seen)


def _values(change: Mapping[str, Any], side: str) -> Mapping[str, Any]:
    values = change.get(side)
    if not isinstance(values, dict):
        raise InputError(f"the plan does not hold its values {side}")
    return values


def _shown(value: object) -> str:
    return str(value)[:300].encode("utf-8", "replace").decode()


def _hidden(fields: Iterable[str], change: Mapping[str, Any]) -> list[str]:
    """Return the fields whose value nobody knows yet; of ``a|b`` one is enough."""
    unknown, after = change.get("after_unknown"), _values(change, "after")
    if not isinstance(unknown, dict):
        return []
    return [
        field
        for field, options in ((field, field.split("|")) for field in fields)
        if any(_any_true(unknown.get(key)) for key in options)
        and not any(isinstance(after.get(key), str) for key in options)
    ]


def _unsaid(
    found: CertificateType,
    entry: Mapping[str, Any],
    change: Mapping[str, Any],
    stated: Collection[tuple[str, str, str]],
) -> list[str]:
    """Return the fields of a certificate that nobody knows yet.

    One that the provider fills in counts only where the configuration writes it.
    """
    unknown, after = change.get("after_unknown"), _values(change, "after")
    if not isinstance(unknown, dict):
        return []
    place = (str(entry.get("type")), str(entry.get("name")))
    return [
        field
        for field in found.fields
        if _any_true(unknown.get(field) if after.get(field) is None else None)
        and (field not in found.computed or (*place, field) in stated)
    ]


def _any_true(value: object) -> bool:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if item is True:
            return True
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return False
