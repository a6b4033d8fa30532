"""Other ways than the usual one: answers by a listener, a request that was made elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certs import new_key
from dns_servers import KEY_SECRET
from issuing import Shop, authorities, entries, orders, shop
from trustpath.base.errors import InputError
from trustpath.facts.change import State
from trustpath.facts.order import IssuanceState, SeenWindow
from trustpath.workflow.certificate.renew import Outcome, renew
from trustpath.workflow.certificate.request import job_named, submission, wanted_event
from trustpath.workflow.change.apply import apply
from trustpath.workflow.change.decide import approve, get, propose

pytestmark = pytest.mark.peer
ZONE = "method.example"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("methods")
    with (
        pytest.MonkeyPatch.context() as patch,
        authorities(folder, [ZONE]) as (server, ca),
    ):
        patch.setenv("TSIG", KEY_SECRET)
        with shop(folder / "shop", ZONE, server, ca) as made:
            yield made


def obtained(bench: Shop, job: dict[str, Any], **sections: Any) -> Any:
    """Ask for the certificate of a job, let everybody consent, and issue; returns the issuance."""
    bench.write(job, defaults={"tier": "internal"}, **sections)
    office = bench.office()
    desk, ports = office.changes.desk, office.changes.ports
    plan = job_named(office.ports, job["id"])
    change = propose(desk, submission(wanted_event(office.ports, plan)), "ann").change
    for owner in dict.fromkeys(needed.owner for needed in change.plan.needed):
        approve(desk, change.id, {"dns": "dan", "pki": "cem"}[str(owner)])
    ended = apply(desk, ports, change.id, "ann")
    assert ended.state is State.APPLIED, ended.outcome
    found = [item for item in orders(office) if item.change == change.id][-1]
    office.close()
    return found


@pytest.mark.parametrize(("method", "kind"), [("http-01", "http"), ("tls-alpn-01", "tls-alpn")])
def test_a_listener_of_ours_answers(bench: Shop, method: str, kind: str) -> None:
    port = bench.ca.http_port if kind == "http" else bench.ca.tls_port
    listener = {"id": "here", "kind": kind, "address": "127.0.0.1", "port": port}
    job = bench.job(id=f"by-{kind}", method=method, responder="here", names=[f"api.{ZONE}"])
    del job["service"]
    found = obtained(bench, job, responders=[listener])
    assert (found.state, found.method) == (IssuanceState.DEPLOYED, method)
    assert found.problem.startswith("nothing says where it is served")
    assert found.challenge is None
    kinds = [entry.kind for entry in entries(bench.folder) if entry.subject == found.id]
    assert kinds[-2:] == ["certificate.deployed", "certificate.waiting"]


def requested(path: Path, *names: str) -> None:
    """Write a request that a key signs which nobody keeps."""
    listed = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .add_extension(listed, critical=False)
        .sign(new_key(), hashes.SHA256())
    )
    path.write_bytes(request.public_bytes(Encoding.PEM))


def test_a_request_that_was_made_elsewhere(bench: Shop) -> None:
    job = bench.job(id="handed", csr="handed.csr", chain_folder="handed", names=[f"api.{ZONE}"])
    del job["deploy"], job["service"]
    (bench.folder / "handed").mkdir()
    requested(bench.folder / "handed.csr", f"www.{ZONE}")
    bench.write(job)
    office = bench.office()
    plan = job_named(office.ports, "handed")
    deployer = office.ports.connected.deployer(plan)
    with pytest.raises(InputError, match="www"):
        deployer.prepare("O1", plan.names, plan.key, reuse=False)
    office.close()
    requested(bench.folder / "handed.csr", f"api.{ZONE}")
    found = obtained(bench, job)
    leaf = x509.load_pem_x509_certificates((bench.folder / "handed/handed.pem").read_bytes())[0]
    assert leaf.fingerprint(hashes.SHA256()).hex() == found.fingerprint
    assert deployer.current() is not None
    assert b"PRIVATE" not in b"".join(
        path.read_bytes() for path in (bench.folder / "handed").rglob("*") if path.is_file()
    )


def test_what_the_ca_refuses_is_cleared_away_and_waits(bench: Shop) -> None:
    listener = {"id": "here", "kind": "http", "address": "127.0.0.1", "port": bench.ca.http_port}
    job = bench.job(id="turns", method="http-01", responder="here", names=[f"www.{ZONE}"])
    del job["service"]
    held = obtained(bench, job, responders=[listener])
    site = bench.folder / "site"
    site.mkdir()
    nowhere = {"id": "here", "kind": "webroot", "path": "site"}
    bench.write(job, responders=[nowhere])
    office = bench.office()
    (failed,) = renew(office, "bot", ["turns"], force=True)
    assert failed.outcome is Outcome.FAILED
    found = orders(office)[-1]
    assert found.state is IssuanceState.FAILED
    assert f"www.{ZONE}" in found.problem
    assert not [path for path in site.rglob("*") if path.is_file()]
    # It is due, and the failure is a moment old: the CA is left alone for a minute.
    now = office.ports.pace.now()
    with office.ports.store.act() as act:
        act.see_window(replace(held, window=SeenWindow(1, 2, now, ahead=True)))
    (waiting,) = renew(office, "bot", ["turns"])
    assert waiting.outcome is Outcome.WAITING
    assert waiting.at is not None
    assert now < waiting.at <= now + 61
    deployer = office.ports.connected.deployer(office.ports.jobs["turns"])
    current = deployer.current()
    assert current is not None
    assert current.fingerprint == held.fingerprint
    office.close()
    with bench.office().changes.session.judging(engine="sqlite") as engine:
        assert engine.query("SELECT failures FROM job WHERE id = 'turns'") == [(1,)]


def test_what_cannot_be_put_in_place_is_no_success_and_is_taken_on(bench: Shop) -> None:
    (bench.folder / "shut").mkdir()
    gate = bench.folder / "gate"
    place: dict[str, Any] = {"id": "shut", "kind": "files", "reload": ["test", "-e", str(gate)]}
    place |= {"key": "shut/a.key", "chain": "shut/a.pem"}
    job = bench.job(id="shut", deploy="shut", names=[f"api.{ZONE}"])
    del job["service"]
    bench.write(job, defaults={"tier": "internal"}, deployers=[place])
    office = bench.office()
    desk, ports = office.changes.desk, office.changes.ports
    plan = job_named(office.ports, "shut")
    change = propose(desk, submission(wanted_event(office.ports, plan)), "ann").change
    for owner in dict.fromkeys(needed.owner for needed in change.plan.needed):
        approve(desk, change.id, {"dns": "dan", "pki": "cem"}[str(owner)])
    ended = apply(desk, ports, change.id, "ann")
    assert ended.state is State.VERIFYING, "a certificate that is to come into use is no way back"
    found = orders(office)[-1]
    assert found.state is IssuanceState.ISSUED
    assert not bench.texts(f"_acme-challenge.api.{ZONE}")
    gate.touch()
    taken, *_ = renew(office, "bot", ["shut"])
    assert taken.outcome is Outcome.RESUMED
    assert orders(office)[-1].state is IssuanceState.DEPLOYED
    assert get(desk, change.id).state is State.APPLIED
    office.close()
