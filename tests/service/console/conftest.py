"""The console on a real database, and some people with roles at a site."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from flask import Flask
from playwright.sync_api import Browser

from service.db import Database
from service.installation.settings import Settings
from service.models import Moderator, Site
from service.models.moderator import Role
from service.queues import Queues
from tests.support import interactive
from tests.support.browser import Window, serving
from tests.support.classifiers import ScriptedClassifiers
from tests.support.console import Person, add_moderator, enter
from tests.support.held import hold
from tests.support.quicker import application


@pytest.fixture
def app(database: Database, settings: Settings, queues: Queues) -> Flask:
    return application(settings, database, queues)


STAFF = {
    "ana": ("Ana Lima", Role.MODERATOR),
    "ben": ("Ben Okafor", Role.MODERATOR),
    "lea": ("Lea Brandt", Role.LEAD),
    "vic": ("Vic Moreau", Role.VIEWER),
    "ada": ("Ada Admin", Role.ADMIN),
}
Enters = Callable[[str], Person]


@pytest.fixture
def enters(site: Site, app: Flask, database: Database) -> Enters:
    """What signs in somebody of the Gazette's staff."""
    return lambda account: enter(app.test_client(), _hire(database, account))


@pytest.fixture
def ana(enters: Enters) -> Person:
    """A moderator at the Gazette, signed in."""
    return enters("ana")


@pytest.fixture
def ben(enters: Enters) -> Person:
    """Another moderator at the Gazette, signed in."""
    return enters("ben")


@pytest.fixture
def lea(enters: Enters) -> Person:
    """A lead at the Gazette, signed in."""
    return enters("lea")


@pytest.fixture
def vic(enters: Enters) -> Person:
    """A viewer at the Gazette, signed in."""
    return enters("vic")


@pytest.fixture
def ada(enters: Enters) -> Person:
    """An admin at the Gazette, signed in."""
    return enters("ada")


@pytest.fixture
def address(app: Flask, site: Site, database: Database) -> Iterator[str]:
    """Where the console is served to browsers; all of the Gazette's staff have accounts there."""
    for account in STAFF:
        _hire(database, account)
    with serving(app) as address:
        yield address


@pytest.fixture
def tries(settings: Settings, database: Database, queues: Queues) -> Iterator[None]:
    """A worker that tries drafts on past comments."""
    with interactive.worker(settings, database, queues, ScriptedClassifiers()):
        yield


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


def _hire(database: Database, account: str) -> Moderator:
    name, role = STAFF[account]
    return add_moderator(database, f"{account}@gazette.example", name, gazette=role)
