from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection

from community.models import Language
from config.problems import KINDS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.API_LIMITS = {"anonymous": (100_000, 1), "member": (100_000, 1)}


def test_a_problem_has_every_member_the_contract_names(client):
    answer = client.get("/api/v1/events/?colour=red&lang=en")

    assert answer.json() | {"timestamp": ""} == {
        "type": "http://localhost:8000/api/v1/docs/#problem-invalid",
        "title": "This request cannot be understood.",
        "status": 400,
        "detail": "Something in it is not as it should be.",
        "instance": "/api/v1/events/",
        "code": "invalid",
        "timestamp": "",
        "errors": [{"field": "colour", "code": "unknown_parameter", "detail": "There is no such parameter here."}],
    }


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/api", 404, "not_found"),
        ("/api/", 404, "not_found"),
        ("/api/v1/nothing/here", 404, "not_found"),
        ("/api/v1/events/not-a-uuid/", 404, "not_found"),
        ("/api/v1/events/00000000-0000-0000-0000-000000000000/", 404, "not_found"),
        ("/api/v1/businesses/00000000-0000-0000-0000-000000000000/", 404, "not_found"),
        ("/api/v2/events/", 404, "not_found"),
        ("/api/v1/events/?q=%ff", 400, "invalid"),
        ("/api/v1/events/?q=%00", 400, "invalid"),
        ("/api/v1/ev%ffents/", 400, "invalid"),
        ("/api/v1/eventos-são/", 404, "not_found"),
        ("/api/v1/places/", 400, "invalid"),
        ("/api/v1/places/?q=" + "a" * 101, 400, "invalid"),
        ("/api/v1/events/?" + "&".join(f"a{n}=1" for n in range(2000)), 400, "invalid"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_whatever_is_wrong_under_the_api_is_a_problem_and_never_a_page(client, address, status, code):
    answer = client.get(address)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["code"] == code
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_what_only_reads_refuses_to_write(client, method):
    answer = getattr(client, method)("/api/v1/events/", data="{", content_type="application/json")

    assert (answer.status_code, answer.json()["code"], answer["Allow"]) == (
        405, "method_not_allowed", "GET, HEAD, OPTIONS"
    )  # fmt: skip


def test_while_the_database_is_away_the_answer_says_when_to_come_back(client):
    client.get("/api/v1/taxonomy/")  # reads the addresses, some of which name a queryset
    with patch.object(Language.objects.__class__, "get_queryset", side_effect=OperationalError("away")):
        answer = client.get("/api/v1/taxonomy/")

    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "unavailable", "5")


@pytest.mark.parametrize(
    ("address", "cookie", "media_type"),
    [
        ("/pt/", "", "text/html; charset=utf-8"),
        ("/en/events/pins.json", "", "text/html; charset=utf-8"),
        ("/pt/", "lusotown", "text/html; charset=utf-8"),
        ("/api/v1/taxonomy/", "lusotown", "application/problem+json"),
    ],
)
def test_while_the_database_is_away_pages_and_visitors_with_a_session_hear_it_too(client, address, cookie, media_type):
    client.raise_request_exception = False
    if cookie:
        client.cookies[cookie] = "a" * 32
    with patch.object(connection, "cursor", side_effect=OperationalError("away")):
        answer = client.get(address)

    assert (answer.status_code, answer["Retry-After"], answer["Content-Type"]) == (503, "5", media_type)


def test_an_error_of_ours_is_a_problem_without_a_traceback(client):
    client.raise_request_exception = False
    with patch("community.api.find_places", side_effect=RuntimeError("secret")):
        answer = client.get("/api/v1/places/?q=stockwell")

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert b"secret" not in answer.content


@pytest.mark.parametrize(
    ("query", "accept", "language"),
    [
        ("", "", "en"),
        ("", "pt-BR,en;q=0.5", "pt"),
        ("", "fr, de;q=0.9", "en"),
        ("?lang=pt", "en", "pt"),
        ("?lang=en", "pt", "en"),
    ],
)
def test_the_language_is_the_parameters_then_the_headers_then_english(client, query, accept, language):
    client.cookies["lusotown_language"] = "pt"

    answer = client.get(f"/api/v1/taxonomy/{query}", headers={"Accept-Language": accept})

    assert answer["Content-Language"] == language
    assert "Accept-Language" in answer["Vary"]
    names = {row["slug"]: row["name"] for row in answer.json()["categories"]}
    assert names["cuisine"] == {"pt": "Culinária", "en": "Food and drink"}[language]


def test_a_public_answer_is_cached_for_a_minute_and_known_again_by_its_etag(client):
    first = client.get("/api/v1/taxonomy/")

    assert first["Cache-Control"] == "public, max-age=60"
    assert not first["ETag"].startswith("W/")
    assert "Cookie" not in first["Vary"]
    again = client.get("/api/v1/taxonomy/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert client.get("/api/v1/taxonomy/?lang=pt")["ETag"] != first["ETag"]


def test_a_packed_answer_keeps_a_strong_etag_of_its_own(client):
    plain = client.get("/api/v1/taxonomy/")
    packed, again = (client.get("/api/v1/taxonomy/", headers={"Accept-Encoding": "gzip, br"}) for _ in range(2))

    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 3
    assert (packed["ETag"], packed.content) == (again["ETag"], again.content)
    assert packed["ETag"] not in {plain["ETag"], ""}
    assert not packed["ETag"].startswith("W/")


def test_any_origin_may_read_but_not_with_cookies(client):
    answer = client.get("/api/v1/taxonomy/", headers={"Origin": "https://elsewhere.example"})

    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer
    assert "ETag" in answer["Access-Control-Expose-Headers"]


def test_head_says_what_get_would_without_saying_it(client):
    answer = client.head("/api/v1/taxonomy/")

    assert (answer.status_code, answer.content, answer["ETag"]) == (200, b"", client.get("/api/v1/taxonomy/")["ETag"])


def test_what_a_problem_is_called_leads_to_what_it_means(client):
    docs = client.get("/api/v1/docs/?lang=pt").content.decode()
    named = client.get("/api/v1/events/?colour=red").json()["type"]

    assert named.split("#")[0] == "http://localhost:8000/api/v1/docs/"
    assert [code for code, *_words in KINDS.values() if f'id="problem-{code}"' not in docs] == []
    assert f'id="{named.split("#")[1]}"' in docs
    assert '<html lang="pt"' in docs


SAME_IN_BOTH = {"LusoTown", "Markdown", "", "No response body", " fallback"}


def words_of(told: object) -> Iterator[str]:
    """Every word for people in the description, in the order it has them."""
    for key, value in told.items() if isinstance(told, dict) else enumerate(told if isinstance(told, list) else ()):
        if key in {"title", "summary", "description"} and isinstance(value, str):
            yield value
        yield from words_of(value)


def test_everything_in_the_description_is_said_in_the_language_that_is_read(client):
    told = [list(words_of(client.get("/api/v1/schema/", {"lang": language}).json())) for language in ("pt", "en")]

    assert len(told[0]) > 400
    assert {words[0] for words in zip(*told, strict=True) if words[0] == words[1]} - SAME_IN_BOTH == set()
    operations = client.get("/api/v1/schema/").json()["paths"].values()
    assert all(call["summary"] and call["description"] for calls in operations for call in calls.values())


def test_the_page_of_the_api_says_what_its_description_says(client):
    described = client.get("/api/v1/schema/", {"lang": "en"}).json()
    page = unescape(client.get("/api/v1/docs/", {"lang": "en"}).content.decode())

    for address, calls in described["paths"].items():
        assert f"<code>{address}</code>" in page
        for call in calls.values():
            assert f'id="{call["operationId"]}"' in page
            assert {told["name"] for told in call["parameters"]} <= set(re.findall(r"<code>([\w-]+)</code>", page))
    for name, shape in described["components"]["schemas"].items():
        assert (f'id="{name}"' in page) == ("properties" in shape)
    anchors = re.findall(r'href="#([\w-]+)"', page)
    assert set(anchors) <= set(re.findall(r'id="([\w-]+)"', page))
    ids = re.findall(r' id="([\w-]+)"', page)
    assert len(ids) == len(set(ids))
    assert 'results: <a href="#Event">Event</a>[] }' in page
    assert "-F file=@FILE \\\n  -F kind=KIND" in page


@pytest.mark.parametrize(("path", "status"), [("/%ff", 400), ("/pt/%ff/", 400), ("/pt/lugares/são-nada/", 404)])
def test_an_address_that_is_no_text_is_refused_and_one_with_accents_is_not(client, path, status):
    assert client.get(path).status_code == status
