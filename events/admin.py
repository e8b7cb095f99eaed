"""The desk's view of events and of what they are called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from community.admin import NamedAdmin, NamedMoment, PicturedAdmin, in_both, page_on_site
from community.forms import PlacedForm
from community.member_choices import ChoosesMembers
from community.slugs import unused_slug
from events.models import Category, Event, Tag


@admin.register(Category)
class CategoryAdmin(NamedAdmin):
    pass


@admin.register(Tag)
class TagAdmin(NamedAdmin):
    pass


class Coming(admin.SimpleListFilter):
    """What has not ended, soonest first, unless one asks for more."""

    title = _("time")
    parameter_name = "time"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("past", gettext("past")), ("all", gettext("all"))]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        every, *others = super().choices(changelist)
        yield every | {"display": gettext("coming")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        match self.value():
            case "past":
                return queryset.filter(ends_at__lte=now())
            case "all":
                return queryset
            case _:
                return queryset.filter(ends_at__gt=now())


class EventForm(PlacedForm):
    accessibility = forms.MultipleChoiceField(
        label=_("Accessibility"), choices=Event.Access.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Event
        fields = ()  # the fieldsets below choose

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if (business := data.get("business")) and not data.get("postcode") and not data.get("location"):
            data["location"], data["borough"] = business.location, data.get("borough") or business.borough
        if not data.get("slug"):
            data["slug"] = unused_slug(Event, data.get("title_pt") or data.get("title_en") or "")
        return data


@admin.register(Event)
class EventAdmin(ChoosesMembers, PicturedAdmin):
    """What is on. An event is called off, never deleted: someone may be on their way."""

    form = EventForm
    list_display = ("__str__", "starts_at", "category", "borough", "status", "visibility")
    list_filter = (Coming, "status", "visibility", "category", "format", "borough")
    list_select_related = ("category", "borough")
    date_hierarchy = "starts_at"
    search_fields = (*in_both("title"), "venue_name", "postcode", "slug")
    autocomplete_fields = ("category", "regions", "languages", "tags", "organizer", "business", "borough")
    readonly_fields = ("picture_as_shown", "sequence", "is_demo")
    formfield_overrides = PicturedAdmin.formfield_overrides | {
        models.DateTimeField: {"form_class": forms.SplitDateTimeField, "widget": NamedMoment}
    }
    show_full_result_count = False
    actions = ("announce",)  # what is called off is called off one by one, on its page: people are told of it
    fieldsets = (
        (
            _("In both languages"),
            {
                "fields": (in_both("title"), in_both("description"), in_both("cultural_significance")),
                "classes": ("both",),
            },
        ),
        (_("Who may see it"), {"fields": ("status", "visibility", "organizer", "slug")}),
        (
            _("When"),
            {"fields": ("starts_at", "ends_at"), "description": _("On the clock of London.")},
        ),
        (
            _("Where"),
            {
                "fields": (
                    "format",
                    "online_url",
                    "business",
                    "venue_name",
                    "address",
                    "postcode",
                    "borough",
                    "location",
                    "accessibility",
                )
            },
        ),
        (_("What"), {"fields": ("category", "regions", "languages", "tags", "price_pence", "capacity")}),
        (
            _("Picture"),
            {"fields": (("picture", "picture_as_shown"), in_both("picture_alt")), "classes": ("both",)},
        ),
        (_("On record"), {"fields": ("sequence", "is_demo")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).defer("borough__outline")

    def view_on_site(self, event: Event) -> str | None:
        return page_on_site("events:detail", event.slug) if event.is_public else None

    def save_model(self, request: HttpRequest, obj: Event, form: forms.ModelForm, change: bool) -> None:
        if change:
            obj.revise(form.changed_data)
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False

    @admin.action(description=_("Publish the drafts"), permissions=["change"])
    def announce(self, request: HttpRequest, queryset: QuerySet[Event]) -> None:
        """Publish the drafts among them; what was called off is put back on one by one as well."""
        drafts = list(queryset.filter(status=Event.Status.DRAFT))
        for event in drafts:
            event.announce()
        message = ngettext("%(count)s draft is published.", "%(count)s drafts are published.", len(drafts))
        level = messages.SUCCESS if drafts else messages.WARNING
        self.message_user(request, message % {"count": len(drafts)}, level)
