from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Pictured(models.Model):
    """Something with one picture, described in both languages for those who do not see it."""

    picture = models.ImageField(
        _("picture"),
        upload_to="pictures/",
        blank=True,
        width_field="picture_width",
        height_field="picture_height",
    )
    picture_alt = models.CharField(_("what the picture shows"), max_length=200, blank=True)  # in pt and en
    picture_width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    picture_height = models.PositiveIntegerField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True
