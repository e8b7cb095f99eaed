from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from community.mailboxes import canonical, mailbox_of


class MemberManager(BaseUserManager["Member"]):
    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """The one spelling of an address. Raises ValidationError if it has none."""
        return canonical(email or "")

    def get_by_natural_key(self, username: str | None) -> Member:
        """Find a member by e-mail, however its mailbox is spelled."""
        return self.get(email__iexact=mailbox_of(username or ""))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Member:
        """Add a member; without a password they cannot log in by one."""
        if not email:
            raise ValueError("A member needs an e-mail address.")
        member = self.model(email=self.normalize_email(email), **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Member:
        """Add an administrator of the desk."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class Rank(models.TextChoices):
    """What someone may do at the desk: config/privileges.py says it of the first two; the third does everything."""

    MODERATOR = "moderator", pgettext_lazy("rank", "moderator")
    SENIOR = "senior", pgettext_lazy("rank", "senior moderator")
    ADMINISTRATOR = "administrator", pgettext_lazy("rank", "administrator")


class Member(AbstractBaseUser, PermissionsMixin):
    """Someone with an account. They log in with their e-mail address; they have no user name.

    What others may see of them is in ``Profile``; nothing here is ever shown.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"))
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="pt")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("works at the desk"), default=False)
    joined_at = models.DateTimeField(_("joined"), default=now, editable=False)
    # That they said so; the date of birth itself is never kept.
    adult_confirmed_at = models.DateTimeField(_("said to be 18 or older"), null=True, editable=False)
    guidelines_version = models.PositiveSmallIntegerField(_("guidelines accepted"), default=0, editable=False)
    guidelines_accepted_at = models.DateTimeField(_("guidelines accepted on"), null=True, editable=False)

    objects = MemberManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []  # type: ignore[misc]  # a class variable by Django's own contract

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="member_email_is_unique_whatever_its_capitals",
                violation_error_message=_("This e-mail address cannot be used."),
            ),
            models.CheckConstraint(name="member_reads_a_language_of_ours", condition=Q(language__in=["pt", "en"])),
            models.CheckConstraint(
                name="member_accepted_guidelines_in_full_or_not_at_all",
                condition=Q(guidelines_version=0, guidelines_accepted_at=None)
                | Q(guidelines_version__gt=0, guidelines_accepted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        # It stands in logs, titles and choices: no address, and no name.
        return gettext("member %(id)s") % {"id": str(self.pk)[:8]}

    @property
    def works_at_the_desk(self) -> bool:
        """Whether what opens this account is kept at the desk (community/migrations/0006)."""
        return self.is_staff or self.is_superuser

    @property
    def rank(self) -> str:
        """What they are at the desk, as ``Rank`` names it; nothing for a member like others."""
        if self.is_superuser:
            return Rank.ADMINISTRATOR
        if not self.is_staff:
            return ""
        return Rank.SENIOR if any(group.name == "Seniors" for group in self.groups.all()) else Rank.MODERATOR

    @property
    def rank_in_words(self) -> str:
        return str(Rank(self.rank).label) if self.rank else ""

    def choose_language(self, language: str) -> None:
        """Be written to in one of the town's languages from now on."""
        self.language = language
        self.save(update_fields=["language"])

    def accept_guidelines(self, version: int, *, at: datetime) -> None:
        """Record that they agreed to the guidelines as they read in that version."""
        self.guidelines_version, self.guidelines_accepted_at = version, at
        self.save(update_fields=["guidelines_version", "guidelines_accepted_at"])


class Visibility(models.TextChoices):
    """Who may see something of a member, from the widest to the narrowest."""

    PUBLIC = "public", _("anyone")
    COMMUNITY = "community", _("members")
    VERIFIED = "verified", _("members with a verified heritage")
    PRIVATE = "private", _("only me")


SHOWN = (Visibility.PUBLIC, Visibility.COMMUNITY)  # to any member


class ProfileQuerySet(models.QuerySet["Profile"]):
    def public(self) -> Self:
        """Keep those who chose to be seen by anyone."""
        return self.filter(visibility=Visibility.PUBLIC, withdrawn_at=None)

    def shown_to_members(self) -> Self:
        """Keep those whose name any member may read."""
        return self.filter(visibility__in=SHOWN, withdrawn_at=None)

    def lock(self, pk: uuid.UUID | None) -> None:
        """Let one profile stand as it is until the transaction ends, for whoever takes the same lock."""
        list(self.select_for_update(no_key=True).filter(pk=pk).only("pk"))

    def with_sections(self, *, besides: Sequence[str] = ()) -> Self:
        """Bring every section that the reader may see, in one query; what they may not see is as if it were not."""
        return self.select_related(
            *("portrait", "bio", "heritage", "interests", "culture", "arrival"),
            *("homearea__borough", "homearea__district", "languages", *besides),
        ).defer("homearea__borough__centre", "homearea__borough__outline")


class Profile(models.Model):
    """A member as others meet them: a name, a badge, and who may know that they are here at all.

    Everything else they say of themselves stands in sections (``community/models/sections.py``),
    each with a visibility of its own. ``heritage_verified_at`` is the badge: a fact about the
    member. How it was earned is in ``verification``, and only that app sets it.
    ``withdrawn_at`` makes them invisible to everyone else, whatever they chose.
    """

    Visibility = Visibility

    class Contact(models.TextChoices):
        OPEN = "open", _("any member")
        VERIFIED_ONLY = "verified_only", _("members with a verified heritage")
        NOBODY = "nobody", _("nobody")

    member = models.OneToOneField(Member, on_delete=models.CASCADE, primary_key=True, related_name="profile")
    display_name = models.CharField(_("display name"), max_length=80)
    visibility = models.CharField(_("seen by"), max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE)
    contact = models.CharField(
        _("may be written to by"), max_length=13, choices=Contact.choices, default=Contact.NOBODY, db_default="nobody"
    )
    heritage_verified_at = models.DateTimeField(_("heritage verified"), null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(_("invisible since"), null=True, blank=True, editable=False)

    objects = ProfileQuerySet.as_manager()

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return self.display_name

    def get_absolute_url(self) -> str:
        return reverse("members:detail", kwargs={"pk": self.pk})

    @property
    def is_shown_to_members(self) -> bool:
        """Whether any member may read their name."""
        return self.visibility in SHOWN and self.withdrawn_at is None

    def is_open_to(self, audience: str) -> bool:
        """Whether they would be written to by someone of this audience; strangers are never told."""
        open_to = {"open": ("community", "verified"), "verified_only": ("verified",), "nobody": ()}
        return audience in open_to[self.contact]

    @property
    def is_verified(self) -> bool:
        """Whether the badge is worn."""
        return self.heritage_verified_at is not None


class Block(models.Model):
    """Two members who do not exist for each other, at the wish of one of them. The other is not told."""

    blocker = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)  # as it was then: from now on their profile cannot be read
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        constraints = [
            models.UniqueConstraint("blocker", "blocked", name="block_stands_once"),
            models.CheckConstraint(
                name="block_is_of_someone_else",
                condition=~Q(blocker=F("blocked")),
                violation_error_message=_("You cannot block yourself."),
            ),
        ]

    def __str__(self) -> str:
        return f"block {self.pk}"


class ConsentQuerySet(models.QuerySet["Consent"]):
    def standing(self) -> Self:
        """Keep what has been given and not taken back."""
        return self.filter(withdrawn_at=None)


class Consent(models.Model):
    """A member's explicit yes to one purpose, in the wording of one version; and when it was taken back.

    The row is the record: it is never rewritten, only marked as withdrawn.
    """

    class Purpose(models.TextChoices):
        HERITAGE = "heritage", _("to show my heritage")
        MATCHING = "matching", _("to be matched with others who take part")
        VERIFICATION = "verification", _("to have my heritage verified")
        CLAIM = "claim", _("to show with documents that a business is mine")

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(_("for"), max_length=20, choices=Purpose.choices)
    version = models.CharField(_("version"), max_length=10)  # of the sentence that was agreed to
    given_at = models.DateTimeField(_("given"), default=now, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("-given_at",)
        constraints = [
            models.UniqueConstraint(
                "member", "purpose", condition=Q(withdrawn_at=None), name="consent_stands_once_for_each_purpose"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"

    def withdraw(self, *, at: datetime) -> None:
        """Take it back. What stood on it goes with it, in the same transaction (community/migrations/0005)."""
        if self.withdrawn_at is None:
            self.withdrawn_at = at
            self.save(update_fields=["withdrawn_at"])


class Session(AbstractBaseSession):
    """A browser that comes again, at one of the two doors; a logged-in one says whose it is.

    Its row is reached only by presenting its key (community/sessions.py): nobody lists sessions, so a hole
    in the public site takes over none. Members look at their own through ``Device``, which has no keys.
    """

    door = models.CharField(max_length=5, choices=[("site", "site"), ("desk", "desk")], editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, null=True, editable=False, related_name="+")
    device = models.CharField(max_length=60, default="", editable=False)
    last_used_on = models.DateField(default=localdate, editable=False)
    # At the desk alone, where a login ends by itself (community/migrations/0087).
    opened_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes = [models.Index(fields=["expire_date"], name="session_by_expiry")]

    def __str__(self) -> str:
        return f"{self.door} session"

    @classmethod
    def get_session_store_class(cls) -> type:
        from community.sessions import SessionStore  # noqa: PLC0415 (the store needs this model)

        return SessionStore


class Device(models.Model):
    """A browser the member is logged in with, at either door: a view of their own sessions, without keys or contents.

    Deleting one logs that browser out.
    """

    id = models.CharField(max_length=32, primary_key=True)
    door = models.CharField(max_length=5)
    device = models.CharField(max_length=60)
    last_used_on = models.DateField()
    is_this = models.BooleanField()

    class Meta:
        managed = False
        db_table = "community_device"
        ordering = ("-is_this", "-last_used_on", "id")

    def __str__(self) -> str:
        return self.device
