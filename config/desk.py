"""The desk: Django's own admin, for staff who logged in with a second factor."""

from __future__ import annotations

from allauth.account.authentication import get_authentication_records
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this session was opened with a second factor, not with a password alone."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request))


class DeskSite(AdminSite):
    """Moderators' and editors' console. Allauth logs in; the desk asks that it took two factors."""

    site_header = _("LusoTown · the desk")
    site_title = _("The desk")
    index_title = _("What waits for you")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and has_second_factor(request)

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Send a stranger to log in, and a staff member without a second factor to set one up."""
        if request.user.is_authenticated and request.user.is_staff:
            return redirect("mfa_activate_totp")
        return redirect_to_login(reverse("admin:index"))
