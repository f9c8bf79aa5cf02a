"""A real Chromium before a real web process with its worker and broker, on the test's own database.

Every page is watched: a violation of the content security policy, an error in the console or an uncaught exception
fails the test that caused it.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from apps.accounts.models import User
from reviewhub.embedded import places
from reviewhub.embedded.broker import broker_child, prepare_broker, wait_broker
from tests import factories
from tests.replay.serving import database_url, serving

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
UNDO_SECONDS = "2"
PATIENCE_MS = 30_000
# Tests themselves do without collected files; the web process serves them as it does everywhere.
_COLLECT = "import django; django.setup(); from reviewhub.static_files import collect; collect()"
_TELL = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


@pytest.fixture
def now() -> datetime:
    """The web process has the real clock, so its house has it too."""
    return timezone.now()


@pytest.fixture
def live_house(transactional_db: None, now: datetime) -> factories.House:
    """The usual house, with passwords the web process can check: tests elsewhere use a quicker hash."""
    house = factories.build_house(now)
    User.objects.update(password=PBKDF2PasswordHasher().encode(factories.PASSWORD, "salt-for-tests"))
    return house


# For this package only: the worker and the event loop must be gone before other tests use this database and thread.
@pytest.fixture(scope="package")
def address(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where ReviewHub runs: one web process, one worker, a broker; nothing of it is left behind."""
    folder = tmp_path_factory.mktemp("reviewhub")
    prepare_broker(folder)
    broker = broker_child(folder)
    broker.start()
    try:
        wait_broker(folder, broker, pause=lambda: time.sleep(0.05))
        with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
            patch.setenv("DJANGO_SETTINGS_MODULE", "reviewhub.settings")
            patch.setenv("REVIEWHUB_UNDO_SECONDS", UNDO_SECONDS)
            patch.setenv("CELERY_BROKER_URL", places.broker_url(folder))
            subprocess.run([sys.executable, "-c", _COLLECT], cwd=settings.BASE_DIR, check=True)
            with _working(folder), serving(folder) as url:
                yield url
    finally:
        broker.stop()


@contextmanager
def _working(folder: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "celery", "-A", "reviewhub", "--quiet", "worker", "--concurrency=1"]
    environment = {**os.environ, "DATABASE_URL": database_url(), "REVIEWHUB_DATA": str(folder)}
    environment["REVIEWHUB_SECRET_KEYS"] = settings.SECRET_KEY
    with (folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        worker.terminate()
        try:
            worker.wait(timeout=15)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


@pytest.fixture(scope="package")
def chromium(address: str) -> Iterator[Browser]:
    """The system's Chromium. Playwright keeps an event loop in this thread, which Django would take for its own:
    it is told not to, after the web process has started and without its knowing.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium on this machine")
    # How long something may take is not for these tests to say: a busy machine gets the time it needs.
    expect.set_options(timeout=PATIENCE_MS)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Desk:
    """A person's browser window, signed in, with everything that went wrong in it."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.faults: list[str] = []
        context.set_default_timeout(2 * PATIENCE_MS)
        context.add_init_script(_TELL)
        context.on("page", self._watch)
        self.page: Page = context.new_page()

    def _watch(self, page: Page) -> None:
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.faults.append(f"uncaught: {error}"))

    def _hear(self, kind: str, text: str) -> None:
        # A refused form answers 4xx, and a line that a test cuts fails; Chromium reports both as errors of its own.
        if (
            kind == "error"
            and "responded with a status of 4" not in text
            and "ERR_INTERNET_DISCONNECTED" not in text
        ):
            self.faults.append(text)

    def sign_in(self, short: str) -> "Desk":
        """Through the sign-in page, as anybody."""
        self.open("/accounts/login/")
        self.page.fill("[name=login]", f"{short}@example.org")
        self.page.fill("[name=password]", factories.PASSWORD)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url(f"{self.address}/")
        return self

    def open(self, path: str) -> "Desk":
        """Go to an address of ReviewHub."""
        self.page.goto(self.address + path)
        return self

    def follow(self, link: Locator) -> "Desk":
        """Click a link and be on its page. A mere click returns while the old page may still be there."""
        with self.page.expect_navigation():
            link.click()
        return self

    def press_when_settled(self, key: str) -> "Desk":
        """Press a key that decides: a card that has just opened does not take it yet, and says when it does."""
        self.page.wait_for_selector("body[data-settled]", state="attached")
        self.page.keyboard.press(key)
        return self

    def check_accessible(self, within: str = "html") -> None:
        """No violation of WCAG 2.2 AA in this part of the page, in the light and in the dark.

        In a window as high as the page: what stands half behind a bar just now is scrolled out by who wants it.
        """
        size = self.page.viewport_size
        assert size is not None
        height = self.page.evaluate("document.documentElement.scrollHeight")
        self.page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
            found = Axe().run(
                self.page, context=within, options={"runOnly": WCAG, "resultTypes": ["violations"]}
            )
            assert found.violations_count == 0, f"{self.page.url} ({scheme})\n{found.generate_report()}"
        self.page.emulate_media(color_scheme=None)
        self.page.set_viewport_size(size)


@pytest.fixture
def desk(chromium: Browser, address: str) -> Iterator[Desk]:
    """A window of the usual size, which must have stayed free of faults."""
    with _window(chromium, address) as window:
        yield window


@pytest.fixture
def other_desk(chromium: Browser, address: str) -> Iterator[Desk]:
    """The window of somebody else, at the same time."""
    with _window(chromium, address) as window:
        yield window


@contextmanager
def _window(chromium: Browser, address: str) -> Iterator[Desk]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    window = Desk(context, address)
    yield window
    context.close()
    assert window.faults == []
