"""Two towns that differ only in what is hidden from a reader are the same to that reader, to the byte.

Every address of ``tests/config/access.txt`` that can be asked with GET is asked in both towns: status, headers and
all that is said. Only what is chance or counted differs from one moment to the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from django.utils import translation
from django.utils.timezone import now

from businesses.models import Business
from community.models import (
    Consent,
    Export,
    Heritage,
    Interests,
    Letter,
    MatchingChoice,
    Member,
    Notice,
    NoticeChoice,
    Portrait,
    Profile,
    Region,
    Token,
    Topic,
    Weekly,
    WeeklyLetter,
)
from community.stops import seal
from community.templatetags.asking import forget_options
from events.actions import write_weekly_letters
from events.models import Event
from tests.community.test_people_security import change
from tests.config.test_access import _walk, matrix, session_of
from tests.databases import as_role
from tests.factories import (
    BlockFactory,
    BusinessFactory,
    CaseFactory,
    EventFactory,
    EvidenceFactory,
    ListingRequestFactory,
    MemberFactory,
    ReportFactory,
    fill_profile,
)
from verification.models import Case, Opening

pytestmark = pytest.mark.django_db

# Each kind of reader reads one of the languages: the views are the same, and every address is asked in both.
KINDS = {"stranger": "en", "member": "pt", "verified": "en", "blocked": "pt", "token": "en"}
SEES = {"stranger": "public", "verified": "verified"}  # others see what is for the community
WIDER = {"public": ("community", "verified", "private"), "community": ("verified", "private"), "verified": ("private",)}
NOBODY = UUID("00000000-0000-4000-8000-00000000dead")  # there is no such member, event or notice, or a hidden one
HIDDEN_ROW = 1_000_007
ACTON = Point(-0.268, 51.509, srid=4326)  # of two events at one spot, either may be called the nearest
# What is asked for at an address, beside the address alone.
WISHES = ("q=ana", "q=fado", "q=segredo", "q=segrdo", "q=broas")
ASKED = {
    "members/": (*WISHES, "q=minho", "interest=fado", "region=minho", "region=portugal", "language=pt",
                 "borough=lambeth", "verified=true"),
    "events/": (*WISHES, f"organizer={NOBODY}", "category=fado", "near=SW8", "region=minho", "language=pt",
                "free=true", "past=true"),
    "businesses/": (*WISHES, "near=SW8", "language=pt"),
    "events/calendar/": ("q=segredo", "category=fado"),
    "events/pins.json": ("q=segredo",),
    "events/feed.atom": ("q=segredo", "category=fado"),
    "events/calendar.ics": ("q=segredo", f"organizer={NOBODY}"),
    "search/": WISHES,
    "places/": ("near=SW8", "q=stock"),
    "account/profile/as-others-see-it/": ("as=public", "as=community", "as=verified"),
}  # fmt: skip
COUNTS = {"metrics"}  # how often the site was asked; for its operator's own network
CHANCE = (
    r'name="csrfmiddlewaretoken" value="[^"]+"',
    r'"timestamp": ?"[^"]+"',
    r"cursor=[\w:.-]+",
    r'"challenge": ?"[^"]+"',
)
COUNTED = {"RateLimit", "Set-Cookie"}  # how many requests are left; the token against forged requests


class Reader(NamedTuple):
    """Whoever looks: a browser with a session, a program with a token, or a stranger."""

    member: Member | None = None
    session: str = ""
    token: str = ""

    def get(self, path: str) -> tuple[int, dict[str, str], str]:
        """What they get there, without what is chance; what the look itself wrote is undone."""
        client = Client(headers={"Authorization": f"Bearer {self.token}"} if self.token else {})
        if self.session:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.session
        with transaction.atomic():
            answer = client.get(path)
            text = b"".join(answer).decode("latin-1")
            transaction.set_rollback(True)
        for chance in CHANCE:
            text = re.sub(chance, "", text)
        return answer.status_code, {name: value for name, value in answer.items() if name not in COUNTED}, text


@pytest.fixture(autouse=True)
def _as_it_stands(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No limits, no chance, and a clock that stands still."""
    settings.API_LIMITS = dict.fromkeys(settings.API_LIMITS, (1_000_000, 1))
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.generate_totp_secret", lambda length=20: "JBSWY3DPEHPK3PXP")
    with time_machine.travel(now(), tick=False):
        yield


# Readers and where they look ------------------------------------------------------------------------


def reader_of(kind: str) -> Reader:
    """A reader with something in every table of theirs, so that every page of theirs has something to say."""
    if kind == "stranger":
        return Reader()
    member = MemberFactory(email="leitora@example.org", profile__display_name="Leitora", profile__visibility="public")
    fill_profile(member, "community")
    change(member.profile, heritage_verified_at=now() if kind == "verified" else None)
    with as_role("owner"):
        MatchingChoice.objects.create(member=member).opt_in(at=now())
        EmailAddress.objects.create(user=member, email=member.email, verified=True, primary=True)
        for topic in Topic.values:
            NoticeChoice.objects.create(member=member, topic=topic, channels=["site", "digest"])
        told = {"member": member, "in_digest": True}
        report = ReportFactory(reporter=member, about="member", about_id=NOBODY, outcome="left", closed_at=now())
        Notice.objects.create(topic=Topic.REPORTS, about="report", about_id=report.pk, **told)
        Notice.objects.create(topic=Topic.LISTINGS, about="listing", about_id=NOBODY, **told)
        Notice.objects.create(topic=Topic.DESK, words="Bom dia.", **told)
        everything = ["profile:read", "profile:write", "events:write", "verification:read"]
        _token, secret = Token.objects.issue(member, name="Script", scopes=everything, days=9, at=now())
    ended = {"status": "rejected", "reason": "other", "sentence": "Não se lê.", "decided_at": now()}
    EvidenceFactory(case=CaseFactory(member=member, route="document", waiting_since=None, **ended))
    CaseFactory(member=member, waiting_since=None)
    if kind == "token":
        return Reader(member, token=secret)
    return Reader(member, session=session_of(member))


def addresses(reader: Reader, language: str, ana: Member, event: Event) -> list[str]:
    """All that can be asked with GET, about what is seen and about what is hidden, in one language."""
    asked = {address for address, method in matrix() if method == "GET"} - COUNTS
    with as_role("owner"):
        cases = (NOBODY, *Case.objects.filter(member=reader.member or NOBODY).values_list("pk", flat=True))
    meant: dict[str, dict[str, tuple[Any, ...]]] = {
        "api/v1/events/": {"pk": (event.pk, NOBODY)},
        "api/v1/businesses/": {"pk": (event.business_id,)},
        "api/v1/members/": {"pk": (ana.pk, NOBODY)},
        "api/v1/": {"rest": ("nothing/",)},
        "account/": {"pk": (HIDDEN_ROW,)},
        "account/verification/": {"pk": cases, "attempt": (NOBODY,), "paper": (NOBODY,)},
        "api/v1/verification/": {"pk": cases, "attempt": (NOBODY,), "document": (NOBODY,)},
        "account/notices/": {"token": (seal(NOBODY, Topic.DESK),)},
        "account/with/": {"provider": ("google",)},
        "report/event/": {"pk": (event.pk, NOBODY)},
        "report/business/": {"pk": (event.business_id,)},
        "report/member/": {"pk": (ana.pk, NOBODY)},
        "events/": {"slug": (event.slug, "segredo")},
        "businesses/": {"slug": ("casa",), "paper": (NOBODY,)},
        "members/": {"pk": (ana.pk, NOBODY)},
        "places/": {"slug": ("stockwell",)},
        "sitemap": {"section": ("pages", "events", "businesses", "places")},
        "tiles/": {"family": ("azulejo",), "seed": ("fado",)},
        "media/": {"name": ("shown.webp", "segredo.webp"), "folder": ("pictures", "portraits")},
    }
    paths = []
    for english, ours in zip(written("en"), written(language), strict=True):
        plain = english.removeprefix("en/")
        if english not in asked or (reader.token and not english.startswith("api/")):
            continue
        known = [meant[start] for start in sorted(meant, key=len) if plain.startswith(start)]
        parts = re.findall(r"<(?:\w+:)?(\w+)>", english)
        for values in product(*({k: v for each in known for k, v in each.items()}[part] for part in parts)):
            path = "/" + fill(ours, dict(zip(parts, values, strict=True)))
            paths += [path, *(f"{path}?{query}" for query in ASKED.get(plain.removeprefix("api/v1/"), ()))]
    return paths


def written(language: str) -> list[str]:
    """Every address of the site as it is written in a language, always in the same order."""
    with translation.override(language):
        return list(_walk(get_resolver("config.site_urls")))


def fill(address: str, parts: dict[str, Any]) -> str:
    """An address with what is meant in place of ``<uuid:pk>`` or ``(?P<name>…)``."""
    for name, value in parts.items():
        address = re.sub(rf"\(\?P<{name}>[^)]*\)|<(?:\w+:)?{name}>", str(value), address)
    return address.replace("\\", "")


def look(reader: Reader, paths: list[str]) -> dict[str, Any]:
    """Everything a reader gets at these addresses, and their weekly letter; nothing comes out of a cache."""
    cache.delete_pattern("*")
    forget_options()
    return {path: reader.get(path) for path in paths} | {"letter": weekly_letter(reader)}


def weekly_letter(reader: Reader) -> str:
    """What the worker would write to them this week."""
    if not reader.member:
        return ""
    with transaction.atomic():
        with as_role("worker"):
            write_weekly_letters(at=now())
        with as_role("owner"):
            letter = Letter.objects.get(to=reader.member.email)
        transaction.set_rollback(True)
    return re.sub(r"/(parar|stop)/[^/]+/", "", f"{letter.subject}\n{letter.text}\n{letter.html}")


# What is in the town, and what is hidden in it ------------------------------------------------------


class Town(NamedTuple):
    """What a reader does see, or could if it were not hidden."""

    ana: Member  # announced an event; "blocked" is whom she put out of her sight
    ceu: Member  # is matched with readers who are members
    ines: Member  # has blocked the reader
    rui: Member  # is blocked by the reader
    event: Event
    orphan: Event  # announced by nobody whom the reader could see


def build(reader: Reader, kind: str, files: Path) -> Town:
    """A town before anything is hidden in it."""
    ana, ceu, ines, rui = (
        MemberFactory(profile__visibility="public", profile__display_name=name)
        for name in ("Ana", "Céu", "Inês", "Rui")
    )
    with as_role("owner"):
        for each in (ana, ceu):
            MatchingChoice.objects.create(member=each).opt_in(at=now())
        Interests.objects.create(profile=ceu.profile, chosen=["fado"], visibility="public")
    if reader.member:
        BlockFactory(blocker=ines, blocked=reader.member)
        BlockFactory(blocker=reader.member, blocked=rui, name="Rui")
    if kind == "blocked":
        BlockFactory(blocker=ana, blocked=reader.member)
    for n in range(26):  # the page of the directory is full: who is hidden must not push anybody off it
        MemberFactory(profile__visibility="public", profile__display_name=f"Bia {n:02}")
    (files / "pictures").mkdir()
    (files / "portraits").mkdir()
    for folder, name in (("pictures", "shown"), ("pictures", "segredo"), ("portraits", "segredo")):
        (files / folder / f"{name}.webp").write_bytes(b"a picture")
    event = EventFactory(organizer=ana, business=BusinessFactory(slug="casa"))
    with as_role("owner"):
        Event.objects.filter(pk=event.pk).update(**picture("shown"))
    return Town(ana, ceu, ines, rui, event, EventFactory(organizer=None, location=ACTON))


def picture(name: str) -> dict[str, Any]:
    facts = {"picture_width": 9, "picture_height": 9, "picture_alt_pt": "Um palco", "picture_alt_en": "A stage"}
    return {"picture": f"pictures/{name}.webp"} | facts


def hide(town: Town, reader: Reader, kind: str) -> None:
    """Add everything that this reader may not see."""
    hidden = ("public", "community", "private") if kind == "blocked" else WIDER[SEES.get(kind, "community")]
    # Of someone whom they see, each section for others …
    sections = ("portrait", "bio", "heritage", "interests", "culture", "arrival", "homearea", "languages")
    fill_profile(town.ana, "private", **{name: hidden[n % len(hidden)] for n, name in enumerate(sections)})
    with as_role("owner"):
        # … and what would raise a match, if they saw it.
        Consent.objects.create(member=town.ceu, purpose=Consent.Purpose.HERITAGE, version="1")
        beyond = WIDER[SEES.get(kind, "community")][-1]
        Heritage.objects.create(profile=town.ceu.profile, regions=["minho"], visibility=beyond)
    # Members whom they may not know of, with everything said to everyone …
    ghosts = [ghost(visibility, n) for n, visibility in enumerate((*WIDER[SEES.get(kind, "community")], "private"))]
    change((withdrawn := ghost("public", 7)).profile, withdrawn_at=now())
    ghosts.append(withdrawn)
    # … and members who have blocked the reader, or whom the reader has blocked.
    parted = []
    if reader.member:
        BlockFactory(blocker=(late := ghost("public", 8)), blocked=reader.member, name="Leitora")
        fill_profile(town.ines, "public")
        fill_profile(town.rui, "public")
        parted = [late, town.ines, town.rui]
    # What they keep, and announce to members …
    for n, each in enumerate((*ghosts, *parted)):
        keep(each, town, n)
        if each in parted or not reader.member:
            announce(each, n, visibility="community", status="published")
    # … what others have not announced, or to nobody …
    announce(town.ana, 90, pk=NOBODY, slug="segredo", status="draft", **picture("segredo"))
    announce(town.ana, 91, visibility="private", status="published")
    announce(None, 92, visibility="private", status="published")
    with as_role("owner"):
        Event.objects.filter(pk=town.orphan.pk).update(organizer=ghosts[0])
    # … and what the desk knows of those whom they see, and of themselves.
    for about, subject in (("member", town.ana), ("event", town.event), ("business", town.event.business)):
        ReportFactory(about=about, about_id=subject.pk, about_name="Segredo", reporter=ghosts[0])
    if reader.member:
        ReportFactory(about="member", about_id=reader.member.pk, about_name="Leitora", reporter=ghosts[0])


def ghost(visibility: str, n: int) -> Member:
    """A member called Ana, too, who says everything to whoever may see them."""
    member = Member(pk=NOBODY) if n == 0 else Member()
    member.email, member.language = f"segredo{n}@example.org", "pt"
    with as_role("owner"):
        member.save()
        facts = {"display_name": f"Ana Segredo {n}", "visibility": visibility, "heritage_verified_at": now()}
        member.profile = Profile.objects.create(member=member, **facts)
    fill_profile(member, "public")
    with as_role("owner"):
        Portrait.objects.filter(pk=member.pk).update(picture="portraits/segredo.webp")
    return member


def announce(organizer: Member | None, n: int, **facts: Any) -> None:
    """An event that would be found by every wish, at the place that everybody knows."""
    words = {"title_pt": f"Segredo {n}", "title_en": f"Segredo {n}", "description_pt": "Broas e fado com a Ana."}
    event = EventFactory(organizer=organizer, business=Business.objects.get(slug="casa"), **words | facts)
    with as_role("owner"):
        event.regions.set(Region.objects.filter(slug="minho"))


def keep(member: Member, town: Town, n: int) -> None:
    """A row in every table of which nobody else sees any."""
    with as_role("owner"):
        MatchingChoice.objects.create(member=member).opt_in(at=now())
        EmailAddress.objects.create(user=member, email=member.email, verified=True, primary=True)
        Authenticator.objects.create(pk=HIDDEN_ROW + n, user=member, type="webauthn", data={"name": "Segredo"})
        Token.objects.issue(member, name="Segredo", scopes=["profile:read"], days=9, at=now())
        Notice.objects.create(pk=NOBODY if n == 0 else uuid4(), member=member, topic=Topic.DESK, words="Segredo")
        NoticeChoice.objects.create(member=member, topic=Topic.WEEK, channels=["digest"])
        Weekly.objects.create(member=member, languages=["pt-PT"], regions=["minho"])
        WeeklyLetter.objects.create(member=member, week=date(2026, 1, 5), written_at=now())
        Export.objects.create(member=member)
        Letter.objects.create(to=member.email, subject="Segredo", text="Segredo", language="pt")
        asked = ListingRequestFactory(pk=NOBODY if n == 0 else uuid4(), business=town.event.business, member=member)
        asked.message = "Segredo"
        asked.save()
    case = CaseFactory(pk=NOBODY if n == 0 else uuid4(), member=member, route="document", note="Segredo")
    with as_role("owner"):
        Opening.objects.create(evidence=EvidenceFactory(case=case), by=town.ana, at=now(), written_in=1)
    session_of(member)


# What must hold -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_rows_hidden_from_a_reader_change_nothing_they_get(kind: str, tmp_path: Path):
    reader = reader_of(kind)
    town = build(reader, kind, tmp_path)
    paths = addresses(reader, KINDS[kind], town.ana, town.event)
    before = look(reader, paths)

    hide(town, reader, kind)
    after = look(reader, paths)

    assert {path: parting(before[path], after[path]) for path in before if before[path] != after[path]} == {}
    assert before[f"/api/v1/members/{town.ana.pk}/"][0] == (404 if kind == "blocked" else 200)
    assert before[f"/api/v1/members/{NOBODY}/"][0] == 404


def parting(before: Any, after: Any) -> tuple[str, str]:
    """Where two answers part, in few words."""
    one, other = str(before), str(after)
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[max(0, at - 60) : at + 60], other[max(0, at - 60) : at + 60]


def test_the_comparison_would_notice(tmp_path: Path):
    """It is not that everything always looks the same: what is shown does change what a reader gets."""
    reader = reader_of("member")
    town = build(reader, "member", tmp_path)
    shown = [f"/en/members/{town.ana.pk}/", "/en/members/?q=fado", "/en/members/matches/", "/en/"]
    paths = [*shown, f"/api/v1/members/{town.ana.pk}/", "/en/members/?q=segredo"]
    before = look(reader, paths)
    fill_profile(town.ana, "public")
    announce(town.ana, 1, visibility="community", status="published")
    after = look(reader, paths)

    assert [path for path in paths if before[path] == after[path]] == ["/en/members/?q=segredo"]


def test_every_address_is_asked(tmp_path: Path):
    """A page that is added is in the sweep, without a word here."""
    reader = reader_of("member")
    town = build(reader, "member", tmp_path)
    asked = len({path.partition("?")[0] for path in addresses(reader, "en", town.ana, town.event)})

    assert asked > len({address for address, method in matrix() if method == "GET"})
