"""The site's addresses: pages in two languages, the API, and no admin."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

urlpatterns = [
    path("", include("community.urls_plain")),
    path("", include("config.health")),
    path("", include("config.sitemap")),
    path("media/", include("config.media")),
    path("api/v1/", include("config.api")),
    *i18n_patterns(
        path("", include("community.urls")),
        path(_("events/"), include("events.urls")),
        path(_("businesses/"), include("businesses.urls")),
        path(_("businesses/"), include("verification.urls")),
        path(_("report/"), include("verification.report_urls")),
        path(_("members/"), include("community.matching_urls")),
        path(_("members/"), include("community.member_urls")),
        path(_("account/profile/"), include("community.profile_urls")),
        path(_("account/my-data/"), include("community.my_data_urls")),
        path(_("account/tokens/"), include("community.token_urls")),
        path(_("account/verification/"), include("verification.case_urls")),
        path(_("account/"), include("community.own_account_urls")),
    ),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
