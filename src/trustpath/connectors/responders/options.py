"""What responders have in common: how options are read and proofs are checked."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from trustpath.base.errors import InputError
from trustpath.facts.challenge import ResponderSpec
from trustpath.facts.issuing import Proof
from trustpath.facts.options import check_known, refused

# base64url without padding (RFC 8555 8.3), so never a path; CAs use up to 43 characters.
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_VALUE_OCTETS: Final = 1024


def endpoint_option(spec: ResponderSpec, port: int) -> tuple[str, int]:
    """Return ``address`` and ``port`` to listen at; raises EstateError."""
    check_known(spec, ("address", "port"))
    try:
        address = str(ipaddress.ip_address(spec.options["address"]))
    except (KeyError, ValueError) as error:
        raise refused(spec, "address", "is no address", "the one that names lead to") from error
    number = spec.options.get("port", port)
    if type(number) is not int or not 0 < number < 65536:
        raise refused(spec, "port", f"{number!r} is no port", f"port: {port}")
    return address, number


def check_proof(proof: Proof, method: str) -> Proof:
    """Return the proof; raises InputError where it is of another method or no proper one."""
    if proof.method != method:
        raise InputError(f"{proof.method} is not answered here", hint=f"method: {method}")
    if not _TOKEN.fullmatch(proof.token):
        raise InputError(
            f"the CA's token {proof.token[:80]!r} is none",
            where=proof.name,
            hint="it has letters, digits, - and _ only (RFC 8555 8.3)",
        )
    if len(proof.value.encode()) > _VALUE_OCTETS:
        raise InputError(f"the answer has more than {_VALUE_OCTETS} octets", where=proof.name)
    return proof
