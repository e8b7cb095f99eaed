"""A badge is taken back by two administrators, and a third decides the appeal: with raw SQL, and through the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from community.identity import acting_as
from community.models import AuditEntry, Letter, Member, Profile
from community.serializers import clock
from tests.databases import as_role
from tests.doors import PASSWORD, at_the_desks_door, guard, log_in_fully, said, staff
from tests.factories import CaseFactory, EvidenceFactory, ListingRequestFactory, MemberFactory
from tests.verification.desks import ask, at_the_desk, look, moderator, run, state, told, vote
from tests.verification.test_console import QUEUE, page_of
from verification import cases, statistics, tasks
from verification.models import Case, Conflict, Evidence, News, Stop, Vote
from verification.serializers import CaseSerializer

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WHY = "O documento era de outra pessoa."
WORD = (
    "INSERT INTO verification_vote (id, case_id, by_id, verdict, reason, sentence)"
    " VALUES (gen_random_uuid(), %s, %s, %s, '', %s)"
)


def administrator(**fields: Any) -> Member:
    return MemberFactory(is_staff=True, is_superuser=True, **fields)


def worn(*, member: Member | None = None, days: int = 400, **fields: Any) -> Case:
    """A document case that gave its member the badge so long ago; the document is gone."""
    decided = now() - days * DAY
    case = CaseFactory(
        member=member or MemberFactory(), status="approved", decided_at=decided, expires_at=decided + 1826 * DAY,
        route=Case.Route.DOCUMENT, waiting_since=None, **fields,
    )  # fmt: skip
    EvidenceFactory(case=case, fingerprint=case.pk.hex)
    with as_role("owner"):
        Evidence.objects.filter(case=case).update(sealed_key=None, destroyed_at=decided + 14 * DAY)
        Profile.objects.filter(pk=case.member_id).update(heritage_verified_at=decided)
    return case


def word(case: Case, by: Member, verdict: str = "revoke", why: str = "") -> str:
    """One's word on a badge, by SQL as the desk's role; what the database says."""
    with at_the_desk(by):
        return told(WORD, case.pk, by.pk, verdict, why)


def taken_back(case: Case) -> tuple[Member, Member]:
    both = administrator(), administrator()
    assert [word(case, both[0], why=WHY), word(case, both[1])] == ["done", "done"]
    return both


def appealed(case: Case) -> Case:
    with acting_as(Member(pk=case.member_id)):
        return cases.appeal(case, language="pt", note="É o meu.")


def badge(case: Case) -> tuple[Any, Any]:
    """Since when and until when its member wears it."""
    with as_role("owner"):
        until = Case.objects.filter(member=case.member_id, status="approved").values_list("expires_at", flat=True)
        return Profile.objects.get(pk=case.member_id).heritage_verified_at, until.first()


# At the desk, with SQL.


def test_alone_nobody_takes_a_badge_back():
    case, ana = worn(), administrator()

    assert word(case, ana, why=WHY) == "done"
    assert state(case) == ("approved", True)
    assert [word(case, ana), word(case, ana, why="Outra vez.")] == ["voted_already", "proposed_already"]
    assert word(case, administrator(), why="Também acho.") == "proposed_already"  # agreeing is another thing to say
    with at_the_desk(ana):
        assert told(
            WORD.replace("VALUES ", "VALUES (gen_random_uuid(), %s, %s, 'revoke', '', ''), "),
            *(case.pk, ana.pk, case.pk, ana.pk, "revoke", WHY),
        ) == "voted_already"  # fmt: skip
        for function in ("take_badge_back(%s, 'x')", "proposal_on(%s)", "end_cases_of(%s)"):
            assert told(f"SELECT {function}", case.pk).startswith("permission denied")
        assert told("UPDATE verification_case SET status = 'expired'").startswith("permission denied")
    assert state(case) == ("approved", True)


def test_two_administrators_take_it_back_and_its_member_hears_why():
    case = worn()
    before = badge(case)
    ana, rui = taken_back(case)

    assert state(case) == ("expired", False)
    with acting_as(case.member):
        found = Case.objects.as_its_member().get(pk=case.pk)
        assert (found.revoked_for, found.was_taken_back, found.may_be_appealed(at=now())) == (WHY, True, True)
        assert (found.worn_from, found.worn_until) == before
        told_by_api = CaseSerializer().to_representation(found)
        assert (told_by_api["status"], told_by_api["revoked_for"]) == ("expired", WHY)
        assert told_by_api["taken_back_at"] == told_by_api["valid_until"]
        assert told_by_api["appeal_until"] == clock(found.expires_at + 14 * DAY)
    with as_role("owner"):
        assert [news.kind for news in News.objects.all()] == ["expired"]
        moved = AuditEntry.objects.get(kind="verification_case", verb="update", subject=case.member_id)
        assert (moved.actor, moved.told["status"]) == (rui.pk, ["approved", "expired"])
        assert set(Vote.objects.values_list("by", "verdict")) == {(ana.pk, "revoke"), (rui.pk, "revoke")}
        for words in ("Outras palavras.", ""):
            assert told("UPDATE verification_case SET revoked_for = %s", words) == "a_decision_stands"
        assert told("UPDATE verification_case SET worn_until = now() + interval '90 years'") == "a_decision_stands"
    assert word(case, administrator(), why=WHY) == "ended_already"


@pytest.mark.parametrize("place", ["first", "second"])
def test_whoever_stands_too_near_is_neither_of_the_two(place):
    for bar in ("no_rank", "own_case", "stopped", "conflict", "business", "vouch"):
        near = moderator() if bar == "no_rank" else administrator()
        case = worn(member=near if bar == "own_case" else None)
        if place == "second":
            assert word(case, administrator(), why=WHY) == "done"
        if bar == "conflict":
            with at_the_desk(near):
                cases.declare_conflict(case, Conflict.Kind.PERSONAL, by=near)
        with as_role("owner"):
            if bar == "stopped":
                Stop(moderator=near).save()
            if bar == "business":
                shop = ListingRequestFactory(member=near, kind="claim").business
                ListingRequestFactory(member=case.member, kind="claim", business=shop)
            if bar == "vouch":
                run(
                    "INSERT INTO verification_vouch (id, case_id, referee_id, status, digest, created_at, expires_at,"
                    " answered_at) VALUES (gen_random_uuid(), %s, %s, 'given', %s, now(), now(), now())",
                    *(case.pk, near.pk, case.pk.hex),
                )
        expected = "conflict" if bar in ("business", "vouch") else bar
        assert word(case, near, why=WHY if place == "first" else "") == expected, bar
        assert state(case) == ("approved", True)


def test_a_proposal_ends_by_another_word_by_time_and_with_the_rank_of_whoever_made_it():
    case, ana, rui = worn(), administrator(), administrator()
    assert word(case, rui, "keep") == "nothing_proposed"
    for setter in (ana, rui):  # who proposed it, or who was asked
        assert [word(case, ana, why=WHY), word(case, setter, "keep")] == ["done", "done"]
        assert word(case, rui) == "nothing_proposed"
    assert word(case, ana, why=WHY) == "done"
    with as_role("owner"):
        Vote.objects.update(at=F("at") - 14.01 * DAY)
    assert word(case, rui) == "nothing_proposed"

    assert word(case, ana, why=WHY) == "done"
    with as_role("owner"):
        Member.objects.filter(pk=ana.pk).update(is_superuser=False)
    assert word(case, rui) == "nothing_proposed"
    assert state(case) == ("approved", True)
    with as_role("owner"):
        Member.objects.filter(pk=ana.pk).update(is_superuser=True)
    assert word(case, rui) == "done"
    assert state(case) == ("expired", False)


def test_an_appeal_goes_to_a_third_and_gives_the_badge_back_as_it_was():
    case, other = worn(), worn(days=300)
    before = badge(case)
    first, second = taken_back(case)
    appeal = appealed(case)

    assert [vote(appeal, first), vote(appeal, second)] == ["had_a_part_before"] * 2
    third = moderator()
    assert vote(appeal, third) == "done"  # without a document: it is gone
    assert state(appeal) == ("approved", True)
    assert badge(case) == before
    with at_the_desk(third):
        assert [tuple(month)[1:] for month in statistics.appeals(now())][-1] == (0, 1)

    taken_back(appeal)  # what an appeal gave back can be appealed against as well, and only once
    assert state(appeal) == ("expired", False)
    again = appealed(appeal)
    assert vote(again, moderator()) == "done"
    assert badge(case) == before
    assert state(other) == ("approved", True)


def test_a_refused_appeal_is_final_and_fourteen_days_are_the_end_of_the_time():
    case, ago = worn(), now() - 14.01 * DAY
    kept = {"worn_from": ago - 9 * DAY, "worn_until": now() + 900 * DAY}
    late = CaseFactory(status="expired", decided_at=ago - 9 * DAY, expires_at=ago, waiting_since=None, **kept)
    taken_back(case)
    appeal = appealed(case)
    with at_the_desk(amelia := moderator()):
        cases.claim(appeal)
        cases.reject(appeal, "other", by=amelia, sentence="Fica como está.")
    assert state(appeal) == ("rejected", False)
    for each in (case, appeal):
        with acting_as(case.member), pytest.raises(cases.Refused, match=r"not_to_be_appealed|appeal_of"):
            cases.appeal(each, language="pt", note="")
    with acting_as(late.member), pytest.raises(cases.Refused, match="not_to_be_appealed"):
        cases.appeal(late, language="pt", note="")


def test_a_renewed_badge_goes_whole_and_comes_back_whole():
    case = worn(days=1800)
    renewed = CaseFactory(
        member=case.member, status="approved", decided_at=now(), expires_at=now() + 1826 * DAY, waiting_since=None
    )
    since, until = badge(case)[0], renewed.expires_at
    taken_back(case)
    assert [state(case), state(renewed)] == [("expired", False)] * 2
    with as_role("owner"):
        assert News.objects.count() == 1
    assert vote(appealed(case), moderator()) == "done"
    assert badge(case) == (since, until)


def test_a_file_gives_nobody_else_the_badge_whether_it_was_taken_back_in_between():
    case = worn()
    taken_back(case)
    other = CaseFactory(route=Case.Route.DOCUMENT)
    EvidenceFactory(case=other, fingerprint=case.pk.hex)
    for _ in range(2):
        assert vote(other, moderator()) == "done"
    assert vote(appealed(case), moderator()) == "used_before"

    won = worn()
    taken_back(won)
    appeal = appealed(won)
    assert vote(appeal, moderator()) == "done"
    taken_back(appeal)
    assert vote(appealed(appeal), moderator()) == "done"
    third = CaseFactory(route=Case.Route.DOCUMENT)
    with as_role("owner"), pytest.raises(Exception, match="used_before"):
        EvidenceFactory(case=third, fingerprint=won.pk.hex)


def test_what_an_appeal_rests_on_is_kept_as_long_as_it_is():
    member, ago = MemberFactory(), now() - 900 * DAY
    ended = {"member": member, "decided_at": ago, "waiting_since": None}
    first = CaseFactory(**ended, status="rejected", reason="other")
    gone = {"worn_from": ago, "worn_until": now() + 900 * DAY, "expires_at": ago}
    second = CaseFactory(**ended, status="expired", appeal_of=first, **gone)
    CaseFactory(**ended, status="approved", appeal_of=second, expires_at=now() + 9 * DAY)
    for kept in (3, 0):
        with as_role("worker"):
            run("SELECT clear_cases()")
        with as_role("owner"):
            assert Case.objects.count() == kept
            Case.objects.filter(status="approved").update(status="expired", expires_at=ago)


def test_a_document_that_still_stands_is_looked_at_before_the_badge_is_given_back():
    case = worn(days=3)
    paper = EvidenceFactory(case=case)
    taken_back(case)
    appeal, amelia = appealed(case), moderator()
    with at_the_desk(amelia):
        cases.claim(appeal)
        with pytest.raises(cases.Refused, match="documents_not_opened"):
            cases.approve(appeal, by=amelia)
        look(appeal)
        assert ask("SELECT count(*) FROM verification_opening WHERE evidence_id = %s", paper.pk) == [(1,)]
        assert cases.approve(appeal, by=amelia).status == "approved"


# Through the pages.


def at_the_door(member: Member) -> Client:
    client = Client()
    log_in_fully(client, member)
    client.cookies["django_language"] = "en"
    return client


def test_two_take_a_badge_back_at_the_desk_its_member_appeals_and_a_third_gives_it_back():
    member = MemberFactory(password=PASSWORD, language="en")
    case = worn(member=member, language="en")
    before, revoke = badge(case), f"{QUEUE}{case.pk}/revoke/"
    with at_the_desks_door():
        ana, rui = (at_the_door(guard(administrator(password=PASSWORD))) for _ in range(2))
        assert ana.post(revoke, {"sentence": ""}).status_code == 200
        assert "Another administrator looks at it now" in said(ana.post(revoke, {"sentence": WHY}, follow=True))
        assert "takes your word too" not in said(ana.get("/"))
        assert "You have voted on this case" in said(page := ana.get(revoke))
        assert 'name="agree"' not in page.content.decode()
        assert f"To take back the badge of {case} takes your word too" in said(rui.get("/"))
        assert "who looks second?" in said(rui.get(page_of(case)))
        assert WHY in said(rui.get(revoke))
        assert state(case) == ("approved", True)
        rui.post(revoke, {"agree": "1"})
        assert state(case) == ("expired", False)
        seen = said(ana.get(page_of(case)))
        assert seen.count("A word to take the badge back.") == 2
        assert seen.count("The badge was taken back.") == 1

    with as_role("worker"):
        tasks.tell_members.func(0)
    site = Client()
    with as_role("owner"):
        site.force_login(member, "community.login.MemberBackend")
        assert [letter.to for letter in Letter.objects.all()] == [member.email]
        assert WHY not in Letter.objects.get().text
    assert "Your badge was taken back." in said(site.get(reverse("my_verification")))
    page = said(site.get(reverse("my_case", args=[case.pk])))
    assert [words in page for words in ("was taken back on", WHY, "you can ask for someone else")] == [True] * 3
    assert "Your badge was taken back Read why" in said(site.get(reverse("notices_inbox")))
    appeal_page = reverse("appeal_case", args=[case.pk])
    assert WHY in said(site.get(appeal_page))
    site.post(appeal_page, {"note": "It is mine."})
    with as_role("owner"):
        appeal = Case.objects.get(appeal_of=case)

    with at_the_desks_door():
        carla = at_the_door(staff("view_case", "change_case"))
        carla.post(f"{QUEUE}{appeal.pk}/claim/")
        assert 'aria-describedby="unseen"' not in carla.get(page_of(appeal)).content.decode()
        letter = said(carla.post(f"{QUEUE}{appeal.pk}/word/approve/", {"look": "1"}))
        assert "You have the badge back." in letter
        carla.post(f"{QUEUE}{appeal.pk}/word/approve/", {"stay": "1"})
    assert badge(case) == before
    assert "You have the badge back." in said(site.get(reverse("my_case", args=[appeal.pk])))
