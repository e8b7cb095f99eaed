"""Changing the desk's key: each document's own key is sealed anew, its pages stay as they are.

It runs as the owner, in a process of its own that is given the secret keys for as long as it takes: the desk's role can
neither read a key without an opening nor write one, and the change of a key is no reason to let it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from verification import sealing
from verification.models import Evidence

AT_ONCE = 50  # documents in a transaction: whoever destroys one of them meanwhile waits for milliseconds


class Progress(NamedTuple):
    """How many documents were sealed anew so far, and how many none of the keys opens."""

    done: int
    stuck: int


def rotate(keys: Sequence[str]) -> Iterator[Progress]:
    """Seal every document's key to the first of the desk's secret ``keys``, the others being those it followed.

    Yields after each transaction. Where a document stands is said by its ``key_id`` alone, so it may be killed anywhere
    and begun again, and run twice at once; what is handed in meanwhile under an old key is met as well, as long as it
    runs. Raises KeyMissing without a first key.
    """
    current = sealing.key_id_of(sealing.first_key(keys))
    stuck: set[UUID] = set()
    done = 0
    while True:
        with transaction.atomic():
            others = Evidence.objects.standing().exclude(key_id=current).exclude(pk__in=stuck)
            batch = list(others.order_by("pk").select_for_update()[:AT_ONCE])
            for evidence in batch:
                try:
                    key, key_id = sealing.reseal(bytes(evidence.sealed_key or b""), evidence.key_id, keys=keys)
                except (sealing.KeyMissing, sealing.WrongKey):
                    stuck.add(evidence.pk)
                    continue
                Evidence.objects.filter(pk=evidence.pk).update(sealed_key=key, key_id=key_id)
                done += 1
        yield Progress(done, len(stuck))
        if not batch:
            return
