"""However a mailbox is spelled, it is one: for the letters that go there, and for the account that is there."""

from __future__ import annotations

from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client

from community.mailboxes import canonical, mailbox_of
from community.mailed_codes import OUT
from community.member_choices import found
from community.models import Member
from community.staff_forms import InviteForm
from community.throttles import LOGIN
from tests.databases import as_role
from tests.doors import PASSWORD
from tests.factories import MemberFactory

HERS, WITH_UMLAUT = "ana@example.org", "ana@xn--bcher-kva.example"
JOIN = {"display_name": "Rui", "born_day": "25", "born_month": "4", "born_year": "1974", "agrees": "on"}
SAME = {
    "ANA@Example.ORG": HERS,
    " ana@example.org ": HERS,
    "ana@e\uff58ample.org": HERS,  # full-width x
    "ana@\u24d4xample.org": HERS,  # circled e
    "\uff41na@example.org": HERS,  # full-width a, before the @
    "ana\uff20example.org": HERS,  # full-width @
    "ana@example\u3002org": HERS,  # the full stop of Chinese
    "ana@exam\ufe0fple.org": HERS,  # a selector of variants
    "ana@b\u00fccher.example": WITH_UMLAUT,
    "Ana@B\u00dcCHER.example": WITH_UMLAUT,
    "ana@bu\u0308cher.example": WITH_UMLAUT,  # u, and two dots to go upon it
    "ana@XN--bcher-kva.example": WITH_UMLAUT,
}
REFUSED = {
    '"ana"@example.org': "quoted",
    '"\\ana"@example.org': "quoted",
    '"a\\na"@example.org': "quoted",
    "\uff02ana\uff02@example.org": "quoted",
    "ana@ex\u00adample.org": "unseen",  # soft hyphen
    "ana@ex\u200bample.org": "unseen",  # space of no width
    "ana@exam\u200dple.org": "unseen",  # joiner of no width
    "ana\u202e@example.org": "unseen",  # from here on right to left
    "\ufeffana@example.org": "unseen",
    "\u0131na@example.org": "invalid",  # an i without its dot
    "ana@[192.0.2.7]": "invalid",
    "ana@i\u2665.example": "invalid",
    "ana@example.org.": "invalid",
    "ana@@example.org": "invalid",
    "ana": "invalid",
    f"ana@{'x.' * 200}org": "invalid",
    "ana@" + "\ufdfa" * 400: "invalid",
}


@pytest.mark.parametrize(("typed", "mailbox"), SAME.items())
def test_every_spelling_is_one_mailbox(typed, mailbox):
    assert canonical(typed) == mailbox_of(typed) == mailbox
    assert canonical(mailbox) == mailbox


@pytest.mark.parametrize(("typed", "why"), REFUSED.items())
def test_and_others_are_refused(typed, why):
    with pytest.raises(ValidationError) as refused:
        canonical(typed)

    assert refused.value.code == why


@pytest.mark.django_db
@pytest.mark.parametrize("typed", [*SAME, *REFUSED])
def test_no_spelling_brings_more_letters_or_a_second_account(typed):
    """Joining, a code and a forgotten password: each as often as goes, in the usual spelling and in this."""
    mailbox = SAME.get(typed, HERS)
    MemberFactory(email=mailbox, password=PASSWORD)
    doors = {
        "/en/account/login/code/": {},
        "/en/account/password/forgotten/": {},
        "/en/account/join/": JOIN,
    }
    for n, (path, words) in enumerate(doors.items()):
        for turn in range(OUT.quota):
            Client(REMOTE_ADDR=f"2001:db8:{n}:{turn}::1").post(path, words | {"email": mailbox})
        assert len(mail.outbox) == OUT.quota

        answer = Client(REMOTE_ADDR="2001:db8:9::1").post(path, words | {"email": typed})

        assert len(mail.outbox) == OUT.quota
        assert answer.status_code == (302 if typed in SAME else 200)
        if typed in REFUSED:
            assert answer.context["form"].errors["email"]
            assert answer.context["form"]["email"].value() == typed
        assert {letter.to[0] for letter in mail.outbox} == {mailbox}
        mail.outbox.clear()


@pytest.mark.django_db
@pytest.mark.parametrize("typed", SAME)
def test_an_account_is_logged_in_to_by_every_spelling(typed):
    MemberFactory(email=SAME[typed], password=PASSWORD)
    browser = Client()

    browser.post("/en/account/login/", {"login": typed, "password": PASSWORD})

    assert browser.get("/en/account/").status_code == 200
    with as_role("owner"):
        assert Member.objects.get_by_natural_key(typed).email == SAME[typed]


@pytest.mark.django_db
def test_guesses_at_an_account_count_together_however_it_is_spelled():
    for _turn in range(LOGIN.here.quota):
        Client().post("/en/account/login/", {"login": WITH_UMLAUT, "password": "not-hers-at-all"})

    answer = Client().post("/en/account/login/", {"login": "ana@b\u00fccher.example", "password": "not-hers-at-all"})

    assert answer.status_code == 429


@pytest.mark.django_db
def test_the_desk_finds_a_member_by_every_spelling_of_their_address():
    member = MemberFactory(email=WITH_UMLAUT)
    with as_role("owner"):
        assert list(found(Member.objects.all(), "Ana@b\u00fccher.example ")) == [member]
    form = InviteForm({"email": "Ana@b\u00fccher.example", "rank": "moderator"})
    assert form.is_valid()
    assert form.cleaned_data["email"] == member.email


@pytest.mark.django_db
def test_whoever_joins_is_found_by_the_other_spelling_too():
    assert MemberFactory(email="ana@bücher.example").email == WITH_UMLAUT
    with pytest.raises(ValidationError):
        MemberFactory(email='"ana"@example.org')


@pytest.mark.django_db
def test_a_refused_address_says_why_in_the_language_of_the_page():
    said = {
        "en": ("without quotation marks", "cannot be seen"),
        "pt": ("sem aspas", "que não se veem"),
    }
    for language, path in {"en": "/en/account/join/", "pt": "/pt/conta/aderir/"}.items():
        for typed, words in zip(('"ana"@example.org', "ana@ex\u00adample.org"), said[language], strict=True):
            page = Client().post(path, JOIN | {"email": typed}).content.decode()
            assert words in page
            assert 'value="Rui"' in page


@pytest.mark.django_db
def test_accounts_that_were_there_get_the_spelling_that_is_looked_up():
    odd = {
        "eva@bücher.example": "eva@xn--bcher-kva.example",
        '"rui"@example.org': "rui@example.org",
        "ana@ex\u00adample.org": "ana@ex\u00adample.org",  # someone else has that mailbox
        '"zé b"@example.org': '"zé b"@example.org',  # nobody can say what it was
        "lia@example.org": "lia@example.org",
    }
    with as_role("owner"):
        MemberFactory(email=HERS)
        members = {old: MemberFactory(email=f"member{n}@example.net") for n, old in enumerate(odd)}
        for old, member in members.items():
            Member.objects.filter(pk=member.pk).update(email=old)
            EmailAddress.objects.create(user=member, email=old, primary=True, verified=True)

        import_module("community.migrations.0109_one_spelling_of_each_mailbox").spell(apps, None)

        now = {old: Member.objects.get(pk=member.pk).email for old, member in members.items()}
        proved = {old: EmailAddress.objects.get(user=member).email for old, member in members.items()}
    assert now == proved == odd
