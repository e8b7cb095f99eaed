"""Members as the desk finds them, and as it calls them: by what they show, or by an address somebody typed in full."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from community.mailboxes import mailbox_of
from community.models import Member, Profile


def found(members: QuerySet[Member], typed: str) -> QuerySet[Member]:
    """Keep those who show members a name with these words in it, and whoever has exactly this address.

    The others are as if they were not: nothing typed in part finds them, lists them or counts them.
    """
    shown = Q(profile__in=Profile.objects.shown_to_members())
    named = Q(*(Q(profile__display_name__icontains=word) for word in typed.split()))
    whole = Q(email__iexact=typed.strip()) | Q(email__iexact=mailbox_of(typed))
    return members.filter(shown & named | whole)


def called(member: Member, *, typed: str = "") -> str:
    """Their name if they show it to members, else what was typed to find them; never an address of theirs."""
    profile = getattr(member, "profile", None)
    return profile.display_name if profile and profile.is_shown_to_members else typed.strip() or str(member)


class Autocomplete(AutocompleteJsonView):
    """What a box at the desk offers while one types."""

    def serialize_result(self, obj: models.Model, to_field_name: str) -> dict[str, str]:
        offered: dict[str, str] = super().serialize_result(obj, to_field_name)
        return offered | {"text": called(obj, typed=self.term)} if isinstance(obj, Member) else offered


class ChoosesMembers(ModelAdmin):
    """A form at the desk on which a member is chosen."""

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field and db_field.related_model is Member:
            field.label_from_instance = called  # type: ignore[assignment, method-assign]  # as Django would have it
        return field
