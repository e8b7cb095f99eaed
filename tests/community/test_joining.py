"""Becoming a member, as the site's own role."""

from __future__ import annotations

import re
from datetime import date

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from community import guidelines
from community.account_forms import is_adult
from community.identity import acting_as, signing_up
from community.models import Member, Profile, Session
from community.names import clean_name
from tests.databases import as_role
from tests.doors import PASSWORD
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
DOOR, CODE = "/en/account/join/", "/en/account/join/code/"
WORDS = {
    "email": "Rui@Example.org",
    "display_name": "  Rui  da Graça ",
    "born_day": "25",
    "born_month": "4",
    "born_year": "1974",
    "password": PASSWORD,
    "agrees": "on",
}


def members() -> list[Member]:
    with as_role("owner"):
        return list(Member.objects.select_related("profile"))


def written_code(position: int = -1) -> str:
    return re.search(r"^    (\S+)$", mail.outbox[position].body, re.MULTILINE)[1]


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


@pytest.mark.parametrize(
    ("door", "code", "language"), [(DOOR, CODE, "en"), ("/pt/conta/aderir/", "/pt/conta/aderir/codigo/", "pt")]
)
@pytest.mark.parametrize("password", [PASSWORD, ""])
def test_a_stranger_joins_with_a_password_or_without_one(client, door, code, language, password):
    response = client.post(door, WORDS | {"password": password})

    assert (response.status_code, response["Location"]) == (302, code)
    assert members() == []
    assert "rui@example.org" in client.get(code).content.decode()
    (letter,) = mail.outbox
    assert letter.to == ["rui@example.org"]
    assert f'<html lang="{language}">' in letter.alternatives[0][0]

    response = client.post(code, {"code": written_code().lower().replace("-", " ")})

    (member,) = members()
    assert response["Location"] == ("/en/account/" if language == "en" else "/pt/conta/")
    assert who(client) == str(member.pk)
    assert (member.email, member.language, member.is_active) == ("rui@example.org", language, True)
    assert (member.is_staff, member.is_superuser) == (False, False)
    assert member.has_usable_password() is bool(password)
    assert not password or member.check_password(password)
    assert member.guidelines_version == guidelines.VERSION
    assert member.adult_confirmed_at == member.guidelines_accepted_at == member.joined_at
    assert (member.profile.display_name, member.profile.visibility) == ("Rui da Graça", Profile.Visibility.PRIVATE)
    with as_role("owner"):
        assert list(EmailAddress.objects.values_list("user", "email", "verified", "primary")) == [
            (member.pk, "rui@example.org", True, True)
        ]
    assert client.get(response["Location"]).status_code == 200


def test_a_code_works_once_and_says_so_kindly(client):
    client.post(DOOR, WORDS)
    client.post(CODE, {"code": written_code()})

    assert client.post(CODE, {"code": written_code()})["Location"] == "/en/account/"
    other = Client().post(CODE, {"code": written_code()}, follow=True)
    assert other.redirect_chain == [(DOOR, 302)]
    assert b"was used already, or has run out" in other.content
    assert len(members()) == 1


def test_a_code_runs_out(client):
    client.post(DOOR, WORDS)

    with time_machine.travel("2099-01-01"):
        assert client.post(CODE, {"code": written_code()}).status_code == 302

    assert members() == []


def test_a_wrong_code_may_be_tried_again_but_not_for_ever(client):
    client.post(DOOR, WORDS)

    answers = [client.post(CODE, {"code": "BBBB-BBBB"}) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200] * 4 + [302]
    assert b"This code is not right." in answers[0].content
    client.post(CODE, {"code": written_code()})
    assert members() == []


def test_a_letter_can_be_asked_for_again_twice(client):
    client.post(DOOR, WORDS)

    for _ in range(4):
        client.post(CODE, {"again": "yes"})

    assert len(mail.outbox) == 3
    assert len({written_code(position) for position in range(3)}) == 1


@pytest.mark.parametrize(("years", "joins"), [(18, True), (17, False)])
@time_machine.travel("2026-11-21T12:00Z")
def test_who_is_too_young_is_told_so_kindly_and_nothing_is_kept(client, years, joins):
    born = {"born_day": "21", "born_month": "11", "born_year": str(2026 - years)}

    response = client.post(DOOR, WORDS | born)

    assert (response.status_code == 302) is joins
    if not joins:
        assert b"for adults" in response.content
        assert mail.outbox == []
        with as_role("owner"):
            assert not Session.objects.exists()
        # Nor is it enough to go back and think of another year.
        assert b"for adults" in client.post(DOOR, WORDS).content
        assert b"for adults" in client.get(DOOR).content
        assert mail.outbox == []


def test_the_question_does_not_say_which_answer_is_wanted(client):
    page = client.get(DOOR).content.decode()

    assert "18" not in re.sub(r'value="[^"]*"|<svg.*?</svg>|href="[^"]*"', "", page)
    assert "bday-year" in page


@pytest.mark.parametrize(
    ("born", "on", "grown"),
    [
        ((2008, 2, 29), (2026, 2, 28), False),
        ((2008, 2, 29), (2026, 3, 1), True),
        ((2008, 11, 21), (2026, 11, 21), True),
    ],
)
def test_one_is_an_adult_from_the_eighteenth_birthday_on(born, on, grown):
    assert is_adult(date(*born), on=date(*on)) is grown


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"email": "rui"}, "email"),
        ({"email": "rui@example.org\nBcc: all@example.org"}, "email"),
        ({"display_name": "Rui\u202egnp.exe"}, "display_name"),
        ({"display_name": "x" * 81}, "display_name"),
        ({"born_month": "13"}, "born"),
        ({"born_year": "abc"}, "born"),
        ({"born_day": ""}, "born"),
        ({"born_year": "9" * 30}, "born"),
        ({"password": "short"}, "password"),
        ({"password": "rui@example.org"}, "password"),
        ({"agrees": ""}, "agrees"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_else_is_lost(client, words, field):
    response = client.post(DOOR, WORDS | words)

    page = response.content.decode()
    assert response.status_code == 200
    assert f'id="id_{field}_error"' in page
    assert page.count("field__error") == 1
    assert PASSWORD not in page
    assert "1974" in page or "born_year" in words
    assert "da Graça" in page or "display_name" in words
    assert mail.outbox == []


@pytest.mark.parametrize(
    "name",
    [
        "a\x00b", "a\x07b", "Rui\u202e", "\u200fRui", "R\u200bui", "\ufeffRui", "R\u00adui", "\u3164",
        "\u2800\u2800", "Z\u0335\u0336\u0337\u0338a", "\ue000", "...", "", "a\ufe0fb", "\U000e0041Rui",
    ],
)  # fmt: skip
def test_a_name_that_plays_tricks_is_refused(name):
    with pytest.raises(ValidationError):
        clean_name(name)


@pytest.mark.parametrize(
    "name", ["Rui", "Zé d’Ângelo", "Nguyễn Ệ", "José\u0301", "Ana-Lúcia 2", "李娜", "Inês 🌻", "ʼOkina"]
)
def test_names_of_the_world_are_welcome(name):
    assert clean_name(f"  {name} ")


def test_where_there_is_an_account_the_pages_are_the_same_and_a_mail_tells(client):
    MemberFactory(email="rui@example.org", language="pt")

    response = client.post(DOOR, WORDS)
    again = client.post(CODE, {"code": "BBBB-BBBB"})

    even_with_its_code = client.post(CODE, {"code": client.session["proof_sign_up"]["code"]})

    assert response["Location"] == CODE
    assert b"This code is not right." in again.content
    assert b"This code is not right." in even_with_its_code.content
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["rui@example.org"], "LusoTown: já tem uma conta")
    assert "http://localhost:8000/pt/conta/login/" in letter.body
    assert "    " not in letter.body  # no code in it
    assert len(members()) == 1


def test_of_two_who_prove_the_same_address_the_first_has_it(client):
    client.post(DOOR, WORDS)
    client.post(CODE, {"again": "yes"})
    code = written_code()
    MemberFactory(email="rui@example.org")

    response = client.post(CODE, {"code": code}, follow=True)

    assert response.redirect_chain == [("/en/account/login/", 302)]
    assert who(client) is None
    assert len(members()) == 1


# What the database itself holds ---------------------------------------------------------------------

GIVEN = {
    "email": "eva@example.org",
    "adult_confirmed_at": "2026-01-01T00:00Z",
    "guidelines_version": 1,
    "guidelines_accepted_at": "2026-01-01T00:00Z",
}


def test_the_site_adds_a_member_at_the_proved_address_alone():
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Member.objects.bulk_create([Member(**GIVEN)])
    with signing_up("eva@example.org"):
        Member.objects.bulk_create([Member(**GIVEN)])
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Member.objects.bulk_create([Member(**GIVEN | {"email": "ana@example.org"})])

    assert [member.email for member in members()] == ["eva@example.org"]


@pytest.mark.parametrize(
    "more",
    [
        {"is_staff": True},
        {"is_superuser": True},
        {"is_active": False},
        {"adult_confirmed_at": None},
        {"guidelines_version": 0, "guidelines_accepted_at": None},
    ],
)
def test_nobody_joins_with_a_rank_or_without_what_is_asked(more):
    with (
        signing_up("eva@example.org"),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        Member.objects.bulk_create([Member(**GIVEN | more)])


def test_a_profile_is_added_by_its_member_and_bare():
    ana, rui = MemberFactory(profile=None), MemberFactory(profile=None)

    with acting_as(ana):
        for profile in (
            Profile(member=rui, display_name="Rui"),
            Profile(member=ana, display_name="Ana", visibility="public"),
            Profile(member=ana, display_name="Ana", heritage_verified_at="2026-01-01T00:00Z"),
        ):
            with pytest.raises(DatabaseError, match=r"row-level security|comes of a decision"), transaction.atomic():
                Profile.objects.bulk_create([profile])
        Profile.objects.create(member=ana, display_name="Ana")
        with pytest.raises(IntegrityError), transaction.atomic():
            Profile.objects.bulk_create([Profile(member=ana, display_name="Ana")])


# The guidelines ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "words"), [("/pt/regras/", "Como convivemos"), ("/en/guidelines/", "How we are")])
def test_anyone_can_read_the_guidelines_without_a_cookie(client, path, words):
    response = client.get(path)

    assert words in response.content.decode()
    assert not response.cookies


def test_when_the_guidelines_change_everyone_is_asked_at_their_next_login(client, monkeypatch):
    ana = MemberFactory(password=PASSWORD)
    monkeypatch.setattr(guidelines, "VERSION", guidelines.VERSION + 1)

    response = client.post("/en/account/login/", {"login": ana.email, "password": PASSWORD})
    assert response["Location"] == "/en/account/guidelines/"
    assert who(client) is None
    assert client.post(response["Location"], {}).status_code == 200
    assert who(client) is None

    client.post(response["Location"], {"agrees": "on"})

    assert who(client) == str(ana.pk)
    (member,) = members()
    assert member.guidelines_version == guidelines.VERSION
    assert member.guidelines_accepted_at is not None
