"""The console on a real database, and some people with roles at a site."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from flask import Flask
from playwright.sync_api import Browser

from service.db import Database
from service.models import Site
from service.models.moderator import Role
from service.queues import Queues
from service.settings import Settings
from tests.support.browser import EXECUTABLE, Window, chromium
from tests.support.console import Person, add_moderator, enter
from tests.support.held import hold
from tests.support.quicker import application


@pytest.fixture
def app(database: Database, settings: Settings, queues: Queues) -> Flask:
    return application(settings, database, queues)


Enters = Callable[[str, str, Role], Person]


@pytest.fixture
def enters(site: Site, app: Flask, database: Database) -> Enters:
    """What signs somebody in who has a role at the Gazette."""

    def enter_gazette(account: str, name: str, role: Role) -> Person:
        moderator = add_moderator(database, f"{account}@gazette.example", name, gazette=role)
        return enter(app.test_client(), moderator)

    return enter_gazette


@pytest.fixture
def ana(enters: Enters) -> Person:
    """A moderator at the Gazette, signed in."""
    return enters("ana", "Ana Lima", Role.MODERATOR)


@pytest.fixture
def ben(enters: Enters) -> Person:
    """Another moderator at the Gazette, signed in."""
    return enters("ben", "Ben Okafor", Role.MODERATOR)


@pytest.fixture
def lea(enters: Enters) -> Person:
    """A lead at the Gazette, signed in."""
    return enters("lea", "Lea Brandt", Role.LEAD)


@pytest.fixture
def vic(enters: Enters) -> Person:
    """A viewer at the Gazette, signed in."""
    return enters("vic", "Vic Moreau", Role.VIEWER)


@pytest.fixture
def ada(enters: Enters) -> Person:
    """An admin at the Gazette, signed in."""
    return enters("ada", "Ada Admin", Role.ADMIN)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a file of tests; each test opens windows of its own."""
    if EXECUTABLE is None:
        pytest.skip("no Chromium on this machine")
    with chromium() as started:
        yield started


class Opens(Protocol):
    """Opens somebody's window on the review queue, with so many more comments in it."""

    def __call__(self, email: str = "ana@gazette.example", *, held: int = 0, **options: Any) -> Window: ...


@pytest.fixture
def opens(browser: Browser, address: str, site: Site, database: Database) -> Iterator[Opens]:
    """What opens windows; at the end each is closed, and none has had a fault."""
    windows: list[Window] = []

    def open_window(email: str = "ana@gazette.example", *, held: int = 0, **options: Any) -> Window:
        for number in range(held):
            hold(database, site.id, number)
        windows.append(Window(browser, address, **options).sign_in(email))
        return windows[-1]

    yield open_window
    assert [fault for window in windows for fault in window.faults] == []
    for window in windows:
        window.close()
