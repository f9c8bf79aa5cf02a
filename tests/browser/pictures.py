"""Pictures of pages as people see them: wide, dark and on a phone, for looking at before a change is called done.

    python -m tests.browser.pictures http://localhost:8000 --sign-in alice@example.org --to pictures / /queues/standard/

Asks for the password, or takes it from REVIEWHUB_PASSWORD. `--whole` takes the page to its end, not the window.
"""

import argparse
import getpass
import os
import re
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

WINDOWS: dict[str, dict[str, Any]] = {
    "wide": {"viewport": {"width": 1360, "height": 900}},
    "dark": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
}


def main() -> None:
    """Take a picture of every path in every window, and say where a page is wider than its window."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=__doc__)
    parser.add_argument("address")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--sign-in", required=True, metavar="EMAIL")
    parser.add_argument("--to", type=Path, default=Path("pictures"))
    parser.add_argument("--whole", action="store_true")
    given = parser.parse_args()
    password = os.environ.get("REVIEWHUB_PASSWORD") or getpass.getpass()
    given.to.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for window in WINDOWS:
            _take(browser, window, given, password)
        browser.close()


def _take(browser: Browser, window: str, given: argparse.Namespace, password: str) -> None:
    page = browser.new_context(**WINDOWS[window]).new_page()
    page.goto(f"{given.address}/accounts/login/")
    page.fill("[name=login]", given.sign_in)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{given.address}/")
    for path in given.paths:
        page.goto(given.address + path)
        page.wait_for_timeout(300)
        name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "home"
        page.screenshot(path=given.to / f"{name}-{window}.png", full_page=given.whole)
        is_too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        print(f"{path} {window}{': wider than its window' if is_too_wide else ''}")


if __name__ == "__main__":
    main()
