"""Rows for tests. Whatever role a test runs as, what it needs is put there by the owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import factory
from django.contrib.gis.geos import Point
from django.utils.timezone import now
from factory.django import DjangoModelFactory

from businesses.models import Business, BusinessType
from community import guidelines
from community.models import (
    SECTIONS,
    Arrival,
    Bio,
    Block,
    Borough,
    Consent,
    Culture,
    Heritage,
    HomeArea,
    Interests,
    Language,
    Languages,
    LegalName,
    Member,
    Portrait,
    Profile,
    Section,
)
from events.models import Category, Event, Turnout
from tests.databases import as_role
from verification.models import Case, Evidence, ListingRequest, Report

STOCKWELL = Point(-0.1229, 51.4723, srid=4326)


class Factory(DjangoModelFactory):
    class Meta:
        abstract = True
        skip_postgeneration_save = True

    @classmethod
    def _generate(cls, strategy: str, params: dict[str, Any]) -> Any:
        if strategy != "create":
            return super()._generate(strategy, params)
        with as_role("owner"):
            return super()._generate(strategy, params)


class MemberFactory(Factory):
    class Meta:
        model = Member

    email = factory.Sequence(lambda n: f"member{n}@example.org")
    language = "pt"
    guidelines_version = guidelines.VERSION
    guidelines_accepted_at = factory.LazyFunction(now)
    profile = factory.RelatedFactory("tests.factories.ProfileFactory", factory_related_name="member")

    @classmethod
    def _create(cls, model: type[Member], *args: Any, **fields: Any) -> Member:
        return model.objects.create_user(fields.pop("email"), fields.pop("password", None), **fields)


class ProfileFactory(Factory):
    class Meta:
        model = Profile

    member = factory.SubFactory(MemberFactory, profile=None)
    display_name = factory.Sequence(lambda n: f"Member {n}")
    visibility = Profile.Visibility.PRIVATE


class BlockFactory(Factory):
    class Meta:
        model = Block

    blocker = factory.SubFactory(MemberFactory)
    blocked = factory.SubFactory(MemberFactory)
    name = "Someone"


WHAT_THEY_SAY: dict[type[Section], dict[str, Any]] = {
    Portrait: {"picture": "pictures/nobody.webp", "picture_width": 480, "picture_height": 480},
    Bio: {"text_pt": "Faço broas."},
    Heritage: {"regions": ["minho"]},
    Interests: {"chosen": ["fado"]},
    Culture: {"fluency": "native", "meeting": "pt", "celebrations": ["june_feasts"]},
    Arrival: {"year": 1999},
    HomeArea: {},
    Languages: {"chosen": ["pt-PT"]},
}


def fill_profile(member: Member, visibility: str, **by_section: str) -> None:
    """Let a member say something in every section, seen by ``visibility`` unless named: ``bio="public"``."""
    with as_role("owner"):
        Consent.objects.create(member=member, purpose=Consent.Purpose.HERITAGE, version="1")
        LegalName.objects.create(profile=member.profile, given_names="Maria", family_names="Secreta")
        for section in SECTIONS:
            said = WHAT_THEY_SAY[section]
            if section is HomeArea:
                said = {"borough": Borough.objects.get(slug="lambeth")}
            seen_by = by_section.get(section._meta.model_name or "", visibility)
            section.objects.create(profile=member.profile, visibility=seen_by, **said)


class BusinessFactory(Factory):
    class Meta:
        model = Business

    name = factory.Sequence(lambda n: f"Casa {n}")
    slug = factory.Sequence(lambda n: f"casa-{n}")
    description_pt = "Bolos e café."
    description_en = "Cakes and coffee."
    type = factory.LazyFunction(lambda: BusinessType.objects.get(slug="bakery"))
    borough = factory.LazyFunction(lambda: Borough.objects.get(slug="lambeth"))
    postcode = "SW8 1UQ"
    location = STOCKWELL


class EventFactory(Factory):
    class Meta:
        model = Event

    title_pt = factory.Sequence(lambda n: f"Noite {n}")
    title_en = factory.Sequence(lambda n: f"Night {n}")
    slug = factory.Sequence(lambda n: f"noite-{n}")
    category = factory.LazyFunction(lambda: Category.objects.get(slug="fado"))
    organizer = factory.SubFactory(MemberFactory)
    status = Event.Status.PUBLISHED
    visibility = Event.Visibility.PUBLIC
    starts_at = factory.LazyFunction(lambda: now() + timedelta(days=1))
    ends_at = factory.LazyAttribute(lambda event: event.starts_at + timedelta(hours=3))
    borough = factory.LazyFunction(lambda: Borough.objects.get(slug="lambeth"))
    postcode = "SW8 1UQ"
    location = STOCKWELL

    @factory.post_generation
    def languages(self, create: bool, tags: list[str] | None) -> None:
        if create:
            self.languages.set(Language.objects.filter(tag__in=tags or ["pt-PT"]))


class TurnoutFactory(Factory):
    class Meta:
        model = Turnout

    event = factory.SubFactory(EventFactory)


class ListingRequestFactory(Factory):
    class Meta:
        model = ListingRequest

    kind = ListingRequest.Kind.CLAIM
    business = factory.SubFactory(BusinessFactory)
    business_name = factory.SelfAttribute("business.name")
    name = "Ana"
    email = factory.Sequence(lambda n: f"owner{n}@example.org")
    role = "Owner"
    language = "pt"


class ReportFactory(Factory):
    class Meta:
        model = Report

    kind = Report.Kind.SCAM
    about = Report.About.TOWN
    about_name = "LusoTown"
    message = "Something is wrong."
    language = "en"


def consent_to_verification(member: Member) -> None:
    """Let a member agree to their heritage being verified, unless they have."""
    with as_role("owner"):
        Consent.objects.get_or_create(
            member=member, purpose=Consent.Purpose.VERIFICATION, withdrawn_at=None, defaults={"version": "1"}
        )


class CaseFactory(Factory):
    """A case that waits for the desk, unless said otherwise."""

    class Meta:
        model = Case

    member = factory.SubFactory(MemberFactory)
    route = Case.Route.CULTURAL_KNOWLEDGE
    language = "pt"
    waiting_since = factory.LazyFunction(now)

    @classmethod
    def _create(cls, model: type[Case], *args: Any, **fields: Any) -> Case:
        consent_to_verification(fields["member"])
        return super()._create(model, *args, **fields)


class EvidenceFactory(Factory):
    class Meta:
        model = Evidence

    case = factory.SubFactory(CaseFactory, route=Case.Route.DOCUMENT)
    kind = Evidence.Kind.PASSPORT
    pages = 2
    sealed_key = b"sealed"
    key_id = "desk-1"


class ClaimPaperFactory(EvidenceFactory):
    """A document that shows whose a business is, of a member's claim."""

    case = None
    claim = factory.SubFactory(ListingRequestFactory, member=factory.SubFactory(MemberFactory), way="paper")
    kind = Evidence.ClaimKind.BILL
