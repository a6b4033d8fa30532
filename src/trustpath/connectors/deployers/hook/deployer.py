"""The hook deployer: a program that is called with a verb, an order and JSON on its input.

docs/deployers.md describes the protocol. What it answers is checked, never believed: the request
is of the names that were asked for, and after a deployment it says that the new chain is in use.
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from trustpath.base.clock import Clock
from trustpath.base.errors import SourceError
from trustpath.connectors.deployers import chain as chains
from trustpath.connectors.deployers import program
from trustpath.connectors.deployers.content import Content
from trustpath.connectors.deployers.drawer import check_order
from trustpath.connectors.deployers.key import names_asked, spki_of
from trustpath.connectors.deployers.options import (
    command_option,
    timeout_option,
)
from trustpath.facts.deploying import Deployed, DeployerSpec, KeyPolicy, PendingKey
from trustpath.facts.options import check_known, refused
from trustpath.facts.source import Context

PROTOCOL: Final = 1
_NO_ORDER: Final = "-"

_OPTIONS: Final = frozenset({"command", "timeout"})


def make(spec: DeployerSpec, context: Context) -> Hook:
    """Build the deployer; raises EstateError on bad options: ``command`` and ``timeout``."""
    check_known(spec, _OPTIONS)
    command = command_option(spec, "command")
    if not command:
        raise refused(spec, "command", "is missing")
    return Hook(spec, command, spec.folder.absolute(), timeout_option(spec), context.clock)


@dataclass(frozen=True, slots=True)
class Hook:
    """A ``Deployer`` that hands everything to a program."""

    spec: DeployerSpec
    command: tuple[str, ...]
    folder: Path
    timeout: float
    clock: Clock

    def prepare(
        self, order: str, names: tuple[str, ...], policy: KeyPolicy, *, reuse: bool
    ) -> PendingKey:
        """Have the key for an order made, or the one in use taken, and return its CSR."""
        key = {"type": policy.type, "reuse": reuse}
        answer = self._ask("prepare", check_order(order), {"names": list(names), "key": key})
        request = self._request(answer, names)
        return PendingKey(order, spki_of(request), request.public_bytes(Encoding.DER))

    def current(self) -> Deployed | None:
        """Return what the program says is in use."""
        return self._told("current", _NO_ORDER)

    def deploy(self, order: str, chain: tuple[bytes, ...]) -> None:
        """Have the order's key and its chain put into use."""
        held = chains.describe(chain)
        chains.check_usable(held, self.clock.now(), (), self._where())
        pem = chains.to_pem(chain).decode()
        self._ask("deploy", check_order(order), {"chain": pem, "spki": held.deployed.spki})
        current = self.current()
        if current is None or current.fingerprint != held.deployed.fingerprint:
            raise SourceError(
                "the program ended well, and something else is in use",
                where=self._where(),
                hint="its verb current must answer what its verb deploy put into use",
            )

    def previous(self, order: str) -> Deployed | None:
        """Return what the program would bring back."""
        return self._told("previous", check_order(order))

    def restore(self, order: str, *, revoked: Container[str] = ()) -> Deployed | None:
        """Have what was in use before brought back, unless it must not be used any more."""
        previous = self.previous(order)
        if previous is None:
            return None
        held = chains.describe(previous.chain)
        chains.check_usable(held, self.clock.now(), revoked, self._where())
        self._ask("restore", order, {})
        current = self.current()
        if current is None or current.fingerprint != previous.fingerprint:
            raise SourceError("the program ended well, and restored nothing", where=self._where())
        return current

    def settle(self, order: str) -> None:
        """Have what was kept for an order dropped."""
        self._ask("settle", check_order(order), {})

    def _told(self, verb: str, order: str) -> Deployed | None:
        answer = self._ask(verb, order, {})
        pem = answer.get("chain")
        if pem is None and "chain" in answer:
            return None
        found = chains.from_pem(Content(pem.encode())) if isinstance(pem, str) else ()
        if not found:
            raise self._wrong(verb, 'wanted: {"chain": PEM or null}')
        return chains.describe(found).deployed

    def _request(
        self, answer: Mapping[str, Any], names: tuple[str, ...]
    ) -> x509.CertificateSigningRequest:
        try:
            request = x509.load_pem_x509_csr(answer["csr"].encode())
            genuine = request.is_signature_valid
            extensions = request.extensions
            listed = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            asked = set(names_asked(listed))
        except (KeyError, AttributeError, ValueError, x509.ExtensionNotFound):
            raise self._wrong("prepare", 'wanted: {"csr": PEM with subjectAltName}') from None
        if not genuine or asked != set(names) or len(listed) != len(set(names)):
            raise self._wrong("prepare", f"the request must be signed and of {', '.join(names)}")
        return request

    def _ask(self, verb: str, order: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call the program; returns the object that it answers. Raises SourceError."""
        document = {"protocol": PROTOCOL, "verb": verb, "order": order, **given}
        outcome = program.run(
            (*self.command, verb, order),
            timeout=self.timeout,
            folder=self.folder,
            given=json.dumps(document).encode() + b"\n",
        )
        if outcome.status != 0:
            raise SourceError(f"{verb} failed: {outcome.said}", where=self._where())
        if b"PRIVATE KEY" in outcome.output:
            raise self._wrong(verb, "it wrote a private key, which must stay where it is used")
        try:
            answer = json.loads(outcome.output or b"{}")
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise self._wrong(verb, "wanted: one object of JSON on its output, or nothing")
        return answer

    def _wrong(self, verb: str, hint: str) -> SourceError:
        return SourceError(
            f"the program answered {verb} with something else", where=self._where(), hint=hint
        )

    def _where(self) -> str:
        return f"deployer {self.spec.id}, {self.command[0]}"
