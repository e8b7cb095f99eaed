"""Opening a document at the desk: written down first, then its pages as pictures that say who looks, and when.

The clear pages are in this process's memory for as long as it takes to send one, and nowhere else.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from community.models import Member
from verification import cases, sealing
from verification.models import Case, Evidence, Opening
from verification.watermark import watermarked

FRESH = 5 * 60  # seconds since the second step was last shown
TURNS = (0, 90, 180, 270)
ZOOMS = (1, 2, 3)

TROUBLES: dict[type[Exception], Any] = {
    sealing.KeyMissing: _("The desk does not have the key that opens this document. Tell whoever runs the town."),
    sealing.WrongKey: _("The desk's key does not open this document. Tell whoever runs the town."),
    sealing.Tampered: _("This page is not as it was handed in. Do not decide on it, and tell an administrator."),
    FileNotFoundError: _("The pages of this document are not where they should be. Tell whoever runs the town."),
    cases.Refused: _(
        "This opening is over: it lasts a quarter of an hour, and as long as you hold the case or the claim."
    ),
}
CAUGHT = tuple(TROUBLES)


@require_safe
def page(request: HttpRequest, opening: UUID, number: int) -> HttpResponse:
    """One page of what was opened, as a picture. The opening stands committed, or there is no key."""
    assert isinstance(request.user, Member)  # noqa: S101 (for the type checker)
    try:
        jpeg = _clear_page(opening, number)
    except CAUGHT as error:
        answer = HttpResponse(str(trouble(error)), status=403 if isinstance(error, cases.Refused) else 409)
        answer["Content-Type"] = "text/plain; charset=utf-8"
    else:
        answer = HttpResponse(watermarked(jpeg, _who_and_when(request.user)), content_type="image/jpeg")
    answer["Cache-Control"] = "no-store"
    answer["Content-Disposition"] = "inline"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def trouble(error: Exception) -> Any:
    return next(words for kind, words in TROUBLES.items() if isinstance(error, kind))


def opened(request: HttpRequest, evidence: QuerySet[Evidence], *, here: str, picture: str) -> dict[str, Any] | None:
    """What a page says of the opening in its address: its document's pages and how they lie, or what is wrong.

    ``evidence`` are the documents that the page is about, ``here`` is its address, ``picture`` names that of a page.
    """
    try:
        key = UUID(request.GET.get("opening", ""))
    except ValueError:
        return None
    opening = (
        Opening.objects.filter(pk=key, by=request.user.pk, evidence__in=evidence.values("pk"))
        .select_related("evidence")
        .only("at", "evidence__kind", "evidence__pages")
        .first()
    )
    if opening is None:
        return None
    turn, zoom = (_one_of(request.GET.get(name), among) for name, among in (("turn", TURNS), ("zoom", ZOOMS)))
    return {
        "here": here,
        "picture": picture,
        "opening": opening,
        "evidence": opening.evidence,
        "trouble": _trouble_with(opening),
        "pages": range(1, opening.evidence.pages + 1),
        "turn": turn,
        "turned": (turn + 90) % 360,
        "zoom": zoom,
        "nearer": zoom + 1 if zoom < ZOOMS[-1] else None,
        "farther": zoom - 1 if zoom > ZOOMS[0] else None,
    }


def _trouble_with(opening: Opening) -> Any:
    """What a moderator has to be told instead of shown, if anything."""
    try:
        _clear_page(opening.pk, 1)
    except CAUGHT as error:
        return trouble(error)
    return None


def _clear_page(opening: UUID, number: int) -> bytes:
    evidence, sealed_key, key_id = cases.opened_key(opening)
    page = sealing.stored(evidence, number)
    return sealing.open_page(page, sealed_key=sealed_key, key_id=key_id, evidence=evidence, number=number)


def _who_and_when(moderator: Member) -> str:
    profile = getattr(moderator, "profile", None)
    name = profile.display_name if profile else moderator.email
    return f"{name} {date_format(localtime(now()), 'Y-m-d H:i')}"


def _one_of(value: str | None, among: tuple[int, ...]) -> int:
    return int(value) if value and value.isdecimal() and int(value) in among else among[0]


def same_files(evidence: list[Evidence], case: Case) -> list[Case]:
    """Other cases in which one of these files was handed in, the newest first."""
    prints = [each.fingerprint for each in evidence if each.fingerprint]
    if not prints:
        return []
    return list(
        Case.objects.filter(evidence__fingerprint__in=prints)
        .exclude(pk__in=[each for each in (case.pk, case.appeal_of_id) if each])
        .order_by("-number")
        .distinct()[:5]
    )
