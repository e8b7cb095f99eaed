"""Pages of the town itself, in both languages."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from community import views

places = [
    path("", views.Places.as_view(), name="list"),
    path("<slug:slug>/", views.PlaceDetail.as_view(), name="detail"),
]

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path(_("search/"), views.Search.as_view(), name="search"),
    path(_("places/"), include((places, "places"))),
    path(_("about/"), views.About.as_view(), name="about"),
    path(_("guidelines/"), views.Guidelines.as_view(), name="guidelines"),
    path(_("privacy/"), views.Privacy.as_view(), name="privacy"),
]
