"""The desk's view of businesses and of what they are called."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from businesses.models import Business, BusinessLanguage, BusinessType, Delisting, Specialty
from community.admin import NamedAdmin, PicturedAdmin, in_both, page_on_site
from community.forms import PlacedForm
from community.slugs import unused_slug


@admin.register(BusinessType)
class BusinessTypeAdmin(NamedAdmin):
    list_display = ("__str__", *in_both("name"), "group", "position")
    list_filter = ("group",)
    fields = (in_both("name"), "slug", "group", "position")


@admin.register(Specialty)
class SpecialtyAdmin(NamedAdmin):
    pass


class BusinessForm(PlacedForm):
    class Meta:
        model = Business
        fields = ()  # the fieldsets below choose

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("location") and "postcode" not in self.errors:
            self.add_error("postcode", _("A business needs a postcode, or a point on the map."))
        if not data.get("slug") and data.get("name"):
            data["slug"] = unused_slug(Business, data["name"])
        return data


class NamedRows(forms.BaseInlineFormSet):
    """Rows of a table, whose head names no box."""

    def get_deletion_widget(self) -> forms.CheckboxInput:  # type: ignore[override]  # a widget does as well as its class
        return forms.CheckboxInput(attrs={"aria-label": _("Delete")})


class BusinessLanguageInline(admin.TabularInline):
    model = BusinessLanguage
    formset = NamedRows
    extra = 1
    autocomplete_fields = ("language",)

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == "hours":
            field.widget.attrs["aria-label"] = field.label
        return field


@admin.register(Business)
class BusinessAdmin(PicturedAdmin):
    """Shops, cafés, practices, associations. The badge on the door is not given here: see listing requests."""

    form = BusinessForm
    list_display = ("name", "type", "borough", "postcode", "is_verified", "confirmed_at")
    list_filter = (
        ("verified_at", admin.EmptyFieldListFilter),
        ("fhrs_id", admin.EmptyFieldListFilter),
        "type",
        "borough",
    )
    list_select_related = ("type", "borough")
    search_fields = ("name", "postcode", "slug")
    autocomplete_fields = ("type", "specialties", "borough")
    readonly_fields = ("picture_as_shown", "verified_at", "fhrs_id", "is_demo")
    show_full_result_count = False
    actions = ("confirm_today",)
    inlines = (BusinessLanguageInline,)
    fieldsets = (
        (None, {"fields": ("name", "slug", "type", "specialties")}),
        (_("In both languages"), {"fields": (in_both("description"),), "classes": ("both",)}),
        (
            _("Picture"),
            {"fields": (("picture", "picture_as_shown"), in_both("picture_alt")), "classes": ("both",)},
        ),
        (_("Where"), {"fields": ("address", "postcode", "borough", "location", "accessible")}),
        (_("How to reach it"), {"fields": ("phone", "website", "opening_hours", "price_band")}),
        (_("How sure we are"), {"fields": ("confirmed_at", "verified_at", "fhrs_id", "is_demo")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Business]:
        return super().get_queryset(request).defer("search", "borough__outline")

    def view_on_site(self, business: Business) -> str | None:
        return page_on_site("businesses:detail", business.slug)

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        if db_field.name == "opening_hours":
            kwargs["widget"] = forms.TextInput(attrs={"class": "vLargeTextField", "spellcheck": "false"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(boolean=True, description=_("verified"), ordering="verified_at")
    def is_verified(self, business: Business) -> bool:
        return business.is_verified

    @admin.action(description=_("Details confirmed today"), permissions=["change"])
    def confirm_today(self, request: HttpRequest, queryset: QuerySet[Business]) -> None:
        today = localdate()
        for business in queryset:
            business.confirm(on=today)
        count = len(queryset)
        message = ngettext("%(count)s business confirmed.", "%(count)s businesses confirmed.", count)
        self.message_user(request, message % {"count": count}, messages.SUCCESS)

    def delete_model(self, request: HttpRequest, obj: Business) -> None:
        obj.delist()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Business]) -> None:
        for business in queryset:
            business.delist()


@admin.register(Delisting)
class DelistingAdmin(admin.ModelAdmin):
    """Register numbers that stay out. Deleting one lets the next import bring the listing back."""

    list_display = ("fhrs_id", "at")
    search_fields = ("=fhrs_id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Delisting | None = None) -> bool:
        return False
