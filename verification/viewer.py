"""Opening a document at the desk: written down first, then its pages as pictures that say who looks, and when.

The clear pages are in this process's memory for as long as it takes to send one, and nowhere else.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from community.models import Member
from community.pictures import WIDTHS, name_at
from verification import cases, sealing
from verification.models import Case, Evidence, Opening
from verification.watermark import watermarked

FRESH = 5 * 60  # seconds since the second step was last shown
TURNS = (0, 90, 180, 270)
ZOOMS = (1, 2, 3)
NAME = 24  # letters of it on a page: the shorter the words, the smaller the piece that has them whole

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
        answer = HttpResponse(watermarked(jpeg, _when_and_who(request.user)), content_type="image/jpeg")
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


def _when_and_who(moderator: Member) -> str:
    """When, the beginning of the member's id, which nobody chooses, and the beginning of their name, which they do."""
    profile = getattr(moderator, "profile", None)
    name = " ".join(profile.display_name.split())[:NAME] if profile else ""
    return f"{date_format(localtime(now()), 'Y-m-d H:i')} {moderator.pk.hex[:8]} {name}".rstrip()


def _one_of(value: str | None, among: tuple[int, ...]) -> int:
    return int(value) if value and value.isdecimal() and int(value) in among else among[0]


class Looks(NamedTuple):
    """What a moderator has seen of a case's documents. The database asks the same of their vote (0078)."""

    at: dict[UUID, datetime]  # when they last opened each
    unopened: list[Evidence]  # that stand
    asks_for_one: bool  # where a badge is asked back, what gave it may be gone

    @property
    def bar(self) -> str:
        """The rule by which they may not approve it yet, if there is one."""
        if self.unopened:
            return "documents_not_opened"
        return "no_document_to_approve" if self.asks_for_one and not self.at else ""

    def following(self, opened: dict[str, Any] | None, among: list[Evidence]) -> Evidence | None:
        """Which document is opened by its key: one they have not seen, else another than the one that lies open."""
        lies_open = opened and opened["evidence"].pk
        others = [paper for paper in among if paper.destroyed_at is None and paper.pk != lies_open]
        return next(iter(self.unopened or others), None)


def looks_at(evidence: list[Evidence], *, by: Member, of: Case | None = None) -> Looks:
    """What someone has seen of these documents; of a case's, whether one has to be there."""
    openings = Opening.objects.filter(evidence__in=evidence, by=by).order_by("at")
    at = dict(openings.values_list("evidence", "at"))
    unopened = [paper for paper in evidence if paper.destroyed_at is None and paper.pk not in at]
    return Looks(at, unopened, asks_for_one=not (of and of.appeal_of and of.appeal_of.was_taken_back))


def portrait(name: str) -> HttpResponse:
    """A member's picture by the name in its row, in its smallest size."""
    storage = default_storage
    smaller = name_at(name, WIDTHS[0])
    try:
        with storage.open(smaller if storage.exists(smaller) else name) as file:
            answer = HttpResponse(file.read(), content_type="image/webp")
    except FileNotFoundError as error:
        raise Http404 from error
    answer["Cache-Control"] = "no-store"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


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
