"""Pages of the desk that are no model's: how it is doing."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from verification import plots, statistics
from verification.models import Case


@permission_required("verification.view_statistics", raise_exception=True)
def show_statistics(request: HttpRequest) -> HttpResponse:
    """How much waits, what was decided and how fast: for the last half a year, each as a plot and as a table."""
    at = now()
    weeks, routes, appeals = statistics.by_week(at), statistics.by_route(at), statistics.appeals(at)
    mondays = [date_format(week.monday, "j M") for week in weeks]
    months = [date_format(month.month, "M y") for month in appeals]
    waiting = list(zip(_ages(), statistics.waiting_by_age(), strict=True))
    load = statistics.load()
    context = admin.site.each_context(request) | {
        "title": _("How the desk is doing"),
        "weeks": list(zip(mondays, weeks, strict=True))[::-1],
        "routes": [(Case.Route(row.route).label, row) for row in routes],
        "appeals": list(zip(months, appeals, strict=True))[::-1],
        "appealed": sum(month.kept + month.reversed for month in appeals),
        "reversed": sum(month.reversed for month in appeals),
        "load": load,
        "waiting": waiting,
        "plots": {
            "waiting": plots.stacked(
                _("Cases that wait"),
                [_("waiting")],
                [age for age, _many in waiting],
                [[many] for _age, many in waiting],
            ),
            **_decisions(mondays, weeks),
            "routes": plots.stacked(
                _("Decided by route, in half a year"),
                [_("approved"), _("not approved")],
                [_short_name(row.route) for row in routes],
                [(row.approved, row.rejected) for row in routes],
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


def _decisions(mondays: list[str], weeks: list[statistics.Week]) -> dict[str, plots.Plot]:
    """How many were decided each week, and in what time."""
    return {
        "decided": plots.stacked(
            _("Decided a week"),
            [_("approved"), _("not approved")],
            mondays,
            [(week.approved, week.rejected) for week in weeks],
        ),
        "time": plots.curves(
            _("Days from handing in to the decision"),
            [_("half of all within"), _("nine of ten within")],
            mondays,
            [(_days(week.median), _days(week.p90)) for week in weeks],
            unit=_("days"),
        ),
    }


def _short_name(route: str) -> str:
    """A route as there is room for below a bar."""
    names = {
        Case.Route.DOCUMENT: _("document"),
        Case.Route.CULTURAL_KNOWLEDGE: pgettext("route", "questions"),
        Case.Route.COMMUNITY_REFERENCE: _("references"),
    }
    return names[Case.Route(route)]


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
