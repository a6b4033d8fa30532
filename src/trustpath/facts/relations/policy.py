"""Numbers that rules compare with: policy per tier, dated requirements, the instant of judging."""

from __future__ import annotations

from typing import NamedTuple


class Moment(NamedTuple):
    """The one row that says for which instant rules are judged, and the state of which instant.

    ``history_since`` is the oldest observation that the store still knows.
    """

    now: int
    as_of: int
    history_since: int


class TierPolicy(NamedTuple):
    """The policy numbers of a tier (standards G.5 and part F); durations in seconds."""

    tier: str
    max_lifetime: int
    key_age: int
    deploy_sla: int
    attestation_period: int
    propagation_sla: int
    ttl_low: int
    ttl_high: int
    wildcards: bool
    account_binding: bool
    public_ca: bool
    key_store_required: bool
    persist_end_required: bool
    min_rsa_bits: int
    inventory_target: int
    observation_interval: int
    workload_grace: int
    issuance_burst: int
    mail_certificates: bool
    caa_required: bool


class ValidityCap(NamedTuple):
    """Longest validity of a public leaf issued in [starts, ends) (BR 6.3.2); seconds."""

    starts: int
    ends: int
    seconds: int


class ValidationReuse(NamedTuple):
    """Longest reuse of a domain validation made in [starts, ends) (BR 4.2.1); seconds."""

    starts: int
    ends: int
    seconds: int


class MethodSunset(NamedTuple):
    """A BR validation method that ends: ``br-4`` at 2028-03-15, say."""

    method: str
    ends: int


class Deadline(NamedTuple):
    """A dated requirement with a name, such as the end of clientAuth in public leaves."""

    id: str
    at: int


class ProfileLifetime(NamedTuple):
    """What lifetime a CA's profile gives to certificates issued in [starts, ends); seconds."""

    ca_identity: str
    profile: str
    starts: int
    ends: int
    seconds: int
    reuse_seconds: int


class KnownCaTag(NamedTuple):
    """A CAA property tag that certification authorities understand."""

    tag: str
