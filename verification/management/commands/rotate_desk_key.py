from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from verification import sealing
from verification.rotation import rotate


class Command(BaseCommand):
    """Seals what waits at the desk to its new key. Safe to interrupt, to run again, and beside a running town."""

    help = (
        "Seal every document's key to a new key of the desk. Run it as the owner. The secret keys come on standard "
        "input, the new one first, then those it follows (as in DESK_SECRET_KEYS): so they stand in no environment and "
        "no list of processes."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DOOR != "owner":
            raise CommandError("Run this as the owner (DOOR=owner): no other role may write a key.")
        keys = sys.stdin.read().replace(",", "\n").split()
        try:
            current = sealing.key_id_of(sealing.first_key(keys))
        except sealing.KeyMissing:
            raise CommandError("The first line is no secret key of the desk, or not all of it.") from None
        if settings.DESK_PUBLIC_KEY and sealing.can_seal() and sealing.current_key_id() != current:
            raise CommandError("The first key is not the one that documents are sealed to (DESK_PUBLIC_KEY).")
        for progress in rotate(keys):
            self.stdout.write(f"{progress.done} sealed anew")
            self.stdout.flush()
        if progress.stuck:
            raise CommandError(f"{progress.stuck} could not be opened by any of these keys: add the one they wait for.")
        self.stdout.write("Nothing is left under another key.")
