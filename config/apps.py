from django.apps import AppConfig
from django.contrib.admin import apps as admin


class TownConfig(AppConfig):
    """What holds the town together: doors, privileges, commands."""

    name = "config"
    default = True


class DeskConfig(admin.AdminConfig):
    """Django's admin, with the desk's own rule for who may enter."""

    default = False
    default_site = "config.desk.DeskSite"
