"""The documentation says what the code does: every key documented, every link leads somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared import REPOSITORY
from trustpath.facts.estate import ESTATE_SCHEMA, TIERS, validate

DOCS = REPOSITORY / "docs"
ESTATE_PAGE = DOCS / "estate.md"
PAGES = sorted([*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md")])


def _name(page: Path) -> str:
    return page.relative_to(REPOSITORY).as_posix()


def _keys(schema: Any) -> Iterator[str]:
    """Yield every property name of a JSON Schema, however deep."""
    if isinstance(schema, Mapping):
        properties = schema.get("properties", {})
        # A condition repeats the key it asks about, and nothing more.
        yield from (key for key, value in properties.items() if isinstance(value, Mapping))
        for value in schema.values():
            yield from _keys(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _keys(value)


def test_every_key_of_the_estate_file_is_documented() -> None:
    text = ESTATE_PAGE.read_text(encoding="utf-8")
    sections = set(re.findall(r"^### `(\w+)`$", text, re.MULTILINE))
    assert sections == set(ESTATE_SCHEMA["properties"])
    assert f"| key | meaning | {' | '.join(TIERS)} |" in text
    cells = [*sections, *re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE), *TIERS]
    named = {key for path in cells for key in re.split(r"[.\[\]]+", path)}
    assert set(_keys(ESTATE_SCHEMA)) - named == set()


def test_the_estate_reference_is_what_the_shapes_say() -> None:
    command = [sys.executable, "scripts/estate-reference.py", "--check"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _estates() -> list[tuple[str, dict[str, Any]]]:
    """Return (page, document) of every whole estate file that a page shows."""
    shown = [(_name(page), yaml.safe_load(b)) for page in PAGES for b in _blocks(page, "yaml")]
    return [(name, item) for name, item in shown if "organisation" in item]


def test_estate_examples_are_valid() -> None:
    shown = _estates()
    assert {"README.md", "docs/estate.md"} <= {name for name, _ in shown}
    for name, document in shown:
        faults = [f"{name}: {fault.key}: {fault.message}" for fault in validate(document)]
        assert faults == []


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_is_reachable_from_the_index() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    # A folder of generated pages is reached through one page that lists them.
    missing = [
        _name(page)
        for page in sorted([*DOCS.glob("*.md"), *(DOCS / "adr").glob("*.md")])
        if page.name != "index.md" and f"({page.relative_to(DOCS).as_posix()})" not in index
    ]
    assert missing == []


def test_decisions_are_numbered_without_gaps_and_have_their_parts() -> None:
    pages = sorted((DOCS / "adr").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04}" for n in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]} "), page.name
        for part in ("\nStatus: ", "\n## Context\n", "\n## Decision\n", "\n## Consequences\n"):
            assert part in text, f"{page.name}: {part.strip()}"


def test_the_version_is_in_the_changelog_or_unreleased() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[([^\]]+)\]", text, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert headings[1:] == [] or headings[1] == project["version"]
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= kinds


def test_every_command_of_make_that_is_mentioned_exists() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for page in PAGES:
        mentioned = set(re.findall(r"(?:`|^|\$ )make ([a-z]+)", page.read_text("utf-8"), re.M))
        assert mentioned <= targets, _name(page)


def test_the_quickstart_takes_the_secret_out_of_a_key_file(tmp_path: Path) -> None:
    """What the page types after tsig-keygen finds the secret, as that program writes it."""
    page = (DOCS / "quickstart.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"^awk -F'\"' '([^']+)'", page, re.MULTILINE)
    key = tmp_path / "trustpath.key"
    key.write_text('key "trustpath" {\n\talgorithm hmac-sha256;\n\tsecret "c2VjcmV0";\n};\n')
    run = subprocess.run(
        ["awk", '-F"', program, str(key)], capture_output=True, text=True, check=True
    )
    assert run.stdout == "c2VjcmV0\n"
