"""What is done for members at night."""

from __future__ import annotations

from django.utils.timezone import now
from procrastinate.contrib.django import app

from community.models import Session


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="clear_sessions", pass_context=False)
def clear_sessions(timestamp: int) -> None:
    """Forget the browsers whose login has run out."""
    Session.objects.filter(expire_date__lt=now()).delete()
