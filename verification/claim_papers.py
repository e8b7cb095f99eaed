"""Documents that show whose a business is.

They are evidence like that of a case, and go the same way: copied, sealed, opened by whoever looks after the claim, and
destroyed in time (verification/migrations/0064). They are a member's, so that somebody can take their consent back.
"""

from __future__ import annotations

from uuid import UUID

from community.models import Consent, Member
from verification import cases, claims
from verification.models import Evidence
from verification.papers import Copies

WORDING = "1"  # the version of the sentence in templates/verification/_claim_consent.html: raise it with every change


def has_consented(member: Member) -> bool:
    """Whether their consent to show a business by documents stands."""
    return Consent.objects.standing().filter(member=member, purpose=Consent.Purpose.CLAIM).exists()


def hand_in(claim: UUID, kind: str, copies: Copies, *, by: Member) -> Evidence:
    """Keep a member's consent, unless it stands, hold the claim with their account, and seal a document for the desk.

    All or nothing. The caller lets ``sealing.discard`` go over it should the transaction fail after this. Raises
    Unsealable, AlreadyDecided, or Refused by ``three_files_a_claim`` or ``claim_not_found``.
    """
    with cases.the_rules():
        if not has_consented(by):
            Consent.objects.create(member=by, purpose=Consent.Purpose.CLAIM, version=WORDING)
        claims.take_on(claim)
        return cases.keep_paper(Evidence(claim_id=claim, kind=kind), copies)


def withdraw(claim: UUID) -> bool:
    """End a claim and destroy its documents at once; False if it is over, or another account's."""
    with cases.the_rules():
        if not claims.withdraw(claim):
            return False
        for paper in Evidence.objects.told().standing().filter(claim=claim):
            cases.destroy_now(paper)  # it would be gone within a day; why wait
    return True
