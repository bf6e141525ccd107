"""A moderator's browser window at a chosen size and theme, that stays open through refusals.

A test that provokes a 409 sees the browser itself log it; everything else that goes wrong in a script is a fault.
"""

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page

from tests.support.browser import ARTEFACTS, EXECUTABLE, WATCH_POLICY, chromium, serving
from tests.support.console import PASSWORD

__all__ = ["CHROMIUM", "Watched", "chromium", "serving"]
CHROMIUM = EXECUTABLE


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
        self.context.add_init_script(WATCH_POLICY)
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
