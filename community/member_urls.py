"""Members as others meet them."""

from django.urls import path
from django.views.generic import RedirectView

app_name = "members"
urlpatterns = [path("<uuid:pk>/", RedirectView.as_view(pattern_name="home"), name="detail")]
