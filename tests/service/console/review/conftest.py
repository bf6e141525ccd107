"""A held comment, and what a moderator's page sends about it."""

import pytest

from service.db import Database
from service.models import Comment, Site
from tests.support.held import hold

BASE = "/console/sites/gazette"
SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def comment(database: Database, site: Site) -> Comment:
    return hold(database, site.id, callback_url="https://cms.example/moderato")


def of(comment: Comment, tail: str = "") -> str:
    return f"{BASE}/comments/{comment.id}{tail}"


def now(database: Database, comment: Comment) -> Comment:
    with database.read() as session:
        return session.get_one(Comment, comment.id)


def form(comment: Comment, verdict: str = "approve", **fields: object) -> dict[str, object]:
    return {"verdict": verdict, "version": comment.version, **fields}
