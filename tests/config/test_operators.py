"""What an operator relies on: who may read the numbers, and what is said of who answers for the town."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings as town

from community.incoming import Unreadable, open_binary
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


def run(*words: str, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, cwd=town.BASE_DIR, env=os.environ | environment, capture_output=True, text=True, timeout=60
    )


def test_an_import_without_a_database_ends_with_one_line_that_holds_no_password():
    done = run("import_boroughs", "/nowhere", DATABASE_URL_OWNER="postgres://lusotown_owner:geheim@127.0.0.1:1/town")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The database does not answer: ")
    assert len(done.stderr.splitlines()) == 1
    assert "geheim" not in done.stderr


@pytest.mark.parametrize("source", ["http://me:geheim@127.0.0.1:1/x", "http://me:gehe%40im@127.0.0.1:1/x"])
def test_a_password_in_an_address_is_not_repeated(source):
    with pytest.raises(Unreadable) as refusal, open_binary(source):
        pass

    assert str(refusal.value).startswith("http://127.0.0.1:1/x: ")
