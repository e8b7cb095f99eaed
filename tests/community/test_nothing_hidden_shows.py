"""Two towns that differ only in what is hidden from a reader are the same to that reader, to the byte."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.test import Client
from django.utils.timezone import now

from community.identity import acting_as
from community.models import Member, Profile
from tests.browsing import address
from tests.community.test_people_security import change
from tests.databases import as_role
from tests.factories import BlockFactory, EventFactory, MemberFactory, fill_profile

pytestmark = pytest.mark.django_db

KINDS = ("stranger", "member", "verified")
SEES = {"stranger": "public", "member": "community", "verified": "verified"}
WIDER = {"public": ("community", "verified", "private"), "community": ("verified", "private"), "verified": ("private",)}
NOBODY = UUID("00000000-0000-4000-8000-00000000dead")
QUESTIONS = ("", "?q=ana", "?q=fado", "?q=segredo", "?q=broas", "?interest=fado", "?region=minho", "?region=portugal",
             "?language=pt", "?borough=lambeth", "?verified=true", "?q=minho")  # fmt: skip


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.API_LIMITS = {"anonymous": (100_000, 1), "member": (100_000, 1)}


def come_as(member: Member | None) -> Client:
    client = Client()
    if member:
        with as_role("owner"):
            client.force_login(member)
    return client


def look(reader: Member | None, paths: list[str]) -> dict[str, tuple[int, str]]:
    """Everything a reader gets at these addresses, without what differs from one moment to the next."""
    client = come_as(reader)
    told = {}
    for path in paths:
        with acting_as(reader):  # one transaction holds the whole test, so a stranger would inherit an identity
            answer = client.get(path)
        text = answer.content.decode()
        for changing in (r'name="csrfmiddlewaretoken" value="[^"]+"', r'"timestamp": ?"[^"]+"', r"cursor=[\w:.-]+"):
            text = re.sub(changing, "", text)
        told[path] = (answer.status_code, text)
    return told


def addresses(ana: Member, ghost: UUID, slug: str, event: UUID) -> list[str]:
    """Pages and answers in which a member could show, of someone seen and of someone hidden."""
    paths = [f"/api/v1/events/?lang=en&q={word}" for word in ("noite", "ana", "segredo")]
    paths += [f"/api/v1/events/{event}/", f"/api/v1/events/?organizer={ana.pk}", f"/api/v1/events/?organizer={ghost}"]
    for language in ("pt", "en"):
        paths += [address("members:list", language) + query for query in QUESTIONS]
        paths += [address("members:detail", language, pk=str(pk)) for pk in (ana.pk, ghost)]
        paths += [address("members:block", language, pk=str(ghost)), address("events:detail", language, slug=slug)]
        paths += [address("search", language) + "?q=segredo", address("events:list", language), f"/{language}/"]
    return [*paths, f"/api/v1/members/{ana.pk}/", f"/api/v1/members/{ghost}/"]


@pytest.mark.parametrize("kind", KINDS)
def test_rows_hidden_from_a_reader_change_nothing_they_get(kind: str):
    reader = None if kind == "stranger" else MemberFactory(profile__display_name="Leitora")
    if reader and kind == "verified":
        change(reader.profile, heritage_verified_at=now())
    ana = MemberFactory(profile__visibility="public", profile__display_name="Ana")
    event = EventFactory(organizer=ana)
    for n in range(26):  # the page of the directory is full: who is hidden must not push anybody off it
        MemberFactory(profile__visibility="public", profile__display_name=f"Bia {n:02}")
    paths = addresses(ana, NOBODY, event.slug, event.pk)
    before = look(reader, paths)

    # Now everything that this reader may not see: each section of hers for narrower audiences …
    hidden = WIDER[SEES[kind]]
    sections = ("portrait", "bio", "heritage", "interests", "culture", "arrival", "homearea", "languages")
    fill_profile(ana, "private", **{name: hidden[n % len(hidden)] for n, name in enumerate(sections)})
    # … members whom they may not know of, with everything said to everyone …
    for n, visibility in enumerate((*hidden, "private")):
        ghost = Member(pk=NOBODY) if n == 0 else Member()
        ghost.email = f"segredo{n}@example.org"
        with as_role("owner"):
            ghost.save()
            ghost.profile = Profile.objects.create(
                member=ghost, display_name="Ana Segredo", visibility=visibility, heritage_verified_at=now()
            )
        fill_profile(ghost, "public")
    # … and members who are withdrawn, or who blocked the reader, or whom the reader blocked.
    for block in ({"withdrawn_at": now()}, {}, {}):
        other = MemberFactory(profile__visibility="public", profile__display_name="Ana Segredo")
        fill_profile(other, "public")
        if block or not reader:
            change(other.profile, withdrawn_at=now())
        else:
            BlockFactory(blocker=other, blocked=reader)

    after = look(reader, paths)

    assert [path for path in paths if before[path] != after[path]] == []
    assert before[address("members:detail", "pt", pk=str(ana.pk))][0] == 200
    assert before[f"/api/v1/members/{NOBODY}/"][0] == 404


def test_the_comparison_would_notice():
    """It is not that everything always looks the same: what is shown does change what the reader gets."""
    ana = MemberFactory(profile__visibility="public", profile__display_name="Ana")
    event = EventFactory(organizer=ana)
    paths = addresses(ana, NOBODY, event.slug, event.pk)
    before = look(None, paths)
    fill_profile(ana, "public")
    after = look(None, paths)

    changed = [path for path in paths if before[path] != after[path]]
    found = [query for query in QUESTIONS if address("members:list", "pt") + query in changed]
    assert found == [query for query in QUESTIONS if query not in {"?q=segredo", "?verified=true"}]
    assert address("members:detail", "en", pk=str(ana.pk)) in changed
    assert f"/api/v1/members/{ana.pk}/" in changed
