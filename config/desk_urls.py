"""The desk's addresses: logging in, and the admin."""

from django.contrib import admin
from django.urls import include, path

from community.staff_views import accept
from community.throttles import throttled_codes

urlpatterns = [
    path("", include("config.health")),
    path("media/", include("config.media")),
    path("account/", include("community.account_urls")),
    path("staff/", include("community.staff_urls")),
    path("invitation/", throttled_codes(accept), name="accept_invitation"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", admin.site.urls),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
