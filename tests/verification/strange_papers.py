"""Papers as people send them, and as nobody should: each made here, byte by byte where no program would make it."""

from __future__ import annotations

import hashlib
import struct
import zlib
from io import BytesIO

import pillow_heif
from PIL import Image
from PIL.PngImagePlugin import PngInfo

pillow_heif.register_heif_opener()
FORMATS = {"jpeg": "JPEG", "png": "PNG", "heif": "HEIF", "pdf": "PDF"}
PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")  # of every encrypted PDF


def scene(width: int = 60, height: int = 40) -> Image.Image:
    """The upper half is red, the lower one blue: which way is up can be told."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (0, height // 2, width, height))
    return image


def noise(width: int, height: int) -> Image.Image:
    """As hard to compress as a photo."""
    small = [Image.effect_noise((width // 4, height // 4), 60) for _ in range(3)]
    return Image.merge("RGB", small).resize((width, height))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    target = BytesIO()
    image.save(target, FORMATS[kind], **options)
    return target.getvalue()


def exif(*, maker: str = "", orientation: int = 1, somewhere: bool = False) -> bytes:
    """What a telephone writes beside the picture."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = maker
    if somewhere:
        tags.get_ifd(0x8825).update({1: "N", 2: (51.0, 28.0, 40.0), 3: "W", 4: (0.0, 7.0, 20.0)})
    return tags.tobytes()


def png_with_words(words: str) -> bytes:
    said = PngInfo()
    said.add_text("Comment", words)
    said.add_text("Zipped", words * 3, zip=True)
    return encoded(scene(), "png", pnginfo=said)


def png_that_says(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises as many pixels as you like."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1; the first is its catalogue."""
    written = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        len(written),
    )
    return written + table + end


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), extra, data)


def pages(count: int, *, size: tuple[int, int] = (200, 100)) -> bytes:
    """A PDF of so many empty pages."""
    kids = b" ".join(b"%d 0 R" % number for number in range(3, 3 + count))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] >>" % size
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
        *[page] * count,
    )


def pdf_of_scripts(words: bytes) -> bytes:
    """One page, with a script for when it opens, a file inside, metadata, and words drawn on it."""
    script = (
        b"<< /S /JavaScript /JS (app.alert\\('%s'\\); this.exportDataObject\\({cName:'x', nLaunch:2}\\);) >>" % words
    )
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction %s /Names << /EmbeddedFiles << /Names [(x.exe) 6 0 R] >> >> >>"
        % script,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R"
        b" /Resources << /Font << /F 5 0 R >> >> /AA << /O %s >> >>" % script,
        stream(b"1 0 0 rg 0 50 200 50 re f 0 0 1 rg 0 0 200 50 re f BT /F 12 Tf 10 60 Td 0 g (%s) Tj ET" % words),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Filespec /F (x.exe) /EF << /F 7 0 R >> >>",
        stream(b"MZ" + words, b"/Type /EmbeddedFile"),
        b"<< /Title (%s) >>" % words,
        trailer=b"/Info 8 0 R",
    )


def pdf_of_forms_within_forms(levels: int = 12, each: int = 12) -> bytes:
    """One page that draws a form, which draws the next one twelve times, and so on: nobody will see the end of it."""
    forms = [
        stream(
            b"/N Do " * each,
            b"/Type /XObject /Subtype /Form /BBox [0 0 200 100] /Resources << /XObject << /N %d 0 R >> >>"
            % (number + 1),
        )
        for number in range(5, 5 + levels)
    ]
    last = stream(b"0 0 m 200 100 l S " * 100, b"/Type /XObject /Subtype /Form /BBox [0 0 200 100]")
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R"
        b" /Resources << /XObject << /N 5 0 R >> >> >>",
        stream(b"/N Do"),
        *forms,
        last,
    )


def locked_pdf(password: bytes = b"segredo") -> bytes:
    """A page that only this password opens (the standard handler, revision 2)."""
    name = b"0123456789abcdef"
    rights = struct.pack("<i", -4)
    owner = _rc4(hashlib.md5((password + PAD)[:32]).digest()[:5], (password + PAD)[:32])
    key = hashlib.md5((password + PAD)[:32] + owner + rights + name).digest()[:5]
    lock = b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>"
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] >>",
        lock % (owner.hex().encode(), _rc4(key, PAD).hex().encode()),
        trailer=b"/Encrypt 4 0 R /ID [<%s> <%s>]" % (name.hex().encode(), name.hex().encode()),
    )


def _rc4(key: bytes, data: bytes) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)
