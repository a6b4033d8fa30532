"""A revocation is confirmed by places that say so, and by nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trustpath.facts.order import Issuance, IssuanceState
from trustpath.facts.revoking import RevocationAnswer
from trustpath.workflow.certificate.revoke import Confirmation

REVOKED = Issuance(
    "O1", "j", "le", "le", "dns-01", ("www.example.com",), "k", IssuanceState.REVOKED, 0, 0
)
CRL = RevocationAnswer("crl", "http://ca.example/crl", True)
OCSP = replace(CRL, kind="ocsp", url="http://ca.example/ocsp", revoked=None, problem="timeout")


@pytest.mark.parametrize(
    ("answers", "complete"), [((), False), ((CRL,), True), ((CRL, OCSP), False)]
)
def test_nothing_to_ask_is_no_confirmation(
    answers: tuple[RevocationAnswer, ...], *, complete: bool
) -> None:
    assert Confirmation(REVOKED, answers).complete is complete


def test_what_was_confirmed_before_is_complete() -> None:
    assert Confirmation(replace(REVOKED, confirmed_at=9)).complete


def test_that_there_is_no_place_to_ask_is_said() -> None:
    assert "not possible" in str(Confirmation(REVOKED))
