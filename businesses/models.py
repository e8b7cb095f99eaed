from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from businesses.hours import open_during, open_expressions, validate_hours
from community.models import Borough, Language, Named, TownQuerySet
from community.pictures import Pictured, by_picture, described


class BusinessType(Named):
    """What a business is: a bakery, a dentist, an association."""

    group = models.SlugField(_("group"), max_length=30)

    class Meta(Named.Meta):
        verbose_name = _("business type")
        verbose_name_plural = _("business types")


class Specialty(Named):
    """What a business is known for: pastéis de nata, cachupa, wedding dresses."""

    class Meta(Named.Meta):
        verbose_name = _("specialty")
        verbose_name_plural = _("specialties")


def hours_in_use() -> list[str]:
    """The distinct opening-hours expressions of all businesses, by skipping through their index."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE expression AS (
                (SELECT opening_hours FROM businesses_business
                  WHERE opening_hours > '' ORDER BY opening_hours LIMIT 1)
                UNION ALL
                SELECT (SELECT opening_hours FROM businesses_business
                         WHERE opening_hours > expression.opening_hours ORDER BY opening_hours LIMIT 1)
                  FROM expression WHERE expression.opening_hours IS NOT NULL
            )
            SELECT opening_hours FROM expression WHERE opening_hours IS NOT NULL
            """
        )
        return [expression for (expression,) in cursor.fetchall()]


class BusinessQuerySet(TownQuerySet):  # type: ignore[override]  # each as_manager() is another type
    def open_at(self, moment: datetime) -> Self:
        """Keep those whose opening hours contain ``moment`` (an aware datetime, read on London's clock).

        Few distinct expressions serve many businesses, so each is evaluated once, exactly,
        and the rows are found by equality: no calendar of intervals has to be kept.
        """
        return self.with_hours(open_expressions(hours_in_use(), moment))

    def with_hours(self, expressions: Iterable[str]) -> Self:
        """Keep those whose opening hours are one of these expressions."""
        return self.filter(opening_hours__in=expressions)

    def open_during(self, spans: Iterable[tuple[datetime, datetime]]) -> Self:
        """Keep those that are open at some time in one of these spans."""
        return self.with_hours(open_during(hours_in_use(), spans))

    def speaking(self, tags: Iterable[str]) -> Self:
        """Keep those served in any of these languages (BCP 47 tags)."""
        spoken = BusinessLanguage.objects.filter(business=models.OuterRef("pk"), language__in=tags)
        return self.filter(models.Exists(spoken))

    def for_lists(self) -> Self:
        """Bring what a card shows, in a constant number of queries; ``known_for`` and ``spoken_languages`` as lists.

        As lists, since Django prepares a query for every row that could be asked for its related ones.
        """
        return (
            self.select_related("type", "borough")
            .defer("search", "borough__centre", "borough__outline")
            .prefetch_related(
                models.Prefetch("specialties", to_attr="known_for"),
                models.Prefetch("languages", to_attr="spoken_languages"),
            )
        )


class Business(Pictured):
    """A shop, café, practice or association that serves Portuguese speakers.

    Every row is public: what is private about a business (who claimed it, with what proof)
    is in ``verification``. ``verified_at`` is the badge on the door: an owner proved that the
    place is theirs, and only ``verification`` sets it. An unverified row with an ``fhrs_id`` was
    imported from the Food Standards Agency's register and waits for its owner.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(_("slug"), max_length=220, unique=True)
    name = models.CharField(_("name"), max_length=200, db_collation="pt-x-icu")  # Açaí before Azulejo
    description = models.TextField(_("description"), max_length=5000, blank=True)  # in pt and en; markdown
    type = models.ForeignKey(BusinessType, verbose_name=_("type"), on_delete=models.PROTECT, related_name="businesses")
    specialties = models.ManyToManyField(Specialty, verbose_name=_("specialties"), blank=True)
    languages = models.ManyToManyField(
        Language, verbose_name=_("languages"), through="BusinessLanguage", related_name="businesses"
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=8, blank=True)
    borough = models.ForeignKey(
        Borough, verbose_name=_("borough"), on_delete=models.PROTECT, null=True, blank=True, related_name="businesses"
    )
    location = models.PointField(_("location"), geography=True, spatial_index=False)
    phone = PhoneNumberField(_("phone"), region="GB", blank=True)
    website = models.URLField(_("website"), blank=True)
    opening_hours = models.CharField(
        _("opening hours"),
        max_length=500,
        blank=True,
        validators=[validate_hours],
        help_text=_("OpenStreetMap syntax: Mo-Sa 07:00-19:00; Su 08:00-17:00; PH off"),
    )
    price_band = models.PositiveSmallIntegerField(
        _("price band"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(4)]
    )
    accessible = models.BooleanField(_("step-free"), null=True, blank=True)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True, editable=False)
    confirmed_at = models.DateField(_("details confirmed on"), null=True, blank=True)
    fhrs_id = models.BigIntegerField(_("FHRS number"), null=True, blank=True, unique=True, editable=False)
    is_demo = models.BooleanField(_("invented, for the demo"), default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)
    search = SearchVectorField(editable=False, null=True)  # kept by a trigger: businesses/migrations/0002

    known_for: list[Specialty]  # these two by ``for_lists``
    spoken_languages: list[Language]

    objects = BusinessQuerySet.as_manager()

    class Meta:
        verbose_name = _("business")
        verbose_name_plural = _("businesses")
        ordering = ("name", "id")
        constraints = [
            described("business_picture_says_what_it_shows"),
            models.CheckConstraint(
                name="business_price_band_is_one_to_four",
                condition=Q(price_band=None) | Q(price_band__range=(1, 4)),
                violation_error_message=_("A price band is 1 to 4."),
            ),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="business_by_name"),
            models.Index(fields=["type", "name", "id"], name="business_by_type"),
            models.Index(fields=["borough", "name", "id"], name="business_by_borough"),
            models.Index(fields=["opening_hours", "name", "id"], name="business_by_hours"),
            models.Index(models.F("confirmed_at").desc(nulls_last=True), "name", name="business_by_confirmation"),
            by_picture("business_by_picture"),
            GinIndex(fields=["search"], name="business_by_words", fastupdate=False),
            GistIndex(fields=["location"], name="business_by_location"),
            GistIndex(fields=["type", "location"], name="business_by_type_and_location"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("businesses:detail", kwargs={"slug": self.slug})

    @property
    def is_verified(self) -> bool:
        """Whether an owner proved that the place is theirs."""
        return self.verified_at is not None

    @property
    def is_imported(self) -> bool:
        """Whether it came from a register and nobody has claimed it yet."""
        return self.fhrs_id is not None and self.verified_at is None

    def confirm(self, *, on: date) -> None:
        """Note that someone has checked its details."""
        self.confirmed_at = on
        self.save(update_fields=["confirmed_at", "updated_at"])

    @transaction.atomic
    def delist(self) -> None:
        """Take the listing down for good: no import brings its register number back.

        It is locked before all that names it, which a deletion reaches for first: as decisions about it do.
        """
        Business.objects.select_for_update().filter(pk=self.pk).values("pk").first()
        if self.fhrs_id is not None:
            Delisting.objects.get_or_create(fhrs_id=self.fhrs_id)
        self.delete()

    def verify_ownership(self, *, at: datetime) -> None:
        """Give the badge on the door. Only ``verification`` may call this."""
        self.verified_at = at
        self.confirmed_at = at.date()
        self.save(update_fields=["verified_at", "confirmed_at", "updated_at"])


class BusinessLanguage(models.Model):
    """A language of service, and when someone who speaks it is there if that is not always."""

    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="spoken")
    language = models.ForeignKey(Language, verbose_name=_("language"), on_delete=models.PROTECT)
    hours = models.CharField(
        _("only at these hours"),
        max_length=200,
        blank=True,
        validators=[validate_hours],
        help_text=_("OpenStreetMap syntax: Tu,Th 10:00-16:00"),
    )

    class Meta:
        verbose_name = _("language of service")
        verbose_name_plural = _("languages of service")
        ordering = ("language__position",)
        constraints = [
            models.UniqueConstraint(fields=["business", "language"], name="business_speaks_a_language_once"),
        ]

    def __str__(self) -> str:
        return str(self.language_id)


class Delisting(models.Model):
    """A register number that stays out: its owner had the listing removed, and no import brings it back."""

    fhrs_id = models.BigIntegerField(_("FHRS number"), primary_key=True)
    at = models.DateTimeField(_("removed"), auto_now_add=True)

    class Meta:
        verbose_name = _("removed listing")
        verbose_name_plural = _("removed listings")

    def __str__(self) -> str:
        return str(self.fhrs_id)
