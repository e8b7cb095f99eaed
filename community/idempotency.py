"""``Idempotency-Key``: whoever asks again after a lost answer gets the same answer, and nothing is done twice.

Kept in Redis for 24 hours, under a hash of the member, the endpoint and the key. The answer is encrypted with the key
itself, which only its sender has: Redis alone tells nothing of it. While Redis is away nothing is done under a key, as
nobody could promise that it is done once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_redis import get_redis_connection
from nacl.secret import SecretBox
from redis import Redis, RedisError
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

KEPT = 24 * 3600  # seconds
UNDER_WAY = 120
LONGEST = 200  # characters of a key
MARK = 32  # bytes of a body's hash, before the answer


class KeyReused(APIException):
    """The same key came with another body."""

    status_code = 422
    told = _("This Idempotency-Key came before with another body. Make a new key for what is new.")


class UnderWay(APIException):
    """The first request with this key has not been answered yet."""

    status_code = 409
    kind, wait = "under_way", 2


class NotCounted(APIException):
    """Redis is away."""

    status_code = 503
    wait = 5


Post = Callable[..., Response]


def once_per_key(post: Post) -> Post:
    """An endpoint's POST that is done once for each ``Idempotency-Key``; without one, each time.

    A refusal is not kept: what was refused may be asked for again under the same key.
    """

    @wraps(post)
    def done_once(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return post(self, request, *args, **kwargs)
        if not key.strip() or len(key) > LONGEST:
            detail = ErrorDetail(str(_("A key has 1 to 200 characters.")), code="invalid")
            raise ValidationError({"Idempotency-Key": [detail]})
        whose = f"{request.user.pk} {request.path} {key}".encode()
        box = SecretBox(_digest(whose, b"answer"))
        name = str(cache.make_key(f"once:{_digest(whose, b'name').hex()}"))
        mark = _hash(request)
        try:
            redis: Redis = get_redis_connection("default")
            if not redis.set(name, mark, nx=True, ex=UNDER_WAY):
                return _again(redis.get(name), mark, box)
        except RedisError as error:
            raise NotCounted from error
        try:
            response = post(self, request, *args, **kwargs)
        except BaseException:
            redis.delete(name)
            raise
        answer = json.dumps({"status": response.status_code, "data": response.data}, default=str).encode()
        transaction.on_commit(partial(redis.set, name, mark + box.encrypt(answer), ex=KEPT), robust=True)
        return response

    return done_once


def _again(kept: Any, mark: bytes, box: SecretBox) -> Response:
    if kept is None or kept == mark:
        raise UnderWay
    if kept[:MARK] != mark:
        raise KeyReused
    answer = json.loads(box.decrypt(kept[MARK:]))
    return Response(answer["data"], answer["status"], headers={"Idempotency-Replayed": "true"})


def _digest(whose: bytes, use: bytes) -> bytes:
    secret = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
    return hashlib.blake2b(whose, key=secret, digest_size=32, person=use).digest()


def _hash(request: Request) -> bytes:
    """What was sent, whatever the order of its fields; of files only a hash. What has no fields is refused later."""
    said: dict[str, Any] = {}
    sent: Any = request.data
    for name in sorted(sent) if isinstance(sent, dict) else ():
        value = sent[name]
        if isinstance(value, UploadedFile):
            value.seek(0)
            value = hashlib.sha256(value.read()).hexdigest()
        said[name] = value
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).digest()
