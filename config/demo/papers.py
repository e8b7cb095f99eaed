"""Papers of the demo town: drawn here, of nobody and no country, and saying so on every page.

Pillow's own typeface knows no accents, so words are chosen that have none.
"""

from __future__ import annotations

import unicodedata
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

SIZE = (1240, 874)  # pixels: a page across, at a hundred an inch or so
INK, PAPER, BAND, PALE = "#14213f", "#f6f1e4", "#2d5f8b", "#cfdbe6"
TITLES = {
    "passport": "PASSPORT / PASSAPORTE",
    "identity_card": "IDENTITY CARD / DOCUMENTO DE IDENTIDADE",
    "birth": "RECORD OF BIRTH / ASSENTO DE NASCIMENTO",
    "citizenship": "CITIZENSHIP / NACIONALIDADE",
    "other": "PAPER / DOCUMENTO",
    "lease": "LEASE / CONTRATO",
}


def paper(kind: str, name: str, *, number: int) -> list[bytes]:
    """The two pages of an invented paper, as the JPEGs that the photocopier would have made of them."""
    return [_encoded(_front(kind, name, number)), _encoded(_back(name, number))]


def _front(kind: str, name: str, number: int) -> Image.Image:
    page, draw = _blank(TITLES[kind])
    if kind != "lease":
        draw.rounded_rectangle((70, 190, 410, 640), 24, fill=PALE)
        draw.ellipse((160, 260, 320, 430), fill=BAND)
        draw.pieslice((110, 440, 370, 800), 180, 360, fill=BAND)
        draw.rectangle((70, 640, 410, 810), fill=PAPER)
    lines = (
        ("Name / Nome", _plain(name)),
        ("Born / Data", f"{1 + number % 28:02} . {1 + number % 12:02} . {1958 + number % 40}"),
        ("Of / De", "Terra Inventada"),
        ("No.", f"DEMO {number:06}"),
        ("Until / Validade", f"{1 + number % 28:02} . 05 . 2031"),
    )
    for row, (label, value) in enumerate(lines):
        draw.text((470, 190 + row * 92), label, BAND, ImageFont.load_default(22))
        draw.text((470, 218 + row * 92), value, INK, ImageFont.load_default(38))
    code = f"D<DEMO<<{_plain(name).upper().replace(' ', '<')}"
    draw.text((70, 700), code.ljust(38, "<")[:38], INK, ImageFont.load_default(40))
    draw.text((70, 760), f"{number:06}<<DEMO<<INVENTED<<INVENTADO".ljust(38, "<")[:38], INK, ImageFont.load_default(40))
    return page


def _back(name: str, number: int) -> Image.Image:
    page, draw = _blank("REMARKS / NOTAS")
    words = (
        "This paper is invented, like everyone in the demo town.",
        "Este papel foi inventado, como todos nesta cidade.",
        f"It was drawn for {_plain(name)}, no. DEMO {number:06}.",
    )
    for row, line in enumerate(words):
        draw.text((70, 220 + row * 70), line, INK, ImageFont.load_default(30))
    draw.ellipse((820, 480, 1120, 780), outline=BAND, width=10)
    draw.text((880, 600), "DEMO", BAND, ImageFont.load_default(60))
    return page


def _blank(title: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    page = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, SIZE[0], 130), fill=BAND)
    draw.text((70, 36), title, PAPER, ImageFont.load_default(48))
    draw.text((SIZE[0] - 200, 842), "DEMO  DEMO", BAND, ImageFont.load_default(22))
    return page, draw


def _plain(name: str) -> str:
    """The letters that the typeface has."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()


def _encoded(page: Image.Image) -> bytes:
    encoded = BytesIO()
    page.save(encoded, "JPEG", quality=80)
    return encoded.getvalue()
