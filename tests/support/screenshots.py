"""`python -m tests.support.screenshots`: the pictures of the review queue in docs/images, from a running demo.

Start `make run` first and let its readers write for two minutes, so that there is a queue to see. MODERATO_DATA_DIR
says where the demo runs, as for `make run`. Each picture must stay below 200 kB: they are part of every clone.
"""

import json
import os
from pathlib import Path

from PIL import Image

from tests.support.browser import Window, chromium
from tests.support.services import REPOSITORY

FOLDER = REPOSITORY / "docs/images"
DESK = {"width": 1280, "height": 800}
LARGEST = 200_000


def main() -> None:
    """Take the review queue in light and in dark."""
    access = json.loads((Path(os.environ.get("MODERATO_DATA_DIR", "var")) / "demo.json").read_text())
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser:
        for theme in ("light", "dark"):
            window = Window(browser, access["base_url"], viewport=DESK, color_scheme=theme)
            window.sign_in(access["moderator"]["email"], access["moderator"]["password"])
            window.in_panel()
            window.settle()
            picture = FOLDER / f"review-queue-{theme}.png"
            window.page.screenshot(path=str(picture))
            window.close()
            shrink(picture)
            assert window.faults == [], window.faults
            assert picture.stat().st_size < LARGEST, f"{picture} has {picture.stat().st_size} bytes"
            print(picture)


def shrink(picture: Path) -> None:
    """Keep 256 colours, which no eye misses in an interface: a third of the bytes."""
    with Image.open(picture) as image:
        reduced = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    reduced.save(picture, optimize=True)


if __name__ == "__main__":
    main()
