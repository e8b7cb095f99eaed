"""How whoever claims a business proves that it is theirs: with the code in a letter to it, or by mail at its domain.

The third way is documents (verification/claim_papers.py).

A moderator grants all the same. That a mailbox was read is the site's word alone: a hole in the site must not put a
badge on every door, domains are sold, and not everyone who has an address at a business may speak for it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from allauth.core.internal.cryptokit import generate_user_code
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import connection, transaction
from django.urls import reverse

from businesses.models import Business
from community.mailboxes import ascii_host, mailbox_of
from verification.models import CODE_TRIES, ClaimCode, ListingRequest

# Hosts that many share: an address or a page there says nothing about whose business it is.
_PAGES = (
    "facebook.com fb.com instagram.com linkedin.com tiktok.com twitter.com x.com youtube.com whatsapp.com linktr.ee "
    "google.com goo.gl g.page business.site blogspot.com blogger.com wordpress.com wixsite.com wix.com weebly.com "
    "squarespace.com godaddysites.com webnode.com webnode.pt jimdo.com jimdosite.com square.site myshopify.com "
    "shopify.com github.io netlify.app vercel.app sapo.pt just-eat.co.uk deliveroo.co.uk ubereats.com tripadvisor.com "
    "tripadvisor.co.uk opentable.co.uk yell.com booksy.com fresha.com treatwell.co.uk etsy.com ebay.co.uk"
)
_MAILBOXES = (
    "gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk live.com msn.com yahoo.com yahoo.co.uk icloud.com "
    "me.com aol.com proton.me protonmail.com gmx.com mail.com btinternet.com sky.com virginmedia.com talktalk.net"
)
SHARED = frozenset(f"{_PAGES} {_MAILBOXES}".split())
_BELOW = "co.uk org.uk ltd.uk plc.uk me.uk ac.uk gov.uk com.br com.pt org.pt co.ao co.mz"
SUFFIXES = frozenset(_BELOW.split())  # below these anyone has a name; they are nobody's own


def own_domain(website: str) -> str:
    """The host that a business's mail may come to, from its website as listed; empty if others share it."""
    try:
        host = ascii_host(urlsplit(website).hostname or "").rstrip(".").removeprefix("www.")
    except ValueError:
        return ""
    labels = host.split(".")
    is_name = len(labels) > 1 and not labels[-1].isdigit() and ":" not in host
    is_shared = any(".".join(labels[start:]) in SHARED for start in range(len(labels)))
    return host if is_name and not is_shared and host not in SUFFIXES else ""


def is_its_own(address: str, website: str) -> bool:
    """Whether an e-mail address is at the host of a website or below it."""
    name, _at, domain = mailbox_of(address).rpartition("@")
    host = own_domain(website)
    return bool(name and host) and (domain == host or domain.endswith(f".{host}"))


class Presented(NamedTuple):
    """Where a claim stands, as whoever has its link reads it."""

    business_id: UUID | None
    business_name: str
    outcome: str
    way: str
    created_at: datetime
    proved_by: str
    proved_at: datetime | None
    letter_until: datetime | None
    tries: int | None
    has_account: bool

    @property
    def is_open(self) -> bool:
        return not self.outcome

    def has_letter(self, *, at: datetime) -> bool:
        """Whether a code is good that has not been typed yet."""
        return self.letter_until is not None and self.letter_until > at and self.tries_left > 0

    @property
    def tries_left(self) -> int:
        return CODE_TRIES - (self.tries or 0)


_SIGNER = Signer(salt="verification.claims", sep="~")


def token_of(request: ListingRequest) -> str:
    """What the link in a letter carries: whoever has it sees where the claim stands."""
    return _SIGNER.sign(request.pk.hex)


def address_of_page(name: str, token: str) -> str:
    """The address of a page of a claim. Its secret is in the query, which no log holds."""
    return f"{reverse(f'verification:{name}')}?{urlencode({'claim': token})}"


def request_of(token: str) -> UUID | None:
    """Which claim a link is of; None if it is not ours."""
    try:
        return UUID(_SIGNER.unsign(token))
    except (BadSignature, ValueError):
        return None


def presented(request: UUID) -> Presented | None:
    """Where a claim stands; None if there is none (any more)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM claim_presented(%s)", [request])
        row = cursor.fetchone()
    return Presented(*row) if row else None


def address_of(business: Business) -> list[str]:
    """Where the letter goes, line by line: as listed, never as anyone typed it with a claim. Empty if nothing is."""
    street = [line.strip() for line in business.address.split(",") if line.strip()]
    return [business.name, *street, business.postcode] if street and business.postcode else []


@transaction.atomic
def print_code(request: ListingRequest) -> str:
    """A new code for the letter to a business; a letter that was printed before is good for nothing any more.

    Whoever prints looks after the claim: the database refuses it otherwise.
    """
    code = generate_user_code(length=8)
    ClaimCode.objects.bulk_create([ClaimCode(request=request, digest=_digests(request.pk, code)[0])])
    return code


def type_code(request: UUID, typed: str) -> str:
    """What came of typing a code: ``proved``, ``wrong`` (it counts), or ``dead``."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT type_claim_code(%s, %s)", [request, _digests(request, typed)])
        return cursor.fetchone()[0]


def prove_by_mail(request: UUID, address: str) -> bool:
    """Record that whoever claims reads the mail of this address; False if nothing waits for it any more."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT prove_claim_by_mail(%s, %s)", [request, address])
        return cursor.fetchone()[0]


def take_on(request: UUID) -> bool:
    """Let whoever acts hold a claim with their account, if none does yet; whether it was done now."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT take_claim_on(%s)", [request])
        return cursor.fetchone()[0]


def withdraw(request: UUID) -> bool:
    """End a claim at the wish of whoever handed it in; False if it is over, or another account's."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT withdraw_claim(%s)", [request])
        return cursor.fetchone()[0]


def _digests(request: UUID, code: str) -> list[bytes]:
    """What the database may know of a code: keyed, so that whoever reads it cannot try them all."""
    plain = request.bytes + code.replace("-", "").replace(" ", "").upper().encode()
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [
        hashlib.blake2b(
            plain, key=hashlib.sha256(key.encode()).digest(), digest_size=32, person=b"claim letters"
        ).digest()
        for key in keys
    ]
