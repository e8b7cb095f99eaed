from __future__ import annotations

import json
import os
import sys
import time
import zipfile
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings as town
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from django.utils import translation
from PIL import Image

from tests.verification import strange_papers as strange
from verification import papers, sealing, uploads

WORDS = "QXZ-cartao-7741"  # in no file but those of these tests


def copied(data: bytes, name: str = "") -> papers.Copies:
    return papers.copied(SimpleUploadedFile(name or "page", data))


def refusal(data: bytes, name: str = "") -> str:
    """The code with which a paper is refused."""
    with pytest.raises(papers.Refusal) as refused:
        copied(data, name)
    return str(refused.value.code)


def photocopier_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    """Put another program in the photocopier's place: it may use the real one's parts."""
    program = tmp_path / "program.py"
    folder = str(papers.PHOTOCOPIER.parent)
    program.write_text(f"import json, os, sys, time\nsys.path.insert(0, {folder!r})\nimport photocopier\n{does}")
    monkeypatch.setattr(papers, "PHOTOCOPIER", program)


# What is left of a paper ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "name"), [("jpeg", "A.JPG"), ("png", "a.png"), ("heif", "IMG_1.HEIC"), ("pdf", "a.pdf"), ("png", "noname")]
)
def test_what_people_send_becomes_a_jpeg_of_our_own(kind, name):
    copies = copied(strange.encoded(strange.scene(), kind), name)

    (page,) = copies.pages
    image = Image.open(BytesIO(page))
    assert (copies.kind, image.format) == (kind, "JPEG")
    red, blue = image.getpixel((image.width // 2, 5)), image.getpixel((image.width // 2, image.height - 5))
    assert red[0] > 200 > 80 > red[2], red
    assert blue[2] > 200 > 80 > blue[0], blue


@pytest.mark.parametrize("kind", ["jpeg", "heif", "png"])
def test_a_page_is_turned_upright_and_says_nothing_of_whose_camera_and_where(kind):
    turned = strange.scene().transpose(Image.Transpose.ROTATE_90)
    data = strange.encoded(turned, kind, exif=strange.exif(maker=WORDS, orientation=6, somewhere=True))
    assert WORDS.encode() in data

    (page,) = copied(data).pages

    image = Image.open(BytesIO(page))
    assert image.size == (60, 40)
    assert image.getpixel((30, 2))[0] > 200  # red is above again
    assert WORDS.encode() not in page
    assert dict(image.getexif()) == {}
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize(
    "data",
    [
        strange.png_with_words(WORDS),
        strange.encoded(strange.scene(), "jpeg", comment=WORDS),
        strange.encoded(strange.scene(), "jpeg", icc_profile=WORDS.encode()),
        strange.encoded(strange.scene(), "jpeg", xmp=WORDS.encode()),
    ],
)
def test_words_beside_the_pixels_are_gone(data):
    assert WORDS.encode() in data

    (page,) = copied(data).pages

    assert WORDS.encode() not in page


def test_a_pdf_of_scripts_is_a_picture_of_its_page_and_nothing_else():
    (page,) = copied(strange.pdf_of_scripts(WORDS.encode()), "a.pdf").pages

    image = Image.open(BytesIO(page))
    assert image.getpixel((image.width - 20, 20))[0] > 200
    assert image.convert("L").getextrema()[0] < 40  # the words are drawn
    for left in (WORDS.encode(), b"JavaScript", b"app.alert", b"%PDF"):
        assert left not in page


@pytest.mark.parametrize("kind", ["jpeg", "png", "heif"])
def test_a_large_picture_is_made_as_large_as_the_desk_shows_it(kind):
    (page,) = copied(strange.encoded(strange.scene(2800, 2100), kind)).pages

    assert Image.open(BytesIO(page)).size == (2400, 1800)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_way_to_write_a_colour_is_read(mode):
    image = strange.scene(3000, 2000).convert("L" if mode == "I;16" else mode)
    kind = "jpeg" if mode == "CMYK" else "png"
    if mode == "I;16":
        image = Image.frombytes(
            "I;16", image.size, image.convert("I").point(lambda v: v * 257).convert("I;16").tobytes()
        )
    if mode == "RGBA":
        image.putalpha(0)

    (page,) = copied(strange.encoded(image, kind)).pages

    copy = Image.open(BytesIO(page))
    assert copy.size == (2400, 1600)
    if mode == "RGBA":
        assert copy.getpixel((1200, 800)) == (255, 255, 255)  # what is transparent lies on white paper
    if mode == "I;16":
        assert abs(copy.getpixel((1200, 100)) - 76) < 4  # red, in grey


def test_every_page_of_a_pdf_comes_in_its_order():
    sheets = [Image.new("RGB", (300, 200), colour) for colour in ("red", "lime", "blue")]

    found = copied(strange.encoded(sheets[0], "pdf", save_all=True, append_images=sheets[1:])).pages

    assert [max(range(3), key=Image.open(BytesIO(page)).getpixel((9, 9)).__getitem__) for page in found] == [0, 1, 2]


def test_a_photo_with_a_second_one_behind_it_as_telephones_write_them_is_taken():
    target = BytesIO()
    strange.scene().save(target, "MPO", save_all=True, append_images=[strange.scene()])

    assert len(copied(target.getvalue(), "a.jpg").pages) == 1


# What is refused -----------------------------------------------------------------------------------


def zipped() -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", "a")
    return target.getvalue()


JPEG, PNG = strange.encoded(strange.scene(), "jpeg"), strange.encoded(strange.scene(), "png")


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.jpg", "empty"),
        (b"\xff", "a.jpg", "not_accepted"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "a.svg", "not_accepted"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "a.png", "not_accepted"),
        (b"<!doctype html><script>1</script>", "a.html", "not_accepted"),
        (b"<!doctype html><script>1</script>", "a.pdf", "not_accepted"),
        (b"GIF89a" + bytes(99), "a.gif", "not_accepted"),
        (b"\0\0\0\x1cftypmp42" + bytes(99), "a.heic", "not_accepted"),
        (JPEG, "a.exe", "not_accepted"),
        (JPEG, "a.pdf", "wrong_name"),
        (PNG, "a.jpg", "wrong_name"),
        (strange.pages(1), "a.png", "wrong_name"),
        (JPEG + b"<html><script>alert(1)</script>", "a.jpg", "two_in_one"),
        (strange.encoded(strange.scene(), "jpeg", comment=b"<script>1</script>"), "a.jpg", "two_in_one"),
        (strange.encoded(strange.scene(), "jpeg", comment=b"%PDF-1.7"), "a.jpg", "two_in_one"),
        (JPEG + zipped(), "a.jpg", "two_in_one"),
        (PNG + zipped(), "a.png", "two_in_one"),
        (strange.pages(1) + zipped(), "a.pdf", "two_in_one"),
        (b"GIF89a\n" + strange.pages(1), "a.pdf", "not_accepted"),
        (strange.pages(21), "a.pdf", "too_many_pages"),
        (strange.pages(10_000), "a.pdf", "too_many_pages"),
        (strange.pages(1, size=(14_400, 1)), "a.pdf", "too_narrow"),
        (strange.locked_pdf(), "a.pdf", "needs_password"),
        (strange.pdf(b"<< /Type /Catalog >>"), "a.pdf", "damaged"),
        (strange.png_that_says(60_000, 60_000), "a.png", "too_many_pixels"),
        (strange.png_that_says(7_200, 7_000), "a.png", "too_many_pixels"),
        (strange.png_that_says(400_000, 1), "a.png", "too_narrow"),
        (strange.png_that_says(100, 100), "a.png", "damaged"),
    ],
)
def test_what_cannot_be_a_page_is_refused(data, name, code):
    started = time.monotonic()
    assert refusal(data, name) == code
    assert time.monotonic() - started < 5  # before anything is decoded


@pytest.mark.parametrize("kind", ["jpeg", "png", "heif", "pdf"])
@pytest.mark.parametrize("share", [0.9, 0.5])
def test_what_arrived_in_part_is_refused(kind, share):
    data = strange.encoded(strange.noise(400, 300), kind)

    assert refusal(data[: int(len(data) * share)]) == "damaged"


def test_a_pdf_whose_last_changes_were_torn_off_is_not_shown_as_it_was_before():
    torn = strange.pages(1) + b"\n9 0 obj\n<< /Length 9000 >>\nstream\n" + bytes(5000)

    assert refusal(torn) == "damaged"


def test_ten_megabytes_are_the_most():
    upload = SimpleUploadedFile("a.jpg", JPEG + bytes(papers.MAX_BYTES - len(JPEG)))
    assert papers.copied(upload).kind == "jpeg"

    assert refusal(JPEG + bytes(papers.MAX_BYTES - len(JPEG) + 1)) == "too_large"


def test_a_refusal_says_what_to_do_in_both_languages():
    for code in papers.REASONS:
        said = {}
        for language in ("en", "pt"):
            with translation.override(language):
                (said[language],) = papers.Refusal(code).messages
        assert said["en"] != said["pt"], code


def test_each_refusal_of_the_photocopier_has_words():
    source = papers.PHOTOCOPIER.read_text()

    codes = {line.split('"')[1] for line in source.splitlines() if "Refused(" in line and '"' in line}
    assert codes - {"needs_password"} <= set(papers.REASONS)
    assert {"damaged", "two_in_one"} <= codes


# What the photocopier can do to us -----------------------------------------------------------------


def test_the_photocopier_can_reach_nothing_and_knows_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("DESK_SECRET", WORDS)
    tries = f"""
import socket
opened = os.open({str(tmp_path / "mine")!r}, os.O_CREAT | os.O_WRONLY)
photocopier.shut_in()
def fails(what):
    try:
        what()
    except BaseException as error:
        return type(error).__name__
    return "done"
found = {{
    "environment": sorted(set(os.environ) - {{"LC_CTYPE"}}),
    "read": fails(lambda: open("/etc/passwd")),
    "write": fails(lambda: os.write(opened, b"x")),
    "connect": fails(lambda: socket.socket()),
    "memory": fails(lambda: bytearray(1 << 30)),
    "pipe": fails(os.pipe),
    "folder": os.getcwd(),
    "leaves a core": photocopier.ctypes.CDLL(None).prctl(3),
}}
os.close(0)
found["in the place of what was closed"] = fails(lambda: socket.socket())
sys.stdout.write(json.dumps(found))
sys.stdout.flush()
"""
    photocopier_that(tmp_path, monkeypatch, tries)

    assert json.loads(papers._photocopy(b"", "")) == {
        "environment": [],
        "read": "OSError",
        "write": "OSError",
        "connect": "OSError",
        "memory": "MemoryError",
        "pipe": "OSError",
        "folder": "/",
        "leaves a core": 0,
        "in the place of what was closed": "OSError",
    }


LIKE_A_SERVICE = "if os.geteuid() == 0: os.setuid(65534)"  # root may always start another; services are not root


def test_the_photocopier_starts_nobody(tmp_path, monkeypatch):
    tries = f"""
{LIKE_A_SERVICE}
photocopier.shut_in()
photocopier.start_nobody()
try:
    os.fork()
except OSError:
    print("alone", flush=True)
"""
    photocopier_that(tmp_path, monkeypatch, tries)

    assert papers._photocopy(b"", "") == b"alone\n"


@pytest.mark.parametrize("kind", ["jpeg", "png", "heif", "pdf"])
def test_the_limits_leave_a_service_room_to_work(tmp_path, monkeypatch, kind):
    service = tmp_path / "photocopier.py"
    real = papers.PHOTOCOPIER.read_text()
    service.write_text(real.replace("    shut_in()\n", f"    {LIKE_A_SERVICE}\n    shut_in()\n"))
    assert service.read_text() != real
    monkeypatch.setattr(papers, "PHOTOCOPIER", service)

    assert copied(strange.encoded(strange.scene(2000, 1500), kind)).kind == kind


def test_what_calculates_without_end_is_stopped(tmp_path, monkeypatch):
    photocopier_that(tmp_path, monkeypatch, "photocopier.CPU = 1\nphotocopier.shut_in()\nwhile True: pass")
    started = time.monotonic()

    assert refusal(JPEG) == "too_heavy"
    assert time.monotonic() - started < 15


def test_what_waits_without_end_is_stopped_with_whomever_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr(papers, "SECONDS", 1)
    note = tmp_path / "child"
    photocopier_that(
        tmp_path,
        monkeypatch,
        f"child = os.fork()\nif child: open({str(note)!r}, 'w').write(str(child))\ntime.sleep(60)",
    )
    started = time.monotonic()

    assert refusal(JPEG) == "too_heavy"
    assert time.monotonic() - started < 15
    assert is_gone(int(note.read_text()))


def test_whomever_a_photocopier_leaves_behind_is_stopped(tmp_path, monkeypatch):
    note = tmp_path / "child"
    leaves = f"""
sys.stdin.buffer.read()
child = os.fork()
if child:
    open({str(note)!r}, "w").write(str(child))
    print('{{"refused": "damaged"}}', flush=True)
    os._exit(0)
os.close(1)
time.sleep(60)
"""
    photocopier_that(tmp_path, monkeypatch, leaves)

    assert refusal(JPEG) == "damaged"
    assert is_gone(int(note.read_text()))


def is_gone(pid: int) -> bool:
    """Whether a process ended; who is nobody's child any more may wait a moment to be buried."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    "says",
    [
        "",
        "no json\\n",
        "[]\\n",
        '{"pages": [5]}\\nabcd',
        '{"kind": "pdf", "pages": [-1, 5]}\\nabcd',
        '{"kind": "pdf", "pages": []}\\n',
        '{"refused": "not one of ours"}\\n',
    ],
)
def test_a_photocopier_that_talks_nonsense_is_not_believed(tmp_path, monkeypatch, says):
    photocopier_that(tmp_path, monkeypatch, f"sys.stdin.buffer.read()\nsys.stdout.write('{says}')\nsys.stdout.flush()")

    assert refusal(JPEG) == "too_heavy"


def test_a_photocopier_that_never_stops_talking_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(papers, "MAX_ANSWER", 1 << 20)
    photocopier_that(tmp_path, monkeypatch, "while True: sys.stdout.write('x' * 65536)")
    started = time.monotonic()

    assert refusal(JPEG) == "too_heavy"
    assert time.monotonic() - started < 15


def test_a_pdf_that_would_draw_for_years_is_given_up(tmp_path, monkeypatch):
    hasty = tmp_path / "photocopier.py"
    hasty.write_text(papers.PHOTOCOPIER.read_text().replace("\nCPU = 20 ", "\nCPU = 2 "))
    assert "CPU = 2 " in hasty.read_text()
    monkeypatch.setattr(papers, "PHOTOCOPIER", hasty)

    assert refusal(strange.pdf_of_forms_within_forms()) == "too_heavy"


# How papers come in --------------------------------------------------------------------------------


@uploads.never_on_disk
def hand_in(request: HttpRequest) -> HttpResponse:
    """What a view does with a paper, from upload to evidence."""
    upload = request.FILES["paper"]
    try:
        copies = papers.copied(upload)
    except papers.Refusal as refused:
        return HttpResponse(str(refused.code), status=422)
    evidence = uuid4()
    sealed = sealing.seal(copies.pages, evidence=evidence)
    sealing.keep(sealed.pages, evidence=evidence)
    return HttpResponse(str(evidence))


urlpatterns = [path("hand-in/", hand_in)]

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_written: list[str] | None = None


def _listen(event: str, facts: tuple[object, ...]) -> None:
    if _written is None or event != "open" or isinstance(facts[0], int):  # a number: it is open already
        return
    if isinstance(facts[2], int) and facts[2] & WRITES:
        _written.append(str(facts[0]))


sys.addaudithook(_listen)


@pytest.fixture
def evidence_root(settings, tmp_path):
    public, secret = sealing.new_key_pair()
    settings.DESK_PUBLIC_KEY, settings.DESK_SECRET_KEYS = public, [secret]
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    settings.ROOT_URLCONF = __name__
    return tmp_path / "evidence"


@pytest.fixture
def written(monkeypatch):
    """Every file this process opens for writing."""
    global _written
    _written = []
    yield _written
    _written = None


@pytest.mark.django_db
def test_a_document_is_never_on_a_disk_in_the_clear(evidence_root, written):
    data = strange.pdf_of_scripts(WORDS.encode())
    padded = data.replace(b"%%EOF", b"% " + bytes(4 * 1024 * 1024) + b"\n%%EOF")  # more than Django holds in memory

    browser, token = Client(enforce_csrf_checks=True), "a" * 32
    browser.cookies[town.CSRF_COOKIE_NAME] = token

    form = {"csrfmiddlewaretoken": token, "paper": SimpleUploadedFile("a.pdf", padded)}
    answer = browser.post("/hand-in/", form)

    assert answer.status_code == 200, answer.content
    files = sorted(file for file in evidence_root.rglob("*") if file.is_file())
    assert [file.name for file in files] == ["1"]
    assert {path for path in written if not path.startswith(("/dev/null", str(evidence_root)))} == set()
    sealed = files[0].read_bytes()
    for trace in (WORDS.encode(), b"JFIF", b"\xff\xd8\xff", b"%PDF"):
        assert trace not in sealed


@pytest.mark.django_db
def test_without_a_key_nothing_is_stored(evidence_root, settings):
    settings.DESK_PUBLIC_KEY = ""

    with pytest.raises(sealing.Unsealable):
        Client().post("/hand-in/", {"paper": SimpleUploadedFile("a.jpg", JPEG)})

    assert not evidence_root.exists()


@pytest.mark.django_db
def test_a_file_that_is_too_large_is_told_so_and_not_held(evidence_root):
    answer = Client().post("/hand-in/", {"paper": SimpleUploadedFile("a.jpg", JPEG + bytes(papers.MAX_BYTES))})

    assert (answer.status_code, answer.content) == (422, b"too_large")


def test_a_request_larger_than_five_papers_is_refused_unread(evidence_root):
    form = BytesIO(b"--x\r\nContent-Disposition: form-data; name=paper; filename=a.jpg\r\n\r\n")
    request = RequestFactory().generic(
        "POST", "/hand-in/", form.getvalue(), "multipart/form-data; boundary=x", CONTENT_LENGTH=uploads.MAX_REQUEST + 1
    )

    request._dont_enforce_csrf_checks = True

    with pytest.raises(uploads.RequestDataTooBig):
        hand_in(request)


@pytest.mark.django_db
def test_a_forged_form_is_still_refused(evidence_root):
    stranger = Client(enforce_csrf_checks=True)

    answer = stranger.post("/hand-in/", {"paper": SimpleUploadedFile("a.jpg", JPEG)})

    assert answer.status_code == 403
    assert not evidence_root.exists()


def test_an_upload_that_lies_on_a_disk_is_a_mistake_of_ours():
    assert "TemporaryFileUploadHandler" in str(town.FILE_UPLOAD_HANDLERS)  # Django's way, without @never_on_disk

    with pytest.raises(TypeError), TemporaryUploadedFile("a.jpg", "image/jpeg", 9, None) as upload:
        papers.copied(upload)
