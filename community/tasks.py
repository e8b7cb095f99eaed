"""What is done for members behind the scenes: letters at once, tidying up at night."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import structlog
from django.db import connection, transaction
from django.utils.timezone import now
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from community.models import Letter, Session

logger = structlog.get_logger(__name__)

LETTERS_KEPT = timedelta(days=3)  # what could not be delivered by then is thrown away


class NotCarried(Exception):
    """The mail server did not take a letter. It says why in a word, never to whom."""


@app.task(retry=RetryStrategy(max_attempts=9, exponential_wait=4))
def send_letter(letter_id: str) -> None:
    """Send one letter and take it out of the outbox; if sending fails it is back there, to be tried again.

    Raises NotCarried if the mail server is away or will not have it for now.
    """
    with transaction.atomic():
        letter = Letter.objects.filter(pk=letter_id).first()
        if letter is None or not Letter.objects.filter(pk=letter_id).delete()[0]:
            return  # it was sent already
        try:
            letter.as_message().send()
        except SMTPRecipientsRefused as error:
            if any(code < 500 for code, _reason in error.recipients.values()):
                raise NotCarried("refused for now") from None
            logger.warning("letter_refused", codes=sorted({code for code, _reason in error.recipients.values()}))
        except OSError as error:  # SMTPException is one; its words may hold the address
            raise NotCarried(type(error).__name__) from None


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="clear_sessions", pass_context=False)
def clear_sessions(timestamp: int) -> None:
    """Forget the browsers whose login has run out."""
    Session.objects.filter(expire_date__lt=now()).delete()


@app.periodic(cron="27 3 * * *")
@app.task(queueing_lock="clear_letters", pass_context=False)
def clear_letters(timestamp: int) -> None:
    """Throw away the letters that nobody would take."""
    Letter.objects.filter(created_at__lt=now() - LETTERS_KEPT).delete()


@app.periodic(cron="37 3 * * *")
@app.task(queueing_lock="clear_audit", pass_context=False)
def clear_audit(timestamp: int) -> None:
    """Forget what was done more than two years ago: the database has one way to, and knows the age itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clear_audit()")
