"""Members as others meet them: a page, its picture, and nothing that was not meant for whoever looks."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from PIL import Image

from community.identity import acting_as
from community.models import Block, Member, Portrait
from tests.browsing import address
from tests.community.test_people_security import LET_INTO, READERS, change, reader_of
from tests.databases import as_role
from tests.factories import BlockFactory, EventFactory, MemberFactory, fill_profile

pytestmark = pytest.mark.django_db


def page_of(member: Member, language: str = "pt") -> str:
    return address("members:detail", language, pk=str(member.pk))


def come_as(client: Client, reader: Member | None) -> Client:
    if reader:
        with as_role("owner"):
            client.force_login(reader)
    return client


@pytest.mark.parametrize("kind", [kind for kind in READERS if kind not in {"inactive"}])
@pytest.mark.parametrize("visibility", ["public", "community", "verified", "private"])
def test_a_page_shows_what_its_member_lets_the_reader_see(client: Client, kind: str, visibility: str):
    owner = MemberFactory(profile__visibility=visibility, profile__display_name="Dona Amélia")
    fill_profile(owner, "private", bio="public", interests="community", languages="verified")
    reader = reader_of(kind, owner)

    answer = come_as(client, reader).get(page_of(owner))

    assert answer.status_code == (200 if visibility in LET_INTO[kind] else 404)
    text = answer.content.decode()
    shown = {
        name
        for name, words in {"bio": "Faço broas", "interests": ">Fado<", "languages": "Português (Portugal)"}.items()
        if words in text
    }
    chosen = {"bio": "public", "interests": "community", "languages": "verified"}
    expected = {name for name in chosen if chosen[name] in LET_INTO[kind]} if answer.status_code == 200 else set()
    assert shown == expected


@pytest.mark.parametrize(
    ("contact", "told"), [("open", {"plain", "verified"}), ("verified_only", {"verified"}), ("nobody", set())]
)
def test_a_page_says_to_whom_its_member_would_be_written_to_by_and_to_nobody_else(contact: str, told: set[str]):
    words = "Open to being written to"
    owner = MemberFactory(profile__visibility="public", profile__contact=contact)
    readers = {
        "stranger": None,
        "owner": owner,
        "plain": MemberFactory(),
        "verified": MemberFactory(profile__heritage_verified_at=now()),
    }

    pages = {kind: come_as(Client(), reader).get(page_of(owner, "en")) for kind, reader in readers.items()}
    own, preview = come_as(Client(), owner), "/en/account/profile/as-others-see-it/"
    audiences = {"stranger": "public", "plain": "community", "verified": "verified"}
    previews = {kind: own.get(preview, {"as": audience}) for kind, audience in audiences.items()}

    for shown in (pages, previews):
        assert {kind for kind, page in shown.items() if words in page.content.decode()} == told


def test_what_may_not_be_seen_and_what_does_not_exist_are_the_same_page(client: Client):
    hidden, reader = MemberFactory(), MemberFactory()
    blocked = MemberFactory(profile__visibility="public")
    BlockFactory(blocker=blocked, blocked=reader)
    come_as(client, reader)

    answers = []
    for pk in (hidden.pk, blocked.pk, "00000000-0000-4000-8000-000000000000"):
        answer = client.get(address("members:detail", "en", pk=str(pk)))
        assert answer.status_code == 404
        answers.append(answer.content.decode().replace(str(pk), "?"))

    assert answers[0] == answers[1] == answers[2]


def test_the_sections_of_a_page_are_read_in_one_question(client: Client):
    owner = MemberFactory(profile__visibility="public")
    fill_profile(owner, "public")

    with CaptureQueriesContext(connection) as queries:
        assert client.get(page_of(owner)).status_code == 200

    asked = [query["sql"] for query in queries]
    assert len([sql for sql in asked if "community_profile" in sql]) == 1
    # And one for each vocabulary its words are of.
    assert len(asked) == 4


def test_a_strangers_view_sets_no_cookie_and_is_kept_out_of_search_engines(client: Client):
    owner = MemberFactory(profile__visibility="public")

    answer = client.get(page_of(owner))

    assert answer.cookies == {}
    assert '<meta name="robots" content="noindex, nofollow">' in answer.content.decode()


def test_a_member_is_never_asked_to_block_themselves(client: Client):
    owner = MemberFactory(profile__visibility="public")
    block = address("members:block", "pt", pk=str(owner.pk))

    assert block not in come_as(client, owner).get(page_of(owner)).content.decode()
    assert block in come_as(Client(), MemberFactory()).get(page_of(owner)).content.decode()


def test_the_organiser_of_an_event_leads_to_their_page_where_it_can_be_seen(client: Client):
    shown, hidden = MemberFactory(profile__visibility="public"), MemberFactory()
    for organizer, leads in ((shown, True), (hidden, False)):
        event = EventFactory(organizer=organizer)
        assert (
            page_of(organizer) in client.get(address("events:detail", "pt", slug=event.slug)).content.decode()
        ) is leads


class TestPortraits:
    @pytest.fixture(autouse=True)
    def _media(self, settings, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = str(tmp_path)

    def portrait_of(self, owner: Member, visibility: str) -> list[str]:
        """Give a member a picture; the addresses of its sizes."""
        file = io.BytesIO()
        Image.new("RGB", (1000, 800), "#3f6cc4").save(file, "PNG")
        with as_role("owner"):
            row = Portrait.objects.create(
                profile=owner.profile, visibility=visibility, picture=SimpleUploadedFile("a.png", file.getvalue())
            )
        return [source.url for source in row.sources]

    @pytest.mark.parametrize("kind", [kind for kind in READERS if kind != "inactive"])
    @pytest.mark.parametrize("visibility", ["public", "community", "verified", "private"])
    def test_every_size_of_it_is_for_whom_its_member_chose(self, client: Client, kind: str, visibility: str):
        owner = MemberFactory(profile__visibility="public")
        sizes = self.portrait_of(owner, visibility)
        come_as(client, reader_of(kind, owner))

        assert len(sizes) == 3
        for size in sizes:
            answer = client.get(size)
            assert answer.status_code == (200 if visibility in LET_INTO[kind] else 404)

    def test_nobody_sees_the_picture_of_a_profile_they_may_not_see(self, client: Client):
        owner = MemberFactory(profile__visibility="community")
        sizes = self.portrait_of(owner, "public")

        assert client.get(sizes[0]).status_code == 404

    def test_caches_keep_what_anyone_may_see_for_a_minute_and_nothing_else(self, client: Client):
        owner = MemberFactory(profile__visibility="public")
        sizes = self.portrait_of(owner, "public")

        assert client.get(sizes[0])["Cache-Control"] == "public, max-age=60"
        assert come_as(client, MemberFactory()).get(sizes[0])["Cache-Control"] == "private, no-store"

    def test_it_is_gone_with_a_block_and_comes_back_with_it(self, client: Client):
        owner, reader = MemberFactory(profile__visibility="public"), MemberFactory()
        sizes = self.portrait_of(owner, "public")
        come_as(client, reader)
        assert client.get(sizes[0]).status_code == 200

        block = BlockFactory(blocker=owner, blocked=reader)
        assert client.get(sizes[0]).status_code == 404

        with acting_as(owner):
            Block.objects.filter(pk=block.pk).delete()
        assert client.get(sizes[0]).status_code == 200

    def test_a_withdrawn_members_picture_is_gone(self, client: Client):
        owner = MemberFactory(profile__visibility="public")
        sizes = self.portrait_of(owner, "public")
        change(owner.profile, withdrawn_at=now())

        assert client.get(sizes[0]).status_code == 404
