"""The pages as people meet them: with a keyboard, in the dark, without scripts, over a slow line."""

from __future__ import annotations

import re

import psycopg
import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.paths import PATHS

KB = 1024


@pytest.mark.parametrize(
    ("name", "limit"),
    [("home", 150), ("events", 150), ("businesses", 150), ("calendar", 150), ("places", 150), ("map of events", 250),
     ("map of businesses", 250), ("one of the events", 150), ("one of the businesses", 150), ("search", 150),
     ("place", 150), ("members", 150), ("login", 150), ("api", 150)],
)  # fmt: skip
def test_a_page_is_light(page: Page, town: dict[str, str], name: str, limit: int):
    if name not in PATHS:
        page.goto(town["site"] + PATHS[name.removeprefix("one of the ")][1])
        path = page.locator(".card h3 a").first.get_attribute("href")
    else:
        path = PATHS[name][1]
    session: CDPSession = page.context.new_cdp_session(page)
    session.send("Network.enable")
    kinds: dict[str, str] = {}
    weight = {"Document": 0, "Stylesheet": 0, "Script": 0, "Font": 0}
    session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))

    def weigh(event: dict) -> None:
        kind = kinds.get(event["requestId"], "")
        if kind in weight:
            weight[kind] += event["encodedDataLength"]

    session.on("Network.loadingFinished", weigh)
    page.goto(town["site"] + path, wait_until="networkidle")

    assert 0 < sum(weight.values()) < limit * KB, weight


# Of all bakeries the one nearest to Stockwell is open, whenever this is asked.
ONE_OPEN = """
WITH bakery AS (
    SELECT b.id, b.location FROM businesses_business AS b JOIN businesses_businesstype AS t ON t.id = b.type_id
     WHERE t.slug = 'bakery'
), nearest AS (
    SELECT id FROM bakery ORDER BY location <-> ST_Point(-0.123, 51.472, 4326)::geography LIMIT 1
), changed AS (
    UPDATE businesses_business
       SET opening_hours = CASE WHEN id IN (SELECT id FROM nearest) THEN '24/7' ELSE 'Dec 24 03:00-03:01' END
     WHERE id IN (SELECT id FROM bakery)
    RETURNING opening_hours, name
)
SELECT name FROM changed WHERE opening_hours = '24/7'
"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the field of that name has the focus, as someone without a mouse does."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"Tab never comes to {name}.")


@pytest.mark.parametrize(("path", "bakery"), [("/pt/negocios/", "Padaria"), ("/en/businesses/", "Bakery")])
def test_the_keyboard_alone_finds_a_bakery_open_now_near_a_postcode(
    visit, page: Page, town: dict[str, str], path: str, bakery: str
):
    with psycopg.connect(town["database"]) as owner:
        (name,) = owner.execute(ONE_OPEN).fetchone()
    visit(path)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_class("skip")
    page.keyboard.press("Enter")
    tab_to(page, "near")
    page.keyboard.type("SW8 1UQ")
    tab_to(page, "type")
    page.keyboard.type(bakery)
    page.keyboard.press("Tab")
    page.wait_for_url("**?*type=bakery*")
    expect(page.locator("#results .card")).not_to_have_count(0)
    assert set(page.locator("#results .card__facts li:first-child").all_inner_texts()) == {bakery}

    tab_to(page, "open_now")
    page.keyboard.press("Space")
    page.wait_for_url("**?*open_now=true*")

    assert "near=SW8" in page.url
    assert "type=bakery" in page.url
    expect(page.locator("#results .card h3")).to_have_text([name])
    while page.evaluate("!document.activeElement.closest('.card')"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(name)


@pytest.mark.parametrize(("path", "free"), [("/pt/eventos/", "Grátis"), ("/en/events/", "Free")])
def test_the_keyboard_alone_finds_a_free_event_this_weekend(visit, page: Page, path: str, free: str):
    visit(path)
    tab_to(page, "free")
    page.keyboard.press("Space")
    page.wait_for_url("**?*free=true*")
    tab_to(page, "when")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**?*when=weekend*")

    assert "free=true" in page.url
    expect(page.locator("#results .card")).not_to_have_count(0)
    for labels in page.locator("#results .card .labels").all_inner_texts():
        assert free in labels
    page.keyboard.press("Tab")
    while page.evaluate("!document.activeElement.closest('.card')"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}*-20*/")


def test_choosing_a_filter_changes_the_results_and_the_address(visit, page: Page):
    visit("/en/events/")
    page.get_by_label("Category").select_option("fado")
    page.wait_for_url("**/en/events/?category=fado")

    expect(page.locator("#results .label").first).to_be_visible()
    assert set(page.locator("#results .card .labels li:nth-child(1)").all_inner_texts()) <= {
        "Fado",
        "Cancelled",
        "Postponed",
    }
    assert page.locator("a[data-language]").get_attribute("href").endswith("?category=fado")


def test_without_scripts_the_filters_still_work(browser: Browser, town: dict[str, str]):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(town["site"] + "/en/events/")
    page.locator("details.filters summary").click()
    page.get_by_label("Free", exact=True).check()
    page.get_by_role("button", name="Show").click()

    page.locator(".card").first.wait_for()
    assert "free=true" in page.url


def test_without_scripts_a_borough_opens_onto_its_neighbourhoods(browser: Browser, town: dict[str, str]):
    page = browser.new_context(java_script_enabled=False, viewport={"width": 375, "height": 812}).new_page()
    page.goto(town["site"] + "/en/places/")
    expect(page.get_by_role("link", name="Stockwell")).to_be_hidden()
    page.get_by_text("Lambeth", exact=True).click()
    page.get_by_role("link", name="Stockwell").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Stockwell")


def test_without_scripts_the_map_points_to_the_list(browser: Browser, town: dict[str, str]):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(town["site"] + "/en/events/map/")

    expect(page.locator(".map")).to_contain_text("The list shows the same")


def test_colours_change_at_once_and_stay(visit, page: Page):
    page.emulate_media(color_scheme="light")
    visit("/en/")
    with page.expect_response("**/theme/"):
        page.get_by_role("button", name="Dark colours").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


WALL = {"light": "rgb(251, 247, 236)", "dark": "rgb(12, 20, 36)"}


@pytest.mark.parametrize(("system", "choice"), [("light", "dark"), ("dark", "light")])
def test_a_choice_of_colours_needs_no_scripts_and_beats_the_system(
    browser: Browser, town: dict[str, str], system: str, choice: str
):
    page = browser.new_context(java_script_enabled=False, color_scheme=system).new_page()
    page.goto(town["site"] + "/en/events/?free=true")
    expect(page.locator("body")).to_have_css("background-color", WALL[system])
    page.get_by_role("button", name=f"{choice.capitalize()} colours").click()

    expect(page.locator("body")).to_have_css("background-color", WALL[choice])
    assert page.url.endswith("/en/events/?free=true")


def test_a_pin_opens_by_keyboard_and_leads_to_its_page(visit, page: Page):
    visit("/en/businesses/map/?near=SW8&radius_km=2")
    pin = page.locator(".pin").first
    pin.focus()
    page.keyboard.press("Enter")
    link = page.locator(".leaflet-popup a[href]").first
    expect(link).to_be_visible()

    assert re.search(r"/en/businesses/[^/]+/$", link.get_attribute("href"))


def test_a_pin_opens_and_closes_by_keyboard_alone(visit, page: Page):
    visit("/en/businesses/map/?near=SW8&radius_km=2")
    pin = page.locator(".leaflet-marker-icon.pin").first
    pin.focus()

    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup a[href]").first).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.locator(".leaflet-popup")).to_have_count(0)
    expect(pin).to_be_focused()


def test_a_cluster_that_is_opened_by_keyboard_leads_on_to_what_it_held(visit, page: Page):
    visit("/en/events/map/")
    cluster = page.locator(".leaflet-marker-icon.cluster").first
    cluster.focus()

    cluster.evaluate("element => { element.dataset.opened = true }")
    page.keyboard.press("Enter")

    expect(page.locator(".leaflet-marker-icon:is(.pin, .cluster):focus:not([data-opened])")).to_have_count(1)


def test_the_map_draws_boroughs_and_the_river_without_tiles(visit, page: Page):
    visit("/pt/eventos/mapa/")

    assert page.locator(".map__borough").count() == 33
    assert page.locator(".map__river").count() == 1
