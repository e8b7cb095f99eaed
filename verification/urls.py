from django.urls import path
from django.utils.translation import gettext_lazy as _

from community.throttles import PAPERS, throttled_codes, throttled_members
from verification import claim_views, views
from verification.uploads import never_on_disk

app_name = "verification"
urlpatterns = [
    path(_("<slug:slug>/claim/"), views.Claim.as_view(), name="claim"),
    path(_("<slug:slug>/claim/thanks/"), views.Thanks.as_view(), name="thanks"),
    path(_("claims/mine/"), claim_views.MyClaims.as_view(), name="my_claims"),
    path(_("claims/yours/"), throttled_codes(claim_views.Progress.as_view()), name="progress"),
    path(
        _("claims/papers/"),
        throttled_members(never_on_disk(claim_views.Papers.as_view()), PAPERS),
        name="claim_papers",
    ),
    path(_("claims/papers/<uuid:paper>/remove/"), claim_views.remove_claim_paper, name="remove_claim_paper"),
    path(_("claims/withdraw/"), claim_views.WithdrawClaim.as_view(), name="withdraw_claim"),
    path(_("claims/code/"), throttled_codes(claim_views.MailedCode.as_view()), name="mailed_code"),
]
