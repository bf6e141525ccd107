"""`python -m tests.support.screenshots`: the pictures of the review queue and the newspaper, from a running demo.

Start `make run` first and let its readers write for two minutes, so that there is a queue to see. MODERATO_DATA_DIR
says where the demo runs, as for `make run`. Each picture must stay below 200 kB: they are part of every clone.
"""

import json
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.support.browser import Window, chromium
from tests.support.services import REPOSITORY

FOLDER = REPOSITORY / "docs/images"
DESK = {"width": 1280, "height": 800}
LARGEST = 200_000
HELD = "The councillors who voted for this are clowns, and the traders will pay for their stupid little experiment."


def main() -> None:
    """Take the review queue and the newspaper in light and in dark."""
    access = json.loads((Path(os.environ.get("MODERATO_DATA_DIR", "var")) / "demo.json").read_text())
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser:
        window = Window(browser, access["base_url"], viewport=DESK)
        window.sign_in(access["moderator"]["email"], access["moderator"]["password"])
        window.in_panel()
        take(window, "review-queue")
        window = Window(browser, access["newspaper"], viewport=DESK)
        write_to_the_newspaper(window)
        take(window, "newspaper")


def write_to_the_newspaper(window: Window) -> None:
    """Send a comment that is held, and show the form with its steps."""
    page = window.goto("/")
    page.get_by_role("textbox", name="Your comment").fill(HELD)
    page.get_by_role("button", name="Post comment").click()
    expect(page.locator("#steps")).to_contain_text("held, because")
    page.locator(".discussion").evaluate("element => element.scrollIntoView()")


def take(window: Window, name: str) -> None:
    """Take what the window shows in light and in dark, and close it."""
    for theme in ("light", "dark"):
        window.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        window.settle()
        picture = FOLDER / f"{name}-{theme}.png"
        window.page.screenshot(path=str(picture))
        shrink(picture)
        assert picture.stat().st_size < LARGEST, f"{picture} has {picture.stat().st_size} bytes"
        print(picture)
    assert window.faults == [], window.faults
    window.close()


def shrink(picture: Path) -> None:
    """Keep 256 colours, which no eye misses in an interface: a third of the bytes."""
    with Image.open(picture) as image:
        reduced = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    reduced.save(picture, optimize=True)


if __name__ == "__main__":
    main()
