"""Addresses that are the same in every language."""

from allauth.socialaccount.providers.apple import views as apple
from allauth.socialaccount.providers.facebook import views as facebook
from allauth.socialaccount.providers.google import views as google
from django.urls import path
from django.views.generic import TemplateView

from community import views
from community.elsewhere_views import configured

urlpatterns = [
    path("tiles/<slug:family>/<slug:seed>.svg", views.tile, name="tile"),
    path("map/outlines.json", views.outlines, name="outlines"),
    # Where providers send people back to: an address is registered there, so it has no language.
    path("with/google/", configured("google", google.oauth2_callback), name="google_callback"),
    path("with/facebook/", configured("facebook", facebook.oauth2_callback), name="facebook_callback"),
    path("with/apple/", configured("apple", apple.oauth2_callback), name="apple_callback"),
    path("with/apple/finish/", configured("apple", apple.oauth2_finish_login), name="apple_finish_callback"),
    path("theme/", views.theme, name="theme"),
    path("robots.txt", TemplateView.as_view(template_name="robots.txt", content_type="text/plain"), name="robots"),
]
