"""A newspaper with the form, served on loopback, and windows on it; each file of tests has one Chromium."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from tests.integrations.form.comments_server import Script, newspaper
from tests.support.browser import Window, serving

LONG = "The council should publish the whole report before it votes on the bridge."


class Reader(Window):
    """A reader's window on the article."""

    def open(self, *, own: dict[str, Any] | None = None, **query: str) -> Page:
        """Open the article and wait until the component is there."""
        if own:
            query["own"] = json.dumps(own)
        page = self.goto(f"/article?{urlencode(query)}")
        page.locator("moderato-comments textarea[id=text]").wait_for()
        self.settle()
        return page


Opens = Callable[..., Reader]


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def address(script: Script) -> Iterator[str]:
    with serving(newspaper(script)) as served:
        yield served


@pytest.fixture
def opens(browser: Browser, address: str) -> Iterator[Opens]:
    """What opens readers' windows; at the end each is closed, and none has had a fault."""
    readers: list[Reader] = []

    def open_window(**options: Any) -> Reader:
        readers.append(Reader(browser, address, **options))
        return readers[-1]

    yield open_window
    assert [fault for reader in readers for fault in reader.faults] == []
    for reader in readers:
        reader.close()


@pytest.fixture
def page(opens: Opens) -> Page:
    """The article, opened by a reader."""
    return opens().open()


@pytest.fixture
def blank(opens: Opens) -> Page:
    """A page of the newspaper's without the component."""
    return opens().goto("/comments?article=none")
