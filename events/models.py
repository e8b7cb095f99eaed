from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.db.models.lookups import GreaterThan
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from businesses.models import Business
from community.models import Borough, Language, Named, Profile, Region, TownQuerySet
from community.pictures import Pictured, by_picture, described
from community.translated import told

# What those who noted an event down must hear of.
REVISED_BY = frozenset(
    {"starts_at", "ends_at", "timezone", "status", "format", "online_url"}
    | {"business", "venue_name", "address", "postcode", "location"}
)


class Category(Named):
    """What kind of event it is: fado, football, a language class."""

    class Meta(Named.Meta):
        verbose_name = _("event category")
        verbose_name_plural = _("event categories")


class Tag(Named):
    """A small extra fact people look for: live music, bring the children."""

    class Meta(Named.Meta):
        verbose_name = _("tag")
        verbose_name_plural = _("tags")


ON_A_CARD = (
    *("slug", "title_pt", "title_en", "category__slug", "category__name_pt", "category__name_en"),
    *("picture", "picture_width", "picture_height", "status", "format", "price_pence", "accessibility", "is_demo"),
    *("starts_at", "ends_at", "timezone", "venue_name", "postcode", "business__name", "borough__name"),
)


class EventQuerySet(models.QuerySet["Event"]):
    """Reads of whole events. Lists and searches of public ones start from ``Posting`` instead."""

    def published(self) -> Self:
        """Keep what its organiser has announced, whatever became of it; drafts stay out."""
        return self.exclude(status=Event.Status.DRAFT)

    def upcoming(self, *, at: datetime) -> Self:
        """Keep what has not ended at ``at``, soonest first."""
        return self.filter(ends_at__gt=at).order_by("starts_at", "id")

    def for_members(self) -> Self:
        """Keep what is announced to members only."""
        return self.published().filter(visibility=Event.Visibility.COMMUNITY)

    def with_details(self) -> Self:
        """Bring what a page shows, in a constant number of queries: ``with_facts``, and the names around."""
        return self.with_facts().prefetch_related("regions", "languages", "tags")

    def with_slugs(self) -> Self:
        """Bring what a row of the API shows, in one query: ``with_facts``, and slugs for what pages name.

        As rows of their own they were half of the time a long answer took.
        """
        return self.with_facts().annotate(
            region_slugs=ArraySubquery(Region.objects.filter(events=models.OuterRef("pk")).values("slug")),
            language_tags=ArraySubquery(Language.objects.filter(events=models.OuterRef("pk")).values("tag")),
            tag_slugs=ArraySubquery(Tag.objects.filter(events=models.OuterRef("pk")).values("slug")),
        )

    def for_cards(self) -> Self:
        """Bring what a card shows, in the same query, and nothing else: its long texts are most of an event."""
        return self.select_related("category", "borough", "business").only(*ON_A_CARD)

    def with_facts(self) -> Self:
        """Bring what the API says of an event, in the same query: what stands in it and beside it once.

        The organiser comes as ``organizer_name`` and ``organizer_verified_at``, both None where
        their profile is not for the reader: the account itself is nobody else's, and a join to it
        would hide the event.
        """
        host = Profile.objects.filter(member=models.OuterRef("organizer"))
        return (
            self.select_related("category", "borough", "business", "turnout")
            .defer("borough__centre", "borough__outline", "business__search")
            .annotate(
                organizer_name=models.Subquery(host.values("display_name")),
                organizer_verified_at=models.Subquery(host.values("heritage_verified_at")),
            )
        )


class Event(Pictured):
    """Something that is on: where, when, for whom.

    ``status`` says what its organiser has made of it, ``visibility`` who may know of it.
    Row security holds both: a draft or a private event does not exist for anyone else.
    What is published, public and not over is also posted on the board (``Posting``),
    in the same transaction, by trigger.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        CANCELLED = "cancelled", _("cancelled")
        POSTPONED = "postponed", _("postponed")

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("anyone")
        COMMUNITY = "community", _("members")
        PRIVATE = "private", _("only the organiser")

    class Format(models.TextChoices):
        IN_PERSON = "in_person", _("in person")
        ONLINE = "online", _("online")
        HYBRID = "hybrid", _("in person and online")

    class Access(models.TextChoices):
        STEP_FREE = "step_free", _("step-free access")
        TOILET = "accessible_toilet", _("accessible toilet")
        HEARING_LOOP = "hearing_loop", _("hearing loop")
        SIGN_LANGUAGE = "sign_language", _("sign language interpreter")
        QUIET_SPACE = "quiet_space", _("quiet space")
        PARKING = "blue_badge_parking", _("Blue Badge parking")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(_("slug"), max_length=220, unique=True)
    title = models.CharField(_("title"), max_length=160, blank=True)  # these three in pt and en: see translation.py
    description = models.TextField(_("description"), max_length=10_000, blank=True, help_text=_("Markdown"))
    cultural_significance = models.TextField(_("cultural significance"), max_length=3000, blank=True)
    category = models.ForeignKey(Category, verbose_name=_("category"), on_delete=models.PROTECT, related_name="events")
    regions = models.ManyToManyField(Region, verbose_name=_("heritage regions"), blank=True, related_name="events")
    languages = models.ManyToManyField(Language, verbose_name=_("languages spoken"), related_name="events")
    tags = models.ManyToManyField(Tag, verbose_name=_("tags"), blank=True, related_name="events")
    # None is a former member: they were erased, and what they had announced stayed.
    organizer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("organiser"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="events",
    )
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.DRAFT)
    visibility = models.CharField(_("seen by"), max_length=9, choices=Visibility.choices, default=Visibility.PUBLIC)

    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    timezone = models.CharField(_("time zone"), max_length=40, default="Europe/London")

    format = models.CharField(_("format"), max_length=9, choices=Format.choices, default=Format.IN_PERSON)
    online_url = models.URLField(_("online address"), blank=True)
    business = models.ForeignKey(
        Business,
        verbose_name=_("at a business"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="events",
    )
    venue_name = models.CharField(_("venue"), max_length=160, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=8, blank=True)
    borough = models.ForeignKey(
        Borough, verbose_name=_("borough"), on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    location = models.PointField(_("location"), geography=True, null=True, blank=True)

    price_pence = models.PositiveIntegerField(_("price in pence"), default=0, help_text=_("0 is free"))
    capacity = models.PositiveIntegerField(_("capacity"), null=True, blank=True)
    accessibility = ArrayField(
        models.CharField(max_length=20, choices=Access.choices),
        verbose_name=_("accessibility"),
        default=list,
        blank=True,
    )

    organizer_name: str | None  # these two by ``with_facts``
    organizer_verified_at: datetime | None

    sequence = models.PositiveIntegerField(default=0, editable=False)  # RFC 5545: grows when time, place or status do
    is_demo = models.BooleanField(_("invented, for the demo"), default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("starts_at", "id")
        constraints = [
            described("event_picture_says_what_it_shows"),
            models.CheckConstraint(
                name="event_has_a_title_in_at_least_one_language",
                condition=Q(title_pt__gt="", title_pt__isnull=False) | Q(title_en__gt="", title_en__isnull=False),
                violation_error_message=_("Give it a title in at least one language."),
            ),
            models.CheckConstraint(
                name="event_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("An event ends after it starts."),
            ),
            models.CheckConstraint(
                name="event_in_person_has_a_place",
                condition=Q(format="online") | Q(location__isnull=False),
                violation_error_message=_("An event in person needs a place on the map."),
            ),
            models.CheckConstraint(
                name="event_online_has_an_address_there",
                condition=Q(format="in_person") | ~Q(online_url=""),
                violation_error_message=_("An online event needs its online address."),
            ),
        ]
        indexes = [
            models.Index(fields=["organizer", "starts_at"], name="event_by_organizer"),
            models.Index(fields=["visibility", "ends_at"], name="event_by_visibility_and_end"),
            models.Index(fields=["updated_at"], name="event_by_update"),
            by_picture("event_by_picture"),
        ]

    def __str__(self) -> str:
        return told(self, "title").text or str(self.pk)

    def clean(self) -> None:
        if self._state.adding and self.organizer_id is None:
            raise ValidationError({"organizer": _("A new event has an organiser.")})
        if self.timezone:
            try:
                ZoneInfo(self.timezone)
            except (KeyError, ValueError) as error:
                raise ValidationError({"timezone": _("This is not a time zone.")}) from error

    def get_absolute_url(self) -> str:
        return reverse("events:detail", kwargs={"slug": self.slug})

    def revise(self, changed: Iterable[str]) -> None:
        """Count a new edition if time, place or status changed, so that calendars take it over.

        ``changed`` names the fields; the caller saves.
        """
        if REVISED_BY.intersection(changed):
            self.sequence += 1

    def announce(self) -> None:
        """Publish a draft, or put an event that was called off or put off back on."""
        if self.status != self.Status.PUBLISHED:
            self.status = self.Status.PUBLISHED
            self.revise(["status"])
            self.save(update_fields=["status", "sequence", "updated_at"])

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the place's clock."""
        return ZoneInfo(self.timezone)

    @property
    def is_free(self) -> bool:
        return self.price_pence == 0

    @property
    def price(self) -> Decimal:
        """The price in pounds."""
        return Decimal(self.price_pence) / 100

    @property
    def is_online(self) -> bool:
        """Whether one can take part from afar."""
        return self.format != self.Format.IN_PERSON

    @property
    def is_accessible(self) -> bool:
        """Whether one gets in without steps."""
        return self.Access.STEP_FREE in self.accessibility

    @property
    def is_public(self) -> bool:
        """Whether anyone may know of it."""
        return self.status != self.Status.DRAFT and self.visibility == self.Visibility.PUBLIC


class PostingQuerySet(TownQuerySet):  # type: ignore[override]  # each as_manager() is another type
    """Reads of the board. Every filter is served by an index that delivers in order."""

    def upcoming(self, *, at: datetime) -> Self:
        """Keep what has not ended at ``at``, soonest first."""
        return self.filter(is_over=False, ends_at__gt=at).order_by("starts_at", "pk")

    def past(self, *, at: datetime) -> Self:
        """Keep what has ended at ``at``, latest first."""
        return self.filter(starts_at__lt=at, ends_at__lte=at).order_by("-starts_at", "-pk")

    def between(self, start: datetime, end: datetime) -> Self:
        """Keep what is on at some time in ``[start, end)``."""
        return self.filter(starts_at__lt=end, ends_at__gt=start)

    def lines(self) -> Self:
        """Bring no more of each than says where it stands in a list: its event is fetched by it, its words are long."""
        return self.only("starts_at", "created_at", "popularity")

    def sweep(self, *, at: datetime) -> int:
        """Mark what has ended at ``at``, so that it leaves the hot indexes; returns how many."""
        return self.filter(is_over=False, ends_at__lte=at).update(is_over=True)


COMING = Q(is_over=False)
# On for more than a day. A difference, not a sum: what a day is depends on the session's zone, which no index may.
LASTING = Q(GreaterThan(F("ends_at") - F("starts_at"), timedelta(days=1)))


class Posting(models.Model):
    """A line on the town's board: one public event, ready to be found.

    Kept by triggers in the same transaction as the event (events/migrations/0003), written from
    Python only by ``sweep``. Private rows never enter it, so it stands outside row security, where
    PostgreSQL may use its text and map indexes. Lists page through postings and then fetch the
    events of one page, which row security checks once more.
    """

    event = models.OneToOneField(Event, on_delete=models.CASCADE, primary_key=True, related_name="posting")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_over = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    status = models.CharField(max_length=9)
    category = models.CharField(max_length=50)  # slugs and BCP 47 tags, so that filters need no joins
    regions = ArrayField(models.CharField(max_length=50))  # each with the nation it is part of
    languages = ArrayField(models.CharField(max_length=12))
    tags = ArrayField(models.CharField(max_length=50))
    borough = models.CharField(max_length=40)
    business = models.UUIDField(null=True)
    organizer = models.UUIDField(null=True)
    price_pence = models.PositiveIntegerField()
    is_online = models.BooleanField()
    is_accessible = models.BooleanField()
    popularity = models.PositiveSmallIntegerField(default=0)  # doublings of how many come: it changes seldom
    location = models.PointField(geography=True, null=True, spatial_index=False)
    search = SearchVectorField(null=True)

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        indexes = [
            models.Index(fields=["starts_at", "event"], name="posting_by_start"),
            models.Index(fields=["starts_at", "event"], name="posting_coming", condition=COMING),
            models.Index(fields=["starts_at", "event"], name="posting_lasting", condition=LASTING),
            models.Index(fields=["category", "starts_at", "event"], name="posting_by_category", condition=COMING),
            models.Index(fields=["borough", "starts_at", "event"], name="posting_by_borough", condition=COMING),
            models.Index(fields=["business", "starts_at", "event"], name="posting_by_business"),
            models.Index(fields=["organizer", "starts_at", "event"], name="posting_by_organizer"),
            models.Index(fields=["created_at", "event"], name="posting_by_creation", condition=COMING),
            models.Index(fields=["popularity", "event"], name="posting_by_popularity", condition=COMING),
            models.Index(fields=["updated_at"], name="posting_by_update"),
            GistIndex(fields=["location"], name="posting_by_location", condition=COMING),
            GistIndex(fields=["category", "location"], name="posting_by_category_location", condition=COMING),
            GinIndex(fields=["regions"], name="posting_by_region"),
            GinIndex(fields=["languages"], name="posting_by_language"),
            GinIndex(fields=["search"], name="posting_by_words", fastupdate=False),
            GinIndex(fields=["search"], name="posting_coming_by_words", fastupdate=False, condition=COMING),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Turnout(models.Model):
    """How many said they come to an event; a narrow row, so that counting rewrites no index of the event."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, primary_key=True, related_name="turnout")
    attending = models.PositiveIntegerField(default=0)
    waitlisted = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("turnout")
        verbose_name_plural = _("turnouts")

    def __str__(self) -> str:
        return str(self.attending)
