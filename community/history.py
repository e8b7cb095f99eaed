"""What the audit says, in words for the member whom it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from modeltranslation.fields import TranslationField

from community.models import AuditEntry

# Tables whose models have no words of ours.
CALLED = {
    "community_member": gettext_lazy("account"),
    "community_member_groups": gettext_lazy("rights at the desk"),
    "community_member_user_permissions": gettext_lazy("rights at the desk"),
    "account_emailaddress": gettext_lazy("e-mail address"),
    "socialaccount_socialaccount": gettext_lazy("logging in by way of elsewhere"),
    "mfa_authenticator": gettext_lazy("second step of logging in"),
}
DONE = {
    AuditEntry.Verb.INSERT: gettext_lazy("Addition"),
    AuditEntry.Verb.UPDATE: pgettext_lazy("what happened", "Change"),
    AuditEntry.Verb.DELETE: gettext_lazy("Removal"),
}


class Detail(NamedTuple):
    """One thing that changed; before and after are empty where the audit does not keep them."""

    label: str
    before: str = ""
    after: str = ""


class Happening(NamedTuple):
    """One entry in words: ``what`` it was about, what was ``done``, ``by`` whom, and the details of it."""

    at: datetime
    what: str
    done: str
    by: str
    details: list[Detail]


def in_words(entry: AuditEntry) -> Happening:
    """One entry as its member reads it, in the language of the moment."""
    if entry.kind == "community_member" and entry.changed == ["last_login"]:
        return Happening(entry.at, _("Login"), "", _by(entry), [])
    model = next((model for model in apps.get_models() if model._meta.db_table == entry.kind), None)
    name = CALLED.get(entry.kind) or (model._meta.verbose_name if model else entry.kind)
    details = list(_details(entry, model)) if model else []
    return Happening(entry.at, capfirst(str(name)), str(DONE[AuditEntry.Verb(entry.verb)]), _by(entry), details)


def _by(entry: AuditEntry) -> str:
    if entry.by_subject:
        return _("by you")
    return {
        "desk": _("by the desk"),
        "site": _("on the way in: by whoever joined or logged in"),
    }.get(entry.door, _("by the town itself"))


def _details(entry: AuditEntry, model: type[models.Model]) -> Iterator[Detail]:
    """The columns that changed, by the names they have on pages; the languages of one text are one."""
    fields = {field.column: field for field in model._meta.concrete_fields}
    seen = set()
    for column in entry.changed:
        field = fields.get(column)
        if isinstance(field, TranslationField):
            field = field.translated_field
        if field is None or field.name in seen:
            continue
        seen.add(field.name)
        before, after = entry.told.get(column, (None, None))
        yield Detail(str(field.verbose_name), _value(field, before), _value(field, after))


def _value(field: models.Field, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(field, models.DateTimeField) and isinstance(value, str) and (moment := parse_datetime(value)):
        return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")
    if value is not None and field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    return ""
