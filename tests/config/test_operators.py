"""What an operator relies on: who may read the numbers, and what is said of who answers for the town."""

from __future__ import annotations

import pytest

from config.checks import someone_answers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::ffff:127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "10.1.2.3"}, 404),
        ({"REMOTE_ADDR": "203.0.113.9"}, 404),
        ({"REMOTE_ADDR": ""}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 404),
    ],
)
def test_the_numbers_are_for_this_machine_alone(client, headers, status):
    assert client.get("/metrics", **headers).status_code == status


def test_an_operator_can_let_a_private_network_read_the_numbers(client, settings):
    settings.METRICS_NETWORKS = ["10.0.0.0/8"]

    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 404


@pytest.mark.parametrize(
    ("path", "unset"),
    [
        ("/en/privacy/", "No address has been given yet"),
        ("/en/about/", "No address has been given yet"),
        ("/pt/privacidade/", "Ainda não foi indicado nenhum endereço"),
    ],
)
def test_whoever_reads_learns_who_answers_for_the_town(client, settings, path, unset):
    settings.CONTACT_EMAIL = settings.DATA_CONTROLLER = ""
    assert unset in " ".join(client.get(path).content.decode().split())

    settings.CONTACT_EMAIL, settings.DATA_CONTROLLER = "ola@town.example", "Associação da Praça & Filhos"
    page = client.get(path).content.decode()
    assert '<a href="mailto:ola@town.example">ola@town.example</a>' in page
    assert "Associação da Praça &amp; Filhos" in page
    assert unset not in " ".join(page.split())


def test_a_deployment_that_nobody_answers_for_is_warned_of(settings):
    settings.CONTACT_EMAIL = settings.DATA_CONTROLLER = ""
    assert [warning.id for warning in someone_answers()] == ["town.W001", "town.W002"]

    settings.CONTACT_EMAIL, settings.DATA_CONTROLLER = "ola@town.example", "Associação da Praça"
    assert someone_answers() == []
