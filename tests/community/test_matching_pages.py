"""Matching as members and programs meet it: the page, its words in both languages, and the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import translation
from django.utils.timezone import now

from community.identity import acting_as
from community.matching import Common
from community.models import Consent, Heritage, Interests, MatchingChoice, Member, Token
from community.models.matching import WORDING
from community.reasons import reason, words_of
from tests.databases import as_role
from tests.doors import PASSWORD, log_in
from tests.factories import BlockFactory, MemberFactory

pytestmark = pytest.mark.django_db


def someone(
    name: str, *, regions: tuple[str, ...] = (), interests: tuple[str, ...] = (), opted_in: bool = True
) -> Member:
    """A member who shows members all of this, and takes part."""
    member = MemberFactory(profile__visibility="community", profile__display_name=name, password=PASSWORD)
    with as_role("owner"):
        Consent.objects.create(member=member, purpose="heritage", version="1")
        Heritage.objects.create(profile=member.profile, regions=list(regions), visibility="community")
        Interests.objects.create(profile=member.profile, chosen=list(interests), visibility="community")
        choice = MatchingChoice.objects.create(member=member)
        if opted_in:
            choice.opt_in(at=now())
    return member


def with_key(member: Member, *scopes: str) -> dict[str, str]:
    with acting_as(member):
        _, secret = Token.objects.issue(member, name="Script", scopes=list(scopes), days=1, at=now())
    return {"Authorization": f"Bearer {secret}"}


def logged_in(member: Member) -> Client:
    client = Client()
    assert log_in(client, member, path="/en/account/login/").status_code == 302
    return client


def still_there(client: Client) -> Client:
    """Type the password once more, as before any dangerous step."""
    assert client.post("/en/account/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client


def test_the_api_lists_matches_best_first_with_their_reasons(client):
    ana = someone("Ana", regions=("minho",), interests=("fado", "futebol", "cinema"))
    rui = someone("Rui", regions=("minho",), interests=("fado", "futebol"))
    eva = someone("Eva", interests=("cinema",))
    someone("Ivo", interests=("horta",))

    answer = client.get("/api/v1/members/me/matches/", headers=with_key(ana, "profile:read"))

    rows = answer.json()
    assert (rows["next"], rows["previous"]) == (None, None)
    assert rows["results"][0] == {
        "member": {
            "id": str(rui.pk),
            "url": f"http://localhost:8000/api/v1/members/{rui.pk}/",
            "page": f"http://localhost:8000/en/members/{rui.pk}/",
            "name": "Rui",
            "verified": False,
            "picture": None,
        },
        "score": 1.0,
        "reasons": {"regions": ["minho"], "interests": ["fado", "futebol"]},
    }
    assert [(row["member"]["id"], row["score"]) for row in rows["results"][1:]] == [(str(eva.pk), 0.7)]
    assert answer["Cache-Control"] == "private, no-store"


def test_the_api_says_how_two_members_match_and_404_alike_for_whoever_is_not_to_be_seen(client):
    ana, rui = someone("Ana", regions=("minho",)), someone("Rui", regions=("minho",))
    out, blocker = someone("Out", regions=("minho",), opted_in=False), someone("Blocker", regions=("minho",))
    BlockFactory(blocker=blocker, blocked=ana)
    headers = with_key(ana, "profile:read")

    good = client.get(f"/api/v1/members/{rui.pk}/compatibility/", headers=headers)
    rest = [
        client.get(f"/api/v1/members/{pk}/compatibility/", headers=headers)
        for pk in (out.pk, blocker.pk, ana.pk, Member().pk)
    ]

    assert good.json() == {"score": 0.6, "reasons": {"regions": ["minho"], "interests": []}}
    assert {answer.status_code for answer in rest} == {404}
    assert len({str(answer.json() | {"instance": "", "timestamp": ""}) for answer in rest}) == 1


@pytest.mark.parametrize("address", ["/api/v1/members/me/matches/", "/api/v1/members/{pk}/compatibility/"])
def test_matches_need_a_member_and_a_scope(client, address):
    ana = someone("Ana")
    address = address.format(pk=ana.pk)

    assert client.get(address).status_code == 401
    assert client.post(address, headers=with_key(ana)).status_code == 405
    assert client.get(address, headers=with_key(ana, "profile:write")).status_code == 403
    assert logged_in(ana).get(address).status_code in {200, 404}


def test_a_list_asks_as_often_for_many_as_for_one(client, django_assert_max_num_queries):
    ana = someone("Ana", interests=("fado",))
    headers = with_key(ana, "profile:read")
    for number in range(5):
        someone(f"Rui {number}", interests=("fado",))

    with django_assert_max_num_queries(12):
        assert len(client.get("/api/v1/members/me/matches/", headers=headers).json()["results"]) == 5


def test_a_sixth_change_is_a_problem_that_says_when_it_frees_up(client, monkeypatch):
    ana = someone("Ana", interests=("fado",))
    with as_role("owner"):
        MatchingChoice.objects.update(changes=5, changed_on=now())
    monkeypatch.setattr("community.api.find_places", lambda _: Interests.objects.update(chosen=["horta"]))

    answer = client.get("/api/v1/places/?q=sw8&lang=en", headers=with_key(ana))

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_changes")
    assert 0 < int(answer["Retry-After"]) <= 25 * 3600


NAMED = Common(["minho"], ["fado", "futebol"])


@pytest.mark.parametrize(
    ("common", "english", "portuguese"),
    [
        (NAMED, "Both from Minho; you share fado and football.",
         "Têm as mesmas raízes (Minho) e interesses em comum: fado e futebol."),
        (Common(["beiras", "minho"], ["fado"]), "Both from the Beiras and Minho; you share fado.",
         "Têm as mesmas raízes (Beiras e Minho) e um interesse em comum: fado."),
        (Common(["madeira", "minho", "porto"], []), "Both from Madeira, Minho and Porto.",
         "Têm as mesmas raízes: Madeira, Minho e Porto."),
        (Common([], ["cinema"]), "You share film.", "Têm um interesse em comum: cinema."),
        (Common([], ["cinema", "kizomba", "fado"]), "You share film; kizomba and semba; and fado.",
         "Têm interesses em comum: cinema; kizomba e semba; e fado."),
        (Common([], ["cinema", "fado", "futebol", "futsal", "leitura"]), "You share film, fado, football and 2 more.",
         "Têm interesses em comum: cinema, fado, futebol e mais 2."),
        (Common([], ["gone"]), "Nothing in common that both of you show.",
         "Nada em comum, no que mostram um ao outro."),
    ],
)  # fmt: skip
def test_a_reason_is_a_sentence_in_either_language(common, english, portuguese):
    said = {}
    for language in ("en", "pt"):
        with translation.override(language):
            said[language] = reason(common, words_of([common]))

    assert said == {"en": english, "pt": portuguese}


def page(client: Client, address: str = "/en/members/matches/") -> Any:
    return client.get(address).content.decode()


def test_nobody_is_matched_before_they_said_yes_and_no_longer_once_they_said_no():
    ana = someone("Ana", regions=("minho",), interests=("fado", "futebol"), opted_in=False)
    someone("Rui Teste", regions=("minho",), interests=("fado", "futebol"))
    client = logged_in(ana)

    assert "What is compared" in page(client)
    assert "Rui Teste" not in page(client)
    client.post("/en/members/matches/choice/", {"choice": "in"})
    assert "Rui Teste" in page(client)
    assert "Both from Minho; you share fado and football." in page(client)
    assert "Têm as mesmas raízes (Minho) e interesses em comum: fado e futebol." in page(
        client, "/pt/membros/afinidades/"
    )
    client.post("/pt/membros/afinidades/escolha/", {"choice": "out"})
    assert "Rui Teste" not in page(client)


def test_whoever_changed_enough_for_today_is_told_so_and_can_still_leave():
    ana = someone("Ana", interests=("fado",))
    with as_role("owner"):
        MatchingChoice.objects.update(changes=5, changed_on=now())
    client = logged_in(ana)

    client.post("/en/members/matches/choice/", {"choice": "out"})
    client.post("/en/members/matches/choice/", {"choice": "in"})

    assert "five times today" in page(client)
    with acting_as(ana):
        assert MatchingChoice.objects.get().opted_in_at is None


def test_taking_part_is_a_consent_in_ones_history_and_taken_back_there_it_ends():
    ana = someone("Ana", interests=("fado",), opted_in=False)
    someone("Rui Teste", interests=("fado",))
    client = logged_in(ana)
    client.post("/en/members/matches/choice/", {"choice": "in"})
    assert "Rui Teste" in page(client)
    history = page(client, "/en/account/my-data/consents/")
    assert "To be matched with others who take part" in history
    assert 'value="matching"' in history

    client.post("/en/account/my-data/consents/withdraw/", {"purpose": "matching"})

    assert "Rui Teste" not in page(client)
    assert "What is compared" in page(client)
    client.post("/en/members/matches/choice/", {"choice": "in"})
    client.post("/en/members/matches/choice/", {"choice": "out"})
    with acting_as(ana):
        consents = Consent.objects.filter(purpose="matching").values_list("version", "withdrawn_at")
        assert [(version, at is None) for version, at in consents] == [(WORDING, False)] * 2
        assert MatchingChoice.objects.get().opted_in_at is None


def test_nobody_is_matched_without_a_consent_whoever_writes_the_row():
    ana = someone("Ana", opted_in=False)
    for role in ("site", "owner"):
        with as_role(role), acting_as(ana), pytest.raises(IntegrityError, match="consent of its own"):
            MatchingChoice.objects.filter(member=ana).update(opted_in_at=now())


def test_a_stranger_is_asked_to_log_in():
    assert Client().get("/en/members/matches/")["Location"].startswith("/en/account/login/")
    assert Client().post("/en/members/matches/choice/", {"choice": "in"})["Location"].startswith("/en/account/login/")


def test_a_key_is_made_after_a_fresh_login_shown_once_and_dead_when_revoked():
    ana = someone("Ana")
    client = still_there(logged_in(ana))

    made = client.post("/en/account/tokens/new/", {"name": "Script\u202e", "scopes": ["profile:read"], "days": "30"})
    secret = made.context["secret"]
    assert secret in made.content.decode()
    assert made["Cache-Control"] == "private, no-store"
    shown = page(client, "/en/account/tokens/")
    assert ("<strong>Script</strong>" in shown, secret in shown) == (True, False)
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/members/me/matches/", headers=headers).status_code == 200

    client.post(f"/en/account/tokens/{made.context['token'].pk}/revoke/")

    assert Client().get("/api/v1/members/me/matches/", headers=headers).status_code == 401


def test_making_a_key_asks_once_more_who_one_is():
    client = logged_in(someone("Ana"))

    for answer in (client.get("/en/account/tokens/new/"), client.post("/en/account/tokens/new/", {"name": "x"})):
        assert answer["Location"].startswith("/en/account/reauthenticate/")


def test_a_form_that_is_refused_keeps_what_was_typed():
    client = still_there(logged_in(someone("Ana")))

    answer = client.post("/en/account/tokens/new/", {"name": "My calendar", "scopes": ["everything"], "days": "30"})

    assert 'value="My calendar"' in answer.content.decode()
    assert answer.context["form"].errors.keys() == {"scopes"}


def test_nobody_revokes_anothers_key():
    ana, rui = someone("Ana"), someone("Rui")
    with acting_as(ana):
        token, _ = Token.objects.issue(ana, name="Mine", scopes=[], days=1, at=now())

    assert logged_in(rui).post(f"/en/account/tokens/{token.pk}/revoke/").status_code == 404
    with acting_as(ana):
        assert Token.objects.get().revoked_at is None
