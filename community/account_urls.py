"""Logging in and second factors, by allauth: the part that both doors have."""

from allauth.account import views
from django.urls import include, path

from community.throttles import LOGIN, throttled, throttled_codes

urlpatterns = [
    path("login/", throttled(views.login, LOGIN, "login"), name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", throttled_codes(views.reauthenticate), name="account_reauthenticate"),
    path("2fa/", include("allauth.mfa.urls")),
]
