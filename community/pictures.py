"""Pictures people hand in: what arrives is decoded, and only what we encoded ourselves is ever kept or served."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from typing import IO, Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import models
from django.db.models import Q
from django.db.models.fields.files import ImageFieldFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 16_383  # pixels; WebP holds no more
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")  # told by their first bytes, whatever the file is called
WIDTHS = (480, 960, 1600)
QUALITY = 80

NOT_A_PICTURE = _("This is not a picture we can read. Send a JPEG, PNG, WebP or HEIC file.")


class Source(NamedTuple):
    """One size of a picture, for ``srcset``."""

    url: str
    width: int


class PreparedPicture(ContentFile):
    """A picture as we keep it: WebP, upright, in sRGB, without metadata, and its smaller sizes beside it."""

    name: str

    def __init__(self, content: bytes, smaller: dict[int, bytes]) -> None:
        super().__init__(content, name=f"{secrets.token_urlsafe(16)}.webp")
        self.smaller = smaller


def prepare(upload: File) -> PreparedPicture:
    """Decode what was handed in and encode it anew, so that nothing but its pixels is left.

    Raises ValidationError, with a reason for its sender, if it is too large, no picture or damaged.
    """
    if upload.size > MAX_BYTES:
        raise ValidationError(_("This picture is larger than 10 MB. Make it smaller and try again."), code="too_large")
    upload.seek(0)
    image = _decode(upload)
    sizes = {width: _encode(image, width) for width in WIDTHS if width < image.width}
    largest = min(image.width, max(WIDTHS))
    content = sizes.pop(largest, None) or _encode(image, largest)
    return PreparedPicture(content, smaller=sizes)


def _decode(upload: IO[bytes]) -> Image.Image:
    too_many = ValidationError(_("This picture has more than 40 million pixels. Make it smaller and try again."))
    try:
        image = Image.open(upload, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise too_many from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ValidationError(NOT_A_PICTURE, code="not_a_picture") from error
    if image.width * image.height > MAX_PIXELS:  # so says its header, before anything is decoded
        raise too_many
    if max(image.size) > MAX_SIDE:  # a strip one pixel wide takes more memory than its pixels, too
        raise ValidationError(
            _("A side of this picture is longer than %(limit)d pixels. Cut it and try again."),
            code="too_long",
            params={"limit": MAX_SIDE},
        )
    try:
        image.draft("RGB", (2 * max(WIDTHS), 2 * max(WIDTHS)))  # a JPEG need not be decoded larger than it is used
        image.load()
        return _in_srgb(ImageOps.exif_transpose(image))
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise ValidationError(_("This picture is damaged. Save it again and try once more."), code="damaged") from error


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if profile and image.mode in {"RGB", "CMYK"}:
        # With a broken profile the numbers are taken as they are, as browsers do.
        with suppress(ImageCms.PyCMSError, OSError):
            ours, srgb = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
            image = ImageCms.profileToProfile(image, ours, srgb, outputMode="RGB") or image
    image = image.convert(mode)
    image.info = {}
    return image


def _encode(image: Image.Image, width: int) -> bytes:
    if width < image.width:
        height = max(1, round(image.height * width / image.width))
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    encoded = BytesIO()
    image.save(encoded, "WEBP", quality=QUALITY, method=4)
    return encoded.getvalue()


def name_at(name: str, width: int) -> str:
    """Where the smaller size of a picture is kept: pictures/x.webp, pictures/x-480.webp."""
    return f"{name.removesuffix('.webp')}-{width}.webp"


class PictureFile(ImageFieldFile):
    """A picture in its place in the storage; whatever way it comes, it is prepared first."""

    name: str

    def save(self, name: str, content: File, save: bool = True) -> None:
        prepared = content if isinstance(content, PreparedPicture) else prepare(content)
        super().save(prepared.name, prepared, save=False)
        for width, smaller in prepared.smaller.items():
            self.storage.save(name_at(self.name, width), ContentFile(smaller))
        if save:
            self.instance.save()

    def discard(self) -> None:
        """Take every size of it out of the storage; the row is left alone."""
        for name in (self.name, *(name_at(self.name, width) for width in WIDTHS)):
            self.storage.delete(name)


class PictureFormField(forms.FileField):
    """Refuses what is no picture while the sender can still be told."""

    default_error_messages = {"empty": NOT_A_PICTURE}

    def to_python(self, data: File | None) -> PreparedPicture | None:
        upload = super().to_python(data)
        return prepare(upload) if upload else None

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"accept": "image/jpeg,image/png,image/webp,image/heic,image/heif"}


class PictureField(models.ImageField):
    """A picture, kept as ``prepare`` makes it."""

    attr_class = PictureFile

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**({"form_class": PictureFormField} | kwargs))

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.ImageField", args, kwargs  # to the database it is one


class Pictured(models.Model):
    """Something with one picture, described in at least one language for those who do not see it."""

    picture = PictureField(
        _("picture"),
        upload_to="pictures/",
        blank=True,
        width_field="picture_width",
        height_field="picture_height",
        help_text=_("JPEG, PNG, WebP or HEIC, up to 10 MB. Where it was taken is removed from it."),
    )
    picture_alt = models.CharField(_("what the picture shows"), max_length=200, blank=True)  # in pt and en
    picture_width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    picture_height = models.PositiveIntegerField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def sources(self) -> list[Source]:
        """The sizes there are, narrowest first; empty without a picture. Asks no storage."""
        name = self.picture.name
        if not name:
            return []
        smaller = [
            Source(self.picture.storage.url(name_at(name, width)), width)
            for width in WIDTHS
            if width < (self.picture_width or 0)
        ]
        return [*smaller, Source(self.picture.url, self.picture_width or max(WIDTHS))]

    @property
    def srcset(self) -> str:
        """The sizes there are, as an ``img`` element takes them."""
        return ", ".join(f"{source.url} {source.width}w" for source in self.sources)


def described(name: str) -> models.CheckConstraint:
    """The rule that a picture says what it shows, for the Meta of a ``Pictured`` model."""
    return models.CheckConstraint(
        name=name,
        # NULL is neither true nor false, and a check lets it pass: so it is ruled out by name.
        condition=Q(picture="")
        | Q(picture_alt_pt__gt="", picture_alt_pt__isnull=False)
        | Q(picture_alt_en__gt="", picture_alt_en__isnull=False),
        violation_error_message=_("Say in at least one language what the picture shows."),
    )
