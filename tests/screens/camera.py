"""Chromium, as three people would have it: on a desktop, in the dark, on a phone. Pictures are WebP, to be small."""

import base64
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

WINDOWS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
_QUALITY = 78
_SETTLE_MS = 400


@dataclass(frozen=True)
class Scene:
    """A picture: whose page, where, and what is pressed or done before it is taken.

    `on_paper`: as it is printed. `windows` are those it is taken in.
    """

    name: str
    who: str
    path: str
    act: Callable[[Page], None] | None = None
    on_paper: bool = False
    windows: tuple[str, ...] = tuple(WINDOWS)


class Camera:
    """One browser, signed in once for every person and window."""

    def __init__(self, address: str, passwords: Mapping[str, str], folder: Path) -> None:
        self._address = address
        self._passwords = passwords
        self._folder = folder
        self._contexts: dict[tuple[str, str], BrowserContext] = {}

    def __enter__(self) -> "Camera":
        program = (
            shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        )
        if program is None:
            raise SystemExit("Pictures need Chromium: install it and try again.")
        # Playwright keeps an event loop in this thread, which Django would take for its own.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._browser.close()
        self._playwright.stop()

    def take(self, scene: Scene) -> None:
        """Take it in each of its windows; says where the page is wider than that."""
        for window in scene.windows:
            page = self._context(scene.who, window).new_page()
            page.goto(self._address + scene.path)
            if scene.act is not None:
                scene.act(page)
            if scene.on_paper:
                page.emulate_media(media="print")
            page.wait_for_timeout(_SETTLE_MS)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                print(f"  {window}: wider than its window")
            (self._folder / f"{scene.name}-{window}.webp").write_bytes(_picture(page))
            page.close()

    def _context(self, who: str, window: str) -> BrowserContext:
        if (who, window) not in self._contexts:
            context = self._browser.new_context(**WINDOWS[window])
            page = context.new_page()
            page.goto(f"{self._address}/accounts/login/")
            page.fill("[name=login]", who)
            page.fill("[name=password]", self._passwords[who])
            page.press("[name=password]", "Enter")
            page.wait_for_url(f"{self._address}/")
            page.close()
            self._contexts[who, window] = context
        return self._contexts[who, window]


def _picture(page: Page) -> bytes:
    line = page.context.new_cdp_session(page)
    taken = line.send("Page.captureScreenshot", {"format": "webp", "quality": _QUALITY})
    line.detach()
    return base64.b64decode(taken["data"])
