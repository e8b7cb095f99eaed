from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils.timezone import now

from verification.vanishing import Overdue, prove_nothing_is_overdue


class Command(BaseCommand):
    """The nightly proof, asked at any time: it changes nothing."""

    help = (
        "Prove that no document stands beyond its time and no file of a destroyed one is left. Exits with 1, and says "
        "how many, if some are. Run it as the worker (DOOR=worker), where EVIDENCE_ROOT is."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            prove_nothing_is_overdue(at=now())
        except Overdue as overdue:
            raise CommandError(str(overdue)) from None
        self.stdout.write("Nothing is overdue.")
