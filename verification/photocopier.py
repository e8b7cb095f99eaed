"""The photocopier: a stranger's file goes in at one end of this process, fresh pages come out at the other.

Only ``verification.papers`` starts it, by its path and with nothing of the town: no settings, no keys, no database, no
import. Once it begins to read, it can open no file and no connection, write nothing to a disk and start nobody.

    photocopier.py KIND    the file on standard input; on standard output one line of JSON, then the pages it counts

KIND is what the file's name promises ("" if it promises nothing). The line is {"kind": …, "pages": [bytes of each]} or
{"refused": code}; what each code means to people is in ``verification.papers``.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import resource
import sys
import warnings
import zipfile
from collections.abc import Iterator
from io import BytesIO

import pillow_heif
import pypdfium2

# The plugins are named, as Pillow would load them when it meets a photo: by then nothing can be loaded any more.
from PIL import (  # noqa: F401
    Image,
    ImageFile,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
)

MEMORY = 1 << 30  # bytes of address space
CPU = 20  # seconds
MAX_PAGES = 20
MAX_PIXELS = 50_000_000
MAX_RATIO = 20  # the long side of a page to its short one
LONG_SIDE = 2400  # pixels
SHARPEST = 600 / 72  # pixels to a point: an identity card on a page of its own size stays legible
QUALITY = 85

OPENS_WITH = {
    "jpeg": re.compile(rb"\xff\xd8\xff"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "heif": re.compile(rb"....ftyp(?:heic|heix|heim|heis|mif1)", re.DOTALL),
    "pdf": re.compile(rb"%PDF-\d"),
}
HEAD = 2048  # bytes in which browsers, and readers of PDF, look for what a file is
MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe|\?php)[\s>]", re.IGNORECASE)

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38


class Refused(Exception):
    """The file is not copied; its argument is the code."""


def shut_in() -> None:
    """Give up, for good, all that copying does not need."""
    os.nice(5)  # pages go before copies
    control = ctypes.CDLL(None, use_errno=True).prctl
    control(PR_SET_PDEATHSIG, 9, 0, 0, 0)  # whoever asked is gone: so are we
    control(PR_SET_DUMPABLE, 0, 0, 0, 0)  # a crash writes no core: it would hold the document
    control(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for what, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU),
        (resource.RLIMIT_NOFILE, 0),  # what is open stays open; neither a file nor a socket can follow
    ):
        resource.setrlimit(what, (limit, limit))


def kind_of(data: bytes) -> str:
    """What the first bytes say. Whether the rest agrees, the one decoder for that kind will tell."""
    for kind, opening in OPENS_WITH.items():
        if opening.match(data):
            return kind
    raise Refused("not_accepted")


def refuse_two_in_one(kind: str, data: bytes) -> None:
    """A file that is a picture to one program and a page or an archive to the next was made to deceive."""
    looked_at = data[:HEAD] if kind == "pdf" else data
    if MARKUP.search(looked_at) or zipfile.is_zipfile(BytesIO(data)):
        raise Refused("two_in_one")
    if kind != "pdf" and b"%PDF-" in data[:HEAD]:
        raise Refused("two_in_one")


def copies(kind: str, data: bytes) -> Iterator[bytes]:
    """Every page as a JPEG of our own: its pixels, upright, and nothing else."""
    for image in _pdf_pages(data) if kind == "pdf" else [_picture(kind, data)]:
        encoded = BytesIO()
        image.save(encoded, "JPEG", quality=QUALITY)
        yield encoded.getvalue()


def _picture(kind: str, data: bytes) -> Image.Image:
    try:
        image: Image.Image = Image.open(BytesIO(data), formats=[kind])
    except UnidentifiedImageError as error:
        raise Refused("damaged") from error
    refuse_size(*image.size)  # so says its header: nothing is decoded yet
    image.draft("RGB", (LONG_SIDE, LONG_SIDE))  # a JPEG need not be decoded larger than it is used
    image.load()
    image = _on_white(ImageOps.exif_transpose(_smaller(image)))
    return Image.frombytes(image.mode, image.size, image.tobytes())  # pixels alone: no EXIF, no XMP, no profile


def _smaller(image: Image.Image) -> Image.Image:
    if max(image.size) <= LONG_SIDE:
        return image
    if image.mode in {"1", "P", "PA"}:  # a palette's numbers cannot be averaged
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS, reducing_gap=2)
    return image


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.point(lambda value: value * (1 / 257)).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        sheet = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(sheet, image)
    return image if image.mode == "L" else image.convert("RGB")


def _pdf_pages(data: bytes) -> Iterator[Image.Image]:
    if b"%%EOF" not in data[-HEAD:]:  # the reader would mend a torn file, and leave out pages without a word
        raise Refused("damaged")
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        needs_password = getattr(error, "err_code", None) == pypdfium2.raw.FPDF_ERR_PASSWORD
        raise Refused("needs_password" if needs_password else "damaged") from error
    if len(document) > MAX_PAGES:
        raise Refused("too_many_pages")
    if not len(document):
        raise Refused("damaged")
    for page in document:
        width, height = page.get_size()
        refuse_shape(width, height)
        scale = min(LONG_SIDE / max(width, height), SHARPEST)
        yield page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False).to_pil().convert("RGB")
        page.close()


def refuse_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise Refused("too_many_pixels")
    refuse_shape(width, height)


def refuse_shape(width: float, height: float) -> None:
    """A strip is no page; squeezed to our size nothing of it could be read."""
    if not 0 < max(width, height) <= MAX_RATIO * min(width, height):
        raise Refused("too_narrow")


def main(promised: str) -> None:
    warnings.simplefilter("ignore")
    pillow_heif.register_heif_opener()
    pillow_heif.options.DECODE_THREADS = 1
    Image.preinit()  # loads what opening a picture would load late
    Image.MAX_IMAGE_PIXELS = None  # refuse_size is stricter
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    out = sys.stdout.buffer
    shut_in()
    try:
        data = sys.stdin.buffer.read()
        kind = kind_of(data)
        if promised and promised != kind:
            raise Refused("wrong_name")
        refuse_two_in_one(kind, data)
        pages = list(copies(kind, data))
    except Refused as refused:
        out.write(json.dumps({"refused": str(refused)}).encode() + b"\n")
    except MemoryError:
        out.write(b'{"refused": "too_heavy"}\n')
    except Exception:  # a decoder's own errors are many, and say no more than this to whoever sent the file
        out.write(b'{"refused": "damaged"}\n')
    else:
        out.write(json.dumps({"kind": kind, "pages": [len(page) for page in pages]}).encode() + b"\n")
        out.writelines(pages)
    out.flush()
    os._exit(0)  # nothing is left to put away, and decoders' own endings need not run


if __name__ == "__main__":
    main(*sys.argv[1:])
