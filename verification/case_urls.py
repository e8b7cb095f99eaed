"""A member's own verification, at the site: choosing a route, each route's steps, and where a case stands."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from verification import case_views as views
from verification.models import Case

urlpatterns = [
    path("", views.Mine.as_view(), name="my_verification"),
    path(_("document/"), views.Begin.as_view(route=Case.Route.DOCUMENT), name="begin_document"),
    path(_("questions/"), views.Begin.as_view(route=Case.Route.CULTURAL_KNOWLEDGE), name="begin_cultural_knowledge"),
    path(
        _("members-word/"), views.Begin.as_view(route=Case.Route.COMMUNITY_REFERENCE), name="begin_community_reference"
    ),
    path("<uuid:pk>/", views.One.as_view(), name="my_case"),
]
