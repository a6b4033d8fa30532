"""When renewals fall, and when failures are tried again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.base.clock import DAY, HOUR, MINUTE
from trustpath.facts.issuing import Window
from trustpath.facts.relations.automation import CaLimit
from trustpath.workflow.certificate.decide import (
    SPREAD,
    Placed,
    limited_until,
    next_try,
    ratio_of,
    renewal,
)

NOW = 1_795_500_000
FINGERPRINTS = st.text("0123456789abcdef", min_size=64, max_size=64)
LIFETIMES = st.sampled_from((6 * DAY, 47 * DAY, 398 * DAY)) | st.integers(HOUR, 825 * DAY)


def due(
    fingerprint: str, lifetime: int, window: Window | None = None, percent: int | None = None
) -> int:
    """Return when a certificate that begins now is renewed."""
    return renewal(fingerprint, NOW, NOW + lifetime - 1, window=window, percent=percent, now=NOW).at


@pytest.mark.parametrize(
    ("days", "latest"), [(6, 3), (10, 5), (47, 31.34), (90, 60), (398, 265.34)]
)
def test_a_certificate_is_renewed_after_its_part_of_the_lifetime(days: int, latest: float) -> None:
    times = [due(f"{number:064x}", days * DAY) - NOW for number in range(300)]
    assert max(times) <= latest * DAY
    assert min(times) >= (latest - days / SPREAD - 0.01) * DAY
    assert max(times) - min(times) > days * DAY / SPREAD / 2, "they bunch"


@given(FINGERPRINTS, LIFETIMES)
def test_enough_of_the_lifetime_is_left_to_try_again(fingerprint: str, lifetime: int) -> None:
    at = due(fingerprint, lifetime)
    assert NOW <= at <= NOW + ratio_of(lifetime) * lifetime
    assert NOW + lifetime - at >= lifetime / 3 - 1


@given(FINGERPRINTS, LIFETIMES, st.integers(1, 95))
def test_a_percentage_of_the_estate_is_kept_to(
    fingerprint: str, lifetime: int, percent: int
) -> None:
    at = due(fingerprint, lifetime, percent=percent)
    assert NOW <= at <= NOW + percent / 100 * lifetime


@given(FINGERPRINTS, LIFETIMES, st.integers(-400 * DAY, 400 * DAY), st.integers(0, 40 * DAY))
def test_within_a_window_an_instant_is_drawn_once(
    fingerprint: str, lifetime: int, begins: int, length: int
) -> None:
    window = Window(NOW + begins, NOW + begins + length)
    at = due(fingerprint, lifetime, window)
    assert at == due(fingerprint, lifetime, window), "looking often draws the earliest"
    assert at <= NOW + lifetime
    assert min(window.starts, NOW + lifetime - 1) <= at <= max(window.ends, window.starts)
    if window.ends <= NOW:
        assert at <= NOW, "a window that is past means now"


def test_instants_in_a_window_are_spread_evenly() -> None:
    window = Window(NOW, NOW + 1000)
    drawn = [due(f"{number:064x}", 90 * DAY, window) - NOW for number in range(2000)]
    for part in range(10):
        assert 120 < sum(part * 100 <= at < (part + 1) * 100 for at in drawn) < 280


def test_the_ca_says_when_to_ask_again() -> None:
    found = renewal("a", NOW, NOW + DAY, window=Window(NOW, NOW + 1, None, 21_600), now=NOW + 5)
    assert (found.by, found.ask_again) == ("window", NOW + 5 + 21_600)


@given(st.integers(0, 40), st.integers(0, 400 * DAY), st.integers(0, 10 * DAY))
def test_pauses_after_failures_grow_and_leave_time(failures: int, left: int, asked: int) -> None:
    at = next_try(failures, NOW, NOW + left, NOW + asked)
    assert at >= NOW + asked, "the CA is not asked before it wants to be"
    again = next_try(failures + 1, NOW, NOW + left, NOW + asked)
    if failures != 1:
        assert again >= at or failures == 0
    assert at - NOW <= max(DAY, asked)
    if failures > 1:
        assert at - NOW <= max(HOUR, left // 8, asked)


def test_the_first_pause_is_short() -> None:
    assert [next_try(n, NOW, NOW + 90 * DAY) - NOW for n in range(6)] == [
        0,
        MINUTE,
        10 * MINUTE,
        100 * MINUTE,
        DAY,
        DAY,
    ]


LIMITS = (
    CaLimit("le", "account", 3, HOUR),
    CaLimit("le", "registered-domain", 50, 7 * DAY),
    CaLimit("le", "name-set", 5, 7 * DAY),
)


def placed(at: int, name: str = "www.a.example", ca: str = "le", account: str = "one") -> Placed:
    """Return an order for one name."""
    return Placed(ca, account, frozenset({"a.example"}), frozenset({name}), at)


def test_an_order_beyond_a_limit_waits_until_the_oldest_is_out_of_the_window() -> None:
    earlier = [placed(NOW - 3000, "x.a.example"), placed(NOW - 2000), placed(NOW - 10)]
    assert limited_until(LIMITS, earlier[1:], placed(NOW)) is None
    found = limited_until(LIMITS, earlier, placed(NOW))
    assert found == (NOW - 3000 + HOUR, "3 orders per account in 3600 s")
    assert limited_until(LIMITS, earlier, placed(NOW, account="two")) is None
    assert limited_until(LIMITS, earlier, placed(NOW, ca="other")) is None


def test_the_same_names_count_apart() -> None:
    earlier = [placed(NOW - DAY * n, account="two") for n in range(1, 6)]
    found = limited_until(LIMITS, earlier, placed(NOW))
    assert found == (NOW + 2 * DAY, "5 orders per name-set in 604800 s")
    assert limited_until(LIMITS, earlier, placed(NOW, "api.a.example")) is None


@given(FINGERPRINTS, LIFETIMES, st.integers(1, 95), st.integers(-400 * DAY, 400 * DAY))
def test_a_window_that_was_never_ahead_waits_for_the_least_age(
    fingerprint: str, lifetime: int, least: int, begins: int
) -> None:
    window = Window(NOW + begins, NOW + begins + HOUR)
    free = renewal(fingerprint, NOW, NOW + lifetime - 1, window=window, now=NOW)
    kept = renewal(fingerprint, NOW, NOW + lifetime - 1, window=window, least=least, now=NOW)
    earliest = NOW + lifetime * least // 100
    assert kept.at == max(free.at, earliest)
    assert kept.by == ("window" if free.at >= earliest else "least age")
    assert kept.at <= NOW + lifetime
