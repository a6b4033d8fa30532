"""Name constraints of issuing certificates (RFC 5280 4.2.1.10) against the names below them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

from cryptography import x509

from trustpath.base import names
from trustpath.base.errors import NameSyntaxError
from trustpath.facts.relations.certificate import CertificateName

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Subtrees:
    """One list of subtrees, permitted or excluded, arranged for lookup.

    ``kinds`` are the name kinds that it restricts: ``dns``, ``ip``, ``uri``, ``email``,
    ``directory``, and ``other`` for what is not evaluated here.
    """

    __slots__ = ("_below", "_directories", "_exact", "_mailboxes", "_networks", "_within", "kinds")

    def __init__(self, subtrees: Iterable[x509.GeneralName]) -> None:
        self.kinds: set[str] = set()
        self._within: set[str] = set()
        self._below: dict[str, set[str]] = {"dns": set(), "uri": set(), "email": set()}
        self._exact: dict[str, set[str]] = {"uri": set(), "email": set()}
        self._mailboxes: set[str] = set()
        self._networks: dict[tuple[int, int], set[int]] = {}
        self._directories: list[str] = []
        for subtree in subtrees:
            self._take(subtree)

    def _take(self, subtree: x509.GeneralName) -> None:
        match subtree:
            case x509.DNSName():
                # The form with a leading dot is off-standard and common: subdomains only.
                self._add_host("dns", subtree.value)
            case x509.UniformResourceIdentifier():
                self._add_host("uri", subtree.value)
            case x509.RFC822Name():
                if "@" in subtree.value.lstrip("@"):
                    self.kinds.add("email")
                    self._mailboxes.add(_mailbox(subtree.value))
                else:
                    self._add_host("email", subtree.value)
            case x509.IPAddress() if isinstance(subtree.value, _Network):
                network = subtree.value
                self.kinds.add("ip")
                key = (network.version, int(network.netmask))
                self._networks.setdefault(key, set()).add(int(network.network_address))
            case x509.DirectoryName():
                self.kinds.add("directory")
                self._directories.append(subtree.value.rfc4514_string())
            case _:
                self.kinds.add("other")

    def _add_host(self, kind: str, text: str) -> None:
        self.kinds.add(kind)
        try:
            host = names.canonical(text[1:] if text.startswith(".") else text)
        except NameSyntaxError:
            self.kinds.add("other")
            return
        if text.startswith("."):
            self._below[kind].add(host)
        elif kind == "dns":
            self._within.add(host)
        else:
            self._exact[kind].add(host)

    def holds(self, row: CertificateName) -> bool:
        """Say whether a name lies in one of the subtrees of its kind."""
        if row.kind == "dns":
            return self._holds_dns(row)
        if row.kind == "ip":
            return self._holds_ip(row.name)
        if row.kind == "email" and _mailbox(row.name) in self._mailboxes:
            return True
        return row.base in self._exact[row.kind] or _below(row.base, self._below[row.kind])

    def _holds_dns(self, row: CertificateName) -> bool:
        # A wildcard is judged with its * replaced by some label: it lies below its base.
        if row.wildcard:
            return _at_or_below(row.base, self._within) or (
                row.base in self._below["dns"] or _below(row.base, self._below["dns"])
            )
        return _at_or_below(row.base, self._within) or _below(row.base, self._below["dns"])

    def _holds_ip(self, text: str) -> bool:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        return any(
            version == address.version and int(address) & mask in networks
            for (version, mask), networks in self._networks.items()
        )

    def holds_subject(self, subject: str) -> bool:
        """Say whether a distinguished name (RFC 4514 text) lies in a directory subtree."""
        return any(_ends_with(subject, subtree) for subtree in self._directories)


def _mailbox(address: str) -> str:
    local, _, host = address.rpartition("@")
    return f"{local}@{host.lower()}"


def _below(name: str, ancestors: set[str]) -> bool:
    return bool(ancestors) and name != "" and _at_or_below(names.parent(name), ancestors)


def _at_or_below(name: str, ancestors: set[str]) -> bool:
    if not ancestors:
        return False
    if "" in ancestors:
        return True
    while name:
        if name in ancestors:
            return True
        name = names.parent(name)
    return False


def _ends_with(subject: str, subtree: str) -> bool:
    # RFC 4514 writes the most significant part last; an escaped comma is part of a value.
    if subtree in ("", subject):
        return True
    head = subject.removesuffix("," + subtree)
    return head != subject and (len(head) - len(head.rstrip("\\"))) % 2 == 0


class Constraints:
    """The name constraints of one issuing certificate."""

    __slots__ = ("_excluded", "_permitted")

    def __init__(self, extension: x509.NameConstraints) -> None:
        self._permitted = Subtrees(extension.permitted_subtrees or ())
        self._excluded = Subtrees(extension.excluded_subtrees or ())

    def met(self, rows: Sequence[CertificateName], subject: str) -> bool | None:
        """Say whether a certificate below may bear these names and this subject.

        A kind without a permitted subtree is unrestricted; excluded wins over permitted. None
        when nothing is broken but a subtree is of a kind that cannot be evaluated here.
        """
        permitted, excluded = self._permitted, self._excluded
        for row in rows:
            if row.kind in permitted.kinds and not permitted.holds(row):
                return False
            if row.kind in excluded.kinds and excluded.holds(row):
                return False
        if subject and "directory" in permitted.kinds and not permitted.holds_subject(subject):
            return False
        if subject and "directory" in excluded.kinds and excluded.holds_subject(subject):
            return False
        return None if "other" in permitted.kinds or "other" in excluded.kinds else True


def all_met(
    constraints: Sequence[Constraints], rows: Sequence[CertificateName], subject: str
) -> bool | None:
    """Return False when any constraint is broken, None when one cannot be evaluated, else True."""
    outcome: bool | None = True
    for constraint in constraints:
        met = constraint.met(rows, subject)
        if met is False:
            return False
        if met is None:
            outcome = None
    return outcome
