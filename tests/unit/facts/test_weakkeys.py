from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import rsa

from certs import leaf, rsa_key
from trustpath.facts.weakkeys import has_close_primes, is_roca, weak_rsa
from trustpath.facts.x509 import describe


def is_prime(number: int) -> bool:
    return all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7, 11))


def next_prime(number: int) -> int:
    number |= 1
    while not is_prime(number):
        number += 2
    return number


def roca_prime(seed: int) -> int:
    """Make a 256-bit prime as the weak generator does: k * M + (65537**a mod M)."""
    product = 1
    for prime in range(2, 168):
        if all(prime % d for d in range(2, prime)):
            product *= prime
    k = (1 << 256) // product + seed
    for a in range(100_000):
        candidate = k * product + pow(65537, a + seed, product)
        if is_prime(candidate):
            return candidate
    raise AssertionError("no prime found")


def test_an_ordinary_key_is_not_weak() -> None:
    for number in range(3):
        numbers = rsa_key(2048, number).public_key().public_numbers()
        assert weak_rsa(numbers.n, numbers.e) is False


def test_the_weak_generator_is_recognised() -> None:
    modulus = roca_prime(3) * roca_prime(12345)
    assert is_roca(modulus)
    assert weak_rsa(modulus, 65537)
    assert not is_roca(modulus + 2)


def test_a_modulus_that_passes_each_prime_but_not_all_together_is_no_roca_key() -> None:
    # Powers of 65537 chosen per prime without a common exponent, joined by the remainder theorem.
    primes = [p for p in range(3, 168) if all(p % d for d in range(2, p))]
    total, modulus = 0, 1
    for index, prime in enumerate(primes):
        wanted = pow(65537, index, prime)
        step = (wanted - total) * pow(modulus, -1, prime) % prime
        total, modulus = total + step * modulus, modulus * prime
    assert not is_roca(total)


def test_close_primes_are_found_within_the_rounds_only() -> None:
    p = next_prime((1 << 1023) + 12345)
    near = p
    for _ in range(3):
        near = next_prime(near + 2)
    far = next_prime(p + (1 << 800))
    assert has_close_primes(p * near)
    assert has_close_primes(p * p)
    assert not has_close_primes(p * far)
    # (q - p)**2 / (8 * sqrt(n)) is the number of rounds: small numbers show the bound exactly.
    assert has_close_primes(101 * 139, rounds=2)
    assert not has_close_primes(101 * 139, rounds=1)


def test_exponents_and_small_factors() -> None:
    numbers = rsa_key().public_key().public_numbers()
    assert weak_rsa(numbers.n, 1)
    assert weak_rsa(numbers.n, 65536)
    assert weak_rsa(numbers.n * 751, 65537)
    assert not weak_rsa(numbers.n, 3)


def test_a_modulus_beyond_all_measure_is_not_tested() -> None:
    assert weak_rsa((1 << 16384) + 1, 65537) is None
    assert weak_rsa(1 << 16383, 65537) is True


def test_the_certificate_says_so() -> None:
    p = next_prime((1 << 1023) + 999)
    q = next_prime(p + 2)
    exponent = pow(65537, -1, (p - 1) * (q - 1))
    key = rsa.RSAPrivateNumbers(
        p, q, exponent, exponent % (p - 1), exponent % (q - 1), pow(q, -1, p),
        rsa.RSAPublicNumbers(65537, p * q),
    ).private_key()  # fmt: skip
    assert describe(leaf(None, "a.example", key=key).der).certificate.weak_key is True
    assert describe(leaf(None, "a.example", key=rsa_key()).der).certificate.weak_key is False
    assert describe(leaf(None, "a.example").der).certificate.weak_key is False
