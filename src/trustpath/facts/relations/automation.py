"""Certificate authorities, accounts, renewal jobs and the credentials of automation."""

from __future__ import annotations

from typing import NamedTuple


class Ca(NamedTuple):
    """A certification authority that the estate knows.

    ``public`` None means that nobody said. ``persist_form`` is what the directory advertises:
    ``plain``, ``hashed`` or None. ``renewal_info`` says whether it offers ARI (RFC 9773).
    ``checks_caa`` says whether it looks at CAA before it issues; None: nobody knows.
    """

    id: str
    approved: bool
    public: bool | None
    acme: bool
    directory: str | None
    renewal_info: bool | None
    persist_form: str | None
    persist_policy_documented: bool
    reuse_seconds: int | None
    tested_at: int | None
    checks_caa: bool | None


class CaIdentity(NamedTuple):
    """A CAA issuer domain name that a CA recognises as its own."""

    ca: str
    identity: str


class CaIssuer(NamedTuple):
    """An issuer by which certificates of the CA are known: an organisation or a whole DN."""

    ca: str
    kind: str
    value: str


class CaTier(NamedTuple):
    """A tier for which policy approves the CA."""

    ca: str
    tier: str


class AcmeAccount(NamedTuple):
    """An ACME account; ``status`` is ``valid``, ``deactivated`` or ``revoked``."""

    uri: str
    ca: str
    status: str
    owner: str | None
    terms_accepted: bool | None
    key_available: bool | None
    eab_expires: int | None


class Job(NamedTuple):
    """A renewal job. ``method`` is a challenge type (``dns-01``) or ``br-<n>`` (BR 3.2.2.4.n).

    ``challenge_writer`` says whether the job can write at the exact validation name.
    ``interval_seconds`` is set for a fixed timer, ``ratio`` (percent of lifetime) otherwise.
    """

    id: str
    service: str | None
    owner: str | None
    ca: str | None
    account: str | None
    method: str | None
    profile: str | None
    certificate: str | None
    interval_seconds: int | None
    next_renewal: int | None
    last_validation: int | None
    lifetime: int | None
    next_lifetime: int | None
    challenge_writer: bool | None
    sends_replaces: bool | None
    active: bool
    failures: int | None
    failures_last_hour: int | None
    rekey: bool | None
    next_ca: str | None


class JobName(NamedTuple):
    """A name that a job requests."""

    job: str
    name: str
    base: str
    wildcard: bool
    parent: str
    registered: str


class Intent(NamedTuple):
    """What was registered before an order: with which key (SHA-256 of its SPKI in hex), when.

    ``certificate`` is what came of it, None while nothing did. ``state`` is that of the issuance
    (``facts.order``); ``deployed_at`` and ``verified_at`` say since when it is in its place, and
    seen there at every address. ``adopted``: taken over from other means.
    """

    id: str
    job: str | None
    ca: str | None
    account: str | None
    method: str | None
    spki: str
    certificate: str | None
    state: str
    adopted: bool
    registered_at: int
    issued_at: int | None
    deployed_at: int | None
    verified_at: int | None


class IntentName(NamedTuple):
    """A name of a registered intent."""

    intent: str
    name: str
    base: str
    wildcard: bool


class AbandonedValidation(NamedTuple):
    """When the authorizations of a job were deactivated at its CA: none before is reused."""

    job: str
    at: int


class RenewalInfo(NamedTuple):
    """The newest ARI answer for a certificate; the window before the last change, if it moved."""

    certificate: str
    job: str | None
    starts: int
    ends: int
    former_starts: int | None
    fetched_at: int
    retry_after: int | None


class CaLimit(NamedTuple):
    """A rate limit of a CA: at most ``capacity`` orders per ``per`` in ``window`` seconds."""

    ca: str
    per: str
    capacity: int
    window: int


class Credential(NamedTuple):
    """A secret that may change records or order certificates; never the secret itself.

    ``kind``: ``tsig``, ``sig0``, ``api``, ``acme``, ``deploy``. ``interactive_use`` is True when
    a person was seen using it.
    """

    id: str
    kind: str
    owner: str | None
    service: str | None
    job: str | None
    created_at: int | None
    max_age: int | None
    interactive_use: bool | None


class CredentialScope(NamedTuple):
    """What a credential may write: ``base`` and, when ``subtree``, all below it."""

    credential: str
    base: str
    subtree: bool


class ZoneAccess(NamedTuple):
    """How a server lets a zone be transferred or updated: ``protected`` by TSIG, SIG(0) or mTLS."""

    zone: str
    operation: str
    protected: bool


class DcvContact(NamedTuple):
    """A contact that is approved for validation by mail or phone."""

    contact: str


class Probe(NamedTuple):
    """An outcome of reaching a challenge responder or a name from a distant network.

    ``family`` is 4 or 6; ``method`` a challenge type or ``service``.
    """

    name: str
    vantage: str
    method: str
    port: int
    family: int
    reached: bool
