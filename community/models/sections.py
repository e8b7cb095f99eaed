"""What a member says of themselves, section by section: each is a table, so that row security can hold each apart."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from community.models.people import Profile, Visibility
from community.models.places import Borough, Place
from community.pictures import Pictured, PictureField, by_picture

FIRST_YEAR = 1900  # nobody who arrived before is here to say so
MOST_REGIONS = 10
MOST_INTERESTS = 30
MOST_LANGUAGES = 15
MOST_CELEBRATIONS = 12
LONGEST_BIO = 4000


class Section(models.Model):
    """A part of a profile, and who may see it. Nobody sees more of it than of the profile itself."""

    profile = models.OneToOneField(
        Profile, verbose_name=_("profile"), on_delete=models.CASCADE, primary_key=True, related_name="%(class)s"
    )
    visibility = models.CharField(
        _("seen by"), max_length=9, choices=Visibility.choices, default=Visibility.PRIVATE, db_default="private"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}: {self.visibility}"


class LegalName(models.Model):
    """The names on a member's documents, for heritage verification alone. Nobody else ever sees them."""

    profile = models.OneToOneField(
        Profile, verbose_name=_("profile"), on_delete=models.CASCADE, primary_key=True, related_name="legalname"
    )
    given_names = models.CharField(_("given names"), max_length=120)
    family_names = models.CharField(_("family names"), max_length=120)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("legal names")
        verbose_name_plural = _("legal names")

    def __str__(self) -> str:
        return f"{self.given_names} {self.family_names}"


class Bio(Section):
    """A few words about themselves, in one language or both."""

    text = models.TextField(_("about me"), max_length=LONGEST_BIO, blank=True)  # in pt and en: see translation.py

    class Meta:
        verbose_name = _("about me")
        verbose_name_plural = _("about members")


class Heritage(Section):
    """Where their family is from: special-category data.

    It stands only on a consent of its own (``Consent``, purpose heritage): the database refuses a row
    without one, and removes the row with it.
    """

    regions = ArrayField(models.SlugField(max_length=50), verbose_name=_("heritage regions"), default=list, blank=True)

    class Meta:
        verbose_name = _("heritage")
        verbose_name_plural = _("heritage")
        constraints = [
            models.CheckConstraint(
                name="heritage_is_a_handful_of_regions",
                condition=Q(regions__len__lte=MOST_REGIONS),
                violation_error_message=_("Choose up to 10 regions."),
            ),
        ]


class Interests(Section):
    """What they like to do or talk about."""

    chosen = ArrayField(models.SlugField(max_length=50), verbose_name=_("interests"), default=list, blank=True)

    class Meta:
        verbose_name = _("interests")
        verbose_name_plural = _("interests")
        constraints = [
            models.CheckConstraint(
                name="interests_are_up_to_thirty",
                condition=Q(chosen__len__lte=MOST_INTERESTS),
                violation_error_message=_("Choose up to 30 interests."),
            ),
        ]


class Culture(Section):
    """How they like to meet: in which language, how well they speak Portuguese, what they celebrate."""

    class Fluency(models.TextChoices):
        LEARNING = "learning", _("I am learning")
        CONVERSATIONAL = "conversational", _("I get by")
        FLUENT = "fluent", _("I speak it well")
        NATIVE = "native", _("I grew up with it")

    class Meeting(models.TextChoices):
        PORTUGUESE = "pt", _("in Portuguese")
        ENGLISH = "en", _("in English")
        EITHER = "either", _("in either language")

    class Celebration(models.TextChoices):
        CARNIVAL = "carnival", _("Carnival")
        EASTER = "easter", _("Easter")
        JUNE_FEASTS = "june_feasts", _("the June feasts: Santos Populares, Festas Juninas, Kola San Jon")
        INDEPENDENCE = "independence", _("independence days")
        FREEDOM_DAY = "freedom_day", _("25 April")
        LANGUAGE_DAY = "language_day", _("Portuguese Language Day, 5 May")
        SAINTS = "saints", _("my town's patron saint")
        IEMANJA = "iemanja", _("the feast of Iemanjá")
        CONSCIOUSNESS = "black_consciousness", _("Black Consciousness Day")
        MAGUSTO = "magusto", _("São Martinho and its chestnuts")
        CHRISTMAS = "christmas", _("Christmas Eve at the table")
        NEW_YEAR = "new_year", _("New Year's Eve")

    fluency = models.CharField(_("my Portuguese"), max_length=14, choices=Fluency.choices, blank=True)
    meeting = models.CharField(_("I like to meet"), max_length=6, choices=Meeting.choices, blank=True)
    celebrations = ArrayField(
        models.CharField(max_length=20, choices=Celebration.choices),
        verbose_name=_("what I celebrate"),
        default=list,
        blank=True,
        size=MOST_CELEBRATIONS,
    )

    class Meta:
        verbose_name = _("cultural preferences")
        verbose_name_plural = _("cultural preferences")

    @property
    def celebrated(self) -> list[str]:
        """What they celebrate, in words."""
        return [str(self.Celebration(value).label) for value in self.celebrations]


class Arrival(Section):
    """The year in which London became home."""

    year = models.PositiveSmallIntegerField(
        _("in London since"), validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(2100)]
    )

    class Meta:
        verbose_name = _("arrival in London")
        verbose_name_plural = _("arrivals in London")


class HomeArea(Section):
    """Roughly where they live: a borough, or a postcode district in it. A person never has a point."""

    borough = models.ForeignKey(Borough, verbose_name=_("borough"), on_delete=models.PROTECT, related_name="+")
    district = models.ForeignKey(
        Place,
        verbose_name=_("postcode district"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"kind": "district"},
    )

    class Meta:
        verbose_name = _("home area")
        verbose_name_plural = _("home areas")


class Languages(Section):
    """The languages they speak, by BCP 47 tag."""

    chosen = ArrayField(models.CharField(max_length=12), verbose_name=_("languages spoken"), default=list, blank=True)

    class Meta:
        verbose_name = _("languages spoken")
        verbose_name_plural = _("languages spoken")
        constraints = [
            models.CheckConstraint(
                name="languages_are_up_to_fifteen",
                condition=Q(chosen__len__lte=MOST_LANGUAGES),
                violation_error_message=_("Choose up to 15 languages."),
            ),
        ]


class Portrait(Section, Pictured):  # type: ignore[misc]  # two abstract models
    """A picture of themselves; where no words say what it shows, their name does.

    Its files lie apart from the town's: who asks for one is known first, as two members who blocked each other do not
    see what any stranger may (config/media.py).
    """

    picture = PictureField(
        _("picture"),
        upload_to="portraits/",
        blank=True,
        width_field="picture_width",
        height_field="picture_height",
        help_text=_("JPEG, PNG, WebP or HEIC, up to 10 MB. Where it was taken is removed from it."),
    )

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        indexes = [by_picture("portrait_by_picture")]


SECTIONS: tuple[type[Section], ...] = (Portrait, Bio, Heritage, Interests, Culture, Arrival, HomeArea, Languages)
