"""Pages of the desk that are no model's: how it is doing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from verification import plots, statistics
from verification.case_queue import SHORT_NAMES
from verification.desk import me
from verification.models import Case, FirstPost, ListingRequest, Report
from verification.waiting import Waiting, every_queue

OTHERS: dict[str, tuple[Any, Any]] = {  # the queues besides the cases, and what their two ends are called
    "listingrequest": (ListingRequest.Outcome.GRANTED.label, ListingRequest.Outcome.REFUSED.label),
    "firstpost": (FirstPost.Outcome.FINE.label, FirstPost.Outcome.BACK.label),
    "report": (Report.Outcome.ACTED.label, Report.Outcome.LEFT.label),
}


@permission_required("verification.view_statistics", raise_exception=True)
def show_statistics(request: HttpRequest) -> HttpResponse:
    """How much waits, what was decided and how fast: for the last half a year, each as a plot and as a table."""
    at = now()
    weeks, routes, appeals = statistics.by_week(at), statistics.by_route(at), statistics.appeals(at)
    months = [date_format(month.month, pgettext("month in a plot, Django date format", "M y")) for month in appeals]
    ages = list(zip(_ages(), statistics.waiting_by_age(), strict=True))
    load = statistics.load()
    queues = every_queue(me(request), at=at)
    context = admin.site.each_context(request) | {
        "title": _("How the desk is doing"),
        "queues": queues,
        "weeks": _by_monday(weeks),
        "routes": [(Case.Route(row.route).label, row) for row in routes],
        "appeals": list(zip(months, appeals, strict=True))[::-1],
        "appealed": sum(month.kept + month.reversed for month in appeals),
        "reversed": sum(month.reversed for month in appeals),
        "load": load,
        "waiting": ages,
        "others": [_other(queue, statistics.by_week(at, queue=queue.kind)) for queue in queues if queue.kind in OTHERS],
        "plots": {
            "waiting": plots.stacked(
                _("Cases that wait"),
                [_("waiting")],
                [age for age, _many in ages],
                [[many] for _age, many in ages],
            ),
            **_decisions(weeks, (_("approved"), _("not approved"))),
            "routes": plots.stacked(
                _("Decided by route, in half a year"),
                [_("approved"), _("not approved")],
                [str(SHORT_NAMES[row.route]) for row in routes],
                [(row.yes, row.no) for row in routes],
            ),
            "appeals": plots.stacked(
                _("Appeals a month, and whether they changed the outcome"),
                [_("outcome kept"), _("outcome changed")],
                months,
                [(month.kept, month.reversed) for month in appeals],
            ),
            "load": plots.stacked(
                _("Votes and questions in four weeks"),
                [_("votes"), _("questions")],
                [row.moderator.partition(" ")[0] for row in load],  # the table has their whole names
                [(row.votes, row.questions) for row in load],
            ),
        },
    }
    return TemplateResponse(request, "admin/statistics/page.html", context)


def _other(queue: Waiting, weeks: list[statistics.Week]) -> dict[str, Any]:
    """What is told of a queue that is not the cases'."""
    ends = tuple(str(end) for end in OTHERS[queue.kind])
    return {
        "queue": queue,
        "yes": ends[0],
        "no": ends[1],
        "weeks": _by_monday(weeks),
        "has_ended": any(week.yes or week.no for week in weeks),
        "plots": _decisions(weeks, ends, of=f"{queue.name}: "),
    }


def _decisions(weeks: list[statistics.Week], ends: Sequence[str], *, of: str = "") -> dict[str, plots.Plot]:
    """How many were decided each week, one way and the other, and in what time."""
    mondays = [monday for monday, _week in reversed(_by_monday(weeks))]
    return {
        "decided": plots.stacked(of + _("Decided a week"), ends, mondays, [(week.yes, week.no) for week in weeks]),
        "time": plots.curves(
            of + _("Days from handing in to the decision"),
            [_("half of all within"), _("nine of ten within")],
            mondays,
            [(_days(week.median), _days(week.p90)) for week in weeks],
            unit=_("days"),
        ),
    }


def _by_monday(weeks: list[statistics.Week]) -> list[tuple[str, statistics.Week]]:
    """Each week with its first day in words, the newest first."""
    form = pgettext("week in a plot, Django date format", "j M")
    return [(date_format(week.monday, form), week) for week in reversed(weeks)]


def _ages() -> list[str]:
    first, *others = statistics.AGES
    between = zip(statistics.AGES, others, strict=False)
    return [
        ngettext("under %(days)s day", "under %(days)s days", first) % {"days": first},
        *(_("%(from)s to %(to)s days") % {"from": start, "to": end} for start, end in between),
        _("over %(days)s days") % {"days": statistics.AGES[-1]},
    ]


def _days(hours: float | None) -> float | None:
    return None if hours is None else hours / 24
