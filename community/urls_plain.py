"""Addresses that are the same in every language."""

from django.urls import path
from django.views.generic import TemplateView

from community import views

urlpatterns = [
    path("tiles/<slug:family>/<slug:seed>.svg", views.tile, name="tile"),
    path("map/outlines.json", views.outlines, name="outlines"),
    path("theme/", views.theme, name="theme"),
    path("robots.txt", TemplateView.as_view(template_name="robots.txt", content_type="text/plain"), name="robots"),
]
