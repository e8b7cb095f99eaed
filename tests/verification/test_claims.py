"""How whoever claims a business shows that it is theirs: a code in a letter, or mail at its own domain."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils.timezone import now

from community.identity import acting_as
from community.models import AuditEntry
from tests.databases import as_role
from tests.doors import log_in_fully, said, staff
from tests.factories import BusinessFactory, ListingRequestFactory, MemberFactory
from tests.verification.desks import ask, at_the_desk, moderator, told
from verification import claims
from verification.models import ClaimCode, ListingRequest
from verification.tasks import acknowledge

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PRINT = "INSERT INTO verification_claimcode (id, request_id, digest) VALUES (gen_random_uuid(), %s, '\\x00')"
MINE = {"claimed_until": now() + DAY}


def claim(**fields: Any) -> ListingRequest:
    """A claim to a café with an address and a website of its own."""
    place = {"business__address": "12 Wilcox Road, London", "business__postcode": "SW8 2UX"}
    return ListingRequestFactory(**place | {"business__website": "https://www.padaria.example/pt"} | fields)


def printed(row: ListingRequest) -> str:
    """The code of a letter that a moderator just printed."""
    by = moderator()
    with at_the_desk(by):
        ListingRequest.objects.get(pk=row.pk).claim(by=by, at=now())
        return claims.print_code(row)


def page_of(row: ListingRequest) -> str:
    return f"/en/businesses/claims/yours/?claim={claims.token_of(row)}"


def code_page_of(row: ListingRequest) -> str:
    return page_of(row).replace("yours", "code")


def proof(row: ListingRequest) -> tuple[str, str, bool]:
    with as_role("owner"):
        row.refresh_from_db()
    return row.proved_by, row.proof_email, row.proved_at is not None


@pytest.mark.parametrize(
    ("website", "host"),
    [
        ("https://www.padaria.example/sobre", "padaria.example"),
        ("http://loja.padaria.example:8080", "loja.padaria.example"),
        ("https://PADARIA.co.uk", "padaria.co.uk"),
        ("https://www.padária.example", "xn--padria-rta.example"),
        *((website, "") for website in (
            "", "https://www.facebook.com/padaria", "https://padaria.wixsite.com/casa", "https://padaria.blogspot.com",
            "https://sites.google.com/view/padaria", "https://gmail.com", "https://co.uk", "https://192.0.2.7/",
            "https://localhost", "https://[::1]/", "https://[padaria", "mailto:casa@padaria.example",
        )),
    ],
)  # fmt: skip
def test_a_business_has_mail_at_the_host_of_its_website_unless_others_share_it(website, host):
    assert claims.own_domain(website) == host


def test_mail_at_the_host_or_below_it_is_its_own_and_no_other():
    own = ["ana@padaria.example", "ana@MAIL.padaria.example"]
    others = [
        "ana@gmail.com",
        "ana@xpadaria.example",
        "ana@padaria.example.evil.example",
        "ana@example",
        "padaria.example",
    ]

    accented = ("ana@padária.example", "ana@PADÁRIA.example", "ana@xn--padria-rta.example")
    assert all(claims.is_its_own(each, "https://www.padária.example") for each in accented)
    assert [claims.is_its_own(each, "https://www.padaria.example") for each in own + others] == [True] * 2 + [False] * 5


def test_each_way_is_offered_where_the_listing_has_what_it_takes(client):
    BusinessFactory(slug="casa", address="", website="https://www.facebook.com/casa")
    BusinessFactory(slug="loja", address="1 Rua, London", postcode="SW8 1AA", website="https://loja.example")

    bare, full = (said(client.get(f"/en/businesses/{slug}/claim/")) for slug in ("casa", "loja"))

    assert "A letter: we post a code to 1 Rua, London, SW8 1AA" in full
    assert "An e-mail: we send a code to an address at loja.example" in full
    assert "A letter:" not in bare
    assert "An e-mail:" not in bare
    assert "Another way" in bare


def test_a_letter_goes_to_the_listed_address_with_a_code_that_is_shown_once(desk):
    row, me = claim(message="Send it to 1 Evil Street"), staff("change_listingrequest")
    log_in_fully(desk, me)
    path = f"/verification/listingrequest/{row.pk}/"

    assert "Look after it to print the letter." in said(desk.get(f"{path}change/"))
    assert desk.post(f"{path}letter/")["Location"] == f"{path}change/"
    desk.post(f"{path}claim/")
    letter = desk.post(f"{path}letter/")
    (code,) = re.findall(r"[A-Z]{4}-[A-Z]{4}", said(letter))

    assert "no-store" in letter["Cache-Control"]
    assert "12 Wilcox Road" in said(letter)
    assert "Evil" not in said(letter)
    assert 'lang="pt"' in letter.content.decode()
    after = said(desk.get(f"{path}change/"))
    assert "A letter was printed on" in after
    assert code not in after
    assert desk.get(f"{path}letter/").status_code == 405
    with as_role("owner"):
        (kept,) = ClaimCode.objects.values_list("digest", flat=True)
        assert code.replace("-", "").encode() not in bytes(kept)
        (entry,) = AuditEntry.objects.filter(kind="verification_claimcode")
    assert (entry.verb, entry.door, entry.actor) == ("insert", "desk", me.pk)


def test_the_code_proves_it_and_the_desk_still_decides(client):
    row = claim()
    code = printed(row)

    assert "You have 5 tries" in said(client.get(page_of(row)))
    page = client.post(page_of(row), {"code": f" {code.replace('-', '').lower()} "}, follow=True)

    assert "Proved: thank you." in said(page)
    assert proof(row) == ("letter", "", True)
    assert row.outcome == ""
    with as_role("owner"):
        assert not ClaimCode.objects.exists()
        assert row.business.verified_at is None


def test_after_five_wrong_tries_the_right_code_is_dead(client):
    row = claim()
    code = printed(row)

    said_each = [said(client.post(page_of(row), {"code": "AAAA-AAAA"}, follow=True)) for _ in range(5)]

    assert ["This is not the code" in each for each in said_each] == [True] * 4 + [False]
    assert "You have 1 try." in said_each[3]
    assert claims.type_code(row.pk, code) == "dead"
    assert proof(row) == ("", "", False)


def test_a_code_is_good_for_thirty_days_and_for_its_own_claim_and_dies_with_the_next_letter():
    first, second = claim(), claim()
    old, other = printed(first), printed(second)
    with as_role("owner"):
        until = ClaimCode.objects.get(request=first).until
    with as_role("owner"):
        ListingRequest.objects.update(claimed_by=None, claimed_until=None)
    new = printed(first)

    assert timedelta(days=29) < until - now() <= timedelta(days=30)
    assert claims.type_code(first.pk, old) == "wrong"
    assert claims.type_code(first.pk, other) == "wrong"
    with as_role("owner"):
        ClaimCode.objects.filter(request=second).update(until=now())
    assert claims.type_code(second.pk, other) == "dead"
    assert claims.type_code(first.pk, new) == "proved"
    assert claims.type_code(first.pk, new) == "dead"


def test_nobody_prints_a_letter_for_a_claim_they_do_not_look_after_or_that_is_their_own():
    me, other = moderator(), moderator()
    rows = {
        "free": claim(),
        "another's": claim(claimed_by=other, **MINE),
        "own": claim(member=me, claimed_by=me, **MINE),
        "removal": claim(kind="removal", claimed_by=me, **MINE),
        "over": claim(claimed_by=me, claimed_until=now()),
        "mine": claim(claimed_by=me, **MINE),
    }
    refused = 'new row violates row-level security policy for table "verification_claimcode"'

    with at_the_desk(me):
        answers = {name: told(PRINT, row.pk) for name, row in rows.items()}

    assert answers == dict.fromkeys(rows, refused) | {"mine": "done"}


def test_a_letter_that_was_refused_leaves_the_one_before(client):
    row = claim()
    code = printed(row)

    with at_the_desk(moderator()):
        told(PRINT, row.pk)

    assert claims.type_code(row.pk, code) == "proved"


@pytest.mark.parametrize("door", ["site", "desk", "worker"])
def test_no_role_reads_a_code_nor_writes_a_proof(door):
    row, me = claim(), moderator()
    printed(row)
    with as_role(door), acting_as(me):
        for statement in (
            "SELECT digest FROM verification_claimcode",
            "UPDATE verification_claimcode SET tries = 0",
            "UPDATE verification_listingrequest SET proved_at = now(), proved_by = 'letter'",
        ):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                ask(statement)


def test_nobody_hands_in_a_claim_that_is_proved():
    words = {"kind": "claim", "business_name": "Casa", "name": "Ana", "email": "ana@example.org", "role": "x"}
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        ListingRequest.objects.bulk_create(
            [ListingRequest(**words, language="pt", proved_at=now(), proved_by="letter")]
        )


def test_while_a_letter_is_on_its_way_the_claim_waits_for_its_owner(desk):
    out, waits = claim(business__name="Casa"), claim(business__name="Loja")
    printed(out)
    log_in_fully(desk, staff("change_listingrequest"))

    pages = {part: said(desk.get(f"/verification/listingrequest/?queue={part}")) for part in ("", "letters")}

    assert ("Casa" in pages[""], "Loja" in pages[""]) == (False, True)
    assert ("Casa" in pages["letters"], "Loja" in pages["letters"]) == (True, False)
    with as_role("owner"):
        ClaimCode.objects.update(tries=5)
    assert "Casa" in said(desk.get("/verification/listingrequest/"))
    assert waits.outcome == ""


def mailed() -> str:
    (code,) = re.findall(r"[A-Z]{4}-[A-Z]{4}", mail.outbox[-1].body)
    return code


def test_mail_at_its_own_domain_proves_it_and_grants_nothing(client):
    row = claim()

    page = client.post(page_of(row), {"email": "geral@padaria.example"}, follow=True)
    assert "We have written to geral@padaria.example" in said(page)
    assert mail.outbox[-1].to == ["geral@padaria.example"]
    assert "This is not the code" in said(client.post(code_page_of(row), {"code": "AAAA-AAAA"}))
    page = client.post(code_page_of(row), {"code": mailed()}, follow=True)

    assert "Proved on" in said(page)
    assert proof(row) == ("mail", "geral@padaria.example", True)
    with as_role("owner"):
        assert (row.outcome, row.business.verified_at) == ("", None)


@pytest.mark.parametrize("address", ["ana@gmail.com", "ana@xpadaria.example", "ana"])
def test_no_code_goes_to_an_address_elsewhere(client, address):
    row = claim()

    page = client.post(page_of(row), {"email": address})

    assert "field__error" in page.content.decode()
    assert mail.outbox == []


def test_a_mailed_code_proves_the_claim_it_was_asked_for_in_that_browser_alone(client):
    row, other = claim(), claim()
    client.post(page_of(row), {"email": "geral@padaria.example"})

    for browser, claimed in ((client, other), (Client(), row)):
        answer = browser.post(code_page_of(claimed), {"code": mailed()})
        assert answer["Location"] == page_of(claimed)
    assert proof(row) == proof(other) == ("", "", False)


def test_a_mailed_code_is_worth_nothing_once_the_website_is_another(client):
    row = claim()
    client.post(page_of(row), {"email": "geral@padaria.example"})
    with as_role("owner"):
        row.business.website = "https://outra.example"
        row.business.save()

    client.post(code_page_of(row), {"code": mailed()})

    assert proof(row) == ("", "", False)


def test_a_mailed_code_dies_after_five_tries(client):
    row = claim()
    client.post(page_of(row), {"email": "geral@padaria.example"})

    answers = [client.post(code_page_of(row), {"code": "AAAA-AAAA"}).status_code for _ in range(5)]

    assert answers == [200] * 4 + [302]
    client.post(code_page_of(row), {"code": mailed()})
    assert proof(row) == ("", "", False)


def test_the_page_of_a_claim_tells_nobody_who_handed_it_in(client):
    row = claim(name="Segredo", email="segredo@example.org", message="Segredo", role="Segredo")

    page = client.get(page_of(row))

    assert "segredo" not in page.content.decode().lower()
    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert client.get(f"/en/businesses/claims/yours/?claim={row.pk.hex}~forged").status_code == 404
    assert client.get(page_of(claim(kind="removal"))).status_code == 404


def test_what_is_decided_cannot_be_proved_any_more(client):
    row = claim(outcome="refused", decided_at=now())

    client.post(page_of(row), {"email": "geral@padaria.example"})

    assert mail.outbox == []
    assert not claims.prove_by_mail(row.pk, "geral@padaria.example")
    page = said(client.get(page_of(row)))
    assert "Not granted." in page
    assert "Claim it anew" in page
    assert "Not proved yet." not in page  # nothing is awaited any more


def test_whoever_claims_is_led_to_their_claim_and_finds_it_in_the_letter_and_at_their_account(client):
    member, business = MemberFactory(), BusinessFactory(slug="casa", name="Casa")
    with as_role("owner"):
        client.force_login(member)
    words = {"kind": "claim", "way": "", "name": "Ana", "role": "Owner", "email": "ana@example.org"}
    assert member.email in client.get("/en/businesses/casa/claim/").content.decode()  # typed for them already

    answer = client.post("/en/businesses/casa/claim/", words)
    with as_role("owner"):
        row = ListingRequest.objects.get()
    with as_role("worker"):
        acknowledge.func(request_id=str(row.pk))

    assert answer["Location"] == page_of(row)
    assert page_of(row) in mail.outbox[-1].body
    assert page_of(row) in client.get("/en/businesses/claims/mine/").content.decode()
    assert business.name in said(client.get(page_of(row)))


def test_a_claim_that_goes_takes_its_code_along():
    row = claim()
    printed(row)

    with as_role("owner"):
        ask("DELETE FROM verification_listingrequest WHERE id = %s RETURNING id", row.pk)
        assert not ClaimCode.objects.exists()
