"""What an estate file names and what is not there: an error at ``check``, with the place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from commandline import check, trustpath

Capture = pytest.CaptureFixture[str]


def written(tmp_path: Path, **more: Any) -> Path:
    """An estate of two owners, with further keys."""
    document = {"organisation": "Example", "owners": [{"id": "web"}, {"id": "dns"}], **more}
    estate = tmp_path / "estate.yaml"
    estate.write_text(yaml.safe_dump(document, sort_keys=False))
    return estate


def exception(rule: str) -> dict[str, Any]:
    """The section with one exception."""
    entry = {"id": "e", "rule": rule, "owner": "web", "reason": "r", "until": "2027-01-01"}
    return {"exceptions": [entry]}


TSIG = {"name": "key", "secret": "file:tsig.key"}
WRITER = {"id": "w", "kind": "rfc2136", "server": "192.0.2.53"}
ACCOUNT = {"id": "a", "kind": "acme", "ca": "le", "account_key": "account.pem"}


@pytest.mark.parametrize(
    ("sections", "key", "missing"),
    [
        (exception("CAA-999"), "exceptions[0].rule", "'CAA-999'"),
        ({"private_roots": ["inner.pem"]}, "private_roots[0]", "inner.pem"),
        ({"trust_roots": ["outer.pem"]}, "trust_roots[0]", "outer.pem"),
        ({"ledger": {"origin": "x", "key": "file:log.key"}}, "ledger.key", "log.key"),
        ({"writers": [{**WRITER, "tsig": TSIG}]}, "writers[0].tsig.secret", "tsig.key"),
        (
            {"cas": [{"id": "le"}], "issuers": [{**ACCOUNT, "roots": "r.pem"}]},
            "issuers[0].roots",
            "r.pem",
        ),
    ],
)
def test_what_is_named_and_missing_is_an_error(
    tmp_path: Path, capsys: Capture, sections: dict[str, Any], key: str, missing: str
) -> None:
    estate = written(tmp_path, **sections)
    ran = trustpath(capsys, "check", "-e", estate)
    assert ran.code == 1
    assert f"{key}: there is no" in ran.err
    assert missing in ran.err
    line = int(ran.err.partition("estate.yaml:")[2].partition(":")[0])
    named = missing.strip("'")
    assert named in estate.read_text().splitlines()[line - 1]


def test_what_is_named_and_there_is_no_error(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "log.key").write_text("not read by a check")
    estate = written(
        tmp_path,
        **exception("CAA-003"),
        ledger={"origin": "x", "key": "file:log.key"},
        writers=[{**WRITER, "tsig": {**TSIG, "secret": "env:TSIG"}}],
    )
    assert trustpath(capsys, "check", "-e", estate).code == 0


def test_all_that_is_missing_is_said_at_once(tmp_path: Path, capsys: Capture) -> None:
    estate = written(tmp_path, **exception("NO-001"), private_roots=["inner.pem", "other.pem"])
    ran = trustpath(capsys, "check", "-e", estate)
    assert ran.code == 1
    assert "3 faults" in ran.err


def test_an_owner_that_nobody_named_is_an_error(tmp_path: Path, capsys: Capture) -> None:
    estate = written(tmp_path)
    ran = trustpath(capsys, "check", "-e", estate, "--owner", "wbe")
    assert ran.code == 2
    assert "did you mean 'web'" in ran.err
    assert trustpath(capsys, "check", "-e", estate, "--owner", "web").code == 0


def observed(tmp_path: Path, capsys: Capture) -> str | None:
    """The status of the source itself (POL-010); None where it passes."""
    source = {"id": "certs", "kind": "certificates", "path": "live"}
    estate = written(tmp_path, sources=[source])
    found = check(capsys, estate, "--rule", "POL-010").statuses("POL-010")
    return found.get("source certs")


def test_a_source_that_gave_nothing_does_not_pass_as_observed(
    tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "outside.pem").write_text("elsewhere")
    (tmp_path / "live" / "shop").mkdir(parents=True)
    (tmp_path / "live" / "shop" / "cert.pem").symlink_to(tmp_path / "outside.pem")
    assert observed(tmp_path, capsys) == "medium"
    (tmp_path / "live" / "shop" / "cert.pem").unlink()
    (tmp_path / "live" / "shop" / "read.me").write_text("nothing of ours")
    assert observed(tmp_path, capsys) == "unknown"
    certificate = Path(__file__).parents[3] / "examples" / "certs" / "www.pem"
    (tmp_path / "live" / "shop" / "www.pem").write_bytes(certificate.read_bytes())
    assert observed(tmp_path, capsys) is None
