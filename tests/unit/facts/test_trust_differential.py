"""Paths in generated hierarchies against the path builder of ``cryptography``."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from hypothesis import given, settings
from hypothesis import strategies as st

from certs import DAY, NOW, Issued, intermediate, leaf, moment, new_key, root
from trustpath.facts.source import RootSet
from trustpath.facts.trust import PathBuilder

ENTITIES = 4
KEYS = [new_key() for _ in range(ENTITIES)]
ROOTS = [root(f"CA {number}", key=key) for number, key in enumerate(KEYS)]


@dataclass(frozen=True, slots=True)
class Link:
    """One certificate of ``subject`` by ``issuer``, and what may be wrong with it."""

    issuer: int
    subject: int
    expired: bool
    length: int | None
    permitted: str | None
    forged: bool

    def issue(self) -> Issued:
        signer = ROOTS[self.issuer]
        if self.forged:
            signer = Issued(signer.certificate, KEYS[(self.issuer + 1) % ENTITIES])
        constraint = [x509.DNSName(self.permitted)] if self.permitted else None
        return intermediate(
            signer,
            f"CA {self.subject}",
            key=KEYS[self.subject],
            not_after=NOW - DAY if self.expired else NOW + 100 * DAY,
            path_length=self.length,
            permitted=constraint,
        )


LINKS = st.builds(
    Link,
    issuer=st.integers(0, ENTITIES - 1),
    subject=st.integers(0, ENTITIES - 1),
    expired=st.sampled_from([False, False, False, True]),
    length=st.sampled_from([None, None, 0, 1]),
    permitted=st.sampled_from([None, None, None, "example.com", "example.net"]),
    forged=st.sampled_from([False, False, False, False, True]),
).filter(lambda link: link.issuer != link.subject)


@settings(deadline=None, max_examples=400)
@given(
    links=st.lists(LINKS, max_size=6),
    anchors=st.sets(st.integers(0, ENTITIES - 1), min_size=1, max_size=2),
    issuer=st.integers(0, ENTITIES - 1),
)
def test_the_same_leaves_are_trusted(links: list[Link], anchors: set[int], issuer: int) -> None:
    known = [link.issue() for link in links]
    shop = leaf(ROOTS[issuer], "a.example.com", key=KEYS[0])
    paths = PathBuilder(RootSet([ROOTS[n].der for n in anchors]), NOW, [one.der for one in known])
    path = paths.best_path(shop.der)
    served = paths.served_path([shop.der, *(one.der for one in known)])
    policy = (
        PolicyBuilder()
        .store(Store([ROOTS[n].certificate for n in anchors]))
        .time(moment(NOW).replace(tzinfo=None))
        .max_chain_depth(8)
    )
    verifier = policy.build_server_verifier(x509.DNSName("a.example.com"))
    try:
        verifier.verify(shop.certificate, [one.certificate for one in known])
        expected = True
    except VerificationError:
        expected = False
    assert (path.publicly_trusted is True) == expected
    assert (served.publicly_trusted is True) == expected
    assert served.complete >= expected
