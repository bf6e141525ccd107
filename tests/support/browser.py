"""Debian's Chromium against a real server on loopback, for tests of what only a browser can show.

Every page opened is watched: a script error, a dialog and a violation of the content security policy are `faults`.
"""

import json
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, expect, sync_playwright
from werkzeug.serving import make_server

from tests.support.console import PASSWORD

ARTEFACTS = Path(__file__).parents[1] / "artefacts"
pictures = False  # whether to keep them, see `--pictures`
AXE = (Path(__file__).parents[1] / "vendor/axe.min.js").read_text()
EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 45_000  # for what takes a tenth of a second on a quiet machine
expect.set_options(timeout=PATIENCE_MS)
WATCH_POLICY = (
    "document.addEventListener('securitypolicyviolation', (e) => console.error('CSP: ' + e.violatedDirective))"
)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve `app` on a free port of loopback; yield its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser."""
    assert EXECUTABLE is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class Window:
    """A moderator's browser window, watched; `faults` is what must not happen.

    The browser itself logs every refusal (4xx) as an error: a test that provokes one says `refusals=True`.
    """

    def __init__(self, browser: Browser, address: str, *, refusals: bool = False, **options: Any) -> None:
        self.address = address
        self.faults: list[str] = []
        self._refusals = refusals
        self._asked: set[Request] = set()
        usual = {"viewport": {"width": 1360, "height": 900}, "reduced_motion": "reduce"}
        self.context: BrowserContext = browser.new_context(**usual | options)
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.add_init_script(WATCH_POLICY)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        self.page.on("console", self._note)
        self.page.on("dialog", self._dismiss)
        self.page.on("request", lambda request: self._asked.add(request))
        self.page.on("requestfinished", lambda request: self._asked.discard(request))
        self.page.on("requestfailed", lambda request: self._asked.discard(request))

    def sign_in(self, email: str, password: str = PASSWORD) -> "Window":
        self.page.goto(f"{self.address}/console/sign-in")
        self.page.locator("#email").fill(email)
        self.page.locator("#password").fill(password)
        self.page.locator("form.card button").click()  # whatever the page's language
        self.page.wait_for_url(re.compile(r"/console/(?!sign-in)"))
        return self

    def goto(self, path: str) -> Page:
        self.page.goto(f"{self.address}{path}")
        return self.page

    def settle(self) -> Page:
        """Wait until the page has all it asked for and had the time to ask for more; sooner than `networkidle`."""
        self.page.wait_for_load_state()
        quiet = 0
        while quiet < 3:
            self.page.wait_for_timeout(25)
            quiet = 0 if self._asked else quiet + 1
        return self.page

    def in_panel(self) -> Page:
        """Wait until the panel of the review page shows the current comment, whole."""
        self.page.wait_for_function(
            "() => { const row = document.querySelector('.row[data-current]');"
            " const shown = document.querySelector('.dossier');"
            " return row && shown && shown.dataset.comment === row.dataset.id; }"
        )
        return self.page

    def fits(self, name: str) -> None:
        """Fail where the page is wider than the window, or axe-core finds a fault in it."""
        assert self.beyond() <= 0, f"{name} is {self.beyond()} pixels wider than the window"
        assert violations(self.page) == [], name

    def picture(self, name: str, *, whole: bool = True) -> None:
        """With `--pictures`, keep a picture of the page among the artefacts, to be looked at."""
        if not pictures:
            return
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=str(ARTEFACTS / f"{name}.png"), full_page=whole)

    def beyond(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def close(self) -> None:
        self.context.close()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not (self._refusals and "status of 4" in message.text):
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _dismiss(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()


def violations(page: Page) -> list[str]:
    """Return what axe-core finds against WCAG 2.2 A and AA, and its best practices."""
    page.evaluate(AXE)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    result = page.evaluate("tags => axe.run({runOnly: tags, resultTypes: ['violations']})", tags)
    return [
        f"{fault['id']}: {json.dumps([node['html'][:160] for node in fault['nodes'][:3]])}"
        for fault in result["violations"]
    ]
