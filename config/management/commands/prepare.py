from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand, CommandParser, call_command
from django.db import transaction

from config import erasing, privileges


class Command(BaseCommand):
    """Brings a database up to date. Safe to run at every start and every deploy."""

    help = "Migrate, grant each role its rights, load the vocabulary; with --demo, load the demo into an empty town."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="load the invented town if there is no business yet")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        with transaction.atomic():
            privileges.grant()
            privileges.tell_desk_key()
            privileges.found_moderators()
            erasing.install()
        call_command("load_taxonomy", verbosity=0)
        call_command("load_questions", verbosity=0)
        if options["demo"]:
            call_command("load_demo", if_empty=True, verbosity=0)
