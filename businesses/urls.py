from django.urls import path
from django.utils.translation import gettext_lazy as _

from businesses import views

app_name = "businesses"
urlpatterns = [
    path("", views.BusinessList.as_view(), name="list"),
    path(_("map/"), views.BusinessMap.as_view(), name="map"),
    path("pins.json", views.pins, name="pins"),
    path("<slug:slug>/", views.BusinessDetail.as_view(), name="detail"),
]
