"""The directory finds members by what each chose to show to whoever looks, and by nothing else."""

from __future__ import annotations

import re

import pytest
from django.db import Error, transaction
from django.test import Client
from django.utils.timezone import now

from community.identity import acting_as
from community.models import SECTIONS, Appearance, Bio, HomeArea, Interest, Member, Profile
from tests.browsing import address, count_queries
from tests.community.test_people_security import LET_INTO, READERS, change, reader_of
from tests.databases import as_role
from tests.factories import BlockFactory, MemberFactory, fill_profile

pytestmark = pytest.mark.django_db


def come_as(client: Client, reader: Member | None) -> Client:
    if reader:
        with as_role("owner"):
            client.force_login(reader)
    return client


def found(client: Client, query: str = "", language: str = "pt") -> list[str]:
    """The names on a page of the directory."""
    answer = client.get(f"{address('members:list', language)}{query}")
    assert answer.status_code == 200, answer.content.decode()[:400]
    return re.findall(r'<h3>\s*<a href="[^"]+">([^<]+)</a>', answer.content.decode())


# What each question finds of a member who said all of fill_profile(), and the section that holds it.
QUESTIONS = {
    "?q=amelia": None,
    "?q=ame": None,
    "?q=broa": "bio",
    "?region=minho": "heritage",
    "?region=portugal": "heritage",
    "?q=minho": "heritage",
    "?interest=fado": "interests",
    "?q=fado": "interests",
    "?language=pt": "languages",
    "?language=pt-PT": "languages",
    "?borough=lambeth": "homearea",
    "?q=lambeth": "homearea",
}


@pytest.mark.parametrize("kind", [kind for kind in READERS if kind != "inactive"])
def test_a_question_finds_whom_it_may_by_what_they_show(client: Client, kind: str):
    owner = MemberFactory(profile__visibility="public", profile__display_name="Dona Amélia")
    fill_profile(owner, "private", bio="public", heritage="verified", interests="community", languages="verified")
    chosen = {
        "bio": "public",
        "heritage": "verified",
        "interests": "community",
        "languages": "verified",
        "homearea": "private",
    }
    reader = reader_of(kind, owner)
    come_as(client, reader)

    for query, section in QUESTIONS.items():
        # Even oneself one finds as the best informed of others would: the directory knows nobody's secrets.
        let_in = LET_INTO[kind] - {"private"} if kind != "owner" else {"public", "community"}
        expected = bool(let_in) and (section is None or chosen.get(section) in let_in)
        assert (found(client, query) == ["Dona Amélia"]) is expected, query


@pytest.mark.parametrize("visibility", ["public", "community", "verified", "private"])
@pytest.mark.parametrize("kind", [kind for kind in READERS if kind not in {"inactive", "owner"}])
def test_the_list_holds_whom_the_reader_may_see(client: Client, kind: str, visibility: str):
    owner = MemberFactory(profile__visibility=visibility, profile__display_name="Dona Amélia")
    come_as(client, reader_of(kind, owner))

    assert (found(client) == ["Dona Amélia"]) is (visibility in LET_INTO[kind])


def test_what_changes_is_found_at_once_and_what_goes_is_not(client: Client):
    owner = MemberFactory(profile__visibility="public", profile__display_name="Ana")
    fill_profile(owner, "public")
    with acting_as(owner):
        Bio.objects.filter(pk=owner.pk).update(text_pt="Faço queijadas.")
        HomeArea.objects.filter(pk=owner.pk).delete()
    assert (found(client, "?q=queijada"), found(client, "?q=broa"), found(client, "?borough=lambeth")) == (
        ["Ana"],
        [],
        [],
    )

    change(owner.profile, withdrawn_at=now())
    assert found(client) == []
    change(owner.profile, withdrawn_at=None, heritage_verified_at=now())
    assert found(client, "?verified=true") == ["Ana"]
    with as_role("owner"):
        Interest.objects.filter(slug="fado").update(name_pt="Cantigas")
    assert (found(client, "?q=cantiga"), found(client, "?q=fado")) == (["Ana"], ["Ana"])  # in English it is fado still
    with as_role("owner"):
        for section in SECTIONS:
            section.objects.all().delete()
        Profile.objects.all().delete()
        assert not Appearance.objects.exists()


def test_several_filters_hold_together_and_several_values_of_one_are_either(client: Client):
    for name in ("Ana", "Rui"):
        fill_profile(MemberFactory(profile__visibility="public", profile__display_name=name), "public")
    rui = Profile.objects.get(display_name="Rui")
    with acting_as(Member(pk=rui.pk)):
        rui.interests.chosen = ["futebol"]
        rui.interests.save()

    assert found(client, "?interest=fado&borough=lambeth") == ["Ana"]
    assert found(client, "?interest=fado,futebol&borough=lambeth") == ["Ana", "Rui"]
    assert found(client, "?interest=fado&q=rui") == []


def test_pages_follow_each_other_by_name_whatever_is_hidden_between(client: Client):
    names = [f"Ana {n:02}" for n in range(30)]
    for name in reversed(names):
        MemberFactory(profile__visibility="public", profile__display_name=name)
        MemberFactory(profile__visibility="community", profile__display_name=name + " escondida")

    first = client.get(address("members:list", "pt"))
    further = re.search(r'href="(\?cursor=[^"]+)"', first.content.decode()).group(1)

    assert found(client) == names[:24]
    assert found(client, further) == names[24:]
    assert client.get(address("members:list", "pt") + further + "&q=ana").status_code == 404
    assert client.get(address("members:list", "pt") + "?cursor=x").status_code == 404


@pytest.mark.parametrize(
    "query", ["?region=atlantis", "?verified=perhaps", "?borough=paris", "?language=tlh", "?q=" + "a" * 300]
)
def test_a_filter_that_cannot_be_read_is_said(client: Client, query: str):
    answer = client.get(address("members:list", "en") + query)

    assert answer.status_code == 400
    assert "nothing was searched" in answer.content.decode()


@pytest.mark.parametrize("query", ["?q=%27%22%5C%29%28%26%7C%21%3A*", "?q=de", "?q=***", "?q=a|b", "?q=%3Cscript%3E"])
def test_no_words_break_it(client: Client, query: str):
    assert found(client, query) == []


def test_a_page_asks_as_often_for_thirty_members_as_for_one(client: Client):
    path = address("members:list", "pt")
    fill_profile(MemberFactory(profile__visibility="public"), "public")
    client.get(path)
    once = count_queries(client, path)
    for _ in range(49):
        fill_profile(MemberFactory(profile__visibility="public"), "public")

    assert count_queries(client, path) == once


def test_the_table_behind_it_is_nobodys_to_read():
    for door in ("site", "desk", "worker"):
        with as_role(door), pytest.raises(Error, match="permission denied"), transaction.atomic():
            Appearance.objects.count()


def test_the_blocked_find_nobody_and_nobody_finds_them(client: Client):
    ana, rui = (MemberFactory(profile__visibility="community", profile__display_name=name) for name in ("Ana", "Rui"))
    BlockFactory(blocker=ana, blocked=rui)

    assert found(come_as(Client(), ana)) == ["Ana"]
    assert found(come_as(Client(), rui)) == ["Rui"]
