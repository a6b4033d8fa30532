"""Name constraints of issuing certificates (RFC 5280 4.2.1.10) against the names below them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence

from cryptography import x509

from trustpath.base import names
from trustpath.base.errors import NameSyntaxError
from trustpath.facts.relations.certificate import CertificateName
from trustpath.facts.x509.rows import CertificateFacts, email_row

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# emailAddress in a distinguished name, written by its OID as RFC 4514 has no short name for it.
_ADDRESS = re.compile(r"(?:^|[,+])1\.2\.840\.113549\.1\.9\.1=((?:[^,+\\]|\\.)*)")


class Subtrees:
    """One list of subtrees, permitted or excluded, arranged for lookup.

    ``kinds`` are the name kinds that it restricts: ``dns``, ``ip``, ``uri``, ``email``,
    ``directory``, ``other`` for kinds that are not evaluated here, and ``unreadable``.
    """

    __slots__ = (
        "_above",
        "_below",
        "_directories",
        "_exact",
        "_mailboxes",
        "_networks",
        "_within",
        "kinds",
    )

    def __init__(self, subtrees: Iterable[x509.GeneralName]) -> None:
        self.kinds: set[str] = set()
        self._within: set[str] = set()
        self._above: set[str] = set()
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
        bare = text.removeprefix(".")
        try:
            # The empty subtree is all names (RFC 5280 4.2.1.10 restricts by suffix).
            host = names.identifier(bare) if bare else ""
        except NameSyntaxError:
            host = "*"
        if "*" in host:
            self.kinds.add("unreadable")
            return
        if text.startswith("."):
            self._below[kind].add(host)
        elif kind == "dns":
            self._within.add(host)
            self._above.add(names.parent(host) if host else "*")
        else:
            self._exact[kind].add(host)

    def touches(self, row: CertificateName) -> bool:
        """Say whether a name, or one that it stands for as a wildcard, lies in a subtree.

        ``*.example.com`` stands for ``sub.example.com`` too, so that it touches that subtree
        without lying in it.
        """
        return self.holds(row) or (row.kind == "dns" and row.wildcard and row.base in self._above)

    def holds(self, row: CertificateName) -> bool:
        """Say whether a name lies wholly in one of the subtrees of its kind."""
        if row.kind == "dns":
            return self._holds_dns(row)
        if row.kind == "ip":
            return self._holds_ip(row.name)
        if row.kind == "email" and _mailbox(row.name) in self._mailboxes:
            return True
        return row.base in self._exact[row.kind] or _below(row.base, self._below[row.kind])

    def _holds_dns(self, row: CertificateName) -> bool:
        # What a wildcard stands for lies right below its base.
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
    """The name constraints of one issuing certificate (RFC 5280 4.2.1.10)."""

    __slots__ = ("_excluded", "_permitted")

    def __init__(self, extension: x509.NameConstraints) -> None:
        self._permitted = Subtrees(extension.permitted_subtrees or ())
        self._excluded = Subtrees(extension.excluded_subtrees or ())

    def met(self, facts: CertificateFacts) -> bool | None:
        """Say whether a certificate below may bear the names and the subject that it has.

        A kind without a permitted subtree is unrestricted; excluded wins over permitted. A name of
        a restricted kind that cannot be read meets nothing. None when nothing is broken but a
        subtree, or one that names of other kinds might lie in, cannot be evaluated here.
        """
        permitted, excluded = self._permitted, self._excluded
        kinds = permitted.kinds | excluded.kinds
        for row in _names(facts, kinds):
            if row.kind in kinds and not _evaluable(row):
                return False
            if row.kind in permitted.kinds and not permitted.holds(row):
                return False
            if row.kind in excluded.kinds and excluded.touches(row):
                return False
        subject = facts.certificate.subject
        for directory in (*([subject] if subject else []), *facts.directories):
            if "directory" in permitted.kinds and not permitted.holds_subject(directory):
                return False
            if "directory" in excluded.kinds and excluded.holds_subject(directory):
                return False
        return None if "unreadable" in kinds or ("other" in kinds and facts.others) else True


def _evaluable(row: CertificateName) -> bool:
    # A URI whose host is an address has no host that constraints could be applied to.
    return row.usable and not (row.kind == "uri" and not _is_host(row.base))


def _is_host(text: str) -> bool:
    try:
        return bool(names.identifier(text))
    except NameSyntaxError:
        return False


def _names(facts: CertificateFacts, kinds: set[str]) -> Iterator[CertificateName]:
    """Yield the names; without an rfc822Name also the mail addresses in the subject."""
    yield from facts.names
    if "email" in kinds and not any(row.kind == "email" for row in facts.names):
        for found in _ADDRESS.findall(facts.certificate.subject):
            yield email_row(facts.certificate.fingerprint, found)


def all_met(constraints: Sequence[Constraints], facts: CertificateFacts) -> bool | None:
    """Return False when any constraint is broken, None when one cannot be evaluated, else True."""
    outcome: bool | None = True
    for constraint in constraints:
        met = constraint.met(facts)
        if met is False:
            return False
        if met is None:
            outcome = None
    return outcome
