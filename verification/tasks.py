"""Letters about listings, and what happens by itself around cases and their documents.

A job about a letter is written in the same transaction as what it tells of: it goes out with the commit.
"""

from __future__ import annotations

from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.utils.timezone import now
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from community.mail import compose
from verification import news, vanishing
from verification.claims import token_of
from verification.models import ListingRequest

RETRY = RetryStrategy(max_attempts=6, exponential_wait=5)


@app.task(retry=RETRY)
def acknowledge(request_id: str) -> None:
    """Tell whoever handed a request in that it has arrived."""
    _write(request_id, "received")


@app.task(retry=RETRY)
def answer(request_id: str) -> None:
    """Tell them what the desk decided."""
    _write(request_id, "answered")


def _write(request_id: str, letter: str) -> None:
    letter_about(ListingRequest.objects.get(pk=request_id), letter).send()


def letter_about(request: ListingRequest, letter: str) -> EmailMultiAlternatives:
    """The letter to whoever handed a request in: ``received``, or ``answered`` as its outcome says."""
    return compose(
        f"verification/mail/{letter}",
        to=request.email,
        language=request.language,
        context={"request": request, "token": token_of(request)},
    )


@app.periodic(cron="47 3 * * *")
@app.task(queueing_lock="clear_listing_requests", pass_context=False)
def clear_listing_requests(timestamp: int) -> None:
    """Forget what was decided more than two years ago; the database knows the age itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clear_listing_requests()")


@app.periodic(cron="57 3 * * *")
@app.task(queueing_lock="clear_reports", pass_context=False)
def clear_reports(timestamp: int) -> None:
    """Forget what was answered or looked at more than twelve months ago; the database knows the age itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clear_reports(), clear_first_posts()")


@app.periodic(cron="7 3 * * *")
@app.task(queueing_lock="end_cases", pass_context=False)
def end_cases(timestamp: int) -> None:
    """End badges after their five years and cases that nobody goes on with; forget what ended two years ago.

    What was written in a case goes in the night after fourteen days from its end. Whose badge ends within ninety days
    is to be told.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT expire_cases(), foresee_expiry(), forget_words_of_cases(), clear_cases()")


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="tell_members", pass_context=False)
def tell_members(timestamp: int) -> None:
    """Tell members what is new in their cases."""
    news.tell_members(at=now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="tell_the_desk_of_stops", pass_context=False)
def tell_the_desk_of_stops(timestamp: int) -> None:
    """Tell the others at the desk of whoever was stopped."""
    news.tell_the_desk_of_stops()


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="destroy_due_evidence", pass_context=False)
def destroy_due_evidence(timestamp: int) -> None:
    """Destroy the documents whose time has come, and unlink what is left of those that are gone."""
    vanishing.destroy_due(at=now())


@app.periodic(cron="33 4 * * *")
@app.task(queueing_lock="prove_nothing_is_overdue", pass_context=False)
def prove_nothing_is_overdue(timestamp: int) -> None:
    """Fail if a document, a file or words of a case are still there that should be gone."""
    vanishing.prove_nothing_is_overdue(at=now())
