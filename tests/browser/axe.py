from __future__ import annotations

from collections.abc import Mapping

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page

COLOURS = ["color-contrast", "link-in-text-block"]  # those of axe's rules about colours that it asks by itself
# Only what is wrong is brought back: to write out all that is right takes as long as to look.
ASK = "async options => (await axe.run({resultTypes: ['violations'], ...options})).violations"
# Three quarters of axe's time go into colours, which it asks of every piece of text. Of what is drawn alike, with all
# that it stands on, once is enough: a list of fifty cards has few colours. Fields are all asked.
ASK_COLOURS = """async options => {
  const drawn = new Map(), alike = new Map();
  const look = element => {
    if (!element) return 0;
    if (!drawn.has(element)) {
      const s = getComputedStyle(element);
      const own = [look(element.parentElement), element.localName, element.className.baseVal ?? element.className,
        s.color, s.backgroundColor, s.backgroundImage, s.opacity, s.filter, s.mixBlendMode, s.textShadow, s.position,
        s.fontSize, s.fontWeight, s.textDecorationLine].join('|');
      if (!alike.has(own)) alike.set(own, alike.size + 1);
      drawn.set(element, alike.get(own));
    }
    return drawn.get(element);
  };
  const speaks = element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  const first = new Map();
  for (const element of document.body.querySelectorAll('*')) {
    const isField = element.matches('input, select, textarea');
    if ((isField || speaks(element)) && element.checkVisibility({visibilityProperty: true})) {
      const key = isField ? element : look(element);
      if (!first.has(key)) first.set(key, element);
    }
  }
  if (!first.size) return [];
  const asked = {resultTypes: ['violations'], ...options};
  return (await axe.run({include: [...first.values()]}, asked)).violations;
}"""


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
    found = page.evaluate(ASK_COLOURS, {"runOnly": {"type": "rule", "values": COLOURS}})
    if theme == "light" or whole:
        found += page.evaluate(ASK, {"rules": {rule: {"enabled": False} for rule in COLOURS}})
    return [
        f"{rule['id']} ({rule['impact']}): {node['html']}"
        for rule in found
        for node in rule["nodes"]
        if rule["id"] not in excused or not node["html"].startswith(excused[rule["id"]])
    ]
