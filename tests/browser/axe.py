from __future__ import annotations

from collections.abc import Mapping

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page

COLOURS = ["color-contrast", "link-in-text-block"]  # those of axe's rules about colours that it asks by itself
# Only what is wrong is brought back: to write out all that is right takes as long as to look.
ASK = "async options => (await axe.run({resultTypes: ['violations'], ...options})).violations"


def complaints(page: Page, theme: str, *, whole: bool = False, besides: Mapping[str, str] | None = None) -> list[str]:
    """What axe finds on a page in light or dark, of any impact.

    In the dark nothing but colours is another, so only the rules about them are asked, unless a page is looked at in
    the dark alone: then ``whole`` asks them all. ``besides`` names what is not ours to mend: a rule, and how the
    elements begin that it may complain of.
    """
    excused = besides or {}
    page.emulate_media(color_scheme=theme)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_FILE_PATH.read_text())
    options = {"runOnly": {"type": "rule", "values": COLOURS}} if theme == "dark" and not whole else {}
    return [
        f"{rule['id']} ({rule['impact']}): {node['html']}"
        for rule in page.evaluate(ASK, options)
        for node in rule["nodes"]
        if rule["id"] not in excused or not node["html"].startswith(excused[rule["id"]])
    ]
