"""A member's API keys, on their account; the desk has none."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from community import token_views as views

app_name = "tokens"
urlpatterns = [
    path("", views.Tokens.as_view(), name="list"),
    path(_("new/"), views.NewToken.as_view(), name="new"),
    path("<int:pk>/", include([path(_("revoke/"), views.revoke, name="revoke")])),
]
