"""One spelling for each mailbox: what letters are counted by, where they go, and what an account is found by.

A domain has many spellings that mail servers take for one (``ｅxample.org``; ``bücher.example`` and its ``xn--`` form),
and so has what stands before it (``"ana"@``). Each would have limits and an account of its own. What a provider itself
takes for one mailbox, such as all that stands after a +, is not known here.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import idna
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

LONGEST = 254
MOST_TYPED = 320  # beyond that it is not even looked at


class AddressField(forms.EmailField):
    """An address that someone types, as its canonical one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": LONGEST} | options)

    def to_python(self, value: Any) -> Any:
        typed = super().to_python(value)
        return canonical(typed) if typed else typed


def canonical(typed: str) -> str:
    """The one spelling of an address, all in ASCII.

    Raises ValidationError if it is none, has characters that cannot be seen, or is quoted before the @.
    """
    if len(typed) > MOST_TYPED:
        raise ValidationError(validate_email.message, code="invalid")
    address = unicodedata.normalize("NFKC", typed).strip().lower()
    if any(_is_unseen(character) for character in address):
        raise ValidationError(
            _("This address has characters in it that cannot be seen. Type it letter by letter."), code="unseen"
        )
    if '"' in address or "\\" in address:
        raise ValidationError(_("Write the address without quotation marks or backslashes."), code="quoted")
    name, _at, domain = address.rpartition("@")
    host = "" if domain.startswith("[") else ascii_host(domain)  # no mail goes to the number of a machine
    address = f"{name}@{host}"
    if len(address) > LONGEST or not name.isascii():
        raise ValidationError(validate_email.message, code="invalid")
    validate_email(address)
    return address


def mailbox_of(typed: str) -> str:
    """What an address counts as and is looked up by. Where it is refused, what was typed: no letter goes there."""
    try:
        return canonical(typed)
    except ValidationError:
        return typed.strip().lower()


def ascii_host(host: str) -> str:
    """A host as the network knows it; empty if it cannot be one."""
    if host.isascii() or len(host) > LONGEST:
        return host.lower()
    try:
        return idna.encode(host, uts46=True).decode()
    except UnicodeError:
        return ""


def _is_unseen(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind.startswith("C") or kind in {"Zl", "Zp"}
