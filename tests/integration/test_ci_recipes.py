"""The CI recipes: their scripts are run on real repositories, their files are read and checked."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from shared import REPOSITORY

CI = REPOSITORY / "ci"
COMMENT = CI / "plan-comment"
NOW = ("--now", "2026-11-24T12:00:00Z")
ZONE = """\
$ORIGIN example.com.
$TTL 300
@ SOA ns1 hostmaster 1 7200 900 1209600 300
@ NS ns1
@ CAA 0 issue "letsencrypt.org"
ns1 A 192.0.2.53
www A 192.0.2.10
note TXT "hello"
"""
OCTODNS = """\
? ''
: - {type: CAA, ttl: 300, value: {flags: 0, tag: issue, value: letsencrypt.org}}
  - {type: NS, ttl: 300, value: ns1.example.com.}
note: {type: TXT, ttl: 300, value: hello}
ns1: {type: A, ttl: 300, value: 192.0.2.53}
www: {type: A, ttl: 300, value: 192.0.2.10}
"""
ESTATE = """\
organisation: {name: Example, domains: [example.com]}
owners: [{id: web}, {id: dns}]
services:
  - {id: site, owner: web, tier: internal, names: [www.example.com], networks: [192.0.2.0/24],
     ports: [443], cas: [letsencrypt]}
ownership: [{kind: zone, pattern: example.com, owner: dns}]
roles: {pki: web}
cas: [{id: letsencrypt, caa: [letsencrypt.org], acme: true}]
complete: {declared: [cas]}
jobs: [{id: site, service: site, ca: letsencrypt, method: dns-01, names: [www.example.com]}]
sources: [{id: zones, kind: KIND, path: zones}]
"""
# What a change replaces, and what comes of it.
ALLOW, HOLD, DENY = (
    ("hello", "bye"),
    ("192.0.2.10", "192.0.2.11"),
    ("letsencrypt.org", "ca.example"),
)
CASES = [
    pytest.param(ALLOW, "allow", 0, "success", id="allow"),
    pytest.param(HOLD, "hold", 4, "pending", id="hold"),
    pytest.param(DENY, "deny", 3, "failure", id="deny"),
]


class Repo:
    """A git repository with an estate and a zone, and a second commit that changes the zone."""

    def __init__(self, top: Path, kind: str) -> None:
        self.top = top
        self.reports = top.parent / "reports"
        octodns = kind == "octodns"
        self.zone = top / "zones" / ("example.com.yaml" if octodns else "example.com.zone")
        self.zone.parent.mkdir(parents=True)
        self.zone.write_text(OCTODNS if octodns else ZONE)
        (top / "estate.yaml").write_text(ESTATE.replace("KIND", kind))
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "GITHUB_"))}
        program = Path(sys.executable).parent / "trustpath"
        self.env = {
            **inherited,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "TRUSTPATH": str(program),
            "REPORTS": str(self.reports),
        }
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "Ann")
        self.git("config", "user.email", "ann@example.com")
        self.base = self.commit()

    def git(self, *arguments: str) -> str:
        """Run git; it must succeed."""
        command = ["git", *arguments]
        done = subprocess.run(
            command, cwd=self.top, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self) -> str:
        """Commit everything; the id of the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "--message=change")
        return self.git("rev-parse", "HEAD")

    def edit(self, change: tuple[str, str]) -> None:
        """Replace one text of the zone."""
        text = self.zone.read_text()
        assert change[0] in text
        self.zone.write_text(text.replace(*change))

    def run(self, *command: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a script at the top of the repository."""
        return subprocess.run(
            list(map(str, command)),
            cwd=self.top,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            check=False,
        )

    def judge(self, change: tuple[str, str], **env: str) -> subprocess.CompletedProcess[str]:
        """Commit a change and run the script on it, as a pull request would."""
        self.edit(change)
        named = {"BASE": self.base, "HEAD": self.commit(), "ZONES": "zones", **env}
        return self.run(COMMENT, *NOW, **named)

    def report(self, name: str) -> Any:
        """Return a report, read as JSON."""
        return json.loads((self.reports / name).read_text())

    @property
    def comment(self) -> str:
        """The comment."""
        return (self.reports / "comment.md").read_text()


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Repo]:
    return lambda kind: Repo(tmp_path / "repo", kind)


@pytest.fixture
def repo(make: Callable[[str], Repo]) -> Repo:
    return make("zonefile")


# -- what SARIF 2.1.0 asks of the objects that are used, and what GitHub asks beyond it ------------

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation", "region"],
            "properties": {
                "artifactLocation": {
                    "properties": {"uri": {"type": "string", "pattern": "^[^/].*$"}},
                    "required": ["uri"],
                },
                "region": {
                    "properties": {"startLine": {"type": "integer", "minimum": 1}},
                    "required": ["startLine"],
                },
            },
        },
        "logicalLocations": {"type": "array", "items": {"type": "object"}},
    },
}
RESULT = {
    "type": "object",
    "required": ["message", "ruleId", "ruleIndex", "locations"],
    "properties": {
        "ruleIndex": {"type": "integer", "minimum": 0},
        "kind": {"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": TEXT,
        "locations": {"type": "array", "minItems": 1, "items": LOCATION},
        "partialFingerprints": {"additionalProperties": {"type": "string"}},
    },
}
DRIVER = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "rules": {"items": {"required": ["id"], "properties": {"shortDescription": TEXT}}}
    },
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "tool": {"required": ["driver"], "properties": {"driver": DRIVER}},
                    "results": {"type": "array", "items": RESULT},
                },
            },
        },
    },
}


def sarif_results(repo: Repo) -> list[dict[str, Any]]:
    """Return the results of a SARIF report that is valid."""
    log = repo.report("plan.sarif")
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        # SARIF 2.1.0, 3.27.10: a level other than none belongs to kind fail only.
        assert result["kind"] == "fail" or result["level"] == "none"
    found: list[dict[str, Any]] = run["results"]
    return found


# -- pull requests ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "verdict", "code", "state"), CASES)
def test_a_pull_request_over_zone_files(
    change: tuple[str, str], verdict: str, code: int, state: str, repo: Repo
) -> None:
    done = repo.judge(change)
    assert done.returncode == code, done.stderr
    plan, status = repo.report("plan.json"), repo.report("status.json")
    assert plan["verdict"] == verdict
    assert [c["name"] for c in plan["changes"]], "the change is seen"
    assert (status["state"], status["context"]) == (state, "trustpath")
    assert status["description"].startswith(verdict)
    assert len(status["description"]) <= 140
    assert repo.report("comment.json") == {"body": repo.comment}
    assert repo.comment.startswith("<!-- trustpath plan -->\n## Trustpath: " + verdict)
    for impact in plan["impact"]:
        assert re.search(
            rf"\| {impact['rule']} \|.*\| {impact['owner']} \|",
            repo.comment,
        )
    for approval in plan["approvals"]:
        assert f"- {approval['role']}: {approval['owner']} (" in repo.comment
    assert bool(plan["approvals"]) == (verdict != "allow")
    assert len(sarif_results(repo)) == len(plan["impact"]) == len(repo.report("codequality.json"))
    assert repo.git("worktree", "list").count("\n") == 0, "no checkout is left behind"
    assert repo.git("status", "--porcelain") == ""


def test_a_change_is_judged_by_the_estate_before_it_and_its_line_is_found(repo: Repo) -> None:
    """Else whoever proposes a CA could approve it in the same breath."""
    estate = repo.top / "estate.yaml"
    estate.write_text(estate.read_text().replace("[letsencrypt.org]", "[ca.example]"))
    assert repo.judge(DENY).returncode == 3
    assert "estate.yaml changes too" in repo.comment
    line = ZONE.splitlines().index('@ CAA 0 issue "letsencrypt.org"') + 1
    places = [result["locations"][0]["physicalLocation"] for result in sarif_results(repo)]
    assert places
    for place in places:
        assert place["artifactLocation"]["uri"] == "zones/example.com.zone"
        assert place["region"]["startLine"] == line
    for item in repo.report("codequality.json"):
        assert item["location"] == {"path": "zones/example.com.zone", "lines": {"begin": line}}
        assert item["severity"] in ("info", "minor", "major", "critical", "blocker")
    rules = {item["check_name"]: item for item in repo.report("codequality.json")}
    assert rules["CAA-003"]["severity"] == "critical"
    assert "owner dns" in rules["CAA-003"]["description"]
    assert len({item["fingerprint"] for item in rules.values()}) == len(rules)


@pytest.mark.parametrize(("change", "verdict", "code", "state"), CASES)
def test_a_pull_request_over_an_octodns_folder(
    change: tuple[str, str], verdict: str, code: int, state: str, make: Callable[[str], Repo]
) -> None:
    done = make("octodns").judge(change, REPORTS="")
    assert done.returncode == code, done.stderr
    assert done.stdout.startswith(f"{verdict} ")
    assert change[1] in done.stdout


def test_a_hold_may_be_pending_and_a_deny_may_not(repo: Repo) -> None:
    assert repo.judge(HOLD, HOLD="pending", REPORTS="").returncode == 0
    assert repo.judge(DENY, HOLD="pending", REPORTS="").returncode == 3


def test_what_the_base_did_meanwhile_is_not_taken_back(repo: Repo) -> None:
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.edit(ALLOW)
    head = repo.commit()
    repo.git("checkout", "--quiet", "main")
    repo.edit(HOLD)
    done = repo.run(COMMENT, *NOW, BASE=repo.commit(), HEAD=head, ZONES="zones", REPORTS="")
    assert done.returncode == 0, done.stdout
    assert "www" not in done.stdout


# -- hostile and broken input ----------------------------------------------------------------------


def test_the_name_of_a_branch_is_only_a_name(repo: Repo) -> None:
    branch = "a;touch${IFS}pwned;$(touch${IFS}pwned)`touch${IFS}pwned`'"
    repo.git("checkout", "--quiet", "-b", branch)
    done = repo.judge(ALLOW, HEAD=branch, REPORTS="")
    assert done.returncode == 0, done.stderr
    assert "bye" in done.stdout
    assert not list(repo.top.rglob("pwned"))


@pytest.mark.parametrize("given", ["--output=pwned", "no-such-branch"])
def test_what_is_no_commit_is_refused(given: str, repo: Repo) -> None:
    done = repo.judge(ALLOW, BASE=given)
    assert done.returncode == 1
    assert "no commit" in repo.comment
    assert repo.report("status.json")["state"] == "error"
    assert not list(repo.top.rglob("pwned"))


def test_what_cannot_be_judged_is_told_and_nothing_older_stays(repo: Repo) -> None:
    repo.reports.mkdir()
    (repo.reports / "plan.sarif").write_text("{}")
    done = repo.judge(ALLOW, ESTATE="none.yaml")
    assert done.returncode == 1
    assert repo.comment.startswith("<!-- trustpath plan -->\n## Trustpath: not judged")
    assert "none.yaml" in repo.comment
    assert sorted(p.name for p in repo.reports.iterdir()) == [
        "comment.json",
        "comment.md",
        "status.json",
    ]


def test_text_of_a_record_does_not_mark_up_the_comment(repo: Repo, tmp_path: Path) -> None:
    mark, summary = "x ``` # <img src=y> [z](https://evil.example)", tmp_path / "summary"
    done = repo.judge(("hello", mark), GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 0
    assert summary.read_text() == repo.comment, "the summary of the run is the comment"
    fences = [line for line in repo.comment.splitlines() if line.startswith("```")]
    assert fences == ["```diff", "```"]
    after = repo.comment.split("\n```\n")[1]
    assert "<img" not in after
    assert "](" not in after


# -- octoDNS and DNSControl ------------------------------------------------------------------------


def test_all_that_octodns_would_do_is_judged_before_it_does_it(
    repo: Repo, make: Callable[[str], Repo]
) -> None:
    """The command of the recipe, over what is served (zone files here) and the folder."""
    (step,) = [s for s in steps(CI / "octodns" / "deploy.yml") if s.get("name") == "Judge"]
    command: list[str | Path] = [COMMENT, *shlex.split(step["run"])[1:], *NOW]
    shutil.copytree(repo.top / "zones", repo.top / "served")
    live = (repo.top / "estate.yaml").read_text().replace("path: zones", "path: served")
    (repo.top / "estate.live.yaml").write_text(live)
    folder = repo.top / "config" / "example.com.yaml"
    folder.parent.mkdir()
    for change, code in ((HOLD, 0), (DENY, 3)):
        folder.write_text(OCTODNS.replace(*change))
        done = repo.run(*command, REPORTS="", **step["env"])
        assert done.returncode == code, done.stderr + done.stdout
        assert change[1] in done.stdout


def test_zone_files_that_dnscontrol_writes_are_compared(repo: Repo, tmp_path: Path) -> None:
    """All files of the folder of the other side; only the serial and the order differ."""
    written = tmp_path / "head zones"
    written.mkdir()
    text = ZONE.replace("hostmaster 1 ", "hostmaster 2026112400 ").replace(" A ", " IN A ")
    (written / "example.com.zone").write_text(text)
    done = repo.run(COMMENT, *NOW, ZONE_FILES=str(written), REPORTS="")
    assert done.returncode == 0, done.stderr
    (written / "example.com.zone").write_text(text.replace(*DENY))
    done = repo.run(COMMENT, *NOW, ZONE_FILES=str(written))
    assert done.returncode == 3
    places = [result["locations"][0]["physicalLocation"] for result in sarif_results(repo)]
    assert {place["artifactLocation"]["uri"] for place in places} == {"estate.yaml"}


# -- pre-commit ------------------------------------------------------------------------------------


def hook() -> dict[str, Any]:
    """Return the hook that the repository offers."""
    found = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())
    (offered,) = (item for item in found if item["id"] == "trustpath-plan")
    assert isinstance(offered, dict)
    return offered


def sample() -> dict[str, Any]:
    """Return how the sample configuration uses the hook."""
    text = (CI / "pre-commit" / "pre-commit-config.yaml").read_text()
    (used,) = yaml.safe_load(text)["repos"][0]["hooks"]
    assert isinstance(used, dict)
    return used


def test_the_hook_judges_what_is_staged(repo: Repo) -> None:
    """pre-commit runs ``entry`` of a script, from its own checkout, with ``args`` and no files."""
    offered, used = hook(), sample()
    assert used["id"] == offered["id"]
    assert (offered["language"], offered["pass_filenames"]) == ("script", False)
    for files in (offered["files"], used["files"]):
        assert re.search(files, "zones/example.com.zone")
    command = [REPOSITORY / offered["entry"], *used["args"], *NOW]
    assert repo.run(*command).stdout.startswith("allow"), "nothing is staged"
    repo.edit(DENY)
    assert repo.run(*command).returncode == 0, "what is not staged is not judged"
    repo.git("add", "--all")
    done = repo.run(*command)
    assert done.returncode == 3, done.stderr
    assert "CAA-003" in done.stdout
    assert repo.git("rev-parse", "HEAD") == repo.base, "nothing is committed"


def test_the_hook_works_where_git_runs_it(repo: Repo) -> None:
    """``commit --all`` works on an index of its own, which git names to the hook."""
    script = repo.top / ".git" / "hooks" / "pre-commit"
    words = [REPOSITORY / hook()["entry"], "zones", *NOW]
    script.write_text("#!/bin/sh\nexec " + " ".join(shlex.quote(str(w)) for w in words) + "\n")
    script.chmod(0o755)
    repo.edit(DENY)
    assert repo.run("git", "commit", "--quiet", "--all", "--message=x").returncode != 0
    assert repo.git("rev-parse", "HEAD") == repo.base
    repo.git("checkout", "--quiet", "HEAD", "--", "zones")
    repo.edit(HOLD)
    done = repo.run("git", "commit", "--quiet", "--all", "--message=x")
    assert done.returncode == 0, done.stderr
    assert "hold" in done.stdout + done.stderr


def test_real_pre_commit_runs_the_hook(repo: Repo, tmp_path: Path) -> None:
    program = shutil.which("pre-commit")
    if program is None:
        pytest.skip("pre-commit is not installed")
    place = tmp_path / "trustpath"
    (place / "ci").mkdir(parents=True)
    shutil.copy(REPOSITORY / ".pre-commit-hooks.yaml", place)
    shutil.copytree(CI, place / "ci", dirs_exist_ok=True)
    repo.run("git", "-C", place, "init", "--quiet")
    repo.run("git", "-C", place, "add", "--all")
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    repo.run("git", "-C", place, *who, "commit", "--quiet", "--message=x")
    used = sample() | {"args": [*sample()["args"], *NOW]}
    head = repo.run("git", "-C", place, "rev-parse", "HEAD").stdout.strip()
    config = {"repos": [{"repo": str(place), "rev": head, "hooks": [used]}]}
    (repo.top / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    repo.edit(DENY)
    repo.git("add", "--all")
    done = repo.run(program, "run", PRE_COMMIT_HOME=str(tmp_path / "cache"))
    assert done.returncode != 0
    assert "CAA-003" in done.stdout


# -- the files of the recipes ----------------------------------------------------------------------

WORKFLOWS = sorted(
    [
        *(CI / "github").glob("*.yml"),
        *(CI / "octodns").glob("*.yml"),
        *(CI / "dnscontrol").glob("*.yml"),
    ]
)
RECIPES = [*WORKFLOWS, *sorted((CI / "gitlab").glob("*.yml"))]


def load(path: Path) -> dict[str, Any]:
    """Read a recipe; YAML 1.1 takes the key ``on`` for a truth value."""
    found: dict[Any, Any] = yaml.safe_load(path.read_text())
    return {"on" if key is True else key: value for key, value in found.items()}


def steps(path: Path) -> list[dict[str, Any]]:
    """Return all steps of a workflow."""
    return [step for job in load(path)["jobs"].values() for step in job["steps"]]


def commands(path: Path) -> Iterator[str]:
    """Yield every piece of shell in a recipe."""
    document = load(path)
    if "jobs" in document:
        yield from (step["run"] for step in steps(path) if "run" in step)
        return
    for job in document.values():
        yield "\n".join(job.get("before_script", []) + job["script"])


def _name(path: Path) -> str:
    return path.relative_to(CI).as_posix()


@pytest.mark.parametrize("path", RECIPES, ids=_name)
def test_the_shell_of_a_recipe_is_sound(path: Path) -> None:
    scripts = list(commands(path))
    called = set()
    for script in scripts:
        done = subprocess.run(
            ["sh", "-n"], input=script, text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        # What a host puts into a script is run; names of branches come through the environment.
        assert "${{" not in script
        called |= set(re.findall(r"(?<![\w./-])ci/[\w/-]+", script))
    assert "ci/plan-comment" in called
    for name in called:
        assert os.access(REPOSITORY / name, os.X_OK), name


@pytest.mark.parametrize("path", RECIPES, ids=_name)
def test_the_settings_of_a_recipe_are_those_of_the_script(path: Path) -> None:
    known = set(re.findall(r"\$\{([A-Z_]+)[:-]", COMMENT.read_text()))
    assert {"BASE", "HEAD", "ZONES", "HOLD", "ESTATE", "REPORTS", "ZONE_FILES"} <= known
    document = load(path)
    if path in WORKFLOWS:
        given = {k for s in steps(path) if s.get("name") == "Judge" for k in s.get("env", {})}
    else:
        given = set(document["trustpath"]["variables"]) - {"GIT_DEPTH"}
    assert given
    assert given <= known


@pytest.mark.parametrize("path", WORKFLOWS, ids=_name)
def test_a_workflow_holds_no_right_that_it_does_not_need(path: Path) -> None:
    document = load(path)
    assert document["permissions"] == {}
    assert "pull_request_target" not in document["on"]
    assert "secrets." not in path.read_text()
    for job in document["jobs"].values():
        checks_out = any("actions/checkout" in s.get("uses", "") for s in job["steps"])
        writes = {right for right, level in job["permissions"].items() if level == "write"}
        # What reads the change cannot write, and what writes never sees the change.
        assert not (checks_out and writes)
        if writes:
            assert "head.repo.full_name == github.repository" in job["if"]
    for step in steps(path):
        if "uses" in step:
            assert re.fullmatch(r"[\w./-]+@(v\d+|[0-9a-f]{40})", step["uses"])
        if "actions/checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_gitlab_shows_a_hold_as_a_warning() -> None:
    job = load(CI / "gitlab" / "trustpath.yml")["trustpath"]
    assert job["allow_failure"] == {"exit_codes": [4]}
    assert job["artifacts"]["reports"]["codequality"] == "trustpath-reports/codequality.json"


def test_the_page_shows_every_recipe_and_every_setting() -> None:
    page = (REPOSITORY / "docs" / "ci.md").read_text()
    for path in [*RECIPES, CI / "pre-commit" / "pre-commit-config.yaml"]:
        assert f"(../ci/{_name(path)})" in page
    for setting in set(re.findall(r"^#   ([A-Z_]+) ", COMMENT.read_text(), re.MULTILINE)):
        assert f"`{setting}`" in page
