"""Nobody is kept out: axe finds nothing on any page, in either language, light or dark, on any screen."""

from __future__ import annotations

import re

import psycopg
import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from playwright.sync_api import Page, expect

from config.errors import _answer
from tests.browser.axe import complaints
from tests.browser.paths import PATHS


def first_link(page: Page, pattern: str) -> str:
    """The path of the first card's link that looks so."""
    hrefs = [link.get_attribute("href") or "" for link in page.locator(".card h3 a").all()]
    return next(href for href in hrefs if re.fullmatch(pattern, href))


WIDTHS = (1280, 1920, 768, 320, 375)  # from the one a page opens in: each change is a layout
SMALL_TARGETS = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter((element) => element.offsetParent)
    .filter((element) => !element.closest(".unseen, .skip, .card h3, .prose p, .note"))
    .filter((element) => (element.closest("label") ?? element).getBoundingClientRect().height < 43.5)
    .map((element) => element.outerHTML)"""


@pytest.mark.parametrize("path", [path for pair in PATHS.values() for path in pair])
def test_a_page_is_for_everyone_on_any_screen(look, path: str):
    """One look at each: axe in both colours, what is pressed as high as a thumb, nothing wider than the screen."""
    page = look(path)

    assert complaints(page, "light") == []
    assert complaints(page, "dark") == []
    assert [width for width in WIDTHS if is_wider(page, width)] == []
    assert page.evaluate(SMALL_TARGETS) == []  # in the last of them, a telephone's


def is_wider(page: Page, width: int) -> bool:
    page.set_viewport_size({"width": width, "height": 720})
    return page.evaluate("document.documentElement.scrollWidth") > width


@pytest.mark.parametrize(
    ("path", "pattern"),
    [("/pt/eventos/", r"/pt/eventos/[^/]+/"), ("/en/events/", r"/en/events/[^/]+/"),
     ("/pt/negocios/", r"/pt/negocios/[^/]+/"), ("/en/businesses/", r"/en/businesses/[^/]+/")],
)  # fmt: skip
def test_axe_finds_nothing_on_what_a_list_leads_to(visit, path: str, pattern: str):
    page = visit(first_link(visit(path), pattern))

    assert complaints(page, "light") == []
    assert complaints(page, "dark") == []


@pytest.mark.parametrize("language", ["pt", "en"])
@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_an_error_is_told_to_everyone_in_their_language(window: Page, look, status: int, language: str):
    """As the site would answer; most of them are hard to bring about in a town that works."""
    request = RequestFactory().get(f"/{language}/")
    request.user = AnonymousUser()
    answer = _answer(request, status)
    window.route("**/error/", lambda route: route.fulfill(body=answer.content.decode(), content_type="text/html"))
    page = look(f"/{language}/error/")
    window.unroute("**/error/")

    assert answer.status_code == status
    assert page.locator("html").get_attribute("lang") == language
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgba(0, 0, 0, 0)"  # in our clothes
    assert complaints(page, "light") == []
    assert complaints(page, "dark") == []
    assert not is_wider(page, 320)


@pytest.mark.parametrize("path", ["/pt/negocios/", "/en/businesses/"])
def test_axe_finds_nothing_on_a_form_that_came_back(visit, page: Page, path: str):
    visit(first_link(visit(path), rf"{path}[^/]+/"))
    page.locator(".note a").click()
    page.locator("form.form").evaluate("form => form.noValidate = true")
    page.locator("form.form button").click()
    expect(page.locator(".field__error")).to_have_count(4)

    assert complaints(page, "light") == []
    assert complaints(page, "dark") == []


@pytest.mark.parametrize(("path", "theme"), [("/pt/negocios/", "light"), ("/en/businesses/", "dark")])
def test_axe_finds_nothing_from_claiming_a_business_to_the_code_in_its_mail(visit, page: Page, town, path, theme):
    business = first_link(visit(path), rf"{path}[^/]+/")
    with psycopg.connect(town["database"]) as owner:
        slug = business.rstrip("/").rpartition("/")[2]
        owner.execute("UPDATE businesses_business SET website = 'https://loja.example' WHERE slug = %s", [slug])
    visit(business)
    page.locator(".note a").click()
    page.locator("[name=kind][value=claim]").check()
    for name, words in {"name": "Domitília", "role": "Gerente", "email": "d@example.org"}.items():
        page.fill(f"[name={name}]", words)
    page.locator("form.form button").click()
    expect(page.locator(".steps li")).to_have_count(3)
    found = complaints(page, theme, whole=True)
    page.fill("[name=email]", "ola@loja.example")
    page.keyboard.press("Enter")
    page.fill("[name=code]", "ZZZZ-ZZZZ")
    page.keyboard.press("Enter")
    expect(page.locator(".field__error")).to_be_visible()

    assert found + complaints(page, theme, whole=True) == []
