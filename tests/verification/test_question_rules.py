"""Cultural knowledge: drawn, timed and counted by the database; which answer is right never leaves it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.core.management import call_command
from django.utils.timezone import now

from community.identity import acting_as
from tests.databases import as_role
from tests.factories import CaseFactory, MemberFactory
from tests.verification.desks import at_the_desk, moderator, state, told, vote
from verification import cases
from verification.models import AlreadyDecided, Attempt, Case, Question

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return CaseFactory(waiting_since=None)


def right_choice(attempt: UUID) -> int:
    """Where the right answer to the open question stands: nobody but the owner could know."""
    with as_role("owner"):
        found = Attempt.objects.get(pk=attempt)
    return found.orders[len(found.choices)].index("0")


def take(case: Case, *, right: int, nation: str = "portugal") -> UUID:
    """Go through an attempt with so many right answers."""
    with acting_as(case.member):
        attempt = cases.start_attempt(case, nation)
        while asked := cases.open_question(attempt, language="pt"):
            choice = right_choice(attempt)
            cases.answer_question(attempt, asked.place, choice if asked.place <= right else (choice + 1) % 4)
    return attempt


def score(attempt: UUID) -> int | None:
    with as_role("owner"):
        return Attempt.objects.get(pk=attempt).score


def is_waiting(case: Case) -> bool:
    with as_role("owner"):
        return Case.objects.get(pk=case.pk).waiting_since is not None


def test_nine_of_twelve_hand_the_case_in_and_a_moderator_approves_it(case):
    attempt = take(case, right=9)

    assert (score(attempt), is_waiting(case)) == (9, True)
    assert vote(case, moderator()) == "done"
    assert state(case) == ("approved", True)


def test_with_fewer_its_member_decides_whether_to_try_again_or_hand_it_in(case):
    with acting_as(case.member), pytest.raises(cases.Refused, match="not_complete"):
        cases.hand_in(case)
    first = take(case, right=8)
    assert (score(first), is_waiting(case)) == (8, False)
    second = take(case, right=0)
    assert (score(second), is_waiting(case)) == (0, False)
    with as_role("owner"):
        drawn = [set(Attempt.objects.get(pk=attempt).drawn) for attempt in (first, second)]
    assert [len(each) for each in drawn] == [12, 12]
    assert len(drawn[0] | drawn[1]) > 12  # what was not met comes first
    with acting_as(case.member):
        cases.hand_in(case)
    assert is_waiting(case)


def test_there_are_two_tries_in_ninety_days_over_all_of_a_members_cases(case):
    first = take(case, right=1)
    with acting_as(case.member):
        cases.withdraw(case)
        again = cases.open_case(case.member, Case.Route.CULTURAL_KNOWLEDGE, language="pt")
    take(again, right=1, nation="angola")
    with acting_as(case.member), pytest.raises(cases.Refused, match="two_tries_in_ninety_days"):
        cases.start_attempt(again, "portugal")
    with as_role("owner"):
        Attempt.objects.filter(pk=first).update(started_at=now() - timedelta(days=91))
    take(again, right=1)


def test_questions_come_one_by_one_in_both_languages_with_shuffled_answers(case):
    with acting_as(case.member):
        attempt = cases.start_attempt(case, "brasil")
        in_pt, in_en = (cases.open_question(attempt, language=language) for language in ("pt", "en"))
        with pytest.raises(AlreadyDecided):
            cases.answer_question(attempt, 2, 0)
        for choice in (-1, 4):
            with pytest.raises(AlreadyDecided):
                cases.answer_question(attempt, 1, choice)
        assert cases.answer_question(attempt, 1, 0) is True
        with pytest.raises(AlreadyDecided):
            cases.answer_question(attempt, 1, 1)  # answered once
        with pytest.raises(AlreadyDecided):
            cases.answer_question(attempt, 2, 1)  # not shown yet
        with pytest.raises(cases.Refused, match="attempt_is_open"):
            cases.start_attempt(case, "brasil")
    with as_role("owner"):
        found = Attempt.objects.get(pk=attempt)
        question = Question.objects.get(pk=found.drawn[0])
    assert len(set(found.orders)) > 1
    assert {"".join(sorted(order)) for order in found.orders} == {"0123"}
    assert in_pt is not None
    assert in_en is not None
    assert (in_pt.place, in_pt.asks, in_en.asks) == (1, question.asks_pt, question.asks_en)
    assert in_pt.options == [question.options_pt[int(digit)] for digit in found.orders[0]]
    assert in_en.options == [question.options_en[int(digit)] for digit in found.orders[0]]
    assert 0 < in_pt.seconds_left <= 40


def test_what_is_asked_about_is_one_of_the_banks_nations(case):
    with acting_as(case.member), pytest.raises(cases.Refused, match="no_such_nation"):
        cases.start_attempt(case, "atlantida")


def test_an_answer_after_forty_seconds_counts_for_nothing_and_after_twelve_minutes_all_is_over(case):
    with acting_as(case.member):
        attempt = cases.start_attempt(case, "portugal")
        for is_answered in (True, False):  # answered too late, or looked at again too late
            asked = cases.open_question(attempt, language="pt")
            choice = right_choice(attempt)
            with as_role("owner"):
                Attempt.objects.update(asked_at=now() - timedelta(seconds=41))
            if is_answered:
                cases.answer_question(attempt, asked.place, choice)
        assert cases.open_question(attempt, language="pt").place == 3
        with as_role("owner"):
            assert Attempt.objects.get().choices == [-1, -1]
            Attempt.objects.update(started_at=now() - timedelta(minutes=12, seconds=1))
        assert cases.open_question(attempt, language="pt") is None
    assert score(attempt) == 0


@pytest.mark.parametrize("door", ["site", "desk", "worker"])
def test_no_door_reads_a_question_or_which_answer_is_right_or_writes_a_score(case, door):
    attempt = take(case, right=3)
    with as_role(door), acting_as(moderator() if door == "desk" else case.member):
        for statement in (
            "SELECT * FROM verification_question",
            "SELECT options_pt FROM verification_question",
            "SELECT orders FROM verification_attempt",
            "SELECT choices FROM verification_attempt",
            "SELECT drawn FROM verification_attempt",
            "UPDATE verification_attempt SET score = 12",
            "DELETE FROM verification_attempt",
            "UPDATE verification_question SET options_pt = options_en",
            f"SELECT finish_attempt('{attempt}')",
        ):
            assert told(statement).startswith("permission denied"), statement
        assert list(Attempt.objects.values_list("is_enough", flat=True)) == [False]
        if door == "desk":
            assert list(Attempt.objects.values_list("score", flat=True)) == [3]
        else:  # how many were right tells of the answers
            assert told("SELECT score FROM verification_attempt").startswith("permission denied")


def test_nobody_takes_anothers_attempt_or_begins_one_at_the_wrong_time(case):
    with acting_as(case.member):
        attempt = cases.start_attempt(case, "portugal")
    with acting_as(MemberFactory()):
        for refused in (
            lambda: cases.open_question(attempt, language="pt"),
            lambda: cases.answer_question(attempt, 1, 0),
            lambda: cases.start_attempt(case, "portugal"),
        ):
            with pytest.raises(cases.NotFound):
                refused()
        assert not Attempt.objects.values("id").exists()
    for wrong in (CaseFactory(), CaseFactory(route=Case.Route.DOCUMENT, waiting_since=None)):
        with acting_as(wrong.member), pytest.raises(AlreadyDecided):
            cases.start_attempt(wrong, "portugal")
    with at_the_desk(moderator()):
        assert told("SELECT start_attempt(%s, 'portugal')", case.pk).startswith("permission denied")


def test_loading_the_bank_again_changes_nothing_and_what_left_it_is_asked_no_more():
    with as_role("owner"):
        before = list(Question.objects.order_by("slug").values())
        words = {"asks_pt": "?", "asks_en": "?", "options_pt": [*"abcd"], "options_en": [*"abcd"]}
        Question.objects.create(slug="gone", nation="portugal", theme="food", **words)
        call_command("load_questions", verbosity=0)
        assert list(Question.objects.exclude(pk="gone").order_by("slug").values()) == before
        assert not Question.objects.get(pk="gone").is_asked
    assert len(before) >= 150
