from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BusinessesConfig(AppConfig):
    """Shops, practices and associations that serve Portuguese speakers."""

    name = "businesses"
    verbose_name = _("Businesses")
