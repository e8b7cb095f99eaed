"""Ranks at the desk: who may give them, asked of the database with SQL as its role and under any identity."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import Error, transaction

from community.identity import acting_as, signing_in
from community.models import Member, Profile
from tests.databases import as_role
from tests.doors import PASSWORD, guard
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def refused(change: Callable[[], object]) -> bool:
    """Whether the database refuses a change; one that met no row is refused as well."""
    try:
        with transaction.atomic():
            return change() in (0, False, (0, {}))
    except Error:
        return True


@pytest.fixture
def moderator() -> Member:
    return guard(MemberFactory(is_staff=True, password=PASSWORD))


@pytest.fixture
def administrator() -> Member:
    return MemberFactory(is_staff=True, is_superuser=True)


@pytest.mark.parametrize("rank", ["moderator", "member", "half-way in"])
def test_only_an_administrator_gives_ranks_at_the_desk(moderator: Member, administrator: Member, rank: str):
    member = MemberFactory()
    caller = {"moderator": acting_as(moderator), "member": acting_as(member), "half-way in": signing_in(member.email)}
    with as_role("owner"):
        group = Group.objects.create(name="Seniors")
        permission = Permission.objects.first()
    with as_role("desk"), caller[rank]:
        for change in (
            lambda: Member.objects.filter(pk=member.pk).update(is_staff=True),
            *(
                []
                if rank == "moderator"
                else [lambda: Member.objects.filter(pk=member.pk).update(email="x@example.org")]
            ),
            lambda: Member.objects.filter(pk=moderator.pk).update(is_superuser=True),
            lambda: Member.objects.filter(pk=administrator.pk).update(password="!", email="mine@example.org"),
            lambda: Member.objects.filter(pk=administrator.pk).update(is_active=False),
            lambda: Member.objects.create(email="new@example.org", is_staff=True).pk,
            lambda: Member.groups.through.objects.create(member_id=moderator.pk, group_id=group.pk).pk,
            lambda: (
                Member.user_permissions.through.objects.create(member_id=moderator.pk, permission_id=permission.pk).pk
            ),
            lambda: Group.permissions.through.objects.create(group_id=group.pk, permission_id=permission.pk).pk,
            lambda: Group.objects.filter(pk=group.pk).update(name="Mine"),
        ):
            assert refused(change)


def test_an_administrator_gives_ranks_to_others_and_not_to_themselves(administrator: Member):
    member = MemberFactory()
    with as_role("owner"):
        group = Group.objects.create(name="Seniors")
    with as_role("desk"), acting_as(administrator):
        assert Member.objects.filter(pk=member.pk).update(is_staff=True) == 1
        Member.groups.through.objects.create(member_id=member.pk, group_id=group.pk)
        assert refused(lambda: Member.objects.filter(pk=administrator.pk).update(is_superuser=False))
        assert refused(lambda: Member.groups.through.objects.create(member_id=administrator.pk, group_id=group.pk).pk)


def test_who_sees_a_member_is_not_for_the_desk_to_say(administrator: Member):
    profile = Profile.objects.filter(pk=MemberFactory().pk)
    with as_role("desk"), acting_as(administrator):
        assert refused(lambda: profile.update(visibility="public"))
        assert refused(lambda: profile.update(contact="open"))
        assert profile.update(display_name="Maria") == 1
