from django.urls import path
from django.utils.translation import gettext_lazy as _

from community.throttles import throttled_codes
from verification import claim_views, views

app_name = "verification"
urlpatterns = [
    path(_("<slug:slug>/claim/"), views.Claim.as_view(), name="claim"),
    path(_("<slug:slug>/claim/thanks/"), views.Thanks.as_view(), name="thanks"),
    path(_("claims/mine/"), claim_views.MyClaims.as_view(), name="my_claims"),
    path(_("claims/yours/"), throttled_codes(claim_views.Progress.as_view()), name="progress"),
    path(_("claims/code/"), throttled_codes(claim_views.MailedCode.as_view()), name="mailed_code"),
]
