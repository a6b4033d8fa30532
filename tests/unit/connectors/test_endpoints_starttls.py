"""STARTTLS dialogues fed by hand: any split of the octets, any garbage, bounded input."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustpath.connectors.endpoints.observation import ProbeError
from trustpath.connectors.endpoints.starttls import DIALOGUES, MAX_LINE, quote

LDAP_OK = bytes.fromhex("300c02010178070a010004000400")
LDAP_LONG_FORM = bytes.fromhex("30840000000c02010178070a010004000400")
LDAP_REQUEST = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
EHLO = b"250-mail.example\r\n250-SIZE 1000\r\n250-starttls\r\n250 HELP\r\n"

# protocol: what the server says in turn, and what the client says between
TALKS: dict[str, tuple[list[bytes], list[bytes]]] = {
    "smtp": (
        [b"220-mail.example\r\n220 ESMTP\r\n", EHLO, b"220 go ahead\r\n"],
        [b"", b"EHLO [127.0.0.1]\r\n", b"STARTTLS\r\n"],
    ),
    "imap": (
        [b"* OK ready\r\n* NO bother\r\n", b"* CAPABILITY IMAP4rev2\r\na1 ok go\r\n"],
        [b"", b"a1 STARTTLS\r\n"],
    ),
    "ldap": ([LDAP_OK], [LDAP_REQUEST]),
    "postgres": ([b"S"], [bytes.fromhex("0000000804d2162f")]),
}


def talk(
    protocol: str, turns: Iterable[bytes], size: int = 65536, local: str = "127.0.0.1"
) -> list[bytes]:
    """Run a dialogue to its end and return what the client said; raises EOFError when it waits."""
    dialogue = DIALOGUES[protocol](local)
    said = [next(dialogue)]
    for turn in turns:
        for start in range(0, len(turn), size):
            try:
                said.append(dialogue.send(turn[start : start + size]))
            except StopIteration:
                return said
    raise EOFError


@pytest.mark.parametrize("protocol", sorted(TALKS))
@pytest.mark.parametrize("size", [1, 2, 3, 7, 65536])
def test_consent_in_any_pieces(protocol: str, size: int) -> None:
    turns, wanted = TALKS[protocol]
    said = talk(protocol, turns, size)
    assert b"".join(said) == b"".join(wanted)


def test_ldap_long_form_length() -> None:
    assert talk("ldap", [LDAP_LONG_FORM]) == [LDAP_REQUEST]


def test_smtp_over_ipv6_says_an_ipv6_literal() -> None:
    assert b"EHLO [IPv6:::1]\r\n" in talk("smtp", TALKS["smtp"][0], local="::1")


@pytest.mark.parametrize(
    ("protocol", "turns", "outcome"),
    [
        ("smtp", [b"554 no service\r\n"], "no-tls"),
        ("smtp", [b"220 hi\r\n", b"502 what\r\n"], "no-tls"),
        ("smtp", [b"220 hi\r\n", b"250 mail.example\r\n"], "no-tls"),
        ("smtp", [b"220 hi\r\n", b"250-STARTTLSX\r\n250 XSTARTTLS\r\n"], "no-tls"),
        ("smtp", [b"220 hi\r\n", EHLO, b"454 not now\r\n"], "no-tls"),
        ("smtp", [b"220 hi\r\n" + EHLO], "failed"),
        ("smtp", [b"220 hi\r\n25"], "failed"),
        ("smtp", [b"220 hi\r\n", EHLO, b"220 go\r\n250 injected\r\n"], "failed"),
        ("smtp", [b"SSH-2.0-x\r\n"], "no-tls"),
        ("imap", [b"* PREAUTH welcome\r\n"], "no-tls"),
        ("imap", [b"* BYE\r\n"], "no-tls"),
        ("imap", [b"* OK\r\n", b"a1 NO\r\n"], "no-tls"),
        ("imap", [b"* OK\r\n", b"a1 OK\r\n* injected\r\n"], "failed"),
        ("ldap", [bytes.fromhex("300c02010178070a013404000400")], "no-tls"),
        ("ldap", [bytes.fromhex("300c02010161070a010004000400")], "no-tls"),
        ("ldap", [bytes.fromhex("3003020101")], "no-tls"),
        ("ldap", [bytes.fromhex("30050201017800")], "no-tls"),
        ("ldap", [bytes.fromhex("3006020101780a00")], "no-tls"),
        ("ldap", [b"\x30\x80"], "no-tls"),
        ("ldap", [b"\x30\x84\x00\x10\x00\x00"], "no-tls"),
        ("ldap", [LDAP_OK + b"\x16"], "failed"),
        ("postgres", [b"N"], "no-tls"),
        ("postgres", [b"E\x00\x00\x00\x08oops"], "no-tls"),
        ("postgres", [b"S\x16"], "failed"),
    ],
)
def test_anything_but_consent(protocol: str, turns: list[bytes], outcome: str) -> None:
    with pytest.raises(ProbeError) as caught:
        talk(protocol, turns)
    assert caught.value.outcome == outcome
    assert caught.value.reason


@pytest.mark.parametrize("protocol", ["smtp", "imap"])
def test_lines_and_their_number_are_bounded(protocol: str) -> None:
    with pytest.raises(ProbeError, match="a line of more than"):
        talk(protocol, [b"2" * MAX_LINE])
    with pytest.raises(ProbeError, match="lines before TLS"):
        talk(protocol, [b"220-x\r\n" * 300 if protocol == "smtp" else b"* OK x\r\n" * 300])


@given(st.sampled_from(sorted(DIALOGUES)), st.lists(st.binary(min_size=1, max_size=60), max_size=6))
@settings(max_examples=500, deadline=None)
def test_garbage_ends_in_a_reason_or_waits(protocol: str, turns: list[bytes]) -> None:
    outcome, reason = "waits", ""
    try:
        talk(protocol, turns)
        outcome = "consent"
    except ProbeError as error:
        outcome, reason = error.outcome, error.reason
    except EOFError:
        pass
    # Only PostgreSQL consents in a single octet that chance may hit.
    assert outcome in {"waits", "no-tls", "failed"} or protocol == "postgres"
    assert reason.isprintable()


@given(st.sampled_from(sorted(TALKS)), st.data())
@settings(max_examples=300, deadline=None)
def test_a_changed_octet_ends_in_a_reason_or_waits(protocol: str, data: st.DataObject) -> None:
    turns = [bytearray(turn) for turn in TALKS[protocol][0]]
    turn = data.draw(st.sampled_from(turns))
    turn[data.draw(st.integers(0, len(turn) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(ProbeError, EOFError):
        talk(protocol, map(bytes, turns))


@given(st.binary(max_size=300))
def test_quotes_are_short_and_printable(data: bytes) -> None:
    text = quote(data)
    assert text.isprintable()
    assert len(text) <= 4 * 80 + 3
