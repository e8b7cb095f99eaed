from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, ImageChops

from tests.verification.strange_papers import encoded
from verification.watermark import watermarked

WORDS = "João Conceição · 21/11/2026 14:03 · 1042"


def page(colour: str, width: int = 2400, height: int = 1700) -> bytes:
    return encoded(Image.new("RGB", (width, height), colour), "jpeg")


def marked(colour: str, words: str = WORDS) -> Image.Image:
    return Image.open(BytesIO(watermarked(page(colour), words)))


@pytest.mark.parametrize("colour", ["white", "black", "gray"])
def test_the_words_show_on_paper_of_any_colour(colour):
    image = marked(colour).convert("L")

    darkest, lightest = image.getextrema()
    assert lightest - darkest > 50
    assert lightest - darkest < 200  # and the page still shows through


def test_no_piece_worth_cutting_out_is_without_them():
    image = marked("white").convert("L")

    side = 480
    for left in range(0, image.width - side + 1, side // 2):
        for top in range(0, image.height - side + 1, side // 2):
            piece = image.crop((left, top, left + side, top + side))
            assert sum(piece.histogram()[:220]) > side * side / 200, (left, top)


def test_the_page_stays_as_large_and_says_nothing_else():
    image = marked("white")

    assert (image.format, image.size, image.mode) == ("JPEG", (2400, 1700), "RGB")
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_other_words_make_another_page():
    one, two = marked("white", "14:03"), marked("white", "14:04")

    assert ImageChops.difference(one, two).getbbox() is not None


def test_accents_are_left_out_since_the_typeface_has_none():
    assert watermarked(page("white"), "João Conceição") == watermarked(page("white"), "Joao Conceicao")


@pytest.mark.parametrize("words", ["", "李明 · 21/11", "a" * 300])
@pytest.mark.parametrize("size", [(1, 1), (8, 2400), (60, 40)])
def test_no_words_and_no_page_are_too_odd(words, size):
    assert Image.open(BytesIO(watermarked(page("white", *size), words))).size == size
