"""What a Terraform plan holds of records and zones, and how its values are taken safely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trustpath.base import names
from trustpath.base.errors import InputError
from trustpath.facts.edits import MAX_TTL

# Where the id and the name of a zone stand, by resource type; keys of zones start with a family.
ZONE_TYPES: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "aws_route53_zone": ("aws", ("zone_id", "id"), ("name",)),
    "cloudflare_zone": ("cloudflare", ("id", "zone_id"), ("zone", "name")),
    "google_dns_managed_zone": ("google", ("name",), ("dns_name",)),
    "azurerm_dns_zone": ("azure", ("name",), ("name",)),
}


@dataclass(frozen=True, slots=True)
class Held:
    """One record resource: zone (None where the plan does not say), owner, type, TTL, rdatas.

    ``whole`` says that it is the whole RRset; else it is these records of it.
    """

    zone: str | None
    name: str
    type: str
    ttl: int | None
    rdatas: tuple[str, ...]
    whole: bool = True

    @property
    def key(self) -> tuple[str | None, str, str]:
        """Return zone, owner and type."""
        return (self.zone, self.name, self.type)


class Zones:
    """Names of zones by what records refer to them with, from everything the plan holds."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._names: dict[tuple[str, str], str] = {}
        for part in ("prior_state", "planned_values"):
            held: Any = plan.get(part)
            if part == "prior_state" and isinstance(held, dict):
                held = held.get("values")
            for kind, values in _resources(held):
                self._add(kind, values)
        for entry in plan["resource_changes"]:
            change = entry.get("change") if isinstance(entry, dict) else None
            for side in ("before", "after"):
                stated: Any = change.get(side) if isinstance(change, dict) else None
                if isinstance(stated, dict):
                    self._add(str(entry.get("type")), stated)

    def name(self, family: str, identifier: object) -> str | None:
        """Return the canonical name of a zone, or None where the plan does not say."""
        return self._names.get((family, identifier)) if isinstance(identifier, str) else None

    def _add(self, kind: str, values: Mapping[str, Any]) -> None:
        if kind == "cloudflare_zones":
            listed = values.get("zones") or values.get("result")
            for zone in listed if isinstance(listed, list) else ():
                if isinstance(zone, dict):
                    self._add("cloudflare_zone", zone)
            return
        if kind not in ZONE_TYPES:
            return
        family, ids, titles = ZONE_TYPES[kind]
        title = next((values[key] for key in titles if isinstance(values.get(key), str)), None)
        if title is None:
            return
        try:
            apex = names.canonical(title)
        except InputError:
            return
        for key in ids:
            if isinstance(values.get(key), str):
                self._names[family, values[key]] = apex


def _resources(root: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield type and values of every resource in a module and the modules below it."""
    first = root.get("root_module") if isinstance(root, dict) else None
    waiting = [first]
    while waiting:
        module = waiting.pop()
        if not isinstance(module, dict):
            continue
        children, resources = module.get("child_modules"), module.get("resources")
        waiting.extend(children if isinstance(children, list) else ())
        for resource in resources if isinstance(resources, list) else ():
            values = resource.get("values") if isinstance(resource, dict) else None
            if isinstance(values, dict):
                yield str(resource.get("type")), values


def text(values: Mapping[str, Any], key: str) -> str:
    """Return a text value; raises InputError where it is none."""
    value = values.get(key)
    if isinstance(value, str):
        return value
    raise InputError(f"{key} is missing" if value is None else f"{key} is no text")


def texts(values: Mapping[str, Any], key: str) -> list[str]:
    """Return a list of texts, empty where the value is null; raises InputError."""
    value = values.get(key)
    if value is None:
        return []
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise InputError(f"{key} is no list of texts")


def blocks(values: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return a list of nested blocks; a single block counts as a list of one."""
    value = values.get(key)
    listed = [value] if isinstance(value, dict) else value
    if listed is None:
        return []
    if isinstance(listed, list) and all(isinstance(item, dict) for item in listed):
        return listed
    raise InputError(f"{key} is no block")


def plain(values: Mapping[str, Any], key: str) -> str:
    """Return a text or a number as text; raises InputError for anything else."""
    value = values.get(key)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return str(value)
    raise InputError(f"{key} is missing" if value is None else f"{key} is no plain value")


def seconds(values: Mapping[str, Any]) -> int | None:
    """Return the TTL, None where there is none; raises InputError."""
    value = values.get("ttl")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_TTL:
        raise InputError(f"ttl {str(value)[:40]} is no number of seconds")
    return value


def owner(written: str, zone: str | None) -> str:
    """Return the owner that a name means, which may be written relative to its zone."""
    if zone is not None and written in ("", "@"):
        return zone
    name = names.canonical(written)
    if zone is None:
        if "." not in name:
            raise InputError(
                f"{written[:80]!r} is relative, and the plan does not name its zone",
                hint="write the whole name, or let the plan refresh the zone",
            )
        return name
    if name == zone or not zone or name.endswith("." + zone):
        return name
    return names.canonical(f"{name}.{zone}")
