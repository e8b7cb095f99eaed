"""What is done for members behind the scenes: letters at once, tidying up at night."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import structlog
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from community import erasure, exports, staff
from community.models import Erasure, Export, Letter, Session

logger = structlog.get_logger(__name__)

LETTERS_KEPT = timedelta(days=3)  # what could not be delivered by then is thrown away


EXPORT_GIVEN_UP = timedelta(minutes=2)  # whoever was making a copy then is not any more


class NotErased(Exception):
    """Some erasures wait for the next run; the log has their ids."""


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
@app.task(queueing_lock="clear_records", pass_context=False)
def clear_records(timestamp: int) -> None:
    """Forget what has been kept long enough. The database knows the ages itself: nothing else can be removed so."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clear_audit(), clear_old_traces(), clear_notices(), clear_staff_records()")
        cursor.execute(
            """
            DELETE FROM procrastinate_jobs AS job
             WHERE status NOT IN ('todo', 'doing')
               AND NOT EXISTS (SELECT FROM procrastinate_events
                                WHERE job_id = job.id AND at > now() - interval '7 days')
            """
        )


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="tell_administrators", pass_context=False)
def tell_administrators(timestamp: int) -> None:
    """Send the links of those whom two invited; tell the others, and whose rank it is, of changes."""
    staff.send_links()
    staff.tell_of_changes()


@app.task(retry=RetryStrategy(max_attempts=5, exponential_wait=3))
def make_export(export_id: str) -> None:
    """Make the copy of their data that a member asked for."""
    exports.make(export_id)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="keep_exports", pass_context=False)
def keep_exports(timestamp: int) -> None:
    """Remove the copies whose day is over, and begin those anew whose worker died over them."""
    exports.sweep(at=now())
    for export in Export.objects.filter(ready_at=None, asked_at__lt=now() - EXPORT_GIVEN_UP):
        exports.make(str(export.pk))


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="erase_members", pass_context=False)
def erase_members(timestamp: int) -> None:
    """Erase those whose day for second thoughts is over. One that fails holds up no other, and is tried again."""
    failed = 0
    for wish in Erasure.objects.due(at=now()):
        try:
            erasure.carry_out(wish)
        except (DatabaseError, OSError) as error:
            failed += 1
            logger.error("erasure_failed", erasure=str(wish.pk), error=type(error).__name__)
    if failed:
        raise NotErased(f"{failed} not erased yet")
