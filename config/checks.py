"""What `check --deploy` asks of an operator besides what Django asks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from verification import sealing


@register(Tags.security, deploy=True)
def someone_answers(**options: Any) -> list[CheckMessage]:
    """People must be able to reach whoever keeps their data, and to know who that is."""
    return [
        Warning(f"{name} is not set: the privacy page cannot say {what}.", hint="See .env.example.", id=f"town.W00{n}")
        for n, (name, what) in enumerate(
            {"CONTACT_EMAIL": "where to write to", "DATA_CONTROLLER": "who answers for the data"}.items(), start=1
        )
        if not getattr(settings, name)
    ]


@register(Tags.security, deploy=True)
def documents_can_be_sealed(**options: Any) -> list[CheckMessage]:
    """Without the desk's key no document is taken, and what it cannot open is lost."""
    found: list[CheckMessage] = []
    if not sealing.can_seal():
        found.append(
            Warning(
                "DESK_PUBLIC_KEY is missing or not whole: no documents can be handed in.",
                hint="`manage.py make_desk_key` makes one.",
                id="town.W003",
            )
        )
    if settings.DOOR == "desk":
        opens = sealing.key_ids()
        if len(opens) != len(settings.DESK_SECRET_KEYS):
            found.append(Warning("One of DESK_SECRET_KEYS is not whole: it opens nothing.", id="town.W004"))
        if sealing.can_seal() and opens[:1] != [sealing.current_key_id()]:
            found.append(
                Warning(
                    "The first of DESK_SECRET_KEYS does not belong to DESK_PUBLIC_KEY.",
                    hint="What the site seals, this desk would not open, or would not keep current.",
                    id="town.W005",
                )
            )
    return found
