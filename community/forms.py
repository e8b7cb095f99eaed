"""Parts of the desk's forms: points without a map, addresses that find one."""

from __future__ import annotations

import math
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.utils.translation import gettext_lazy as _

from community.mailboxes import mailbox_of
from community.models import Borough, Member
from community.resolve import POSTCODE, resolve


class PointField(forms.Field):
    """A point written as maps copy it: latitude, longitude. A map to click on would load from elsewhere."""

    default_error_messages = {"invalid": _("Write latitude and longitude, like 51.4723, -0.1229.")}

    def prepare_value(self, value: Point | str | None) -> str:
        return f"{value.y:.6f}, {value.x:.6f}" if isinstance(value, Point) else value or ""

    def to_python(self, value: Any) -> Point | None:
        if isinstance(value, Point):
            return value
        text = str(value or "").strip()
        if not text:
            return None
        try:
            latitude, longitude = map(float, text.split(","))
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        if not (math.isfinite(latitude * longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return Point(longitude, latitude, srid=4326)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial) != (data or "").strip()


class PlacedForm(forms.ModelForm):
    """Something at an address: what is left empty is found by its postcode, and its slug made of its name."""

    location = PointField(
        required=False,
        label=_("Point on the map"),
        help_text=_("Latitude, longitude. Leave it empty to take it from the postcode."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False

    def clean_postcode(self) -> str:
        compact = "".join(self.cleaned_data["postcode"].split()).upper()
        match = POSTCODE.fullmatch(compact)
        if compact and not match:
            raise ValidationError(_("This is not a whole postcode, like SW8 1UQ."))
        return f"{match['outward']} {match['inward']}" if match else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        postcode = data.get("postcode")
        is_moved = "postcode" in self.changed_data and "location" not in self.changed_data
        if postcode and (is_moved or not data.get("location") or not data.get("borough")):
            self._find(postcode, data, is_moved=is_moved)
        return data

    def _find(self, postcode: str, data: dict[str, Any], *, is_moved: bool) -> None:
        found = resolve(postcode)
        if found is None:
            if not data.get("location"):
                self.add_error("postcode", _("We do not know this postcode. Write the point on the map yourself."))
            return
        if is_moved or not data.get("location"):
            data["location"] = found.location
        if found.borough and (not data.get("borough") or (is_moved and "borough" not in self.changed_data)):
            data["borough"] = Borough.objects.filter(name=found.borough).first()


class ErasureForm(forms.Form):
    """Whoever types their own address does not erase themselves by a slip."""

    address = forms.EmailField(
        label=_("Type your e-mail address, so that nothing is erased by a slip"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        if mailbox_of(address) != mailbox_of(self.email):
            raise ValidationError(_("This is not the address of this account."))
        return address


class CorrectionForm(forms.Form):
    """What a member cannot correct by themselves, in their words."""

    about = forms.ChoiceField(
        label=_("What is it about?"),
        choices=[
            ("badge", _("my badge, or how it was decided")),
            ("listing", _("a listed business")),
            ("event", _("an event")),
            ("others", _("what others wrote about me")),
            ("other", _("something else")),
        ],
    )
    message = forms.CharField(
        label=_("What is wrong, and what would be right?"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )

    def send(self, *, by: Member) -> None:
        """Write to the desk; its answer goes to the member."""
        subject = f"LusoTown: correction ({self.cleaned_data['about']})"
        body = f"{by.email} ({by.pk})\n\n{self.cleaned_data['message']}\n"
        EmailMessage(subject, body, to=[settings.DESK_EMAIL], reply_to=[by.email]).send()
