"""What all pages of the desk's queues have in common: who may look, who may act, and how a page is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from community.models import Member

RULES: dict[str, Any] = {  # a rule of the database, in the words of whoever met it
    "stopped": _("You are stopped: too many documents were opened in an hour. An administrator has to lift it."),
    "no_rank": _("Your account may not decide cases."),
    "own_case": _("You cannot decide a case of your own."),
    "conflict": _("You stand too near to this case to decide it."),
    "voted_already": _("You have voted on this case. Now it needs someone else's vote."),
    "had_a_part_before": _("You had a part in what is appealed against. Someone else decides it."),
    "not_claimed": _("You do not hold this case any more: half an hour passed, or it was let go."),
    "claimed_by_another": _("Someone else looks after this case at the moment."),
    "not_waiting": _("This case does not wait for the desk any more. It stands as you see it here."),
    "destroyed": _("This document has been destroyed."),
    "documents_not_opened": _("Open each document first: nobody approves or refuses what they have not seen."),
    "no_document_to_approve": _("No document stands that you have seen. Ask the member to send it once more."),
    "used_before": _(
        "Another member wears the badge by one of these files. Ask for another document, or do not approve it."
    ),
    "reason_of_another_route": _("This reason does not fit how the case came. Choose another."),
    "ended_already": _("This case has come to an end already."),
    "nothing_proposed": _("Nobody proposes to take this badge back any more."),
    "proposed_already": _("Another administrator has proposed it already. Read why, and say whether you agree."),
    "others_turn": _("Someone else is doing this at this moment. Try again in a minute."),
}


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
