"""A page as the desk shows it: who is looking, and when, stands all over it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from math import ceil, cos, radians, sin

from PIL import Image, ImageDraw, ImageFont

QUALITY = 80
LETTER = 1 / 45  # of the page's long side
ANGLE = 28  # degrees: they lie across lines of print, so that they cannot be cut out between them
STRENGTH = 100  # of 255
LONGEST = 80  # letters


def watermarked(jpeg: bytes, words: str) -> bytes:
    """Write words all over a page, so that no piece of it worth showing is without them: a JPEG, as large as before.

    Accents are left out: the typeface that comes with Pillow has none.
    """
    page = Image.open(BytesIO(jpeg), formats=["JPEG"]).convert("RGB")
    size = max(12, round(max(page.size) * LETTER))
    letters, strength, length = _written(plain(words), size)
    for left, top in _places(page.size, letters.size, along=length + size, across=3.6 * size):
        page.paste(letters, (left, top), strength)
    encoded = BytesIO()
    page.save(encoded, "JPEG", quality=QUALITY)
    return encoded.getvalue()


def plain(words: str) -> str:
    """What is written of words: the letters that the typeface has."""
    spelled = unicodedata.normalize("NFKD", words.replace("—", "-").replace("–", "-").replace("·", "-"))
    return spelled.encode("ascii", "ignore").decode()[:LONGEST]


@lru_cache(maxsize=8)
def _written(words: str, size: int) -> tuple[Image.Image, Image.Image, float]:
    """The words once, aslant, as colours and how strong they are; and how long they are, in pixels.

    Black letters show on light paper, the white edge around them on dark.
    """
    font = ImageFont.load_default(size)
    edge = max(1, size // 12)
    left, top, right, bottom = font.getbbox(words, stroke_width=edge)
    area, start = (ceil(right - left) + 2, ceil(bottom - top) + 2), (1 - left, 1 - top)
    letters, strength = Image.new("RGB", area, "white"), Image.new("L", area)
    ImageDraw.Draw(letters).text(start, words, "black", font)
    ImageDraw.Draw(strength).text(start, words, STRENGTH, font, stroke_width=edge)
    turned = [image.rotate(ANGLE, Image.Resampling.BICUBIC, expand=True) for image in (letters, strength)]
    return turned[0], turned[1], right - left


def _places(page: tuple[int, int], words: tuple[int, int], *, along: float, across: float) -> Iterator[tuple[int, int]]:
    """Where to write them: line after line aslant, each begun a little later than the one before."""
    slope = radians(ANGLE)
    reach = sum(page) + sum(words)
    for line in range(-ceil(reach / across), ceil(reach / across) + 1):
        for place in range(-ceil(reach / along) - 1, ceil(reach / along) + 2):
            step = (place + line % 3 / 3) * along
            left = round(step * cos(slope) + line * across * sin(slope))
            top = round(line * across * cos(slope) - step * sin(slope))
            if -words[0] < left < page[0] and -words[1] < top < page[1]:
                yield left, top
