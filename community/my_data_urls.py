from django.urls import path
from django.utils.translation import gettext_lazy as _

from community import my_data

app_name = "my_data"
urlpatterns = [
    path("", my_data.Overview.as_view(), name="overview"),
    path(_("history/"), my_data.History.as_view(), name="history"),
]
