"""A member's own profile, section by section."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from community.identity import looking_as
from community.matching import TooManyChanges, changes_counted
from community.models import Block, Profile, Visibility
from community.profile_forms import FORMS, ProfileForm
from community.profiles import withdraw_heritage
from community.vocabulary import put_into_words

AUDIENCES = {
    Visibility.PUBLIC.value: gettext_lazy("A stranger"),
    Visibility.COMMUNITY.value: gettext_lazy("A member"),
    Visibility.VERIFIED.value: gettext_lazy("A member with a verified heritage"),
}


class OwnProfile(LoginRequiredMixin, TemplateView):
    """A page about the profile of whoever is logged in."""

    def profile(self, *, lock: bool = False) -> Profile:
        """Their profile with all its sections. Locked, nobody else changes it until the transaction ends."""
        if lock:
            Profile.objects.lock(self.request.user.pk)
        rows = Profile.objects.with_sections(besides=("member", "legalname"))
        return get_object_or_404(rows, pk=self.request.user.pk)

    def done(self, words: str) -> HttpResponse:
        """Say so, above the overview."""
        messages.success(self.request, words)
        return HttpResponseRedirect(reverse("profile:overview"))


class Overview(OwnProfile):
    """All sections as they stand, and who sees each."""

    template_name = "profile/overview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        profile = self.profile()
        put_into_words([profile])
        return super().get_context_data(**kwargs) | {"profile": profile, "audiences": Visibility.choices}


class Edit(OwnProfile):
    """One section, to be filled in or changed; with ``only=visibility`` just who sees it is changed."""

    section = ""

    def get_template_names(self) -> list[str]:
        return [f"profile/{self.section}.html"]

    @property
    def form_class(self) -> type[ProfileForm]:
        return FORMS[self.section]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response({"form": self.form_class(profile=self.profile())})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        profile = self.profile(lock=True)  # a button is pressed twice: the second finds what the first has kept
        if request.POST.get("only") == "visibility":
            form = self.form_class.changed(profile, {"visibility": request.POST.get("visibility", "")})
        else:
            form = self.form_class(request.POST, request.FILES, profile=profile)
        if form.is_valid() and self.keep(form):
            return self.done(_("Saved."))
        return self.render_to_response({"form": form}, status=422)

    def keep(self, form: ProfileForm) -> bool:
        """Keep what was said, unless it would be one change too many for one day of being matched."""
        try:
            with changes_counted():
                form.keep()
        except TooManyChanges as refusal:
            form.add_error(None, refusal.explanation)
            return False
        return True


class Preview(OwnProfile):
    """One's own page as an audience sees it: the database is asked as that audience, and only then rendered."""

    template_name = "profile/preview.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.GET.get("as", Visibility.PUBLIC)
        if asked not in AUDIENCES:
            raise Http404
        with looking_as(asked):
            profile = Profile.objects.with_sections().filter(pk=request.user.pk).first()
            put_into_words([profile] if profile else [])
            is_open = profile is not None and profile.is_open_to(asked)
            told = {"profile": profile, "audiences": AUDIENCES.items(), "asked": asked, "is_open": is_open}
            return render(request, self.template_name, told)  # not later, outside this block


class WithdrawHeritage(OwnProfile):
    """Taking the consent to show one's heritage back: asked once, done at once."""

    template_name = "profile/withdraw_heritage.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        withdraw_heritage(request.user, at=now())  # type: ignore[arg-type]  # logged in, says the mixin
        return self.done(_("Your heritage has been erased."))


class Blocks(OwnProfile):
    """Whom one has blocked; a POST ends one block."""

    template_name = "profile/blocks.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        blocks = Block.objects.filter(blocker=self.request.user.pk).order_by("-created_at")
        return super().get_context_data(**kwargs) | {"blocks": blocks}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        pk = request.POST.get("block", "")
        block = get_object_or_404(Block, pk=int(pk) if pk.isascii() and pk.isdigit() else 0, blocker=request.user.pk)
        block.delete()
        messages.success(request, _("You can see each other again, as far as each of you lets the other."))
        return HttpResponseRedirect(reverse("profile:blocks"))
