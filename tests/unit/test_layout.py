"""The shape of the source tree: layers, cycles, module sizes, docstrings, hygiene of files."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

from shared import REPOSITORY

PACKAGE = REPOSITORY / "src" / "trustpath"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Larger modules are allowed with a reason that a reviewer has read.
LARGE_MODULES: dict[str, str] = {
    "src/trustpath/store/migrations/versions/0001_the_first_tables.py": "written by alembic",
    "src/trustpath/facts/x509/walk.py": "one hot loop over DER; its steps share offsets",
    "src/trustpath/ledger/verify.py": "one file that an outsider can copy and run alone",
}
LARGEST = 400
MEDIAN = 150


@cache
def _imports() -> dict[str, frozenset[str]]:
    """Return for every module of the package the modules that it imports directly."""
    graph = grimp.build_graph("trustpath", cache_dir=None)
    return {
        module: frozenset(graph.find_modules_directly_imported_by(module))
        for module in graph.modules
    }


def _layer(module: str) -> str:
    return ".".join(module.split(".")[:2])


def _relative(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def test_layer_contracts_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    assert lint_imports(no_cache=True, config_filename="pyproject.toml") == 0


def test_no_import_cycles() -> None:
    try:
        list(TopologicalSorter(_imports()).static_order())
    except CycleError as error:
        pytest.fail("import cycle: " + " -> ".join(reversed(error.args[1])))


def test_connectors_do_not_import_one_another() -> None:
    prefix = "trustpath.connectors."
    crossing = sorted(
        f"{module} -> {imported}"
        for module, imports in _imports().items()
        if module.startswith(prefix)
        for imported in imports
        if imported.startswith(prefix) and imported.split(".")[2] != module.split(".")[2]
    )
    assert crossing == [], "code that two connectors share belongs to facts or base"


def test_only_the_composition_root_names_connectors() -> None:
    naming = sorted(
        f"{module} -> {imported}"
        for module, imports in _imports().items()
        if _layer(module) not in {"trustpath.connectors", "trustpath.app"}
        for imported in imports
        if _layer(imported) == "trustpath.connectors"
    )
    assert naming == [], "others see connectors through the Source protocol of facts.source"


def test_modules_stay_small() -> None:
    sizes = {
        _relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES
    }
    large = {path: size for path, size in sizes.items() if size > LARGEST}
    assert set(large) <= set(LARGE_MODULES), f"split these, or say why not: {large}"
    assert set(LARGE_MODULES) <= set(large), "these are small again: take them off the list"
    code = [size for path, size in sizes.items() if not path.endswith("__init__.py")]
    assert statistics.median(code) <= MEDIAN, sorted(sizes.items(), key=lambda item: item[1])


def _undocumented(node: ast.AST, where: str) -> Iterator[str]:
    """Yield the public classes and functions at or below a module or class without docstring."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if child.name.startswith("_"):
            continue
        name = f"{where}.{child.name}"
        if not ast.get_docstring(child) and not _needs_none(child):
            yield name
        if isinstance(child, ast.ClassDef):
            yield from _undocumented(child, name)


def _needs_none(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    # An override or overload is documented where it is declared first.
    return any(
        (isinstance(mark, ast.Name) and mark.id in {"override", "overload"})
        or (isinstance(mark, ast.Attribute) and mark.attr in {"override", "overload", "setter"})
        for mark in node.decorator_list
    )


def test_everything_public_has_a_docstring() -> None:
    missing = []
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not ast.get_docstring(tree) and not path.name.startswith("_"):
            missing.append(_relative(path))
        if path.name == "__init__.py" and not ast.get_docstring(tree):
            missing.append(f"{_relative(path)}: say in one line what the package is for")
        missing.extend(_undocumented(tree, _relative(path)))
    assert missing == []


def test_relations_explain_themselves() -> None:
    """A relation's docstring is its documentation in the store: it must be a sentence."""
    from trustpath.facts.schema import TABLES

    terse = [table.name for table in TABLES if not re.search(r"\w{3,} .*\.", table.doc, re.S)]
    assert terse == []


# -- files ------------------------------------------------------------------------------------

# Written so that no pattern matches its own line.
FORBIDDEN: dict[str, re.Pattern[str]] = {
    "a package index": re.compile(
        r"\b(?:pypi|pythonhosted|npmjs|crates)[.](?:org|io|com)\b|--(?:extra-)?index[-]url[ =]\S|--find[-]links[ =]\S",
        re.IGNORECASE,
    ),
    "a path of one machine": re.compile(r"(?<![\w.*-])/(?:home|root|Users|work|tmp)/[\w.-]+"),
    "a merge conflict": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
    "unfinished work": re.compile(r"\b(?:TO[D]O|FIX[M]E|X{3})\b|raise NotImplemented[E]rror"),
}

# A key in the tree is a key in the world, unless it was made for tests on purpose.
PRIVATE_KEY = re.compile(r"-{5}BEGIN (?:[A-Z]+ )*PRIVATE KEY-{5}\s+[A-Za-z0-9+/]{40}")


def _candidates() -> list[Path]:
    """Return the files that are in version control or would be added to it."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False)
    if listing.returncode != 0:
        pytest.skip(f"not a git working tree: {listing.stderr.decode(errors='replace').strip()}")
    paths = [REPOSITORY / name for name in listing.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def _texts() -> Iterator[tuple[str, str]]:
    for path in _candidates():
        try:
            yield _relative(path), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@pytest.mark.parametrize("what", sorted(FORBIDDEN))
def test_no_file_contains(what: str) -> None:
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()!r}"
        for name, text in _texts()
        for match in FORBIDDEN[what].finditer(text)
    ]
    assert found == []


def test_private_keys_only_where_they_are_examples() -> None:
    found = [
        name
        for name, text in _texts()
        if PRIVATE_KEY.search(text) and not name.startswith(("tests/", "examples/"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a package index", "https://files." + "pythonhosted" + ".org/x.whl"),
        ("a path of one machine", "see /" + "home/alice/zones"),
        ("a merge conflict", "\n" + "<" * 7 + " HEAD\n"),
        ("unfinished work", "# TO" + "DO: later"),
    ],
)
def test_the_patterns_find_what_they_are_for(what: str, text: str) -> None:
    assert FORBIDDEN[what].search(text)
    assert not FORBIDDEN[what].search("names, zones and certificates: https://example.com/tmp")


def test_requirements_are_pinned_with_hashes() -> None:
    for path in sorted(REPOSITORY.glob("requirements*.txt")):
        entries = re.split(r"\n(?=[A-Za-z0-9])", path.read_text(encoding="utf-8"))
        pins = [entry for entry in entries if re.match(r"[A-Za-z0-9]", entry)]
        assert pins, path
        for pin in pins:
            assert re.match(r"[\w.-]+==[\w.!+-]+ ", pin), pin.splitlines()[0]
            assert "--hash=sha256:" in pin, pin.splitlines()[0]
