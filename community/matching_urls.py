"""Matching, beside the members' own pages."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from community import matching_views as views

app_name = "matching"
urlpatterns = [
    path(_("matches/"), views.Matches.as_view(), name="list"),
    path(_("matches/choice/"), views.choose, name="choose"),
]
