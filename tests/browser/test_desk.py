"""The desk: axe finds nothing of ours on any kind of its pages, and its colours follow the moderator."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import complaints
from tests.browser.conftest import fresh_code, settle
from tests.databases import DEMO_PASSWORD

# Django's own bugs: a rule, and how the elements begin that it complains of. Nothing else is excused.
DJANGOS_OWN = {
    # The column of an inline table that names its rows has an empty head.
    "empty-table-header": '<th class="original">',
    # select2 puts the button that clears a field among the field's items.
    "list": '<ul class="select2-selection__rendered">',
    # select2 draws an open list at the end of the page, outside its landmarks.
    "region": '<span class="select2-container',
}


@pytest.fixture(scope="session")
def badge(browser: Browser, town: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cookies of an administrator who logged in with both factors."""
    page = browser.new_page()
    page.goto(town["desk"])
    page.get_by_label("E-mail address").fill("admin@lusotown.example")
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_label("Code").fill(fresh_code(town))
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What waits for you")
    kept = tmp_path_factory.mktemp("desk") / "badge.json"
    page.context.storage_state(path=kept)
    page.context.close()
    return kept


@pytest.fixture
def open_desk(browser: Browser, town: dict[str, str], badge: Path) -> Iterator[Callable[[str], Page]]:
    """Open a page of the desk by its path, as the administrator."""
    context = browser.new_context(storage_state=badge, reduced_motion="reduce")
    page = context.new_page()

    def open_path(path: str) -> Page:
        return settle(page, town["desk"] + path)

    yield open_path
    context.close()


def assert_nothing_is_wrong(page: Page) -> None:
    assert complaints(page, "light", besides=DJANGOS_OWN) == []
    assert complaints(page, "dark", besides=DJANGOS_OWN) == []


def assert_it_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url


def test_axe_finds_nothing_at_the_desks_door(page: Page, town: dict[str, str]):
    page.emulate_media(reduced_motion="reduce")
    page.goto(town["desk"])

    assert complaints(page, "light") == []
    assert complaints(page, "dark") == []


@pytest.mark.parametrize(
    "path",
    ["/", "/events/event/", "/events/event/add/", "/businesses/business/add/", "/community/member/",
     "/community/region/add/", "/verification/listingrequest/", "/verification/report/", "/verification/firstpost/",
     "/statistics/"],
)  # fmt: skip
def test_axe_finds_nothing_on_the_desks_own_pages(open_desk, path: str):
    assert_nothing_is_wrong(open_desk(path))


@pytest.mark.parametrize(
    "path",
    ["/events/event/", "/businesses/business/", "/community/member/", "/community/region/"],
)  # fmt: skip
def test_axe_finds_nothing_on_what_a_list_of_the_desk_leads_to(open_desk, path: str):
    page = open_desk(path)
    page.locator("#result_list tbody th a").first.click()
    page.wait_for_load_state()

    assert_nothing_is_wrong(page)


@pytest.mark.parametrize("queue", ["listingrequest", "report", "firstpost"])
def test_each_queue_is_worked_by_keyboard_up_to_the_word_that_decides(open_desk, queue: str):
    page = open_desk(f"/verification/{queue}/")
    page.set_viewport_size({"width": 320, "height": 800})
    assert_it_fits(page)
    page.keyboard.press("n")
    page.wait_for_url("**/change/")
    expect(page.locator(".console-facts")).to_contain_text("until")
    assert_it_fits(page)
    assert_nothing_is_wrong(page)
    page.keyboard.press("r")
    page.wait_for_url("**/decide/**")

    assert_it_fits(page)
    assert_nothing_is_wrong(page)
    page.keyboard.press("Escape")
    page.wait_for_url("**/change/")
    page.get_by_role("button", name="Let it go").click()
    page.wait_for_url(f"**/verification/{queue}/")


def test_the_letter_to_a_business_is_one_page_of_a4(open_desk):
    page = open_desk("/verification/listingrequest/")
    page.locator(".console-list tbody th a").first.click()
    page.wait_for_url("**/change/")
    page.keyboard.press("c")
    page.get_by_role("button", name="Let it go").wait_for()
    page.wait_for_load_state()  # the keys are listened to from then on
    page.keyboard.press("p")
    page.locator(".letter__code").wait_for()

    assert_nothing_is_wrong(page)
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1


def test_axe_finds_nothing_on_a_form_of_the_desk_that_came_back(open_desk):
    page = open_desk("/businesses/business/add/")
    page.locator("form#business_form").evaluate("form => form.noValidate = true")
    page.locator("[name=_save]").click()
    expect(page.locator(".errornote")).to_be_visible()

    assert_nothing_is_wrong(page)


def test_a_box_that_completes_what_is_typed_says_what_it_is_for(open_desk):
    page = open_desk("/events/event/add/")
    page.get_by_role("combobox", name="Category").click()

    expect(page.locator(".select2-dropdown [role=searchbox]")).to_have_accessible_name("Category")
    assert_nothing_is_wrong(page)


def test_the_desks_colours_follow_the_system_until_a_moderator_chooses(open_desk):
    page = open_desk("/")
    light, dark = "rgb(255, 253, 248)", "rgb(12, 20, 36)"
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).to_have_css("background-color", dark)
    page.emulate_media(color_scheme="light")
    expect(page.locator("body")).to_have_css("background-color", light)

    page.locator("button.theme-toggle").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("body")).to_have_css("background-color", dark)
