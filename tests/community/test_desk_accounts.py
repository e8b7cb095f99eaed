"""What the desk may do to a member's account: choose no password, and move it only where both addresses hear of it."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from community.models import Letter, Member
from community.tasks import send_letter
from tests.databases import as_role
from tests.doors import PASSWORD, guard, log_in_fully
from tests.factories import MemberFactory
from tests.verification.desks import at_the_desk, moderator, told

pytestmark = pytest.mark.django_db
NEW = "elsewhere@example.org"


@pytest.fixture
def ana() -> Member:
    return guard(MemberFactory(password=PASSWORD, is_staff=True, is_superuser=True))


@pytest.mark.parametrize("colleague", [False, True])
def test_nobody_at_the_desk_chooses_anothers_password(ana, colleague):
    eva = MemberFactory(is_staff=colleague)
    for who in (ana, moderator()):
        with at_the_desk(who):
            words = "a password is chosen by whose it is"
            assert told("UPDATE community_member SET password = 'mine' WHERE id = %s", eva.pk) == words
    with as_role("owner"):
        assert Member.objects.get(pk=eva.pk).password == eva.password


def test_nobody_is_added_at_the_desk(desk, ana):
    log_in_fully(desk, ana)
    assert desk.get("/community/member/add/").status_code == 403
    with at_the_desk(ana):
        insert = (
            "INSERT INTO community_member (id, email, password) VALUES (gen_random_uuid(), 'a@example.org', 'mine')"
        )
        assert told(insert).startswith("permission denied")


@pytest.mark.parametrize(
    ("language", "words"), [("pt", "A sua conta passou para outro endereço"), ("en", "your account was moved")]
)
def test_an_account_that_the_desk_moves_is_told_at_both_addresses_by_whatever_sql(ana, settings, language, words):
    eva = MemberFactory(language=language)
    with at_the_desk(ana):
        assert told("UPDATE community_member SET email = %s, language = 'en' WHERE id = %s", NEW, eva.pk) == "done"

    with as_role("owner"):
        letters = {letter.to: letter for letter in Letter.objects.all()}
        waiting = {job.args["letter_id"]: job.task_name for job in ProcrastinateJob.objects.all()}
    assert {to: letter.kind for to, letter in letters.items()} == {eva.email: "moved_from", NEW: "moved_to"}
    assert waiting == {str(letter.pk): send_letter.name for letter in letters.values()}
    settings.CONTACT_EMAIL = "town@example.org"
    with as_role("worker"):
        for letter in letters.values():
            send_letter.func(letter_id=str(letter.pk))
    sent = {message.to[0]: message for message in mail.outbox}
    assert words.lower() in sent[eva.email].subject.lower()
    assert "town@example.org" in sent[eva.email].body
    assert NEW not in sent[eva.email].body
    assert {message.extra_headers["Content-Language"] for message in sent.values()} == {language}


def test_moving_ones_own_account_at_the_site_sends_the_sites_letter_alone():
    eva = MemberFactory()
    with as_role("owner"), connection.cursor() as cursor:
        cursor.execute("UPDATE community_member SET email = %s WHERE id = %s", [NEW, eva.pk])
        assert not Letter.objects.exists()


@pytest.mark.parametrize("language", ["pt", "en"])
def test_who_forgot_their_password_is_sent_to_choose_one_and_a_colleague_is_not(desk, ana, language):
    log_in_fully(desk, ana)
    eva, colleague = MemberFactory(language=language), MemberFactory(is_staff=True)
    page = desk.get(f"/community/member/{eva.pk}/change/").content.decode()
    assert f"/community/member/{eva.pk}/new-password/" in page
    assert 'name="password' not in page
    assert desk.get(f"/community/member/{eva.pk}/password/", follow=True).request["PATH_INFO"] == "/"

    assert desk.post(f"/community/member/{eva.pk}/new-password/").status_code == 302
    assert desk.get(f"/community/member/{eva.pk}/new-password/").status_code == 405
    assert desk.post(f"/community/member/{colleague.pk}/new-password/").status_code == 403

    (letter,) = mail.outbox
    where = {"pt": "/pt/conta/", "en": "/en/account/"}[language]
    assert (letter.to, where in letter.body) == ([eva.email], True)
