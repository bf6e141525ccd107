<<<<<<< HEAD
"""Debian's Chromium against a real server on loopback, for tests of what only a browser can show.

Every page opened is watched: a script error, a dialog or a violation of the content security policy fails the test.
=======
"""A real browser before the console: Debian's Chromium through Playwright, on a server of the test's own.

Every page that a test opens is watched: an error in a script, a report of the content policy or a dialog is a fault.
>>>>>>> 35ae527 (Let moderators work through the review queue: filters, claims, keys, undo, bulk, reasons, notes)
"""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
<<<<<<< HEAD
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
=======

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, sync_playwright
>>>>>>> 35ae527 (Let moderators work through the review queue: filters, claims, keys, undo, bulk, reasons, notes)
from werkzeug.serving import make_server

from tests.support.console import PASSWORD

<<<<<<< HEAD
ARTEFACTS = Path(__file__).parents[1] / "artefacts"
EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = (
=======
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARTEFACTS = Path(__file__).parents[1] / "artefacts"
ARGS = [
>>>>>>> 35ae527 (Let moderators work through the review queue: filters, claims, keys, undo, bulk, reasons, notes)
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
<<<<<<< HEAD
)
WATCH_POLICY = (
    "document.addEventListener('securitypolicyviolation', (e) => console.error('CSP: ' + e.violatedDirective))"
)
=======
]
>>>>>>> 35ae527 (Let moderators work through the review queue: filters, claims, keys, undo, bulk, reasons, notes)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
<<<<<<< HEAD
    """Serve `app` on a free port of loopback; yield its address."""
=======
    """Serve the application on a free port of loopback; yield its address."""
>>>>>>> 35ae527 (Let moderators work through the review queue: filters, claims, keys, undo, bulk, reasons, notes)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
<<<<<<< HEAD
        thread.join(10)
=======
        thread.join()
>>>>>>> 35ae527 (Let moderators work through the review queue: filters, claims, keys, undo, bulk, reasons, notes)
        server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
<<<<<<< HEAD
    """Start the browser."""
    assert EXECUTABLE is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=list(ARGUMENTS))
=======
    """Start one browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
>>>>>>> 35ae527 (Let moderators work through the review queue: filters, claims, keys, undo, bulk, reasons, notes)
        try:
            yield browser
        finally:
            browser.close()


<<<<<<< HEAD
class Window:
    """A moderator's browser window, signed in; `faults` is what must not happen."""

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.address = address
        self.faults: list[str] = []
        self.context: BrowserContext = browser.new_context(**{"viewport": {"width": 1360, "height": 900}} | options)
        self.context.set_default_timeout(15_000)
        self.context.add_init_script(WATCH_POLICY)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        self.page.on("console", lambda said: said.type == "error" and self.faults.append(f"console: {said.text}"))
        self.page.on("dialog", lambda dialog: (self.faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def sign_in(self, email: str) -> "Window":
        self.page.goto(f"{self.address}/console/sign-in")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/console/**")
        return self

    def goto(self, path: str) -> Page:
        self.page.goto(f"{self.address}{path}")
        return self.page

    def picture(self, name: str, *, whole: bool = True) -> None:
        """Keep a picture of the page among the artefacts, to be looked at."""
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=str(ARTEFACTS / f"{name}.png"), full_page=whole)
=======
class Watched:
    """A browser window, signed in, and what went wrong in it."""

    def __init__(self, browser: Browser, address: str, *, width: int = 1440, height: int = 900, scheme: str = "light"):
        self.address = address
        self.faults: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("dialog", self._dismiss)
        self.page.on("console", self._note)

    def sign_in(self, email: str) -> "Watched":
        self.page.goto(f"{self.address}/console/sign-in")
        self.page.fill("#email", email)
        self.page.fill("#password", PASSWORD)
        self.page.click("text=Sign in >> nth=-1")
        self.page.wait_for_url("**/review*")
        return self

    def shot(self, name: str, *, full: bool = False) -> None:
        """Keep a picture for people to look at."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=full)

    def close(self) -> None:
        self.context.close()

    def _dismiss(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note(self, message: ConsoleMessage) -> None:
        # Answers of 4xx are logged by the browser itself; tests that provoke one look at what the page says.
        if message.type == "error" and "status of 4" not in message.text:
            self.faults.append(f"console: {message.text}")
>>>>>>> 35ae527 (Let moderators work through the review queue: filters, claims, keys, undo, bulk, reasons, notes)
