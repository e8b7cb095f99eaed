"""Reading a translated field honestly: in the reader's language, or in the other one, and then saying so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


@dataclass(frozen=True, slots=True)
class Told:
    """A text, the language it is in, and whether that is not the language asked for.

    It prints as its text and is false when there is none in any language.
    """

    text: str
    language: str
    is_fallback: bool

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return bool(self.text)


def told(instance: Any, field: str, language: str | None = None) -> Told:
    """Read a translated field in one language (the active one unless said), else in the other.

    A text that is missing everywhere is an empty one in the language asked for: nothing is passed off as it.
    """
    wanted = language or (get_language() or settings.LANGUAGE_CODE)[:2]
    for candidate in (wanted, *(code for code in LANGUAGES if code != wanted)):
        if text := getattr(instance, f"{field}_{candidate}", None):
            return Told(text, candidate, candidate != wanted)
    return Told("", wanted, False)
