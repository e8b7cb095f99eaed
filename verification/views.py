from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.views.generic import FormView, TemplateView
from django_ratelimit.decorators import ratelimit

from businesses.models import Business
from verification import tasks
from verification.forms import ListingRequestForm

RATE = "5/h"  # requests from one address


def address_of(group: str, request: HttpRequest) -> str:
    """The caller's address, behind as many proxies as we trust."""
    return get_adapter(request).get_client_ip(request)


@method_decorator(ratelimit(key=address_of, rate=RATE, method="POST", block=False), "post")
class Claim(FormView):
    """Where an owner says that a listing is theirs, to keep it right or to have it taken down."""

    form_class = ListingRequestForm
    template_name = "verification/claim.html"

    @cached_property
    def business(self) -> Business:
        return get_object_or_404(Business.objects.only("slug", "name"), slug=self.kwargs["slug"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(business=self.business, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request, "limited", False):  # set by the decorator above
            return render(request, "429.html", status=429)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: ListingRequestForm) -> HttpResponse:
        if not form.is_from_a_machine:
            self._hand_in(form)
        return redirect("verification:thanks", slug=self.business.slug)

    def _hand_in(self, form: ListingRequestForm) -> None:
        request = form.save(commit=False)
        request.business, request.business_name = self.business, self.business.name
        request.language = get_language()
        with transaction.atomic():
            # The site may add a request and never read one: an INSERT with its key, and nothing RETURNING.
            request.save(force_insert=True)
            tasks.acknowledge.defer(request_id=str(request.pk))


class Thanks(TemplateView):
    """What happens next."""

    template_name = "verification/thanks.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        back = reverse("businesses:detail", kwargs={"slug": self.kwargs["slug"]})
        return super().get_context_data(back=back, **kwargs)
