"""Members as others meet them: what each chose to show to whoever looks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import DetailView, TemplateView

from community.cursors import BadCursor
from community.directory import Directory
from community.models import Profile, Visibility
from community.profiles import block
from community.vocabulary import put_into_words


class Detail(DetailView):
    """One member, as far as they let the reader see them."""

    template_name = "members/detail.html"
    context_object_name = "profile"
    queryset = Profile.objects.with_sections()

    def get_object(self, queryset: Any = None) -> Profile:
        profile = super().get_object(queryset)
        put_into_words([profile])
        return profile

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"is_open": self.object.is_open_to(self._audience())}

    def _audience(self) -> str:
        reader = self.request.user.pk
        if reader is None or reader == self.object.pk:
            return Visibility.PUBLIC
        mine = Profile.objects.filter(pk=reader).only("heritage_verified_at").first()
        return Visibility.VERIFIED if mine and mine.is_verified else Visibility.COMMUNITY


class BlockMember(LoginRequiredMixin, DetailView):
    """Asks once whether to block someone; from then on neither sees the other."""

    template_name = "members/block.html"
    context_object_name = "profile"
    queryset = Profile.objects.all()

    def get_object(self, queryset: Any = None) -> Profile:
        profile = super().get_object(queryset)
        if profile.pk == self.request.user.pk:
            raise Http404
        return profile

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        profile = self.get_object()
        block(profile, by=request.user)  # type: ignore[arg-type]  # logged in, says the mixin
        words = _("You and %(name)s no longer see each other. You can undo this under “Blocked members”.")
        messages.success(request, words % {"name": profile.display_name})
        return HttpResponseRedirect(reverse("profile:blocks"))


class MemberList(TemplateView):
    """The directory: members by name, as far as each lets the reader find them."""

    template_name = "members/list.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = Directory(request.GET)
        if not asked.is_valid():
            return self.render_to_response({"filter": asked, "profiles": []}, status=400)
        try:
            found = asked.page(request.GET.get("cursor"))
        except BadCursor as error:
            raise Http404 from error
        return self.render_to_response({"filter": asked, "profiles": found.profiles, "next": found.next})
