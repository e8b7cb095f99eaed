from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class Named(models.Model):
    """A word of the town's vocabulary: a stable slug and a name in each language."""

    slug = models.SlugField(_("slug"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=80)  # in pt and en: see translation.py
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        abstract = True
        ordering = ("position", "slug")

    def __str__(self) -> str:
        return self.name or self.slug


class RegionQuerySet(models.QuerySet["Region"]):
    def countries(self) -> Self:
        """Keep the upper level: nations, and the wider Portuguese-speaking world."""
        return self.filter(parent=None)


class Region(Named):
    """Where heritage comes from: a nation, or a region, state, province or island within it."""

    parent = models.ForeignKey(
        "self", verbose_name=_("part of"), on_delete=models.PROTECT, null=True, blank=True, related_name="parts"
    )
    country = models.CharField(_("country code"), max_length=2, blank=True, help_text=_("ISO 3166-1, two letters"))

    objects = RegionQuerySet.as_manager()

    class Meta(Named.Meta):
        verbose_name = _("heritage region")
        verbose_name_plural = _("heritage regions")

    @property
    def nation(self) -> str:
        """The slug of its upper level, for rows that came with their parent."""
        return self.parent.slug if self.parent else self.slug


class Interest(Named):
    """Something members like to do or talk about; shared ones bring people together."""

    theme = models.SlugField(_("theme"), max_length=30)

    class Meta(Named.Meta):
        verbose_name = _("interest")
        verbose_name_plural = _("interests")


class Language(models.Model):
    """A language spoken at a place or an event, by its BCP 47 tag (``pt-AO``, ``kea``)."""

    tag = models.CharField(_("tag"), max_length=12, primary_key=True)
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("language")
        verbose_name_plural = _("languages")
        ordering = ("position", "tag")

    def __str__(self) -> str:
        return self.name or self.tag
