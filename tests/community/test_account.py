"""Coming in by other ways than a password, and changing one's own account."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.test import Client
from django.utils.timezone import now

from community.models import Member, Token
from tests.databases import as_role
from tests.doors import PASSWORD, code, guard, log_in
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
DOOR = "/en/account/login/"
NEW = "outra-viagem-2027"


@pytest.fixture
def ana() -> Member:
    return MemberFactory(email="ana@example.org", password=PASSWORD, language="pt")


@pytest.fixture
def inside(client: Client, ana: Member) -> Client:
    """Ana's browser, where she has just typed her password twice."""
    log_in(client, ana, path=DOOR)
    client.post("/en/account/reauthenticate/", {"password": PASSWORD})
    return client


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def written_code() -> str:
    return re.search(r"^    (\S+)$", mail.outbox[-1].body, re.MULTILINE)[1]


def as_it_is(member: Member) -> Member:
    with as_role("owner"):
        return Member.objects.get(pk=member.pk)


# Codes by mail ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "language"), [("/en/account/login/code/", "en"), ("/pt/conta/login/codigo/", "pt")])
def test_a_code_by_mail_opens_an_account_without_a_password_in_the_members_own_language(client, path, language):
    eva = MemberFactory(language="pt")

    response = client.post(path, {"email": eva.email.upper()})
    client.post(response["Location"], {"code": written_code().lower()})

    assert who(client) == str(eva.pk)
    assert mail.outbox[-1].to == [eva.email]
    assert mail.outbox[-1].subject == "LusoTown: o seu código para entrar"


def test_a_code_by_mail_does_not_spare_the_second_step(client, ana):
    guard(ana)

    response = client.post("/en/account/login/code/", {"email": ana.email})
    response = client.post(response["Location"], {"code": written_code()})

    assert response["Location"] == "/en/account/2fa/authenticate/"
    assert who(client) is None
    client.post(response["Location"], {"code": code()})
    assert who(client) == str(ana.pk)


def test_a_code_opens_one_browser_once_though_several_wait_for_it(client, ana):
    unasked, waiting = Client(), Client()
    page = client.post("/en/account/login/code/", {"email": ana.email})["Location"]
    waiting.post("/en/account/login/code/", {"email": ana.email})
    client.post(page, {"code": written_code() + "X"})

    unasked.post(page, {"code": written_code()})
    assert who(unasked) is None
    client.post(page, {"code": written_code()})
    assert who(client) == str(ana.pk)
    client.post("/en/account/logout/")
    for browser in (client, waiting):
        browser.post(page, {"code": written_code()})
        assert who(browser) is None


def test_a_code_opens_no_other_account_and_no_other_matter(client, ana):
    eva = MemberFactory()
    forgetful = Client()
    reset = forgetful.post("/en/account/password/forgotten/", {"email": eva.email})["Location"]
    client.post("/en/account/login/code/", {"email": ana.email})
    anas = written_code()
    other = Client()
    page = other.post("/en/account/login/code/", {"email": eva.email})["Location"]
    evas = written_code()

    assert b"field__error" in other.post(page, {"code": anas}).content
    assert b"field__error" in forgetful.post(reset, {"code": evas}).content
    other.post(page, {"code": evas})
    assert who(other) == str(eva.pk)


def test_a_stranger_who_asks_for_a_code_is_told_by_mail_that_there_is_no_account(client):
    response = client.post("/pt/conta/login/codigo/", {"email": "rui@example.org"})

    assert response["Location"] == "/pt/conta/login/codigo/confirmar/"
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["rui@example.org"], "LusoTown: não há aqui nenhuma conta")
    assert "http://localhost:8000/pt/conta/aderir/" in letter.body


# Passwords --------------------------------------------------------------------------------------------


def test_a_forgotten_password_is_replaced_with_a_code_and_other_browsers_are_logged_out(client, ana):
    elsewhere = Client()
    log_in(elsewhere, ana, path=DOOR)

    response = client.post("/en/account/password/forgotten/", {"email": "Ana@example.org"})
    response = client.post(response["Location"], {"code": written_code()})
    form = response["Location"]
    assert client.get(form).status_code == 200
    assert b"field__error" in client.post(form, {"password1": "short", "password2": "short"}).content
    response = client.post(form, {"password1": NEW, "password2": NEW})

    assert client.get(response["Location"]).status_code == 200
    assert as_it_is(ana).check_password(NEW)
    assert who(client) is None
    assert not elsewhere.get("/en/").wsgi_request.user.is_authenticated
    assert (mail.outbox[-1].to, mail.outbox[-1].subject) == ([ana.email], "LusoTown: A sua senha foi mudada")
    assert client.get(form).status_code == 302  # once


def forget_password(client: Client, member: Member) -> str:
    """Choose a new password with a mailed code; what the page at the end says."""
    answer = client.post("/en/account/password/forgotten/", {"email": member.email})
    answer = client.post(answer["Location"], {"code": written_code()})
    answer = client.post(answer["Location"], {"password1": NEW, "password2": NEW}, follow=True)
    return answer.content.decode()


def test_what_else_opened_the_account_ends_with_a_forgotten_password_and_is_named(client, ana):
    with as_role("owner"):
        _token, secret = Token.objects.issue(ana, name="Script", scopes=["profile:read"], days=9, at=now())
        SocialAccount.objects.create(user=ana, provider="google", uid="7", extra_data={})
        SocialAccount.objects.create(user=MemberFactory(), provider="google", uid="8", extra_data={})
    guard(ana)

    page = forget_password(client, ana)

    assert "Google does not open your account any more" in page
    assert "Your keys to the API have ended" in page
    bearer = {"authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/members/me/", headers=bearer).status_code == 401
    with as_role("owner"):
        assert [link.uid for link in SocialAccount.objects.all()] == ["8"]
        assert Authenticator.objects.filter(user=ana).count() == 1  # it guards against whoever reads her mail
    letter = " ".join(str(mail.outbox[-1].body).split())
    assert "As suas chaves da API deixaram de servir." in letter
    assert "Já não estão ligados: Google." in letter
    assert "/pt/conta/2fa/" in letter


def test_a_forgotten_password_says_nothing_of_what_is_not_there(client, ana):
    page = forget_password(client, ana)

    letter = " ".join(str(mail.outbox[-1].body).split())
    assert "Google" not in page + letter
    assert "API" not in letter
    assert "/2fa/" not in letter


def test_the_page_of_second_steps_says_what_is_asked_for_now(inside, ana):
    assert "Only your password or your mail opens your account" in inside.get("/en/account/2fa/").content.decode()
    with as_role("owner"):
        Authenticator.objects.create(user=ana, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone"})

    page = inside.get("/en/account/2fa/").content.decode()

    assert "Only your password" not in page
    assert "your passkey is asked for" in page
    assert "the desk" not in page.lower()


def test_changing_a_password_keeps_this_browser_and_ends_the_others(inside, ana):
    elsewhere = Client()
    log_in(elsewhere, ana, path=DOOR)

    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert (
        b"This is not your password" in inside.post("/en/account/password/change/", form | {"oldpassword": NEW}).content
    )
    response = inside.post("/en/account/password/change/", form)

    assert response["Location"] == "/en/account/"
    assert inside.get("/en/account/").status_code == 200
    assert not elsewhere.get("/en/").wsgi_request.user.is_authenticated
    assert as_it_is(ana).check_password(NEW)


def test_who_came_without_a_password_chooses_one(client):
    eva = MemberFactory()
    response = client.post("/en/account/login/code/", {"email": eva.email})
    client.post(response["Location"], {"code": written_code()})

    assert client.get("/en/account/password/change/")["Location"] == "/en/account/password/set/"
    asked = client.get("/en/account/password/set/")["Location"]
    response = client.post(client.post(asked)["Location"], {"code": written_code()})
    assert response["Location"] == "/en/account/password/set/"
    client.post("/en/account/password/set/", {"password1": NEW, "password2": NEW})

    assert as_it_is(eva).check_password(NEW)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/en/account/password/set/", {"password1": NEW, "password2": NEW}),
        ("/en/account/address/", {"email": "nova@example.org"}),
        ("/en/account/2fa/totp/activate/", {}),
        ("/en/account/2fa/webauthn/add/", {}),
        ("/en/account/tokens/new/", {}),
    ],
)
def test_who_finds_the_browser_of_a_member_without_a_password_makes_no_way_in_of_their_own(client, path, form):
    eva = MemberFactory()
    response = client.post("/en/account/login/code/", {"email": eva.email})
    client.post(response["Location"], {"code": written_code()})
    letters = len(mail.outbox)

    for response in (client.get(path), client.post(path, form)):
        assert response["Location"].startswith("/en/account/once-more/?next=")

    assert len(mail.outbox) == letters
    assert as_it_is(eva).password == eva.password
    assert NEW not in str(dict(client.session))


# The address ------------------------------------------------------------------------------------------


def test_an_account_moves_to_a_new_address_once_it_is_proved_and_the_old_one_is_told(inside, ana):
    with as_role("owner"):  # as whoever joined has it
        EmailAddress.objects.create(user=ana, email=ana.email, primary=True, verified=True)
    response = inside.post("/en/account/address/", {"email": "Nova@example.org"})
    assert as_it_is(ana).email == "ana@example.org"
    assert mail.outbox[-1].to == ["nova@example.org"]

    inside.post(response["Location"], {"code": written_code()})

    assert as_it_is(ana).email == "nova@example.org"
    with as_role("owner"):
        assert list(EmailAddress.objects.values_list("email", "verified")) == [("nova@example.org", True)]
    letter = mail.outbox[-1]
    assert (letter.to, letter.subject) == (["ana@example.org"], "LusoTown: o seu endereço de e-mail foi mudado")
    assert "nova@example.org" in letter.body
    assert inside.get("/en/account/").status_code == 200
    fresh = Client()
    fresh.post(DOOR, {"login": "nova@example.org", "password": PASSWORD})
    assert who(fresh) == str(ana.pk)


def test_the_address_of_another_account_reads_the_same_and_is_never_given(inside, ana):
    MemberFactory(email="rui@example.org")

    free = inside.post("/en/account/address/", {"email": "free@example.org"})
    taken = inside.post("/en/account/address/", {"email": "rui@example.org"})

    assert (free.status_code, free["Location"]) == (taken.status_code, taken["Location"])
    assert mail.outbox[-1].to == ["rui@example.org"]
    assert "    " not in mail.outbox[-1].body
    inside.post(taken["Location"], {"code": "BBBB-BBBB"})
    assert as_it_is(ana).email == "ana@example.org"


def test_the_address_changes_only_after_the_password_was_typed_again(client, ana):
    log_in(client, ana, path=DOOR)

    response = client.post("/en/account/address/", {"email": "nova@example.org"})

    assert response["Location"].startswith("/en/account/reauthenticate/")


# The pages --------------------------------------------------------------------------------------------


def test_a_member_logs_out_elsewhere(inside, ana):
    others = [Client(), Client()]
    for browser in others:
        log_in(browser, ana, path=DOOR)
    page = inside.get("/en/account/devices/").content.decode()
    (first, second) = re.findall(r'name="device"\s+value="(\w+)"', page)

    inside.post("/en/account/devices/", {"device": first})
    assert sorted(browser.get("/en/").wsgi_request.user.is_authenticated for browser in others) == [False, True]
    inside.post("/en/account/devices/", {"others": "all"})

    assert {browser.get("/en/").wsgi_request.user.is_authenticated for browser in others} == {False}
    assert inside.get("/en/account/").status_code == 200
    assert first != second


def test_a_member_is_written_to_in_the_language_they_choose(inside, ana):
    written_in = []
    for language in ("en", "xx", "pt"):
        page = inside.post("/pt/conta/", {"language": language}, follow=True)
        written_in.append((ana.__class__.objects.get(pk=ana.pk).language, page.resolver_match.url_name))

    assert written_in == [("en", "account_overview"), ("en", "account_overview"), ("pt", "account_overview")]
    assert "In English" in inside.get("/en/account/").content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "address/",
        "password/change/",
        "devices/",
        "2fa/",
        "2fa/webauthn/",
        "2fa/webauthn/add/",
        "2fa/totp/activate/",
    ],
)
@pytest.mark.parametrize("language", ["pt", "en"])
def test_every_page_of_an_account_opens_in_both_languages_and_is_kept_by_no_cache(inside, path, language):
    names = {"address/": "endereco/", "password/change/": "senha/mudar/", "devices/": "aparelhos/"}
    address = f"/en/account/{path}" if language == "en" else f"/pt/conta/{names.get(path, path)}"

    response = inside.get(address)

    assert response.status_code == 200
    assert f'<html lang="{language}"' in response.content.decode()
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("path", ["", "address/", "devices/", "2fa/"])
def test_an_account_is_shown_to_nobody_else(client, path):
    assert client.get(f"/en/account/{path}")["Location"].startswith(DOOR)


@pytest.mark.parametrize("path", ["/en/", "/pt/eventos/", "/en/guidelines/"])
def test_strangers_get_no_cookie_and_pages_that_caches_may_keep(client, path):
    response = client.get(path)

    assert not response.cookies
    assert "private" not in response.get("Cache-Control", "")
    assert "/account/" in response.content.decode() or "/conta/" in response.content.decode()
