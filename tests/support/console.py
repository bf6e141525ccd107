"""A moderator's browser without scripts, for tests of the console: plain links and forms."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import passwords
from service.db import Database
from service.models import Membership, Moderator, Site
from service.models.moderator import Role

PASSWORD = "correct horse battery"


@dataclass
class Person:
    """Somebody signed in."""

    client: FlaskClient
    moderator: Moderator

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.client.get(path, **kwargs)

    def post(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Send a form as the page would, with the CSRF token of this session."""
        return self.client.post(path, data={"csrf_token": self.token(), **(data or {})}, **kwargs)

    def token(self) -> str:
        return csrf_token(self.client.get("/console/preferences"))


def add_moderator(database: Database, email: str, name: str, /, **roles: Role) -> Moderator:
    """Add somebody with a role at each site named by its slug."""
    with database.write() as session:
        moderator = Moderator(email=email, name=name, password_hash=passwords.hash_password(PASSWORD))
        session.add(moderator)
        session.flush()
        for slug, role in roles.items():
            site = session.query(Site).filter_by(slug=slug).one()
            session.add(Membership(moderator_id=moderator.id, site_id=site.id, role=role))
    return moderator


def enter(client: FlaskClient, moderator: Moderator) -> Person:
    """Sign in by the form."""
    answer = send_sign_in(client, moderator.email, PASSWORD)
    assert answer.status_code == 303, answer.text
    return Person(client, moderator)


def send_sign_in(client: FlaskClient, email: str, password: str, **fields: str) -> TestResponse:
    token = csrf_token(client.get("/console/sign-in"))
    return client.post("/console/sign-in", data={"csrf_token": token, "email": email, "password": password, **fields})


def csrf_token(page: TestResponse) -> str:
    found = re.search(r'data-csrf="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def text_of(page: str) -> str:
    """Return what a page says, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
