"""Matching: against a slow and plain oracle, on real roles; and what nobody can find out by it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import Error, connection, transaction
from django.utils.timezone import now
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from community.identity import acting_as
from community.matching import Common, TooManyChanges, best_matches, changes_counted, compatibility_with
from community.models import (
    Block,
    Consent,
    Heritage,
    Interests,
    MatchingChoice,
    Member,
    Profile,
    Visibility,
)
from tests.databases import as_role
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db

REGIONS = ("minho", "madeira", "bahia", "fogo")
INTERESTS = ("fado", "futebol", "cinema", "leitura", "horta")
TODAY = date(2026, 11, 21)


# The oracle ----------------------------------------------------------------------------------------


@dataclass
class Person:
    """A member as the oracle knows them."""

    regions: set[str] = field(default_factory=set)
    interests: set[str] = field(default_factory=set)
    profile: str = "community"
    heritage: str = "community"
    likes: str = "community"
    opted_in: bool = True
    verified: bool = False
    withdrawn: bool = False
    active: bool = True
    days_ago: int = 0
    member: Any = None

    @property
    def let_into(self) -> set[str]:
        return {"public", "community", "verified"} if self.verified and not self.withdrawn else {"public", "community"}


def they_see(a: Person, b: Person) -> bool:
    """Whether each may see the other, and both wish to be matched."""
    return all(
        x.opted_in and x.active and not x.withdrawn and x.profile in y.let_into for x, y in ((a, b), (b, a))
    )  # fmt: skip


def common(a: Person, b: Person) -> tuple[list[str], list[str]]:
    both = [
        a.heritage in b.let_into and b.heritage in a.let_into,
        a.likes in b.let_into and b.likes in a.let_into,
    ]
    return sorted(a.regions & b.regions) if both[0] else [], sorted(a.interests & b.interests) if both[1] else []


def expected(me: Person, town: list[Person], blocks: set[frozenset[int]]) -> list[tuple[Any, list[str], list[str]]]:
    rows = []
    for other in town:
        if other is me or not they_see(me, other) or frozenset((town.index(me), town.index(other))) in blocks:
            continue
        regions, interests = common(me, other)
        if regions or interests:
            score = min(10, 3 + 3 * len(regions) + 4 * len(interests))
            total = len(regions) + len(interests)
            rows.append(((-score, -total, other.days_ago, other.member.place), (other.member.pk, regions, interests)))
    return [row for _, row in sorted(rows, key=lambda row: row[0])]


# The town ------------------------------------------------------------------------------------------

visibilities = st.sampled_from(Visibility.values)
people = st.builds(
    Person,
    regions=st.sets(st.sampled_from(REGIONS)),
    interests=st.sets(st.sampled_from(INTERESTS)),
    profile=st.sampled_from(["public", "community", "community", "verified", "private"]),
    heritage=visibilities,
    likes=visibilities,
    opted_in=st.sampled_from([True, True, True, False]),
    verified=st.booleans(),
    withdrawn=st.sampled_from([False, False, False, False, True]),
    active=st.sampled_from([True, True, True, True, False]),
    days_ago=st.integers(0, 3),
)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def move_in(person: Person, *, opts_in_first: bool) -> None:
    """Make a member of a person, in one order or the other: the triggers must not mind."""
    member = MemberFactory(profile__visibility="private")
    with as_role("owner"):
        Consent.objects.create(member=member, purpose="heritage", version="1")
        if opts_in_first:
            MatchingChoice.objects.create(member=member).opt_in(at=now())
        say(member, person)
        if not opts_in_first:
            MatchingChoice.objects.create(member=member).opt_in(at=now())
        if not person.opted_in:
            MatchingChoice.objects.get(member=member).opt_out(at=now())
    person.member = member
    with as_role("owner"):
        person.member.place = MatchingChoice.objects.get(member=member).place


def say(member: Member, person: Person) -> None:
    """Bring a member's rows to what a person is; their own changes of today are forgotten."""
    forget_changes()
    Profile.objects.filter(pk=member.pk).update(
        visibility=person.profile,
        heritage_verified_at=now() if person.verified else None,
        withdrawn_at=now() if person.withdrawn else None,
    )
    Heritage.objects.update_or_create(
        profile_id=member.pk, defaults={"regions": sorted(person.regions), "visibility": person.heritage}
    )
    Interests.objects.update_or_create(
        profile_id=member.pk, defaults={"chosen": sorted(person.interests) * 2, "visibility": person.likes}
    )
    Member.objects.filter(pk=member.pk).update(is_active=person.active)
    MatchingChoice.objects.filter(member=member).update(active_on=TODAY - timedelta(days=person.days_ago))
    forget_changes()


def forget_changes() -> None:
    with as_role("owner"):
        MatchingChoice.objects.update(changes=0, changed_on=None, changed_in="")


def matches_of(member: Member) -> list[tuple[Any, list[str], list[str]]]:
    with acting_as(member), connection.cursor() as cursor:
        cursor.execute("SELECT member_id, regions, interests FROM best_matches(20)")
        return cursor.fetchall()


def bits() -> dict[tuple[str, bool], str]:
    with as_role("owner"), connection.cursor() as cursor:
        cursor.execute("SELECT value, is_guarded, rtrim(bits::text, '0') FROM community_matchingbits")
        return {(value, guarded): ones for value, guarded, ones in cursor.fetchall() if ones or value == "verified"}


@trying(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    town=st.lists(people, min_size=2, max_size=7),
    changed=st.lists(people, max_size=2),
    opts_in_first=st.booleans(),
    blocked=st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=2),
)
def test_matches_are_those_of_the_plain_oracle_and_the_same_from_either_side(town, changed, opts_in_first, blocked):
    with undone():
        for person in town:
            move_in(person, opts_in_first=opts_in_first)
        for person, other in zip(town, changed, strict=False):
            for name in ("regions", "interests", "profile", "heritage", "likes", "verified", "withdrawn", "active"):
                setattr(person, name, getattr(other, name))
            with as_role("owner"):
                say(person.member, person)
        blocks = set()
        for a, b in blocked:
            if a != b and max(a, b) < len(town):
                blocks.add(frozenset((a, b)))
                with as_role("owner"):
                    Block.objects.get_or_create(blocker=town[a].member, blocked=town[b].member, name="?")

        for me in town:
            assert matches_of(me.member) == expected(me, town, blocks)
            for other in town:
                with acting_as(me.member):
                    found = compatibility_with(other.member.pk)
                    if found:
                        assert Profile.objects.filter(pk=other.member.pk).exists()
                with acting_as(other.member):
                    assert compatibility_with(me.member.pk) == found
                is_apart = other is me or frozenset((town.index(me), town.index(other))) in blocks
                assert found == (Common(*common(me, other)) if they_see(me, other) and not is_apart else None)
        kept = bits()
        with as_role("owner"), connection.cursor() as cursor:
            cursor.execute("SELECT matching_bits_anew()")
        assert kept == bits()


def settle(town: list[Person]) -> None:
    """Hundreds at once, straight into the tables, each at the place they have in the list."""
    ids = [UUID(int=place + 1) for place in range(len(town))]
    with as_role("owner"), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE community_matchingchoice DISABLE TRIGGER USER")
        cursor.execute(
            """
            INSERT INTO community_member (id, password, email, language, is_active, is_staff, is_superuser, joined_at,
                guidelines_version)
            SELECT id, '!', id || '@example.org', 'pt', true, false, false, now(), 0 FROM unnest(%s::uuid[]) AS id
            """,
            [ids],
        )
        columns = (
            "place, member_id, opted_in_at, active_on, is_standing, is_verified, is_guarded, to_members, to_verified"
        )
        with cursor.copy(f"COPY community_matchingchoice ({columns}, changes, changed_in) FROM STDIN") as rows:
            for place, person in enumerate(town):
                person.member = Member(pk=ids[place])
                person.member.place = place
                said: dict[str, list[str]] = {"community": [], "verified": []}
                said[person.likes] += [f"interest:{slug}" for slug in sorted(person.interests)]
                said[person.heritage] += [f"region:{slug}" for slug in sorted(person.regions)]
                here = TODAY - timedelta(days=person.days_ago)
                rows.write_row((place, ids[place], TODAY, here, True, person.verified, False,
                                said["community"], said["verified"], 0, ""))  # fmt: skip
        cursor.execute("SELECT matching_bits_anew()")


def test_of_more_than_twenty_the_best_are_listed_even_where_hundreds_share_as_much():
    town = [Person(interests={"fado"}, days_ago=place % 97) for place in range(1501)]
    for place, person in enumerate(town):
        if place % 300 == 1 or place == 0:
            person.regions = {"minho"}
        elif place % 4 == 1:
            person.regions, person.interests = {"minho"}, set()
    settle(town)

    assert matches_of(town[0].member) == expected(town[0], town, set())[:20]


def test_of_two_shared_values_an_interest_goes_before_who_was_here_since():
    me = Person(regions={"minho", "fogo"}, interests={"fado"}, likes="verified")
    since = Person(regions={"minho", "fogo"}, interests={"fado"})  # not verified: they do not share the fado
    keen = Person(regions={"minho"}, interests={"fado"}, verified=True, days_ago=9)
    town = [me, *(replace(since) for _ in range(30)), *(replace(keen) for _ in range(30))]
    settle(town)

    assert matches_of(me.member) == expected(me, town, set())[:20]


def test_what_one_says_to_verified_members_is_no_reason_for_anyone_else():
    ana = Person(regions={"minho"}, interests={"fado"}, heritage="verified")
    town = [ana, replace(ana, heritage="community"), replace(ana, heritage="community", verified=True)]
    settle(town)

    for me in town:
        assert matches_of(me.member) == expected(me, town, set())


def test_where_everybody_says_all_they_can_the_best_are_still_the_formulas():
    dice = random.Random(3)
    regions, interests = [f"r{n:02}" for n in range(12)], [f"i{n:02}" for n in range(34)]
    town = [
        Person(
            regions=set(dice.sample(regions, dice.choice((0, 9, 10)))),
            interests=set(dice.sample(interests, dice.randint(20, 30))),
            heritage=dice.choice(("community", "community", "verified")),
            likes=dice.choice(("community", "community", "verified")),
            verified=dice.random() < 0.4,
            days_ago=dice.randrange(4),
        )
        for _ in range(300)
    ]
    settle(town)

    for me in town[:40]:
        assert matches_of(me.member) == expected(me, town, set())[:20]


# One's own doing ------------------------------------------------------------------------------------


@pytest.fixture
def ana() -> Member:
    """Someone who shows members one interest, and opted in: the first change of their day."""
    member = MemberFactory(profile__visibility="community")
    with acting_as(member):
        Consent.objects.create(member=member, purpose="heritage", version="1")
        Interests.objects.create(profile=member.profile, chosen=["fado"], visibility="community")
        MatchingChoice.objects.create(member=member).opt_in(at=now())
    return member


def like(member: Member, *interests: str) -> None:
    with acting_as(member), changes_counted():
        Interests.objects.filter(pk=member.pk).update(chosen=list(interests))


def spent(member: Member) -> int:
    with acting_as(member):
        return MatchingChoice.objects.get().changes


def test_the_sixth_change_of_a_day_is_refused_and_there_and_back_counts_twice(ana):
    for interests in (["fado", "futebol"], ["fado"], ["fado", "futebol"], ["fado"]):
        like(ana, *interests)

    with pytest.raises(TooManyChanges) as refused:
        like(ana, "fado", "cinema")

    assert refused.value.frees_at.hour == 0
    with acting_as(ana):
        assert Interests.objects.get().chosen == ["fado"]


def test_the_day_after_it_frees_up(ana):
    with as_role("owner"):
        MatchingChoice.objects.update(changes=5, changed_on=now() - timedelta(days=1))

    like(ana, "futebol")

    assert spent(ana) == 1


def test_what_changes_nothing_for_others_counts_nothing(ana):
    with acting_as(ana):
        Interests.objects.update(chosen=["fado"])
        Interests.objects.update(chosen=["fado", "fado"])
        Interests.objects.update(visibility="public")
        Profile.objects.filter(pk=ana.pk).update(visibility="public", display_name="Ana")
        Heritage.objects.create(profile=ana.profile, regions=["minho"], visibility="private")
        Heritage.objects.update(regions=["fogo"])

    assert spent(ana) == 1


def test_what_one_request_changes_counts_once(ana):
    with acting_as(ana), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.request', 'first', true)")
        Heritage.objects.create(profile=ana.profile, regions=["minho"], visibility="community")
        Interests.objects.update(chosen=["cinema"])
        Profile.objects.filter(pk=ana.pk).update(visibility="verified")
        cursor.execute("SELECT set_config('app.request', 'second', true)")
        Interests.objects.update(chosen=["fado"])

    assert spent(ana) == 3


def test_hiding_is_never_refused_and_showing_again_is(ana):
    with acting_as(ana):
        Heritage.objects.create(profile=ana.profile, regions=["minho"], visibility="community")
    with as_role("owner"):
        MatchingChoice.objects.update(changes=5, changed_on=now())

    with acting_as(ana):
        Interests.objects.update(visibility="verified")
        Interests.objects.update(visibility="private")
        Consent.objects.get(purpose="heritage").withdraw(at=now())
        Profile.objects.filter(pk=ana.pk).update(visibility="private")
        MatchingChoice.objects.get().opt_out(at=now())
        Interests.objects.update(visibility="community")
        Profile.objects.filter(pk=ana.pk).update(visibility="community")
        with pytest.raises(TooManyChanges), changes_counted():
            MatchingChoice.objects.get().opt_in(at=now())

        assert MatchingChoice.objects.get().opted_in_at is None


def test_a_badge_or_a_closed_account_is_not_a_members_own_change(ana):
    with as_role("owner"):
        MatchingChoice.objects.update(changes=5, changed_on=now())
        Profile.objects.filter(pk=ana.pk).update(heritage_verified_at=now())
        Profile.objects.filter(pk=ana.pk).update(withdrawn_at=now())
        Profile.objects.filter(pk=ana.pk).update(withdrawn_at=None)
        Member.objects.filter(pk=ana.pk).update(is_active=False)

    assert spent(ana) == 5


def test_nobody_reads_anothers_choice_or_writes_more_of_their_own_than_the_wish(ana):
    with acting_as(MemberFactory()):
        assert MatchingChoice.objects.count() == 0
        assert MatchingChoice.objects.filter(member=ana).update(opted_in_at=None) == 0
    with acting_as(ana):
        for column in ("changes", "changed_on", "active_on", "to_members", "is_verified", "place"):
            with pytest.raises(Error, match="permission denied"), transaction.atomic():
                MatchingChoice.objects.filter(member=ana).update(**{column: None})
        with pytest.raises(Error, match="permission denied"), transaction.atomic():
            MatchingChoice.objects.all().delete()
        for call in ("matching_bits_anew()", "matching_stand(current_member(), false, true)"):
            with pytest.raises(Error, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SELECT {call}")


def test_a_choice_begins_at_the_beginning_whatever_is_written_into_it():
    rui = MemberFactory(profile__visibility="community")
    with acting_as(rui):
        MatchingChoice.objects.create(
            member=rui, place=1, changes=-99, is_verified=True, is_standing=True, to_members=["interest:fado"]
        )
        choice = MatchingChoice.objects.get()

    assert (choice.changes, choice.is_verified, choice.is_standing, choice.to_members) == (0, False, False, [])


def test_a_member_who_goes_leaves_no_bit_behind(ana):
    with as_role("owner"):
        ana.delete()

    assert not any(ones for ones in bits().values())


def test_the_rows_of_bits_grow_with_the_town(ana):
    with as_role("owner"), connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('community_matchingchoice', 'place'), 5000)")
    rui = MemberFactory(profile__visibility="community")
    with acting_as(rui):
        Interests.objects.create(profile=rui.profile, chosen=["fado", "horta"], visibility="community")
        MatchingChoice.objects.create(member=rui).opt_in(at=now())

    assert matches_of(rui) == [(ana.pk, [], ["fado"])]
    assert matches_of(ana) == [(rui.pk, [], ["fado"])]


def test_matches_are_read_through_row_security_once_more_best_first(ana):
    rui, eva = MemberFactory(profile__visibility="community"), MemberFactory(profile__visibility="community")
    for other, interests in ((rui, ["fado"]), (eva, ["fado", "cinema"])):
        with acting_as(other):
            Interests.objects.create(profile=other.profile, chosen=interests, visibility="community")
            MatchingChoice.objects.create(member=other).opt_in(at=now())
    like(ana, "fado", "cinema")

    with acting_as(ana):
        found = [(match.profile, match.common.score) for match in best_matches()]
    assert found == [(eva.profile, 1.0), (rui.profile, 0.7)]
    with acting_as(None):
        assert best_matches() == []


def test_a_day_here_is_remembered_once(ana):
    with as_role("owner"):
        MatchingChoice.objects.update(active_on=TODAY - timedelta(days=9))
    with acting_as(ana), connection.cursor() as cursor:
        cursor.execute("SELECT active_today()")
        cursor.execute("SELECT xmin FROM community_matchingchoice")
        first = cursor.fetchone()
        cursor.execute("SELECT active_today()")
        cursor.execute("SELECT xmin FROM community_matchingchoice")
        assert cursor.fetchone() == first
        assert MatchingChoice.objects.get().active_on > TODAY - timedelta(days=9)
    assert spent(ana) == 1
