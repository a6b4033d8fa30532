"""Signed notes, keys and checkpoints against published vectors, and what must be refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.base.errors import InputError
from trustpath.ledger import checkpoint, note
from trustpath.ledger.verify import Head, Mismatch, open_checkpoint, open_note, parse_vkey

# The example of signed-note, and the key, text and note of the tests of Go's sumdb.
EXAMPLE = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SECRET = "PRIVATE" + "+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NOTE = TEXT + (
    "\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvq"
    "fqdngotpRZb6KE6RyyBwJnAM=\n"
)
SIGNER = note.signer("example.com/log", bytes(range(32)))
OTHER = note.signer("example.com/log", bytes(32))


def test_the_published_key_ids_are_ours() -> None:
    key = parse_vkey(EXAMPLE)
    assert (key.name, key.id.hex()) == ("example.com/foo", "530d903a")
    assert note.vkey(key) == EXAMPLE
    assert note.vkey(parse_vkey(PETER)) == PETER


def test_the_published_note_opens_and_is_what_we_sign() -> None:
    assert open_note(NOTE.encode(), [parse_vkey(PETER)]) == TEXT
    signer = note.read_secret(SECRET, "key")
    assert note.vkey(signer.key) == PETER
    assert note.sign(TEXT, [signer]) == NOTE


def test_a_text_may_have_empty_lines_and_ends_at_the_last_one() -> None:
    text = "one\n\ntwo\n"
    assert open_note(note.sign(text, [SIGNER]).encode(), [SIGNER.key]) == text


def test_signatures_of_unknown_keys_are_ignored() -> None:
    both = note.sign(TEXT, [OTHER, SIGNER]).encode()
    assert open_note(both, [SIGNER.key]) == TEXT
    with pytest.raises(Mismatch, match=r"no signature of example\.com/log"):
        open_note(note.sign(TEXT, [OTHER]).encode(), [SIGNER.key])


def test_one_bad_signature_of_a_known_key_rejects_the_note() -> None:
    good = note.sign(TEXT, [SIGNER])
    bad = note.sign("other\n", [OTHER]).splitlines()[-1]
    with pytest.raises(Mismatch, match="is wrong"):
        open_note(f"{good}{bad}\n".encode(), [SIGNER.key, OTHER.key])
    # Who does not know the other key sees one good signature.
    assert open_note(f"{good}{bad}\n".encode(), [SIGNER.key]) == TEXT


@given(st.data())
def test_no_changed_text_opens(data: st.DataObject) -> None:
    octets = bytearray(NOTE.encode())
    at = data.draw(st.integers(0, len(TEXT) - 1))
    octets[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Mismatch):
        open_note(bytes(octets), [parse_vkey(PETER)])


MALFORMED = {
    "empty": b"",
    "no signature": TEXT.encode() + b"\n",
    "no text": NOTE.encode()[len(TEXT) :],
    "no last newline": NOTE.encode()[:-1],
    "no UTF-8": b"\xff\n" + NOTE.encode(),
    "carriage return": NOTE.replace("\n", "\r\n").encode(),
    "hyphen for dash": NOTE.replace("\u2014", "-").encode(),
    "padding": NOTE.replace("nAM=", "nAM").encode(),
    "loose bits": NOTE.replace("nAM=", "nAN=").encode(),
    "too many": NOTE.encode() + b"\xe2\x80\x94 a AAAAAAA=\n" * 100,
    "too large": b"a\n" * (1 << 20) + NOTE.encode(),
}


@pytest.mark.parametrize("octets", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_notes_are_refused(octets: bytes) -> None:
    with pytest.raises(Mismatch):
        open_note(octets, [parse_vkey(PETER)])


@pytest.mark.parametrize(
    "text",
    [
        "",
        PETER[:-4],
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("+ARpc", "+BRpc"),
        "Peter Neumann" + PETER[12:],
        EXAMPLE.replace("foo", "bar"),
    ],
    ids=["empty", "short", "wrong id", "wrong type", "space", "wrong name"],
)
def test_malformed_keys_are_refused(text: str) -> None:
    with pytest.raises(Mismatch):
        parse_vkey(text)


def test_a_private_key_is_read_back_and_never_shown() -> None:
    written = note.write_secret("example.com/log", bytes(range(32)))
    assert note.read_secret(written + "\n", "key").key == SIGNER.key
    secret = written.rpartition("+")[2]
    assert secret not in repr(SIGNER)
    for wrong in ("", secret, written[:-5], written.replace("example.com/log", "example.com/lag")):
        with pytest.raises(InputError) as caught:
            note.read_secret(wrong, "ledger.key")
        assert caught.value.where == "ledger.key"
        assert secret not in str(caught.value)
    with pytest.raises(InputError, match="no key name"):
        note.signer("with space", bytes(32))


@pytest.mark.parametrize("text", ["no newline", "bell\a\n", ""], ids=repr)
def test_what_can_be_no_note_is_not_signed(text: str) -> None:
    with pytest.raises(InputError):
        note.sign(text, [SIGNER])


HEAD = Head("example.com/log", 20852163, bytes(range(32)))


def test_a_checkpoint_has_three_lines_and_comes_back() -> None:
    assert checkpoint.text(HEAD).splitlines() == [
        "example.com/log",
        "20852163",
        base64.b64encode(HEAD.root).decode(),
    ]
    signed = checkpoint.signed(HEAD, SIGNER).encode()
    assert open_checkpoint(signed, [SIGNER.key]) == HEAD


def test_further_lines_of_a_checkpoint_are_allowed() -> None:
    more = note.sign(checkpoint.text(HEAD) + "extension\n", [SIGNER]).encode()
    assert open_checkpoint(more, [SIGNER.key]) == HEAD


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "a\n1\n",
        f"a\n01\n{ROOT}\n",
        f"a\n-1\n{ROOT}\n",
        f"a\n\u0661\n{ROOT}\n",
        f"a\n{'9' * 40}\n{ROOT}\n",
        f"a\n\n{ROOT}\n",
        f"a\n1\n{ROOT[4:]}\n",
        f"a\n1\n{ROOT}\n\nmore\n",
    ],
    ids=["no root", "zero first", "negative", "not ASCII", "huge", "empty", "short", "empty line"],
)
def test_malformed_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(Mismatch):
        open_checkpoint(note.sign(text, [SIGNER]).encode(), [SIGNER.key])
