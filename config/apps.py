from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.contrib.staticfiles import apps as staticfiles


class TownConfig(AppConfig):
    """What holds the town together: doors, privileges, commands."""

    name = "config"
    default = True

    def ready(self) -> None:
        from config import checks  # noqa: F401, PLC0415 (it registers itself, once the apps are there)


class StaticConfig(staticfiles.StaticFilesConfig):
    """Django's static files, less what no page of ours asks for."""

    default = False
    ignore_patterns = [*staticfiles.StaticFilesConfig.ignore_patterns, "redoc", "rest_framework", "OLMapWidget.js"]


class DeskConfig(admin.AdminConfig):
    """Django's admin, with the desk's own rule for who may enter."""

    default = False
    default_site = "config.desk.DeskSite"
