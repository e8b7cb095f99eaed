"""Coming in by way of an account elsewhere: who is led where, and what is kept of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import jwt
import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.socialaccount.providers.apple.client import AppleOAuth2Client
from allauth.socialaccount.providers.apple.views import AppleOAuth2Adapter
from allauth.socialaccount.providers.facebook import flows as facebook_flows
from allauth.socialaccount.providers.facebook.views import FacebookOAuth2Adapter
from allauth.socialaccount.providers.google import views as google
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils.timezone import now

from community.identity import acting_as, signing_in
from community.models import Member, Profile
from tests.browsing import address
from tests.databases import as_role
from tests.doors import PASSWORD, code, guard, log_in
from tests.factories import MemberFactory
from tests.provider import Provider, provider

pytestmark = pytest.mark.django_db
RUI = {"sub": "1234567890", "email": "Rui@example.org", "email_verified": True}
RUI |= {"name": "Rui da Graça", "given_name": "Rui", "family_name": "da Graça", "picture": "https://example.com/rui"}
REST = {"display_name": "Rui", "born_day": "25", "born_month": "4", "born_year": "1974", "agrees": "on"}
JOIN = "/en/account/join/"


@pytest.fixture
def elsewhere(settings, monkeypatch) -> Iterator[Provider]:
    """Google and Facebook are configured, and played by a server of our own."""
    app = {"client_id": "the-town", "secret": "sesame"}
    settings.SOCIALACCOUNT_PROVIDERS = {
        "google": {"APP": app, "SCOPE": ["openid", "email", "profile"], "OAUTH_PKCE_ENABLED": True},
        "facebook": {"APP": app, "SCOPE": ["email"], "FIELDS": ["id", "email", "name"], "OAUTH_PKCE_ENABLED": True},
    }
    with provider() as server:
        monkeypatch.setattr(google.GoogleOAuth2Adapter, "authorize_url", f"{server.url}/auth")
        monkeypatch.setattr(google.GoogleOAuth2Adapter, "access_token_url", f"{server.url}/token")
        monkeypatch.setattr(google, "ID_TOKEN_ISSUER", server.url)
        monkeypatch.setattr(FacebookOAuth2Adapter, "authorize_url", f"{server.url}/auth")
        monkeypatch.setattr(FacebookOAuth2Adapter, "access_token_url", f"{server.url}/oauth/access_token")
        monkeypatch.setattr(facebook_flows, "GRAPH_API_URL", server.url)
        server.says = dict(RUI)
        yield server


def go(client: Client, way: str = "google", language: str = "en", **fields: str):
    """Press the button, agree there, and come back."""
    away = client.post(address("account_begin_elsewhere", language, provider=way), fields)
    back = urlsplit(requests.get(away["Location"], allow_redirects=False, timeout=5).headers["Location"])
    return client.get(f"{back.path}?{back.query}")


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def members() -> list[Member]:
    with as_role("owner"):
        return list(Member.objects.select_related("profile"))


def links() -> list[tuple[object, ...]]:
    with as_role("owner"):
        return list(SocialAccount.objects.values_list("user", "provider", "uid", "extra_data"))


def linked(uid: str = RUI["sub"], **fields: object) -> Member:
    member = MemberFactory(**fields)
    with as_role("owner"):
        SocialAccount.objects.create(user=member, provider="google", uid=uid, extra_data={})
    return member


def mailed_code() -> str:
    return re.search(r"^    (\S+)$", str(mail.outbox[-1].body), re.MULTILINE)[1]


# Not configured ---------------------------------------------------------------------------------------


def test_what_is_not_configured_is_not_there(client):
    for path in ("/en/account/login/", JOIN):
        assert "Google" not in client.get(path).content.decode()
    for path in ("/en/account/with/google/", "/en/account/with/nobody/", "/with/google/", "/with/apple/"):
        assert client.post(path).status_code == 404
    ana = MemberFactory()
    with acting_as(ana):
        client.force_login(ana, "community.login.MemberBackend")
    assert "Google" not in client.get("/en/account/").content.decode()


@pytest.mark.parametrize(("language", "words"), [("en", "Go on with Google"), ("pt", "Continuar com Google")])
def test_what_is_configured_is_offered_in_words_and_loads_nothing_of_theirs(client, elsewhere, language, words):
    for name in ("account_login", "account_signup"):
        page = client.get(address(name, language)).content.decode()
        assert words in " ".join(page.split())
        assert "Facebook" in page
        assert "Apple" not in page
        assert not re.search(r'(src|href)="https?://(?!localhost)', page)
    assert client.cookies.get("lusotown") is None


# The way there and back -------------------------------------------------------------------------------


def test_the_least_is_asked_for_and_whoever_comes_back_is_whoever_left(client, elsewhere):
    go(client)

    asked = elsewhere.asked_for("/auth")
    assert set(asked["scope"].split()) == {"openid", "email", "profile"}
    assert asked["redirect_uri"].endswith("/with/google/")
    assert elsewhere.challenge_is_met()
    other = Client()
    away = client.post("/en/account/with/google/")
    back = urlsplit(requests.get(away["Location"], allow_redirects=False, timeout=5).headers["Location"])
    assert other.get(f"{back.path}?{back.query}")["Location"] == "/en/account/login/"
    assert other.get("/with/google/?code=x&state=y")["Location"] == "/en/account/login/"
    assert members() == []


def test_whoever_does_not_agree_is_back_where_they_were_in_their_language(client, elsewhere):
    elsewhere.agrees = False

    answer = go(client, language="pt")

    assert answer["Location"] == "/pt/conta/login/"
    assert "Tente outra vez" in client.get(answer["Location"]).content.decode()


# A stranger -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "door"), [("en", JOIN), ("pt", "/pt/conta/aderir/")])
def test_a_stranger_whose_address_is_proved_joins_on_our_own_page_without_a_code(client, elsewhere, language, door):
    answer = go(client, language=language)

    assert answer["Location"] == door
    assert members() == []
    page = client.get(door).content.decode()
    assert 'value="Rui da Graça"' in page
    assert 'value="rui@example.org"' in page
    assert "Google" in page
    done = client.post(door, REST | {"email": "someone@else.example"})  # the proved one stands

    (member,) = members()
    assert done["Location"] == address("account_overview", language)
    assert who(client) == str(member.pk)
    assert (member.email, member.profile.display_name, member.language) == ("rui@example.org", "Rui", language)
    assert not member.has_usable_password()
    assert member.adult_confirmed_at is not None
    assert member.guidelines_version > 0
    assert links() == [(member.pk, "google", RUI["sub"], {})]
    with as_role("owner"):
        assert EmailAddress.objects.get(user=member).verified
        assert SocialToken.objects.count() == 0
        assert Profile.objects.get(pk=member.pk).visibility == "private"
    assert mail.outbox == []
    client.post("/en/account/logout/")
    go(client)
    assert who(client) == str(member.pk)


def test_who_is_too_young_or_does_not_agree_does_not_join_by_elsewhere_either(client, elsewhere):
    go(client)
    without = {name: value for name, value in REST.items() if name != "agrees"}
    assert b"field__error" in client.post(JOIN, without).content
    assert "too_young" in str(client.post(JOIN, REST | {"born_year": str(now().year - 17)}).templates[0].name)
    assert (members(), links()) == ([], [])


@pytest.mark.parametrize("says", [{"email_verified": False}, {"email": None}])
def test_an_address_that_is_not_proved_there_is_proved_here_with_a_code(client, elsewhere, says):
    elsewhere.says |= says
    answer = go(client)
    assert answer["Location"] == JOIN
    assert "First we send a code" in client.get(JOIN).content.decode()

    answer = client.post(JOIN, REST | {"email": "rui.real@example.org"})
    assert answer["Location"] == "/en/account/join/code/"
    assert members() == []
    client.post(answer["Location"], {"code": mailed_code()})

    (member,) = members()
    assert (member.email, who(client)) == ("rui.real@example.org", str(member.pk))
    assert links() == [(member.pk, "google", RUI["sub"], {})]


def test_facebook_never_proves_an_address_and_is_asked_for_nothing_else(client, elsewhere):
    elsewhere.says = {"id": "42", "email": "rui@example.org", "name": "Rui da Graça"}
    answer = go(client, "facebook")

    assert answer["Location"] == JOIN
    assert elsewhere.asked_for("/auth")["scope"] == "email"
    assert elsewhere.asked_for("/me")["fields"] == "id,email,name"
    client.post(JOIN, REST | {"email": "rui@example.org"})
    client.post("/en/account/join/code/", {"code": mailed_code()})
    assert [link[1:] for link in links()] == [("facebook", "42", {})]


def test_an_address_that_is_not_proved_reads_the_same_whether_or_not_it_has_an_account(client, elsewhere):
    MemberFactory(email="rui@example.org")
    elsewhere.says["email_verified"] = False
    pages = []
    for email in ("rui@example.org", "eva@example.org"):
        elsewhere.says |= {"email": email, "sub": email}
        browser = Client()
        pages.append((go(browser)["Location"], browser.post(JOIN, REST | {"email": email})["Location"]))

    assert pages[0] == pages[1] == (JOIN, "/en/account/join/code/")


def test_one_can_join_without_it_after_all(client, elsewhere):
    go(client)
    client.get(f"{JOIN}?other")

    assert "rui@example.org" not in client.get(JOIN).content.decode()
    client.post(JOIN, REST | {"email": "eva@example.org"})
    client.post("/en/account/join/code/", {"code": mailed_code()})
    assert [member.email for member in members()] == ["eva@example.org"]
    assert links() == []


# A member ---------------------------------------------------------------------------------------------


def test_an_account_at_the_same_address_is_not_opened_nor_linked(client, elsewhere):
    ana = MemberFactory(email="rui@example.org")

    answer = go(client)

    assert answer["Location"] == "/en/account/login/"
    assert "There is an account at rui@example.org already" in client.get(answer["Location"]).content.decode()
    assert (who(client), links()) == (None, [])
    assert "rui@example.org" not in client.get(JOIN).content.decode()
    assert [member.pk for member in members()] == [ana.pk]


def test_the_second_step_is_asked_for_all_the_same(client, elsewhere):
    member = guard(linked())

    answer = go(client)

    assert (answer["Location"], who(client)) == ("/en/account/2fa/authenticate/", None)
    client.post(answer["Location"], {"code": code()})
    assert who(client) == str(member.pk)


def test_a_closed_account_stays_closed(client, elsewhere):
    linked(is_active=False)

    assert go(client)["Location"] == "/en/account/inactive/"
    assert who(client) is None


@pytest.mark.parametrize(("wanted", "led"), [("/en/events/", "/en/events/"), ("https://example.com/", "/en/")])
def test_one_goes_on_where_one_was_and_never_elsewhere(client, elsewhere, wanted, led):
    linked()

    assert go(client, next=wanted)["Location"] == led


def inside(member: Member, *, sure: bool = True) -> Client:
    client = Client()
    log_in(client, member, path="/en/account/login/")
    if sure:
        client.post("/en/account/reauthenticate/", {"password": PASSWORD})
    return client


def test_a_member_connects_and_disconnects_on_the_page_of_their_account(elsewhere):
    ana = MemberFactory(email="ana@example.org", password=PASSWORD, language="en")
    client = inside(ana)

    assert go(client)["Location"] == "/en/account/"
    assert links() == [(ana.pk, "google", RUI["sub"], {})]
    assert "Google opens your account too now" in str(mail.outbox[-1].subject)
    assert "Opens your account." in client.get("/en/account/").content.decode()
    go(client)  # again changes nothing
    assert len(links()) == 1
    client.post("/en/account/with/google/end/")
    assert links() == []
    assert "does not open your account" in str(mail.outbox[-1].subject)
    stranger = Client()
    go(stranger)
    assert who(stranger) is None


def test_connecting_asks_once_more_who_one_is(elsewhere):
    client = inside(MemberFactory(password=PASSWORD), sure=False)

    answer = client.post("/en/account/with/google/")

    assert answer["Location"] == "/en/account/reauthenticate/?next=%2Fen%2Faccount%2F"
    assert elsewhere.asked == []


def test_disconnecting_asks_once_more_who_one_is(elsewhere):
    ana = linked(password=PASSWORD)
    client = inside(ana, sure=False)

    answer = client.post("/en/account/with/google/end/")

    assert answer["Location"] == "/en/account/reauthenticate/?next=%2Fen%2Faccount%2F"
    assert [link[0] for link in links()] == [ana.pk]
    assert mail.outbox == []


def test_an_account_elsewhere_opens_one_account_here_and_is_not_taken_from_it(elsewhere):
    rui = linked()
    client = inside(MemberFactory(password=PASSWORD))

    go(client)

    assert "connected with an account here already" in client.get("/en/account/").content.decode()
    assert links() == [(rui.pk, "google", RUI["sub"], {})]


def test_whoever_disconnects_still_comes_in_by_a_mailed_code(elsewhere):
    rui = linked(email="rui@example.org")
    client = Client()
    go(client)
    asked = client.post("/en/account/with/google/end/")["Location"]
    client.post(client.post(asked)["Location"], {"code": mailed_code()})
    client.post("/en/account/with/google/end/")
    assert links() == []
    client.post("/en/account/logout/")

    answer = client.post("/en/account/login/code/", {"email": rui.email})
    client.post(answer["Location"], {"code": mailed_code()})

    assert who(client) == str(rui.pk)


# What the database holds to ------------------------------------------------------------------------------


def test_nobody_lists_connections_and_one_is_found_by_presenting_it_alone():
    rui, eva = linked("1"), linked("2")
    assert SocialAccount.objects.count() == 0
    with acting_as(eva):
        assert [link.uid for link in SocialAccount.objects.all()] == ["2"]
    with signing_in(str(rui.pk)):
        assert [link.uid for link in SocialAccount.objects.all()] == ["1"]
        assert SocialAccount.objects.all().delete()[0] == 0
    for role in ("desk", "worker"):
        with as_role(role), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT connected_member('google', '1')")


def test_a_number_stands_for_someone_at_its_own_provider_alone():
    rui = linked("42")
    with connection.cursor() as cursor:
        cursor.execute("SELECT connected_member('google', '42'), connected_member('facebook', '42')")
        assert cursor.fetchone() == (rui.pk, None)


def test_an_account_is_opened_by_one_connection_a_provider():
    rui = linked("1")
    with acting_as(rui), pytest.raises(DatabaseError, match="a_provider_opens_an_account_once"), transaction.atomic():
        SocialAccount.objects.create(user=rui, provider="google", uid="2", extra_data={})


def test_of_what_a_provider_says_the_number_alone_is_kept():
    rui = MemberFactory()
    with acting_as(rui), pytest.raises(DatabaseError, match="nothing_but_the_number"), transaction.atomic():
        SocialAccount.objects.create(user=rui, provider="google", uid="1", extra_data={"name": "Rui"})


def test_a_connection_is_never_turned_nor_holds_more_than_a_number():
    rui, eva = linked("1"), MemberFactory()
    for fields in ({"user": eva}, {"uid": "9"}, {"extra_data": {"name": "Rui"}}):
        with acting_as(rui), pytest.raises(DatabaseError), transaction.atomic():
            SocialAccount.objects.filter(user=rui).update(**fields)
    with acting_as(rui):
        assert SocialAccount.objects.filter(user=rui).update(last_login=now() + timedelta(days=1)) == 1
        with pytest.raises(DatabaseError), transaction.atomic():
            SocialAccount.objects.create(user=eva, provider="facebook", uid="3", extra_data={})


# Apple ------------------------------------------------------------------------------------------------


@pytest.fixture
def apple(settings, monkeypatch) -> list[dict]:
    """Apple is configured; its token endpoint and its keys are played. What it was sent is kept."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    app = {"client_id": "town.example", "secret": "KEYID", "key": "TEAMID", "settings": {"certificate_key": pem}}
    settings.SOCIALACCOUNT_PROVIDERS = {"apple": {"APP": app, "SCOPE": ["name", "email"]}}
    sent: list[dict] = []

    def get_access_token(self, code, pkce_code_verifier=None):
        secret = jwt.decode(
            self.generate_client_secret(), key.public_key(), ["ES256"], audience="https://appleid.apple.com"
        )
        sent.append({"code": code, "secret": secret})
        return {"access_token": "a", "id_token": "signed"}

    claims = {"sub": "000.abc", "email": "rui@example.org", "email_verified": "true"}
    monkeypatch.setattr(AppleOAuth2Client, "get_access_token", get_access_token)
    monkeypatch.setattr(AppleOAuth2Adapter, "get_verified_identity_data", lambda provider, id_token: claims)
    return sent


def test_apple_posts_its_answer_from_outside_and_its_shape_is_understood(apple):
    client, outside = Client(), Client(enforce_csrf_checks=True)
    away = urlsplit(client.post("/en/account/with/apple/")["Location"])
    assert away.netloc == "appleid.apple.com"
    state = dict(part.split("=") for part in away.query.split("&"))["state"]
    said = {
        "code": "c",
        "state": state,
        "id_token": "signed",
        "user": '{"name": {"firstName": "Rui", "lastName": "G."}}',
    }

    finish = urlsplit(
        outside.post("/with/apple/", said)["Location"]
    )  # without the cookie of the session, as browsers do
    client.cookies["apple-login-session"] = outside.cookies["apple-login-session"].value
    answer = client.get(f"{finish.path}?{finish.query}")

    assert answer["Location"] == JOIN
    assert 'value="Rui G."' in client.get(JOIN).content.decode()
    client.post(JOIN, REST)
    assert [link[1:] for link in links()] == [("apple", "000.abc", {})]
    assert (apple[0]["code"], apple[0]["secret"]["iss"], apple[0]["secret"]["sub"]) == ("c", "TEAMID", "town.example")
