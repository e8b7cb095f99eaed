"""Ranks at the desk: who may give them, asked of the database with SQL as its role and under any identity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

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


@pytest.mark.parametrize("rank", ["administrator", "moderator", "member", "half-way in"])
def test_no_sql_at_the_desk_gives_a_rank_under_any_one_identity(moderator: Member, administrator: Member, rank: str):
    member = MemberFactory()
    callers = {
        "administrator": acting_as(administrator),
        "moderator": acting_as(moderator),
        "member": acting_as(member),
        "half-way in": signing_in(member.email),
    }
    with as_role("owner"):
        former = MemberFactory(is_staff=True, is_active=False)
        seniors = Group.objects.get(name="Seniors")
        permission = Permission.objects.first()
    memberships, permissions = Member.groups.through.objects, Member.user_permissions.through.objects
    changes: list[Callable[[], object]] = [
        lambda: Member.objects.filter(pk=member.pk).update(is_staff=True),
        lambda: Member.objects.filter(pk=member.pk).update(is_superuser=True),
        lambda: Member.objects.filter(pk=moderator.pk).update(is_superuser=True),
        lambda: Member.objects.filter(pk=moderator.pk).update(is_staff=False),
        lambda: Member.objects.filter(pk=administrator.pk).update(is_staff=False),
        lambda: Member.objects.filter(pk=former.pk).update(is_active=True),
        lambda: Member.objects.create(email="new@example.org", is_staff=True).pk,
        lambda: memberships.create(member_id=moderator.pk, group_id=seniors.pk).pk,
        lambda: permissions.create(member_id=moderator.pk, permission_id=permission.pk).pk,
        lambda: Group.permissions.through.objects.create(group_id=seniors.pk, permission_id=permission.pk).pk,
        lambda: Group.objects.filter(pk=seniors.pk).update(name="Mine"),
        lambda: Member.objects.filter(pk=administrator.pk).update(is_active=False),
        lambda: Member.objects.filter(pk=administrator.pk).update(email="mine@example.org"),
    ]
    with as_role("desk"), callers[rank]:
        assert [number for number, change in enumerate(changes) if not refused(change)] == []


def test_no_single_administrator_gives_a_colleague_a_password(moderator: Member, administrator: Member):
    other = MemberFactory(is_staff=True, is_superuser=True)
    with as_role("desk"), acting_as(administrator):
        for colleague in (moderator, other):
            assert refused(lambda pk=colleague.pk: Member.objects.filter(pk=pk).update(password="mine"))


@pytest.mark.parametrize(
    "change", [{"email": "x@example.org"}, {"is_active": False}, {"joined_at": datetime(2020, 1, 1, tzinfo=UTC)}]
)
def test_nobody_changes_their_own_account_at_the_desk(moderator: Member, administrator: Member, change: dict):
    for oneself in (moderator, administrator):
        with as_role("desk"), acting_as(oneself):
            assert refused(lambda pk=oneself.pk: Member.objects.filter(pk=pk).update(**change))
            assert Member.objects.filter(pk=oneself.pk).update(language="en") == 1


def test_who_sees_a_member_is_not_for_the_desk_to_say(administrator: Member):
    profile = Profile.objects.filter(pk=MemberFactory().pk)
    with as_role("desk"), acting_as(administrator):
        assert refused(lambda: profile.update(visibility="public"))
        assert refused(lambda: profile.update(contact="open"))
        assert profile.update(display_name="Maria") == 1
