"""The API's limits, against the real Redis."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import pytest
from django.test import Client
from redis import ConnectionError as RedisAway

from community.limits import ClientLimit, Policy

TEN_IN_TEN = Policy("anonymous", 10, 10)


def test_of_fifty_clients_at_once_exactly_ten_get_through():
    limit = ClientLimit()

    with ThreadPoolExecutor(50) as crowd:
        standings = list(crowd.map(lambda _: limit.ask(TEN_IN_TEN, "crowd"), range(200)))

    assert sum(standing.is_through for standing in standings) == 10


def test_the_window_slides_and_what_was_refused_does_not_count():
    limit, policy = ClientLimit(), Policy("short", 2, 1)

    first = [limit.ask(policy, "one").is_through for _ in range(5)]
    time.sleep(1.05)
    second = [limit.ask(policy, "one").is_through for _ in range(3)]

    assert (first, second) == ([True, True, False, False, False], [True, True, False])


def test_each_client_has_a_limit_of_their_own():
    limit, policy = ClientLimit(), Policy("short", 1, 10)

    assert [limit.ask(policy, who).is_through for who in ("a", "b", "a")] == [True, True, False]


def test_an_answer_says_how_much_is_left_and_a_refusal_when_to_come_back():
    client = Client(REMOTE_ADDR="192.0.2.7")

    answers = [client.get("/api/v1/nothing") for _ in range(11)]

    assert {answer["RateLimit-Policy"] for answer in answers} == {'"anonymous";q=10;w=10'}
    assert answers[0]["RateLimit"] == '"anonymous";r=9;t=10'
    assert [answer.status_code for answer in answers] == [404] * 10 + [429]
    refused = answers[-1]
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "throttled"
    assert 1 <= int(refused["Retry-After"]) <= 10
    assert Client(REMOTE_ADDR="192.0.2.8").get("/api/v1/nothing").status_code == 404


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/docs/?utm_source=letter", 200),
        ("/api/v1/events/?q=%ff", 400),
        ("/api/v1/events/?" + "&".join(f"a{n}=1" for n in range(2000)), 400),
        ("/api/v1/ev%ffents/", 400),
        ("/api/v2/events/", 404),
        ("/api", 404),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_no_list_answers_counts_and_says_so_too(address, status):
    client = Client(REMOTE_ADDR="192.0.2.7")

    answers = [client.get(address) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [status] * 10 + [429]
    assert [answer["RateLimit"].partition(";t=")[0] for answer in answers] == [
        f'"anonymous";r={left}' for left in (*range(9, -1, -1), 0)
    ]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"anonymous";q=10;w=10'}
    assert answers[-1].json()["code"] == "throttled"
    assert 1 <= int(answers[-1]["Retry-After"]) <= 10


def test_an_error_of_ours_counts_once():
    client = Client(REMOTE_ADDR="192.0.2.7", raise_request_exception=False)

    with patch("community.api.find_places", side_effect=RuntimeError):
        answer = client.get("/api/v1/places/?q=s")

    assert (answer.status_code, answer["RateLimit"]) == (500, '"anonymous";r=9;t=10')
    assert client.get("/api/v1/nothing")["RateLimit"].startswith('"anonymous";r=8;')


def test_a_page_has_no_limit_to_tell_of(client):
    assert "RateLimit-Policy" not in client.get("/en/about/?q=%ff")


def test_addresses_of_one_ipv6_network_are_one_client():
    first, second = Client(REMOTE_ADDR="2001:db8::1"), Client(REMOTE_ADDR="2001:db8::ffff")

    assert first.get("/api/v1/nothing")["RateLimit"].startswith('"anonymous";r=9;')
    assert second.get("/api/v1/nothing")["RateLimit"].startswith('"anonymous";r=8;')


def test_a_forwarded_address_counts_only_behind_a_proxy_of_ours(client):
    for number in range(10):
        client.get("/api/v1/nothing", headers={"X-Forwarded-For": f"198.51.100.{number}"})

    assert client.get("/api/v1/nothing", headers={"X-Forwarded-For": "198.51.100.99"}).status_code == 429


def test_while_redis_is_away_nobody_is_refused(client):
    with (
        patch("community.limits._script", return_value=lambda **_: (_ for _ in ()).throw(RedisAway())),
        patch.object(ClientLimit, "_away_until", 0.0),
    ):
        answers = [client.get("/api/v1/nothing") for _ in range(15)]

    assert [answer.status_code for answer in answers] == [404] * 15
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"anonymous";q=10;w=10'}
