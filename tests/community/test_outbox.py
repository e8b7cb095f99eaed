from __future__ import annotations

from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import BadHeaderError, EmailMessage, EmailMultiAlternatives
from django.db import DatabaseError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from community.mail import compose
from community.models import Letter
from community.outbox import TerminalBackend
from community.tasks import NotCarried, send_letter
from tests.databases import as_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def outbox(settings) -> None:
    settings.EMAIL_BACKEND = "community.outbox.OutboxBackend"


def letters() -> list[Letter]:
    with as_role("owner"):
        return list(Letter.objects.all())


def jobs() -> list[dict[str, str]]:
    with as_role("owner"):
        return list(ProcrastinateJob.objects.values_list("args", flat=True))


def carry(settings, letter: Letter) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with as_role("worker"):
        send_letter.func(letter_id=str(letter.pk))


@pytest.mark.parametrize("door", ["site", "desk"])
@pytest.mark.usefixtures("outbox")
def test_what_a_door_sends_waits_for_the_worker_and_its_job_carries_an_id_alone(door, settings):
    with as_role(door):
        EmailMessage("Olá", "Bom dia", to=["ana@example.org"], headers={"List-Unsubscribe": "<https://x>"}).send()

    assert mail.outbox == []
    (letter,) = letters()
    assert jobs() == [{"letter_id": str(letter.pk)}]
    carry(settings, letter)
    (message,) = mail.outbox
    assert (message.subject, message.body, message.to) == ("Olá", "Bom dia", ["ana@example.org"])
    assert message.extra_headers["List-Unsubscribe"] == "<https://x>"
    assert letters() == []


@pytest.mark.usefixtures("outbox")
def test_a_job_that_runs_twice_sends_once(settings):
    EmailMessage("Olá", "Bom dia", to=["ana@example.org"]).send()
    (letter,) = letters()

    carry(settings, letter)
    carry(settings, letter)

    assert len(mail.outbox) == 1


@pytest.mark.usefixtures("outbox")
def test_what_is_rolled_back_is_never_sent():
    with transaction.atomic():
        EmailMessage("Olá", "Bom dia", to=["ana@example.org"]).send()
        transaction.set_rollback(True)

    assert letters() == []
    assert jobs() == []


@pytest.mark.usefixtures("outbox")
def test_while_the_mail_server_is_away_the_letter_stays_and_its_address_is_in_no_error(settings, monkeypatch):
    EmailMessage("Olá", "Bom dia", to=["ana@example.org"]).send()
    (letter,) = letters()

    def away(self, messages):
        raise SMTPServerDisconnected("lost while writing to ana@example.org")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
    with pytest.raises(NotCarried) as raised:
        carry(settings, letter)

    assert "ana" not in str(raised.value)
    assert raised.value.__suppress_context__
    assert letters() == [letter]


@pytest.mark.usefixtures("outbox")
def test_an_address_that_does_not_exist_is_not_tried_again(settings, monkeypatch):
    EmailMessage("Olá", "Bom dia", to=["ana@example.org"]).send()
    (letter,) = letters()

    def refuse(self, messages):
        raise SMTPRecipientsRefused({"ana@example.org": (550, b"no such person")})

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    carry(settings, letter)

    assert letters() == []


@pytest.mark.parametrize("verb", ["SELECT * FROM {}", "UPDATE {} SET subject = ''", "DELETE FROM {}"])
@pytest.mark.parametrize("door", ["site", "desk"])
def test_a_door_cannot_read_nor_change_what_is_in_the_outbox(door, verb):
    with as_role(door), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(verb.format("community_letter"))


@pytest.mark.parametrize(
    "fields", [{"subject": "Olá\nBcc: all@example.org"}, {"to": ["ana@example.org\nBcc: all@example.org"]}]
)
@pytest.mark.usefixtures("outbox")
def test_a_line_break_in_a_header_is_refused(fields):
    with pytest.raises(BadHeaderError):
        EmailMessage(**({"subject": "Olá", "body": "x", "to": ["ana@example.org"]} | fields)).send()

    assert letters() == []


@pytest.mark.parametrize(("language", "words"), [("pt", "a praça dos falantes"), ("en", "the town square")])
def test_a_mail_is_text_and_html_in_its_readers_language(language, words):
    message = compose(
        "verification/mail/received",
        to="rui@example.org",
        language=language,
        context={"request": {"business_name": "<b>Casa</b>", "name": "Rui", "kind": "claim"}, "token": "t"},
    )

    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    assert f'<html lang="{language}">' in html
    assert "&lt;b&gt;Casa&lt;/b&gt;" in html
    assert "<b>Casa</b>" in message.body
    assert "prefers-color-scheme: dark" in html


def test_a_town_without_a_mail_server_writes_letters_in_the_terminal_as_text_alone(capsys):
    letter = EmailMultiAlternatives(
        "LusoTown: o seu código", "Que bom que veio!\n\n    ABCD-EFGH\n", to=["eva@example.org"]
    )
    letter.attach_alternative("<p>Que bom que veio!</p>", "text/html")

    TerminalBackend().send_messages([letter])

    said = capsys.readouterr().out
    assert "eva@example.org: LusoTown: o seu código\n" in said
    assert "    ABCD-EFGH\n" in said
    assert "<p>" not in said


def test_every_letter_says_in_its_subject_whom_it_is_from():
    letters = [
        each for each in (settings.BASE_DIR / "templates").rglob("*.txt") if each.parent.name in {"mail", "email"}
    ]
    silent = [each.name for each in letters if "LusoTown" not in each.read_text().split("\n", 1)[0]]

    assert len(letters) > 20
    assert silent == []
