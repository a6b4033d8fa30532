"""What users of other tools were hurt by, tried here against real peers: one test for each.

The reference of each test stands in its docstring; docs/user-pain.md lists all of them, with those
that other tests show and those that are out of reach.
"""

from __future__ import annotations

import hashlib
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bundling import Hours, hours
from cas import Pebble, openbao
from certs import DAY, leaf, pem_bundle, root
from commandline import Ran, check, trustpath
from dns_servers import KEY_SECRET, DnsServer
from issuing import ZONE, Shop, authorities, entries, shop
from peers import require
from trustpath.base.clock import parse_instant

__all__ = ("hours",)
pytestmark = pytest.mark.peer
NAMES = ("pain", "worn", "many", "tries", "gone")
PAIN = "pain.example"
WWW, API = f"www.{PAIN}", f"api.{PAIN}"
KEPT = {"type": "ec-256", "reuse": True}
BOTH: dict[str, Any] = {"names": [WWW, API], "key": KEPT}
"""What the standing shop's job asks for: two names, and the key that it has."""


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DnsServer, Pebble]]:
    folder = tmp_path_factory.mktemp("pain")
    with authorities(folder, [f"{name}.example" for name in NAMES]) as started:
        yield started


class Bench:
    """A shop and the command line on its estate."""

    def __init__(self, made: Shop, capsys: pytest.CaptureFixture[str]) -> None:
        self.shop, self.capsys = made, capsys

    def run(self, *arguments: str | Path, who: str | None = None) -> Ran:
        """Run a command as an actor; what it prints is JSON."""
        actor = () if who is None else ("--actor", who)
        estate = ("-e", self.shop.estate, "--format", "json")
        return trustpath(self.capsys, *arguments, *estate, *actor)

    @property
    def issuances(self) -> list[dict[str, Any]]:
        """Every issuance, the oldest first."""
        return list(self.run("cert", "list", "--all").document["rows"])

    @property
    def used(self) -> dict[str, Any]:
        """The issuance whose certificate is in use."""
        return [row for row in self.issuances if row["state"] == "verified"][-1]

    @property
    def ordered(self) -> int:
        """How many orders the CA was sent."""
        return str(self.shop.ca.log.read_text()).count("POST /order-plz")

    def consent(self, change: str) -> None:
        """Let everybody consent who may have to."""
        for who in ("dan", "cem"):
            self.run("change", "approve", change, who=who)

    def issued(self) -> Ran:
        """Ask for the certificate of the job, consent, issue."""
        change = str(self.run("cert", "request", "web", who="ann").document["id"])
        self.consent(change)
        return self.run("cert", "issue", change, who="ann")

    def renewed(self, *more: str) -> dict[str, Any]:
        """Renew as automation, whether due or not; returns what became of the job."""
        return dict(self.run("cert", "renew", *more, who="bot").document["rows"][-1])

    def held(self, *reasons: str) -> None:
        """See that a renewal is held for these reasons, and that the CA is not asked."""
        before = self.ordered
        found = self.renewed("--force")
        assert found["outcome"] == "held", found
        for reason in reasons:
            assert reason in found["why"]
        assert self.ordered == before

    def nsupdate(self, *lines: str) -> Path:
        """Return a script of updates of the zone."""
        path = self.shop.folder / "script.txt"
        path.write_text("\n".join((f"zone {self.shop.zone}", *lines, "send", "")))
        return path


def service(made: Shop, **changed: Any) -> list[dict[str, Any]]:
    """Return the service of a shop."""
    return [
        {
            "id": "shop",
            "owner": "pki",
            "tier": "internal",
            "names": [f"www.{made.zone}"],
            "ports": [{"port": made.port, "protocol": "tls"}],
            "endpoints": [{"address": "127.0.0.1", "port": made.port}],
            "cas": ["pebble"],
            **changed,
        }
    ]


def public(made: Shop) -> dict[str, Any]:
    """Return the service of a shop as a public one, and its CA as one that looks at CAA."""
    ca = {
        "id": "pebble",
        "approved": True,
        "public": True,
        "acme": True,
        "caa": ["pebble.example"],
        "reuse": "90d",
        "tiers": ["internal", "public"],
    }
    return {"cas": [ca], "services": service(made, tier="public")}


@pytest.fixture(scope="module")
def standing(
    tmp_path_factory: pytest.TempPathFactory, peers: tuple[DnsServer, Pebble]
) -> Iterator[Shop]:
    """A shop whose certificate for two names was obtained and is served."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TSIG", KEY_SECRET)
        with shop(tmp_path_factory.mktemp("standing"), PAIN, *peers) as made:
            made.write(made.job(**BOTH), **public(made))
            yield made


@pytest.fixture
def bench(standing: Shop, capsys: pytest.CaptureFixture[str]) -> Iterator[Bench]:
    """The standing shop; whatever a test changes is as before afterwards."""
    made = Bench(standing, capsys)
    if not made.issuances:
        ran = made.issued()
        assert ran.code == 0, ran.err or ran.out
    yield made
    standing.more = public(standing)
    standing.write(standing.job(**BOTH))
    standing.update(PAIN, "CAA", '0 issue "pebble.example"')
    standing.update(f"_{standing.port}._tcp.{WWW}", "TLSA")
    for name in (WWW, API):
        standing.update(name, "A", "127.0.0.1")
        standing.update(f"_acme-challenge.{name}", "TXT")


@pytest.fixture
def opened(
    tmp_path: Path,
    peers: tuple[DnsServer, Pebble],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Bench]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    with shop(tmp_path / "shop", f"{request.param}.example", *peers) as made:
        yield Bench(made, capsys)


def on(name: str) -> pytest.MarkDecorator:
    """Run a test on a zone of its own."""
    return pytest.mark.parametrize("opened", [name], indirect=True, ids=[name])


# -- CAA --


@pytest.mark.parametrize(
    ("text", "rule", "why"),
    [
        ("pebble.example; accounturi=https://ca.example/acct/1", "CAA-002", "accounturi"),
        ("pebble.example; validationmethods=http-01", "CAA-009", "validationmethods"),
        ("pebble_.example; ;;", "CAA-011", "pebble_.example"),
    ],
    ids=["account", "method", "malformed"],
)
def test_caa_that_locks_us_out_is_seen_today_and_not_at_the_renewal(
    bench: Bench, text: str, rule: str, why: str
) -> None:
    """dstack-examples#109, acmebot#711, acme-dns-client#8, certbot#4827."""
    planted = f'0 issue "{text}"'
    script = bench.nsupdate(f"update delete {PAIN} CAA", f"update add {PAIN} 300 CAA {planted}")
    plan = bench.run("plan", "--nsupdate", script)
    assert plan.code == 3
    assert plan.document["verdict"] == "deny"
    assert rule in {impact["rule"] for impact in plan.document["impact"]}
    bench.shop.update(PAIN, "CAA", planted)
    forecast = bench.run("cert", "forecast")
    assert forecast.code == 3
    (row,) = forecast.document["rows"]
    blockers = {blocker["rule"]: blocker["since"] for blocker in row["blockers"]}
    assert blockers["CAA-002"] is None, "it bites today"
    assert row["due"] > plan.document["now"]
    bench.held("caa: of www.pain.example", why)


def test_a_new_account_does_not_run_into_the_caa_that_names_the_old_one(bench: Bench) -> None:
    """dstack#1009: the account is another, CAA names the one before."""
    uri = bench.used["account"]
    bench.shop.update(PAIN, "CAA", f'0 issue "pebble.example; accounturi={uri}"')
    (issuer,) = _issuers(bench.shop)
    bench.shop.write(bench.shop.job(**BOTH), issuers=[{**issuer, "account_key": "other.pem"}])
    bench.shop.register()
    before = bench.ordered
    found = bench.renewed("--force")
    assert found["outcome"] == "held"
    assert "account: was" in found["why"]
    assert f"permission: CAA of {WWW}" in found["why"]
    assert found["change"] is None, "nobody is asked for what CAA refuses"
    assert bench.run("cert", "request", "web", who="ann").code == 4
    assert bench.ordered == before


def _issuers(made: Shop) -> list[dict[str, Any]]:
    return [
        {
            "id": "pebble",
            "kind": "acme",
            "ca": "pebble",
            "directory": made.ca.directory,
            "roots": str(made.ca.vouching),
            "account_key": "account.pem",
            "contacts": ["mailto:pki@example.com"],
        }
    ]


# -- TLSA --


def test_a_key_that_no_tlsa_record_announces_is_never_served(bench: Bench) -> None:
    """certbot#230, certmagic#294, acme.sh#3096, dehydrated#920, caddy#7135, virtualmin#803."""
    made = bench.shop
    owner = f"_{made.port}._tcp.{WWW}"
    key = bench.used["spki"]
    served = made.served()
    made.write(made.job(names=[WWW, API]))
    for texts in ([f"3 1 1 {key}"], [f"3 0 1 {'0' * 64}", f"3 1 1 {key}"]):
        made.update(owner, "TLSA", *texts)
        bench.held(f"tlsa: no record at {owner}", "bundle start key-rollover")
    (row,) = bench.run("cert", "forecast").document["rows"]
    assert row["passes"] is None
    assert "DANE-002" in {reason["rule"] for reason in row["unknown"]}
    # Nobody is asked to consent to it.
    ran = bench.run("cert", "request", "web", "--rekey", who="ann")
    assert (ran.code, "no TLSA record" in ran.err) == (4, True)
    # Where the record comes after the consents, they get nobody further.
    made.update(owner, "TLSA")
    change = str(bench.run("cert", "request", "web", "--rekey", who="ann").document["id"])
    bench.consent(change)
    made.update(owner, "TLSA", f"3 1 1 {key}")
    orders = bench.ordered
    assert bench.run("cert", "issue", change, who="ann").code in (3, 4)
    assert bench.ordered == orders
    assert made.served() == served


def test_a_renewal_that_keeps_its_key_keeps_dane_whole(bench: Bench) -> None:
    """virtualmin#803: every renewal broke the record."""
    made = bench.shop
    owner = f"_{made.port}._tcp.{WWW}"
    key = bench.used["spki"]
    made.update(owner, "TLSA", f"3 1 1 {key}")
    assert bench.renewed("--force")["outcome"] == "renewed"
    assert bench.issuances[-1]["spki"] == key
    assert _spki(made.served()) == key


def _spki(pem: str) -> str:
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    return hashlib.sha256(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).hexdigest()


# -- renewal, deployment, offboarding --


def test_nothing_is_renewed_for_a_service_that_is_gone(bench: Bench) -> None:
    """cert-manager#7486: the Ingress was gone, the certificate went on being renewed."""
    bench.shop.write(
        bench.shop.job(**BOTH),
        services=service(bench.shop, tier="public", state="retired"),
    )
    bench.held("service: the service shop is not in use any more")


def test_a_name_that_leads_nowhere_burns_no_rate_limit(bench: Bench) -> None:
    """caddy#1622: a dead domain was renewed again and again."""
    for name in (WWW, API):
        bench.shop.update(name, "A")
    for _ in range(3):
        bench.held(f"{WWW} leads nowhere any more")


def test_one_dead_name_neither_blocks_unsaid_nor_is_dropped_unsaid(bench: Bench) -> None:
    """certbot#4410: one dead SAN blocked the renewal of all."""
    bench.shop.update(API, "A")
    served = bench.shop.served()
    bench.held(f"{API} leads nowhere any more", "take the name out")
    assert bench.shop.served() == served
    bench.shop.write(bench.shop.job(names=[WWW], key=KEPT))
    found = bench.renewed("--force")
    assert (found["outcome"], f"no longer asks for {API}" in found["why"]) == ("held", True)
    bench.consent(found["change"])
    assert bench.run("cert", "issue", found["change"], who="ann").code == 0
    assert bench.issuances[-1]["names"] == [WWW]
    bench.shop.update(API, "A", "127.0.0.1")
    bench.shop.write(bench.shop.job(**BOTH))
    back = bench.renewed("--force")
    bench.consent(back["change"])
    assert bench.run("cert", "issue", back["change"], who="ann").code == 0


def test_what_was_renewed_and_is_not_served_is_not_called_done(bench: Bench) -> None:
    """creativecommons.org#1014: renewed, but nginx went on serving the old one."""
    made = bench.shop
    place = {"id": "web", "kind": "files", "key": "web/1.bin", "chain": "web/0.bin"}
    made.write(made.job(**BOTH), deployers=[place])
    served, file = made.served(), (made.web / "0.bin").read_bytes()
    found = bench.renewed("--force", "--timeout", "0.3")
    assert found["outcome"] == "failed"
    assert "not served everywhere" in found["why"]
    assert f"serves {_fingerprint(served)[:16]}, not" in found["why"]
    assert (made.web / "0.bin").read_bytes() == file, "nothing else is there at the next reload"
    assert bench.issuances[-1]["state"] == "failed"


def _fingerprint(pem: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


@on("worn")
def test_what_failed_to_be_renewed_never_leads_back_to_an_expired_certificate(
    opened: Bench,
) -> None:
    """certbot#10655: a failed renewal repointed what is served to an expired certificate."""
    made = opened.shop
    now = int(time.time())
    old = leaf(root("Old Root"), f"www.{made.zone}", not_after=now - DAY)
    (made.web / "0.bin").write_bytes(pem_bundle(old))
    (made.web / "1.bin").write_bytes(old.key_pem)
    command: list[str | Path] = [
        require("nginx"),
        "-p",
        made.web,
        "-c",
        made.web / "nginx.conf",
        "-s",
        "reload",
    ]
    subprocess.run(command, check=True, capture_output=True)
    places = [{"address": "127.0.0.1", "port": port} for port in (made.port, 9)]
    made.write(services=service(made, endpoints=places))
    change = str(opened.run("cert", "request", "web", who="ann").document["id"])
    opened.consent(change)
    ran = opened.run("cert", "issue", change, "--timeout", "0.3", who="ann")
    assert (ran.code, ran.document["state"]) == (4, "verifying")
    (row,) = opened.issuances
    assert row["state"] == "deployed"
    assert "not served everywhere" in row["problem"]
    assert "no way back" in row["problem"]
    assert "expired" in row["problem"]
    assert _fingerprint(made.served()) == row["fingerprint"] != old.fingerprint


@on("many")
def test_of_several_certificates_the_one_of_the_job_is_replaced(opened: Bench) -> None:
    """lemur#3385: the first of several replacements was picked."""
    made = opened.shop
    www = f"www.{made.zone}"
    ca = root("Other Root")
    now = int(time.time())
    stock = {
        "older": leaf(ca, www, not_before=now - 40 * DAY),
        "newer": leaf(ca, www, not_before=now - 20 * DAY),
        "wider": leaf(ca, www, f"api.{made.zone}", not_before=now - DAY),
    }
    folder = made.folder / "stock"
    folder.mkdir()
    for name, one in stock.items():
        (folder / f"{name}.pem").write_bytes(pem_bundle(one))
    live = {"id": "live", "kind": "axfr", "server": made.server.address, "zones": [made.zone]}
    found = {"id": "stock", "kind": "certificates", "path": "stock"}
    made.write(sources=[live, found])
    rows = opened.run("cert", "adopt", who="ann").document["rows"]
    assert {row["fingerprint"]: row["job"] for row in rows} == {
        stock["older"].fingerprint: "web",
        stock["newer"].fingerprint: "web",
        stock["wider"].fingerprint: "",
    }
    assert opened.renewed("--force")["outcome"] == "renewed"
    new = opened.issuances[-1]
    assert new["replaces"] == stock["newer"].fingerprint
    states = {row["fingerprint"]: row["state"] for row in opened.issuances}
    assert states[stock["wider"].fingerprint] == "adopted", "nobody saw it served"
    assert states[stock["older"].fingerprint] == states[stock["newer"].fingerprint] == "superseded"


@on("tries")
def test_what_keeps_failing_is_tried_less_and_less(opened: Bench, hours: Hours) -> None:
    """caddy#1622: each try was an order that failed; stale TXT: acme-dns#429."""
    made = opened.shop
    assert opened.issued().code == 0
    hours.passed = 75 * DAY
    made.write(standing=[])
    before, waits = opened.ordered, []
    for turn in range(1, 4):
        assert opened.renewed()["outcome"] == "failed"
        assert opened.ordered == before + turn
        waiting = opened.renewed()
        assert waiting["outcome"] == "waiting"
        assert opened.ordered == before + turn
        again = parse_instant(waiting["at"])
        waits.append(again - hours.now())
        hours.passed += again - hours.now() + 1
    assert waits == sorted(waits)
    assert 30 <= waits[0] <= 60
    assert waits[1] > 500
    assert waits[2] > 5_000
    assert not made.texts(f"_acme-challenge.www.{made.zone}")


@on("gone")
def test_what_the_ca_revoked_is_replaced_at_once(opened: Bench, tmp_path: Path) -> None:
    """cert-manager#4797: a certificate that was revoked stayed in use until its time."""
    made = opened.shop
    with openbao(tmp_path / "bao", dns=made.server.address) as bao:
        issuer = {"id": "pebble", "kind": "acme", "ca": "pebble", "directory": bao.directory}
        (made.folder / "root.pem").write_bytes(bao.root())
        made.write(issuers=[{**issuer, "account_key": "bao.pem"}], private_roots=["root.pem"])
        made.register()
        assert opened.issued().code == 0
        assert opened.renewed()["outcome"] == "not-due"
        old = x509.load_pem_x509_certificate(made.served().encode())
        serial = ":".join(f"{octet:02x}" for octet in old.serial_number.to_bytes(20, "big"))
        bao.call("PUT", "pki/revoke", serial_number=serial)
        assert opened.renewed()["outcome"] == "renewed"
        assert _fingerprint(made.served()) == opened.used["fingerprint"]
        assert opened.renewed()["outcome"] == "not-due"


def test_a_renewal_that_nobody_started_leaves_its_trace(bench: Bench) -> None:
    """certmate#313: scheduled renewals left no audit."""
    assert bench.renewed("--force")["outcome"] == "renewed"
    done = bench.issuances[-1]
    made = [entry for entry in entries(bench.shop.folder) if entry.subject == done["id"]]
    kinds = [entry.kind.removeprefix("certificate.") for entry in made]
    steps = ["intent", "ordered", "authorized", "issued", "deployed", "verified"]
    # Without "proving" where Pebble reuses an authorization.
    assert [kind for kind in kinds if kind != "proving"] == steps
    assert {entry.actor for entry in made} == {"bot"}
    change = [entry for entry in entries(bench.shop.folder) if entry.subject == done["change"]]
    assert {"change.proposed", "change.applied"} <= {entry.kind for entry in change}
    assert trustpath(bench.capsys, "ledger", "verify", "-e", bench.shop.estate).code == 0


# -- DNS-01 --


def test_a_token_for_the_whole_zone_is_a_finding(bench: Bench) -> None:
    """lego#2414, caddy-dns/ionos#17, dstack-examples#103."""
    narrow = {"name": f"_acme-challenge.{WWW}", "subtree": False}
    keys = [
        {
            "id": "wide",
            "kind": "tsig",
            "service": "shop",
            "created": "2026-11-01",
            "scopes": [PAIN],
        },
        {
            "id": "fit",
            "kind": "tsig",
            "service": "shop",
            "created": "2026-11-01",
            "scopes": [narrow],
        },
    ]
    bench.shop.write(bench.shop.job(**BOTH), credentials=keys)
    assert check(bench.capsys, bench.shop.estate).statuses("KEY-009") == {"wide": "high"}


def test_automation_can_touch_no_more_than_its_standing_approval_says(bench: Bench) -> None:
    """certbot#7583: the provider cannot restrict a token to challenges."""
    for line in (
        f"update add {WWW} 300 A 127.0.0.9",
        f'update add _acme-challenge.{WWW} 60 TXT "no challenge"',
        f"update add _acme-challenge.{WWW} 60 CNAME _acme-challenge.example.org.",
    ):
        ran = bench.run("change", "propose", "--nsupdate", bench.nsupdate(line), who="bot")
        assert ran.code in (3, 4), line
        assert ran.document["needed"], line
        applied = bench.run("change", "apply", str(ran.document["id"]), who="bot")
        assert applied.code in (3, 4), line
    assert not bench.shop.texts(f"_acme-challenge.{WWW}")


def test_dns_as_code_does_not_delete_a_challenge_unasked(bench: Bench) -> None:
    """octodns#352: whatever the repository lacks was deleted, challenges under way as well."""
    challenge = "LPsIwTo7o8BoG0-vjCyGQGBWSVIPxI-i_X336eUOQZo"
    bench.shop.update(f"_acme-challenge.{WWW}", "TXT", f'"{challenge}"')
    zone = bench.shop.folder / f"{PAIN}.zone"
    zone.write_text(ZONE.format(zone=PAIN))
    ran = bench.run("plan", "--dns", zone)
    assert ran.code == 4
    lost = [item for item in ran.document["surface"] if item["change"] == "lost"]
    assert [(item["name"], item["method"]) for item in lost] == [(WWW, "dns-01")]
    reasons = [item["reason"] for item in ran.document["approvals"]]
    assert any("clears the challenge" in reason for reason in reasons)
    bench.shop.update(f"_acme-challenge.{WWW}", "TXT")


def test_a_record_that_is_to_be_ignored_stays(bench: Bench) -> None:
    """dnscontrol#3227: an ignored record was deleted anyway."""
    owner = f"dyn.{PAIN}"
    bench.shop.update(owner, "A", "127.0.0.7")
    folder = bench.shop.folder / "octodns"
    folder.mkdir(exist_ok=True)
    zone: dict[str, dict[str, Any]] = {
        "": {"type": "CAA", "value": {"flags": 0, "tag": "issue", "value": "pebble.example"}},
        "ns": {"type": "A", "value": "127.0.0.1"},
        "www": {"type": "A", "value": "127.0.0.1"},
        "api": {"type": "A", "value": "127.0.0.1"},
        "dyn": {"type": "A", "value": "127.0.0.8", "octodns": {"ignored": True}},
    }
    for entry in zone.values():
        entry["ttl"] = 300
    (folder / f"{PAIN}.yaml").write_text(yaml.safe_dump(zone))
    plan = bench.run("plan", "--octodns", folder)
    assert plan.code == 0, plan.out
    assert plan.document["changes"] == []
    assert f"{owner} A" in plan.out
    del zone["dyn"]["octodns"]
    (folder / f"{PAIN}.yaml").write_text(yaml.safe_dump(zone))
    names = [one["name"] for one in bench.run("plan", "--octodns", folder).document["changes"]]
    assert names == [owner], "without the mark it is a change like any"
    bench.shop.update(owner, "A")


def test_the_alias_that_a_ca_validates_by_goes_through_review(bench: Bench) -> None:
    """vinyldns#1441: the CNAME of a validation failed in the reviewed path alone."""
    owner = f"_0123456789abcdef0123456789abcdef.{WWW}"
    target = "fedcba9876543210fedcba9876543210.0123456789abcdef0123456789abcdef.pain.example."
    bench.shop.update(target.rstrip("."), "TXT", '"of the CA"')
    script = bench.nsupdate(f"update add {owner} 300 CNAME {target}")
    ran = bench.run("change", "propose", "--nsupdate", script, who="ann")
    change = str(ran.document["id"])
    assert {need["role"] for need in ran.document["needed"]} == {"record", "certificate", "pki"}
    bench.consent(change)
    applied = bench.run("change", "apply", change, who="ann")
    assert (applied.code, applied.document["state"]) == (0, "applied"), applied.err
    bench.shop.update(owner, "CNAME")


def test_answers_to_challenges_are_taken_away(bench: Bench) -> None:
    """acme-dns#429: what was published for an order stayed."""
    kept = "of-somebody-else-0123456789-0123456789-0123"
    bench.shop.update(f"_acme-challenge.{WWW}", "TXT", f'"{kept}"')
    assert bench.renewed("--force")["outcome"] == "renewed"
    assert list(bench.shop.texts(f"_acme-challenge.{WWW}")) == [f'"{kept}"']
    bench.shop.update(f"_acme-challenge.{WWW}", "TXT")
    assert not bench.shop.texts(f"_acme-challenge.{API}")
