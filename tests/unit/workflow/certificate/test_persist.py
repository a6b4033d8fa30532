"""Standing records in both forms, judged over authoritative answers that the test lays out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from trustpath.base.errors import InputError
from trustpath.facts.edits import Key, RecordSet
from trustpath.facts.issuing import Account, Offer
from trustpath.facts.persist import Grantee, settled
from trustpath.facts.writer import ServerView
from trustpath.workflow.certificate.persist import check, rows_of

ACCOUNT = Account(
    "https://ca.example/acct/123", "valid", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
)
PREFIX = "https://ca.example/h/"
# The vectors of draft-ietf-acme-dns-persist-02 for example.com and for any domain.
OURS = f"{PREFIX}sha-256/5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw"
ANYWHERE = f"{PREFIX}sha-256/NpDnSwUthQK8zCgFdefYxAdAVPnygMLbs9US6oO-5ug"
PLAIN = Grantee(ACCOUNT, Offer(persist_form="plain", persist_names=("ca.example",)))
HASHED = Grantee(
    ACCOUNT, Offer(persist_form="hashed", persist_names=("ca.example",), hash_prefix=PREFIX)
)
NOW = 1_800_000_000


@dataclass
class Zone:
    """One zone, what its servers answer; ``alias`` is in all of them."""

    texts: Sequence[dict[str, Sequence[str]]]
    alias: dict[str, str] = field(default_factory=dict)
    broken: bool = False

    def zone_of(self, name: str) -> str | None:
        return "example.com" if f".{name}".endswith(".example.com") else None

    def above(self, name: str) -> bool:
        return name == "com"

    def resolved(self, _name: str, _rdtype: str) -> Sequence[ServerView]:
        return ()

    def served(self, _zone: str, keys: Sequence[Key]) -> Sequence[ServerView]:
        if self.broken:
            return [ServerView("ns", None, {}, "timeout")]
        return [ServerView("ns", 1, {key: self._held(held, *key) for key in keys})
                for held in self.texts]  # fmt: skip

    def _held(self, held: dict[str, Sequence[str]], name: str, rdtype: str) -> RecordSet | None:
        if rdtype == "CNAME" and name in self.alias:
            return RecordSet(300, (self.alias[name],))
        if rdtype == "TXT" and name in held:
            return RecordSet(300, tuple(f'"{text}"' for text in held[name]))
        return None


def at(base: str, *texts: str) -> Zone:
    """Return a zone with standing records of a base name."""
    return Zone([{f"_validation-persist.{base}": texts}])


def stands(zone: Zone, name: str, grantee: Grantee = PLAIN, **more: bool) -> bool | None:
    return check(zone, name, grantee, "ca", NOW, **more).stands


GRANT = f"ca.example; accounturi={ACCOUNT.uri}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GRANT, True),
        (f"ca.example;accounturi={ACCOUNT.uri};persistUntil={NOW};new=1", True),
        (f"{GRANT}; persistUntil={NOW - 1}", False),
        (f"{GRANT}; persistUntil=soon", False),
        (f"CA.example; accounturi={ACCOUNT.uri}", True),
        (f"ca.example; accounturi={ACCOUNT.uri}4", False),
        (f"ca.example; accounturi={ACCOUNT.uri.replace('acct', 'Acct')}", False),
        (f"other.example; accounturi={ACCOUNT.uri}", False),
        ("ca.example", False),
        (f"ca.example; accounturi={OURS}", False),
    ],
    ids=["plain", "lasts", "ended", "no end", "case of the CA", "longer", "case of the account",
         "another CA", "no account", "hashed"],
)  # fmt: skip
def test_a_record_in_the_plain_form(text: str, expected: bool) -> None:
    assert stands(at("example.com", text), "example.com") is expected


@pytest.mark.parametrize(
    ("account", "name", "expected"),
    [
        (OURS, "example.com", True),
        (ANYWHERE, "example.com", True),
        (ANYWHERE, "www.example.com", True),
        (OURS, "www.example.com", False),
        (OURS.lower(), "example.com", False),
        (ACCOUNT.uri, "example.com", False),
    ],
    ids=["of the domain", "of any", "of any below", "of another domain", "case", "plain"],
)
def test_a_record_in_the_hashed_form(account: str, name: str, expected: bool) -> None:
    zone = at(name, f"ca.example; accounturi={account}")
    assert stands(zone, name, HASHED) is expected


def test_hashes_by_earlier_keys_count_while_the_account_lives() -> None:
    successor = replace(ACCOUNT, thumbprint="A" * 43)
    zone = at("example.com", f"ca.example; accounturi={OURS}")
    assert stands(zone, "example.com", replace(HASHED, account=successor)) is False
    rolled = replace(HASHED, account=successor, former=(ACCOUNT.thumbprint,))
    assert stands(zone, "example.com", rolled) is True
    (row,) = rows_of("example.com", [f'"ca.example; accounturi={OURS}"'])
    assert rolled.grants_us(row)
    assert not rolled.grants_us(row, earlier=False)


def test_a_wildcard_needs_the_policy_at_its_base() -> None:
    plain, wide = at("example.com", GRANT), at("example.com", f"{GRANT}; policy=wildcard")
    assert stands(plain, "*.example.com") is False
    assert stands(wide, "*.example.com") is True
    assert stands(wide, "example.com") is True


def test_a_record_above_counts_where_the_ca_documents_how_far_it_reaches() -> None:
    wide = at("example.com", f"{GRANT}; policy=wildcard")
    assert stands(wide, "www.example.com") is False
    assert stands(wide, "www.example.com", climbs=True) is True
    assert stands(at("example.com", GRANT), "www.example.com", climbs=True) is False


def test_what_lacks_is_said_with_the_record_and_the_command() -> None:
    found = check(at("example.com", f"{GRANT}; persistUntil=7"), "*.example.com", PLAIN, "le", NOW)
    assert "it ends 1970-01-01T00:00:07Z" in found.why
    assert f'add TXT "{GRANT}; policy=wildcard"' in found.why
    assert found.why.endswith("trustpath account grant '*.example.com' --issuer le")
    assert "there is no record" in check(at("example.com"), "example.com", PLAIN, "le", NOW).why


def test_what_cannot_be_told_is_unknown() -> None:
    key = "_validation-persist.example.com"
    assert stands(Zone([{}], broken=True), "example.com") is None
    assert stands(Zone([{key: [GRANT]}, {}]), "example.com") is None
    assert stands(Zone([{}], alias={key: "grants.example.net."}), "example.com") is None


def test_an_alias_is_followed() -> None:
    alias = {"_validation-persist.www.example.com": "grants.example.com."}
    zone = Zone([{"grants.example.com": [GRANT]}], alias=alias)
    assert stands(zone, "www.example.com") is True


def test_the_directory_decides_the_form_and_the_estate_where_it_is_silent() -> None:
    announced = Offer(persist_form="hashed", persist_names=("a.example",), hash_prefix=PREFIX)
    assert settled(announced, "plain", {"b.example"}) == announced
    silent = settled(Offer(identities=("c.example",)), "plain", ())
    assert (silent.persist_form, silent.persist_names) == ("plain", ("c.example",))
    with pytest.raises(InputError, match="neither the CA nor the estate"):
        settled(Offer(), None, {"b.example"})
    with pytest.raises(InputError, match="no issuer domain name"):
        settled(Offer(), "plain", ())
