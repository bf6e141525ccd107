"""A console beside an identity provider in another process, and a browser that goes there and back."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import openid
from service.db import Database
from service.installation.settings import Settings
from service.models import Site
from service.models.moderator import Role
from service.queues import Queues
from tests.support import identity_provider
from tests.support.console import add_moderator
from tests.support.identity_provider import CLIENT_ID, SECRET, Running
from tests.support.quicker import application

START, RETURN = "/console/sign-in/provider", "/console/sign-in/provider/return"
Make = Callable[..., Flask]


@pytest.fixture(scope="module")
def _provider() -> Iterator[Running]:
    running = identity_provider.start()
    yield running
    running.process.terminate()
    running.process.wait(10)


@pytest.fixture
def provider(_provider: Running) -> Running:
    """The provider, behaving."""
    _provider.misbehave()
    openid.discover.cache_clear()
    return _provider


@pytest.fixture
def make(provider: Running, settings: Settings, database: Database, queues: Queues, site: Site) -> Make:
    """Return how to make the console with the provider set up, and settings changed."""
    add_moderator(database, "ana@gazette.example", "Ana Lima", gazette=Role.MODERATOR)

    def made(**changes: Any) -> Flask:
        given = {
            "oidc_issuer": provider.base,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": SECRET,
            "oidc_name": "the newsroom’s directory",
        } | changes
        return application(settings.model_copy(update=given), database, queues)

    return made


def there(client: FlaskClient, who: str, *, next_page: str = "") -> str:
    """Begin at the console, sign in at the provider as `who`, and return where it sends the browser back to."""
    answer = client.get(START, query_string={"next": next_page})
    assert answer.status_code == 303, answer.text
    return answer_of(answer.location, who)


def answer_of(authorization: str, who: str) -> str:
    class Stay(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    asked = Request(authorization, data=urlencode({"who": who}).encode())
    try:
        build_opener(Stay).open(asked, timeout=10)
    except Exception as redirected:
        back = redirected.headers["Location"]  # type: ignore[attr-defined]
        return RETURN + "?" + urlsplit(back).query
    raise AssertionError("the provider did not send the browser back")


def is_in(client: FlaskClient) -> bool:
    return client.get("/console/account").status_code == 200
