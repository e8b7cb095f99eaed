from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.views.generic import FormView, TemplateView
from django_ratelimit.decorators import ratelimit

from businesses.models import Business
from verification import claims, tasks
from verification.forms import ListingRequestForm, ReportForm
from verification.models import ListingRequest, Report, find_reported

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
        return get_object_or_404(
            Business.objects.only("slug", "name", "address", "postcode", "website"), slug=self.kwargs["slug"]
        )

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"business": self.business}

    def get_initial(self) -> dict[str, Any]:
        user = self.request.user
        return super().get_initial() | ({"email": user.email} if user.is_authenticated else {})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(business=self.business, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request, "limited", False):  # set by the decorator above
            return render(request, "429.html", status=429)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: ListingRequestForm) -> HttpResponse:
        if not form.is_from_a_machine:
            request = self._hand_in(form)
            if request.kind == ListingRequest.Kind.CLAIM:
                return redirect(claims.address_of_page("progress", claims.token_of(request)))
        return redirect("verification:thanks", slug=self.business.slug)

    def _hand_in(self, form: ListingRequestForm) -> ListingRequest:
        request = form.save(commit=False)
        request.business, request.business_name = self.business, self.business.name
        request.language, request.member_id = get_language(), self.request.user.pk
        with transaction.atomic():
            # The site may add a request and never read one: an INSERT with its key, and nothing RETURNING.
            request.save(force_insert=True)
            tasks.acknowledge.defer(request_id=str(request.pk))
        return request


class Thanks(TemplateView):
    """What happens next."""

    template_name = "verification/thanks.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        back = reverse("businesses:detail", kwargs={"slug": self.kwargs["slug"]})
        return super().get_context_data(back=back, **kwargs)


REPORTS = "10/h"  # from one member, or from one address


def member_or_address(group: str, request: HttpRequest) -> str:
    """Who reports, as it is counted."""
    return str(request.user.pk) if request.user.is_authenticated else address_of(group, request)


@method_decorator(ratelimit(key=member_or_address, group="report", rate=REPORTS, method="POST", block=False), "post")
class HandInReport(FormView):
    """Where anyone says that something they can see is not right. What they cannot see is a 404, as if it were not."""

    form_class = ReportForm
    template_name = "verification/report.html"
    about = Report.About.TOWN

    @cached_property
    def subject(self) -> Any:
        """What is reported; None is the town itself."""
        if self.about == Report.About.TOWN:
            return None
        if found := find_reported(self.about, self.kwargs["pk"]):
            return found
        raise Http404

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"is_member": self.request.user.is_authenticated}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(subject=self.subject, about=self.about, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request, "limited", False):  # set by the decorator above
            return render(request, "429.html", status=429)
        _subject = self.subject  # a 404 comes before anything that is wrong with the form
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: ReportForm) -> HttpResponse:
        if not form.is_from_a_machine:
            report = form.save(commit=False)
            report.about, report.about_id = self.about, self.subject and self.subject.pk
            report.about_name = str(self.subject or "LusoTown")
            report.reporter_id, report.language = self.request.user.pk, get_language()
            report.save(force_insert=True)
        return redirect("report:thanks")


class ReportThanks(TemplateView):
    """That it has arrived, and where help is at once."""

    template_name = "verification/report_thanks.html"
