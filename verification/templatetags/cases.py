"""The cases that notices are about."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Model

from community.models import Notice
from verification.models import Case, ListingRequest, News, Report, find_reported

register = template.Library()


@register.simple_tag
def report_of(notice: Notice) -> Report | None:
    """The reader's own report that a notice is about, if it is there."""
    return Report.objects.as_reporter().filter(pk=notice.about_id).first() if notice.about_id else None


@register.simple_tag
def listing_request_of(notice: Notice) -> ListingRequest | None:
    """The reader's own listing request that a notice is about, if it is there."""
    return ListingRequest.objects.as_its_member().filter(pk=notice.about_id).first() if notice.about_id else None


@register.simple_tag
def news_of(notice: Notice) -> News | None:
    """The news of the reader's own case that a notice is about, if it is there."""
    return News.objects.filter(pk=notice.about_id).first() if notice.about_id else None


@register.simple_tag
def case_of(news: News) -> Case:
    """The reader's own case that news are of."""
    return Case.objects.as_its_member().get(pk=news.case_id)


@register.simple_tag
def reported(report: Report) -> Model | Any:
    """What was reported, if the reader may see it now."""
    return find_reported(report.about, report.about_id) if report.about_id else None
