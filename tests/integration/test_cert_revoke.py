"""Revoking at real CAs: what needs a certificate keeps it, a compromised key waits for nothing."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from cas import Acme2Certifier, OpenBao, Pebble, acme2certifier, openbao
from certs import new_key
from commandline import Ran, trustpath
from dns_servers import KEY_SECRET, DnsServer
from issuing import Shop, authorities, entries, shop
from orders import Zone, acme_issuer, obtain, request
from tls_servers import free_port

pytestmark = pytest.mark.peer
NAMES = ("ends", "leak", "dies", "late", "away", "handed", "vault", "over", "bao", "a2c", "gives",
         "report", "rest", "listed")  # fmt: skip


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DnsServer, Pebble]]:
    with authorities(tmp_path_factory.mktemp("cas"), [f"{n}.example" for n in NAMES]) as started:
        yield started


@pytest.fixture(scope="module")
def bao(
    peers: tuple[DnsServer, Pebble], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenBao]:
    with openbao(tmp_path_factory.mktemp("bao"), dns=peers[0].address) as started:
        yield started


@pytest.fixture(scope="module")
def a2c(
    peers: tuple[DnsServer, Pebble], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Acme2Certifier]:
    folder = tmp_path_factory.mktemp("a2c")
    with acme2certifier(folder / "ca", dns=peers[0].address) as started:
        yield started


class Bench:
    """A shop and the command line on its estate."""

    def __init__(self, made: Shop, capsys: pytest.CaptureFixture[str]) -> None:
        self.shop, self.capsys = made, capsys

    def run(self, *arguments: str, who: str | None = None) -> Ran:
        """Run a command as an actor; what it shows is JSON."""
        actor = () if who is None else ("--actor", who)
        words = (*arguments, "-e", self.shop.estate, *actor, "--format", "json")
        return trustpath(self.capsys, *words)

    def consented(self, change: str) -> None:
        """Let everybody consent whom it may concern."""
        for who in ("cem", "dan"):
            trustpath(
                self.capsys, "change", "approve", change, "-e", self.shop.estate, "--actor", who
            )

    def issued(self, job: str = "web") -> None:
        """Have a certificate obtained."""
        ran = self.run("cert", "request", job, who="ann")
        self.consented(str(ran.document["id"]))
        done = self.run("cert", "issue", str(ran.document["id"]), who="ann")
        assert done.code == 0, done.err or done.out

    def renewed(self) -> None:
        """Have its successor obtained and served."""
        ran = self.run("cert", "renew", "--force", who="bot")
        assert ran.document["rows"][-1]["outcome"] == "renewed", ran.out

    def revoked(self, *arguments: str) -> dict[str, Any]:
        """Revoke with everybody's consent; returns what came of it."""
        asked = self.run("cert", "revoke", *arguments, who="ann")
        assert asked.code == 4, asked.err or asked.out
        self.consented(str(asked.document["id"]))
        done = self.run("cert", "revoke", *arguments, "--timeout", "5", who="ann")
        row: dict[str, Any] = {"code": done.code, **_row(done)}
        return row

    def state(self, issuance: str) -> str:
        """Return the state of an issuance."""
        rows = self.run("cert", "list", "--all").document["rows"]
        return next(str(row["state"]) for row in rows if row["id"] == issuance)

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return the bodies of the ledger's entries of a kind."""
        return [dict(e.body) for e in entries(self.shop.folder) if e.kind == kind]

    def left(self, name: str) -> dict[str, list[str]]:
        """Return what power over a name is left: by kind, through what."""
        found: dict[str, list[str]] = {}
        for row in self.run("residual", name).document["rows"]:
            found.setdefault(row["kind"], []).append(row["through"])
        return found


def _row(ran: Ran) -> dict[str, Any]:
    rows = ran.document["rows"]
    assert len(rows) == 1
    row: dict[str, Any] = rows[0]
    return row


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


def service(made: Shop, ca: str = "pebble", port: int | None = None) -> dict[str, Any]:
    """Return the shop's service, with another CA or at another port."""
    place = port or made.port
    return {
        "id": "shop",
        "owner": "pki",
        "tier": "internal",
        "names": [f"www.{made.zone}"],
        "ports": [{"port": place, "protocol": "tls"}],
        "endpoints": [{"address": "127.0.0.1", "port": place}],
        "cas": [ca],
    }


def at(bench: Bench, ca: str, root: bytes, **options: Any) -> None:
    """Have the job obtain from another CA, whose root the estate names."""
    shop = bench.shop
    (shop.folder / "root.pem").write_bytes(root)
    shop.write(
        shop.job(ca=ca, issuers=[ca]),
        cas=[
            {
                "id": ca,
                "approved": True,
                "public": False,
                "caa": ["pebble.example"],
                "tiers": ["internal"],
            }
        ],
        issuers=[{"id": ca, "ca": ca, **options}],
        private_roots=["root.pem"],
        services=[service(shop, ca)],
    )


@on("ends")
def test_what_is_served_is_not_revoked_until_its_replacement_is_seen(opened: Bench) -> None:
    opened.issued()
    before = len(opened.run("change", "list").document["rows"])
    refused = opened.run("cert", "revoke", "O1", "--reason", "superseded", who="ann")
    assert refused.code != 0
    assert f"www.ends.example at 127.0.0.1:{opened.shop.port}: it is still served" in refused.err
    assert len(opened.run("change", "list").document["rows"]) == before, "nothing is filed"
    opened.renewed()
    leaf = x509.load_pem_x509_certificate(_chain(opened, "O1"))
    row = opened.revoked("O1", "--reason", "superseded")
    assert (row["code"], row["state"], row["reason"]) == (0, "revoked", "superseded")
    assert "names no place" in row["says"], "Pebble has neither CRL nor OCSP"
    assert row["confirmed"] is None
    status = opened.shop.ca.status(leaf.serial_number)
    assert (status["Status"], status["Reason"]) == ("Revoked", 4)
    again = opened.run("cert", "revoke", "O1", "--reason", "superseded", who="ann")
    assert (again.code, _row(again)["revoked"]) == (0, row["revoked"])
    assert len(opened.entries("certificate.revoked")) == 1
    assert opened.entries("certificate.revoked")[0]["change"].startswith("C")
    certificates = opened.left("www.ends.example")["certificate"]
    assert len(certificates) == 1, "the one in use; what was revoked authenticates nobody"


def _chain(bench: Bench, issuance: str) -> bytes:
    from trustpath.store.database import open_store
    from trustpath.store.order import all_orders

    database = open_store(f"sqlite:///{bench.shop.folder / 'trustpath.db'}")
    return next(o.chain.encode() for o in all_orders(database) if o.id == issuance)


@on("leak")
def test_a_compromised_key_waits_for_nothing_and_is_never_used_again(opened: Bench) -> None:
    opened.shop.write(opened.shop.job(key={"reuse": True}))
    opened.issued()
    opened.renewed()
    words = ("--reason", "keyCompromise", "--emergency", "the key was published")
    first = opened.run("cert", "revoke", "O1", *words, who="ann")
    assert first.code == 0, first.err or first.out
    rows = opened.run("cert", "list").document["rows"]
    assert _row(first)["same_key"] == [rows[-1]["fingerprint"]], "the one in use has it as well"
    assert opened.entries("change.applying")[-1]["review_due"], "and somebody looks at it later"
    assert opened.run("cert", "revoke", "O2", *words, who="ann").code == 0
    served = x509.load_pem_x509_certificate(opened.shop.served().encode())
    status = opened.shop.ca.status(served.serial_number)
    assert (status["Status"], status["Reason"]) == ("Revoked", 1), "although it is served"
    findings = {row["rule"] for row in opened.run("check").document["findings"]}
    assert findings & {"REV-001", "REV-003"}
    opened.issued()
    _, old, new = opened.run("cert", "list", "--all").document["rows"]
    assert (old["state"], new["state"]) == ("revoked", "verified")
    assert old["spki"] != new["spki"], "although the job keeps its key"


class Killed(BaseException):
    """The process ends here."""


@on("dies")
def test_a_revocation_that_was_interrupted_is_taken_up(opened: Bench) -> None:
    opened.issued()
    opened.renewed()

    def end(place: str) -> None:
        if place == "revoked-at-the-ca":
            raise Killed

    office = opened.shop.office()
    dying = replace(office.revoker, ports=replace(office.ports, passing=end))
    with pytest.raises(Killed):
        dying.revoke(dying.known("O1"), "superseded", "ann")
    office.close()
    assert opened.state("O1") == "superseded", "nothing is written down yet"
    row = opened.revoked("O1", "--reason", "superseded")
    assert (row["code"], row["state"]) == (0, "revoked")
    (entry,) = opened.entries("certificate.revoked")
    assert entry["already"] is True


@on("away")
def test_a_place_that_cannot_be_seen_refuses_except_where_use_ends(opened: Bench) -> None:
    opened.issued()
    opened.renewed()
    shop, silent = opened.shop, free_port()
    shop.write(services=[service(shop, port=silent)])
    refused = opened.run("cert", "revoke", "O1", "--reason", "superseded", who="ann")
    assert f"127.0.0.1:{silent}: no replacement is there: refused" in refused.err
    bound = {**service(shop, port=silent), "endpoints": []}  # where its name leads, that is
    shop.write(services=[bound], probes={"networks": ["192.0.2.0/24"]})
    unseen = opened.run("cert", "revoke", "O1", "--reason", "cessationOfOperation", who="ann")
    assert f"127.0.0.1:{silent}: it could not be seen: not-allowed" in unseen.err
    shop.write(probes={"networks": ["127.0.0.0/8"]})
    row = opened.revoked("O1", "--reason", "cessationOfOperation")
    assert (row["code"], row["state"]) == (0, "revoked")


@on("handed")
def test_a_certificate_of_somebody_else_is_handed_in_and_revoked(
    opened: Bench, tmp_path: Path
) -> None:
    shop = opened.shop
    unknown = opened.run("cert", "revoke", "ab" * 32, "--reason", "superseded", who="ann")
    assert "hand it in as a file" in unknown.err
    other = acme_issuer(shop.ca, shop.folder)  # the account of the estate, used by hand
    _, chain = obtain(other, request(f"api.{shop.zone}"), Zone(shop.server.port, shop.zone).present)
    path = tmp_path / "by-hand.pem"
    path.write_text("".join(map(ssl.DER_cert_to_PEM_cert, chain.certificates)))
    words = (str(path), "--reason", "cessationOfOperation")
    nobody = opened.run("cert", "revoke", *words, who="ann")
    assert "no issuer of the estate obtains from the CA" in nobody.err
    (known,) = opened.run("cert", "list").document["rows"]
    assert (known["id"], known["adopted"], known["names"]) == ("O1", True, [f"api.{shop.zone}"])
    leaf = x509.load_der_x509_certificate(chain.certificates[0])
    ca = {"id": "pebble", "caa": ["pebble.example"], "issuers": [leaf.issuer.rfc4514_string()]}
    silent = {**service(shop, port=free_port()), "names": [f"api.{shop.zone}"]}
    shop.write(cas=[{**ca, "approved": True, "public": False}], services=[silent])
    row = opened.revoked(*words)
    assert (row["code"], row["state"], row["id"]) == (0, "revoked", "O1")
    assert shop.ca.status(leaf.serial_number)["Status"] == "Revoked"


def over_api(bench: Bench, bao: OpenBao) -> None:
    """Have the job obtain over OpenBao's own API."""
    made = bao.call("POST", "auth/token/create", policies=["root"])
    (bench.shop.folder / "token").write_text(made["auth"]["client_token"])
    at(bench, "bao", bao.root(), kind="vault", url=bao.address, role="web", token="file:token")


@on("vault")
def test_openbao_over_its_api_confirms_in_crl_and_ocsp(opened: Bench, bao: OpenBao) -> None:
    over_api(opened, bao)
    opened.issued()
    opened.renewed()
    row = opened.revoked("O1", "--reason", "superseded")
    assert row["code"] == 0, row
    assert row["confirmed"]
    (entry,) = opened.entries("certificate.confirmed")
    assert [place.split()[0] for place in entry["by"]] == ["crl", "ocsp"]


@on("late")
def test_what_is_not_confirmed_yet_is_said_and_asked_again(opened: Bench, bao: OpenBao) -> None:
    over_api(opened, bao)
    opened.issued()
    opened.renewed()
    bao.call("POST", "pki/config/crl", auto_rebuild=True)
    try:
        row = opened.revoked("O1", "--reason", "superseded")
    finally:
        bao.call("POST", "pki/config/crl", auto_rebuild=False)
    assert (row["code"], row["state"], row["confirmed"]) == (4, "revoked", None)
    crl, ocsp = row["says"].split("; ")
    assert crl.endswith("not yet revoked")
    assert ocsp.endswith(": revoked")
    bao.call("GET", "pki/crl/rotate")
    again = opened.run("cert", "revoke", "O1", "--timeout", "5", who="ann")
    assert (again.code, bool(_row(again)["confirmed"])) == (0, True)


@on("over")
def test_a_retirement_that_the_crl_does_not_confirm_says_so_until_it_does(
    opened: Bench, bao: OpenBao
) -> None:
    over_api(opened, bao)
    opened.issued()
    made = opened.shop
    steps = ("traffic", "renewal-job", "authorizations", "certificate", "shared-names",
             "provider-resource", "caa", "consumers", "ct-watch", "evidence")  # fmt: skip
    ends = {**service(made, "bao"), "state": "retiring"}
    ends |= {"endpoints": [], "retirement": dict.fromkeys(steps, True)}
    made.write(
        made.job(ca="bao", issuers=["bao"], active=False),
        services=[ends],
        complete={"certificates": ["issuance"]},
    )
    made.update(f"www.{made.zone}", "A")
    bao.call("POST", "pki/config/crl", auto_rebuild=True)
    try:
        row = opened.revoked("O1", "--reason", "cessationOfOperation")
        assert (row["state"], row["confirmed"]) == ("revoked", None)
        walked = opened.run("service", "retire", "shop")
        assert (walked.code, walked.document["next"]) == (4, None), walked.out
        (missing,) = walked.document["unconfirmed"]
        assert "not yet revoked" in missing
        filed = opened.run("service", "retire", "shop", "--propose", who="ann")
        opened.consented(str(filed.document["id"]))
        done = opened.run("cert", "issue", str(filed.document["id"]), who="ann")
        assert (done.code, done.document["state"]) == (0, "applied"), done.err or done.out
        (entry,) = opened.entries("service.retired")
        assert entry["state"] == "confirmation missing"
        assert "not yet revoked" in entry["unconfirmed"][0]
        opened.run("cert", "renew", who="bot")
        assert opened.entries("certificate.confirmed") == []
    finally:
        bao.call("POST", "pki/config/crl", auto_rebuild=False)
    bao.call("GET", "pki/crl/rotate")
    opened.run("cert", "renew", who="bot")
    (confirmed,) = opened.entries("certificate.confirmed")
    assert [place.split()[0] for place in confirmed["by"]] == ["crl", "ocsp"]
    walked = opened.run("service", "retire", "shop")
    assert (walked.code, walked.document["unconfirmed"]) == (0, []), walked.out


@on("bao")
def test_openbao_over_acme_takes_no_reason_and_ours_is_kept(opened: Bench, bao: OpenBao) -> None:
    key = "bao.pem"
    at(opened, "bao", bao.root(), kind="acme", directory=bao.directory, account_key=key)
    opened.shop.register()
    opened.issued()
    opened.renewed()
    row = opened.revoked("O1", "--reason", "superseded")
    assert (row["code"], row["reason"]) == (0, "superseded")
    assert row["confirmed"]
    (entry,) = opened.entries("certificate.revoked")
    assert (entry["reason"], entry["published"]) == ("superseded", "unspecified")


def over_a2c(bench: Bench, a2c: Acme2Certifier) -> None:
    """Have the job obtain from acme2certifier."""
    at(
        bench,
        "a2c",
        a2c.root(),
        kind="acme",
        directory=a2c.directory,
        roots=str(a2c.vouching),
        account_key="a2c.pem",
        contacts=["mailto:pki@example.com"],
    )
    bench.shop.register()


def reading(bench: Bench) -> Path:
    """Have the estate read lists from a folder; returns it."""
    lists = bench.shop.folder / "lists"
    lists.mkdir()
    zone = {"id": "live", "kind": "axfr", "server": bench.shop.server.address}
    bench.shop.write(
        bench.shop.job(ca="a2c", issuers=["a2c"]),
        sources=[
            {**zone, "zones": [bench.shop.zone]},
            {"id": "lists", "kind": "certificates", "path": "lists"},
        ],
    )
    return lists


@on("a2c")
def test_acme2certifier_lists_what_was_revoked(opened: Bench, a2c: Acme2Certifier) -> None:
    over_a2c(opened, a2c)
    opened.issued()
    opened.renewed()
    leaf = x509.load_pem_x509_certificate(_chain(opened, "O1"))
    row = opened.revoked("O1", "--reason", "superseded")
    assert row["code"] == 0, row
    crl = x509.load_pem_x509_crl(a2c.crl.read_bytes())
    assert crl.get_revoked_certificate_by_serial_number(leaf.serial_number) is not None
    # Its certificates name no place, and the list is in the name of another than their issuer.
    assert (row["confirmed"], "names no place" in row["says"]) == (None, True)
    assert crl.issuer != leaf.issuer
    lists = reading(opened)
    (lists / "sub.pem").write_bytes((a2c.crl.parent / "sub.pem").read_bytes())
    (lists / "a2c.crl").write_bytes(a2c.crl.read_bytes())
    again = opened.run("cert", "revoke", "O1", "--timeout", "0", who="ann")
    assert (again.code, _row(again)["confirmed"]) == (0, None)


@on("listed")
def test_a_list_that_the_estate_reads_confirms_where_no_place_is_named(
    opened: Bench, tmp_path: Path
) -> None:
    with acme2certifier(tmp_path / "ca", dns=opened.shop.server.address, direct=True) as a2c:
        over_a2c(opened, a2c)
        opened.issued()
        opened.renewed()
        row = opened.revoked("O1", "--reason", "superseded")
        assert (row["code"], row["confirmed"]) == (0, None)
        lists = reading(opened)
        (lists / "root.pem").write_bytes(a2c.root())
        leaf = x509.load_pem_x509_certificate(_chain(opened, "O1"))
        (lists / "forged.crl").write_bytes(_forged(leaf))
        again = opened.run("cert", "revoke", "O1", "--timeout", "0", who="ann")
        assert _row(again)["confirmed"] is None, "a list that its CA did not sign"
        (lists / "a2c.crl").write_bytes(a2c.crl.read_bytes())
        again = opened.run("cert", "revoke", "O1", "--timeout", "0", who="ann")
        assert _row(again)["confirmed"], again.out
        (entry,) = opened.entries("certificate.confirmed")
        assert entry["by"] == [f"crl {leaf.issuer.rfc4514_string()}"]


def _forged(leaf: x509.Certificate) -> bytes:
    """Return a list of a CA of the same name that has the leaf's serial number, PEM."""
    now = datetime.now(UTC)
    entry = x509.RevokedCertificateBuilder().serial_number(leaf.serial_number)
    builder = x509.CertificateRevocationListBuilder(issuer_name=leaf.issuer)
    builder = builder.last_update(now).next_update(now + timedelta(days=1))
    builder = builder.add_revoked_certificate(entry.revocation_date(now).build())
    return builder.sign(new_key(), hashes.SHA256()).public_bytes(Encoding.PEM)


@on("report")
def test_a_compromised_key_from_its_report_to_its_end(opened: Bench, bao: OpenBao) -> None:
    over_api(opened, bao)
    made = opened.shop
    made.write(made.job(ca="bao", issuers=["bao"], key={"reuse": True}))
    opened.issued()
    leaked = (made.web / "1.bin").read_bytes()
    # Reported: a new key comes into use first, then the certificate is revoked.
    asked = opened.run("cert", "request", "web", "--rekey", who="ann")
    opened.consented(str(asked.document["id"]))
    assert opened.run("cert", "issue", str(asked.document["id"]), who="ann").code == 0
    old, new = opened.run("cert", "list", "--all").document["rows"]
    assert (old["state"], new["state"]) == ("superseded", "verified")
    assert new["spki"] != old["spki"]
    row = opened.revoked("O1", "--reason", "keyCompromise")
    assert (row["code"], row["same_key"], bool(row["confirmed"])) == (0, [], True)
    (entry,) = opened.entries("certificate.confirmed")
    assert [place.split()[0] for place in entry["by"]] == ["crl", "ocsp"]
    # From then on the key that the job keeps is the new one.
    opened.renewed()
    kept = opened.run("cert", "list", "--all").document["rows"][-1]
    assert (kept["spki"], kept["state"]) == (new["spki"], "verified")
    # Somebody puts the compromised key back: nothing is ordered for it.
    (made.web / "0.bin").write_bytes(_chain(opened, "O1"))
    (made.web / "1.bin").write_bytes(leaked)
    opened.renewed()
    last = opened.run("cert", "list", "--all").document["rows"][-1]
    assert last["state"] == "verified"
    assert last["spki"] not in (old["spki"], new["spki"])
    assert (made.web / "1.bin").read_bytes() != leaked
    # One that the estate says of that it is compromised is left as well.
    kept = made.job(ca="bao", issuers=["bao"], key={"reuse": True})
    made.write(kept, compromised_keys=[{"spki": last["spki"]}])
    opened.renewed()
    after = opened.run("cert", "list", "--all").document["rows"][-1]
    assert (after["state"], after["spki"] != last["spki"]) == ("verified", True)


@on("rest")
def test_a_retirement_that_the_crl_confirms_is_over(opened: Bench, bao: OpenBao) -> None:
    over_api(opened, bao)
    opened.issued()
    made = opened.shop
    name = f"www.{made.zone}"
    steps = ("traffic", "shared-names", "provider-resource", "caa", "consumers", "ct-watch",
             "evidence")  # fmt: skip
    leaves = {**service(made, "bao"), "state": "retiring"}
    leaves["retirement"] = dict.fromkeys(steps, True)
    gone = made.job(ca="bao", issuers=["bao"], active=False)
    made.write(
        gone,
        services=[leaves],
        complete={"certificates": ["issuance"], "jobs": ["live"]},
    )
    open_ = opened.run("service", "retire", "shop")
    assert (open_.code, open_.document["next"]) == (4, "authorizations"), open_.out
    filed = opened.run("service", "retire", "shop", "--propose", who="ann")
    assert filed.code != 0, "an open list is not filed"
    assert opened.run("cert", "abandon", "web", who="ann").code == 0
    assert opened.run("service", "retire", "shop").document["next"] == "certificate"
    leaves["endpoints"] = []
    made.write(gone, services=[leaves])
    made.update(name, "A")
    row = opened.revoked("O1", "--reason", "cessationOfOperation")
    assert (row["code"], bool(row["confirmed"])) == (0, True), row
    walked = opened.run("service", "retire", "shop")
    assert (walked.code, walked.document["unconfirmed"]) == (0, []), walked.out
    filed = opened.run("service", "retire", "shop", "--propose", who="ann")
    change = str(filed.document["id"])
    opened.consented(change)
    done = opened.run("cert", "issue", change, who="ann")
    assert (done.code, done.document["state"]) == (0, "applied"), done.err or done.out
    (entry,) = opened.entries("service.retired")
    assert not {"state", "unconfirmed"} & set(entry), "nothing is missing"
    assert {"certificate", "validation"}.isdisjoint(opened.left(name))
    made.write(gone, services=[{**leaves, "state": "retired"}])
    findings = opened.run("check").document["findings"]
    assert not [row for row in findings if row["rule"].startswith("LIFE-")], findings
    held = opened.run("cert", "request", "web", who="ann")
    assert held.code != 0, "nothing is obtained for it any more"


@on("gives")
def test_validations_that_are_given_up_are_no_power_any_more(opened: Bench) -> None:
    opened.issued()
    name = "www.gives.example"
    assert opened.left(name)["validation"]
    gone = opened.run("cert", "abandon", "web", who="ann")
    assert (gone.code, _row(gone)["authorizations"]) == (0, 1), gone.err
    assert "validation" not in opened.left(name)
    assert opened.entries("certificate.abandoned")[0]["authorizations"] == 1
    assert opened.run("cert", "abandon", "web", who="ann").document["rows"] == []
    opened.shop.write(complete={"jobs": ["live"]})
    steps = opened.run("service", "retire", "shop").document["rows"]
    (step,) = (row for row in steps if row["step"] == "authorizations")
    assert step["says"] == "deactivated at the CA for every job, and all jobs are known"
    opened.renewed()
    assert opened.left(name)["validation"], "the next order proved control anew"
    assert opened.state("O2") == "verified"
    assert opened.run("cert", "abandon", "O2", who="ann").code == 0
    assert "validation" not in opened.left(name), "those of every order are given up"
