"""Tests for RSA keys that are known to be weak (BR 6.1.1.3 and 6.1.6).

Done here, by computation alone: an exponent or modulus that cannot be right, a factor below 752,
ROCA (CVE-2017-15361, the generator of Infineon's library), and primes so close that Fermat's
method finds them within 100 rounds. Not done: the Debian lists of 2008 (CVE-2008-0166), which
are data of many megabytes and not shipped; declare such keys as compromised keys instead.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd, isqrt, prod

FERMAT_ROUNDS = 100
MAX_BITS = 16384


def _primes(limit: int) -> list[int]:
    return [n for n in range(2, limit) if all(n % d for d in range(2, isqrt(n) + 1))]


_SMALL = prod(_primes(752))


def _logarithms(prime: int) -> dict[int, int]:
    """Return the discrete logarithms to base 65537 of the subgroup it generates."""
    found: dict[int, int] = {}
    value = 1
    while value not in found:
        found[value] = len(found)
        value = value * 65537 % prime
    return found


# The weak generator makes primes k*M + (65537**a mod M), M being a product of the first primes;
# 167 is the last prime of M for the shortest keys, and longer keys use multiples of that M. The
# primes whose subgroup is small come first: they tell most.
_ROCA = sorted(
    ((p, _logarithms(p)) for p in _primes(168) if p > 2),
    key=lambda pair: len(pair[1]) / (pair[0] - 1),
)
_ROCA_MODULUS = prod(p for p, _ in _ROCA)


def is_roca(modulus: int) -> bool:
    """Say whether the modulus is a power of 65537 modulo M, as those of the weak generator are.

    The logarithms modulo each prime must exist and agree with one another, so that a key made
    otherwise passes this test with a chance far below one in a billion.
    """
    rest = modulus % _ROCA_MODULUS
    logarithms: list[tuple[int, int]] = []
    for prime, table in _ROCA:
        logarithm = table.get(rest % prime)
        if logarithm is None:
            return False
        logarithms.append((logarithm, len(table)))
    return all(
        (a - b) % gcd(m, n) == 0
        for index, (a, m) in enumerate(logarithms)
        for b, n in logarithms[:index]
    )


_SQUARES_64 = frozenset(n * n % 64 for n in range(64))
# a*a - n can only be a square when it is one modulo 64: the offsets worth trying, by n.
_CANDIDATES = {
    n: frozenset(a for a in range(64) if (a * a - n) % 64 in _SQUARES_64) for n in range(64)
}
_SQUARES_MORE = [(m, frozenset(n * n % m for n in range(m))) for m in (63, 65, 11, 17, 19, 23)]


def has_close_primes(modulus: int, rounds: int = FERMAT_ROUNDS) -> bool:
    """Say whether Fermat's factorisation succeeds within so many rounds."""
    first = isqrt(modulus)
    if first * first < modulus:
        first += 1
    wanted = _CANDIDATES[modulus % 64]
    for root in range(first, first + rounds):
        if root % 64 not in wanted:
            continue
        rest = root * root - modulus
        if all(rest % m in squares for m, squares in _SQUARES_MORE) and isqrt(rest) ** 2 == rest:
            return True
    return False


@lru_cache(maxsize=4096)
def weak_rsa(modulus: int, exponent: int) -> bool | None:
    """Say whether an RSA public key is known to be weak; length is judged by policy, not here.

    None for a modulus so long that only an attacker makes it: the tests would take minutes.
    """
    if modulus.bit_length() > MAX_BITS:
        return None
    if exponent < 3 or exponent % 2 == 0 or modulus < 2 or gcd(modulus, _SMALL) != 1:
        return True
    return is_roca(modulus) or has_close_primes(modulus)
