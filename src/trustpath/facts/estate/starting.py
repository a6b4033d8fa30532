"""The estate file with which a first certificate is obtained, from a few values."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, fields
from importlib import resources
from string import Template

from trustpath.base import names
from trustpath.base.clock import format_instant
from trustpath.base.errors import InputError
from trustpath.facts.serving import nginx_block

LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"
_STANDS = 365 * 86400
"""Seconds for which automation may answer challenges before somebody decides on it again."""
_PLAIN = frozenset(" #\"'{}[],&*!|>%@`:\\\n\r\t")


@dataclass(frozen=True, slots=True)
class Beginning:
    """The values that a first estate needs. ``name`` is what gets a certificate, in ``zone``.

    ``address`` is where the web server answers, ``server`` the primary as ``ADDRESS[:PORT]``,
    ``tsig_file`` a file with the secret in base64. ``caa`` is the CA's issuer domain name.
    ``roots`` is a PEM file that vouches for a directory of one's own; that CA is not a public one.
    """

    name: str = "www.example.com"
    zone: str = "example.com"
    address: str = "192.0.2.80"
    port: int = 443
    server: str = "192.0.2.53"
    tsig_name: str = "trustpath"
    tsig_file: str = "tsig.secret"
    directory: str = LETS_ENCRYPT
    caa: str = "letsencrypt.org"
    roots: str = ""
    key: str = "/etc/nginx/tls/www.key"
    chain: str = "/etc/nginx/tls/www.pem"
    nginx_conf: str = ""
    nginx_prefix: str = ""

    def __post_init__(self) -> None:
        """Raise InputError for a value that is none, or would break the file."""
        for field in fields(self):
            value = getattr(self, field.name)
            odd = set(value) & (_PLAIN - {":"}) if isinstance(value, str) else set()
            if odd:
                raise InputError(
                    f"{value!r} has characters that a plain value of an estate file cannot have",
                    where=_option(field.name),
                    hint="use a path or name without " + " ".join(sorted(map(repr, odd))),
                )
        for option in ("name", "zone", "caa", "tsig_name"):
            names.canonical(getattr(self, option))
        name, zone = names.canonical(self.name), names.canonical(self.zone)
        if not f".{name}".endswith(f".{zone}"):
            raise InputError(f"{self.name} is not in {self.zone}", where="--zone")
        try:
            ipaddress.ip_address(self.address)
        except ValueError:
            raise InputError(f"{self.address!r} is no address", where="--address") from None


def _option(field: str) -> str:
    return "--" + field.replace("_", "-")


def beginning(values: Beginning, now: int) -> str:
    """Return the text of the estate file; the standing approval lasts a year from ``now``."""
    own = bool(values.roots)
    address = ipaddress.ip_address(values.address)
    nginx = {"configuration": values.nginx_conf, "prefix": values.nginx_prefix}
    text = resources.files(__package__ or "").joinpath("acme.yaml").read_text("utf-8")
    return Template(text).substitute(
        {field.name: getattr(values, field.name) for field in fields(values)},
        tier="internal" if own else "public",
        public="false" if own else "true",
        network=f"{address}/{address.max_prefixlen}",
        until=format_instant(now + _STANDS)[:10],
        roots=f"\n    roots: {values.roots}" if own else "",
        nginx="".join(f"\n    {key}: {value}" for key, value in nginx.items() if value),
    )


def server_block(values: Beginning) -> str:
    """Return the block that nginx needs, to be read once the files are there."""
    statements = nginx_block((values.name,), values.address, values.port, values.chain, values.key)
    return "".join(("server {\n", *(f"    {text}\n" for text in statements), "}\n"))
