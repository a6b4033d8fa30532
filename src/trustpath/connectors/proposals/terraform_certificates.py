"""Certificate resources of Terraform providers: what each asks of which CA.

A resource that a CA issues for is a certificate event of its own kind; one that brings a
certificate along, or signs it itself, asks no CA and is told as what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trustpath.base import names
from trustpath.base.errors import InputError
from trustpath.connectors.proposals.terraform_state import blocks, text, texts

LOOKS_LIKE_A_CERTIFICATE = re.compile(
    r"certificate|cert-manager|(?:^|[_ ])certs?(?:_|$)|(?:^|_)(?:ssl|tls|acme|acmpca)(?:_|$)"
    r"|(?:^|_)pki(?:_|$)"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a resource asks for: names, the CA by its CAA domain (None: not known), method."""

    names: tuple[str, ...]
    ca: str | None = None
    method: str | None = None


class NoIssuanceError(InputError):
    """A certificate for which no CA is asked: brought along, or signed on the spot."""


@dataclass(frozen=True, slots=True)
class CertificateType:
    """One resource type: the fields that hold its names, and how it is read.

    ``computed`` are such that a provider fills in where they are not written.
    """

    fields: tuple[str, ...]
    read: Callable[[Mapping[str, Any], Mapping[str, Any]], Asked]
    computed: frozenset[str] = frozenset()


def _names(*listed: str | None) -> tuple[str, ...]:
    found = sorted({names.canonical(name) for name in listed if name})
    if not found:
        raise InputError("its names are not in the plan")
    return tuple(found)


def _block(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    listed = blocks(values, key)
    return listed[0] if listed else {}


_BROUGHT = "a certificate is brought along; what is served with it is not judged"
_ACM_METHODS = {"DNS": "br-7", "EMAIL": "br-4", "HTTP": "br-18"}


def _acm(values: Mapping[str, Any], _plan: Mapping[str, Any]) -> Asked:
    if values.get("certificate_body"):
        raise InputError(_BROUGHT, hint="give the certificate to a source of the estate")
    private = bool(values.get("certificate_authority_arn"))
    return Asked(
        _names(text(values, "domain_name"), *texts(values, "subject_alternative_names")),
        None if private else "amazon.com",
        None if private else _ACM_METHODS.get(str(values.get("validation_method"))),
    )


def _google(values: Mapping[str, Any], _plan: Mapping[str, Any]) -> Asked:
    managed = _block(values, "managed")
    if not managed:
        raise InputError(_BROUGHT, hint="give the certificate to a source of the estate")
    method = "br-7" if managed.get("dns_authorizations") else None
    private = bool(managed.get("issuance_config"))
    return Asked(_names(*texts(managed, "domains")), None if private else "pki.goog", method)


_VAULT_ISSUERS = {"digicert": "digicert.com", "globalsign": "globalsign.com"}


def _key_vault(values: Mapping[str, Any], _plan: Mapping[str, Any]) -> Asked:
    policy = _block(values, "certificate_policy")
    if values.get("certificate"):
        raise InputError(_BROUGHT, hint="give the certificate to a source of the estate")
    issuer = str(_block(policy, "issuer_parameters").get("name") or "").lower()
    if issuer == "self":
        raise NoIssuanceError("self-signed: no CA is asked")
    properties = _block(policy, "x509_certificate_properties")
    alternative = texts(_block(properties, "subject_alternative_names"), "dns_names")
    common = _common_name(str(properties.get("subject") or ""))
    ca = next((ca for word, ca in _VAULT_ISSUERS.items() if word in issuer), None)
    return Asked(_names(common, *alternative), ca)


def _common_name(subject: str) -> str | None:
    found = re.search(r"(?:^|,)\s*CN\s*=\s*([^,]+)", subject, re.IGNORECASE)
    common = found[1].strip() if found else None
    return common if common and "." in common and " " not in common else None


def _app_service(values: Mapping[str, Any], _plan: Mapping[str, Any]) -> Asked:
    bound = text(values, "custom_hostname_binding_id")
    _, mark, host = bound.lower().rpartition("/hostnamebindings/")
    if not mark:
        raise InputError("the host name binding is not named in the plan")
    return Asked(_names(host), "digicert.com")


def _acme(values: Mapping[str, Any], plan: Mapping[str, Any]) -> Asked:
    if values.get("certificate_request_pem"):
        raise InputError("its names are in a certificate request, which is not read")
    method = next((m for key, m in _ACME_METHODS.items() if values.get(key)), None)
    common = values.get("common_name")
    return Asked(
        _names(
            common if isinstance(common, str) else None, *texts(values, "subject_alternative_names")
        ),
        _acme_ca(plan),
        method,
    )


_ACME_METHODS = {
    "dns_challenge": "dns-01",
    "http_challenge": "http-01",
    "http_webroot_challenge": "http-01",
    "http_memcached_challenge": "http-01",
    "http_s3_challenge": "http-01",
    "tls_challenge": "tls-alpn-01",
}
_ACME_SERVERS = (
    "letsencrypt.org", "pki.goog", "zerossl.com", "sectigo.com", "ssl.com", "buypass.com",
)  # fmt: skip


def _acme_ca(plan: Mapping[str, Any]) -> str | None:
    """Return the CA of the one ACME directory that the providers of the plan name."""
    at: Any = plan.get("configuration")
    providers = at.get("provider_config") if isinstance(at, dict) else None
    urls = set()
    for provider in providers.values() if isinstance(providers, dict) else ():
        if isinstance(provider, dict) and provider.get("name") == "acme":
            stated: Any = provider.get("expressions")
            url = stated.get("server_url") if isinstance(stated, dict) else None
            urls.add(str(url.get("constant_value") if isinstance(url, dict) else None))
    if len(urls) != 1:
        return None
    host = next(iter(urls)).split("/")[2:3]
    return next((ca for ca in _ACME_SERVERS if host and f".{host[0]}".endswith(f".{ca}")), None)


def _local(_values: Mapping[str, Any], _plan: Mapping[str, Any]) -> Asked:
    raise NoIssuanceError("signed on the spot, by no CA of the estate")


def _pack(values: Mapping[str, Any], _plan: Mapping[str, Any]) -> Asked:
    ca = _PACK_CAS.get(str(values.get("certificate_authority")))
    method = {"txt": "br-7", "email": "br-4", "http": "br-18"}.get(
        str(values.get("validation_method"))
    )
    return Asked(_names(*texts(values, "hosts")), ca, method)


_PACK_CAS = {
    "lets_encrypt": "letsencrypt.org",
    "google": "pki.goog",
    "digicert": "digicert.com",
    "sectigo": "sectigo.com",
    "ssl_com": "ssl.com",
}


def _origin(_values: Mapping[str, Any], _plan: Mapping[str, Any]) -> Asked:
    raise NoIssuanceError(
        "issued by Cloudflare for its own way to the origin, trusted nowhere else"
    )


def _custom(_values: Mapping[str, Any], _plan: Mapping[str, Any]) -> Asked:
    raise InputError(_BROUGHT, hint="give the certificate to a source of the estate")


CERTIFICATES: Mapping[str, CertificateType] = {
    "aws_acm_certificate": CertificateType(
        ("domain_name", "subject_alternative_names"),
        _acm,
        frozenset({"subject_alternative_names", "domain_name"}),
    ),
    "google_certificate_manager_certificate": CertificateType(("managed",), _google),
    "google_compute_managed_ssl_certificate": CertificateType(("managed",), _google),
    "azurerm_key_vault_certificate": CertificateType(
        ("certificate_policy",), _key_vault, frozenset({"certificate_policy"})
    ),
    "azurerm_app_service_managed_certificate": CertificateType(
        ("custom_hostname_binding_id",), _app_service
    ),
    "acme_certificate": CertificateType(
        ("common_name", "subject_alternative_names", "certificate_request_pem"), _acme
    ),
    "tls_self_signed_cert": CertificateType((), _local),
    "tls_locally_signed_cert": CertificateType((), _local),
    "cloudflare_certificate_pack": CertificateType(("hosts",), _pack),
    "cloudflare_origin_ca_certificate": CertificateType((), _origin),
    "cloudflare_custom_ssl": CertificateType((), _custom),
}
HARMLESS: Mapping[str, str] = {
    "aws_acm_certificate_validation": "waits for a validation; it asks for no certificate itself",
    "google_certificate_manager_dns_authorization": "says which record proves control; that record "
    "is judged where it is proposed",
    "tls_private_key": "the private key stands in the state of Terraform, readable by whoever "
    "reads it",
    "tls_cert_request": "a certificate request asks no CA by itself",
    "acme_registration": "an ACME account; no certificate is asked for by itself",
}
"""Resources about certificates that ask for none, and what is said of them."""


def written(plan: Mapping[str, Any]) -> frozenset[tuple[str, str, str]]:
    """Return type, name and key of every expression in the configuration of a plan."""
    return frozenset(_written(plan.get("configuration")))


def _written(configuration: object) -> Iterator[tuple[str, str, str]]:
    waiting = [configuration.get("root_module")] if isinstance(configuration, dict) else []
    while waiting:
        module = waiting.pop()
        if not isinstance(module, dict):
            continue
        calls = module.get("module_calls")
        listed = calls.values() if isinstance(calls, dict) else ()
        waiting.extend(call.get("module") for call in listed if isinstance(call, dict))
        resources = module.get("resources")
        for resource in resources if isinstance(resources, list) else ():
            stated = resource.get("expressions") if isinstance(resource, dict) else None
            for key in stated if isinstance(stated, dict) else ():
                yield str(resource.get("type")), str(resource.get("name")), str(key)
