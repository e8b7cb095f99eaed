"""Answering the questions, as a browser does: one a page, and coming back, reloading or a second tab are harmless."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils.timezone import now

from community.models import Member
from tests.databases import as_role
from tests.factories import CaseFactory, MemberFactory
from tests.verification.test_my_verification import address, enter
from tests.verification.test_question_rules import right_choice
from verification.models import NATIONS, Attempt, Case, Question

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client: Client) -> Member:
    member = MemberFactory(language="en")
    enter(client, member)
    return member


@pytest.fixture
def case(member: Member) -> Case:
    return CaseFactory(member=member, waiting_since=None)


def begin(client: Client, case: Case, nation: str = "angola") -> UUID:
    answer = client.post(address("begin_questions", pk=case.pk), {"nation": nation})
    with as_role("owner"):
        attempt = Attempt.objects.filter(case=case).latest("started_at")
    assert answer["Location"] == address("ask_question", pk=case.pk, attempt=attempt.pk)
    return attempt.pk


def question(client: Client, case: Case, attempt: UUID, language: str = "en") -> Any:
    return client.get(address("ask_question", language, pk=case.pk, attempt=attempt))


def reply(client: Client, case: Case, attempt: UUID, place: int, choice: int) -> Any:
    where = address("ask_question", pk=case.pk, attempt=attempt)
    return client.post(where, {"place": place, "choice": choice}, follow=True)


def take(client: Client, case: Case, *, right: int) -> Any:
    attempt = begin(client, case)
    for place in range(1, 13):
        assert question(client, case, attempt).context["asked"].place == place
        choice = right_choice(attempt)
        page = reply(client, case, attempt, place, choice if place <= right else (choice + 1) % 4)
    return page


def test_every_nation_that_has_questions_is_offered_and_no_other(client, case):
    form = client.get(address("my_case", pk=case.pk)).context["nation_form"]

    assert {slug for slug, _name in form.fields["nation"].choices} == set(NATIONS)
    with as_role("owner"):
        assert set(Question.objects.values_list("nation", flat=True)) == set(NATIONS)
    assert client.post(address("begin_questions", pk=case.pk), {"nation": "atlantis"}).status_code == 422


def test_nine_right_answers_hand_the_case_in_and_only_that_it_is_enough_is_told(client, case):
    page = take(client, case, right=9).content.decode()

    assert "Enough answers were right" in page
    assert "your case is with our moderators now" in page
    page = client.get(address("my_case", pk=case.pk)).content.decode()
    assert page.index("Questions about Angola: enough were right.") < page.index("It went to our moderators.")
    with as_role("owner"):
        assert Case.objects.get(pk=case.pk).waiting_since is not None


def strong(page: Any) -> list[str]:
    """The words on the strong buttons of a page."""
    found = re.findall(r'<(?:a|button)[^>]*class="button"[^>]*>(.*?)</', page.content.decode(), re.DOTALL)
    return [" ".join(words.split()) for words in found]


def test_with_fewer_one_tries_once_more_or_comes_another_way_or_hands_it_in(client, case):
    page = take(client, case, right=3)
    assert "Nine would have handed it in. You can try once more" in page.content.decode()
    assert strong(page) == ["Try once more"]
    page = client.get(address("my_case", pk=case.pk))
    assert "You have 1 try left." in page.content.decode()
    assert strong(page) == ["Begin: the time runs"]
    assert address("hand_in_case", pk=case.pk) in page.content.decode()

    page = take(client, case, right=0)
    assert "both tries are used" in page.content.decode()
    assert strong(page) == ["Withdraw, and come another way"]
    page = client.get(address("my_case", pk=case.pk))
    assert strong(page) == ["Withdraw, and come another way"]
    assert address("begin_questions", pk=case.pk) not in page.content.decode()
    again = client.post(address("begin_questions", pk=case.pk), {"nation": "angola"}, follow=True)
    assert "You have had your two tries" in again.content.decode()
    client.post(address("hand_in_case", pk=case.pk))
    with as_role("owner"):
        assert Case.objects.get(pk=case.pk).waiting_since is not None


def test_reloading_shows_the_same_question_and_its_time_runs_on(client, case):
    attempt = begin(client, case)
    first = question(client, case, attempt).context["asked"]
    with as_role("owner"):
        Attempt.objects.filter(pk=attempt).update(asked_at=now() - timedelta(seconds=15))

    again = question(client, case, attempt).context["asked"]

    assert (again.place, again.asks, again.options) == (first.place, first.asks, first.options)
    assert 20 <= again.seconds_left <= 25


def test_the_same_question_is_told_in_the_other_language_in_the_same_order(client, case):
    attempt = begin(client, case)
    english = question(client, case, attempt).context["asked"]
    portuguese = question(client, case, attempt, "pt").context["asked"]

    assert portuguese.place == english.place
    with as_role("owner"):
        slug = Attempt.objects.get(pk=attempt).drawn[0]
        asked = Question.objects.get(pk=slug)
    order = [asked.options_en.index(option) for option in english.options]
    assert portuguese.options == [asked.options_pt[place] for place in order]


def test_a_second_tab_or_the_way_back_answers_nothing_twice(client, case):
    attempt = begin(client, case)
    question(client, case, attempt)
    reply(client, case, attempt, 1, 0)

    page = reply(client, case, attempt, 1, 3)  # the tab that still shows the first one

    assert "That question was answered already." in page.content.decode()
    assert page.context["asked"].place == 2
    with as_role("owner"):
        assert Attempt.objects.get(pk=attempt).choices == [0]


@pytest.mark.parametrize("said", [{}, {"place": "1"}, {"place": "1", "choice": "4"}, {"place": "x", "choice": "-1"}])
def test_what_is_no_answer_counts_as_none(client, case, said):
    attempt = begin(client, case)
    question(client, case, attempt)

    page = client.post(address("ask_question", pk=case.pk, attempt=attempt), said, follow=True)

    assert "Choose one of the four answers." in page.content.decode()
    with as_role("owner"):
        assert Attempt.objects.get(pk=attempt).choices == []


def test_a_question_that_was_left_too_long_is_lost_and_the_next_one_comes(client, case):
    attempt = begin(client, case)
    question(client, case, attempt)
    with as_role("owner"):
        Attempt.objects.filter(pk=attempt).update(asked_at=now() - timedelta(seconds=41))

    assert question(client, case, attempt).context["asked"].place == 2


def test_whoever_begins_twice_is_led_to_what_is_open(client, case):
    attempt = begin(client, case)

    page = client.post(address("begin_questions", pk=case.pk), {"nation": "brasil"}, follow=True).content.decode()

    assert address("ask_question", pk=case.pk, attempt=attempt) in page
    assert address("begin_questions", pk=case.pk) + '"' not in page


def test_the_page_never_says_which_answer_is_right_nor_what_comes_next(client, case):
    attempt = begin(client, case)
    page = question(client, case, attempt).content.decode()

    with as_role("owner"):
        drawn = Attempt.objects.get(pk=attempt)
        later = [row.asks_en for row in Question.objects.filter(slug__in=drawn.drawn[1:])]
    for hidden in (*drawn.drawn, *drawn.orders, *later):
        assert not re.search(rf"\b{re.escape(hidden)}\b", page)  # four figures may stand in a token by chance


def test_the_questions_of_another_are_not_there(client, case):
    other = CaseFactory(waiting_since=None)
    with as_role("owner"):
        attempt = Attempt.objects.create(case=other, nation="angola", drawn=["x"] * 12, orders=["0123"] * 12)

    assert question(client, other, attempt.pk).status_code == 404
    assert question(client, case, attempt.pk).status_code == 404
    assert client.post(address("ask_question", pk=case.pk, attempt=attempt.pk), {"place": 1}).status_code == 404
