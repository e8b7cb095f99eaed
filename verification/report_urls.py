"""Where anyone says that something is not right."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from verification import views
from verification.models import Report

app_name = "report"
urlpatterns = [
    path("", views.HandInReport.as_view(), name="town"),
    path(_("thanks/"), views.ReportThanks.as_view(), name="thanks"),
    path(_("event/<uuid:pk>/"), views.HandInReport.as_view(about=Report.About.EVENT), name="event"),
    path(_("business/<uuid:pk>/"), views.HandInReport.as_view(about=Report.About.BUSINESS), name="business"),
    path(_("member/<uuid:pk>/"), views.HandInReport.as_view(about=Report.About.MEMBER), name="member"),
]
