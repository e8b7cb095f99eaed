from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand
from django.db import transaction

from verification.models import Question
from verification.models.questions import BANK


class Command(BaseCommand):
    """Puts the bank's questions into the database, as this version says. Safe to run at every start."""

    help = "Load the questions of cultural knowledge. One that has left the bank is asked no more."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        questions = [as_row(path.stem, said) for path in sorted(BANK.glob("*.toml")) for said in read(path)]
        Question.objects.bulk_create(
            questions,
            update_conflicts=True,
            unique_fields=["slug"],
            update_fields=["nation", "theme", "asks_pt", "asks_en", "options_pt", "options_en", "is_asked"],
        )
        Question.objects.exclude(slug__in=[question.slug for question in questions]).update(is_asked=False)
        if options["verbosity"]:
            self.stdout.write(f"{len(questions)} questions stand in the bank.")


def read(path: Path) -> list[dict[str, Any]]:
    return tomllib.loads(path.read_text())["question"]


def as_row(nation: str, said: dict[str, Any]) -> Question:
    """A question as the table keeps it: the right answer first."""
    options = [said["right"], *said["wrong"]]
    return Question(
        slug=said["slug"],
        nation=nation,
        theme=said["theme"],
        asks_pt=said["asks"]["pt"],
        asks_en=said["asks"]["en"],
        options_pt=[option["pt"] for option in options],
        options_en=[option["en"] for option in options],
    )
