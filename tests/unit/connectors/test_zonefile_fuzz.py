"""Anything at all as a zone file: no exception, and what is read is canonical."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from trustpath.connectors.zonefile.limits import Limits
from trustpath.connectors.zonefile.reader import Reading, read_master_file
from trustpath.facts.records import assemble, canonical_rdata, zone_facts

LIMITS = Limits(octets=1 << 20, line=4096, lines=100, records=5000, generated=500, problems=10)

piece = st.sampled_from(
    ["$ORIGIN", "$TTL", "$INCLUDE", "$GENERATE", "1-3", "0-9/4", "${0,2,x}", "$", "a", "@", "*.b", "c.", ".", "\\",
     "\\000", "\\.", "IN", "CH", "3600", "1h", "A", "AAAA", "MX", "TXT", "SOA", "CAA", "TLSA", "SRV", "HTTPS", "10",
     "192.0.2.1", "::1", '"', '"x y"', "(", ")", ";", "\t", " ", "\n", "\r\n", "\\#", "4", "c0000201", "zone", "=",
     "\x00", "\u00fc", "ns", "host", "7", "issue", "TYPE65280", "NSEC", "DNSKEY", "257", "3", "13", "AAAA=="]
)  # fmt: skip
soup = st.lists(piece, max_size=60).map(" ".join).map(str.encode)


def read(text: bytes) -> Reading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "zone"
        path.write_bytes(text)
        return read_master_file(path, path.parent, "example.com", LIMITS)


@given(
    st.one_of(
        soup,
        st.binary(max_size=300),
        st.lists(st.one_of(soup, st.binary(max_size=40))).map(b"\n".join),
    )
)
def test_anything_reads_or_is_noted(text: bytes) -> None:
    reading = read(text)
    assert reading.skipped == bool(reading.problems)
    assert len(reading.problems) <= LIMITS.problems + 1
    for name, rdtype, ttl, data in reading.records:
        assert canonical_rdata(rdtype, data, "") == data
        assert name == name.lower()
        assert ttl is not None
    list(zone_facts("example.com", assemble(reading.records, "example.com", "").rrsets, full=False))
