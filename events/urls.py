from django.urls import path
from django.utils.translation import gettext_lazy as _

from events import views

app_name = "events"
urlpatterns = [
    path("", views.EventList.as_view(), name="list"),
    path(_("calendar/"), views.EventMonth.as_view(), name="calendar"),
    path(_("map/"), views.EventMap.as_view(), name="map"),
    path("pins.json", views.pins, name="pins"),
    path("<slug:slug>/", views.EventDetail.as_view(), name="detail"),
]
