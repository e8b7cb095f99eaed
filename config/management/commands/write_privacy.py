from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser

from config import privacy_document


class Command(BaseCommand):
    """Writes down, from the registry, what is kept about people and what an export looks like."""

    help = "Write docs/privacy.md and docs/export.schema.json; with --check, fail if they are out of date."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail if something would change")

    def handle(self, *args: Any, **options: Any) -> None:
        docs = Path(settings.BASE_DIR) / "docs"
        for name, text in (
            ("privacy.md", privacy_document.document()),
            ("export.schema.json", privacy_document.schema_text()),
        ):
            file = docs / name
            if file.exists() and file.read_text(encoding="utf-8") == text:
                continue
            if options["check"]:
                raise CommandError(f"docs/{name} is out of date: run `manage.py write_privacy`.")
            file.write_text(text, encoding="utf-8")
            self.stdout.write(f"docs/{name}")
