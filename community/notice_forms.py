"""Which things a member wants to be told, by which ways, and which events belong in their weekly letter."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.models import OFFERED, Borough, Channel, Language, Member, NoticeChoice, Region, Topic, Weekly

WEEK_PARTS = ("languages", "regions", "boroughs")


class NoticesForm(forms.Form):
    """Ticks for each topic; below, what the weekly letter is about. Nothing ticked there means the whole town."""

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        for topic, channels in OFFERED.items():
            self.fields[topic] = forms.MultipleChoiceField(
                label=Topic(topic).label,
                choices=[(channel.value, channel.label) for channel in channels],
                initial=sorted(NoticeChoice.objects.channels(member, topic)),
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        taste = Weekly.objects.filter(member=member).first() or Weekly()
        for part, label, choices in (
            ("languages", _("Only events in these languages"), [(row.tag, str(row)) for row in Language.objects.all()]),
            ("regions", _("Only events with roots here"), [(r.slug, str(r)) for r in Region.objects.countries()]),
            ("boroughs", _("Only events in these boroughs"), Borough.objects.values_list("slug", "name")),
        ):
            self.fields[part] = forms.MultipleChoiceField(
                label=label,
                choices=list(choices),
                initial=getattr(taste, part),
                required=False,
                widget=forms.SelectMultiple if part == "boroughs" else forms.CheckboxSelectMultiple,
            )
        self.fields["languages"].help_text = _("None chosen: in any language.")
        self.fields["regions"].help_text = _("This is kept for the weekly letter alone, and shown to nobody.")

    @property
    def topics(self) -> list[forms.BoundField]:
        """What there is to be told, each with its ways."""
        return [self[topic] for topic in OFFERED]

    @property
    def parts(self) -> list[forms.BoundField]:
        """What the weekly letter is about."""
        return [self[part] for part in WEEK_PARTS]

    def save(self) -> None:
        """Record every choice."""
        for topic in OFFERED:
            NoticeChoice.objects.choose(self.member, topic, frozenset(self.cleaned_data[topic]))
        if Channel.DIGEST in self.cleaned_data[Topic.WEEK]:
            chosen = {part: self.cleaned_data[part] for part in WEEK_PARTS}
            Weekly.objects.update_or_create(member=self.member, defaults=chosen)
        else:
            Weekly.objects.filter(member=self.member).delete()  # what it was said for has ended
