from __future__ import annotations

import secrets

from django.db import models
from django.utils.text import slugify


def unused_slug(model: type[models.Model], text: str) -> str:
    """A slug made of a text; with a few letters more where another row has it, or where the text gives none."""
    slug = slugify(text)[:200]
    if slug and not model._default_manager.filter(slug=slug).exists():
        return slug
    return f"{slug}-{secrets.token_hex(3)}".lstrip("-")
