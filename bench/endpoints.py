"""Endpoints observed a second, against sslyze's certificate scan of the same nginx, in one run.

``python bench/endpoints.py [ADDRESSES]``: one nginx worker on loopback serves a two-certificate
P-256 chain and a stapled OCSP answer at every address. Prints, each checked for equal content:

- *shared*: one chain at all addresses, as behind a load balancer;
- *distinct*: another leaf at every address, without staple;
- sslyze (found on PATH or named by ``SSLYZE``; skipped when absent), its start-up taken out.

A row counts only when the handshake was complete, so that the key was proved, and when the whole
chain became facts. Targets: 800 a second, 20 times sslyze.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from statistics import median

from bench.limits import Limits
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

import tls_servers as servers
from certs import DAY, NOW, Issued, intermediate, leaf, moment, pem_bundle, root
from trustpath.base.clock import FixedClock
from trustpath.connectors.endpoints import EndpointSource
from trustpath.facts.relations.certificate import Certificate, CertificatePath
from trustpath.facts.relations.presentation import Presentation
from trustpath.facts.source import Context, ProbePolicy, RootSet, SourceSpec

NAMES = ("www.example.com", "shop.example.com", "api.example.com")
PEER_TARGETS = 100
ROUNDS = 3


def addresses(count: int) -> list[str]:
    return [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(count)]


def staple(end: Issued, issuer: Issued) -> bytes:
    builder = ocsp.OCSPResponseBuilder().add_response(
        end.certificate,
        issuer.certificate,
        hashes.SHA1(),
        ocsp.OCSPCertStatus.GOOD,
        moment(NOW - DAY),
        moment(NOW + DAY),
        None,
        None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def blocks(
    ends: Sequence[Issued], issuer: Issued, where: Sequence[str], port: int, stapled: bytes | None
) -> list[servers.Served]:
    return [
        servers.Served(
            address,
            port,
            pem_bundle(end, issuer),
            end.key_pem,
            staple=stapled,
            extra="ssl_protocols TLSv1.2 TLSv1.3;",
        )
        for address, end in zip(where, ends, strict=True)
    ]


def ours(where: Sequence[str], port: int, anchor: Issued, leaves: int, ocsp_status: str) -> float:
    """Return presentations a second; every one is checked."""
    options = {
        "targets": [{"address": one, "port": port, "names": list(NAMES)} for one in where],
        "timeout": 30,
    }
    context = Context(FixedClock(NOW), ProbePolicy(("127.0.0.0/8",)), RootSet((anchor.der,)))
    source = EndpointSource(SourceSpec("edge", "endpoints", options, Path()), context)
    started = time.perf_counter()
    parts = [tuple(part.facts) for part in source.collect()]
    seconds = time.perf_counter() - started
    facts = [fact for part in parts for fact in part]
    seen = [fact for fact in facts if isinstance(fact, Presentation)]
    assert len(seen) == len(where) * len(NAMES)
    for one in seen:
        assert one.authenticated, one
        assert (one.certificates, one.complete, one.ocsp) == (2, True, ocsp_status), one
    assert len({fact for fact in facts if isinstance(fact, Certificate)}) == leaves + 1
    assert len({fact for fact in facts if isinstance(fact, CertificatePath)}) == leaves
    return len(seen) / seconds


def sslyze_seconds(binary: str, targets: Sequence[str], folder: Path) -> float:
    listed, output = folder / "targets.txt", folder / "sslyze.json"
    listed.write_text("\n".join(targets) + "\n")
    started = time.perf_counter()
    subprocess.run(
        [binary, "--certinfo", f"--targets_in={listed}", f"--json_out={output}"],
        check=False,  # its exit status says whether the servers comply with a policy
        capture_output=True,
    )
    seconds = time.perf_counter() - started
    results = json.loads(output.read_text())["server_scan_results"]
    done = [r for r in results if r["scan_result"]["certificate_info"]["status"] == "COMPLETED"]
    assert len(done) == len(targets), f"sslyze finished {len(done)} of {len(targets)}"
    return seconds


def main(limits: Limits) -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 800
    where = addresses(count)
    anchor = root()
    issuer = intermediate(anchor)
    shared = leaf(issuer, *NAMES)
    port = servers.free_port()
    peer = os.environ.get("SSLYZE") or shutil.which("sslyze")
    rates: dict[str, list[float]] = {"shared": [], "distinct": [], "sslyze": []}
    targets = [f"{address}:{port}" for address in where[: PEER_TARGETS + 1]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        same = blocks([shared] * count, issuer, where, port, staple(shared, issuer))
        other = blocks([leaf(issuer, *NAMES) for _ in where], issuer, where, port + 1, None)
        with servers.nginx(folder / "nginx", same + other):
            # Rounds take turns, so that other load on the machine meets all of them.
            for _ in range(ROUNDS):
                rates["shared"].append(ours(where, port, anchor, 1, "good"))
                rates["distinct"].append(ours(where, port + 1, anchor, count, "absent"))
                if peer:
                    base = sslyze_seconds(peer, targets[:1], folder)
                    seconds = sslyze_seconds(peer, targets, folder) - base
                    rates["sslyze"].append((len(targets) - 1) / seconds)
    for label, each in rates.items():
        if each:
            print(f"{label:>9} {median(each):8.0f} endpoints/s  {[round(one) for one in each]}")
    if peer:
        ratio = median(a / b for a, b in zip(rates["shared"], rates["sslyze"], strict=True))
        print(f"    ratio {ratio:8.1f} x sslyze {limits.at_least('ratio', ratio, 20)}")
    else:
        print("    sslyze is not on PATH: no ratio (pip install sslyze elsewhere, set SSLYZE)")
    speed = median(rates["shared"])
    print(f"    {speed:8.0f} endpoints/s {limits.at_least('endpoints/s', speed, 800)}")


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
