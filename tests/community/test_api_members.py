"""Members in the API: what one reads and changes of oneself, and what one is let see of others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from community.identity import acting_as
from community.models import Consent, Member, Profile
from community.models.tokens import Token
from tests.community.test_people_security import LET_INTO, READERS, reader_of
from tests.databases import as_role
from tests.factories import BlockFactory, MemberFactory, fill_profile

pytestmark = pytest.mark.django_db

ME = "/api/v1/members/me/"


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.API_LIMITS = {"anonymous": (100_000, 1), "member": (100_000, 1), "token": (100_000, 1)}


@pytest.fixture
def ana() -> Member:
    return MemberFactory(profile__display_name="Ana")


@pytest.fixture
def own(client: Client, ana: Member) -> Client:
    return come_as(client, ana)


def come_as(client: Client, member: Member | None) -> Client:
    if member:
        with as_role("owner"):
            client.force_login(member)
    return client


def patch(client: Client, body: Any, **headers: str) -> Any:
    return client.patch(ME, json.dumps(body), "application/json", headers=headers)


def problems(answer: Any) -> dict[str, str]:
    """The fields that were refused, and the code of each."""
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


# Others --------------------------------------------------------------------------------------------


def test_a_member_is_told_in_full_to_whom_they_let_see_it(client: Client):
    owner = MemberFactory(profile__visibility="public", profile__display_name="Dona Amélia")
    fill_profile(owner, "public")
    url = "http://localhost:8000/media/pictures/nobody.webp"

    answer = client.get(f"/api/v1/members/{owner.pk}/?lang=en&translations=true")

    assert answer["Cache-Control"] == "private, no-store"
    assert answer.json() == {
        "id": str(owner.pk),
        "url": f"http://localhost:8000/api/v1/members/{owner.pk}/",
        "page": f"http://localhost:8000/en/members/{owner.pk}/",
        "name": "Dona Amélia",
        "verified": False,
        "picture": {"url": url, "width": 480, "height": 480, "alt": "", "sizes": [{"url": url, "width": 480}]},
        "bio": "Faço broas.",
        "_fallback": {"bio": "pt"},
        "translations": {"pt": {"bio": "Faço broas."}, "en": {"bio": ""}},
        "regions": ["minho"],
        "interests": ["fado"],
        "languages": ["pt-PT"],
        "culture": {"fluency": "native", "meeting": "pt", "celebrations": ["june_feasts"]},
        "in_london_since": 1999,
        "home_area": {"borough": "Lambeth", "district": None},
    }


NOTHING = {
    "verified": False, "picture": None, "bio": "", "_fallback": {}, "regions": [], "interests": [], "languages": [],
    "culture": None, "in_london_since": None, "home_area": None,
}  # fmt: skip


def test_what_is_hidden_is_told_as_what_was_never_said(client: Client):
    silent = MemberFactory(profile__visibility="public", profile__display_name="Ana")
    hiding = MemberFactory(profile__visibility="public", profile__display_name="Ana")
    fill_profile(hiding, "community")

    told = [client.get(f"/api/v1/members/{member.pk}/").content for member in (silent, hiding)]

    assert told[0].replace(str(silent.pk).encode(), b"") == told[1].replace(str(hiding.pk).encode(), b"")
    assert {name: value for name, value in json.loads(told[1]).items() if name in NOTHING} == NOTHING


@pytest.mark.parametrize("kind", [kind for kind in READERS if kind != "inactive"])
@pytest.mark.parametrize("visibility", ["public", "community", "verified", "private"])
def test_a_member_is_there_for_whom_they_chose_and_else_as_if_they_were_not(client: Client, kind: str, visibility: str):
    owner = MemberFactory(profile__visibility=visibility)
    come_as(client, reader_of(kind, owner))
    nobody = client.get("/api/v1/members/00000000-0000-4000-8000-000000000000/")

    answer = client.get(f"/api/v1/members/{owner.pk}/")

    if visibility in LET_INTO[kind]:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
        same = {"instance": "", "timestamp": ""}
        assert answer.json() | same == nobody.json() | same
    assert answer["Cache-Control"] == "private, no-store"


def test_the_blocked_are_told_nothing(client: Client):
    owner, reader = MemberFactory(profile__visibility="public"), MemberFactory()
    BlockFactory(blocker=owner, blocked=reader)

    assert come_as(client, reader).get(f"/api/v1/members/{owner.pk}/").status_code == 404


# Oneself -------------------------------------------------------------------------------------------


def test_whoever_is_not_known_is_asked_who_they_are(client: Client):
    for answer in (client.get(ME), patch(client, {"name": "X"})):
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == 'Bearer realm="LusoTown"'
        assert answer.json()["code"] == "not_authenticated"


def test_one_reads_oneself_in_full_with_who_sees_what(own: Client, ana: Member):
    fill_profile(ana, "verified", bio="public")

    answer = own.get(ME)

    told = answer.json()
    assert answer["Cache-Control"] == "private, no-store"
    assert told["bio"] == {"visibility": "public", "text_pt": "Faço broas.", "text_en": ""}
    assert told["heritage"] == {"visibility": "verified", "regions": ["minho"]}
    assert told["home_area"] == {"visibility": "verified", "borough": "lambeth", "district": ""}
    assert told["legal_names"] == {"given_names": "Maria", "family_names": "Secreta"}
    assert (told["name"], told["visibility"], told["contact"]) == ("Ana", "private", "nobody")


def test_what_is_told_of_oneself_can_be_sent_back_as_it_is(own: Client, ana: Member):
    fill_profile(ana, "community")
    told = own.get(ME).json()
    told["portrait"].pop("picture")
    fixed = ("id", "url", "page", "verified")

    answer = patch(own, {name: value for name, value in told.items() if name not in fixed})

    assert answer.status_code == 200
    again = own.get(ME).json()
    again["portrait"].pop("picture")
    assert again == told


def test_a_few_fields_are_changed_and_the_rest_stays(own: Client, ana: Member):
    fill_profile(ana, "private")

    answer = patch(
        own, {"name": "Ana Lua", "bio": {"text_en": "I bake."}, "interests": {"visibility": "public"}, "arrival": None}
    )

    assert answer.status_code == 200
    told = answer.json()
    assert told["name"] == "Ana Lua"
    assert told["bio"] == {"visibility": "private", "text_pt": "Faço broas.", "text_en": "I bake."}
    assert told["interests"] == {"visibility": "public", "chosen": ["fado"]}
    assert told["arrival"] is None
    assert told["languages"]["chosen"] == ["pt-PT"]
    assert told == own.get(ME).json()


def test_if_match_keeps_two_writers_from_undoing_each_other(own: Client, ana: Member):
    read = own.get(ME)["ETag"]

    first = patch(own, {"name": "Ana Lua"}, **{"If-Match": read})
    second = patch(own, {"name": "Ana Sol"}, **{"If-Match": read})

    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json()["code"] == "precondition_failed"
    assert own.get(ME).json()["name"] == "Ana Lua"
    assert patch(own, {"name": "Ana Sol"}, **{"If-Match": first["ETag"]}).status_code == 200
    assert own.get(f"{ME}?lang=pt")["ETag"] == own.get(f"{ME}?lang=en")["ETag"]


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"colour": "red"}, {"colour": "unknown_field"}),
        ({"id": "x", "verified": True}, {"id": "unknown_field", "verified": "unknown_field"}),
        ({"bio": {"text_fr": "x"}}, {"bio.text_fr": "unknown_field"}),
        ({"heritage_verified_at": "2026-01-01"}, {"heritage_verified_at": "unknown_field"}),
        ({"name": "An\u202ea"}, {"name": "unseen"}),
        ({"name": "\u3164"}, {"name": "unseen"}),
        ({"visibility": "everyone"}, {"visibility": "invalid_choice"}),
        ({"interests": {"chosen": [f"i{n}" for n in range(10_000)]}}, {"interests.chosen": "max_length"}),
        ({"interests": {"chosen": ["hacking"]}}, {"interests.chosen": "invalid_choice"}),
        ({"interests": {"chosen": "fado"}}, {"interests.chosen": "not_a_list"}),
        ({"heritage": {"regions": ["minho"]}}, {"heritage.consents": "consent_needed"}),
        ({"arrival": {"year": 3026}}, {"arrival.year": "max_value"}),
        ({"arrival": {"year": 2099}}, {"arrival.year": "out_of_range"}),
        ({"home_area": {"district": "ZZ9"}}, {"home_area.district": "unknown_district"}),
        ({"bio": {"text_pt": "Liga 07700 900123", "visibility": "public"}}, {"bio": "contact_details"}),
        ({"legal_names": {"given_names": "Ana"}}, {"legal_names.family_names": "required"}),
        ([], {"non_field_errors": "invalid"}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_kept_is_refused_by_name_and_nothing_is(own: Client, ana: Member, body: Any, refused: dict):
    before = own.get(ME).content

    answer = patch(own, body | {"contact": "open"} if isinstance(body, dict) else body)

    assert problems(answer) == refused
    assert own.get(ME).content == before


def test_a_text_with_contact_details_is_kept_by_whoever_says_so(own: Client):
    body = {"bio": {"text_pt": "Liga 07700 900123", "visibility": "public"}, "publish_anyway": True}

    assert patch(own, body).status_code == 200


def test_heritage_is_kept_while_the_consent_to_it_stands(own: Client, ana: Member):
    with as_role("owner"):
        Consent.objects.create(member=ana, purpose="heritage", version="1")

    assert patch(own, {"heritage": {"regions": ["minho"], "visibility": "community"}}).status_code == 200
    assert patch(own, {"heritage": None}).json()["heritage"] is None


def test_a_body_beyond_all_measure_or_of_another_kind_is_refused(own: Client):
    assert own.patch(ME, b"x" * (3 * 1024 * 1024), "application/json").status_code == 413
    assert own.patch(ME, "name=x", "application/x-www-form-urlencoded").status_code == 415
    assert own.patch(ME, "{", "application/json").status_code == 400


def test_a_form_from_elsewhere_changes_nothing(ana: Member):
    careful = come_as(Client(enforce_csrf_checks=True), ana)

    assert patch(careful, {"name": "Rui"}).status_code == 403
    with as_role("owner"):
        assert Profile.objects.get(pk=ana.pk).display_name == "Ana"


def test_a_token_does_what_its_scopes_say(ana: Member):
    with acting_as(ana):
        _token, secret = Token.objects.issue(ana, name="App", scopes=["profile:read"], days=30, at=now())
    bearer = Client(headers={"Authorization": f"Bearer {secret}"})

    assert bearer.get(ME).status_code == 200
    assert patch(bearer, {"name": "Rui"}).status_code == 403
