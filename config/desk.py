"""The desk: Django's own admin, for staff who logged in with a second factor."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.db import DataError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from community import guidelines
from community.login import AGREED, remember_rules
from community.member_choices import Autocomplete
from community.models import Invitation, Member, Onboarding
from community.sessions import why_it_ended
from community.staff_forms import RulesForm
from verification.desk_views import show_statistics
from verification.models import Stop
from verification.queue import proposals
from verification.waiting import MANY, what_waits


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this session was opened with a second factor, not with a password alone."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


ENDED = {
    "idle": _("Nothing happened here for half an hour, so we logged you out."),
    "long": _("You were logged in for twelve hours, so we logged you out."),
}


def say_why_it_ended(request: HttpRequest) -> None:
    """Tell someone whose login ended by itself why they stand at the door again."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if key and not request.user.is_authenticated and (why := why_it_ended(key)):
        messages.info(request, ENDED[why])


def page_before(request: HttpRequest) -> str:
    """The page of the desk that a form was sent from: an address that takes forms alone cannot be gone back to."""
    came_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return reverse("admin:index")
    return urlsplit(came_from)._replace(scheme="", netloc="", fragment="").geturl()


class DeskSite(AdminSite):
    """Moderators' and editors' console. Allauth logs in; the desk asks that it took two factors."""

    site_header = _("LusoTown · the desk")
    site_title = _("The desk")
    index_title = _("What waits for you")
    site_url = None
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who came in with a second factor and have agreed to the desk's rules."""
        return super().has_permission(request) and has_second_factor(request) and AGREED in request.session

    def admin_view(  # type: ignore[override]  # the stubs' type of a view has no public name
        self, view: Callable[..., HttpResponse], cacheable: bool = False
    ) -> Callable[..., HttpResponse]:
        """As Django's; but an address that asks a list what no column can be asked is a 400, not an error of ours."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            say_why_it_ended(request)
            if request.method == "POST" and not self.has_permission(request):
                return redirect_to_login(page_before(request), reverse("admin:login"))
            if not (request.method == "GET" and request.GET):
                return guarded(request, *args, **kwargs)
            try:
                with transaction.atomic():
                    response = guarded(request, *args, **kwargs)
                    return response.render() if isinstance(response, TemplateResponse) else response
            except (DataError, OverflowError) as error:
                raise BadRequest from error

        return asked

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Send each caller to the step that is still missing: password, second factor, rules, or another door."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        if not request.user.is_authenticated:
            say_why_it_ended(request)
            return redirect_to_login(wanted)
        if not request.user.is_staff:
            return render(request, "account/not_staff.html", status=403)
        if self.has_permission(request):
            return redirect("admin:index")
        if has_second_factor(request):
            return redirect_to_login(wanted, login_url="admin:rules")
        if is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
            return redirect_to_login(wanted, login_url="mfa_reauthenticate")
        return redirect("mfa_activate_totp")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [
            path("rules/", never_cache(self.rules), name="rules"),
            path("statistics/", self.admin_view(show_statistics), name="statistics"),
            *super().get_urls(),
        ]

    def rules(self, request: HttpRequest) -> HttpResponse:
        """The rules of the desk: agreed to before it opens, and to be read again at any time."""
        if not (super().has_permission(request) and has_second_factor(request)):
            return redirect_to_login(request.path, login_url="admin:login")
        assert isinstance(request.user, Member)  # noqa: S101 (has_permission says so, but not to the type checker)
        form = RulesForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            mine = {"member": request.user, "version": guidelines.DESK_VERSION}
            Onboarding.objects.get_or_create(**mine, defaults={"accepted_at": now()})
            remember_rules(request, request.user)
            wanted = request.POST.get(REDIRECT_FIELD_NAME, "")
            is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
            return redirect(wanted if is_ours else "admin:index")
        agreed = Onboarding.objects.filter(member=request.user).order_by("-version").first()
        facts = {
            "form": form,
            "agreed": agreed,
            "is_agreed": agreed is not None and agreed.version >= guidelines.DESK_VERSION,
            "wanted": request.GET.get(REDIRECT_FIELD_NAME, ""),
        }
        return render(request, "admin/rules.html", facts)

    def index(self, request: HttpRequest, extra_context: dict | None = None) -> TemplateResponse:
        """The first page: what waits, how much of it and for how long."""
        assert isinstance(request.user, Member)  # noqa: S101 (for the type checker)
        context: dict[str, Any] = {"waiting": what_waits(request.user, at=now()), "many": MANY}
        if request.user.has_perm("verification.change_case"):
            context["stops"] = Stop.objects.standing().count()
        if request.user.is_superuser:
            words = Invitation.objects.standing(at=now()).filter(seconded_at=None)
            context["badges"] = [each for each in proposals() if each.bar is None]
            context["words"] = words.exclude(invited_by=request.user).exclude(member=request.user).count()
        return super().index(request, context | (extra_context or {}))

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """What a box offers while one types."""
        return Autocomplete.as_view(admin_site=self)(request)  # type: ignore[return-value]  # it is JSON

    def logout(  # type: ignore[override]  # Django's own redirects too, whatever its stubs say
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        """Leave, and stand at the door again."""
        if request.method == "POST":
            logout(request)
        return redirect("account_login")
