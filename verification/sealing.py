"""Sealed evidence: the site seals pages for the desk and cannot open them; without its key a document is noise.

Each document has a fresh key, which encrypts its pages and is itself sealed to the desk's public key. Pages lie in
``EVIDENCE_ROOT`` and sealed keys in the database: a stolen disk or a stolen database alone is worthless, and destroying
the sealed key destroys the document, whatever copies of its files there are.

    site    DESK_PUBLIC_KEY      seal, keep
    desk    DESK_SECRET_KEYS     stored, open_page
    worker  neither              discard, lying
    owner   as they are changed  reseal (verification/rotation.py)
"""

from __future__ import annotations

import hashlib
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from hmac import compare_digest
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import Aead
from nacl.utils import random

PUBLIC, SECRET = "desk-public-", "desk-secret-"  # so that one is never taken for the other
CHECK = 4  # bytes at the end of a written key, so that a slip of the pen is no key


class Unsealable(Exception):
    """The site has no key, or a broken one: nothing can be sealed, so nothing may be taken."""


class KeyMissing(Exception):
    """The desk does not have the key this was sealed to."""


class WrongKey(Exception):
    """The desk's key does not open this, though it says it is the one."""


class Tampered(Exception):
    """The page is not the one that was sealed under this document and number."""


class Sealed(NamedTuple):
    """A document as it is kept: its pages, first to last, each only ciphertext, and what opens them."""

    sealed_key: bytes
    key_id: str
    pages: list[bytes]


# Keys ----------------------------------------------------------------------------------------------


def new_key_pair() -> tuple[str, str]:
    """A public and a secret key, as they are written into settings."""
    secret = PrivateKey.generate()
    return _written(PUBLIC, bytes(secret.public_key)), _written(SECRET, bytes(secret))


def can_seal() -> bool:
    """Whether documents can be taken now."""
    with suppress(Unsealable):
        return bool(_public_key())
    return False


def current_key_id() -> str:
    """Which key is sealed to now. Raises Unsealable."""
    return key_id_of(_public_key())


def key_ids() -> list[str]:
    """Which keys the desk can open with; a malformed one opens nothing and is left out."""
    return [key_id_of(secret.public_key) for secret in _secret_keys(settings.DESK_SECRET_KEYS)]


def key_id_of(public: PublicKey) -> str:
    """A key's name: 16 hexadecimal digits, which tell nothing of it."""
    return hashlib.blake2b(bytes(public), digest_size=8, person=b"desk key").hexdigest()


def _written(prefix: str, key: bytes) -> str:
    return prefix + urlsafe_b64encode(key + _check(prefix, key)).decode()


def _check(prefix: str, key: bytes) -> bytes:
    return hashlib.blake2b(prefix.encode() + key, digest_size=CHECK).digest()


@lru_cache(maxsize=16)
def _read_key(prefix: str, written: str) -> bytes:
    """Raises ValueError, without the key in its words, for what is not whole or of the other kind."""
    try:
        raw = urlsafe_b64decode(written.strip().removeprefix(prefix))
    except (NotBase64, ValueError):
        raw = b""
    key, check = raw[:-CHECK], raw[-CHECK:]
    if (
        not written.strip().startswith(prefix)
        or len(key) != PublicKey.SIZE
        or not compare_digest(check, _check(prefix, key))
    ):
        raise ValueError(f"This is no key that begins with {prefix}, or not all of it.")
    return key


def _public_key() -> PublicKey:
    try:
        return PublicKey(_read_key(PUBLIC, settings.DESK_PUBLIC_KEY))
    except ValueError as error:
        raise Unsealable(str(error)) from error


def _secret_keys(keys: Sequence[str]) -> list[PrivateKey]:
    found = []
    for written in keys:
        with suppress(ValueError):
            found.append(PrivateKey(_read_key(SECRET, written)))
    return found


# Sealing and opening -------------------------------------------------------------------------------


def seal(pages: Sequence[bytes], *, evidence: UUID) -> Sealed:
    """Encrypt the pages of one document, so that only the desk can open them. Raises Unsealable."""
    public = _public_key()
    key = random(Aead.KEY_SIZE)
    box = Aead(key)
    encrypted = [bytes(box.encrypt(page, aad=_place(evidence, number))) for number, page in enumerate(pages, start=1)]
    return Sealed(SealedBox(public).encrypt(key), key_id_of(public), encrypted)


def open_page(page: bytes, *, sealed_key: bytes, key_id: str, evidence: UUID, number: int) -> bytes:
    """Decrypt one page, at the desk; pages count from 1.

    Raises KeyMissing, WrongKey, and Tampered for a page that was changed or belongs elsewhere.
    """
    key = _open_key(sealed_key, key_id, settings.DESK_SECRET_KEYS)
    try:
        return Aead(key).decrypt(page, aad=_place(evidence, number))
    except (CryptoError, ValueError) as error:
        raise Tampered from error


def reseal(sealed_key: bytes, key_id: str, *, keys: Sequence[str]) -> tuple[bytes, str]:
    """Seal a document's key to the first of the desk's secret ``keys``, as written; its pages stay as they are.

    Returns the sealed key and its key_id; what is sealed to the current key comes back as it is, so a rotation can be
    interrupted and begun again. Raises KeyMissing and WrongKey.
    """
    current = first_key(keys)
    if key_id == key_id_of(current):
        return sealed_key, key_id
    return SealedBox(current).encrypt(_open_key(sealed_key, key_id, keys)), key_id_of(current)


def first_key(keys: Sequence[str]) -> PublicKey:
    """The public half of the first of some secret keys. Raises KeyMissing if there is none, or not all of it."""
    try:
        return PrivateKey(_read_key(SECRET, next(iter(keys), ""))).public_key
    except ValueError as error:
        raise KeyMissing("current") from error


def _open_key(sealed_key: bytes, key_id: str, keys: Sequence[str]) -> bytes:
    for secret in _secret_keys(keys):
        if key_id_of(secret.public_key) == key_id:
            try:
                key = SealedBox(secret).decrypt(sealed_key)
            except (CryptoError, ValueError, TypeError) as error:
                raise WrongKey(key_id) from error
            if len(key) != Aead.KEY_SIZE:
                raise WrongKey(key_id)
            return key
    raise KeyMissing(key_id)


def _place(evidence: UUID, number: int) -> bytes:
    """What a page is bound to: no page opens as another one, nor as another document's."""
    return b"lusotown page 1" + evidence.bytes + number.to_bytes(4, "big")


def fingerprint(document: bytes) -> bytes:
    """32 bytes by which the same file is known again, and by whoever has SECRET_KEY alone."""
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), person=b"same document").digest()
    return hashlib.blake2b(document, digest_size=32, key=key).digest()


# Files: nothing but ciphertext ---------------------------------------------------------------------


def keep(pages: Sequence[bytes], *, evidence: UUID) -> None:
    """Write sealed pages, each whole or not at all, for this account of the machine alone.

    Raises FileExistsError for a document that is there, and OSError; what fails leaves nothing behind.
    """
    folder = _folder(evidence)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)
    try:
        for number, page in enumerate(pages, start=1):
            _write(folder / str(number), page)
        _sync(folder)
        _sync(folder.parent)
    except BaseException:
        discard(evidence)
        raise


def stored(evidence: UUID, number: int) -> bytes:
    """A sealed page as it lies there. Raises FileNotFoundError."""
    return (_folder(evidence) / str(int(number))).read_bytes()


def discard(evidence: UUID) -> None:
    """Remove every file of a document; one that has none is fine.

    Raises OSError for what will not go: a file that stays must not be taken for one that went.
    """
    folder = _folder(evidence)
    with suppress(FileNotFoundError):  # another is at it, or was
        for file in list(folder.iterdir()):
            file.unlink(missing_ok=True)
        folder.rmdir()
        _sync(folder.parent)


def lying() -> dict[UUID, datetime]:
    """Every document that has files, and when they were last written (aware)."""
    root = Path(settings.EVIDENCE_ROOT)
    found = {}
    for folder in root.iterdir() if root.exists() else ():
        with suppress(ValueError, FileNotFoundError):  # not one of ours; gone meanwhile
            evidence = UUID(folder.name)
            if folder == _folder(evidence):
                found[evidence] = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    return found


def _folder(evidence: UUID) -> Path:
    return Path(settings.EVIDENCE_ROOT) / str(UUID(str(evidence)))


def _write(path: Path, page: bytes) -> None:
    draft = path.with_suffix(".draft")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(page)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
