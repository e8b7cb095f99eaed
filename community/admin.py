"""The desk's view of members, the vocabulary and the gazetteer."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from procrastinate.contrib.django.models import ProcrastinateJob

from community.mail import compose
from community.mailboxes import AddressField
from community.member_choices import called, found
from community.models import AuditEntry, Borough, Interest, Language, Member, Place, Postcode, Profile, Region
from community.notices import write_to
from community.pictures import Pictured

LANGUAGES = ("pt", "en")

# Libraries would show these here. What opens an account is nobody's to look at; jobs are the operator's (`make psql`).
# What groups may do is said in config/privileges.py.
OTHERS = (
    EmailAddress,
    EmailConfirmation,
    Authenticator,
    Group,
    ProcrastinateJob,
    SocialAccount,
    SocialApp,
    SocialToken,
)
for hidden in OTHERS:
    if admin.site.is_registered(hidden):
        admin.site.unregister(hidden)


class NamedMoment(AdminSplitDateTime):
    """Day and time in two boxes, each saying which it is to those who do not see them."""

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__(attrs)
        for widget, name in zip(self.widgets, (_("Date"), _("Time")), strict=True):
            widget.attrs["aria-label"] = name


def in_both(field: str) -> tuple[str, ...]:
    """A bilingual field's two columns, to stand side by side on a form."""
    return tuple(f"{field}_{language}" for language in LANGUAGES)


class NamedAdmin(admin.ModelAdmin):
    """A table of the town's vocabulary. What was once said stays: words are renamed and reordered, never deleted."""

    list_display: tuple[str, ...] = ("__str__", *in_both("name"), "position")
    search_fields = ("slug", *in_both("name"))
    fields: ClassVar[tuple[str | tuple[str, ...], ...]] = (in_both("name"), "slug", "position")
    list_per_page = 200

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in in_both("name"):
            field.required = True  # a word of the town has a name in both languages
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()  # it stands in addresses

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


def page_on_site(view: str, slug: str) -> str | None:
    """The address of a row's page at the other door, whose addresses this process does not serve.

    None for a row without a slug: one whose form came back with that field empty.
    """
    if not slug:
        return None
    return settings.SITE_URL + reverse(view, urlconf=settings.SITE_URLCONF, kwargs={"slug": slug})


class PicturedAdmin(admin.ModelAdmin):
    """Something with a picture; one that is replaced or taken away leaves the storage too."""

    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    @admin.display(description=_("as it is shown"))
    def picture_as_shown(self, row: Pictured) -> str:
        if not row.picture:
            return "–"
        return format_html('<img class="picture-shown" src="{}" alt="">', row.sources[0].url)

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        before = form.initial.get("picture") if "picture" in form.changed_data else None
        super().save_model(request, obj, form, change)
        if before:
            transaction.on_commit(partial(before.discard))


@admin.register(Region)
class RegionAdmin(NamedAdmin):
    list_display = ("__str__", *in_both("name"), "parent", "country", "position")
    list_filter = (("parent", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("parent",)
    fields = (in_both("name"), "slug", "parent", "country", "position")

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        if db_field.name == "parent":
            kwargs["queryset"] = Region.objects.countries()  # a tree of two levels
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Interest)
class InterestAdmin(NamedAdmin):
    list_display = ("__str__", *in_both("name"), "theme", "position")
    list_filter = ("theme",)
    fields = (in_both("name"), "slug", "theme", "position")


@admin.register(Language)
class LanguageAdmin(NamedAdmin):
    list_display = ("tag", *in_both("name"), "position")
    search_fields = ("tag", *in_both("name"))
    fields = (in_both("name"), "tag", "position")

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return ("tag",) if obj else ()


class ReadOnlyAdmin(admin.ModelAdmin):
    """What is imported or typed in the source: to be looked up here, not changed."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    @admin.display(description=_("latitude, longitude"))
    def point(self, row: Any) -> str:
        return f"{row.location.y:.5f}, {row.location.x:.5f}"


@admin.register(Borough)
class BoroughAdmin(ReadOnlyAdmin):
    list_display = ("name", "code", "is_computed")
    search_fields = ("name", "code")
    fields = ("name", "code", "slug", "is_computed")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Borough]:
        return super().get_queryset(request).defer("outline")


@admin.register(Place)
class PlaceAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "borough")
    list_filter = ("kind", "borough")
    list_select_related = ("borough",)
    search_fields = ("name", "names")
    fields = ("name", "slug", "kind", "borough", "names", "point")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Place]:
        return super().get_queryset(request).defer("borough__outline")


@admin.register(Postcode)
class PostcodeAdmin(ReadOnlyAdmin):
    list_display = ("code", "borough")
    list_select_related = ("borough",)
    search_fields = ("code__startswith",)
    fields = ("code", "borough", "point")
    ordering = ("code",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Postcode]:
        return super().get_queryset(request).defer("borough__outline")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what to what: for administrators, and for the database to say no to everyone else."""

    list_display = ("at", "door", "actor", "verb", "kind", "key", "changed")
    list_filter = ("door", "verb", "kind")
    search_fields = ("actor", "subject", "key")
    fields = ("at", "door", "actor", "subject", "verb", "kind", "key", "changed", "told")

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.is_authenticated and request.user.is_superuser

    has_module_permission = has_view_permission


class MemberChangeForm(forms.ModelForm):
    class Meta:
        model = Member
        fields = ("email", "language", "is_active")
        field_classes = {"email": AddressField}  # where it is a field: to most it is only shown


class LetterForm(forms.Form):
    """What the desk writes to a member."""

    words = forms.CharField(max_length=2000)


class ProfileInline(admin.StackedInline):
    model = Profile
    fields = ("display_name", "visibility", "heritage_verified_at")
    readonly_fields = ("visibility", "heritage_verified_at")  # who sees a member is the member's choice alone
    min_num = 1
    can_delete = False
    view_on_site = False  # it stands where its member lets it be seen

    def get_formset(self, request: HttpRequest, obj: Member | None = None, **kwargs: Any) -> type:
        return super().get_formset(request, obj, validate_min=True, **kwargs)


@admin.register(Member)
class MemberAdmin(UserAdmin):
    """Accounts. Who works here is said elsewhere (community/staff_views.py).

    Nobody is added or deleted from the desk: whoever joins proves their address, and chooses a password that nobody
    else ever knows (community/migrations/0101).
    """

    form = MemberChangeForm
    list_display = ("name", "is_active", "is_staff", "joined_at")
    list_filter = ("is_active", "is_staff", "groups")
    list_select_related = ("profile",)
    search_fields = ("email",)  # that there is a box to type into; what it finds is said in get_search_results
    show_full_result_count = False
    ordering = ("profile__display_name", "pk")
    date_hierarchy = None
    fieldsets = (
        (None, {"fields": ("email", "language", "is_active")}),
        (_("Dates"), {"fields": ("joined_at", "last_login")}),
    )
    filter_horizontal = ()
    inlines = (ProfileInline,)

    @admin.display(description=_("display name"), ordering="profile__display_name")
    def name(self, member: Member) -> str:
        return called(member)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        return found(queryset, search_term), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """An address of the list asks for no more than its filters do: not for how e-mail addresses begin."""
        return lookup.partition("__")[0] in self.list_filter

    def get_readonly_fields(self, request: HttpRequest, obj: Member | None = None) -> tuple[str, ...]:
        # A colleague whose account was closed comes back by invitation; the database says so too.
        closed = ("is_active",) if obj and obj.works_at_the_desk and not obj.is_active else ()
        # Whoever reads an account's mail can log in to it (community/migrations/0100).
        kept = ("email",) if obj and (obj.works_at_the_desk or not request.user.is_superuser) else ()
        return ("joined_at", "last_login", *closed, *kept)

    def save_model(self, request: HttpRequest, obj: Member, form: forms.ModelForm, change: bool) -> None:
        """What the form changed alone: the desk has no right to the rest."""
        obj.save(update_fields=form.changed_data)

    def save_formset(self, request: HttpRequest, form: forms.ModelForm, formset: Any, change: bool) -> None:
        """Of a profile that is there, the name alone: the desk has no right to the badge."""
        for profile in formset.save(commit=False):
            profile.save(update_fields=None if profile._state.adding else ["display_name"])

    def has_change_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        """One's own account is for others to change; those of colleagues, for an administrator."""
        if obj and obj == request.user:
            return False
        if obj and (obj.is_staff or obj.is_superuser) and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        write, send_to_choose = (
            self.admin_site.admin_view(require_POST(view)) for view in (self.write, self.send_to_choose)
        )
        others = [url for url in super().get_urls() if url.name != "auth_user_password_change"]
        return [
            path("<uuid:pk>/write/", write, name="community_member_write"),
            path("<uuid:pk>/new-password/", send_to_choose, name="community_member_new_password"),
            *others,
        ]

    def send_to_choose(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Send a member to where they choose a new password; one who works here gets new keys from two."""
        member = get_object_or_404(Member, pk=pk)
        if not self.has_change_permission(request, member) or member.works_at_the_desk:
            raise PermissionDenied
        compose("account/email/sent_to_choose", to=member.email, language=member.language, context={}).send()
        self.log_change(request, member, gettext("Sent them to choose a new password."))
        self.message_user(request, _("The letter is on its way."), messages.SUCCESS)
        return redirect("admin:community_member_change", pk)

    def write(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Send one member a letter from the desk."""
        member = get_object_or_404(Member, pk=pk)
        if not self.has_change_permission(request, member):
            raise PermissionDenied
        form = LetterForm(request.POST)
        if form.is_valid():
            write_to(member, form.cleaned_data["words"])
            self.log_change(request, member, gettext("Wrote to them."))
            self.message_user(request, _("The letter is on its way."), messages.SUCCESS)
        else:
            self.message_user(request, _("Not sent: write something, in 2000 characters."), messages.ERROR)
        return redirect("admin:community_member_change", pk)
