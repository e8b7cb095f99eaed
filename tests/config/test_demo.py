from __future__ import annotations

import io
import os
import re
from datetime import date, datetime, timedelta
from tempfile import TemporaryDirectory
from unittest import mock

import pytest
import time_machine
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count
from django.test import TestCase, override_settings
from django.utils.timezone import localdate, now
from PIL import Image

from businesses.hours import validate_hours
from businesses.models import Business, BusinessType
from businesses.taxonomy import SPECIALTIES
from community.clock import LONDON
from community.gazetteer import fold
from community.identity import acting_as
from community.models import Appearance, Arrival, Bio, Heritage, HomeArea, Interests, Languages, Member, Profile, Region
from community.profile_forms import FORMS
from community.search import understand
from config.demo.businesses import SHOPS
from config.demo.events import GATHERINGS, MONDAY, SUNDAY, VENUES, in_days, on
from config.demo.people import LOGINS, MEMBERS
from events.models import Category, Event, Posting
from events.taxonomy import CATEGORIES
from tests.databases import DEMO_TOTP_SECRET, as_role
from verification import sealing
from verification.models import Case, Evidence, ListingRequest, Vouch
from verification.vanishing import left

PASSWORD = "a-demo-password"
EIGHT_NATIONS = {
    "portugal", "brasil", "angola", "mocambique", "cabo-verde", "guine-bissau", "sao-tome-e-principe", "timor-leste",
}  # fmt: skip


# What is typed -------------------------------------------------------------------------------------


def test_a_weekday_is_counted_from_today_and_today_counts():
    saturday = date(2026, 11, 21)

    assert list(on(SUNDAY, -1, 0, 1).dates(saturday)) == [date(2026, 11, 15), date(2026, 11, 22), date(2026, 11, 29)]
    assert list(on(MONDAY, 0).dates(date(2026, 11, 23))) == [date(2026, 11, 23)]
    assert list(in_days(-1, 0, 9).dates(saturday)) == [date(2026, 11, 20), saturday, date(2026, 11, 30)]


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.name)
def test_every_business_keeps_hours_that_can_be_read(shop):
    for expression in (shop.hours, *shop.at_times.values()):
        try:
            validate_hours(expression)
        except ValidationError as error:
            pytest.fail(f"{expression}: {error}")
    assert set(shop.at_times) <= set(shop.languages)


def test_nobody_in_the_demo_could_be_written_to():
    addresses = {person.email for person in (*LOGINS, *MEMBERS)}

    assert len(addresses) == len(LOGINS) + len(MEMBERS)
    assert {address.partition("@")[2] for address in addresses} == {"lusotown.example", "example.org"}


def test_telephones_are_of_the_range_kept_for_invented_ones():
    phones = [shop.phone for shop in SHOPS if shop.phone]

    assert len(phones) > 10
    assert [phone for phone in phones if not phone.startswith("+442079460")] == []


def test_a_few_texts_are_in_one_language_only_and_the_rest_in_both():
    halves = [gathering.title for gathering in GATHERINGS if not all(gathering.title)]

    assert len(halves) == 2
    assert [
        g.title for g in GATHERINGS if bool(g.title[0]) != bool(g.text[0]) or bool(g.title[1]) != bool(g.text[1])
    ] == []


# What is loaded ------------------------------------------------------------------------------------


class TestLoaded(TestCase):
    """The demo as it stands once loaded: loaded once for all of these."""

    @classmethod
    def setUpTestData(cls):
        secret = mock.patch.dict(os.environ, DEMO_TOTP_SECRET=DEMO_TOTP_SECRET)
        public, cls.desk_key = sealing.new_key_pair()
        folder = cls.enterClassContext(TemporaryDirectory())
        cls.town = {"DESK_PUBLIC_KEY": public, "EVIDENCE_ROOT": folder}
        with as_role("owner"), override_settings(**cls.town), secret:
            call_command("load_demo", password=PASSWORD, verbosity=0)

    def setUp(self):
        self.enterContext(as_role("owner"))
        self.enterContext(override_settings(**self.town))

    def test_the_town_is_full_and_everything_in_it_says_that_it_is_invented(self):
        assert Business.objects.count() >= 60
        assert Posting.objects.upcoming(at=now()).count() >= 120
        assert Posting.objects.past(at=now()).count() >= 10
        assert Member.objects.count() == len(LOGINS) + len(MEMBERS)
        assert not Business.objects.filter(is_demo=False).exists()
        assert not Event.objects.filter(is_demo=False).exists()

    def test_every_kind_of_business_and_event_and_all_eight_nations_are_there(self):
        coming = Posting.objects.upcoming(at=now())

        assert set(Business.objects.values_list("type__slug", flat=True)) == set(
            BusinessType.objects.values_list("slug", flat=True)
        )
        assert set(coming.values_list("category", flat=True)) == {term.slug for term in CATEGORIES}
        assert {slug for row in coming.values_list("regions", flat=True) for slug in row} >= EIGHT_NATIONS

    def test_people_of_all_eight_nations_say_something_of_themselves_to_different_audiences(self):
        nations = {region.slug: region.nation for region in Region.objects.select_related("parent")}
        heritage = Heritage.objects.all()

        assert {nations[slug] for row in heritage for slug in row.regions} >= EIGHT_NATIONS
        assert {row.visibility for row in heritage} >= {"public", "community", "verified"}
        for section in (Bio, Interests, Languages, Arrival, HomeArea):
            assert section.objects.count() >= 20
            assert section.objects.values("visibility").distinct().count() >= 2
        assert Appearance.objects.filter(audience="public").count() >= 25

    def test_what_people_say_could_have_been_typed(self):
        faults = {}
        for profile in Profile.objects.with_sections(besides=("member", "legalname")):
            for name, form in FORMS.items():
                if form.standing(profile) and name != "legal_names":
                    with acting_as(profile.member):
                        asked = form.changed(profile, {})
                        if not asked.is_valid():
                            faults[profile.display_name, name] = asked.errors
        assert faults == {}

    def test_the_wishes_that_the_changelog_begins_with_find_what_has_all_of_their_words(self):
        news = (settings.BASE_DIR / "CHANGELOG.md").read_text()
        wishes = re.findall(r'"([^"]+)"', re.search(r"by wish \(([^)]*)\)", news)[1])
        coming = Posting.objects.upcoming(at=now())

        assert len(wishes) == 2
        assert [wish for wish in wishes if not coming.matching(understand(wish)).exists()] == []

    def test_there_is_something_of_every_sort_to_look_at(self):
        events = Event.objects.all()

        assert set(events.values_list("status", flat=True)) == {"draft", "published", "cancelled", "postponed"}
        assert set(events.values_list("visibility", flat=True)) == {"public", "community", "private"}
        assert set(events.values_list("format", flat=True)) == {"in_person", "online", "hybrid"}
        assert events.filter(price_pence=0).exists()
        assert events.exclude(accessibility=[]).exists()
        assert ListingRequest.objects.open().count() == 3

    def test_every_event_can_be_saved_from_a_form(self):
        faults = {}
        for event in Event.objects.select_related("business", "borough"):
            try:
                event.full_clean(validate_unique=False)
            except ValidationError as error:
                faults[event.slug] = error.message_dict
        assert faults == {}

    def test_cases_of_every_sort_wait_at_the_desk_and_were_decided_over_the_last_months(self):
        waiting, decided = Case.objects.waiting(), Case.objects.exclude(status__in=Case.OPEN)

        assert set(waiting.values_list("route", flat=True)) == set(Case.Route.values)
        assert set(waiting.values_list("language", flat=True)) == {"pt", "en"}
        assert waiting.filter(appeal_of__isnull=False).count() == 1
        assert waiting.filter(votes__isnull=False).count() == 1  # a second word is wanted
        ages = [(now() - case.waiting_since).total_seconds() / 86400 for case in waiting]
        assert (max(ages) > 5, min(ages) < 1, len([age for age in ages if 2 < age < 5]) >= 3) == (True, True, True)
        assert Case.objects.filter(status="needs_information").count() == 1
        assert set(decided.values_list("status", flat=True)) == {"approved", "rejected", "withdrawn", "expired"}
        assert decided.filter(decided_at__gt=now() - timedelta(days=180)).count() >= 15
        assert decided.filter(status="approved", appeal_of__status="rejected").count() == 1
        assert not decided.filter(handed_in_at=None).exists()  # else the statistics have nothing to time
        numbers = list(Case.objects.order_by("created_at").values_list("number", flat=True))
        assert numbers == sorted(numbers)

    def test_whoever_asked_or_vouched_was_there_long_enough(self):
        for case in Case.objects.select_related("member"):
            assert case.member.joined_at < case.created_at, case.member
        given = Vouch.objects.exclude(referee=None).select_related("referee__profile")
        assert given
        for vouch in given:
            assert vouch.referee.profile.heritage_verified_at < vouch.answered_at - timedelta(days=90), vouch.referee

    def test_what_the_desk_decided_could_have_been_decided_so(self):
        for case in Case.objects.prefetch_related("votes__by", "evidence"):
            votes = list(case.votes.all())
            assert case.member_id not in {vote.by_id for vote in votes}, case.member
            assert len({vote.by_id for vote in votes}) == len(votes)
            if case.status in {"approved", "rejected"}:
                is_alone = case.appeal_of_id or (case.status == "approved" and case.route != "document")
                assert len(votes) == (1 if is_alone else 2), case.member
                assert votes[-1].at == case.decided_at
            if case.appeal_of:
                assert {vote.by_id for vote in votes}.isdisjoint(case.appeal_of.votes.values_list("by", flat=True))
            if case.route == "document" and not case.appeal_of:
                assert case.evidence.count() == 1
        wearing = Profile.objects.filter(heritage_verified_at__isnull=False)
        assert set(wearing.values_list("pk", flat=True)) == set(
            Case.objects.filter(status="approved").values_list("member", flat=True)
        )
        with as_role("worker"):
            assert left(at=now()) == (0, 0, 0)

    def test_papers_are_sealed_say_demo_and_open_with_the_desks_key(self):
        standing = Evidence.objects.standing()
        assert set(sealing.lying()) == set(standing.values_list("pk", flat=True))
        assert standing.count() >= 5
        for evidence in standing:
            opened = {"sealed_key": bytes(evidence.sealed_key), "key_id": evidence.key_id, "evidence": evidence.pk}
            with override_settings(DESK_SECRET_KEYS=[self.desk_key]):
                page = sealing.open_page(sealing.stored(evidence.pk, 1), number=1, **opened)
            assert Image.open(io.BytesIO(page)).format == "JPEG"

    def test_maria_can_try_each_route_with_two_who_may_vouch_for_her(self):
        assert not Case.objects.filter(member__email="maria@lusotown.example").exists()
        long_enough = now() - timedelta(days=90)
        logins = [login.email for login in LOGINS if not login.is_staff]
        able = Profile.objects.filter(member__email__in=logins, heritage_verified_at__lt=long_enough)
        assert able.count() == 2

    def test_the_rules_stand_as_before_once_it_is_loaded(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'")
            assert cursor.fetchone() == (0,)

    def test_staff_have_a_second_factor_and_moderators_their_group(self):
        staff = Member.objects.filter(is_staff=True)

        assert staff.count() == 4
        for member in staff:
            code = Authenticator.objects.get(user=member, type=Authenticator.Type.TOTP)
            assert DEMO_TOTP_SECRET not in str(code.data)
            assert get_adapter().decrypt(code.data["secret"]) == DEMO_TOTP_SECRET
        assert Group.objects.get(name="Moderators").permissions.filter(codename="change_listingrequest").exists()
        assert staff.filter(groups__name="Moderators").count() == 2
        assert Member.objects.get(email="maria@lusotown.example").check_password(PASSWORD)
        assert not Member.objects.get(email="adelaide@example.org").has_usable_password()

    def test_organisers_can_be_seen_by_anyone(self):
        hidden = Event.objects.filter(visibility="public", status="published").exclude(
            organizer__profile__visibility="public"
        )

        assert list(hidden.values_list("organizer__email", "title_pt").distinct()) == []

    def test_it_is_never_loaded_over_a_town_with_people_in_it(self):
        with pytest.raises(CommandError, match="not empty"):
            call_command("load_demo", password=PASSWORD, verbosity=0)

        before = Event.objects.aggregate(n=Count("pk"))
        call_command("load_demo", if_empty=True, password=PASSWORD, verbosity=0)
        assert Event.objects.aggregate(n=Count("pk")) == before

    def test_the_logins_are_printed_for_whoever_runs_it(self):
        out = io.StringIO()

        call_command("load_demo", logins=True, password=PASSWORD, stdout=out)

        assert all(login.email in out.getvalue() for login in LOGINS)
        assert PASSWORD in out.getvalue()


@pytest.mark.parametrize("moment", ["2026-11-21T23:55", "2027-03-28T00:30"])
def test_something_is_on_today_and_at_the_weekend_whenever_it_is_loaded(db, moment):
    at = datetime.fromisoformat(moment).replace(tzinfo=LONDON)
    quietly = override_settings(DESK_PUBLIC_KEY="")
    with time_machine.travel(at, tick=False), quietly, as_role("owner"):
        call_command("load_demo", password=PASSWORD, verbosity=0)
        today = localdate(timezone=LONDON)
        midnight = datetime(today.year, today.month, today.day, tzinfo=LONDON)
        friday = midnight + timedelta(days=(4 - today.weekday()) % 7)
        coming = Posting.objects.upcoming(at=at)

        assert coming.between(at, midnight + timedelta(days=1)).exists()
        assert coming.between(friday, friday + timedelta(days=3)).count() >= 5
        assert coming.between(at, at + timedelta(days=90)).count() >= 120


# When it is loaded ---------------------------------------------------------------------------------


def test_it_asks_for_a_password_worth_the_name(db, monkeypatch):
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    with as_role("owner"), pytest.raises(CommandError, match="password"):
        call_command("load_demo", password="short", verbosity=0)


def test_no_venue_is_left_without_an_event():
    used = {gathering.at for gathering in GATHERINGS}

    assert set(VENUES) <= used
    assert {fold(shop.name) for shop in SHOPS} >= {fold(name) for name in used - set(VENUES) - {""}}


def test_what_is_typed_keeps_to_the_vocabulary(db):
    specialties = {term.slug for term in SPECIALTIES}

    assert {slug for shop in SHOPS for slug in shop.specialties} <= specialties
    assert {g.category for g in GATHERINGS} <= set(Category.objects.values_list("slug", flat=True))
    assert {slug for g in GATHERINGS for slug in g.regions} <= set(Region.objects.values_list("slug", flat=True))
