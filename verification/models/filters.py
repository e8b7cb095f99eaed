from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from community.models import Member

QUEUES = ("case", "listingrequest", "firstpost", "report")
MOST_FILTERS = 12  # of one moderator: in each queue, as they stand in a row above it


class SavedFilter(models.Model):
    """A part of one of the desk's queues that a moderator looks at often, under a name of theirs; nobody else sees it.

    ``of`` is the model of what waits there, ``query`` the end of its address. It holds what the queue can be narrowed
    by and no more: never whom they looked for.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, verbose_name=_("moderator"), on_delete=models.CASCADE, related_name="+")
    of = models.CharField(max_length=14, db_default="case")
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint("member", "of", "name", name="filter_has_a_name_of_its_own_in_its_queue"),
            models.CheckConstraint(name="filter_is_of_a_queue", condition=Q(of__in=QUEUES)),
            models.CheckConstraint(name="filter_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="filter_asks_what_the_queue_knows",
                condition=Q(query__regex=r"^((queue|language|route|order|month)=[a-z0-9_-]+(&|$))+$"),
            ),
        ]

    def __str__(self) -> str:
        return self.name
