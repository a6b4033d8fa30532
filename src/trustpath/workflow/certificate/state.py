"""The life of an issuance: which state may follow which. Whatever is not listed cannot happen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from trustpath.base.errors import InputError
from trustpath.facts.order import Issuance, IssuanceState

_S = IssuanceState
_ENDS: Final = frozenset((_S.HELD, _S.FAILED))

FOLLOWING: Final[dict[IssuanceState, frozenset[IssuanceState]]] = {
    _S.REGISTERED: _ENDS | {_S.ORDERED},
    # An order that the CA lost is begun anew under the same intent.
    _S.ORDERED: _ENDS | {_S.REGISTERED, _S.PROVING, _S.FINALIZING},
    _S.PROVING: _ENDS | {_S.REGISTERED, _S.FINALIZING},
    _S.FINALIZING: _ENDS | {_S.REGISTERED, _S.ISSUED},
    _S.ISSUED: frozenset((_S.DEPLOYED, _S.FAILED, _S.SUPERSEDED, _S.REVOKED)),
    _S.DEPLOYED: frozenset((_S.VERIFIED, _S.FAILED, _S.SUPERSEDED, _S.REVOKED)),
    _S.VERIFIED: frozenset((_S.SUPERSEDED, _S.REVOKED)),
    _S.ADOPTED: frozenset((_S.VERIFIED, _S.SUPERSEDED, _S.REVOKED)),
    _S.SUPERSEDED: frozenset((_S.REVOKED,)),
    # A certificate that was issued and did not make it to its place can still be revoked; one that
    # never came may be asked for again with the same key, where that key was announced already.
    _S.FAILED: frozenset((_S.REVOKED, _S.REGISTERED)),
    # Nobody at the CA heard of it: it goes on once what held it is gone, or is given up.
    _S.HELD: frozenset((_S.REGISTERED, _S.FAILED)),
    _S.REVOKED: frozenset[IssuanceState](),
}


def follow(issuance: Issuance, after: IssuanceState, **more: Any) -> Issuance:
    """Return the issuance in its next state, with whatever else moves.

    Raises InputError when the state cannot follow the one it is in.
    """
    if after not in FOLLOWING[issuance.state]:
        raise InputError(
            f"an issuance that is {issuance.state.value} cannot become {after.value}",
            where=issuance.id,
        )
    return replace(issuance, state=after, **more)
