"""Letters about listings. A job is written in the same transaction as what it tells of: it goes out with the commit."""

from __future__ import annotations

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

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
    request = ListingRequest.objects.get(pk=request_id)
    with translation.override(request.language):
        text = render_to_string(f"verification/mail/{letter}.txt", {"request": request})
    subject, _, body = text.strip().partition("\n\n")
    EmailMessage(" ".join(subject.split()), body + "\n", to=[request.email]).send()
