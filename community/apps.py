from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommunityConfig(AppConfig):
    """Members, where they come from, where things are, and who is asking."""

    name = "community"
    verbose_name = _("Community")
