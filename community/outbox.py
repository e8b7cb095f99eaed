"""The doors' mail: what they send becomes a row and a job of the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends import console
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import BadHeaderError
from django.db import transaction
from django.utils.translation import get_language

from community.models import Letter
from community.tasks import send_letter

HTML = "text/html"


class OutboxBackend(BaseEmailBackend):
    """Django's way of sending mail, at the doors: nothing leaves before the commit, and the job carries an id alone."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Put each message in the outbox, one letter a recipient.

        Raises BadHeaderError if a line break stands in a header, ValueError for attachments.
        """
        letters = [letter for message in email_messages for letter in _letters(message)]
        with transaction.atomic():
            Letter.objects.bulk_create(letters)
            for letter in letters:
                send_letter.defer(letter_id=str(letter.pk))
        return len(letters)


class TerminalBackend(console.EmailBackend):
    """The mail of a town without a mail server, as on a first try: written in the terminal, as text alone."""

    def write_message(self, message: EmailMessage) -> None:
        head = f"{'─' * 72}\n  A letter to {', '.join(message.recipients())}: {message.subject}\n{'─' * 72}"
        self.stream.write(f"\n{head}\n{message.body}\n{'─' * 72}\n")


def _letters(message: EmailMessage) -> list[Letter]:
    if message.attachments:
        raise ValueError("A letter carries no attachments.")
    html = next((part[0] for part in getattr(message, "alternatives", []) if part[1] == HTML), "")
    headers = {name: str(value) for name, value in message.extra_headers.items()}
    if message.reply_to:
        headers["Reply-To"] = ", ".join(message.reply_to)
    for part in (message.subject, *message.recipients(), *headers, *headers.values()):
        if "\n" in part or "\r" in part:
            raise BadHeaderError("A header of a letter has one line.")
    language = headers.pop("Content-Language", "") or get_language() or "en"
    return [
        Letter(
            to=to,
            subject=str(message.subject),
            text=str(message.body),
            html=html,
            language=language[:2],
            headers=headers,
        )
        for to in message.recipients()
    ]
