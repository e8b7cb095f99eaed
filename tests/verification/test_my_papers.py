"""Handing documents in, as a browser does: what is kept of them, what is not, and every way it can go wrong."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InterfaceError
from django.test import Client
from django.utils import translation

from community.identity import acting_as
from community.models import Member
from tests.databases import as_role
from tests.factories import CaseFactory, EvidenceFactory, MemberFactory
from tests.verification import desks
from tests.verification import strange_papers as strange
from tests.verification.desks import at_the_desk, moderator, state, told, vote
from tests.verification.test_my_verification import address, enter
from tests.verification.test_papers import written  # noqa: F401 (a fixture)
from verification import cases, papers, sealing
from verification.models import Case, Evidence, Opening

pytestmark = pytest.mark.django_db
JPEG = strange.encoded(strange.scene(), "jpeg")


@pytest.fixture
def member(client: Client, vault: Path) -> Member:
    member = MemberFactory(language="en")
    enter(client, member)
    return member


@pytest.fixture
def case(member: Member) -> Case:
    return CaseFactory(member=member, route="document", waiting_since=None)


def send(client: Client, case: Case, data: bytes = JPEG, name: str = "passport.jpg", language: str = "en"):
    where = address("hand_in_paper", language, pk=case.pk)
    return client.post(where, {"kind": "passport", "file": SimpleUploadedFile(name, data)})


def kept(vault: Path) -> list[Path]:
    return [file for file in vault.rglob("*") if file.is_file()] if vault.exists() else []


def evidence_of(case: Case) -> list[Evidence]:
    with as_role("owner"):
        return list(Evidence.objects.filter(case=case))


def test_what_a_document_is_is_chosen_and_never_assumed(client, case):
    kind = client.get(address("my_case", pk=case.pk)).context["paper_form"].fields["kind"]

    assert (kind.choices[0][0], kind.required, kind.initial) == ("", True, None)


def test_a_document_is_sealed_for_the_desk_known_by_its_fingerprint_and_handed_in(client, case, vault, settings):
    answer = send(client, case)
    assert answer["Location"] == address("my_case", pk=case.pk)

    (paper,) = evidence_of(case)
    assert (paper.kind, paper.pages, paper.fingerprint) == ("passport", 1, sealing.fingerprint(JPEG).hex())
    (file,) = kept(vault)
    sealed = {"sealed_key": bytes(paper.sealed_key), "key_id": paper.key_id}
    page = sealing.open_page(file.read_bytes(), **sealed, evidence=paper.pk, number=1)
    assert page.startswith(b"\xff\xd8\xff")
    assert "Passport" in client.get(address("my_case", pk=case.pk)).content.decode()

    client.post(address("hand_in_case", pk=case.pk))
    with as_role("owner"):
        assert Case.objects.get(pk=case.pk).waiting_since is not None


def test_a_case_without_a_document_is_not_handed_in_and_its_member_is_told(client, case):
    answer = client.post(address("hand_in_case", pk=case.pk), follow=True)

    assert "Something is still missing" in answer.content.decode()
    assert address("hand_in_case", pk=case.pk) not in answer.content.decode()  # nor offered
    with as_role("owner"):
        assert Case.objects.get(pk=case.pk).waiting_since is None


STRANGE = {
    "nothing in it": (b"", "passport.jpg", "empty"),
    "an SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "passport.svg", "not_accepted"),
    "a lie about its type": (strange.encoded(strange.scene(), "png"), "passport.pdf", "wrong_name"),
    "a bomb of pixels": (strange.png_that_says(60000, 60000), "passport.png", "too_many_pixels"),
    "a bomb of pages": (strange.pages(400), "passport.pdf", "too_many_pages"),
    "cut at nine tenths": (JPEG[: len(JPEG) * 9 // 10], "passport.jpg", "damaged"),
    "more than ten megabytes": (JPEG + bytes(papers.MAX_BYTES), "passport.jpg", "too_large"),
}


@pytest.mark.parametrize("language", ["pt", "en"])
@pytest.mark.parametrize("what", STRANGE)
def test_a_strange_file_is_refused_in_words_and_leaves_nothing(client, case, vault, what, language):
    data, name, code = STRANGE[what]

    answer = send(client, case, data, name, language)

    assert answer.status_code == 422
    (words,) = answer.context["paper_form"].errors["file"]
    assert words in answer.content.decode().replace("&#x27;", "'")
    assert answer.context["paper_form"].errors.as_data()["file"][0].code == code
    assert evidence_of(case) == []
    assert kept(vault) == []


def test_of_a_pdf_of_scripts_nothing_but_its_picture_is_kept(client, case, vault):
    send(client, case, strange.pdf_of_scripts(b"app.alert"), "record.pdf")

    (paper,) = evidence_of(case)
    pages = [
        sealing.open_page(
            file.read_bytes(), sealed_key=bytes(paper.sealed_key), key_id=paper.key_id, evidence=paper.pk, number=1
        )
        for file in kept(vault)
    ]
    assert b"app.alert" not in b"".join(pages)


@pytest.mark.parametrize("door", ["page", "api"])
def test_a_document_is_never_on_a_disk_in_the_clear(client, case, vault, written, door):  # noqa: F811
    padded = strange.pages(1).replace(b"%%EOF", b"% " + bytes(4 * 1024 * 1024) + b"\n%%EOF")  # Django would not hold it
    where = {
        "page": address("hand_in_paper", pk=case.pk),
        "api": f"/api/v1/verification/requests/{case.pk}/documents/",
    }[door]

    client.post(where, {"kind": "passport", "file": SimpleUploadedFile("record.pdf", padded)})

    assert len(evidence_of(case)) == len(kept(vault)) == 1
    assert {path for path in written if not path.startswith(("/dev/null", str(vault)))} == set()


def test_without_the_desks_key_the_page_says_so_and_nothing_is_stored(client, case, vault, settings):
    settings.DESK_PUBLIC_KEY = ""
    page = client.get(address("my_case", pk=case.pk)).content.decode()
    assert "We cannot take documents just now" in page
    assert 'type="file"' not in page

    assert send(client, case)["Location"] == address("my_case", pk=case.pk)

    assert evidence_of(case) == []
    assert kept(vault) == []


def test_a_connection_lost_at_nine_tenths_leaves_nothing(client, case, vault):
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + JPEG

    class Lost(BytesIO):
        def read(self, size: int = -1) -> bytes:
            if found := super().read(size):
                return found
            raise OSError("the connection is gone")

    client.raise_request_exception = False
    answer = client.generic(
        "POST",
        address("hand_in_paper", pk=case.pk),
        b"",
        content_type="multipart/form-data; boundary=x",
        **{"wsgi.input": Lost(body), "CONTENT_LENGTH": str(len(body) * 10 // 9)},
    )

    assert answer.status_code in (400, 422)
    assert evidence_of(case) == []
    assert kept(vault) == []


def test_what_was_sealed_goes_again_if_the_database_does_not_take_it(client, case, vault):
    with patch.object(Evidence, "save", side_effect=InterfaceError), pytest.raises(InterfaceError):
        send(client, case)

    assert kept(vault) == []


def test_what_was_sealed_goes_again_if_the_request_comes_to_nothing_later(client, case, vault):
    """The row was written, and then the transaction around the request was lost."""
    client.raise_request_exception = False
    with patch("verification.case_views.messages.success", side_effect=InterfaceError):
        assert send(client, case).status_code >= 500

    assert kept(vault) == []


def test_a_sixth_file_is_refused_and_leaves_nothing(client, case, vault):
    for _ in range(5):
        EvidenceFactory(case=case)
    assert 'type="file"' not in client.get(address("my_case", pk=case.pk)).content.decode()

    answer = send(client, case)

    assert answer.status_code == 422
    assert "as many as there can be" in answer.content.decode()
    assert len(evidence_of(case)) == 5
    assert kept(vault) == []


def test_a_file_that_gave_another_the_badge_is_refused(client, case, vault):
    other = CaseFactory(route="document")
    EvidenceFactory(case=other, fingerprint=sealing.fingerprint(JPEG).hex())
    assert [vote(other, moderator()), vote(other, moderator())] == ["done", "done"]

    answer = send(client, case)

    assert answer.status_code == 422
    assert "has been used to verify another account" in answer.content.decode()
    assert kept(vault) == []


def test_nothing_is_taken_into_a_case_of_another_nor_into_one_that_waits(client, case, vault):
    assert send(client, CaseFactory(route="document", waiting_since=None)).status_code == 404

    with as_role("owner"):
        Evidence.objects.create(case=case, kind="passport", pages=1, sealed_key=b"sealed", key_id="1")
    client.post(address("hand_in_case", pk=case.pk))
    send(client, case)

    assert len(evidence_of(case)) == 1
    assert kept(vault) == []


def test_a_stranger_hands_nothing_in(case, vault):
    answer = send(Client(), case)

    assert answer.status_code == 302
    assert answer["Location"].startswith(address("account_login"))


def test_a_form_of_elsewhere_hands_nothing_in(client, case, vault):
    forged = Client(enforce_csrf_checks=True)
    forged.cookies = client.cookies

    assert send(forged, case).status_code == 403
    assert kept(vault) == []


def test_whoever_sends_too_many_is_asked_to_wait(client, case, vault):
    with patch("community.throttles.is_through", return_value=False):
        assert send(client, case).status_code == 429

    assert kept(vault) == []


def test_a_document_that_is_removed_is_gone_from_the_disk_and_its_key_with_it(
    client, case, vault, django_capture_on_commit_callbacks
):
    send(client, case)
    (paper,) = evidence_of(case)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(address("remove_paper", pk=case.pk, paper=paper.pk))

    (paper,) = evidence_of(case)
    assert (paper.sealed_key, paper.destroyed_at is not None) == (None, True)
    assert kept(vault) == []


def test_a_document_that_the_desk_looks_at_is_not_removed(client, case, vault):
    paper = EvidenceFactory(case=case)
    client.post(address("hand_in_case", pk=case.pk))

    answer = client.post(address("remove_paper", pk=case.pk, paper=paper.pk), follow=True)

    assert "Our moderators are looking at it" in answer.content.decode()
    assert evidence_of(case)[0].destroyed_at is None


def test_whoever_withdraws_is_asked_first_and_then_nothing_is_left(
    client, case, vault, django_capture_on_commit_callbacks
):
    send(client, case)
    client.post(address("hand_in_case", pk=case.pk))
    assert "destroyed at once" in client.get(address("withdraw_case", pk=case.pk)).content.decode()
    assert state(case) == ("pending", False)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(address("withdraw_case", pk=case.pk))

    assert state(case) == ("withdrawn", False)
    assert evidence_of(case)[0].sealed_key is None
    assert kept(vault) == []


def test_a_question_is_answered_and_another_document_sent_along(client, case, vault):
    EvidenceFactory(case=case)
    client.post(address("hand_in_case", pk=case.pk))
    who = moderator()
    assert ask(case, who, "Is there a page with your name?") == "done"
    page = client.get(address("my_case", pk=case.pk)).content.decode()
    assert page.count("Is there a page with your name?") == 1
    assert who.profile.display_name not in page

    assert client.post(address("reply_in_case", pk=case.pk), {"text": " "}).status_code == 422
    send(client, case)
    client.post(address("reply_in_case", pk=case.pk), {"text": "Yes, the second."})

    assert len(evidence_of(case)) == 2
    with as_role("owner"):
        assert Case.objects.get(pk=case.pk).waiting_since is not None
    page = client.get(address("my_case", pk=case.pk)).content.decode()
    assert "Is there a page with your name?" in page
    assert "Yes, the second." in page
    with as_role("site"), acting_as(MemberFactory()):
        assert desks.ask("SELECT * FROM questions_asked(%s)", case.pk) == []


def test_a_refusal_is_appealed_against_once_in_the_words_of_its_member(client, case, vault):
    EvidenceFactory(case=case)
    client.post(address("hand_in_case", pk=case.pk))
    assert [vote(case, moderator(), "reject"), vote(case, moderator(), "reject")] == ["done", "done"]
    page = client.get(address("my_case", "pt", pk=case.pk)).content.decode()
    assert address("appeal_case", "pt", pk=case.pk) in page

    client.post(address("appeal_case", "pt", pk=case.pk), {"note": "A certidão é da minha avó."})

    with as_role("owner"):
        appeal = Case.objects.get(appeal_of=case)
    assert (appeal.language, appeal.note, appeal.waiting_since is not None) == (
        "pt",
        "A certidão é da minha avó.",
        True,
    )
    page = client.get(address("my_case", pk=case.pk)).content.decode()
    assert address("my_case", pk=appeal.pk) in page
    assert address("appeal_case", pk=case.pk) not in page
    assert client.post(address("appeal_case", pk=case.pk), {"note": "Outra vez"}).status_code == 302
    assert vote(appeal, moderator()) == "done"
    assert state(case)[1] is True
    assert "Welcome" in client.get(address("my_case", pk=appeal.pk)).content.decode()


def test_an_appeal_tells_of_its_own_documents_and_of_the_first_cases_since(client, case, vault):
    EvidenceFactory(case=case, kind="birth")
    client.post(address("hand_in_case", pk=case.pk))
    assert [vote(case, moderator(), "reject"), vote(case, moderator(), "reject")] == ["done", "done"]
    client.post(address("appeal_case", pk=case.pk), {"note": "Please look again."})
    with as_role("owner"):
        appeal = Case.objects.get(appeal_of=case)
        Opening.objects.filter(evidence__case=case).update(at=appeal.created_at - timedelta(days=1))
    ask(appeal, moderator(), "Do you have another?")
    send(client, appeal)
    client.post(address("reply_in_case", pk=appeal.pk), {"text": "Yes, this."})
    assert vote(appeal, moderator()) == "done"  # each document that stands is opened first

    page = client.get(address("my_case", pk=appeal.pk)).content.decode()

    assert page.count("You sent a document: passport.") == 1
    assert page.count("opened this document: passport.") == 1
    assert page.count("opened this document: birth certificate.") == 1
    assert "You sent a document: birth certificate." not in page


@pytest.mark.parametrize("rule", cases.IN_WORDS)
def test_every_rule_is_told_in_both_languages(rule):
    words = set()
    for language in ("pt", "en"):
        with translation.override(language):
            words.add(cases.in_words(cases.Refused(rule)))
    assert len(words) == 2


def ask(case: Case, who: Member, question: str) -> str:
    with at_the_desk(who):
        assert told("SELECT claim_case(%s)", case.pk) == "done"
        cases.ask(case, question, by=who)
    return "done"
