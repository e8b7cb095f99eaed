from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand

from verification import sealing


class Command(BaseCommand):
    """Makes a key that documents are sealed to, and prints both halves; it keeps neither."""

    help = "Print a new pair of keys for documents: DESK_PUBLIC_KEY for the site, DESK_SECRET_KEYS for the desk."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        public, secret = sealing.new_key_pair()
        self.stdout.write(f"DESK_PUBLIC_KEY={public}")
        self.stdout.write(f"DESK_SECRET_KEYS={secret}")
        self.stderr.write(
            "The first line is for the site and the desk, the second for the desk alone. Keep a copy of the second "
            "where no machine can reach it: without it no document opens again. See docs/operators.md, Documents."
        )
