from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core import mail
from django.db import DatabaseError, Error, connection, transaction
from django.test import Client

from community.identity import acting_as
from community.models import Member
from tests.databases import as_role
from tests.doors import come_in, log_in_fully, said, staff
from tests.factories import BlockFactory, BusinessFactory, EventFactory, MemberFactory, ReportFactory
from verification import actions
from verification.models import AlreadyDecided, AlreadyTaken, Report

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 13, 12, tzinfo=UTC)
WORDS = {"kind": "scam", "message": "They want money first."}


def reports() -> list[Report]:
    with as_role("owner"):
        return list(Report.objects.all())


def browser(member: Member | None) -> Client:
    client = Client()
    if member:
        with as_role("owner"):
            client.force_login(member)
    return client


def report(reporter: Member | None, about: str, pk: object, **fields: object) -> None:
    """Hand a report in as SQL of the site's role would."""
    facts = {"kind": "scam", "about": about, "about_id": pk, "language": "en", "reporter": reporter} | fields
    with acting_as(reporter), transaction.atomic():
        Report.objects.bulk_create([Report(**facts)])


@pytest.mark.parametrize(("language", "path"), [("en", "/en/report/event/"), ("pt", "/pt/denunciar/evento/")])
def test_a_stranger_reports_what_they_see_and_need_not_say_who_they_are(client, language, path):
    event = EventFactory(title_en="Night", title_pt="Noite")

    assert client.get(f"{path}{event.pk}/").status_code == 200
    response = client.post(f"{path}{event.pk}/", WORDS | {"email": "rui@example.org"}, follow=True)

    assert response.status_code == 200
    (found,) = reports()
    assert (found.about, found.about_id, found.kind, found.message) == ("event", event.pk, "scam", WORDS["message"])
    assert (found.reporter_id, found.email, found.language) == (None, "rui@example.org", language)
    assert found.about_name == ("Night" if language == "en" else "Noite")
    assert mail.outbox == []


def test_a_member_is_answered_at_their_account_and_asked_for_no_address():
    member, business = MemberFactory(), BusinessFactory()
    client = browser(member)

    assert b'name="email"' not in client.get(f"/en/report/business/{business.pk}/").content
    client.post(f"/en/report/business/{business.pk}/", WORDS | {"email": "other@example.org"})

    (found,) = reports()
    assert (found.reporter_id, found.email) == (member.pk, "")


def test_something_else_is_said_in_words_and_a_machine_is_thanked_and_forgotten(client):
    assert b"field__error" in client.post("/en/report/", {"kind": "other"}).content
    assert client.post("/en/report/", WORDS | {"nickname": "bot"}).status_code == 302
    assert reports() == []


def test_ten_reports_an_hour_come_from_one_address(client):
    assert [client.post("/en/report/", WORDS).status_code for _ in range(11)] == [302] * 10 + [429]
    assert len(reports()) == 10


def test_what_may_not_be_seen_cannot_be_probed_by_reporting_it():
    blocker, reader, prober = MemberFactory(profile__visibility="public"), MemberFactory(), MemberFactory()
    BlockFactory(blocker=blocker, blocked=reader)
    hidden = {
        "member": [MemberFactory().pk, blocker.pk, uuid4()],
        "event": [EventFactory(visibility="private").pk, EventFactory(status="draft").pk, uuid4()],
    }
    for member, (about, keys) in zip((reader, prober), hidden.items(), strict=True):
        client = browser(member)
        bodies = set()
        for pk in keys:
            path = f"/en/report/{about}/{pk}/"
            for answer in (client.get(path), client.post(path, WORDS), client.post(path, {})):
                assert answer.status_code == 404
                bodies.add(answer.content.replace(str(pk).encode(), b"?"))
            with pytest.raises(Error, match="row-level security"):
                report(member, about, pk)
        assert len(bodies) == 1
    assert reports() == []


@pytest.mark.parametrize("fields", [{"outcome": "acted", "closed_at": NOON}, {"email": "x@example.org"}])
def test_a_report_comes_in_open_and_as_oneself(fields):
    member = MemberFactory()
    if "outcome" in fields:
        fields = fields | {"closed_by": member}
    with pytest.raises(Error, match="row-level security"):
        report(member, "town", None, **fields)
    with acting_as(MemberFactory()), pytest.raises(Error, match="row-level security"), transaction.atomic():
        Report.objects.bulk_create([Report(kind="scam", about="town", language="en", reporter=member)])


def test_who_sees_a_report_at_which_door():
    reporter, reported = MemberFactory(is_staff=True), MemberFactory(is_staff=True, profile__visibility="public")
    moderator, other = MemberFactory(is_staff=True), MemberFactory()
    event = EventFactory(organizer=reported)
    about_them = ReportFactory(reporter=reporter, about="member", about_id=reported.pk)
    about_theirs = ReportFactory(reporter=reporter, about="event", about_id=event.pk)
    both = {about_them.pk, about_theirs.pk}

    def seen(door: str, reader: Member | None) -> set[object]:
        with as_role(door), acting_as(reader):
            return set(Report.objects.values_list("pk", flat=True))

    assert {who: seen("site", member) for who, member in
            {"reporter": reporter, "reported": reported, "other": other, "moderator": moderator}.items()} == {
        "reporter": both, "reported": set(), "other": set(), "moderator": set()}  # fmt: skip
    assert seen("site", None) == set()
    assert {who: seen("desk", member) for who, member in
            {"reported": reported, "other": other, "moderator": moderator}.items()} == {
        "reported": set(), "other": set(), "moderator": both}  # fmt: skip


@pytest.mark.parametrize("column", ["claimed_by_id", "closed_by_id", "about_name", "email"])
def test_whoever_reported_never_reads_who_looked_after_it(column):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM verification_report")


def test_the_desk_answers_once_in_the_reporters_language_and_one_person_looks_after_it():
    first, second = MemberFactory(is_staff=True), MemberFactory(is_staff=True)
    case = ReportFactory(reporter=MemberFactory(language="pt", email="ana@example.org"), language="en")

    with as_role("desk"), acting_as(first):
        case.claim(by=first, at=NOON)
    with as_role("desk"), acting_as(second), pytest.raises(AlreadyTaken):
        actions.answer_report(case, Report.Outcome.LEFT, answer="", by=second, at=NOON)
    with as_role("desk"), acting_as(first):
        actions.answer_report(case, Report.Outcome.ACTED, answer="Falámos com eles.", by=first, at=NOON)
        with pytest.raises(AlreadyDecided):
            actions.answer_report(case, Report.Outcome.LEFT, answer="", by=first, at=NOON)

    (letter,) = mail.outbox
    assert letter.to == ["ana@example.org"]
    assert "Falámos com eles." in letter.body
    assert letter.extra_headers["Content-Language"] == "pt"


def test_a_stranger_who_left_no_address_is_not_written_to():
    moderator, case = MemberFactory(is_staff=True), ReportFactory()

    with as_role("desk"), acting_as(moderator):
        actions.answer_report(case, Report.Outcome.LEFT, answer="", by=moderator)

    assert mail.outbox == []
    assert reports()[0].outcome == "left"


def test_the_desk_works_its_queue_with_buttons_and_deletes_nothing(desk):
    ReportFactory(kind="spam", about_name="Feira")
    urgent = ReportFactory(kind="minor", about_name="Festa")
    come_in(desk, "change_report", "view_report", "delete_report")
    path = f"/verification/report/{urgent.pk}/"

    assert "Reports 2 wait" in said(desk.get("/"))
    page = desk.get("/verification/report/").content.decode()
    assert page.index("Festa") < page.index("Feira")
    assert "Look after it" in said(desk.get(f"{path}change/"))
    assert "You look after it for half an hour." in said(desk.post(f"{path}claim/", follow=True))
    assert desk.post(f"{path}delete/", {"post": "yes"}).status_code == 404
    assert "An answer stands." in said(desk.get(f"{path}decide/", {"outcome": "acted"}))
    after = said(desk.post(f"{path}decide/", {"outcome": "acted", "answer": "Feito."}, follow=True))
    assert "The report is answered." in after
    assert "Feira" in after  # on to the next
    assert "Festa" in said(desk.get("/verification/report/?queue=decided"))


def test_who_may_only_look_cannot_answer(desk):
    case = ReportFactory()
    log_in_fully(desk, staff("view_report"))

    assert desk.get(f"/verification/report/{case.pk}/change/").status_code == 200
    assert desk.post(f"/verification/report/{case.pk}/decide/", {"outcome": "acted"}).status_code == 403
    assert desk.post(f"/verification/report/{case.pk}/claim/").status_code == 403
    assert desk.post("/verification/report/next/").status_code == 403
