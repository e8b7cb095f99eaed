"""The page of one's matches, and the choice to be matched at all."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

from community.matching import CHANGES_A_DAY, TooManyChanges, best_matches, changes_counted, changes_left
from community.models import MatchingChoice, Member, Profile
from community.reasons import with_reasons


class Matches(LoginRequiredMixin, TemplateView):
    """Who shares something with the reader; to whoever has not opted in, what that would mean."""

    template_name = "members/matches.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        member = self.request.user.pk
        choice = MatchingChoice.objects.filter(member=member).first()
        is_in = choice is not None and choice.opted_in_at is not None
        return super().get_context_data(**kwargs) | {
            "choice": choice,
            "is_in": is_in,
            "matches": with_reasons(best_matches()) if is_in else [],
            "changes_left": changes_left(choice) if choice else CHANGES_A_DAY,
            "profile": Profile.objects.with_sections().filter(pk=member).first(),
        }


@login_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Opt in or out. Out goes always; in is a change like others, of which a day has five."""
    choice, _is_new = MatchingChoice.objects.get_or_create(member=Member(pk=request.user.pk))
    if request.POST.get("choice") == "out":
        choice.opt_out(at=now())
        messages.success(request, _("You are no longer matched with anyone."))
        return HttpResponseRedirect(reverse("matching:list"))
    try:
        with changes_counted():
            choice.opt_in(at=now())
    except TooManyChanges as refused:
        messages.error(request, refused.explanation)
    return HttpResponseRedirect(reverse("matching:list"))
