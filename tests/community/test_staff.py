"""Coming to work at the desk and leaving it: two words for a rank, one to take it, held by the database."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.contrib.postgres.functions import TransactionNow
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction
from django.db.models import F
from django.test import Client
from django.utils.timezone import now

from community import staff
from community.identity import acting_as
from community.models import AuditEntry, Device, Invitation, Letter, Member, Onboarding, Session, StaffChange
from community.models import Rank as R
from community.sessions import OPENED, presenting
from community.staff import NotSo
from config.privileges import found_moderators
from tests.databases import as_role
from tests.doors import PASSWORD, code, guard, log_in, log_in_fully
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db

NEW = "outra-maré-em-belém"


def administrator(**fields: object) -> Member:
    return guard(MemberFactory(password=PASSWORD, is_staff=True, is_superuser=True, **fields))


@pytest.fixture
def ana() -> Member:
    return administrator(language="en", profile__display_name="Ana")


@pytest.fixture
def rui() -> Member:
    return administrator(language="pt", profile__display_name="Rui")


@pytest.fixture
def eva() -> Member:
    return MemberFactory(password=PASSWORD, language="en", profile__display_name="Eva")


def at_the_desk(who: Member, act: Callable[[], object]) -> object:
    with as_role("desk"), acting_as(who):
        return act()


def refusal(who: Member, act: Callable[[], object]) -> str:
    """The rule by which the database refuses."""
    with pytest.raises(NotSo) as no:
        at_the_desk(who, act)
    return no.value.rule


def invited(by: Member, whom: Member, rank: str = "moderator", **more: bool) -> Invitation:
    return at_the_desk(by, lambda: staff.invite(whom, rank, **more))  # type: ignore[return-value]


def confirmed(by: Member, invitation: Invitation) -> str:
    """Confirm, and return the secret of the link that was sent."""
    at_the_desk(by, lambda: staff.second(invitation))
    link = sent_to(invitation.member)
    with as_role("owner"):
        Letter.objects.all().delete()
    return link.partition("key=")[2]


def sent_to(member: Member) -> str:
    """Let the worker send the links there are, and return the one to a member."""
    with as_role("worker"):
        assert staff.send_links() == 1
        assert staff.send_links() == 0
    with as_role("owner"):
        return re.search(r"/invitation/\S+", Letter.objects.get(to=member.email).text)[0]


def accepted(secret: str, whom: Member) -> None:
    with as_role("desk"):
        staff.accept(secret, whom, password=NEW)


def rank(member: Member) -> str:
    with as_role("owner"):
        return Member.objects.get(pk=member.pk).rank


@pytest.mark.parametrize("wanted", R.values)
def test_two_administrators_and_the_member_make_a_rank(ana, rui, eva, wanted):
    invitation = invited(ana, eva, wanted)
    assert rank(eva) == ""
    secret = confirmed(rui, invitation)
    assert rank(eva) == ""
    accepted(secret, eva)

    assert rank(eva) == wanted
    with as_role("owner"):
        assert Member.objects.get(pk=eva.pk).check_password(NEW)


def test_the_first_page_says_to_whom_else_an_invitation_waits_for_their_word(ana, rui, eva, desk):
    waits = b"1 invitation to the desk waits for your word"
    invitation = invited(ana, eva)
    log_in_fully(desk, ana)
    assert waits not in desk.get("/").content
    desk.logout()
    log_in_fully(desk, rui)
    assert waits in desk.get("/", headers={"accept-language": "en"}).content
    confirmed(rui, invitation)
    assert waits not in desk.get("/").content


def test_one_administrator_gives_no_rank_whatever_they_say(ana, rui, eva):
    invitation = invited(ana, eva)

    assert refusal(ana, lambda: staff.second(invitation)) == "another_second_word"
    assert refusal(ana, lambda: staff.invite(eva, "moderator")) == "invited_already"
    assert refusal(ana, lambda: staff.invite(ana, "senior")) == "not_of_oneself"
    mine = invited(rui, ana, "administrator", anew=True)
    assert refusal(ana, lambda: staff.second(mine)) == "not_of_oneself"
    for statement in (
        f"UPDATE community_invitation SET seconded_by_id = '{rui.pk}', seconded_at = now()",
        "INSERT INTO community_invitation SELECT * FROM community_invitation",
        "DELETE FROM community_invitation",
        f"SELECT give_rank('{eva.pk}', 'moderator')",
        "SELECT digest FROM community_invitation",
        "UPDATE community_staffchange SET told_at = now()",
        "DELETE FROM community_staffchange",
        "DELETE FROM community_onboarding",
    ):
        with pytest.raises(Error), as_role("desk"), acting_as(ana), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert rank(eva) == ""


def test_moderators_and_members_have_no_word_in_it(ana, eva):
    moderator, member, invitation = MemberFactory(is_staff=True), MemberFactory(), invited(ana, eva)

    for who in (moderator, member):
        assert refusal(who, lambda: staff.invite(member, "moderator")) == "administrators_only"
        assert refusal(who, lambda: staff.second(invitation)) == "administrators_only"
        assert refusal(who, lambda: staff.withdraw(invitation)) == "administrators_only"
        assert refusal(who, lambda: staff.take_rank(moderator)) == "administrators_only"
        assert at_the_desk(who, lambda: list(Invitation.objects.told())) == []
    assert refusal(ana, lambda: staff.invite(MemberFactory(is_active=False), "moderator")) == "member_not_found"


def test_a_link_works_once_for_its_member_and_seven_days(ana, rui, eva):
    secret = confirmed(rui, invited(ana, eva))

    assert refusal(rui, lambda: staff._ask("accept_invitation", secret, make_password(NEW))) == "for_someone_else"
    accepted(secret, eva)
    with pytest.raises(NotSo), as_role("desk"):
        staff.accept(secret, eva, password="ainda-outra-maré")
    with as_role("owner"):
        assert Member.objects.get(pk=eva.pk).check_password(NEW)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE community_invitation SET expires_at = now()",
        "UPDATE community_invitation SET withdrawn_at = now()",
        "UPDATE community_member SET is_superuser = false WHERE id = '{ana}'",
        "UPDATE community_member SET is_active = false WHERE id = '{rui}'",
        "UPDATE community_member SET is_active = false WHERE id = '{eva}'",
        "UPDATE community_member SET email = 'new@example.org' WHERE id = '{eva}'",
    ],
)
def test_a_link_opens_nothing_once_what_it_stands_on_is_gone(ana, rui, eva, change):
    secret = confirmed(rui, invited(ana, eva))
    with as_role("desk"):
        assert staff.presented(secret) is not None
    with as_role("owner"), connection.cursor() as cursor:
        cursor.execute(change.format(ana=ana.pk, rui=rui.pk, eva=eva.pk))

    with as_role("desk"):
        assert staff.presented(secret) is None
    with pytest.raises(NotSo):
        accepted(secret, eva)
    assert rank(eva) == ""


def test_a_key_that_no_text_can_be_is_nobodys(desk):
    assert desk.post("/invitation/", {"key": "\x00"}).status_code == 410


def test_whoever_comes_in_by_a_link_leaves_all_earlier_keys_behind(ana, rui, eva):
    guard(eva)
    secret = confirmed(rui, invited(ana, eva))
    with as_role("owner"):
        far = now() + timedelta(days=9)
        Session.objects.create(session_key="s" * 32, session_data="", expire_date=far, door="site", member=eva)

    accepted(secret, eva)

    with as_role("owner"):
        assert not Authenticator.objects.filter(user=eva).exists()
        assert not Session.objects.filter(member=eva).exists()


def test_a_colleagues_higher_rank_holds_with_the_second_word(ana, rui):
    colleague = MemberFactory(is_staff=True)
    invitation = invited(ana, colleague, "senior")

    at_the_desk(rui, lambda: staff.second(invitation))

    assert rank(colleague) == "senior"
    assert refusal(rui, lambda: staff.second(invitation)) == "not_standing"


def test_one_administrator_takes_a_rank_and_the_desk_is_shut_at_once(ana, desk):
    colleague = guard(MemberFactory(password=PASSWORD, is_staff=True, is_superuser=True))
    log_in_fully(desk, colleague)
    assert desk.get("/").status_code == 200

    at_the_desk(ana, lambda: staff.take_rank(colleague, leaving="moderator"))

    assert rank(colleague) == "moderator"
    assert desk.get("/").status_code == 302
    with as_role("owner"):
        assert not Session.objects.filter(member=colleague).exists()
    assert refusal(ana, lambda: staff.take_rank(colleague, leaving="senior")) == "not_a_lower_rank"
    at_the_desk(ana, lambda: staff.take_rank(colleague))
    assert rank(colleague) == ""
    assert refusal(ana, lambda: staff.take_rank(ana)) == "not_of_oneself"


def test_every_change_is_told_to_each_other_administrator_once_in_their_language(ana, rui, eva):
    colleague, third = (
        MemberFactory(is_staff=True, profile__display_name="Gil", language="pt"),
        administrator(language="en"),
    )
    accepted(confirmed(rui, invited(ana, eva)), eva)
    at_the_desk(rui, lambda: staff.withdraw(invited(ana, colleague, "senior")))
    at_the_desk(ana, lambda: staff.take_rank(colleague))
    at_the_desk(ana, lambda: Member.objects.filter(pk=third.pk).update(is_active=False))

    with as_role("worker"):
        for _twice in range(2):
            staff.tell_of_changes()

    with as_role("owner"):
        told = StaffChange.objects.order_by("id").values_list("pk", flat=True)[0]
        with connection.cursor() as cursor:
            assert cursor.execute("SELECT * FROM staff_change_told(%s)", [told]).rowcount == 0
        kinds = list(StaffChange.objects.order_by("id").values_list("kind", flat=True))
        assert kinds == ["invited", "seconded", "accepted", "invited", "withdrawn", "removed", "closed"]
        letters = {who: list(Letter.objects.filter(to=who.email).order_by("created_at")) for who in (ana, rui, third)}
        assert [len(letters[who]) for who in (ana, rui, third)] == [3, 5, 0]
        assert {letter.language for letter in letters[rui]} == {"pt"}
        own = [Letter.objects.get(to=who.email) for who in (eva, colleague)]
        assert own[0].subject == "LusoTown: you are moderator at the desk now"
        assert own[1].subject == {"pt": "LusoTown: já não trabalha no balcão"}[colleague.language]
        assert not any(name in letter.text for letter in own for name in ("Ana", "Rui"))
        assert "Eva chose new keys and works at the desk as moderator." in letters[ana][1].text
        assert not any(eva.email in letter.text for letter in Letter.objects.all())


def test_what_happens_to_a_rank_is_in_the_audit_and_an_administrator_is_not_named_to_the_member(ana, rui, eva):
    accepted(confirmed(rui, invited(ana, eva)), eva)

    with as_role("owner"):
        found = AuditEntry.objects.filter(subject=eva.pk, kind="community_invitation").order_by("id")
        assert [(entry.verb, entry.actor) for entry in found] == [
            ("insert", ana.pk), ("update", rui.pk), ("update", eva.pk)
        ]  # fmt: skip
        assert not any(str(who.pk) in str(entry.told) for entry in found for who in (ana, rui))
        assert AuditEntry.objects.filter(subject=eva.pk, kind="community_member", told__has_key="is_staff").exists()


# In a browser ------------------------------------------------------------------------------------------


def test_an_invitation_goes_from_the_page_to_the_desk_s_first_page(ana, rui, eva, desk):
    log_in_fully(desk, ana)
    desk.post("/staff/invite/", {"email": eva.email.upper(), "rank": "moderator"})
    assert b"It waits for a second administrator." in desk.get("/staff/").content
    assert b">Confirm<" not in desk.get("/staff/").content

    other = Client()
    log_in_fully(other, rui)
    with as_role("owner"):
        invitation = Invitation.objects.get()
    assert other.post(f"/staff/invitations/{invitation.pk}/confirm/").status_code == 302
    link = sent_to(eva)

    hers = Client()
    page = hers.get(link)
    assert (page.status_code, eva.email in page.content.decode()) == (200, True)
    assert hers.get(link, headers={"cookie": ""}).status_code == 200
    assert other.get(link).status_code == 403  # somebody else, logged in
    key = link.partition("key=")[2]
    assert (
        b"two different passwords"
        in hers.post("/invitation/", {"key": key, "password1": NEW, "password2": "x"}).content
    )
    assert hers.post("/invitation/", {"key": key, "password1": NEW, "password2": NEW})["Location"] == "/account/login/"
    assert hers.get(link).status_code == 410

    log_in(hers, eva, password=NEW)
    hers.post("/account/reauthenticate/?next=/account/2fa/totp/activate/", {"password": NEW})
    secret = re.search(r'class="door__key">(\w+)<', hers.get("/account/2fa/totp/activate/").content.decode())[1]
    hers.post("/account/2fa/totp/activate/", {"code": code(secret)})
    hers.post("/account/logout/")
    forget_used_codes()
    log_in(hers, eva, password=NEW)
    hers.post("/account/2fa/authenticate/", {"code": code(secret)})
    page = hers.get("/", follow=True)
    assert (page.request["PATH_INFO"], page.status_code) == ("/rules/", 200)
    assert hers.get("/events/event/").status_code == 302
    assert b"Please read the rules" in hers.post("/rules/", {}).content
    assert hers.post("/rules/", {"agrees": "on"})["Location"] == "/"
    assert hers.get("/").status_code == 200
    assert b"You agreed to this on" in hers.get("/rules/").content
    assert hers.get("/staff/").status_code == 403


def forget_used_codes() -> None:
    cache.delete_pattern("*")


def test_rules_that_changed_are_asked_again_at_the_next_login(ana, desk, monkeypatch):
    log_in_fully(desk, ana)
    assert desk.get("/").status_code == 200
    monkeypatch.setattr("community.guidelines.DESK_VERSION", 2)
    assert desk.get("/").status_code == 200
    desk.post("/logout/")
    forget_used_codes()
    log_in_fully(desk, ana)

    assert desk.get("/", follow=True).request["PATH_INFO"] == "/rules/"
    desk.post("/rules/", {"agrees": "on", "next": "https://elsewhere.example/"})

    assert desk.get("/").status_code == 200
    with as_role("owner"):
        assert list(Onboarding.objects.filter(member=ana).order_by("version").values_list("version", flat=True)) == [
            1,
            2,
        ]


def test_nobody_agrees_for_another_or_takes_it_back(ana, rui):
    with pytest.raises(Error), as_role("desk"), acting_as(ana), transaction.atomic():
        Onboarding.objects.create(member=rui, version=9)


def test_the_forms_offer_no_rank_and_not_ones_own_account(ana, rui, desk):
    log_in_fully(desk, ana)
    own = desk.get(f"/community/member/{ana.pk}/change/").content.decode()
    theirs = desk.get(f"/community/member/{rui.pk}/change/").content.decode()

    for name in ("is_staff", "is_superuser", "groups", "user_permissions", "password"):
        assert f'name="{name}"' not in own + theirs
    assert 'name="email"' not in own
    assert f"/staff/{ana.pk}/" not in desk.get("/staff/").content.decode()
    assert b"This is you" in desk.get(f"/staff/{ana.pk}/").content


def test_the_groups_may_do_what_is_written_and_each_preparation_says_so_anew():
    seniors, moderators = may("Seniors"), may("Moderators")

    assert {"change_case", "change_report", "change_listingrequest", "view_member"} <= moderators < seniors
    assert {"change_region", "add_category", "change_tag"} <= seniors - moderators
    assert not {name for name in seniors if "group" in name or "permission" in name or name == "add_member"}
    with as_role("owner"):
        Group.objects.get(name="Moderators").permissions.clear()
        found_moderators()
    assert may("Moderators") == moderators


def may(group: str) -> set[str]:
    with as_role("owner"):
        return {*Group.objects.get(name=group).permissions.values_list("codename", flat=True)}


# How long a login holds --------------------------------------------------------------------------------


def move(**back: float) -> None:
    """Let time pass for the logins at the desk: what was noted of them lies so much further back."""
    with as_role("owner"):
        for name, minutes in back.items():
            earlier = F(name) - timedelta(minutes=minutes)
            Session.objects.filter(door="desk").exclude(member=None).update(**{name: earlier})


@pytest.mark.parametrize(
    ("passed", "opens", "words"),
    [
        ({"last_used_at": 29}, True, None),
        ({"last_used_at": 31}, False, b"Nothing happened here for half an hour"),
        ({"opened_at": 719}, True, None),
        ({"opened_at": 721}, False, b"You were logged in for twelve hours"),
    ],
)
def test_a_login_at_the_desk_ends_by_itself_and_says_why(ana, desk, passed, opens, words):
    log_in_fully(desk, ana)
    move(**passed)

    answer = desk.get("/events/event/")

    assert answer.status_code == (200 if opens else 302)
    if words:
        page = desk.get(answer["Location"], follow=True)
        assert words in page.content
        assert words not in desk.get("/account/login/").content
        assert page.request["QUERY_STRING"] == "next=%2Fevents%2Fevent%2F"


@pytest.mark.parametrize("cookie", ["\0" * 32, "d" * 32 + "\0", "x" * 5000])
def test_what_is_no_key_of_a_session_is_of_no_login_that_ended(desk, settings, cookie):
    desk.cookies[settings.SESSION_COOKIE_NAME] = cookie

    assert [desk.get(path).status_code for path in ("/", "/account/login/")] == [302, 200]


@pytest.mark.parametrize(
    ("pressed_on", "comes_back_to"),
    [
        ("http://testserver/verification/case/?route=document", "next=%2Fverification%2Fcase%2F%3Froute%3Ddocument"),
        ("https://elsewhere.example/verification/case/", "next=%2F"),
        ("", "next=%2F"),
    ],
)
def test_a_button_pressed_too_late_leads_back_to_its_page(ana, desk, pressed_on, comes_back_to):
    log_in_fully(desk, ana)
    move(last_used_at=31)

    answer = desk.post("/verification/case/next/", headers={"referer": pressed_on} if pressed_on else {})
    page = desk.get(answer["Location"], follow=True)

    assert b"Nothing happened here for half an hour" in page.content
    assert page.request["QUERY_STRING"] == comes_back_to


def test_using_the_desk_holds_the_login_but_not_beyond_twelve_hours(ana, desk):
    log_in_fully(desk, ana)
    began = datetime.fromisoformat(desk.session[OPENED])
    for step in range(1, 25):
        session = desk.session
        session[OPENED] = (began - step * timedelta(minutes=29)).isoformat()
        with as_role("desk"):
            session.save()  # as messages do: what is kept anew does not begin anew
        move(last_used_at=29, opened_at=29)
        assert desk.get("/rules/").status_code == 200
    session[OPENED] = (began - timedelta(minutes=721)).isoformat()
    with as_role("desk"):
        session.save()  # and what ends in the middle of a request does not break it
    move(opened_at=29)

    assert desk.get("/rules/").status_code == 302


def test_a_session_that_ended_is_not_there_for_any_sql_of_the_desk(ana, desk):
    log_in_fully(desk, ana)
    key = desk.session.session_key
    revive = "UPDATE community_session SET last_used_at = now(), opened_at = now() WHERE session_key = %s"
    move(last_used_at=31)

    with as_role("desk"), presenting(key), connection.cursor() as cursor:
        assert cursor.execute(revive, [key]).rowcount == 0
    with as_role("desk"), acting_as(ana):
        assert not Device.objects.exists()


def test_a_login_that_slept_is_not_woken_in_a_transaction_that_was_kept_open(ana, desk):
    log_in_fully(desk, ana)
    nearly = TransactionNow() - timedelta(minutes=30) + timedelta(milliseconds=1)
    with as_role("owner"):
        Session.objects.exclude(member=None).update(last_used_at=nearly)
    with as_role("desk"), presenting(desk.session.session_key), connection.cursor() as cursor:
        assert cursor.execute("SELECT FROM community_session").rowcount == 1  # as it was when the transaction began
        assert cursor.execute("UPDATE community_session SET last_used_at = now()").rowcount == 0


def test_the_site_notes_nothing_of_when_a_login_was_used(client, eva):
    log_in(client, eva, path="/en/account/login/")
    with as_role("owner"):
        Session.objects.update(last_used_on=now().date() - timedelta(days=9))

    client.get("/en/account/")

    with as_role("owner"):
        (session,) = Session.objects.filter(member=eva)
    assert (session.opened_at, session.last_used_at) == (None, None)


# A town with one administrator -------------------------------------------------------------------------


def test_the_operator_stands_in_only_for_administrators_there_are_not(ana, eva):
    invitation = invited(ana, eva)
    with as_role("owner"):
        call_command("second_word", eva.email)
    accepted(sent_to(eva).partition("key=")[2], eva)
    assert rank(eva) == "moderator"

    other = administrator()
    invitation = invited(ana, MemberFactory())
    with as_role("owner"), pytest.raises(CommandError, match="another administrator"):
        call_command("second_word", invitation.member.email)
    with as_role("owner"), pytest.raises(CommandError, match="two administrators"):
        call_command("second_word", eva.email, rank="senior")
    assert other


def test_nobody_at_the_desk_makes_or_knows_a_link(ana, rui, eva):
    """With one that whoever spoke second had chosen, they could come in as the invited."""
    invitation = invited(ana, eva)
    at_the_desk(rui, lambda: staff.second(invitation))
    for statement in ("SELECT link_invitation(repeat('a', 64))", "SELECT digest FROM community_invitation"):
        with pytest.raises(Error, match="permission denied"), transaction.atomic():
            at_the_desk(rui, lambda statement=statement: connection.cursor().execute(statement))


def test_the_operator_lets_the_only_administrator_in_again(ana):
    with as_role("owner"):
        call_command("second_word", ana.email, rank="administrator")

    accepted(sent_to(ana).partition("key=")[2], ana)

    with as_role("owner"):
        assert Member.objects.get(pk=ana.pk).check_password(NEW)
        assert not Authenticator.objects.filter(user=ana).exists()
