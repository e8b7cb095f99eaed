"""What `check --deploy` asks of an operator besides what Django asks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


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
