"""What is done about events as time goes by."""

from __future__ import annotations

from django.utils.timezone import now
from procrastinate.contrib.django import app

from events import actions
from events.models import Posting


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="sweep_the_board", pass_context=False)
def sweep_the_board(timestamp: int) -> None:
    """Mark what has ended, so that it leaves the indexes of what is coming."""
    Posting.objects.sweep(at=now())


@app.periodic(cron="*/15 7-11 * * 1")  # again and again on Monday morning: whoever has their letter is passed over
@app.task(queueing_lock="write_weekly_letters", pass_context=False)
def write_weekly_letters(timestamp: int) -> None:
    """Write the weekly letters that are not written yet."""
    actions.write_weekly_letters(at=now())
