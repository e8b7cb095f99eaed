from django.urls import path
from django.utils.translation import gettext_lazy as _

from verification import views

app_name = "verification"
urlpatterns = [
    path(_("<slug:slug>/claim/"), views.Claim.as_view(), name="claim"),
    path(_("<slug:slug>/claim/thanks/"), views.Thanks.as_view(), name="thanks"),
]
