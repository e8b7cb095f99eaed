"""The providers one can come in by."""

from __future__ import annotations

from django import template

from community.elsewhere import Way, ways_in

register = template.Library()


@register.simple_tag(name="ways_in")
def the_ways_in() -> list[Way]:
    """Those that are configured."""
    return ways_in()
