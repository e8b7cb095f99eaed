"""Asks Lighthouse about a running town: its public pages in all four categories, a member's own for accessibility.

    make run                                  # the demo town, in another terminal
    npm install --prefix /tmp/lighthouse lighthouse
    .venv/bin/python bench/lighthouse.py --lighthouse /tmp/lighthouse/node_modules/.bin/lighthouse --password …

The password is the demo's (``make run`` says it). It ends with status 1 if a public page has under 95 in any
category, or a page of an account or a profile under 100 in accessibility.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.browser.paths import ACCOUNT_PATHS, OWN_PATHS

PUBLIC = ("/pt/", "/en/", "/pt/eventos/", "/en/events/")
LEAST, LEAST_OWN = 95, 100
TRIES = 3
CHROMES = ("chromium", "chromium-headless-shell", "google-chrome")
QUIET = ["--quiet", "--output=json", "--chrome-flags=--headless=new --no-sandbox --disable-gpu"]


def scores(lighthouse: str, address: str, *more: str) -> dict[str, int]:
    """The score of each category that was asked for, of 100; a browser that was lost on the way is started again."""
    chromium = os.environ.get("CHROME_PATH") or next(filter(None, map(shutil.which, CHROMES)), "")
    for attempt in range(TRIES):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            done = subprocess.run(
                [lighthouse, address, *QUIET, f"--output-path={report}", *more],
                capture_output=True,
                text=True,
                env=os.environ | {"CHROME_PATH": chromium},
            )
            if done.returncode == 0:
                found: dict[str, Any] = json.loads(report.read_text())["categories"]
                return {name: round((category["score"] or 0) * 100) for name, category in found.items()}
            print(f"{address}, try {attempt + 1}: {done.stderr.strip()[-300:]}", file=sys.stderr)
    sys.exit(f"Lighthouse did not get to the end of {address}.")


def details(context: BrowserContext, site: str) -> list[str]:
    """An event and a business in each language, from the first card of their lists."""
    page, found = context.new_page(), []
    for path in ("/pt/eventos/", "/en/events/", "/pt/negocios/", "/en/businesses/"):
        page.goto(site + path)
        hrefs = [link.get_attribute("href") or "" for link in page.locator(".card h3 a").all()]
        found.append(next(href for href in hrefs if re.fullmatch(rf"{path}[^/]+/", href)))
    return found


def come_in(context: BrowserContext, site: str, member: str, password: str) -> tuple[str, list[str]]:
    """The cookies of someone who has just logged in, as a header; and which pages of an account are there for them."""
    page = context.new_page()
    page.goto(site + "/en/account/login/")
    page.fill("[name=login]", member)
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)
    pages = [path for pair in (*ACCOUNT_PATHS.values(), *OWN_PATHS.values()) for path in pair]
    there = [path for path in pages if context.request.get(site + path).ok]
    return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in context.cookies()), there


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", default="http://localhost:8000")
    parser.add_argument("--lighthouse", default="lighthouse")
    parser.add_argument("--member", default="joana@lusotown.example")
    parser.add_argument("--password", required=True)
    asked = parser.parse_args()
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        public = [*PUBLIC, *details(browser.new_context(), asked.site)]
        cookie, own = come_in(browser.new_context(), asked.site, asked.member, asked.password)
        browser.close()
    wrong = 0
    for path in public:
        found = scores(asked.lighthouse, asked.site + path)
        wrong += min(found.values()) < LEAST
        print(path, *(f"{name} {score}" for name, score in found.items()), flush=True)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as headers:
        json.dump({"Cookie": cookie}, headers)
        headers.flush()
        for path in own:
            more = ("--only-categories=accessibility", f"--extra-headers={headers.name}")
            found = scores(asked.lighthouse, asked.site + path, *more)
            wrong += min(found.values()) < LEAST_OWN
            print(path, *(f"{name} {score}" for name, score in found.items()), flush=True)
    print(f"{len(public) + len(own)} pages asked, {wrong} not as promised")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
