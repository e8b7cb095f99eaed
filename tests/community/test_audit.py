"""Who did what to what: written by the database for whoever changes a row, and out of reach for everyone after."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group
from django.db import Error, connection, models, transaction
from django.utils.timezone import now

from community.identity import acting_as
from community.models import SECTIONS, AuditEntry, Block, Consent, Heritage, LegalName, Member, Profile
from tests.databases import as_role
from tests.factories import (
    WHAT_THEY_SAY,
    BusinessFactory,
    EventFactory,
    ListingRequestFactory,
    MemberFactory,
    fill_profile,
)

pytestmark = pytest.mark.django_db
RUN_TIME = ("site", "desk", "worker")


def entries(**wanted: Any) -> list[tuple]:
    """What the audit says, oldest first: verb, table, columns, what was kept."""
    with as_role("owner"):
        rows = AuditEntry.objects.filter(**wanted).order_by("id")
        return list(rows.values_list("verb", "kind", "changed", "told"))


def last_id() -> int:
    with as_role("owner"):
        return AuditEntry.objects.aggregate(last=models.Max("id"))["last"] or 0


def ask(query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def of_member(member: Member) -> dict[str, tuple[Callable[[], models.Model], dict[str, Any]]]:
    """For every audited table of a member: how a row of it comes to be, and a change of it."""
    profile = member.profile

    def section(model: type, said: dict[str, Any]) -> Callable[[], models.Model]:
        return lambda: model.objects.create(profile=profile, **said)

    made = {
        "community_consent": (
            lambda: Consent.objects.create(member=member, purpose="heritage", version="1"),
            {"withdrawn_at": now()},
        ),
        "community_block": (
            lambda: Block.objects.create(blocker=member, blocked=MemberFactory(), name="Rui"),
            {"name": "R."},
        ),
        "community_legalname": (section(LegalName, {"given_names": "M", "family_names": "S"}), {"given_names": "Ana"}),
        "account_emailaddress": (
            lambda: EmailAddress.objects.create(user=member, email="a@example.org"),
            {"verified": True},
        ),
        "mfa_authenticator": (
            lambda: Authenticator.objects.create(user=member, type="totp", data={"secret": "a"}),
            {"data": {"secret": "b"}},
        ),
        "socialaccount_socialaccount": (
            lambda: SocialAccount.objects.create(user=member, provider="google", uid="1", extra_data={}),
            {"date_joined": now()},
        ),
        "events_event": (lambda: EventFactory(organizer=member), {"status": "cancelled"}),
    }
    for model in SECTIONS:
        said = WHAT_THEY_SAY[model] or {"borough_id": "E09000022"}
        made[model._meta.db_table] = (section(model, said), {"visibility": "community"})
    return made


TABLES = (
    *(model._meta.db_table for model in SECTIONS),
    *("community_consent", "community_block", "community_legalname"),
    *("account_emailaddress", "mfa_authenticator", "socialaccount_socialaccount", "events_event"),
)


@pytest.mark.parametrize("table", TABLES)
def test_each_change_of_a_row_leaves_one_entry_that_names_its_member(table: str):
    member = MemberFactory()
    make, change = of_member(member)[table]
    fellow = MemberFactory()
    if table == "community_heritage":
        with as_role("owner"):
            Consent.objects.create(member=member, purpose="heritage", version="1")
    for by in (member, fellow):  # as the owner, so that policies do not keep a fellow out; the audit knows who it was
        start = last_id()
        with as_role("owner"), acting_as(by):
            row = make()
            type(row).objects.filter(pk=row.pk).update(**change)
            type(row).objects.filter(pk=row.pk).update(**change)  # changes nothing: says nothing
            key = str(row.pk)
            row.delete()
        with as_role("owner"):
            found = AuditEntry.objects.filter(id__gt=start, kind=table, key=key)
            said = list(found.order_by("id").values_list("verb", "actor", "subject", "by_subject", "door", "changed"))
        assert said == [
            ("insert", by.pk, member.pk, by == member, "owner", []),
            ("update", by.pk, member.pk, by == member, "owner", sorted(change)),
            ("delete", by.pk, member.pk, by == member, "owner", []),
        ]


def test_each_door_says_its_name_and_a_stranger_has_none():
    member, moderator = MemberFactory(), MemberFactory(is_staff=True)

    with acting_as(member):
        Profile.objects.filter(pk=member.pk).update(contact="open")
    with as_role("desk"), acting_as(moderator):
        Member.objects.filter(pk=member.pk).update(is_active=False)
        BusinessFactory._meta.model.objects.count()
    with as_role("owner"):
        member.groups.add(Group.objects.get(name="Moderators"))
        rows = AuditEntry.objects.filter(subject=member.pk).order_by("-id")[:3]
        said = [(row.door, row.actor, row.by_subject, row.kind, row.changed) for row in rows]

    assert said == [
        ("owner", None, False, "community_member_groups", []),
        ("desk", moderator.pk, False, "community_member", ["is_active"]),
        ("site", member.pk, True, "community_profile", ["contact"]),
    ]


def test_businesses_and_listing_requests_say_what_became_of_them_and_never_what_was_written():
    start = last_id()
    business, request = BusinessFactory(), ListingRequestFactory(message="Segredo")
    with as_role("owner"):
        type(business).objects.filter(pk=business.pk).update(phone="+442079460000")
        type(request).objects.filter(pk=request.pk).delete()

    assert entries(id__gt=start, kind="businesses_business", key=str(business.pk)) == [
        ("insert", "businesses_business", [], {"verified_at": [None, None]}),
        ("update", "businesses_business", ["phone"], {}),
    ]
    assert entries(id__gt=start, kind="verification_listingrequest") == [
        ("insert", "verification_listingrequest", [], {"kind": [None, "claim"], "outcome": [None, ""]}),
        ("delete", "verification_listingrequest", [], {"kind": ["claim", None], "outcome": ["", None]}),
    ]


def test_the_audit_keeps_no_word_of_what_members_say_of_themselves():
    member = MemberFactory(email="segredo@example.org", profile__display_name="Segredo")
    fill_profile(member, "private")
    with as_role("owner"):
        Heritage.objects.filter(pk=member.pk).update(regions=["madeira"])
        Block.objects.create(blocker=member, blocked=MemberFactory(), name="Segredo")
        EmailAddress.objects.create(user=member, email="segredo@example.org")
        Authenticator.objects.create(user=member, type="totp", data={"secret": "segredo"})
        member.set_password("segredo-segredo")
        member.save()

        everything = ask("SELECT string_agg(lower(a::text), ' ') FROM community_auditentry AS a")[0][0]

    for word in ("segredo", "minho", "madeira", "fado", "maria", "broas", "lambeth", "e09000022", "pt-pt"):
        assert word not in everything, word
    assert not re.search(r"(?<![\w.-])1999(?![\w-])", everything)  # the year, and no part of a key or a moment


@pytest.mark.parametrize("door", RUN_TIME)
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO community_auditentry (at, door, by_subject, verb, kind, key, changed, told)"
        " VALUES (now(), 'site', false, 'insert', 'x', '1', '{}', '{}')",
        "UPDATE community_auditentry SET door = 'owner'",
        "DELETE FROM community_auditentry",
        "TRUNCATE community_auditentry",
        "ALTER TABLE community_profile DISABLE TRIGGER audited",
        "SELECT write_audit()",
        "SET session_replication_role = replica",
    ],
)
def test_no_run_time_role_adds_changes_or_removes_an_entry_or_switches_the_audit_off(door: str, statement: str):
    with as_role(door), acting_as(MemberFactory()), pytest.raises(Error), transaction.atomic():
        ask(statement)


def test_a_member_reads_what_concerns_them_and_never_which_moderator_it_was():
    member, fellow = MemberFactory(), MemberFactory()

    for door in ("site", "worker"):
        with as_role(door):
            with acting_as(member):
                assert {entry.subject for entry in AuditEntry.objects.for_member()} == {member.pk}
                with pytest.raises(Error, match="permission denied"), transaction.atomic():
                    ask("SELECT actor FROM community_auditentry")
            with acting_as(None):
                assert AuditEntry.objects.for_member().count() == 0
    with acting_as(fellow):
        assert not AuditEntry.objects.for_member().filter(subject=member.pk).exists()


def test_only_administrators_read_at_the_desk_and_never_who_is_blocked():
    member = MemberFactory()
    with as_role("owner"):
        Block.objects.create(blocker=member, blocked=MemberFactory(), name="Rui")
    administrator = MemberFactory(is_staff=True, is_superuser=True)

    with as_role("desk"):
        for nobody in (None, member, MemberFactory(is_staff=True), MemberFactory(is_superuser=True)):
            with acting_as(nobody):
                assert AuditEntry.objects.count() == 0
        with acting_as(administrator):
            kinds = set(AuditEntry.objects.values_list("kind", flat=True))
    assert "community_profile" in kinds
    assert "community_block" not in kinds


def test_the_worker_clears_what_is_older_than_two_years_and_nothing_else():
    MemberFactory()
    with as_role("owner"):
        ask(
            "UPDATE community_auditentry SET at = now() - interval '731 days'"
            " WHERE kind = 'community_member' RETURNING 1"
        )
        old = AuditEntry.objects.filter(kind="community_member").count()
        kept = AuditEntry.objects.count() - old
    with as_role("worker"):
        assert ask("SELECT clear_audit()") == [(old,)]
    with as_role("owner"):
        assert AuditEntry.objects.count() == kept > 0
    with pytest.raises(Error, match="permission denied"), transaction.atomic():
        ask("SELECT clear_audit()")
