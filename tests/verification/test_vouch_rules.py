"""Members who vouch for members: by a link used once, verified for long enough, never in a ring; asked with raw SQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from threading import Barrier, Event
from time import sleep

import pytest
from django.db import Error, connection, transaction
from django.utils.timezone import now

from community.identity import acting_as
from community.models import Erasure, Member, Profile
from tests.databases import as_role
from tests.factories import BlockFactory, CaseFactory, MemberFactory
from tests.verification.desks import ask, at_the_desk, moderator, run, state, told, vote
from verification import cases
from verification.models import Case, Vouch

DAY = timedelta(days=1)
in_one_transaction = pytest.mark.django_db


def verified(*, days: int = 91, **fields: object) -> Member:
    return MemberFactory(profile__heritage_verified_at=now() - days * DAY, **fields)


def reference(**fields: object) -> Case:
    return CaseFactory(route=Case.Route.COMMUNITY_REFERENCE, **{"waiting_since": None} | fields)


def link(case: Case) -> str:
    with acting_as(case.member):
        return cases.ask_for_vouch(case)[1]


def answer(token: str, by: Member, *, gives: bool = True) -> str:
    """What comes of a link in someone's hands: done, or the rule that says no."""
    with acting_as(by):
        return told("SELECT answer_vouch(%s, %s)", cases.digest_of(token), gives)


def statuses(case: Case) -> list[str]:
    with as_role("owner"):
        return sorted(case.vouches.values_list("status", flat=True))


def is_waiting(case: Case) -> bool:
    with as_role("owner"):
        return Case.objects.get(pk=case.pk).waiting_since is not None


@in_one_transaction
def test_two_words_hand_the_case_in_and_one_moderator_approves_it():
    case, first, second = reference(), verified(), verified()
    with acting_as(case.member), pytest.raises(cases.Refused, match="not_complete"):
        cases.hand_in(case)
    assert answer(link(case), first) == "done"
    assert not is_waiting(case)
    assert answer(link(case), second) == "done"
    assert is_waiting(case)
    assert vote(case, moderator()) == "done"
    assert state(case) == ("approved", True)


@in_one_transaction
def test_a_link_shows_whom_it_is_for_and_is_used_once():
    case, ana, rui = reference(member__profile__display_name="Zulmira"), verified(), verified()
    token = link(case)
    with acting_as(ana):
        shown = cases.vouch_presented(token)
        assert shown is not None
        assert (shown.applicant, shown.bar) == ("Zulmira", None)
    with acting_as(None):
        assert cases.vouch_presented(token) is None
    assert answer(token, ana) == "done"
    assert [answer(token, rui), answer(token, ana)] == ["no_such_vouch"] * 2
    assert answer(link(case), ana) == "vouched_already"
    with acting_as(rui):
        assert cases.vouch_presented(token) is None
        with pytest.raises(cases.NotFound):
            cases.answer_vouch("invented", gives=True)


@in_one_transaction
def test_a_declined_link_names_nobody_and_an_old_one_is_none():
    case = reference()
    assert answer(link(case), verified(), gives=False) == "done"
    with as_role("owner"):
        assert list(Vouch.objects.values_list("status", "referee")) == [("declined", None)]
    token = link(case)
    with as_role("owner"):
        Vouch.objects.filter(status="open").update(expires_at=now() - DAY)
    assert answer(token, verified()) == "no_such_vouch"


@in_one_transaction
@pytest.mark.parametrize(
    ("referee", "rule"),
    [
        (lambda: verified(days=89), "not_verified_long_enough"),
        (lambda: MemberFactory(), "not_verified_long_enough"),
        (lambda: verified(is_active=False), "not_verified_long_enough"),
        (lambda: verified(profile__withdrawn_at=now()), "not_verified_long_enough"),
    ],
)
def test_a_referee_wears_the_badge_for_ninety_days(referee, rule):
    assert answer(link(reference()), referee()) == rule


@in_one_transaction
def test_nobody_vouches_for_themselves_or_for_someone_out_of_their_sight():
    ana, rui, eva = verified(), verified(), verified()
    case = reference(member=MemberFactory())
    BlockFactory(blocker=case.member, blocked=rui)
    BlockFactory(blocker=eva, blocked=case.member)
    token = link(case)
    assert [answer(token, by) for by in (case.member, rui, eva)] == ["own_case", "no_such_vouch", "no_such_vouch"]
    for someone in (rui, eva):
        with acting_as(someone):
            assert cases.vouch_presented(token) is None
    assert answer(token, ana) == "done"


@in_one_transaction
def test_a_referee_has_three_open_vouches_at_most():
    ana, open_cases = verified(), [reference() for _ in range(4)]
    tokens = [link(case) for case in open_cases]
    assert [answer(token, ana) for token in tokens] == ["done"] * 3 + ["three_vouches_at_once"]
    with acting_as(open_cases[0].member):
        cases.withdraw(open_cases[0])
    assert answer(tokens[3], ana) == "done"


@in_one_transaction
@pytest.mark.parametrize("length", [1, 2, 5])
def test_nobody_vouches_in_a_ring_however_long(length):
    chain = [verified() for _ in range(length + 1)]
    for referee, applicant in pairwise(chain):
        case = reference(member=applicant, status="withdrawn", decided_at=now())
        with as_role("owner"):
            Vouch.objects.create(
                case=case, digest=str(applicant.pk), status="given", referee=referee, answered_at=now()
            )
    case = reference(member=chain[0])

    assert answer(link(case), chain[-1]) == "a_ring"
    assert answer(link(case), verified()) == "done"


@in_one_transaction
@pytest.mark.parametrize("how", ["banned", "badge gone", "withdrawn", "erased"])
def test_whoever_leaves_takes_their_word_along_and_the_case_goes_back(how):
    case, ana, rui, amelia = reference(), verified(), verified(), moderator()
    for referee in (ana, rui):
        assert answer(link(case), referee) == "done"
    with at_the_desk(amelia):
        cases.claim(case)
    match how:
        case "banned":
            with at_the_desk(amelia):
                assert Member.objects.filter(pk=ana.pk).update(is_active=False) == 1
        case "badge gone":
            with as_role("owner"):
                Profile.objects.filter(pk=ana.pk).update(heritage_verified_at=None)
        case "withdrawn":
            with acting_as(ana):
                run("SELECT ask_erasure()")
        case "erased":
            with as_role("owner"):
                wish = Erasure.objects.create(member=ana, asked_at=now() - DAY, due_at=now() - DAY)
            with as_role("worker"):
                run("SELECT erase_member(%s, repeat('a', 64))", wish.pk)

    assert statuses(case) == ["given", "void"]
    assert not is_waiting(case)
    with at_the_desk(amelia), pytest.raises(cases.AlreadyDecided):
        cases.approve(case, by=amelia)
    assert answer(link(case), verified()) == "done"
    assert is_waiting(case)


def refused(*referees: Member) -> Case:
    """A case that these members vouched in, and two moderators did not approve."""
    case = reference()
    for referee in referees:
        assert answer(link(case), referee) == "done"
    for _ in range(2):
        assert vote(case, moderator(), "reject") == "done"
    return case


@in_one_transaction
def test_a_ban_voids_the_word_that_an_open_appeal_rests_on_and_the_third_moderator_sees_it():
    ana, rui, amelia = verified(profile__display_name="Ana Banida"), verified(), moderator()
    case = refused(ana, rui)
    with acting_as(case.member):
        appeal = cases.appeal(case, language="pt", note="")
    with at_the_desk(amelia):
        assert Member.objects.filter(pk=ana.pk).update(is_active=False) == 1

    assert statuses(case) == ["given", "void"]
    assert is_waiting(appeal)  # its member has said what there is to say: someone else looks at what is left
    third = moderator()
    with at_the_desk(third):
        cases.claim(appeal)
        seen = Vouch.objects.told().filter(case=appeal.appeal_of_id).values_list("referee", "status")
        assert set(seen) == {(ana.pk, "void"), (rui.pk, "given")}


@in_one_transaction
@pytest.mark.parametrize("how", ["banned", "badge gone", "withdrawn", "erased"])
def test_whoever_left_between_a_refusal_and_the_appeal_has_no_word_in_it(how):
    ana = verified()
    case = refused(ana, verified())
    with as_role("owner"):
        match how:
            case "banned":
                Member.objects.filter(pk=ana.pk).update(is_active=False)
            case "badge gone":
                Profile.objects.filter(pk=ana.pk).update(heritage_verified_at=None)
            case "withdrawn":
                Profile.objects.filter(pk=ana.pk).update(withdrawn_at=now())
            case "erased":
                Vouch.objects.filter(referee=ana).update(referee=None)
    assert statuses(case) == ["given", "given"]  # what was decided on them stays as it was
    with acting_as(case.member):
        cases.appeal(case, language="pt", note="")
    assert statuses(case) == ["given", "void"]


@in_one_transaction
def test_a_word_that_an_open_appeal_rests_on_is_one_of_the_three():
    ana = verified()
    case = refused(ana, verified())
    tokens = [link(reference()) for _ in range(3)]
    assert [answer(token, ana) for token in tokens[:2]] == ["done"] * 2
    with acting_as(case.member):
        appeal = cases.appeal(case, language="pt", note="")
    assert answer(tokens[2], ana) == "three_vouches_at_once"
    with acting_as(case.member):
        cases.withdraw(appeal)
    assert answer(tokens[2], ana) == "done"


@pytest.mark.usefixtures("committed")
def test_a_ban_and_an_appeal_at_the_same_moment_leave_no_word_standing():
    with as_role("owner"):
        ana, rui = verified(), verified()
        case = CaseFactory(
            route=Case.Route.COMMUNITY_REFERENCE,
            status="rejected",
            reason="other",
            decided_at=now(),
            waiting_since=None,
        )
        for referee in (ana, rui):
            Vouch.objects.create(case=case, digest=str(referee.pk), status="given", referee=referee, answered_at=now())
    banned = Event()

    def ban() -> None:
        try:
            with as_role("owner"), transaction.atomic():
                Member.objects.filter(pk=ana.pk).update(is_active=False)
                banned.set()
                sleep(0.3)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        job = other.submit(ban)
        assert banned.wait(60)
        with acting_as(case.member):
            cases.appeal(case, language="pt", note="")
        job.result()
    assert statuses(case) == ["given", "void"]


@in_one_transaction
def test_a_referee_or_whoever_the_applicant_vouched_for_has_no_part_in_the_case():
    case, ana, rui, eva = reference(), *(verified(is_staff=True) for _ in range(3))
    for referee in (ana, verified()):
        assert answer(link(case), referee) == "done"
    theirs = reference(member=rui, status="withdrawn", decided_at=now())
    with as_role("owner"):
        Vouch.objects.create(case=theirs, digest="x", status="void", referee=case.member, answered_at=now())

    assert [vote(case, by) for by in (ana, rui, eva)] == ["conflict", "conflict", "done"]


@in_one_transaction
def test_a_vouch_is_asked_for_in_ones_own_open_case_and_answered_through_the_link_alone():
    case, other, document = reference(), reference(), CaseFactory(route=Case.Route.DOCUMENT, waiting_since=None)
    waiting = reference(waiting_since=now())
    for caller, wanted in ((case.member, other), (document.member, document), (waiting.member, waiting), (None, case)):
        with acting_as(caller), pytest.raises(Error), transaction.atomic():
            Vouch.objects.create(case_id=wanted.pk, digest="x")
    for _ in range(4):
        link(case)
    with acting_as(case.member):
        with pytest.raises(cases.Refused, match="four_links_at_once"):
            cases.ask_for_vouch(case)
        insert = (
            "INSERT INTO verification_vouch (id, case_id, digest, status, referee_id)"
            " VALUES (gen_random_uuid(), %s, 'y', 'given', %s)"
        )
        with as_role("owner"):
            Vouch.objects.filter(case=case).update(expires_at=now() - DAY)
        assert "row-level security" in told(insert, case.pk, verified().pk)
        for statement in (
            "UPDATE verification_vouch SET status = 'given'",
            "DELETE FROM verification_vouch",
            "SELECT digest FROM verification_vouch",
            "SELECT no_referee(gen_random_uuid(), gen_random_uuid())",
        ):
            assert told(statement).startswith("permission denied")
        assert len(ask("SELECT id FROM verification_vouch")) == 4
    with at_the_desk(moderator()):
        for statement in ("SELECT digest FROM verification_vouch", "UPDATE verification_vouch SET status = 'given'"):
            assert told(statement).startswith("permission denied")


@pytest.mark.usefixtures("committed")
def test_two_who_vouch_for_each_other_at_the_same_moment_make_no_ring():
    for _ in range(10):
        pair = [verified(), verified()]
        tokens = [link(reference(member=member)) for member in pair]
        start = Barrier(2, timeout=60)

        def give(token: str, by: Member, start: Barrier = start) -> str:
            try:
                start.wait()
                return answer(token, by)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as both:
            jobs = [both.submit(give, *each) for each in zip(tokens, reversed(pair), strict=True)]
            assert sorted(job.result() for job in jobs) == ["a_ring", "done"]
