"""A reviewer's browser window: Chromium, signed in by its session, with what measures a decision inside the page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock

from playwright.sync_api import Page, sync_playwright

# From the press of the key that decides to the frame that shows the next card: `painted`, and of that the time until
# the server's answer began to come in, `server`; both in milliseconds.
_TIMING = """
(() => {
  let pressed = 0;
  window.decisions = [];
  addEventListener("keydown", (event) => { if (event.key === "a") pressed = performance.now(); }, true);
  addEventListener("htmx:beforeRequest", () => performance.clearResourceTimings());
  addEventListener("htmx:afterSettle", () => {
    if (!pressed) return;
    const begun = pressed;
    pressed = 0;
    const [request] = performance.getEntriesByType("resource").filter((entry) => entry.name.includes("/tasks/"));
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => decisions.push({
        painted: performance.now() - begun,
        server: request.responseStart - request.startTime,
      });
      channel.port2.postMessage(0);
    });
  });
})();
"""


@dataclass(frozen=True)
class Press:
    """One decision, in seconds: until the server's answer came, and until the next card was on the screen."""

    server: float
    painted: float


@contextmanager
def window(port: int, session: str, *, is_live: bool = False) -> Iterator[Page]:
    """A page that belongs to the person of this session. `is_live`: its server serves live streams as well."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise RuntimeError("there is no Chromium on this machine")
    # Playwright keeps an event loop in this thread, which Django would take for its own.
    with mock.patch.dict(os.environ, DJANGO_ALLOW_ASYNC_UNSAFE="1"), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": 1280, "height": 800}, base_url=f"http://127.0.0.1:{port}"
        )
        context.add_cookies([{"name": "sessionid", "value": session, "url": f"http://127.0.0.1:{port}"}])
        context.add_init_script(_TIMING)
        if not is_live:
            context.route("**/live/**", lambda route: route.abort())
        yield context.new_page()
        browser.close()


def approve_one_after_another(page: Page, number: int) -> list[Press]:
    """From a queue's page on: take a task and approve as long as there are cards, at most `number`, by keyboard."""
    page.keyboard.press("n")
    page.wait_for_selector(".approve [data-key=a]")
    presses: list[Press] = []
    while len(presses) < number and page.locator(".approve [data-key=a]").count():
        # A card takes the key only after it has stood for a moment; that is not counted.
        page.wait_for_selector("body[data-settled]", state="attached")
        page.keyboard.press("a")
        if (asked := page.locator(".approve label[for$=typed]")).count():
            # The key went to the field: something else about the same subject is open.
            word = asked.inner_text().strip().removeprefix("Type ").partition(" to confirm")[0]
            page.locator(".approve [name=typed]").fill(word)
            page.locator(".approve [name=typed]").press("Enter")
        page.wait_for_function("number => decisions.length > number", arg=len(presses))
        found = page.evaluate("decisions.at(-1)")
        presses.append(Press(found["server"] / 1000, found["painted"] / 1000))
    return presses
