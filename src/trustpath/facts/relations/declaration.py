"""What the organisation declares: owners, services, ownership, agreements, exceptions."""

from __future__ import annotations

from typing import NamedTuple


class Organisation(NamedTuple):
    """The organisation itself; ``default_tier`` holds for whatever no service claims."""

    name: str
    default_tier: str


class OwnedDomain(NamedTuple):
    """A registered domain or subtree that the organisation declares as its own."""

    base: str


class Owner(NamedTuple):
    """A team or a person that answers for something.

    ``contacts`` counts all contacts, ``reachable`` those that are more than a bare mailbox of the
    thing itself. ``team`` is False for a single individual; ``active`` None when no directory says.
    """

    id: str
    kind: str
    team: bool
    contacts: int
    members: int | None
    active: bool | None
    attested_at: int | None


class OwnerContact(NamedTuple):
    """One way to reach an owner, as a URI (``mailto:``, ``tel:``, ``https:``)."""

    owner: str
    contact: str


class Service(NamedTuple):
    """A declared service. ``state``: ``active``, ``retiring``, ``retired``.

    Environment may be None.
    """

    id: str
    owner: str | None
    tier: str
    environment: str | None
    state: str
    retired_at: int | None
    critical: bool
    attested_at: int | None


class ServiceName(NamedTuple):
    """A name under which a service is reached."""

    service: str
    name: str
    base: str
    wildcard: bool


class ServiceNetwork(NamedTuple):
    """A network in which the service's endpoints are; keys as in ``base.addresses``."""

    service: str
    network: str
    low: str
    high: str


class ServiceAlias(NamedTuple):
    """A host or subtree outside that the service's names may be an alias of (a CDN, say)."""

    service: str
    base: str


class ServicePort(NamedTuple):
    """A port and protocol at which the service speaks TLS."""

    service: str
    port: int
    protocol: str


class ServiceCa(NamedTuple):
    """A CA that may issue for the service."""

    service: str
    ca: str


class ServiceEndpoint(NamedTuple):
    """An address at which a certificate of the service is deployed on purpose."""

    service: str
    address: str
    address_key: str
    port: int


class RetirementStep(NamedTuple):
    """One item of the retirement checklist (standards G.4), done or not."""

    service: str
    step: str
    done: bool


class Consumer(NamedTuple):
    """A declared relying party of a service; ``kind``: ``mtls``, ``pin``, ``api``, ``partner``.

    ``pin_kind`` is ``spki``, ``issuer`` or ``root`` with the pinned fingerprint in ``pin``.
    """

    service: str
    consumer: str
    kind: str
    pin_kind: str | None
    pin: str | None


class Workload(NamedTuple):
    """A workload identity (a SPIFFE ID or client subject) and its state."""

    identity: str
    service: str | None
    active: bool
    ended_at: int | None


class DynamicRecord(NamedTuple):
    """A name that a controller creates for a workload; ``identity`` refers to Workload."""

    name: str
    identity: str


class Ownership(NamedTuple):
    """A pattern that gives an owner to a ``zone``, ``record``, ``name`` or ``certificate``.

    ``match`` is ``exact``, ``subtree`` (base and all below) or ``below`` (only below: ``*.base``).
    """

    kind: str
    pattern: str
    base: str
    match: str
    owner: str
    attested_at: int | None


class Agreement(NamedTuple):
    """A recorded agreement that two owners share what lies at or below ``base``."""

    base: str
    owner: str
    other: str
    until: int | None


class Network(NamedTuple):
    """Addresses that belong to the organisation or are allocated to it."""

    network: str
    low: str
    high: str
    owner: str | None
    cloud: bool


class Waiver(NamedTuple):
    """A time-boxed exception: ``subject`` None means every subject of the rule."""

    id: str
    rule: str
    subject: str | None
    owner: str | None
    reason: str
    control: str | None
    until: int | None


class Provider(NamedTuple):
    """An outside provider; ``kind``: ``dns``, ``registrar``, ``ca``, ``cdn``, ``mail``."""

    id: str
    kind: str
    contract_owner: str | None
    emergency_contact: str | None
    approved: bool


class ProviderScope(NamedTuple):
    """What a provider runs: a zone or subtree, or a host suffix that aliases lead to."""

    provider: str
    base: str


class HostingSuffix(NamedTuple):
    """A suffix below which a service serves names of its customers, each for the next to take.

    ``claim`` and ``tells`` say in words how another customer gets such a name and what shows that
    nobody has it. ``shared``: the suffix answers whether or not anybody has the name. ``verified``:
    the service asks for a proof of control, or for a certificate, before it serves a domain.
    """

    suffix: str
    provider: str
    claim: str
    tells: str
    shared: bool
    verified: bool


class KeyStore(NamedTuple):
    """Where the private key of a certificate or SPKI is kept."""

    spki: str | None
    certificate: str | None
    name: str | None
    store: str
    exportable: bool | None


class Deployment(NamedTuple):
    """A declared place where a certificate (by fingerprint, SPKI or name) is deployed."""

    certificate: str | None
    spki: str | None
    name: str | None
    address: str
    address_key: str
    port: int | None


class NameTransfer(NamedTuple):
    """A name that changed owner or provider; ``rekeyed`` None when nobody said."""

    base: str
    former: str
    current: str
    at: int


class Change(NamedTuple):
    """A recorded change; ``state``: ``proposed``, ``approved``, ``applied``, ``rejected``.

    The one that the gate judges is ``made`` in the world after it, ``planned`` in the one before.
    ``inverse`` says that a stored compensating change exists.
    """

    id: str
    author: str | None
    state: str
    opens: int | None
    closes: int | None
    inverse: bool | None


class ChangeRecord(NamedTuple):
    """One record that a change adds or removes."""

    change: str
    zone: str
    name: str
    type: str
    action: str
    rdata: str | None


class ChangeApproval(NamedTuple):
    """One approval of a change; ``role`` is ``dns``, ``certificate``, ``service``, ``pki``..."""

    change: str
    approver: str
    role: str
    at: int | None


class Freeze(NamedTuple):
    """A period without changes, for everything at or below ``base`` (root: everywhere)."""

    id: str
    base: str
    starts: int
    ends: int


class ExpectedSigner(NamedTuple):
    """The approved plan for a zone's keys: expected CDS/CDNSKEY key tags, or unsigning allowed."""

    zone: str
    key_tag: int | None
    unsign: bool


class RolloverStep(NamedTuple):
    """A planned or taken key rollover step and the moment from which it is safe."""

    zone: str
    step: str
    at: int
    safe_at: int | None


class DynamicName(NamedTuple):
    """A name or subtree whose content may differ from the source of truth (``_acme-challenge``)."""

    base: str


class Complete(NamedTuple):
    """A claim that the named sources together are all there is of a kind of evidence.

    ``kind``: ``certificates``, ``endpoints``, ``ct``, ``jobs``, ``services``, ``records``,
    ``intents``; with the estate file as source ``providers``, ``cas``, ``accounts``, ``networks``,
    ``workloads``, ``domains``, ``dcv_contacts``.
    Without it the world of that kind is open: "there is no other" is then unknown.
    """

    kind: str
    source: str


class SourceTruth(NamedTuple):
    """The source whose content of a zone is the approved one."""

    zone: str
    source: str
