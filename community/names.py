"""What a display name may look like: nothing that cannot be seen, turns the line around or piles up."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST = 80
PILED = 3  # marks upon one letter; Vietnamese needs two

# Letters and symbols that look like nothing: fillers of Hangul and Khmer, the blank of Braille, a math operator.
BLANKS = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u034f")


def clean_name(name: str) -> str:
    """A name as it is kept: composed, with single spaces.

    Raises ValidationError if it is empty, too long, or plays tricks on whoever reads it.
    """
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if len(name) > LONGEST:
        raise ValidationError(_("This name is too long: 80 characters are enough."), code="too_long")
    piled = 0
    for character in name:
        kind = unicodedata.category(character)
        # Controls, invisible and direction marks, private and unassigned ones, line ends; selectors of variants.
        if kind.startswith("C") or kind in {"Zl", "Zp"} or character in BLANKS or "\ufe00" <= character <= "\ufe0f":
            raise ValidationError(_("This name has characters in it that cannot be seen."), code="unseen")
        piled = piled + 1 if kind.startswith("M") else 0
        if piled > PILED:
            raise ValidationError(_("This name has too many marks upon one letter."), code="piled")
    if not any(unicodedata.category(character)[0] in "LN" for character in name):
        raise ValidationError(_("A name has at least one letter."), code="no_letter")
    return name
