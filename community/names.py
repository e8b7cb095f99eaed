"""Names people go by: what cannot be seen, or turns what follows around, has no place in them."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MOST_MARKS = 3  # accents upon one letter; more is a tower, not a name
# Letters and symbols drawn as nothing: fillers of Hangul, the blank of Braille, joiners, vowels without form.
BLANKS = "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f"
# Controls, formats (zero-width, bidi overrides), surrogates, private use, unassigned, line and paragraph separators.
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
INVISIBLE = _("This name has characters in it that cannot be seen. Type it anew instead of pasting it.")


def clean_name(text: str) -> str:
    """A name as it may be shown to others: composed (NFC), with single spaces.

    Raises ValidationError, with a reason for its bearer, if it holds anything invisible, or nothing to read.
    """
    name = unicodedata.normalize("NFC", " ".join(re.split(r"[ \u00a0\u2000-\u200a\u202f\u205f\u3000]+", text))).strip(
        " "
    )
    if any(_is_invisible(letter) for letter in name):
        raise ValidationError(INVISIBLE, code="invisible")
    if not any(unicodedata.category(letter)[0] in "LN" for letter in name):
        raise ValidationError(_("A name has at least one letter in it."), code="no_letters")
    if _tallest(name) > MOST_MARKS:
        raise ValidationError(_("A name has at most three accents upon one letter."), code="too_many_marks")
    return name


def _is_invisible(letter: str) -> bool:
    is_variation = "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
    return letter in BLANKS or is_variation or unicodedata.category(letter) in UNSEEN


def _tallest(name: str) -> int:
    """How many marks the most laden letter bears."""
    tallest = height = 0
    for letter in name:
        height = height + 1 if unicodedata.category(letter)[0] == "M" else 0
        tallest = max(tallest, height)
    return tallest
