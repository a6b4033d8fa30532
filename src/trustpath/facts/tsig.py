"""TSIG keys (RFC 8945) that show their secret in no text form."""

from __future__ import annotations

import dns.tsig


class TsigKey(dns.tsig.Key):
    """A key as dnspython takes it; dnspython's own shows the secret, and so would a traceback."""

    def __repr__(self) -> str:
        return f"<TSIG key {self.name} {self.algorithm}>"
