"""What is done about events as time goes by."""

from __future__ import annotations

from django.utils.timezone import now
from procrastinate.contrib.django import app

from events.models import Posting


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="sweep_the_board", pass_context=False)
def sweep_the_board(timestamp: int) -> None:
    """Mark what has ended, so that it leaves the indexes of what is coming."""
    Posting.objects.sweep(at=now())
