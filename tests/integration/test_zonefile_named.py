"""Generated zone files: what named-compilezone loads we hold, record for record, in both its styles."""

from __future__ import annotations

import base64
import random
import subprocess
from pathlib import Path

import pytest

from dns_servers import bind
from peers import require
from trustpath.base.clock import FixedClock
from trustpath.connectors.axfr import make as make_axfr
from trustpath.connectors.zonefile import make
from trustpath.connectors.zonefile.reader import Reading, read_master_file
from trustpath.facts.part import Coverage
from trustpath.facts.relations.dns import Rdata
from trustpath.facts.source import Context, SourceSpec

pytestmark = pytest.mark.peer

APEX = "example.com"
Record = tuple[str, str, int | None, str]


class Zone:
    """One random zone file; ``lines`` in order, ``files`` that it includes."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        self.files: dict[str, str] = {}
        self.owners = 0

    def label(self) -> str:
        plain = "".join(self.choose.choice("abcXYZ019-_") for _ in range(self.choose.randint(1, 6)))
        odd = self.choose.choice(
            ("", "", "", "\\.", "\\032", "\\200", "\\;", "\\@", "\\(", "é", '\\"')
        )
        return f"x{plain}{odd}"

    def name(self) -> str:
        labels = ".".join(self.label() for _ in range(self.choose.randint(1, 3)))
        return self.choose.choice(
            (labels, labels, f"{labels}.{APEX}.", f"{labels}.Other.Test.", "@")
        )

    def owner(self, kind: str) -> str:
        """Return an owner that no other record has, so that nothing clashes."""
        self.owners += 1
        name = f"n{self.owners}.{self.label()}"
        # named takes no NSEC3 at a wildcard.
        star = name if kind.upper() == "NSEC3" else f"*.{name}"
        return self.choose.choice((name, star, f"{name}.{APEX}."))

    def string(self) -> str:
        text = self.choose.choice(
            ("a b", "a;b", "(x", "\\000\\255", 'q\\"q', "\\\\", "ü", "", "$x", "@")
        )
        return f'"{text}{self.choose.randrange(99)}"'

    def octets(self, count: int) -> bytes:
        return self.choose.randbytes(count)

    def data(self) -> tuple[str, str]:
        number = str(self.choose.randrange(65536))
        hexadecimal = self.octets(self.choose.randint(1, 8)).hex()
        secret = base64.b64encode(self.octets(self.choose.randint(1, 20))).decode()
        locator = ":".join(f"{self.choose.randrange(65536):x}" for _ in range(4))
        types = self.choose.choice(("A", "A MX", "CAA TYPE65280 A", "NS SOA NXT EID"))
        algorithm = self.choose.choice(("8", "13", "RSASHA256", "NSEC3RSASHA1", "ED448"))
        date = self.choose.choice(
            ("20261201000000", "21070101000000", "4294967295", "1", "99991231235959")
        )
        options: list[tuple[str, str]] = [
            ("A", "192.0.2.1"), ("AAAA", "2001:DB8::1"), ("AAAA", "::ffff:192.0.2.1"),
            ("MX", f"{number} {self.name()}"), ("PTR", self.name()), ("RP", f"{self.name()} {self.name()}"),
            ("TXT", " ".join(self.string() for _ in range(self.choose.randint(1, 3)))),
            ("TXT", 'plain "a""b" c\\ d'), ("SPF", self.string()), ("HINFO", f"{self.string()} b"),
            ("SRV", f"1 2 {number} {self.name()}"), ("CAA", f"128 isSue {self.string()}"),
            ("TLSA", f"3 1 1 {hexadecimal} {hexadecimal}"), ("SMIMEA", f"3 0 0 {hexadecimal}"),
            ("SSHFP", "1 1 " + self.octets(20).hex()), ("DS", f"{number} {algorithm} SHA-256 " + self.octets(32).hex()),
            ("DS", f"{number} {algorithm} 9 {hexadecimal}"), ("DNSKEY", f"257 DNSSEC {algorithm} {secret}"),
            ("KEY", f"256 3 {algorithm} {secret}"), ("CDS", "0 0 0 00"), ("CDNSKEY", "0 3 0 AA=="),
            ("RRSIG", f"A {algorithm} 9 60 {date} 20261117000000 {number} {self.name()} {secret}"),
            ("NSEC", f"{self.name()} {types}"), ("NSEC3PARAM", f"1 0 {number} -"),
            ("NSEC3", "1 0 1 ab 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A"), ("CSYNC", f"{number} 3 {types}"),
            ("MB", self.name()), ("MG", self.name()), ("MR", self.name()), ("MINFO", f"{self.name()} {self.name()}"),
            ("NXT", f"{self.name()} A MX"), ("EID", hexadecimal), ("NIMLOC", hexadecimal), ("TYPE31", hexadecimal),
            ("GPOS", f"{self.string()} {self.string()} x"), ("GPOS", "-32.6882 116.8652 10.0"),
            ("NID", f"10 {locator}"), ("L64", f"10 {locator}"), ("L32", "10 10.1.2.0"), ("LP", f"10 {self.name()}"),
            ("IPSECKEY", f"10 1 2 192.0.2.38 {secret}"), ("IPSECKEY", f"10 3 2 {self.name()} {secret}"),
            ("IPSECKEY", f"10 0 2 . {secret}"), ("DHCID", secret), ("CERT", f"PKIX 1 {algorithm} {secret}"),
            ("CERT", f"IACPKIX 1 INDIRECT {secret}"), ("CERT", f"65535 1 0 {secret}"),
            ("A", "\\# 4 C0000201"), ("MX", f"\\# 5 {number[0:0]}000a016100"), ("TYPE65280", f"\\# {len(hexadecimal) // 2} {hexadecimal}"),
            ("TYPE1", "192.0.2.7"), ("A6", f"64 ::1 {self.name()}"), ("A6", "0 2001:db8::1"),
            ("ATMA", "+358400"), ("SINK", f"1 2 3 {secret}"), ("TALINK", f"{self.name()} {self.name()}"),
            ("NINFO", self.string()), ("RKEY", f"0 0 1 {secret}"), ("DOA", f'1 2 3 "text/plain" {secret}'), ("DOA", '1 2 3 "" -'),
            ("TA", f"{number} {algorithm} 2 " + self.octets(32).hex()), ("DLV", f"{number} 8 2 " + self.octets(32).hex()),
            ("AMTRELAY", "10 0 0 ."), ("AMTRELAY", f"10 1 3 {self.name()}"), ("APL", "1:192.0.2.0/24 !2:::/0"),
            ("WKS", "192.0.2.1 6 25 80"), ("X25", '"311061700956"'), ("ISDN", '"150862028003217" "004"'),
            ("RT", f"10 {self.name()}"), ("PX", f"10 {self.name()} {self.name()}"), ("AFSDB", f"1 {self.name()}"),
            ("NSAP", "0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00"), ("NSAP-PTR", self.name()),
            ("KX", f"10 {self.name()}"), ("EUI48", "00-00-5e-00-53-2a"), ("EUI64", "00-00-5e-ef-10-00-00-2a"),
            ("ZONEMD", "1 1 240 " + self.octets(16).hex()), ("AVC", self.string()), ("OPENPGPKEY", secret),
            ("SVCB", f"1 {self.name()} alpn=h2,h3 port=8443 key65333=foo"), ("HTTPS", f"0 {self.name()}"),
            ("SVCB", f"0 {self.name()} alpn=h2"), ("HIP", f"2 200100107B1A74DF365639CC39F1D578 AwEA {self.name()}"),
            ("NAPTR", '100 10 "u" "E2U+sip" "!^.*$!sip:i@x!" .'), ("LOC", "42 21 54 N 71 6 18 W -24m 30m"),
            ("URI", '1 2 "https://a/"'), ("NULL", "\\# 2 0102"), ("DNAME", self.name()), ("CNAME", self.name()),
        ]  # fmt: skip
        return self.choose.choice(options)

    def record(self) -> list[str]:
        kind, data = self.data()
        ttl = self.choose.choice(("", "", "300", "1h30m", "0", "2w"))
        head = [word for word in (ttl, self.choose.choice(("", "IN", "in", "CLASS1"))) if word]
        self.choose.shuffle(head)
        kind = self.choose.choice((kind, kind.lower()))
        gap = self.choose.choice((" ", "\t", "  "))
        if self.choose.random() < 0.2:
            data = f"( ; why (\n {data}\n\t)"
        end = self.choose.choice(("", " ", ' ; comment "(', "\t;"))
        lines = [gap.join([self.owner(kind), *head, kind, data]) + end]
        if self.choose.random() < 0.15 and kind.upper() not in ("CNAME", "DNAME"):
            lines.append(
                f" {self.choose.choice(('', '60 '))}TYPE65281 \\# 1 {self.choose.randrange(256):02x}"
            )
        return lines

    def special(self) -> list[str]:
        self.owners += 1
        low = self.choose.randrange(3)
        spans = (f"{low}-{low + 4}", f"{low}-{low + 6}/2")
        field = self.choose.choice(
            ("$", "${0,3,d}", "${-2}", "${-1,4,x}", "${1,0,X}", "${-1,3,n}", "${2,5,N}", "${0,4,o}")
        )
        choice = self.choose.randrange(6)
        if choice == 0:
            return [f"$GENERATE {self.choose.choice(spans)} g{self.owners}-{field} A 192.0.2.$"]
        if choice == 1:
            return [
                f'$GENERATE {self.choose.choice(spans)} g{self.owners}-$ 77 IN TXT "\\"a {field}\\" $$"'
            ]
        if choice == 2:
            turn = self.choose.choice(("$TTL 77", "$ORIGIN deep"))
            inside = [*self.record(), turn, *self.record()]
            name = f"more{self.owners}"
            self.files[name] = "\n".join(inside) + "\n"
            origin = self.choose.choice(("", f" sub{self.owners}", f" {APEX}.", " ."))
            # Under the root a relative owner would lie outside of the zone.
            if origin == " .":
                self.files[name] = f"$ORIGIN {APEX}.\n" + self.files[name]
            return [f"$INCLUDE {name}{origin}", *self.record()]
        if choice == 3:
            own = f"r{self.owners}.{APEX} 5 A 192.0.2.9"
            return ["$ORIGIN .", own, f"$ORIGIN {APEX}.", *self.record()]
        if choice == 4:
            return [f"$TTL {self.choose.choice(('5', '1d', '3000000000'))}", *self.record()]
        return ["", "   ", "; only a comment", *self.record()]

    def text(self) -> str:
        lines = [
            "$TTL 3600",
            f"$ORIGIN {APEX}.",
            "@ IN SOA ns1 h\\.m ( 1 2h 3 4 5 )",
            "  NS ns1",
            "ns1 A 192.0.2.1",
        ]
        for _ in range(40):
            lines += self.special() if self.choose.random() < 0.2 else self.record()
        return "\n".join(lines) + "\n"


def compiled(path: Path, style: str) -> tuple[str | None, str]:
    """Return what named-compilezone writes in a style, None where it refuses, and what it says."""
    out = path.parent / f"{path.name}.{style}"
    done = subprocess.run(
        [require("named-compilezone"), "-i", "none", "-k", "ignore", "-n", "ignore", "-m", "ignore",
         "-s", style, "-F", "text", "-o", str(out), APEX, path.name],
        cwd=path.parent, capture_output=True, text=True, errors="replace", check=False, timeout=60,
    )  # fmt: skip
    return (str(out) if done.returncode == 0 else None), done.stdout + done.stderr


def read(path: Path) -> Reading:
    return read_master_file(path, path.parent, APEX)


def differing(zone: Zone, folder: Path) -> tuple[set[Record], set[Record], Reading] | None:
    folder.mkdir(exist_ok=True)
    path = folder / "zone"
    path.write_text(zone.text(), encoding="utf-8")
    for name, text in zone.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    ours = read(path)
    mine = set(ours.records)
    for style in ("full", "relative"):
        out, said = compiled(path, style)
        assert out is not None, said
        again = read(Path(out))
        assert not again.skipped, again.problems
        theirs = set(again.records)
        if theirs != mine:
            return mine - theirs, theirs - mine, ours
    return None


@pytest.mark.parametrize("seed", range(12))
def test_what_named_loads_is_held_in_full(tmp_path: Path, seed: int) -> None:
    assert differing(Zone(seed), tmp_path / "z") is None


@pytest.mark.parametrize("seed", range(4))
def test_a_transfer_holds_what_the_file_holds(tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "z"
    assert differing(Zone(100 + seed), folder) is None
    whole = folder / "zone.full"
    with bind(tmp_path / "bind", {APEX: whole}) as server:
        spec = SourceSpec("t", "axfr", {"server": server.address, "zones": [APEX]}, tmp_path)
        (part,) = make_axfr(spec, Context(FixedClock(0))).collect()
        assert part.coverage is not Coverage.NONE, part.problems
        served = {(f.name, f.type, f.rdata) for f in part.facts if isinstance(f, Rdata)}
    assert served == {(name, kind, text) for name, kind, _ttl, text in read(whole).records}


HEAD = "$TTL 60\n@ SOA ns1 h 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n"
REFUSED = [
    "a..b A 192.0.2.1", "a 4294967296 A 192.0.2.1", "a A 192.0.2", "a NOSUCH x", "a MX \\# 4 000a0100",
    "a MB \\# 6 0161016200ff", "a TXT \\# 0", "a A \\# 3 c00002", "a\\256 A 192.0.2.1",
    "a NID 10 1:2:3:4:5", "a GPOS a b", "$GENERATE 2-1 a$ A 192.0.2.1", "a RRSIG A 13 3 300 42949672961 1 1 a AAAA",
    "a CAA 0 a-b x", "a TXT \"open", "a A ( 192.0.2.1", "a A 192.0.2.1 extra", "$INCLUDE missing",
    "a NSEC3 1 0 0 - AA A", "a EID 012", "a CNAME b\na A 192.0.2.1", "a CNAME b\na CNAME c",
]  # fmt: skip


@pytest.mark.parametrize("line", REFUSED)
def test_what_named_refuses_is_said(tmp_path: Path, line: str) -> None:
    path = tmp_path / "zone"
    path.write_text(f"{HEAD}{line}\n", encoding="utf-8")
    assert compiled(path, "full")[0] is None
    spec = SourceSpec("z", "zonefile", {"path": "zone", "origin": APEX}, tmp_path)
    (part,) = make(spec, Context(FixedClock(0))).collect()
    assert part.problems
