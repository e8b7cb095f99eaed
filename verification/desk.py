"""What all pages of the desk's queues have in common: who may look, who may act, and how a page is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from community.models import Member


def me(request: HttpRequest) -> Member:
    assert isinstance(request.user, Member)  # noqa: S101 (for the type checker)
    return request.user


class Desk(admin.ModelAdmin):
    """Things that are looked at and decided by buttons; nobody adds, edits or deletes one."""

    may_decide = ""  # the permission that also lets look

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or request.user.has_perm(self.may_decide)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def show(self, request: HttpRequest, template: str, context: dict[str, Any], **more: Any) -> TemplateResponse:
        """A page of the desk."""
        context = self.admin_site.each_context(request) | {"opts": self.opts} | context
        return TemplateResponse(request, template, context, **more)

    def look(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        return self._asked(view, self.has_view_permission)

    def act(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        return self._asked(view, lambda request: request.user.has_perm(self.may_decide))

    def _asked(
        self, view: Callable[..., HttpResponse], may: Callable[[HttpRequest], bool]
    ) -> Callable[..., HttpResponse]:
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return asked
