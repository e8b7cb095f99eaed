"""Ways to reach someone, found in what they write: pointed out to them before others read it, never forbidden."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _


class Contact(NamedTuple):
    """A way to reach someone, as it stands in a text, and what it seems to be."""

    kind: Any
    text: str


_HANDLES = (
    r"(?:instagram|facebook|fb|wa|whatsapp|t|telegram|tiktok|linkedin|x|twitter|snapchat|signal)\.(?:com|me|group)/\S+"
)
_STREETS = (
    r"street|st|road|rd|avenue|ave|lane|close|square|gardens|terrace|mews|court|crescent|drive|way|grove|place|house"
)
# In this order; what one has found, the next does not look at again.
_PATTERNS = (
    (_("an e-mail address"), r"[\w.+-]+(?:@|\s?[(\[]at[)\]]\s?)[\w-]+(?:\.[\w-]+)+"),
    (_("an address of yours elsewhere"), rf"\b{_HANDLES}|(?<![\w@])@[\w.]{{3,30}}"),
    (_("a phone number"), r"(?<![\w.])(?:\+|00)?\(?\d(?:[\s().-]{0,2}\d){8,14}(?!\w)"),
    (_("a postcode"), r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}\b"),
    (
        _("a postal address"),
        rf"\b\d{{1,4}}[a-z]?,? (?:[A-Z][\w’']+ ){{1,3}}(?:{_STREETS})\b"
        r"|\b(?:rua|avenida|travessa|praceta) (?:\S+ ){1,5}\d+",
    ),
)
_SEARCHES = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS)


def contacts_in(*texts: str | None) -> list[Contact]:
    """The phone numbers, e-mail and postal addresses and handles that texts seem to hold, each once."""
    found: dict[str, Contact] = {}
    for text in texts:
        left = text or ""
        for kind, pattern in _SEARCHES:
            for match in pattern.finditer(left):
                words = match.group().strip()
                found.setdefault(words, Contact(kind, words))
            left = pattern.sub(" ", left)
    return list(found.values())
