"""A member's own data: what is kept, what happened to it, and what they may do about it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import BadRequest
from django.views.generic import TemplateView

from community.cursors import BadCursor, Order, paginate
from community.history import in_words
from community.models import AuditEntry

PAGE = 30
NEWEST_FIRST = Order(("id",), descending=True)


class Overview(LoginRequiredMixin, TemplateView):
    """What a member may do about their own data."""

    template_name = "my_data/overview.html"


class History(LoginRequiredMixin, TemplateView):
    """What happened to my account and profile, newest first. An address with a cursor not made here is a 400."""

    template_name = "my_data/history.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        query = self.request.GET
        mine = AuditEntry.objects.for_member().filter(subject=self.request.user.pk)
        try:
            page = paginate(mine, NEWEST_FIRST, size=PAGE, cursor=query.get("cursor"), query=query)
        except BadCursor as error:
            raise BadRequest from error
        happenings = [in_words(entry) for entry in page.rows]
        return super().get_context_data(happenings=happenings, page=page, **kwargs)
