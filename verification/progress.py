"""What happened in a case so far, in words for its member: who at the desk opened what by number alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from community.models import Profile, Region
from verification.models import VOUCHES_NEEDED, Attempt, Case, Evidence, Opening, Reply, Vouch


class Step(NamedTuple):
    """One thing that happened; ``text`` is what its member wrote themselves, or what the desk asked or told them."""

    at: datetime
    words: str
    text: str = ""
    is_outcome: bool = False  # of what came at the same moment, and so told after it


def steps_of(case: Case) -> list[Step]:
    """Everything that happened, first to last."""
    found = [*_case(case), *_papers(case), *_vouches(case), *_attempts(case), *_replies(case)]
    return sorted(found, key=lambda step: (step.at, step.is_outcome))


def _case(case: Case) -> Iterator[Step]:
    yield Step(case.created_at, _("You appealed.") if case.is_final else _("You began."), case.note)
    if case.handed_in_at and not case.is_final:
        yield Step(case.handed_in_at, _("It went to our moderators."), is_outcome=True)
    if case.decided_at:
        # What came with the decision stands above, unless why the badge was taken back does.
        yield Step(case.decided_at, _ended(case), case.sentence if case.was_taken_back else "")
    if case.status == Case.Status.EXPIRED and case.expires_at:
        yield Step(case.expires_at, _("The badge was taken back.") if case.was_taken_back else _("The badge ended."))


def _ended(case: Case) -> str:
    if case.status == Case.Status.REJECTED:
        return _("We decided: not approved.")
    if case.status == Case.Status.WITHDRAWN:
        return _("It was withdrawn.")
    if case.status == Case.Status.EXPIRED and not case.expires_at:
        return _("It ended, as nothing more came.")
    return _("We decided: approved.")


def _papers(case: Case) -> Iterator[Step]:
    # Of an appeal, its own documents, and what happened to the first case's since.
    papers = list(Evidence.objects.told().filter(case__in=[case.pk, case.appeal_of_id]))
    kinds = {paper.pk: paper.get_kind_display() for paper in papers}
    for opening in Opening.objects.told().filter(evidence__in=kinds, at__gte=case.created_at):
        facts = {"number": opening.number, "kind": kinds[opening.evidence_id]}
        yield Step(opening.at, _("Moderator no. %(number)s opened this document: %(kind)s.") % facts)
    for paper in papers:
        kind = {"kind": kinds[paper.pk]}
        if paper.case_id == case.pk:
            yield Step(paper.uploaded_at, _("You sent a document: %(kind)s.") % kind)
        if paper.destroyed_at and paper.destroyed_at >= case.created_at:
            yield Step(paper.destroyed_at, _("This document was destroyed: %(kind)s.") % kind)


def _vouches(case: Case) -> Iterator[Step]:
    words = {"given": _("%(name)s vouched for you."), "void": _("The word of %(name)s ended.")}
    for vouch, name in named(case):
        if vouch.answered_at:
            said = words.get(vouch.status, _("Someone you asked declined."))
            yield Step(vouch.answered_at, said % {"name": name} if vouch.referee_id else said)


def named(case: Case) -> list[tuple[Vouch, str]]:
    """A case's links, each with the name of whoever gave their word, as far as the reader may see them."""
    vouches = list(Vouch.objects.told().filter(case=case))
    names = dict(Profile.objects.filter(pk__in=[v.referee_id for v in vouches]).values_list("pk", "display_name"))
    return [(vouch, names.get(vouch.referee_id or case.pk, _("A member"))) for vouch in vouches]


def _attempts(case: Case) -> Iterator[Step]:
    attempts = list(Attempt.objects.told().filter(case=case).exclude(finished_at=None))
    nations = {row.slug: str(row) for row in Region.objects.filter(slug__in={a.nation for a in attempts})}
    for attempt in attempts:
        assert attempt.finished_at  # noqa: S101 (for the type checker)
        about = {"nation": nations.get(attempt.nation, attempt.nation)}
        words = _("Questions about %(nation)s: enough were right.")
        if not attempt.is_enough:
            words = _("Questions about %(nation)s: not enough were right.")
        # The last right answer hands the case in; that was written down a moment before the attempt's own end.
        at = min(attempt.finished_at, case.handed_in_at or attempt.finished_at)
        yield Step(at if attempt.is_enough else attempt.finished_at, words % about)


def _replies(case: Case) -> Iterator[Step]:
    asked = asked_in(case)
    if case.status == Case.Status.NEEDS_INFORMATION:
        asked = asked[:-1]  # the last stands above, with the box for the answer
    for question, at in asked:
        yield Step(at, _("We asked you something."), question)
    for reply in Reply.objects.filter(case=case):
        yield Step(reply.at, _("You answered."), reply.text)


def asked_in(case: Case) -> list[tuple[str, datetime]]:
    """What the desk asked in a case, and when, first to last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT words, at FROM questions_asked(%s)", [case.pk])
        return cursor.fetchall()


def missing_in(case: Case) -> list[str]:
    """What its member has still to do, by names that stay: nothing while it is the desk's turn or over."""
    if not case.is_with_its_member:
        return []
    if case.status == Case.Status.NEEDS_INFORMATION:
        return ["answer"]
    if case.route == Case.Route.DOCUMENT:
        wanting = [] if Evidence.objects.standing().filter(case=case).exists() else ["document"]
    elif case.route == Case.Route.COMMUNITY_REFERENCE:
        given = Vouch.objects.filter(case=case, status=Vouch.Status.GIVEN).count()
        if given < VOUCHES_NEEDED:
            return ["references"]  # the last of them hands it in
        wanting = []
    else:
        wanting = [] if Attempt.objects.filter(case=case).exclude(finished_at=None).exists() else ["questions"]
    return [*wanting, "hand_in"]
