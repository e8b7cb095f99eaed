"""The pages between the doors, which take a journey to reach: as the site answers, looked at in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.utils.timezone import localdate
from playwright.sync_api import Page, expect

from community.models import Topic
from community.stops import seal
from tests.browser.axe import complaints
from tests.browser.test_accessibility import SMALL_TARGETS
from tests.browsing import address
from tests.doors import PASSWORD, code, guard, log_in
from tests.factories import MemberFactory

WRONG = {"code": "ZZZZ-ZZZZ"}


def answers(language: str) -> Iterator[tuple[str, HttpResponse]]:
    """Each such page by its name; where something can be wrong, with that on it."""

    def at(name: str, **kwargs: str) -> str:
        return address(name, language, **kwargs)

    by_mail, again = Client(), at("account_once_more")
    member = MemberFactory(language=language)
    waits = by_mail.post(at("account_request_login_code"), {"email": member.email})["Location"]
    by_mail.post(waits, {"code": re.search(r"^    (\S+)$", mail.outbox[-1].body, re.MULTILINE)[1]})
    yield "once more", by_mail.get(again)
    typed = by_mail.post(again)["Location"]
    yield "once more, a wrong code", by_mail.post(typed, WRONG)

    by_password, reauthenticate = Client(), at("account_reauthenticate")
    guarded = guard(MemberFactory(password=PASSWORD))
    log_in(by_password, guarded, path=at("account_login"))
    yield "second step, a wrong code", by_password.post(at("mfa_authenticate"), {"code": "000000"})
    by_password.post(at("mfa_authenticate"), {"code": code()})
    yield "the password again, wrong", by_password.post(reauthenticate, {"password": "not-theirs"})
    yield "the app again", by_password.get(at("mfa_reauthenticate"))

    settled = Client()
    log_in(settled, MemberFactory(email=f"settled-{language}@example.org", password=PASSWORD), path=at("account_login"))
    settled.post(reauthenticate, {"password": PASSWORD})
    moves = settled.post(at("account_email"), {"email": "elsewhere@example.org"})["Location"]
    yield "the code of a new address, wrong", settled.post(moves, WRONG)

    born = localdate() - timedelta(days=12 * 365)
    child = {"born_day": born.day, "born_month": born.month, "born_year": born.year, "agrees": "on"}
    yield "too young", Client().post(at("account_signup"), child | {"display_name": "Rui", "email": "rui@example.org"})

    stop = at("notices_stop", token=seal(member.pk, Topic.WEEK))
    yield "no more letters", Client().get(stop)
    yield "no more letters, done", Client().post(stop)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["pt", "en"])
def test_axe_finds_nothing_between_the_doors(
    visit: Callable[[str], Page], page: Page, town: dict[str, str], language: str
):
    found, shown = {}, {}
    page.route("**/between/*/", lambda route: route.fulfill(body=shown["html"], content_type="text/html"))
    for number, (name, answer) in enumerate(answers(language)):
        assert answer.status_code == 200, name
        shown["html"] = answer.content.decode()
        page.set_viewport_size({"width": 1280, "height": 800})
        visit(f"/{language}/between/{number}/")
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert ("wrong" in name) == bool(page.locator(".field__error:visible").count()), name
        wrong = complaints(page, "light") + complaints(page, "dark")
        for width in (320, 375):
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append(f"wider than {width}")
        if wrong := wrong + page.evaluate(SMALL_TARGETS):
            found[name] = wrong

    assert found == {}
