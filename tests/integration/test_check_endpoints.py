"""From handshakes with real servers to findings: each bad endpoint by its rule, the good one silent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from certs import DAY, NOW, Issued, intermediate, leaf, pem_bundle, root
from commandline import Ran, check
from tls_servers import Served, free_port, nginx
from trustpath.base.clock import format_instant

pytestmark = pytest.mark.peer

# Each name has an address of its own, so that records alone decide who is looked at for whom.
ADDRESSES = {
    "good": "127.0.0.11",
    "expired": "127.0.0.12",
    "wrong": "127.0.0.13",
    "selfsigned": "127.0.0.14",
    "incomplete": "127.0.0.15",
    "left": "127.0.0.16",
    "right": "127.0.0.17",
}
UNSEEN = "127.0.0.99"
BAD = ("medium", "high", "critical")


@dataclass(frozen=True, slots=True)
class Bed:
    """A running estate; ``port`` is the one that every endpoint listens on."""

    folder: Path
    port: int

    def subject(self, label: str, address: str | None = None) -> str:
        """Return the subject of the rules about a name at an address and port."""
        return f"{label}.example.com {address or ADDRESSES[label]}:{self.port}"

    def describe(self, records: Mapping[str, str], *, more: str = "") -> Path:
        """Write zone and estate file in which the records lead to these addresses."""
        zone = self.folder / "example.com.zone"
        lines = [f"{label} 300 IN A {address}\n" for label, address in records.items()]
        zone.write_text(
            "$ORIGIN example.com.\n@ 300 IN SOA ns hostmaster 1 7200 900 1209600 300\n"
            "@ 300 IN NS ns\nns 300 IN A 127.0.0.53\n" + "".join(lines) + more
        )
        estate = {
            "organisation": {"name": "Example", "domains": ["example.com"]},
            "owners": [{"id": "web", "contacts": ["mailto:web@example.com"]}],
            "services": [
                {
                    "id": label,
                    "owner": "web",
                    "tier": "public",
                    "names": [f"{label}.example.com"],
                    "ports": [self.port],
                }
                for label in ADDRESSES
            ],
            "sources": [
                {"id": "zones", "kind": "zonefile", "path": zone.name},
                {
                    "id": "edge",
                    "kind": "endpoints",
                    "targets": [
                        {
                            "address": address,
                            "port": self.port,
                            "names": [f"{label}.example.com"],
                        }
                        for label, address in ADDRESSES.items()
                    ],
                },
            ],
            "trust_roots": ["root.pem"],
            "public_roots": False,
        }
        path = self.folder / "estate.yaml"
        path.write_text(yaml.safe_dump(estate, sort_keys=False))
        return path


def chains() -> tuple[Issued, dict[str, tuple[bytes, Issued]]]:
    """Return the root, and for each name the PEM chain that its server sends with its leaf."""
    anchor = root()
    middle = intermediate(anchor)
    old = {"not_before": NOW - 90 * DAY, "not_after": NOW - DAY}
    leaves = {
        "good": leaf(middle, "good.example.com"),
        "expired": leaf(middle, "expired.example.com", **old),
        "wrong": leaf(middle, "elsewhere.example.com"),
        "selfsigned": leaf(None, "selfsigned.example.com"),
        "incomplete": leaf(middle, "incomplete.example.com"),
        # A mixed-up deployment: each valid, each behind the other's name.
        "left": leaf(middle, "right.example.com"),
        "right": leaf(middle, "left.example.com"),
    }
    alone = ("selfsigned", "incomplete")
    return anchor, {
        label: (one.pem if label in alone else pem_bundle(one, middle), one)
        for label, one in leaves.items()
    }


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    folder = tmp_path_factory.mktemp("endpoints")
    anchor, served = chains()
    (folder / "root.pem").write_bytes(anchor.pem)
    port = free_port()
    blocks = [
        Served(ADDRESSES[label], port, chain, one.key_pem) for label, (chain, one) in served.items()
    ]
    with nginx(folder / "nginx", blocks):
        yield Bed(folder, port)


def judged(bed: Bed, capsys: pytest.CaptureFixture[str], estate: Path, *options: str) -> Ran:
    """Judge with passes listed, so that silence about a subject cannot be taken for one."""
    now = format_instant(NOW)
    return check(capsys, estate, "--now", now, "--min-status", "pass", *options)


def test_every_bad_endpoint_fails_by_its_rule_and_by_no_other(
    bed: Bed, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = judged(bed, capsys, bed.describe(ADDRESSES))
    assert ran.code == 3
    edge = ran.document["coverage"]["edge"]
    assert (edge["coverage"], edge["parts"], edge["errors"]) == ("full", len(ADDRESSES), [])
    bad = {
        rule: {s for s, status in ran.statuses(rule).items() if status in BAD}
        for rule in ("EXP-001", "BIND-001", "CHAIN-001")
    }
    assert bad == {
        "EXP-001": {bed.subject("expired")},
        "BIND-001": {bed.subject(label) for label in ("wrong", "left", "right")},
        "CHAIN-001": {bed.subject(label) for label in ("selfsigned", "incomplete")},
    }
    assert ran.findings["EXP-001", bed.subject("expired")]["status"] == "critical"
    served_for = ran.findings["BIND-001", bed.subject("wrong")]["evidence"]["served_for"]
    assert served_for == "elsewhere.example.com"


def test_the_good_twin_passes_what_the_others_fail(
    bed: Bed, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = judged(bed, capsys, bed.describe(ADDRESSES))
    for rule in ("EXP-001", "BIND-001", "CHAIN-001"):
        assert ran.statuses(rule)[bed.subject("good")] == "pass"


def test_a_certificate_without_a_public_root_is_wrong_for_the_public_tier(
    bed: Bed, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = judged(bed, capsys, bed.describe(ADDRESSES), "--rule", "CHAIN-002")
    labels = {f["evidence"]["label"] for f in ran.document["findings"] if f["status"] in BAD}
    assert labels == {"selfsigned.example.com"}


def test_a_silent_repoint_to_where_nobody_looked_is_unknown(
    bed: Bed, capsys: pytest.CaptureFixture[str]
) -> None:
    """The old address still serves the right certificate, which proves nothing about the new one."""
    moved = {**ADDRESSES, "good": UNSEEN}
    ran = judged(bed, capsys, bed.describe(moved))
    for rule in ("EXP-001", "BIND-001", "CHAIN-001"):
        found = ran.statuses(rule)
        assert found[bed.subject("good", UNSEEN)] == "unknown"
        assert bed.subject("good") not in found
    assert ran.findings["BIND-001", bed.subject("good", UNSEEN)]["missing"] == "endpoints"


def test_a_repoint_to_another_service_is_judged_by_what_answers_there(
    bed: Bed, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody asked that address for this name, but another name got a certificate there."""
    moved = {**ADDRESSES, "good": ADDRESSES["wrong"]}
    ran = judged(bed, capsys, bed.describe(moved), "--rule", "BIND-001")
    assert ran.statuses("BIND-001")[bed.subject("good", ADDRESSES["wrong"])] != "pass"


def test_an_address_among_two_that_nobody_looked_at_is_unknown_by_itself(
    bed: Bed, capsys: pytest.CaptureFixture[str]
) -> None:
    estate = bed.describe(ADDRESSES, more=f"good 300 IN A {UNSEEN}\n")
    found = judged(bed, capsys, estate, "--rule", "BIND-001").statuses("BIND-001")
    assert found[bed.subject("good")] == "pass"
    assert found[bed.subject("good", UNSEEN)] == "unknown"


def test_an_endpoint_that_refuses_is_unknown_and_said_so(
    bed: Bed, capsys: pytest.CaptureFixture[str]
) -> None:
    """A look that saw nothing is no pass; the finding says why."""
    path = bed.describe({**ADDRESSES, "good": UNSEEN})
    estate = yaml.safe_load(path.read_text())
    target = {"address": UNSEEN, "port": bed.port, "names": ["good.example.com"]}
    estate["sources"][1]["targets"].append(target)
    path.write_text(yaml.safe_dump(estate))
    ran = judged(bed, capsys, path)
    for rule in ("EXP-001", "BIND-001", "CHAIN-001"):
        finding = ran.findings[rule, bed.subject("good", UNSEEN)]
        assert finding["status"] == "unknown"
        assert "refuses connections" in finding["evidence"]["reason"]
