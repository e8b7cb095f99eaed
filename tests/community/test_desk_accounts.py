"""What the desk may do to a member's account: find it only by what it shows or by its whole address, choose no
password, and move it only where both addresses hear of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils.timezone import now
from procrastinate.contrib.django.models import ProcrastinateJob

from community.models import Letter, Member
from community.tasks import send_letter
from config.privileges import MODERATORS, SENIORS
from tests.databases import as_role
from tests.doors import PASSWORD, guard, log_in_fully
from tests.factories import EventFactory, MemberFactory
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


# Finding members ---------------------------------------------------------------------------------------


@pytest.fixture(params=[MODERATORS, SENIORS, "administrator"])
def colleague(request, desk) -> Client:
    """Someone of each rank who has come in."""
    who = MemberFactory(password=PASSWORD, is_staff=True, is_superuser=request.param == "administrator")
    with as_role("owner"):
        who.groups.set(Group.objects.filter(name=request.param))
    log_in_fully(desk, guard(who))
    return desk


def known_as(name: str, visibility: str, **more: Any) -> Member:
    words = {"profile__display_name": name, "profile__visibility": visibility} | more
    return MemberFactory(email=f"{name.split()[-1].lower()}-{visibility}@example.org", **words)


def offered(desk: Client, typed: str) -> list[tuple[str, str]]:
    query = {"app_label": "events", "model_name": "event", "field_name": "organizer", "term": typed}
    return [(each["id"], each["text"]) for each in desk.get("/autocomplete/", query).json()["results"]]


def listed(desk: Client, typed: str) -> list[str]:
    page = desk.get("/community/member/", {"q": typed})
    assert len(set(re.findall(r"[\w-]+@example\.org", page.content.decode())) - {typed}) == 1  # their own, at the top
    return [str(row.pk) for row in page.context["cl"].result_list]


def test_members_are_found_by_what_they_show_or_by_a_whole_address_and_nobodys_address_is_told(colleague):
    shown = [known_as("Ana Zarco", visibility) for visibility in ("public", "community")]
    hidden = [known_as("Ana Zarco", visibility) for visibility in ("verified", "private")]
    gone = known_as("Rui Gama", "public", profile__withdrawn_at=now())
    names = sorted((str(each.pk), "Ana Zarco") for each in shown)

    for typed in ("zarco", "ana zar", ""):
        assert sorted(offered(colleague, typed)) == names
        assert sorted(listed(colleague, typed)) == [pk for pk, _name in names]
    for typed in (
        "zarco-",
        "gama",
        "example.org",
        "zarco-private@example.or",
        "member",
        str(gone.pk),
        "nobody@example.org",
    ):
        assert offered(colleague, typed) == listed(colleague, typed) == []
    for member in (*hidden, gone):
        typed = member.email.upper()
        assert offered(colleague, typed) == [(str(member.pk), typed)]
        assert listed(colleague, typed) == [str(member.pk)]
    assert offered(colleague, shown[0].email) == [(str(shown[0].pk), "Ana Zarco")]


def test_an_address_cannot_be_spelled_out_by_asking_the_list_for_its_beginning(colleague):
    shown = known_as("Ana Zarco", "public")
    for asked in ("email__startswith=zarco", "email__gt=z", "email=x", "id__startswith=0", "last_login__gt=2000-01-01"):
        assert colleague.get(f"/community/member/?{asked}").status_code == 400
    for filters in ("is_active__exact=1", "is_staff__exact=0", "o=-1"):
        page = colleague.get(f"/community/member/?{filters}")
        assert [row.pk for row in page.context["cl"].result_list] == [shown.pk]


def test_the_member_chosen_on_a_form_is_named_as_they_show_themselves(colleague):
    for visibility, words in (("public", "Ana Zarco"), ("private", "member ")):
        organizer = known_as("Ana Zarco", visibility)
        page = colleague.get(f"/events/event/{EventFactory(organizer=organizer).pk}/change/").content.decode()

        chosen = page.partition(f'<option value="{organizer.pk}" selected>')[2].partition("</option>")[0]
        assert chosen.startswith(words)
        assert organizer.email not in page


def test_no_address_stands_in_titles_messages_or_the_desks_own_log(desk, ana):
    log_in_fully(desk, ana)
    eva = MemberFactory()

    page = desk.post(f"/community/member/{eva.pk}/write/", {"words": "Olá."}, follow=True).content.decode()
    history = desk.get(f"/community/member/{eva.pk}/history/").content.decode()

    assert page.count(eva.email) == 1  # in the box for it
    assert eva.email not in history + desk.get("/").content.decode()
    assert f"member {str(eva.pk)[:8]}" in history
