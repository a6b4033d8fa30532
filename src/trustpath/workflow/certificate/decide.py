"""When to renew, and when to try again: pure, from lifetimes, windows, limits and failures."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from trustpath.base.clock import DAY, HOUR, MINUTE
from trustpath.facts.issuing import Window
from trustpath.facts.relations.automation import CaLimit

SHORT: Final = 10 * DAY
"""Certificates that live no longer are short-lived: renewed after half their life."""
SPREAD: Final = 30
"""Renewals by ratio are moved forward by up to a thirtieth of the lifetime, not to bunch."""
LEAST_AGE: Final = 33
"""Percent of the lifetime that a certificate is kept although its window was never ahead.

A CA whose windows are always past would otherwise sell a new certificate at every look.
"""
_STEPS: Final = (MINUTE, 10 * MINUTE, 100 * MINUTE, DAY)


@dataclass(frozen=True, slots=True)
class Due:
    """When a renewal is to be made, and by what: ``window``, ``least age`` or ``ratio``.

    ``ask_again`` is when the CA wants to be asked for its window next (RFC 9773 4.3).
    """

    at: int
    by: str
    ask_again: int | None = None


def renewal(
    fingerprint: str,
    not_before: int,
    not_after: int,
    *,
    window: Window | None = None,
    percent: int | None = None,
    least: int | None = None,
    now: int,
) -> Due:
    """Return when to renew a certificate.

    Within the CA's window at an instant drawn uniformly, the same one at every look so that looking
    often does not draw the earliest; at once where it is past (RFC 9773 4.2). Without a window
    after two thirds of the lifetime, half for short-lived ones, or ``percent`` of it. A window that
    ends after the certificate counts up to its end. ``least``: the part of the lifetime, in
    percent, before which the window is not followed, for one that was past from the start.
    """
    drawn = _fraction(f"{fingerprint} {window.starts if window else ''}")
    if window is not None:
        ends = max(window.starts, min(window.ends, not_after))
        at = window.starts + int(drawn * (ends - window.starts))
        again = None if window.retry_after is None else now + window.retry_after
        if least is not None:
            earliest = not_before + (not_after - not_before + 1) * least // 100
            if at < earliest:
                return Due(earliest, "least age", again)
        return Due(min(at, not_after), "window", again)
    lifetime = not_after - not_before + 1
    ratio = percent / 100 if percent is not None else ratio_of(lifetime)
    at = not_before + int(ratio * lifetime - drawn * lifetime / SPREAD)
    return Due(max(at, not_before), "ratio")


def ratio_of(lifetime: int) -> float:
    """Return after which part of its lifetime a certificate is renewed."""
    return 1 / 2 if lifetime <= SHORT else 2 / 3


def next_try(failures: int, last: int, not_after: int | None, retry_at: int | None = None) -> int:
    """Return when to try again after failures in a row, the last of them at ``last``.

    Pauses grow from a minute to a day, and are never longer than an eighth of the time that is left
    (an hour at least), so that short-lived certificates are not given up. What the CA asks for
    (``retry_at``) comes first.
    """
    if failures < 1:
        return max(last, retry_at or last)
    pause = _STEPS[min(failures, len(_STEPS)) - 1]
    if not_after is not None:
        pause = min(pause, max(HOUR, (not_after - last) // 8)) if failures > 1 else pause
    return max(last + pause, retry_at or 0)


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that counts against limits: whose, for which names, when."""

    ca: str
    account: str | None
    registered: frozenset[str]
    names: frozenset[str]
    at: int


def limited_until(
    limits: Sequence[CaLimit], placed: Sequence[Placed], wanted: Placed
) -> tuple[int, str] | None:
    """Return until when a limit of the CA forbids one more order, and which; None: none does."""
    found: list[tuple[int, str]] = []
    for limit in limits:
        if limit.ca != wanted.ca:
            continue
        since = wanted.at - limit.window
        counted = sorted(o.at for o in placed if o.at > since and _shares(limit, o, wanted))
        if len(counted) >= limit.capacity > 0:
            text = f"{limit.capacity} orders per {limit.per} in {limit.window} s"
            found.append((counted[len(counted) - limit.capacity] + limit.window, text))
    return max(found, default=None)


def _shares(limit: CaLimit, one: Placed, other: Placed) -> bool:
    if one.ca != other.ca:
        return False
    if limit.per == "account":
        return one.account == other.account
    if limit.per == "name-set":
        return one.names == other.names
    return not one.registered.isdisjoint(other.registered)


def _fraction(text: str) -> float:
    """Return a number in [0, 1) that is spread evenly over texts."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big") / (1 << 56)
