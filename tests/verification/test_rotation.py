"""The desk's key changes: interrupted anywhere, begun again, with uploads going on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from io import StringIO
from unittest.mock import patch

import pytest
from django.conf import settings as town
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from tests.databases import as_role, url_for
from tests.factories import CaseFactory
from tests.verification.desks import run
from verification import sealing
from verification.models import Case, Evidence
from verification.rotation import AT_ONCE

PAGE = b"a page"
OLD_PUBLIC, OLD = sealing.new_key_pair()
NEW_PUBLIC, NEW = sealing.new_key_pair()
LOST_PUBLIC, _LOST = sealing.new_key_pair()
PAGES: dict[object, bytes] = {}


def hand_in(count: int, public: str) -> list[Evidence]:
    """Documents sealed to a key, of one case: more than a member could hand in."""
    case = CaseFactory(route=Case.Route.DOCUMENT)
    papers = []
    for _ in range(count):
        evidence = Evidence(case=case, kind="passport", pages=1)
        with override_settings(DESK_PUBLIC_KEY=public):
            evidence.sealed_key, evidence.key_id, (PAGES[evidence.pk],) = sealing.seal([PAGE], evidence=evidence.pk)
        papers.append(evidence)
    with as_role("owner"):
        run("ALTER TABLE verification_evidence DISABLE TRIGGER evidence_is_handed_in")
        Evidence.objects.bulk_create(papers)
        run("SET CONSTRAINTS ALL IMMEDIATE")
        run("ALTER TABLE verification_evidence ENABLE TRIGGER evidence_is_handed_in")
    return papers


def under(*keys: str) -> Counter[str]:
    """How many documents there are under each key; each opens with the key it names, which is one of these."""
    with as_role("owner"):
        found = list(Evidence.objects.standing())
    with override_settings(DESK_SECRET_KEYS=list(keys)):
        for each in found:
            sealed = {"sealed_key": bytes(each.sealed_key or b""), "key_id": each.key_id, "evidence": each.pk}
            assert sealing.open_page(PAGES[each.pk], number=1, **sealed) == PAGE
    names = {sealing.key_id_of(sealing.first_key([key])): key for key in (OLD, NEW)}
    return Counter(names[each.key_id] for each in found)


def rotate(*keys: str, door: str = "owner", public: str = NEW_PUBLIC) -> str:
    said = StringIO()
    settled = override_settings(DOOR=door, DESK_PUBLIC_KEY=public)
    with as_role("owner"), settled, patch("sys.stdin", StringIO(",".join(keys) + "\n")):
        call_command("rotate_desk_key", stdout=said)
    return said.getvalue()


@pytest.mark.django_db
def test_every_document_is_sealed_to_the_new_key_and_a_second_run_changes_nothing():
    hand_in(AT_ONCE + 3, OLD_PUBLIC)
    hand_in(2, NEW_PUBLIC)
    assert rotate(NEW, OLD).splitlines()[-2:] == ["53 sealed anew", "Nothing is left under another key."]
    assert under(NEW) == {NEW: 55}
    with as_role("owner"):
        before = dict(Evidence.objects.values_list("pk", "sealed_key"))
    assert rotate(NEW, OLD).splitlines() == ["0 sealed anew", "Nothing is left under another key."]
    with as_role("owner"):
        assert dict(Evidence.objects.values_list("pk", "sealed_key")) == before


@pytest.mark.django_db
def test_what_was_destroyed_stays_so_and_what_no_key_opens_is_counted_and_left():
    gone, lost, damaged, _fine = (*hand_in(1, OLD_PUBLIC), *hand_in(1, LOST_PUBLIC), *hand_in(2, OLD_PUBLIC))
    with as_role("owner"):
        run("UPDATE verification_evidence SET sealed_key = NULL, destroyed_at = now() WHERE id = %s", gone.pk)
        Evidence.objects.filter(pk=damaged.pk).update(sealed_key=b"noise")
    with pytest.raises(CommandError, match=r"^2 could not be opened by any of these keys"):
        rotate(NEW, OLD)
    with as_role("owner"):
        assert Evidence.objects.get(pk=gone.pk).sealed_key is None
        assert bytes(Evidence.objects.get(pk=lost.pk).sealed_key or b"") == lost.sealed_key
        assert bytes(Evidence.objects.get(pk=damaged.pk).sealed_key or b"") == b"noise"
        Evidence.objects.filter(pk__in=[lost.pk, damaged.pk]).update(key_id=sealing.key_id_of(sealing.first_key([NEW])))
        assert Evidence.objects.standing().exclude(key_id=sealing.key_id_of(sealing.first_key([NEW]))).count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("keys", "options", "says"),
    [
        ((), {}, "no secret key"),
        ((NEW_PUBLIC, OLD), {}, "no secret key"),
        ((NEW[:-6], OLD), {}, "no secret key"),
        ((OLD, NEW), {}, "not the one that documents are sealed to"),
        ((NEW, OLD), {"door": "desk"}, "as the owner"),
    ],
)
def test_it_does_nothing_with_keys_that_are_not_whole_not_the_towns_or_at_another_door(keys, options, says):
    hand_in(1, OLD_PUBLIC)
    with pytest.raises(CommandError, match=says) as raised:
        rotate(*keys, **options)
    for key in (NEW, OLD):
        assert key[12:] not in str(raised.value)
    assert under(OLD) == {OLD: 1}


@pytest.mark.django_db
@pytest.mark.parametrize("door", ["site", "desk", "worker"])
def test_no_door_can_do_it(door):
    hand_in(1, OLD_PUBLIC)
    with as_role(door), connection.cursor() as cursor:
        for right in ("SELECT", "UPDATE"):
            cursor.execute("SELECT has_column_privilege('verification_evidence', 'sealed_key', %s)", [right])
            assert cursor.fetchone() == (False,)


def in_a_process(database: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "DOOR": "owner",
        "DATABASE_URL_OWNER": url_for(database, "owner"),
        "DESK_PUBLIC_KEY": "",
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "rotate_desk_key"],
        cwd=town.BASE_DIR,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(f"{NEW}\n{OLD}\n")
    process.stdin.close()
    process.stdin = None  # communicate() would flush it
    return process


def test_killed_in_the_middle_it_goes_on_with_what_came_in_meanwhile(committed):
    hand_in(20 * AT_ONCE, OLD_PUBLIC)
    process = in_a_process(committed)
    assert process.stdout is not None
    assert process.stdout.readline() == f"{AT_ONCE} sealed anew\n"
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()

    so_far = under(NEW, OLD)  # every one opens with the key it names
    assert so_far[NEW] >= AT_ONCE
    assert so_far[OLD] > 0
    assert so_far[NEW] % AT_ONCE == 0  # whole transactions

    hand_in(3, OLD_PUBLIC)  # by a site that has not been told yet
    hand_in(3, NEW_PUBLIC)
    both = [in_a_process(committed) for _ in range(2)]
    said = [process.communicate()[0].splitlines() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert [lines[-1] for lines in said] == ["Nothing is left under another key."] * 2
    assert under(NEW) == {NEW: 20 * AT_ONCE + 6}
    done = sum(int(lines[-2].split()[0]) for lines in said)
    assert done == so_far[OLD] + 3  # each by one of them


@pytest.mark.django_db
def test_what_a_broken_transaction_had_begun_is_as_it_was():
    hand_in(AT_ONCE + 10, OLD_PUBLIC)
    reseal, calls = sealing.reseal, iter(range(1000))

    def dying(*args, **kwargs):
        if next(calls) == AT_ONCE + 5:
            raise KeyboardInterrupt
        return reseal(*args, **kwargs)

    with patch("verification.rotation.sealing.reseal", dying), pytest.raises(KeyboardInterrupt):
        rotate(NEW, OLD)
    assert under(NEW, OLD) == {NEW: AT_ONCE, OLD: 10}
    rotate(NEW, OLD)
    assert under(NEW) == {NEW: AT_ONCE + 10}
