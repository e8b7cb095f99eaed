"""Who sees what of a member: asked of the database itself, as the site's role, with each kind of reader."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from django.db import Error, transaction
from django.utils.timezone import now

from community.identity import acting_as
from community.models import SECTIONS, Block, Consent, Heritage, LegalName, Member, Profile, Visibility
from tests.databases import as_role
from tests.factories import BlockFactory, MemberFactory, fill_profile

pytestmark = pytest.mark.django_db

READERS = ("stranger", "member", "verified", "owner", "blocked", "blocker", "inactive", "withdrawn verified")
# Which visibilities each kind of reader is let into.
LET_INTO = {
    "stranger": {"public"},
    "member": {"public", "community"},
    "verified": {"public", "community", "verified"},
    "owner": {"public", "community", "verified", "private"},
    "blocked": set(),
    "blocker": set(),
    "inactive": {"public"},
    "withdrawn verified": {"public", "community"},
}


def reader_of(kind: str, owner: Member) -> Member | None:
    """Make a reader of a kind, as they stand to a member."""
    if kind in {"stranger", "owner"}:
        return owner if kind == "owner" else None
    reader = MemberFactory(is_active=kind != "inactive")
    if "verified" in kind:
        change(reader.profile, heritage_verified_at=now())
    if kind.startswith("withdrawn"):
        change(reader.profile, withdrawn_at=now())
    if kind in {"blocked", "blocker"}:
        BlockFactory(blocker=owner if kind == "blocked" else reader, blocked=reader if kind == "blocked" else owner)
    return reader


def change(profile: Profile, **columns: object) -> None:
    with as_role("owner"):
        Profile.objects.filter(pk=profile.pk).update(**columns)


def seen(owner: Member) -> set[str]:
    """What of a member the reader of this moment sees: the profile, its sections, by any road."""
    found = {"profile"} if Profile.objects.filter(pk=owner.pk).exists() else set()
    found |= {section._meta.model_name or "" for section in SECTIONS if section.objects.filter(pk=owner.pk).exists()}
    joined = Profile.objects.with_sections().filter(pk=owner.pk).first()
    by_join = {name for section in SECTIONS if joined and hasattr(joined, name := section._meta.model_name or "")}
    assert by_join == found - {"profile"}
    return found


@pytest.mark.parametrize("door", ["site", "worker"])
@pytest.mark.parametrize("kind", READERS)
def test_a_reader_sees_exactly_what_its_member_chose_for_their_kind(kind: str, door: str):
    everything = {section._meta.model_name or "" for section in SECTIONS}
    for of_profile, of_sections in product(Visibility.values, repeat=2):
        owner = MemberFactory(profile__visibility=of_profile)
        fill_profile(owner, of_sections)
        reader = reader_of(kind, owner)
        let_in = LET_INTO[kind]

        with as_role(door), acting_as(reader):
            expected = {"profile"} if of_profile in let_in else set()
            if expected and of_sections in let_in:
                expected |= everything
            assert seen(owner) == expected, (of_profile, of_sections)


def test_each_section_is_held_apart_from_the_others():
    owner = MemberFactory(profile__visibility="public")
    fill_profile(owner, "private", bio="public", heritage="verified", interests="community")
    verified = MemberFactory()
    change(verified.profile, heritage_verified_at=now())

    with acting_as(None):
        assert seen(owner) == {"profile", "bio"}
    with acting_as(MemberFactory()):
        assert seen(owner) == {"profile", "bio", "interests"}
    with acting_as(verified):
        assert seen(owner) == {"profile", "bio", "interests", "heritage"}


def test_a_withdrawn_member_is_seen_by_nobody_but_themselves():
    owner = MemberFactory(profile__visibility="public")
    fill_profile(owner, "public")
    change(owner.profile, withdrawn_at=now())

    for reader in (None, MemberFactory()):
        with acting_as(reader):
            assert seen(owner) == set()
    with acting_as(owner):
        assert "heritage" in seen(owner)


def test_legal_names_consents_and_blocks_are_nobody_elses():
    owner = MemberFactory(profile__visibility="public")
    fill_profile(owner, "public")
    BlockFactory(blocker=owner, blocked=MemberFactory())
    tables = (LegalName, Consent, Block)

    for reader in (None, MemberFactory()):
        with acting_as(reader):
            assert [table.objects.count() for table in tables] == [0, 0, 0]
    with acting_as(owner):
        assert [table.objects.count() for table in tables] == [1, 1, 1]


@pytest.mark.parametrize("door", ["desk", "site"])
def test_the_desks_role_has_no_right_to_what_members_say_of_themselves(door: str):
    moderator = MemberFactory(is_staff=True)
    with as_role(door), acting_as(moderator):
        for table in (*SECTIONS, LegalName):
            if door == "site":
                assert table.objects.count() == 0
            else:
                with pytest.raises(Error, match="permission denied"), transaction.atomic():
                    table.objects.count()


@pytest.mark.parametrize("section", SECTIONS)
def test_nobody_writes_in_another_members_profile(section: type):
    owner = MemberFactory(profile__visibility="public")
    fill_profile(owner, "public")

    with acting_as(MemberFactory()):
        assert section.objects.filter(pk=owner.pk).update(visibility="public") == 0
        assert section.objects.filter(pk=owner.pk).delete()[0] == 0
        with pytest.raises(Error), transaction.atomic():
            section.objects.create(profile=MemberFactory().profile)


def test_heritage_needs_a_consent_whoever_writes_it_and_goes_with_it():
    member = MemberFactory()
    with acting_as(member), pytest.raises(Error, match="consent of its own"), transaction.atomic():
        Heritage.objects.create(profile=member.profile, regions=["minho"])
    with as_role("owner"), pytest.raises(Error, match="consent of its own"), transaction.atomic():
        Heritage.objects.create(profile=member.profile, regions=["minho"])

    with acting_as(member):
        consent = Consent.objects.create(member=member, purpose="heritage", version="1")
        Heritage.objects.create(profile=member.profile, regions=["minho"])
        consent.withdraw(at=now())

    with as_role("owner"):
        assert not Heritage.objects.exists()
        assert Consent.objects.get().withdrawn_at is not None


def test_a_consent_is_never_rewritten_and_stands_once():
    member = MemberFactory()
    with acting_as(member):
        consent = Consent.objects.create(member=member, purpose="heritage", version="1")
        with pytest.raises(Error, match="consent_stands_once"), transaction.atomic():
            Consent.objects.create(member=member, purpose="heritage", version="2")
        consent.withdraw(at=now())
        assert Consent.objects.update(withdrawn_at=now() - timedelta(days=9)) == 0
        with pytest.raises(Error, match="permission denied"), transaction.atomic():
            Consent.objects.update(version="9")
        with pytest.raises(Error, match="permission denied"), transaction.atomic():
            Consent.objects.all().delete()
        with pytest.raises(Error, match="row-level security"), transaction.atomic():
            Consent.objects.create(member=member, purpose="heritage", version="1", withdrawn_at=now())


def test_whether_a_block_is_refused_tells_nobody_who_exists():
    member, hidden, shown = MemberFactory(), MemberFactory(), MemberFactory(profile__visibility="community")
    refusals = []
    with acting_as(member):
        for nobody in (hidden.pk, Member().pk):
            with pytest.raises(Error) as refusal, transaction.atomic():
                Block.objects.create(blocker=member, blocked_id=nobody, name="?")
            refusals.append(str(refusal.value))
        Block.objects.create(blocker=member, blocked=shown, name=shown.profile.display_name)

    assert refusals[0] == refusals[1]
    with acting_as(shown):
        assert Block.objects.count() == 0


def test_nobody_gives_themselves_a_badge_or_comes_back_from_being_withdrawn():
    member = MemberFactory()
    with acting_as(member):
        for column in ("heritage_verified_at", "withdrawn_at"):
            with pytest.raises(Error, match="permission denied"), transaction.atomic():
                Profile.objects.filter(pk=member.pk).update(**{column: now()})
