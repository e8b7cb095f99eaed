from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db import connection
from django.forms.models import model_to_dict
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localtime, now
from nacl.exceptions import CryptoError

from businesses.models import Business, Delisting
from community.login import SecondFactorAdapter
from community.models import Member
from events.models import Event
from tests.databases import as_role
from tests.doors import PASSWORD, SECRET, code, guard, log_in, log_in_fully, said, staff
from tests.factories import BusinessFactory, EventFactory, ListingRequestFactory, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(desk: Client) -> Client:
    """An administrator who has come in."""
    log_in_fully(desk, guard(MemberFactory(password=PASSWORD, is_staff=True, is_superuser=True)))
    return desk


def follow(client: Client, path: str) -> str:
    return client.get(path, follow=True).request["PATH_INFO"]


def test_a_stranger_is_sent_to_log_in_and_back_to_where_they_were_going(desk):
    response = desk.get("/events/event/", follow=True)

    assert response.redirect_chain[-1] == ("/account/login/?next=/events/event/", 302)


def test_a_password_alone_opens_no_page_of_the_desk(desk):
    log_in(desk, MemberFactory(password=PASSWORD, is_staff=True, is_superuser=True))

    assert desk.get("/events/event/").status_code == 302
    assert follow(desk, "/") == "/account/reauthenticate/"  # on the way to setting up a second factor


def test_a_second_factor_opens_the_desk(desk):
    response = log_in_fully(desk, staff("view_event"))

    assert (response.status_code, response["Location"]) == (302, "/")
    assert desk.get("/events/event/").status_code == 200


def test_a_wrong_code_does_not(desk):
    member = staff("view_event")
    log_in(desk, member)

    wrong = "000000" if code() != "000000" else "111111"
    assert b"This code is not right" in desk.post("/account/2fa/authenticate/", {"code": wrong}).content
    assert desk.get("/events/event/").status_code == 302


def test_a_code_opens_once(desk):
    member = staff("view_event")
    log_in_fully(desk, member)
    desk.post("/logout/")

    again = log_in_fully(Client(), member)

    assert b"This code is not right" in again.content


def test_setting_up_a_second_factor_asks_for_it_before_the_desk_opens(desk):
    log_in(desk, MemberFactory(password=PASSWORD, is_staff=True, is_superuser=True))
    desk.post("/account/reauthenticate/?next=/account/2fa/totp/activate/", {"password": PASSWORD})
    page = desk.get("/account/2fa/totp/activate/")
    secret = re.search(r'class="door__key">(\w+)<', page.content.decode())[1]

    assert desk.session["mfa.totp.secret"] == secret
    assert desk.get("/events/event/").status_code == 302


def test_the_desk_is_not_for_members(desk):
    log_in(desk, MemberFactory(password=PASSWORD))

    response = desk.get("/", follow=True)

    assert response.status_code == 403
    assert b"This door is for the desk" in response.content


def test_whoever_leaves_stands_at_the_door(chief):
    assert chief.post("/logout/")["Location"] == "/account/login/"
    assert chief.get("/events/event/").status_code == 302


def test_secrets_of_second_factors_are_sealed_in_the_database(desk, settings):
    member = guard(MemberFactory())
    with as_role("owner"):
        (data,) = Authenticator.objects.filter(user=member).values_list("data", flat=True)
    adapter = SecondFactorAdapter()

    assert SECRET not in str(data)
    assert adapter.decrypt(data["secret"]) == SECRET

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert adapter.decrypt(data["secret"]) == SECRET

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(CryptoError):
        adapter.decrypt(data["secret"])


def test_what_opens_an_account_cannot_be_looked_at():
    assert not admin.site.is_registered(Authenticator)
    assert not admin.site.is_registered(EmailAddress)


def pages() -> list[str]:
    return sorted(
        f"/{model._meta.app_label}/{model._meta.model_name}/"
        for model in admin.site._registry
        if model._meta.app_label in {"community", "businesses", "events", "verification"}
    )


def test_every_page_opens_and_holds_to_the_content_security_policy(chief):
    ListingRequestFactory()
    BusinessFactory(picture="pictures/x.webp", picture_width=9, picture_height=9, picture_alt_en="Bread")
    EventFactory()
    Delisting.objects.create(fhrs_id=1)
    addresses = ["/"]
    for page in pages():
        response = chief.get(page)
        links = re.findall(rf'href="({page}[^"?]+/change/)', response.content.decode())
        addresses += [page, *links[:1]] + ([f"{page}add/"] if f"{page}add/" in response.content.decode() else [])

    for address in addresses:
        response = chief.get(address)
        html = response.content.decode()
        assert response.status_code == 200, address
        assert not re.search(r"<style|<script(?![^>]*(?:src=|type=\"application/json\"))|\son\w+=|\sstyle=", html), (
            address
        )
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//(?!localhost)", html), address
    assert len(addresses) > 25


@pytest.mark.parametrize(
    ("page", "factory"),
    [
        ("/events/event/", EventFactory),
        ("/businesses/business/", BusinessFactory),
        ("/community/member/", MemberFactory),
        ("/verification/listingrequest/", ListingRequestFactory),
    ],
)
def test_a_list_asks_as_often_for_one_row_as_for_three(chief, page, factory):
    factory()
    chief.get(page)
    with CaptureQueriesContext(
        connection,
    ) as one:
        chief.get(page)
    factory.create_batch(2)
    with CaptureQueriesContext(connection) as three:
        chief.get(page)

    assert len(three) == len(one)


def form_of(event: Event, **changes: object) -> dict[str, object]:
    starts_at, ends_at = localtime(event.starts_at), localtime(event.ends_at)
    fields = model_to_dict(event, exclude=["starts_at", "ends_at", "picture", "location", "accessibility"])
    form = {name: "" if value is None else value for name, value in fields.items()}
    form |= {
        "starts_at_0": f"{starts_at:%Y-%m-%d}",
        "starts_at_1": f"{starts_at:%H:%M:%S}",
        "ends_at_0": f"{ends_at:%Y-%m-%d}",
        "ends_at_1": f"{ends_at:%H:%M:%S}",
        "location": f"{event.location.y:.6f}, {event.location.x:.6f}" if event.location else "",
        "organizer": str(event.organizer_id),
        **{name: [row.pk for row in getattr(event, name).all()] for name in ("regions", "languages", "tags")},
    }
    return form | changes


def saved(response: HttpResponse) -> None:
    errors = response.context["errors"] if response.context else ""
    assert response.status_code == 302, errors


@pytest.fixture
def event() -> Event:
    event = EventFactory()
    with as_role("owner"):
        event.starts_at = event.starts_at.replace(microsecond=0)
        event.ends_at = event.starts_at + timedelta(hours=3)
        event.save()
    return event


@pytest.mark.parametrize(
    ("changes", "editions"),
    [
        ({"description_pt": "Com guitarra."}, 0),
        ({"starts_at_1": "00:00:01"}, 1),
        ({"status": "cancelled"}, 1),
        ({"venue_name": "Casa do Fado", "status": "postponed"}, 1),
    ],
)
def test_an_event_counts_its_editions_when_time_place_or_status_change(chief, event, changes, editions):
    saved(chief.post(f"/events/event/{event.pk}/change/", form_of(event, **changes)))

    assert Event.objects.get(pk=event.pk).sequence == editions


def test_a_new_event_finds_its_place_by_postcode_and_its_address_by_title(chief, event):
    form = form_of(event, title_pt="Noite de São João", slug="", postcode="sw4 7", location="", borough="")
    assert b"not a whole postcode" in chief.post("/events/event/add/", form).content

    saved(chief.post("/events/event/add/", form | {"postcode": "sw47ab"}))

    made = Event.objects.get(slug="noite-de-sao-joao")
    assert (made.postcode, made.borough.slug) == ("SW4 7AB", "lambeth")
    assert made.location.y == pytest.approx(51.46, abs=0.02)


@pytest.mark.parametrize("point", ["nan, 0", "51.4", "91, 0", "0, 181", "inf, inf", "a, b"])
def test_a_point_that_is_none_is_refused_with_a_reason(chief, event, point):
    response = chief.post(f"/events/event/{event.pk}/change/", form_of(event, location=point))

    assert b"Write latitude and longitude" in response.content


def test_an_event_without_a_title_in_any_language_is_refused(chief, event):
    response = chief.post(f"/events/event/{event.pk}/change/", form_of(event, title_pt="", title_en=""))

    assert b"Give it a title in at least one language." in response.content


def test_events_are_published_together_called_off_one_by_one_and_never_deleted(chief, event):
    draft = EventFactory(status="draft")
    off = [EventFactory(status=status, title_en=status) for status in ("cancelled", "postponed")]
    several = [str(each.pk) for each in (event, draft, *off)]
    listed = chief.get("/events/event/").content.decode()
    assert re.findall(r'<option value="(\w+)">', listed.partition('name="action"')[2].partition("</select>")[0]) == [
        "announce"
    ]

    for action in ("cancel", "delete_selected", "announce"):
        chief.post("/events/event/", {"action": action, "_selected_action": several})

    assert set(Event.objects.values_list("pk", "status", "sequence")) == {
        (event.pk, "published", 0),
        (draft.pk, "published", 1),
        *((each.pk, each.status, 0) for each in off),  # put back on one by one: people are told of it
    }
    assert chief.post(f"/events/event/{event.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_business_taken_down_stays_out_of_the_next_import(chief):
    business = BusinessFactory(fhrs_id=4711)

    chief.post(f"/businesses/business/{business.pk}/delete/", {"post": "yes"})

    assert not Business.objects.filter(pk=business.pk).exists()
    assert list(Delisting.objects.values_list("fhrs_id", flat=True)) == [4711]


def test_hours_nobody_can_read_are_refused(chief):
    business = BusinessFactory()
    form = {"name": "Casa", "slug": "casa", "type": business.type_id, "postcode": "SW8 1UQ", "opening_hours": "sempre"}
    form |= {"spoken-TOTAL_FORMS": 0, "spoken-INITIAL_FORMS": 0, "location": "51.4723, -0.1229"}

    assert b"These are not opening hours" in chief.post("/businesses/business/add/", form).content


def test_who_keeps_members_makes_nobody_staff_and_touches_no_staff(desk):
    colleague, member = MemberFactory(is_staff=True), MemberFactory()
    log_in_fully(desk, staff("view_member", "change_member", "view_profile", "change_profile"))

    page = f"/community/member/{member.pk}/change/"
    assert b'name="is_staff"' not in desk.get(page).content
    profile = {"profile-TOTAL_FORMS": 1, "profile-INITIAL_FORMS": 1, "profile-0-member": str(member.pk)}
    profile |= {"profile-0-display_name": "Ana", "profile-0-visibility": "private"}
    form = {"email": member.email, "language": "en", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    saved(desk.post(page, form | profile))

    changed = Member.objects.get(pk=member.pk)
    assert (changed.language, changed.is_staff, changed.is_superuser) == ("en", False, False)
    assert desk.post(f"/community/member/{colleague.pk}/change/", form | profile).status_code == 403


def test_the_first_page_says_how_many_wait(chief):
    ListingRequestFactory.create_batch(2)

    assert "Owners&#x27; claims and wishes 2 wait" in said(chief.get("/"))


def test_the_desk_speaks_the_language_one_chooses(chief):
    response = chief.post("/i18n/setlang/", {"language": "pt", "next": "/"}, follow=True)

    assert '<html lang="pt"' in response.content.decode()


def test_nobody_shuts_themselves_out(chief):
    me = Member.objects.get()

    page = chief.get(f"/community/member/{me.pk}/change/").content.decode()

    assert [name for name in ("is_active", "is_staff", "is_superuser", "groups") if f'name="{name}"' in page] == []


@pytest.mark.parametrize("address", ["/community/member/?email__regex=[", "/events/event/?starts_at__year=99999999999"])
def test_an_address_that_asks_what_cannot_be_asked_is_refused_and_no_error(chief, address):
    assert chief.get(address).status_code == 400
    assert chief.get(address.split("?")[0]).status_code == 200


def test_the_list_of_events_opens_on_what_is_coming(chief):
    EventFactory(title_pt="Vem aí", title_en="")
    EventFactory(title_pt="Já foi", title_en="", starts_at=now() - timedelta(days=9), ends_at=now() - timedelta(days=8))

    def shows(query: str) -> list[str]:
        html = chief.get(f"/events/event/{query}").content.decode()
        return [title for title in ("Vem aí", "Já foi") if title in html]

    assert [shows(query) for query in ("", "?time=past", "?time=all")] == [["Vem aí"], ["Já foi"], ["Vem aí", "Já foi"]]
