"""What happened with a case, in the order of time, as whoever reads it at the desk may know it now."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from community.models import Member
from verification.models import Case, Evidence, Opening, Reply, Vote


class Moment(NamedTuple):
    """One thing that happened; ``by`` is who did it, where that may be said."""

    at: datetime
    words: str
    by: Member | None = None


def history_of(
    case: Case,
    *,
    evidence: list[Evidence],
    votes: list[Vote],
    replies: list[Reply],
    blind_to: Member | None,
) -> list[Moment]:
    """Everything that happened with a case and the one that it appeals against, first to last.

    ``votes`` are those that the reader may see. Where there is another, ``blind_to`` is the reader: who opened the
    documents would tell them who it was that voted, so of the openings only their own have a name.
    """
    first = [case.appeal_of] if case.appeal_of else []
    later = Case.objects.filter(appeal_of=case).only("number", "created_at")
    return sorted(
        (
            *(moment for each in [*first, case] for moment in _beginning(each)),
            *(Moment(appeal.created_at, _("They appealed: %(case)s.") % {"case": appeal}) for appeal in later),
            *_papers(evidence, blind_to),
            *(Moment(vote.at, _vote(vote), vote.by) for vote in votes),
            *(Moment(reply.at, _("The member answered, and it came back to the desk.")) for reply in replies),
            *(moment for each in [*first, case] for moment in _end(each, votes)),
        ),
        key=lambda moment: moment.at,
    )


def _beginning(case: Case) -> Iterator[Moment]:
    yield Moment(case.created_at, _("They appealed: %(case)s.") % {"case": case} if case.is_final else _("It began."))
    if case.handed_in_at and not case.is_final:
        yield Moment(case.handed_in_at, _("It was handed in."))


def _papers(evidence: list[Evidence], blind_to: Member | None) -> Iterator[Moment]:
    kinds: dict[Any, str] = {paper.pk: paper.get_kind_display() for paper in evidence}
    openings = Opening.objects.filter(evidence__in=kinds).defer("written_in").select_related("by__profile")
    for paper in evidence:
        yield Moment(paper.uploaded_at, _("A document came in: %(kind)s.") % {"kind": kinds[paper.pk]})
    for opening in openings:
        by = opening.by if blind_to in (None, opening.by) else None
        yield Moment(opening.at, _("A document was opened: %(kind)s.") % {"kind": kinds[opening.evidence_id]}, by)
    for paper in evidence:
        if paper.destroyed_at:
            yield Moment(paper.destroyed_at, _("A document was destroyed: %(kind)s.") % {"kind": kinds[paper.pk]})


def _vote(vote: Vote) -> str:
    return {
        Vote.Verdict.ASK: _("The member was asked."),
        Vote.Verdict.APPROVE: _("A vote to approve it."),
        Vote.Verdict.REJECT: _("A vote not to approve it."),
        Vote.Verdict.REVOKE: _("A word to take the badge back."),
        Vote.Verdict.KEEP: _("A word to leave the badge."),
    }[Vote.Verdict(vote.verdict)]


def _end(case: Case, votes: list[Vote]) -> Iterator[Moment]:
    has_run_out = case.status == Case.Status.EXPIRED and case.expires_at
    if case.decided_at:
        status = Case.Status.APPROVED if has_run_out else Case.Status(case.status)
        # A case is decided as of the beginning of the transaction in which the last vote came.
        at = _no_sooner_than(case.decided_at, case, votes, Vote.ON_A_CASE)
        yield Moment(at, _("It ended: %(status)s.") % {"status": status.label})
    if has_run_out and case.expires_at:
        if case.was_taken_back:
            at = _no_sooner_than(case.expires_at, case, votes, Vote.ON_A_BADGE)
            yield Moment(at, _("The badge was taken back."))
        else:
            yield Moment(case.expires_at, _("The badge ended."))


def _no_sooner_than(at: datetime, case: Case, votes: list[Vote], verdicts: Collection[Vote.Verdict]) -> datetime:
    """The moment of what votes brought about: it is told after the last of them."""
    return max([at, *(vote.at for vote in votes if vote.case_id == case.pk and vote.verdict in verdicts)])
