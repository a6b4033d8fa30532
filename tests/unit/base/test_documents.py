"""The bounded YAML reader: values as safe loading gives them, hostile shapes refused."""

from __future__ import annotations

import subprocess
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from trustpath.base.documents import DocumentLimits, load_yaml, load_yaml_all
from trustpath.base.errors import InputError, LimitError


def test_values_and_lines() -> None:
    value, lines = load_yaml(
        b"# head\nowners:\n  - id: web\n    contacts: [a, b]\n  - id: db\nn: 017\nt: yes\n",
        "e.yaml",
    )
    assert value == {
        "owners": [{"id": "web", "contacts": ["a", "b"]}, {"id": "db"}],
        "n": 15,
        "t": True,
    }
    assert lines.line(("owners",)) == 2
    assert lines.line(("owners", 0, "contacts")) == 4
    assert lines.line(("owners", 1)) == 5
    assert lines.line(("owners", 1, "absent")) == 5
    assert lines.line(()) == 2


@pytest.mark.parametrize("data", [b"", b"# only a comment\n", b"---\n"])
def test_empty_document_is_none(data: bytes) -> None:
    value, lines = load_yaml(data, "e.yaml")
    assert value is None
    assert lines.line(("x",)) in (None, 1, 2)


def test_several_documents() -> None:
    both = load_yaml_all(b"---\na: 1\n---\nb: 2\n", "e.yaml")
    assert [value for value, _ in both] == [{"a": 1}, {"b": 2}]
    assert both[1][1].line(("b",)) == 4
    with pytest.raises(InputError, match="more than one document") as caught:
        load_yaml(b"---\na: 1\n---\nb: 2\n", "e.yaml")
    assert caught.value.where == "e.yaml:4"


def test_merge_keys_as_yaml_1_1() -> None:
    data = b"a: &a {x: 1, y: 2}\nb: &b {x: 5}\nc:\n  <<: [*b, *a]\n  z: 3\nd:\n  <<: *a\n  x: 9\n"
    value, lines = load_yaml(data, "e.yaml")
    assert value == yaml.safe_load(data)
    assert lines.line(("c", "y")) == 1
    assert lines.line(("d", "x")) == 8


def test_duplicate_key_names_both_lines() -> None:
    data = b"a: 1\nb: 2\na: 3\n"
    with pytest.raises(InputError, match="first on line 1") as caught:
        load_yaml(data, "z.yaml")
    assert caught.value.where == "z.yaml:3"
    noted: list[InputError] = []
    value, _ = load_yaml(data, "z.yaml", duplicates=noted)
    assert value == {"a": 3, "b": 2}
    assert [error.where for error in noted] == ["z.yaml:3"]


def test_duplicate_by_value_not_by_spelling() -> None:
    with pytest.raises(InputError, match="twice"):
        load_yaml(b"1: a\n0x1: b\n", "z.yaml")


@pytest.mark.parametrize(
    "data, where, words",
    [
        (b"a: \xff\n", "f:1", "UTF-8"),
        (b"ok: 1\na: [1\n", "f:3", "no valid YAML"),
        (b"a: 1\nb: !!python/object:os.system x\n", "f:2", "unknown tag"),
        (b"a: !include x\n", "f:1", "unknown tag"),
        (b"? [a, b]\n: 1\n", "f:1", "key must be a plain value"),
        (b"a: 2020-13-45\n", "f:1", "quote it"),
        (b"a: 1\nb: *nowhere\n", "f:2", "undefined alias"),
        (b"a: \x01\n", "f:1", "control"),
        (b"<<: 3\n", "f:1", "<< takes"),
        (b"a: !!binary '@@@'\nb: " + b"9" * 5000 + b"\n", "f:2", "quote it"),
    ],
)
def test_bad_documents_name_place(data: bytes, where: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        load_yaml(data, "f")
    assert caught.value.where == where
    assert words in str(caught.value)


def test_application_tag() -> None:
    value, _ = load_yaml(
        b"a:\n  <<: !include x\n  b: 1\n", "f", tags={"!include": lambda text, at: {text: at}}
    )
    assert value == {"a": {"x": "f:2", "b": 1}}


BOMB = b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)
)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(BOMB, id="laughs"),
        pytest.param(b"a: &a [*a]\n", id="self"),
        pytest.param(b"a: &a\n  <<: *a\n", id="self-merge"),
        pytest.param(b"[" * 200_000, id="flow"),
        pytest.param(b"{a: " * 100_000, id="flow-map"),
        pytest.param(b"- " * 100_000, id="compact"),
        pytest.param(b"? " * 100_000, id="explicit"),
        pytest.param(b"".join(b" " * n + b"a:\n" for n in range(3000)), id="indented"),
        pytest.param(b"".join(b" " * n + b"-\n" for n in range(300)), id="indented-list"),
    ],
)
def test_bombs_are_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        load_yaml(data, "bomb.yaml")


def test_too_many_nodes_are_not_built() -> None:
    with pytest.raises(LimitError, match="holds more nodes than 1000"):
        load_yaml(b"[" + b"a," * 5000 + b"]", "f", limits=DocumentLimits(nodes=1000))


def test_too_large_is_not_parsed() -> None:
    with pytest.raises(LimitError, match="at most 10"):
        load_yaml(b"a: [not, closed", "f", limits=DocumentLimits(octets=10))


def test_no_nesting_kills_the_process() -> None:
    """The C loader overflows the stack; run every nesting form in a process of its own."""
    code = (
        "from trustpath.base.documents import load_yaml\n"
        "for text in (b'[', b'{a: ', b'- ', b'? ', b'-\\t', b'[a: '):\n"
        "    try: load_yaml(text * 60000, 'f')\n"
        "    except ValueError: raise\n"
        "    except Exception as error: print(type(error).__name__)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert set(run.stdout.split()) <= {"LimitError", "InputError"}


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30
)


@given(TREES)
def test_same_values_as_safe_loading(tree: object) -> None:
    data = yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "surrogatepass")
    assert load_yaml(data, "f")[0] == yaml.safe_load(data)


@given(
    st.binary(max_size=200)
    | st.text(alphabet="[]{}-:?&*!|>%@ \n\tab<'\"", max_size=200).map(str.encode)
)
def test_any_octets_end_in_a_value_or_an_input_error(data: bytes) -> None:
    place = ""
    try:
        load_yaml(data, "f")
    except InputError as error:
        place = error.where
    assert place == "" or place.startswith("f")
