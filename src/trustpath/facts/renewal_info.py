"""The identifier of a certificate in renewal information (RFC 9773 4.1)."""

from __future__ import annotations

from cryptography import x509

from trustpath.facts.challenge_values import url64


def certificate_id(certificate: bytes) -> str | None:
    """Return the certID of a certificate (DER), None where it names no key of its issuer.

    It is the key identifier of the issuer and the content of the serial number's DER INTEGER.
    """
    parsed = x509.load_der_x509_certificate(certificate)
    try:
        issuer = parsed.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return None
    identifier = issuer.value.key_identifier
    if identifier is None:
        return None
    return join_id(identifier, parsed.serial_number)


def join_id(issuer: bytes, serial: int) -> str:
    """Return the certID of an issuer's key identifier and a serial number."""
    # Room for the sign, so that a number whose first bit is set keeps its leading zero octet.
    octets = serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True)
    return f"{url64(issuer)}.{url64(octets)}"
