"""What a mail looks like: written once as text, and read by machines as HTML in the town's look.

A template is a subject, an empty line, and paragraphs. A paragraph set in by four spaces is something
to copy (a code); ``Words: https://…`` alone on a line is a button; lines with an address alone on the last
are an entry of a list, whose first line leads there. Everything else is a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from community.stops import stop_address

BUTTON = re.compile(r"(?P<words>[^\n]+?): (?P<address>https?://\S+)")
ENTRY = re.compile(r"(?P<words>.+)\n(?P<address>https?://\S+)", re.DOTALL)


class Block(NamedTuple):
    """A piece of a mail: a ``paragraph``, a ``code`` to copy, a ``button`` or an ``entry`` with an address."""

    kind: str
    words: str
    address: str = ""


def compose(
    template: str,
    *,
    to: str,
    language: str,
    context: Mapping[str, Any],
    ends: tuple[UUID, str] | None = None,
) -> EmailMultiAlternatives:
    """A mail to one reader in their language, as text and as HTML, ready to be sent.

    ``template`` is the name of the text, without ``.txt``. ``ends`` is the member and the topic of a letter that can
    be ended with one click, in the mail program (RFC 8058) or by the link at its foot.
    """
    headers = {"Content-Language": language}
    with translation.override(language):
        address = stop_address(*ends) if ends else ""
        rendered = render_to_string(f"{template}.txt", {**context, "site_url": settings.SITE_URL}).strip()
        subject, _, body = rendered.partition("\n\n")
        subject = " ".join(subject.split())
        sign = render_to_string("mail/sign.txt", {"site_url": settings.SITE_URL, "ends": address}).strip()
        look = {"subject": subject, "blocks": list(blocks(body)), "sign": list(blocks(sign)), "language": language}
        html = render_to_string("mail/base.html", look)
    if address:
        headers |= {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    text = f"{body.strip()}\n\n--\n{sign}\n"
    message = EmailMultiAlternatives(subject, text, to=[to], headers=headers)
    message.attach_alternative(html, "text/html")
    return message


def blocks(body: str) -> Iterator[Block]:
    """The pieces of a mail's text."""
    for piece in re.split(r"\n\s*\n", body.strip("\n")):
        if piece.startswith("    "):
            yield Block("code", piece.strip())
        elif match := BUTTON.fullmatch(piece.strip()):
            yield Block("button", match["words"], match["address"])
        elif match := ENTRY.fullmatch(piece.strip()):
            yield Block("entry", match["words"], match["address"])
        elif piece.strip():
            yield Block("paragraph", piece.strip())
