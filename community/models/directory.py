from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class Appearance(models.Model):
    """What one audience may know of one member, laid out for finding them.

    Up to three rows a member, each with exactly what that audience may see; kept by triggers on the profile and its
    sections (community/migrations/0023), readable by no run-time role, and reached through ``find_members`` alone.
    """

    member = models.UUIDField()
    audience = models.CharField(max_length=10)  # public, community or verified
    sort = models.TextField(db_collation="C")  # the name in small letters, without accents
    facets = ArrayField(models.TextField())  # region:minho, interest:fado, language:kea, borough:lambeth, verified
    search = SearchVectorField()

    class Meta:
        constraints = [models.UniqueConstraint("member", "audience", name="appearance_once_for_each_audience")]
        indexes = [models.Index(fields=["audience", "sort", "member"], name="appearance_by_name")]

    def __str__(self) -> str:
        return f"{self.member} {self.audience}"
