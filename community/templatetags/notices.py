"""How much a member has not read."""

from __future__ import annotations

from django import template

from community.identity import READING
from community.models import Notice

register = template.Library()

MOST_COUNTED = 99


@register.simple_tag(takes_context=True)
def unread_notices(context: template.Context) -> int:
    """How many notices wait for the member who asks, 99 at most; strangers are not looked up."""
    request = context["request"]
    if not request.user.is_authenticated:
        return 0
    if hasattr(request, "unread_notices") and request.method in READING:  # counted as they came in
        return request.unread_notices
    user = request.user
    return Notice.objects.filter(member=user, in_app=True).unread().order_by()[:MOST_COUNTED].count()
