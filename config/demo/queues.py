"""What else waits at the demo's desk: reports, and events of newcomers."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.utils.timezone import now

from businesses.models import Business
from events.models import Event
from verification.models import FirstPost, Report

HOUR = timedelta(hours=1)


class Complaint(NamedTuple):
    """Someone's word that something is not right, and how many hours ago they gave it."""

    kind: str
    about: str
    message: str
    language: str
    hours: int


COMPLAINTS = (
    Complaint("wrong", "business", "Esta loja mudou de endereço em setembro.", "pt", 150),
    Complaint("spam", "event", "The same advert three weeks in a row, for a course that costs a lot.", "en", 60),
    Complaint("culture", "event", "O cartaz confunde o funaná com o semba.", "pt", 20),
    Complaint("other", "town", "The map does not open on my old phone.", "en", 3),
)
NEW = (110, 30, 2)  # hours since each newcomer's event came out


def write_queues() -> None:
    """Reports and newcomers' events of every age, so that the desk has something to look at."""
    events = list(Event.objects.published().filter(organizer__isnull=False).order_by("starts_at", "pk")[:40])
    shop = Business.objects.order_by("name").first()
    for number, (kind, about, message, language, hours) in enumerate(COMPLAINTS):
        subject = {"business": shop, "event": events[number]}.get(about)
        report = Report.objects.create(
            kind=kind,
            about=about,
            about_id=subject and subject.pk,
            about_name=str(subject or "LusoTown"),
            message=message,
            language=language,
        )
        Report.objects.filter(pk=report.pk).update(created_at=now() - hours * HOUR)
    for event, hours in zip(events[20:], NEW, strict=False):
        FirstPost.objects.create(event=event, organizer=event.organizer, created_at=now() - hours * HOUR)
