"""A member's own API keys: made after a fresh login, shown once, revoked at once."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView, ListView

from community.models import Member, Token
from community.token_forms import TokenForm


class Tokens(LoginRequiredMixin, ListView):
    """The keys there are: of each what it may do, until when, and when it was last used."""

    template_name = "tokens/list.html"
    context_object_name = "tokens"

    def get_queryset(self) -> QuerySet[Token]:
        return Token.objects.live(at=now()).filter(member=self.request.user.pk)


@method_decorator(login_required, name="dispatch")
@method_decorator(reauthentication_required, name="dispatch")
class NewToken(FormView):
    """Makes a key, and shows it the only time it can be seen."""

    template_name = "tokens/new.html"
    form_class = TokenForm

    def form_valid(self, form: TokenForm) -> HttpResponse:
        member = Member.objects.get(pk=str(self.request.user.pk))
        token, secret = Token.objects.issue(member, at=now(), **form.cleaned_data)
        return render(self.request, "tokens/made.html", {"token": token, "secret": secret})


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a key useless, from the next request on."""
    get_object_or_404(Token.objects.live(at=now()), pk=pk, member=request.user.pk).revoke(at=now())
    messages.success(request, _("The key opens nothing any more."))
    return HttpResponseRedirect(reverse("tokens:list"))
