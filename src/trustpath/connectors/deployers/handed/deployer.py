"""The deployer of a job with a CSR: the key is elsewhere, the chain is put where the job says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from trustpath.base.errors import InputError
from trustpath.connectors.deployers import disk
from trustpath.connectors.deployers.content import Content
from trustpath.connectors.deployers.disk import Slot
from trustpath.connectors.deployers.keeper import Keeper
from trustpath.connectors.deployers.key import PrivateKey, names_asked, spki_of
from trustpath.connectors.deployers.pair import Pair
from trustpath.facts.deploying import DeployerSpec, KeyPolicy
from trustpath.facts.source import Context


def make(spec: DeployerSpec, context: Context) -> Keeper:
    """Build the deployer of one job, whose id the spec has.

    Options: ``csr``, a file in PEM or DER, and ``chain_folder``, where ``<job>.pem`` is written.
    """
    csr, folder = Path(spec.options["csr"]), Path(spec.options["chain_folder"])
    slot = Slot("chain", folder / f"{quote(spec.id, safe='')}.pem", secret=False)
    place = Pair((slot,), (), (), folder, 1.0)
    return Keeper(spec, place, context.clock, HandedRequests(csr))


class HandedRequests:
    """The requests in one file: whoever changes the key puts another there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def make(self, _policy: KeyPolicy, _in_use: PrivateKey | None) -> HandedRequest:
        """Return the request that is in the file now; raises InputError where there is none."""
        content = disk.read(self._path)
        request = self.read(content) if content else None
        if request is None:
            raise InputError(
                "holds no signed certificate request" if content else "there is no such file",
                where=str(self._path),
                hint="put a PKCS #10 request there, in PEM or DER",
            )
        return request

    def read(self, content: Content) -> HandedRequest | None:
        """Return the request that was kept, None where it cannot be read."""
        load = x509.load_pem_x509_csr if b"-----BEGIN" in content.octets else x509.load_der_x509_csr
        try:
            request = load(content.octets)
            return HandedRequest(request, self._path) if request.is_signature_valid else None
        except ValueError:
            return None


class HandedRequest:
    """A request, whose key nobody here has."""

    def __init__(self, request: x509.CertificateSigningRequest, path: Path) -> None:
        self._request = request
        self._path = path
        self.spki = spki_of(request)

    def pem(self) -> Content:
        """Return it in PEM."""
        return Content(self._request.public_bytes(Encoding.PEM))

    def request(self, names: Sequence[str]) -> bytes:
        """Return it in DER; raises InputError where it is of other names."""
        asked = {
            name
            for extension in self._request.extensions
            if isinstance(extension.value, x509.SubjectAlternativeName)
            for name in names_asked(extension.value)
        }
        if asked != set(names):
            raise InputError(
                f"the request is of {', '.join(sorted(asked)) or 'no names'}",
                where=str(self._path),
                hint=f"make one of {', '.join(names)}, as subjectAltName",
            )
        return self._request.public_bytes(Encoding.DER)
