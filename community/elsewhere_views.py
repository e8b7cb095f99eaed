"""Leaving for an account elsewhere, coming back, and ending the connection (community/elsewhere.py)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from community.elsewhere import NAMES
from community.once_more import is_proved_once_more, prove_first


def configured(provider: str, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view of allauth's that is there only where its provider is configured."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if provider not in settings.SOCIALACCOUNT_PROVIDERS:
            raise Http404
        return view(request, *args, **kwargs)

    guarded.csrf_exempt = getattr(view, "csrf_exempt", False)  # type: ignore[attr-defined]
    return guarded


@never_cache
def begin(request: HttpRequest, provider: str) -> HttpResponse:
    """Leave for a provider: to log in or join, or to connect it with one's account."""
    if provider not in settings.SOCIALACCOUNT_PROVIDERS:
        raise Http404
    if request.method != "POST":
        return redirect("account_login")
    facts: dict[str, Any] = {"process": "login", "language": request.LANGUAGE_CODE}
    if request.user.is_authenticated:
        if not is_proved_once_more(request):
            messages.info(request, _("Show once more that it is you; then you can connect it."))
            return prove_first(request, then=reverse("account_overview"))
        facts |= {"process": "connect", "member": str(request.user.pk)}
    way = get_social_adapter().get_provider(request, provider)
    return way.redirect(request, next_url=way.get_redirect_from_request_kwargs(request).get("next_url"), **facts)


@require_POST
@login_required
def end(request: HttpRequest, provider: str) -> HttpResponse:
    """Disconnect a provider. It is never the last way in: a code by mail always is one."""
    if not is_proved_once_more(request):
        messages.info(request, _("Show once more that it is you; then you can disconnect it."))
        return prove_first(request, then=reverse("account_overview"))
    removed, _rows = SocialAccount.objects.filter(user=request.user, provider=provider).delete()
    if removed:
        name = {"provider": NAMES.get(provider, provider)}
        get_account_adapter().send_notification_mail("socialaccount/email/account_disconnected", request.user, name)
        messages.success(request, _("%(provider)s does not open your account any more.") % name)
    return redirect("account_overview")
