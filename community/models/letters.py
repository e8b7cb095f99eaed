from __future__ import annotations

import uuid

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models
from django.utils.timezone import now

from community.mail import compose


class Letter(models.Model):
    """A mail on its way out. The doors put it in and cannot read it; the worker takes it out when it is sent.

    It is written in the transaction of what it tells of, so it leaves with the commit or not at all.
    """

    class Kind(models.TextChoices):
        """What the database itself writes: its words are found as it is sent."""

        MOVED_FROM = "moved_from", "to the address before"
        MOVED_TO = "moved_to", "to the new address"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to = models.CharField(max_length=320)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now, db_index=True)
    kind = models.CharField(max_length=10, blank=True, default="", choices=Kind.choices)

    def __str__(self) -> str:
        return f"letter {self.pk}"

    def as_message(self) -> EmailMultiAlternatives:
        """What the carrier takes. Its Message-ID is the letter's own: sent twice, it is one mail to its reader."""
        host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")
        headers = {
            "Message-ID": f"<{self.pk}@{host}>",
            "Content-Language": self.language,
            "Auto-Submitted": "auto-generated",
        }
        if self.kind:
            facts = {"contact": settings.CONTACT_EMAIL}
            message = compose(f"account/email/{self.kind}", to=self.to, language=self.language, context=facts)
            message.extra_headers |= headers
            return message
        message = EmailMultiAlternatives(self.subject, self.text, to=[self.to], headers=headers | self.headers)
        if self.html:
            message.attach_alternative(self.html, "text/html")
        return message
