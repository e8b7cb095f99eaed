from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from community.models.people import Member


class Topic(models.TextChoices):
    """What members are told of. What concerns the safety of an account is no topic: it always comes by mail."""

    REPORTS = "reports", _("Answers to what I reported")
    LISTINGS = "listings", _("Answers about my business")
    CASES = "cases", _("News of my verification")
    DESK = "desk", _("Letters from the desk")
    WEEK = "week", _("What is on, once a week")


class Channel(models.TextChoices):
    """By which way a member is told."""

    SITE = "site", _("here, at my account")
    MAIL = "mail", _("by mail, at once")
    DIGEST = "digest", _("in the weekly letter")


OFFERED: dict[str, tuple[Channel, ...]] = {
    Topic.REPORTS: (Channel.SITE, Channel.MAIL, Channel.DIGEST),
    Topic.LISTINGS: (Channel.SITE, Channel.DIGEST),  # the letter goes to the address that was given with the request
    Topic.CASES: (Channel.SITE, Channel.MAIL, Channel.DIGEST),
    Topic.DESK: (Channel.SITE, Channel.MAIL, Channel.DIGEST),
    Topic.WEEK: (Channel.DIGEST,),
}
# The quiet side: an answer to what one asked comes by mail; what nobody asked for, not at all.
UNLESS_CHOSEN: dict[str, frozenset[str]] = {
    Topic.REPORTS: frozenset({Channel.SITE, Channel.MAIL}),
    Topic.LISTINGS: frozenset({Channel.SITE}),
    Topic.CASES: frozenset({Channel.SITE, Channel.MAIL}),
    Topic.DESK: frozenset({Channel.SITE, Channel.MAIL}),
    Topic.WEEK: frozenset(),
}


class NoticeChoiceQuerySet(models.QuerySet["NoticeChoice"]):
    def channels(self, member: Member, topic: str) -> frozenset[str]:
        """By which ways a member wants to be told of a topic."""
        chosen = self.filter(member=member, topic=topic).values_list("channels", flat=True).first()
        return UNLESS_CHOSEN[topic] if chosen is None else frozenset(chosen)

    def choose(self, member: Member, topic: str, channels: frozenset[str]) -> None:
        """Record by which ways; those that a topic does not offer are left out."""
        kept = [channel for channel in OFFERED[topic] if channel in channels]
        self.update_or_create(member=member, topic=topic, defaults={"channels": kept})

    def stop(self, member: Member, topic: str) -> None:
        """End the letters of one topic. The weekly letter is one letter, whatever stands in it."""
        if topic != Topic.WEEK:
            return self.choose(member, topic, self.channels(member, topic) - {Channel.MAIL})
        for other in OFFERED:
            self.choose(member, other, self.channels(member, other) - {Channel.DIGEST})
        Weekly.objects.filter(member=member).delete()  # what it was said for has ended

    def of_the_weekly_letter(self) -> Self:
        """Keep those by which someone gets a weekly letter."""
        return self.filter(channels__contains=[Channel.DIGEST])


class NoticeChoice(models.Model):
    """By which ways a member wants to be told of one topic; without a row, as ``UNLESS_CHOSEN`` says."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="notice_choices")
    topic = models.CharField(_("topic"), max_length=10, choices=Topic.choices)
    channels = ArrayField(models.CharField(max_length=6, choices=Channel.choices), verbose_name=_("told"))

    objects = NoticeChoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("choice of notices")
        verbose_name_plural = _("choices of notices")
        constraints = [models.UniqueConstraint("member", "topic", name="notice_choice_is_one_for_each_topic")]

    def __str__(self) -> str:
        return f"{self.topic}: {', '.join(self.channels)}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def shown(self) -> Self:
        """Keep what stands at the member's account, newest first."""
        return self.filter(in_app=True).order_by("-created_at")

    def unread(self) -> Self:
        """Keep what has not been read."""
        return self.filter(read_at=None)

    def read(self, *, at: datetime) -> int:
        """Mark what is unread as read; returns how many."""
        return self.unread().update(read_at=at)


class Notice(models.Model):
    """Something a member is told. It names what it is about; the words are found when they read it.

    So nothing about others is copied, and what they may no longer see it does not show. Only a letter
    from the desk carries ``words`` of its own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="notices")
    topic = models.CharField(_("topic"), max_length=10, choices=Topic.choices)
    about = models.CharField(max_length=10, blank=True)  # "report": read by the template tag of the app that has it
    about_id = models.UUIDField(null=True)
    words = models.TextField(_("words"), max_length=2000, blank=True)
    in_app = models.BooleanField(default=True)
    in_digest = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)
    read_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-created_at",)
        constraints = [
            models.CheckConstraint(
                name="notice_has_words_if_it_is_a_letter",
                condition=Q(Q(topic="desk", about="", about_id=None), ~Q(words=""))
                | Q(~Q(topic="desk"), Q(words="", about_id__isnull=False), ~Q(about="")),
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-created_at"], name="notice_by_member"),
            models.Index(fields=["member"], name="notice_unread", condition=Q(read_at=None, in_app=True)),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"


class Weekly(models.Model):
    """Which events a member wants in their weekly letter. They said it for this alone; no profile is read for it."""

    member = models.OneToOneField(Member, on_delete=models.CASCADE, primary_key=True, related_name="weekly")
    languages = ArrayField(models.CharField(max_length=12), verbose_name=_("languages"), default=list)
    regions = ArrayField(models.CharField(max_length=50), verbose_name=_("heritage regions"), default=list)
    boroughs = ArrayField(models.CharField(max_length=40), verbose_name=_("boroughs"), default=list)

    class Meta:
        verbose_name = _("choice of events")
        verbose_name_plural = _("choices of events")

    def __str__(self) -> str:
        return f"weekly {self.pk}"


class WeeklyLetter(models.Model):
    """That a member's letter of one week was written: a row of the letter's own transaction, so there is no second."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    week = models.DateField(_("week"))  # its Monday
    written_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("weekly letter")
        verbose_name_plural = _("weekly letters")
        constraints = [models.UniqueConstraint("member", "week", name="weekly_letter_is_one_for_each_week")]

    def __str__(self) -> str:
        return f"letter of {self.week}"
