"""Checkpoints of the log (C2SP tlog-checkpoint v1): what a signed head says, as a note."""

from __future__ import annotations

import base64

from trustpath.ledger.note import Signer, sign
from trustpath.ledger.verify import Head


def text(head: Head) -> str:
    """Return the three lines of a checkpoint: origin, size and root."""
    return f"{head.origin}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"


def signed(head: Head, signer: Signer) -> str:
    """Return the signed checkpoint of a head."""
    return sign(text(head), [signer])
