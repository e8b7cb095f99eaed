from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zlib import crc32

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.contrib.gis.geos import Point
from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Model
from django.utils.text import slugify
from django.utils.timezone import localdate, now

from businesses.models import Business, BusinessLanguage, BusinessType, Specialty
from community import guidelines
from community.clock import LONDON
from community.models import (
    Arrival,
    Bio,
    Borough,
    Consent,
    Culture,
    Heritage,
    HomeArea,
    Interests,
    Languages,
    MatchingChoice,
    Member,
    Onboarding,
    Place,
    Profile,
    Region,
    Section,
)
from community.profiles import HERITAGE_WORDING
from config.demo.businesses import SHOPS, Shop
from config.demo.casework import write_cases, write_claim_papers
from config.demo.events import GATHERINGS, VENUES, Gathering
from config.demo.matching import OPTED_IN
from config.demo.people import LOGINS, MEMBERS, REQUESTS, Login, Person
from config.demo.profiles import PROFILES, Told
from config.demo.queues import write_queues
from config.privileges import MODERATORS
from events.models import Category, Event, Tag, Turnout
from verification import sealing
from verification.models import ListingRequest

ONLINE = "https://example.org/"


class Command(BaseCommand):
    """Fills an empty town with an invented one, so that there is something to see and someone to log in as."""

    help = (
        "Load the demo: invented members, businesses and events around today. Only into an empty town. "
        "Logins take DEMO_PASSWORD, and staff DEMO_TOTP_SECRET, from the environment."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing, quietly, if there is a business already"
        )
        parser.add_argument("--password", default=os.environ.get("DEMO_PASSWORD", ""), help="of every demo login")
        parser.add_argument("--logins", action="store_true", help="load nothing: print the logins of a loaded demo")

    def handle(self, *args: Any, **options: Any) -> None:
        secret = os.environ.get("DEMO_TOTP_SECRET", "")
        if options["logins"]:
            self._print_logins(options["password"], secret)
            return
        if Business.objects.exists() or Event.objects.exists() or Member.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError("This town is not empty: the demo is not loaded over people's work.")
        if len(options["password"]) < 10:
            raise CommandError(
                "Give the demo logins a password of ten characters or more: --password or DEMO_PASSWORD."
            )
        with transaction.atomic():
            load_people(options["password"], secret)
            load_profiles()
            load_choices()
            load_businesses()
            load_events()
            load_requests()
            write_queues()
            papers = [*write_cases(), *write_claim_papers()]
        for each in papers:
            sealing.keep(each.pages, evidence=each.evidence.pk)
        if options["verbosity"]:
            self.stdout.write(f"{len(SHOPS)} businesses, {Event.objects.count()} events, {len(MEMBERS)} members.")

    def _print_logins(self, password: str, secret: str) -> None:
        known = set(Member.objects.filter(email__in=[login.email for login in LOGINS]).values_list("email", flat=True))
        if not known:
            return
        self.stdout.write(f"  Demo logins, all with the password {password}:")
        for login in LOGINS:
            if login.email in known:
                self.stdout.write(
                    f"    {login.email:<31} {login.role}{', with a one-time code' if login.is_staff else ''}"
                )
        if secret:
            self.stdout.write(f"  One-time codes: give your authenticator app the secret {secret}\n")


def load_people(password: str, totp_secret: str) -> None:
    """The logins and the members. Without a secret, staff set up their second factor themselves."""
    moderators = Group.objects.get(name=MODERATORS)
    for person in (*LOGINS, *MEMBERS):
        member = _member(person, password)
        if isinstance(person, Login) and person.is_staff:
            if not person.is_superuser:
                member.groups.add(moderators)
            Onboarding.objects.create(member=member, version=guidelines.DESK_VERSION)
            if totp_secret:
                data = {"secret": get_adapter().encrypt(totp_secret)}
                Authenticator.objects.create(user=member, type=Authenticator.Type.TOTP, data=data)


def _member(person: Person, password: str) -> Member:
    rights = {}
    if isinstance(person, Login):
        rights = {"is_staff": person.is_staff, "is_superuser": person.is_superuser}
    ago = person.verified_days_ago
    # Long enough before the badge, and before whatever case of theirs was decided earlier.
    joined = now() - timedelta(days=(ago or 0) + 170 + crc32(person.email.encode()) % 60)
    member = Member.objects.create_user(
        person.email,
        password if isinstance(person, Login) else None,
        language=person.language,
        joined_at=joined,
        adult_confirmed_at=joined,
        guidelines_version=guidelines.VERSION,
        guidelines_accepted_at=joined,
        **rights,
    )
    Profile.objects.create(
        member=member,
        display_name=person.name,
        visibility=person.visibility,
        heritage_verified_at=now() - timedelta(days=ago) if ago is not None else None,
    )
    return member


def load_choices() -> None:
    """Who takes part in matching; one by one, as people do."""
    for member in Member.objects.filter(email__in=OPTED_IN).order_by("email"):
        MatchingChoice.objects.create(member=member).opt_in(at=now())


def load_profiles() -> None:
    """What people say of themselves, each section for those they chose; their consent where it needs one."""
    boroughs = {row.slug: row for row in Borough.objects.all()}
    districts = {row.name: row for row in Place.objects.filter(kind=Place.Kind.DISTRICT)}
    for profile in Profile.objects.select_related("member").filter(member__email__in=PROFILES):
        told = PROFILES[profile.member.email]
        if told.regions:
            purpose = Consent.Purpose.HERITAGE
            Consent.objects.create(member=profile.member, purpose=purpose, version=HERITAGE_WORDING)
        for name, (section, said) in _sections(told, boroughs, districts).items():
            if any(said.values()):
                section._default_manager.create(profile=profile, visibility=told.seen.get(name, told.by), **said)


def _sections(told: Told, boroughs: dict[str, Any], districts: dict[str, Any]) -> dict[str, tuple[type[Section], Any]]:
    """Each section's rows as the models have them, by the names forms and API know them by."""
    culture = {"fluency": told.fluency, "meeting": told.meeting, "celebrations": list(told.celebrations)}
    area = {"borough": boroughs[told.borough], "district": districts.get(told.district)} if told.borough else {}
    return {
        "bio": (Bio, {"text_pt": told.pt, "text_en": told.en}),
        "heritage": (Heritage, {"regions": list(told.regions)}),
        "interests": (Interests, {"chosen": list(told.interests)}),
        "languages": (Languages, {"chosen": list(told.languages)}),
        "culture": (Culture, culture),
        "arrival": (Arrival, {"year": told.since}),
        "home_area": (HomeArea, area),
    }


def load_businesses() -> None:
    """Every business of the demo, with what it is known for and what is spoken there."""
    types = {row.slug: row for row in BusinessType.objects.all()}
    boroughs = {row.slug: row for row in Borough.objects.all()}
    specialties = {row.slug: row for row in Specialty.objects.all()}
    for shop in SHOPS:
        business = Business.objects.create(
            slug=slugify(shop.name),
            name=shop.name,
            description_pt=shop.pt,
            description_en=shop.en,
            type=types[shop.type],
            address=shop.address,
            postcode=shop.postcode,
            borough=boroughs[shop.borough],
            location=Point(shop.lon, shop.lat, srid=4326),
            phone=shop.phone,
            website=shop.website,
            opening_hours=shop.hours,
            price_band=shop.price_band,
            accessible=shop.accessible,
            verified_at=_days_ago(shop.confirmed_days_ago) if shop.verified else None,
            confirmed_at=localdate() - timedelta(days=shop.confirmed_days_ago or 0),
            is_demo=True,
        )
        business.specialties.set(specialties[slug] for slug in shop.specialties)
        BusinessLanguage.objects.bulk_create(_spoken(business, shop))


def _spoken(business: Business, shop: Shop) -> list[BusinessLanguage]:
    return [
        BusinessLanguage(business=business, language_id=tag, hours=shop.at_times.get(tag, "")) for tag in shop.languages
    ]


def load_events() -> None:
    """Every event of the demo, on each of its days counted from today in London."""
    today = localdate(timezone=LONDON)
    shelf: dict[str, dict[str, Any]] = {
        "categories": {row.slug: row for row in Category.objects.all()},
        "boroughs": {row.slug: row for row in Borough.objects.all()},
        "shops": {row.name: row for row in Business.objects.filter(is_demo=True)},
        "regions": {row.slug: row for row in Region.objects.all()},
        "tags": {row.slug: row for row in Tag.objects.all()},
        "members": {row.email: row for row in Member.objects.all()},
    }
    planned = [(gathering, day) for gathering in GATHERINGS for day in gathering.occurs.dates(today)]
    events = Event.objects.bulk_create(_event(gathering, day, shelf) for gathering, day in planned)
    # The links of all at once: the board is brought up to date by statement, not by row.
    _link(Event.regions.through, "region", events, [[shelf["regions"][s].pk for s in g.regions] for g, _ in planned])
    _link(Event.languages.through, "language", events, [g.languages for g, _ in planned])
    _link(Event.tags.through, "tag", events, [[shelf["tags"][s].pk for s in g.tags] for g, _ in planned])
    # Invented like the rest, but the same at every load: some have a few coming, some are nearly full.
    Turnout.objects.bulk_create(
        Turnout(event=event, attending=crc32(event.slug.encode()) % event.capacity)
        for event in events
        if event.capacity
    )


def _event(gathering: Gathering, day: date, shelf: dict[str, dict[str, Any]]) -> Event:
    start = datetime.combine(day, time.fromisoformat(gathering.starts), tzinfo=LONDON)
    return Event(
        slug=f"{slugify(gathering.title[0] or gathering.title[1])}-{day:%Y-%m-%d}",
        title_pt=gathering.title[0],
        title_en=gathering.title[1],
        description_pt=gathering.text[0],
        description_en=gathering.text[1],
        cultural_significance_pt=gathering.meaning[0],
        cultural_significance_en=gathering.meaning[1],
        category=shelf["categories"][gathering.category],
        organizer=shelf["members"][gathering.organizer],
        status=gathering.status,
        visibility=gathering.visibility,
        starts_at=start,
        ends_at=start.astimezone(UTC) + timedelta(hours=gathering.hours),
        format=gathering.format,
        online_url="" if gathering.format == "in_person" else ONLINE,
        price_pence=round(gathering.pounds * 100),
        capacity=gathering.capacity,
        is_demo=True,
        **_where(gathering, shelf),
    )


def _link(through: type[Model], to: str, events: list[Event], keys: list[Sequence[Any]]) -> None:
    """Join each event with its regions, languages or tags."""
    pairs = ((event, key) for event, found in zip(events, keys, strict=True) for key in found)
    through._default_manager.bulk_create(through(**{"event_id": event.pk, f"{to}_id": key}) for event, key in pairs)


def _where(gathering: Gathering, shelf: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The place of an event: a business, a venue of its own, or none."""
    if not gathering.at:
        return {}
    if venue := VENUES.get(gathering.at):
        return {
            "venue_name": venue.name,
            "address": venue.address,
            "postcode": venue.postcode,
            "borough": shelf["boroughs"][venue.borough],
            "location": Point(venue.lon, venue.lat, srid=4326),
            "accessibility": sorted({*venue.access, *gathering.access}),
        }
    shop = shelf["shops"][gathering.at]
    return {
        "business": shop,
        "venue_name": shop.name,
        "address": shop.address,
        "postcode": shop.postcode,
        "borough": shop.borough,
        "location": shop.location,
        "accessibility": sorted({*(["step_free"] if shop.accessible else []), *gathering.access}),
    }


def load_requests() -> None:
    """What waits at the desk."""
    for request in REQUESTS:
        shop = Business.objects.get(name=request.business)
        ListingRequest.objects.create(
            kind=request.kind,
            business=shop,
            business_name=shop.name,
            name=request.name,
            email=request.email,
            role=request.role,
            message=request.message,
            language=request.language,
            way=ListingRequest.Way.PAPER if request.paper else "",
            member=Member.objects.get(email=request.email) if request.paper else None,
        )


def _days_ago(days: int | None) -> datetime:
    return now() - timedelta(days=days or 0)
