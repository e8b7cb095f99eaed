"""A member's own profile, below their account."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from community.profile_views import Blocks, Edit, Overview, Preview, WithdrawHeritage

app_name = "profile"
urlpatterns = [
    path("", Overview.as_view(), name="overview"),
    path(_("blocks/"), Blocks.as_view(), name="blocks"),
    path(_("as-others-see-it/"), Preview.as_view(), name="preview"),
    path(_("name/"), Edit.as_view(section="name"), name="name"),
    path(_("picture/"), Edit.as_view(section="portrait"), name="portrait"),
    path(_("about-me/"), Edit.as_view(section="bio"), name="bio"),
    path(_("heritage/"), Edit.as_view(section="heritage"), name="heritage"),
    path(_("heritage/withdraw/"), WithdrawHeritage.as_view(), name="withdraw_heritage"),
    path(_("interests/"), Edit.as_view(section="interests"), name="interests"),
    path(_("languages/"), Edit.as_view(section="languages"), name="languages"),
    path(_("culture/"), Edit.as_view(section="culture"), name="culture"),
    path(_("arrival/"), Edit.as_view(section="arrival"), name="arrival"),
    path(_("home-area/"), Edit.as_view(section="home_area"), name="home_area"),
    path(_("legal-names/"), Edit.as_view(section="legal_names"), name="legal_names"),
]
