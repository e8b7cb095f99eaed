from __future__ import annotations

import re
import struct
import zlib
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import Image, ImageCms

from businesses.models import Business
from community.pictures import PictureFormField, prepare
from tests.factories import BusinessFactory, EventFactory


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def picture(kind: str = "JPEG", size: tuple[int, int] = (800, 600), mode: str = "RGB", **options) -> bytes:
    data = BytesIO()
    Image.new(mode, size, "teal" if mode == "RGB" else 0).save(data, kind, **options)
    return data.getvalue()


def refusal(data: bytes, name: str = "photo.jpg") -> str:
    with pytest.raises(ValidationError) as caught:
        prepare(SimpleUploadedFile(name, data))
    return caught.value.message


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_what_cameras_and_editors_make_is_taken_and_kept_as_webp(kind):
    prepared = prepare(SimpleUploadedFile("IMG_0001", picture(kind)))

    assert Image.open(prepared).format == "WEBP"
    assert Image.open(prepared).size == (800, 600)
    assert list(prepared.smaller) == [480]


def test_where_it_was_taken_and_everything_else_written_into_it_is_gone():
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (51.0, 28.0, 20.0)
    exif[0x010F] = "Câmara"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    prepared = prepare(ContentFile(picture(size=(2000, 1000), exif=exif, icc_profile=profile, comment=b"segredo")))

    for data in (prepared.read(), *prepared.smaller.values()):
        kept = Image.open(BytesIO(data))
        assert dict(kept.getexif()) == {}
        assert set(kept.info) <= {"loop", "background", "timestamp", "duration"}
        assert b"segredo" not in data
        assert b"EXIF" not in data
        assert b"ICCP" not in data


def test_a_picture_taken_sideways_is_kept_upright():
    exif = Image.Exif()
    exif[0x0112] = 6

    prepared = prepare(ContentFile(picture(size=(800, 600), exif=exif)))

    assert Image.open(prepared).size == (600, 800)


def test_a_large_picture_is_kept_in_three_widths_and_a_small_one_is_never_blown_up():
    large = prepare(ContentFile(picture(size=(4000, 3000))))
    small = prepare(ContentFile(picture(size=(300, 200))))

    assert Image.open(large).size == (1600, 1200)
    assert {width: Image.open(BytesIO(data)).size for width, data in large.smaller.items()} == {
        480: (480, 360),
        960: (960, 720),
    }
    assert Image.open(small).size == (300, 200)
    assert small.smaller == {}


@pytest.mark.parametrize(
    ("mode", "kind"), [("P", "PNG"), ("L", "JPEG"), ("LA", "PNG"), ("RGBA", "PNG"), ("I;16", "PNG"), ("CMYK", "JPEG")]
)
def test_every_way_to_store_colours_is_read(mode, kind):
    assert Image.open(prepare(ContentFile(picture(kind, mode=mode)))).format == "WEBP"


def test_what_hides_behind_a_picture_is_not_kept():
    page = b"<html><script>alert(1)</script></html>"

    prepared = prepare(SimpleUploadedFile("both.jpg", picture() + page))

    assert b"script" not in prepared.read()


def test_text_called_a_picture_is_refused():
    assert "not a picture" in refusal(b"Ol\xc3\xa1, sou um texto.", "festa.jpg")


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO"])
def test_other_kinds_of_picture_are_refused(kind):
    assert "not a picture" in refusal(picture(kind, size=(64, 64)))


def test_an_svg_is_refused():
    assert "not a picture" in refusal(b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "a.svg")


def test_half_a_picture_is_refused():
    noise = Image.effect_noise((800, 600), 80).convert("RGB")
    data = BytesIO()
    noise.save(data, "JPEG")

    assert "damaged" in refusal(data.getvalue()[: len(data.getvalue()) // 2])


def header_of_png(width: int, height: int) -> bytes:
    """A PNG that says it is this large and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8000, 5001), (30_000, 30_000)])
def test_forty_million_pixels_are_refused_before_they_are_decoded(size, monkeypatch):
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda image: pytest.fail("it was decoded"))

    assert "40 million" in refusal(header_of_png(*size), "bomba.png")


@pytest.mark.parametrize("size", [(1, 16_384), (16_384, 1), (1, 39_000_000)])
def test_a_strip_that_no_webp_could_hold_is_refused_before_it_is_decoded(size, monkeypatch):
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda image: pytest.fail("it was decoded"))

    assert "longer than" in refusal(header_of_png(*size), "tira.png")


def test_more_than_ten_megabytes_are_refused_unread(monkeypatch):
    monkeypatch.setattr("PIL.Image.open", lambda *args, **kwargs: pytest.fail("it was opened"))

    assert "10 MB" in refusal(b"\xff" * (10 * 1024 * 1024 + 1))


def test_a_form_refuses_what_is_no_picture_and_asks_for_the_kinds_it_takes():
    field = PictureFormField()

    with pytest.raises(ValidationError, match="not a picture"):
        field.clean(SimpleUploadedFile("a.jpg", b"texto"))
    assert field.widget.attrs["accept"].startswith("image/jpeg,")


def test_a_row_knows_the_sizes_of_its_picture_and_their_names_tell_nothing(tmp_path):
    business = BusinessFactory.build(type=None, borough=None)
    business.picture.save("A minha avó.jpg", ContentFile(picture(size=(1200, 800))), save=False)

    name = business.picture.name
    assert re.fullmatch(r"pictures/[A-Za-z0-9_-]{22}\.webp", name)
    assert business.sources == [
        (f"/media/{name.removesuffix('.webp')}-480.webp", 480),
        (f"/media/{name.removesuffix('.webp')}-960.webp", 960),
        (f"/media/{name}", 1200),
    ]
    assert business.srcset.endswith(f"-960.webp 960w, /media/{name} 1200w")
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == sorted(
        url.rpartition("/")[2] for url, _width in business.sources
    )

    business.picture.discard()

    assert list((tmp_path / "pictures").iterdir()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("factory", [BusinessFactory, EventFactory])
def test_a_picture_nobody_can_hear_described_is_refused_by_the_database(factory):
    with pytest.raises(IntegrityError, match="picture_says_what_it_shows"), transaction.atomic():
        factory(picture="pictures/x.webp", picture_width=1, picture_height=1)

    factory(picture="pictures/x.webp", picture_width=1, picture_height=1, picture_alt_en="A tray of pastries")


def test_a_row_without_a_picture_has_no_sizes():
    assert Business().sources == []
    assert Business().srcset == ""
