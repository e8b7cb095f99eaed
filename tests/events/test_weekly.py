from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.core import mail
from django.db import Error, transaction
from django.utils.timezone import localdate, now
from procrastinate.contrib.django.models import ProcrastinateJob

from community.identity import acting_as
from community.models import Letter, Member, NoticeChoice, Weekly, WeeklyLetter
from community.notices import write_to
from community.tasks import send_letter
from events import actions
from events.actions import write_weekly_letters
from tests.databases import as_role
from tests.factories import EventFactory, MemberFactory

pytestmark = pytest.mark.django_db


def reader(language: str = "en", **taste: list[str]) -> Member:
    """A member who asked for the weekly letter."""
    member = MemberFactory(language=language)
    with acting_as(member):
        NoticeChoice.objects.choose(member, "week", frozenset({"digest"}))
        Weekly.objects.create(member=member, **taste)
    return member


def written(*, at: datetime | None = None) -> int:
    with as_role("worker"):
        return write_weekly_letters(at=at or now())


def letters() -> list[Letter]:
    with as_role("owner"):
        return list(Letter.objects.all())


def told(member: Member) -> str:
    with as_role("owner"):
        return Letter.objects.get(to=member.email).text


def test_each_is_told_in_their_language_of_what_they_asked_for_and_may_see():
    maria, john = reader("pt", languages=["kea"]), reader("en", boroughs=["lambeth"])
    EventFactory(title_pt="Noite de morna", title_en="Night of morna", languages=["kea"], borough=None)
    EventFactory(title_pt="Feira", title_en="Fair")
    EventFactory(title_pt="Segredo", title_en="Secret", languages=["kea"], visibility="private")
    EventFactory(title_pt="Depois", title_en="Later", starts_at=now() + timedelta(days=8), languages=["kea"])
    EventFactory(title_pt="Anulado", title_en="Called off", status="cancelled", languages=["kea"])
    MemberFactory()  # asked for nothing

    assert written() == 2

    said = told(maria)
    assert "Noite de morna" in said
    assert not [word for word in ("Feira", "Segredo", "Depois", "Anulado") if word in said]
    assert "/pt/eventos/" in said
    assert "Fair" in told(john)
    assert "morna" not in told(john)
    (letter,) = [letter for letter in letters() if letter.to == maria.email]
    assert letter.language == "pt"
    assert letter.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert '<a class="ink" href="http' in letter.html


def test_nothing_to_tell_is_not_told():
    reader(regions=["minho"])
    EventFactory()

    assert written() == 0
    assert letters() == []


def test_it_is_written_once_a_week_however_often_the_job_runs(settings):
    reader()
    EventFactory(starts_at=now() + timedelta(days=1))
    EventFactory(starts_at=now() + timedelta(days=8))

    assert [written(), written()] == [1, 0]
    assert written(at=now() + timedelta(days=7)) == 1
    for letter in letters():
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        with as_role("worker"):
            send_letter.func(letter_id=str(letter.pk))
    assert len(mail.outbox) == 2


def test_a_job_that_dies_in_the_middle_leaves_no_letter_unwritten_and_none_twice(monkeypatch):
    members = sorted((reader() for _ in range(3)), key=lambda member: member.pk.hex)
    EventFactory()
    send = actions.OutboxBackend.send_messages

    class Killed(BaseException):
        pass

    def die(self, messages):
        send(self, messages)
        if messages[0].to == [members[1].email]:
            raise Killed

    monkeypatch.setattr(actions.OutboxBackend, "send_messages", die)
    with pytest.raises(Killed):
        written()
    monkeypatch.undo()
    assert [letter.to for letter in letters()] == [members[0].email]

    assert written() == 2
    assert sorted(letter.to for letter in letters()) == sorted(member.email for member in members)
    with as_role("owner"):
        assert ProcrastinateJob.objects.count() == 3


def test_one_letter_that_fails_keeps_no_other_back(monkeypatch):
    first, second = sorted((reader(), reader()), key=lambda member: member.pk.hex)
    EventFactory()
    look = actions.events_of_the_week

    def fail(taste, *, at):
        if taste.pk == first.pk:
            raise LookupError
        return look(taste, at=at)

    monkeypatch.setattr(actions, "events_of_the_week", fail)
    assert written() == 1
    assert [letter.to for letter in letters()] == [second.email]


def test_notices_chosen_for_the_weekly_letter_stand_in_it_once():
    member, moderator = MemberFactory(language="en"), MemberFactory(is_staff=True)
    with acting_as(member):
        NoticeChoice.objects.choose(member, "desk", frozenset({"digest"}))
    with as_role("desk"), acting_as(moderator):
        write_to(member, "Bom dia.")

    assert written() == 1
    assert "1 notice waits for you" in told(member)
    assert "Bom dia." not in told(member)
    assert written(at=now() + timedelta(days=7)) == 0


def test_who_asked_to_be_gone_gets_no_letter():
    member, inactive = reader(), reader()
    EventFactory()
    with as_role("owner"):
        type(member.profile).objects.filter(pk=member.pk).update(withdrawn_at=now())
        Member.objects.filter(pk=inactive.pk).update(is_active=False)

    assert written() == 0


def test_the_worker_reads_only_whom_it_acts_as_and_records_only_for_them():
    member, other = reader(), MemberFactory()
    with acting_as(other):
        NoticeChoice.objects.choose(other, "desk", frozenset({"mail"}))
    with as_role("worker"):
        assert list(NoticeChoice.objects.values_list("member", flat=True)) == [member.pk]
        assert (Member.objects.values("email").count(), Weekly.objects.count()) == (0, 0)
        with acting_as(member):
            assert (Member.objects.values("email").count(), Weekly.objects.count()) == (1, 1)
            with pytest.raises(Error, match="permission denied"), transaction.atomic():
                list(Member.objects.values("password"))
        with pytest.raises(Error, match="row-level security"), transaction.atomic():
            WeeklyLetter.objects.create(member=member, week=date(2026, 6, 8), written_at=now())


def test_the_worker_knows_whom_it_wrote_to_this_week_and_of_no_other_week():
    member, week = reader(), localdate() - timedelta(days=localdate().weekday())
    with as_role("owner"):
        for monday in (week, week - timedelta(days=7)):
            WeeklyLetter.objects.create(member=member, week=monday, written_at=now())

    with as_role("worker"):
        assert [letter.week for letter in WeeklyLetter.objects.all()] == [week]
        with acting_as(member):
            assert WeeklyLetter.objects.count() == 2


def test_a_title_cannot_break_out_of_its_line():
    member = reader()
    EventFactory(title_en="Night\n\n    123456\n\nPay here: https://evil.example")

    written()

    assert "Night 123456 Pay here: https://evil.example" in told(member)
    (letter,) = letters()
    assert 'href="https://evil.example' not in letter.html
