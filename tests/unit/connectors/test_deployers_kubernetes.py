"""The manifest of a TLS secret: written, read back, applied, and nobody else's overwritten."""

from __future__ import annotations

import base64
import signal
import traceback
from pathlib import Path
from typing import Any

import pytest
import yaml

from certs import NOW, leaf
from changing import dies_at
from deploying import ISSUER, chain, deployed, in_use, issued, keeper, mode, prepare, watched
from trustpath.base.errors import InputError, SourceError
from trustpath.connectors.deployers.keeper import Keeper

OPTIONS = {"manifest": "tls.yaml", "name": "shop-tls", "namespace": "shop"}


def cluster(folder: Path, **options: Any) -> Keeper:
    return keeper("kubernetes", folder, {**OPTIONS, **options}, now=NOW)


def read(folder: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((folder / "tls.yaml").read_text()))


def test_the_manifest_is_a_tls_secret(tmp_path: Path) -> None:
    place = cluster(tmp_path)
    new = deployed(place, "O1")
    assert mode(tmp_path / "tls.yaml") == 0o600
    document = read(tmp_path)
    data = document.pop("data")
    assert document == {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": "shop-tls", "namespace": "shop"},
    }
    assert base64.b64decode(data["tls.crt"]) == new.pem + ISSUER.pem
    key = (tmp_path / ".trustpath-web" / "O1.key").read_bytes()
    assert base64.b64decode(data["tls.key"]) == key
    assert in_use(place) == new.fingerprint
    assert prepare(place, "O2", reuse=True).spki == prepare(place, "O1").spki


def test_what_else_a_manifest_says_stays_and_comes_back(tmp_path: Path) -> None:
    (tmp_path / "tls.yaml").write_text(
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\n"
        "metadata:\n  name: shop-tls\n  labels: {app: shop}\n"
        "data: {ca.crt: YWJj}\nimmutable: false\n"
    )
    place = cluster(tmp_path)
    assert in_use(place) is None
    old = deployed(place, "O1")
    document = read(tmp_path)
    labels = {"app": "shop"}
    assert document["metadata"] == {"name": "shop-tls", "labels": labels, "namespace": "shop"}
    assert document["data"]["ca.crt"] == "YWJj"
    assert document["immutable"] is False
    before = (tmp_path / "tls.yaml").read_bytes()
    deployed(place, "O2")
    back = place.restore("O2")
    assert back is not None
    assert back.fingerprint == old.fingerprint
    assert (tmp_path / "tls.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kind: ConfigMap", "no manifest of a Secret"),
        ("[]", "no manifest of a Secret"),
        ("kind: Secret\n---\nkind: Secret", "not one document"),
        ("{", "not one document"),
        ("kind: Secret\nmetadata: {name: other}", "manifest of another Secret"),
        ("kind: Secret\nmetadata: {name: shop-tls, namespace: b}", "manifest of another Secret"),
        ("kind: Secret\nmetadata: [a]", "metadata is no mapping"),
        ("kind: Secret\nmetadata: {name: shop-tls}\ndata: x", "data is no mapping"),
        ("kind: Secret\nmetadata: {name: shop-tls}\ndata: {tls.crt: '&'}", "tls.crt is not base64"),
    ],
)
def test_other_files_are_not_overwritten(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "tls.yaml").write_text(text)
    place = cluster(tmp_path)
    with pytest.raises(InputError, match=problem):
        prepare(place, "O1")
    with pytest.raises(InputError, match=problem):
        place.current()
    assert (tmp_path / "tls.yaml").read_text() == text


def test_a_key_in_a_foreign_manifest_is_not_shown(tmp_path: Path) -> None:
    encoded = base64.b64encode(leaf(ISSUER, "a.example").key_pem).decode()
    text = f"kind: Secret\nmetadata: {{name: other}}\ndata: {{tls.key: {encoded}}}"
    (tmp_path / "tls.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        cluster(tmp_path).current()
    # Without the frame of this test, which knows the key.
    error, below = caught.value, caught.tb.tb_next
    shown = traceback.TracebackException(type(error), error, below, capture_locals=True)
    text = "".join(shown.format())
    assert "_manifest" in text
    assert encoded[60:100] not in text


def test_a_command_that_does_not_apply_takes_the_manifest_back(tmp_path: Path) -> None:
    old = deployed(cluster(tmp_path, apply=["cp", "tls.yaml", "applied.yaml"]), "O1")
    assert (tmp_path / "applied.yaml").read_bytes() == (tmp_path / "tls.yaml").read_bytes()
    failing = cluster(tmp_path, apply=["sh", "-c", "echo forbidden >&2; exit 1"])
    new = issued(failing, "O2")
    with pytest.raises(SourceError, match="applying failed: forbidden"):
        failing.deploy("O2", chain(new))
    healthy = cluster(tmp_path, apply=["cp", "tls.yaml", "applied.yaml"])
    assert in_use(healthy) == old.fingerprint
    assert (tmp_path / "applied.yaml").read_bytes() == (tmp_path / "tls.yaml").read_bytes()


@pytest.mark.parametrize("place", ["replaced.manifest", "activated"])
def test_killed_while_it_is_applied(tmp_path: Path, place: str) -> None:
    def made() -> Keeper:
        return cluster(tmp_path, apply=["cp", "tls.yaml", "applied.yaml"])

    old, new = deployed(made(), "O1"), issued(made(), "O2")
    killed = dies_at(place, lambda passing: watched(made(), passing).deploy("O2", chain(new)))
    assert killed == -signal.SIGKILL
    assert in_use(made()) == old.fingerprint
    assert (tmp_path / "applied.yaml").read_bytes() == (tmp_path / "tls.yaml").read_bytes()
    made().deploy("O2", chain(new))
    assert in_use(made()) == new.fingerprint
    assert (tmp_path / "applied.yaml").read_bytes() == (tmp_path / "tls.yaml").read_bytes()
