"""What ends the letters of one topic without logging in: sealed, so that it says nothing of its reader; for years."""

from __future__ import annotations

import base64
import hashlib
from binascii import Error as NotBase64
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox


def seal(member: UUID, topic: str) -> str:
    """A token that ends one topic's letters to one member."""
    return base64.urlsafe_b64encode(_box(settings.SECRET_KEY).encrypt(member.bytes + topic.encode())).decode()


def unseal(token: str) -> tuple[UUID, str] | None:
    """Whose letters a token ends, and of which topic; None if it is not ours."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            opened = _box(key).decrypt(base64.urlsafe_b64decode(token.encode()))
            return UUID(bytes=opened[:16]), opened[16:].decode()
        except (CryptoError, NotBase64, ValueError):
            continue
    return None


def stop_address(member: UUID, topic: str) -> str:
    """The full address, in the language that is spoken now, where one topic's letters end."""
    return settings.SITE_URL + reverse("notices_stop", args=[seal(member, topic)], urlconf=settings.SITE_URLCONF)


def _box(secret_key: str) -> SecretBox:
    return SecretBox(
        hashlib.blake2b(secret_key.encode(), digest_size=SecretBox.KEY_SIZE, person=b"ending letters").digest()
    )
