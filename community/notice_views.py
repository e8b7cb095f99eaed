"""What one is told: the notices, the choice among them, and the end of letters without logging in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import FormView, View

from community.account_views import Members
from community.identity import acting_as
from community.models import OFFERED, Member, Notice, NoticeChoice, Topic
from community.notice_forms import NoticesForm
from community.stops import unseal

MOST_SHOWN = 100


@method_decorator(never_cache, name="dispatch")
class Inbox(Members):
    """What one has been told, newest first; a button marks it as read."""

    def get(self, request: HttpRequest) -> HttpResponse:
        notices = list(Notice.objects.filter(member=self.member).shown()[:MOST_SHOWN])
        return render(request, "notices/inbox.html", {"notices": notices})

    def post(self, request: HttpRequest) -> HttpResponse:
        Notice.objects.filter(member=self.member).read(at=now())
        return redirect("notices_inbox")


@method_decorator(never_cache, name="dispatch")
class Choose(Members, FormView):
    """Of what one wants to be told, and by which ways."""

    form_class = NoticesForm
    template_name = "notices/choose.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"member": self.member}

    def form_valid(self, form: NoticesForm) -> HttpResponse:
        form.save()
        messages.success(self.request, _("Your choice is kept."))
        return redirect("notices_choose")


@method_decorator([never_cache, csrf_exempt], name="dispatch")
class Stop(View):
    """The end of one topic's letters, for whoever holds the letter (RFC 8058): asking changes nothing, a POST does.

    No cookie, no login; it is the token that may, and only this. A member who is gone gets the same answer.
    """

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        _member, topic = self._open(token)
        return render(request, "notices/stop.html", {"topic": Topic(topic).label})

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        pk, topic = self._open(token)
        with acting_as(Member(pk=pk)):
            if member := Member.objects.filter(pk=pk).first():
                NoticeChoice.objects.stop(member, topic)
        return render(request, "notices/stop.html", {"topic": Topic(topic).label, "is_done": True})

    def _open(self, token: str) -> tuple[Any, str]:
        opened = unseal(token)
        if opened is None or opened[1] not in OFFERED:
            raise Http404
        return opened
