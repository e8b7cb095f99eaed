from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VerificationConfig(AppConfig):
    """The case file: what the desk decides, and on what evidence."""

    name = "verification"
    verbose_name = _("Verification")
