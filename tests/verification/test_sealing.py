from __future__ import annotations

import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from stat import S_IMODE
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey

from config.checks import documents_can_be_sealed
from verification import sealing


def pair(number: int) -> tuple[str, str]:
    """A key pair that is the same in each of the processes the tests run in: they name their cases by it."""
    with patch("verification.sealing.PrivateKey.generate", return_value=PrivateKey(bytes([number]) * 32)):
        return sealing.new_key_pair()


PUBLIC, SECRET = pair(1)
OLD_PUBLIC, OLD_SECRET = pair(2)
OTHER_PUBLIC, OTHER_SECRET = pair(3)

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = UUID("0f1e2d3c-0000-4000-8000-000000000001")
site = override_settings(DESK_PUBLIC_KEY=PUBLIC, DESK_SECRET_KEYS=[])
desk = override_settings(DESK_PUBLIC_KEY=PUBLIC, DESK_SECRET_KEYS=[SECRET, OLD_SECRET])


@pytest.fixture
def root(settings, tmp_path):
    settings.DESK_PUBLIC_KEY, settings.DESK_SECRET_KEYS = PUBLIC, []
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    return tmp_path / "evidence"


def sealed_by(public: str, *pages: bytes) -> sealing.Sealed:
    with override_settings(DESK_PUBLIC_KEY=public):
        return sealing.seal(pages, evidence=EVIDENCE)


def opened(sealed: sealing.Sealed, number: int = 1, evidence: UUID = EVIDENCE) -> bytes:
    return sealing.open_page(
        sealed.pages[number - 1],
        sealed_key=sealed.sealed_key,
        key_id=sealed.key_id,
        evidence=evidence,
        number=number,
    )


def flipped(data: bytes, place: int) -> bytes:
    """The same with one bit changed."""
    changed = bytearray(data)
    changed[place // 8 % len(data)] ^= 1 << place % 8
    return bytes(changed)


# Sealing and opening -------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=3000), max_size=4), st.uuids())
def test_what_the_site_seals_the_desk_opens_page_by_page(pages, evidence):
    with site:
        sealed = sealing.seal(pages, evidence=evidence)

    with desk:
        assert [opened(sealed, number, evidence) for number in range(1, len(pages) + 1)] == pages
    for page, ciphertext in zip(pages, sealed.pages, strict=True):
        assert len(ciphertext) == len(page) + 40  # the nonce and the mark of who sealed it
        assert len(page) < 4 or page not in ciphertext


@given(st.binary(max_size=200), st.integers(min_value=0))
def test_a_page_with_one_bit_changed_does_not_open(page, place):
    sealed = sealed_by(PUBLIC, page)

    with desk, pytest.raises(sealing.Tampered):
        opened(sealed._replace(pages=[flipped(sealed.pages[0], place)]))


@given(st.integers(min_value=0))
def test_a_sealed_key_with_one_bit_changed_opens_nothing(place):
    sealed = sealed_by(PUBLIC, b"page")

    with desk, pytest.raises(sealing.WrongKey):
        opened(sealed._replace(sealed_key=flipped(sealed.sealed_key, place)))


@given(st.binary(max_size=300))
def test_what_was_never_sealed_opens_nothing(junk):
    sealed = sealed_by(PUBLIC, b"page")

    with desk:
        with pytest.raises(sealing.Tampered):
            opened(sealed._replace(pages=[junk]))
        with pytest.raises(sealing.WrongKey):
            opened(sealed._replace(sealed_key=junk))


def test_a_page_opens_in_its_own_place_alone():
    sealed, other = sealed_by(PUBLIC, b"first", b"second"), sealed_by(PUBLIC, b"another")

    with desk:
        for moved in (
            (sealed._replace(pages=sealed.pages[::-1]), 1, EVIDENCE),  # the second page as the first
            (sealed, 1, uuid4()),  # under another document
            (sealed._replace(pages=other.pages), 1, EVIDENCE),  # another one's page
            (sealed._replace(sealed_key=other.sealed_key), 1, EVIDENCE),  # with another one's key
        ):
            with pytest.raises(sealing.Tampered):
                opened(*moved)
        assert (opened(sealed, 1), opened(sealed, 2)) == (b"first", b"second")


def test_the_same_page_sealed_twice_looks_different():
    one, two = sealed_by(PUBLIC, b"page"), sealed_by(PUBLIC, b"page")

    assert one.pages != two.pages
    assert one.sealed_key != two.sealed_key


def test_the_site_cannot_open_what_it_sealed():
    with site:
        sealed = sealing.seal([b"page"], evidence=EVIDENCE)
        with pytest.raises(sealing.KeyMissing):
            opened(sealed)


def test_a_destroyed_key_opens_nothing():
    with desk, pytest.raises(sealing.WrongKey):
        opened(sealed_by(PUBLIC, b"page")._replace(sealed_key=None))


def test_a_desk_with_another_key_says_so():
    sealed = sealed_by(OTHER_PUBLIC, b"page")

    with desk:
        with pytest.raises(sealing.KeyMissing):
            opened(sealed)
        with pytest.raises(sealing.WrongKey):  # whatever the row says
            opened(sealed._replace(key_id=sealing.current_key_id()))


# Keys ----------------------------------------------------------------------------------------------


def test_a_new_key_takes_over_what_was_sealed_to_the_old_one():
    sealed = sealed_by(OLD_PUBLIC, b"page")

    with desk:
        assert opened(sealed) == b"page"
        key, key_id = sealing.reseal(sealed.sealed_key, sealed.key_id, keys=[SECRET, OLD_SECRET])
        assert sealing.reseal(key, key_id, keys=[SECRET, OLD_SECRET]) == (
            key,
            key_id,
        )  # begun again, it leaves alone what is done
    with override_settings(DESK_SECRET_KEYS=[SECRET]):  # the old one is gone for good
        assert opened(sealed._replace(sealed_key=key, key_id=key_id)) == b"page"
        with pytest.raises(sealing.KeyMissing):
            opened(sealed)


@pytest.mark.parametrize("keys", [[], [SECRET], ["desk-secret-torn", OLD_SECRET]])
def test_nothing_is_resealed_without_both_keys(keys):
    sealed = sealed_by(OLD_PUBLIC, b"page")

    with pytest.raises(sealing.KeyMissing):
        sealing.reseal(sealed.sealed_key, sealed.key_id, keys=keys)


def written(prefix: str, key: bytes) -> str:
    return prefix + urlsafe_b64encode(key).decode()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "nonsense",
        PUBLIC[:-1],
        PUBLIC[:-4],
        PUBLIC.replace("desk-public-", ""),
        PUBLIC[:20] + ("A" if PUBLIC[20] != "A" else "B") + PUBLIC[21:],
        SECRET,
        SECRET.replace("secret", "public"),
        written("desk-public-", bytes(PrivateKey(bytes([4]) * 32).public_key)),
        "desk-public-ção",
    ],
)
def test_with_a_key_that_is_not_whole_nothing_is_sealed_and_the_site_stays_up(client, root, settings, key):
    settings.DESK_PUBLIC_KEY = key

    assert not sealing.can_seal()
    with pytest.raises(sealing.Unsealable) as refused:
        sealing.seal([b"page"], evidence=EVIDENCE)
    assert not root.exists()
    assert not key or key not in str(refused.value)
    assert [warning.id for warning in documents_can_be_sealed()] == ["town.W003"]
    assert client.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    ("public", "secrets", "warnings"),
    [
        (PUBLIC, [SECRET, OLD_SECRET], []),
        (PUBLIC, [], ["town.W005"]),
        (PUBLIC, [OLD_SECRET, SECRET], ["town.W005"]),
        (PUBLIC, [SECRET, OLD_SECRET[:-2]], ["town.W004"]),
        (PUBLIC, [PUBLIC], ["town.W004", "town.W005"]),
        ("", [SECRET], ["town.W003"]),
    ],
)
def test_the_desk_is_told_which_of_its_keys_do_not_fit(settings, public, secrets, warnings):
    settings.DOOR, settings.DESK_PUBLIC_KEY, settings.DESK_SECRET_KEYS = "desk", public, secrets

    assert [warning.id for warning in documents_can_be_sealed()] == warnings


@pytest.mark.parametrize(("door", "starts"), [("site", False), ("worker", False), ("owner", False), ("desk", True)])
def test_no_process_but_the_desks_starts_with_the_secret_key(door, starts):
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env=os.environ | {"DOOR": door, "DESK_SECRET_KEYS": SECRET},
        capture_output=True,
        text=True,
    )

    assert (done.returncode == 0) is starts, done.stderr
    assert SECRET not in done.stderr


def test_a_key_is_made_by_a_command_that_keeps_neither_half():
    out = StringIO()

    call_command("make_desk_key", stdout=out, stderr=StringIO())

    made = dict(line.split("=", 1) for line in out.getvalue().splitlines())
    sealed = sealed_by(made["DESK_PUBLIC_KEY"], b"page")
    with override_settings(DESK_SECRET_KEYS=[made["DESK_SECRET_KEYS"]]):
        assert opened(sealed) == b"page"


def test_the_same_document_is_known_again_by_whoever_has_our_key_alone(settings):
    settings.SECRET_KEY = "one"
    mine = sealing.fingerprint(b"document")

    assert (len(mine), sealing.fingerprint(b"document"), sealing.fingerprint(b"documenT") == mine) == (32, mine, False)
    settings.SECRET_KEY = "two"
    assert sealing.fingerprint(b"document") != mine


# Files ---------------------------------------------------------------------------------------------


def test_only_ciphertext_is_kept_for_our_own_account_alone(root):
    sealed = sealing.seal([b"first page", b"second page"], evidence=EVIDENCE)

    sealing.keep(sealed.pages, evidence=EVIDENCE)

    files = sorted(file for file in root.rglob("*") if file.is_file())
    assert [str(file.relative_to(root)) for file in files] == [f"{EVIDENCE}/1", f"{EVIDENCE}/2"]
    assert [sealing.stored(EVIDENCE, number) for number in (1, 2)] == sealed.pages
    assert {S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert S_IMODE((root / str(EVIDENCE)).stat().st_mode) == 0o700
    assert not [file for file in files if b"page" in file.read_bytes()]


@pytest.mark.parametrize("fails", ["os.fsync", "pathlib.Path.replace"])
def test_a_full_disk_leaves_nothing_behind(root, fails):
    with patch(fails, side_effect=OSError(28, "No space left on device")), pytest.raises(OSError, match="No space"):
        sealing.keep([b"1", b"2"], evidence=EVIDENCE)

    assert list(root.rglob("*")) == []


def test_a_document_is_never_written_over(root):
    sealing.keep([b"sealed"], evidence=EVIDENCE)

    with pytest.raises(FileExistsError):
        sealing.keep([b"another"], evidence=EVIDENCE)

    assert sealing.stored(EVIDENCE, 1) == b"sealed"


def test_discarding_leaves_no_file_and_may_be_repeated(root):
    other = uuid4()
    for evidence in (EVIDENCE, other):
        sealing.keep([b"1", b"2"], evidence=evidence)
    (root / str(EVIDENCE) / "3.draft").write_bytes(b"of a process that died")

    sealing.discard(EVIDENCE)
    sealing.discard(EVIDENCE)

    assert [folder.name for folder in root.iterdir()] == [str(other)]
    with pytest.raises(FileNotFoundError):
        sealing.stored(EVIDENCE, 1)


def test_what_cannot_be_discarded_is_not_taken_for_gone(root):
    sealing.keep([b"1"], evidence=EVIDENCE)

    with patch("pathlib.Path.unlink", side_effect=PermissionError), pytest.raises(PermissionError):
        sealing.discard(EVIDENCE)


def test_what_lies_there_is_told_with_the_day_it_was_written_and_strangers_are_left_out(root):
    assert sealing.lying() == {}
    sealing.keep([b"1"], evidence=EVIDENCE)
    (root / "lost+found").mkdir()
    (root / uuid4().hex).mkdir()

    assert set(sealing.lying()) == {EVIDENCE}
    assert abs(sealing.lying()[EVIDENCE] - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("name", ["../../etc", "", "/etc"])
def test_a_document_has_no_name_but_its_number(root, name):
    for ask in (
        lambda: sealing.discard(name),
        lambda: sealing.stored(name, 1),
        lambda: sealing.keep([], evidence=name),
    ):
        with pytest.raises(ValueError, match="UUID"):
            ask()


def test_evidence_lies_where_no_picture_is_served_from(settings):
    media, evidence = Path(settings.MEDIA_ROOT).resolve(), Path(settings.EVIDENCE_ROOT).resolve()

    assert media != evidence
    assert media not in evidence.parents
    assert evidence not in media.parents
