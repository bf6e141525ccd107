"""A policy applied to past comments by API: the same act as in the console, for keys that may do both its halves."""

import pytest
from flask import Flask

from service.accounts import keys
from service.api.shapes.replays import PolicyReplayAnswer
from service.db import Database
from service.installation.settings import Settings
from service.models import Site
from service.queues import Queues
from service.vocabulary import Scope
from tests.service.api.conftest import Caller
from tests.support.replays import STRICTER, Past

PATH = "/v1/policy/replays"


@pytest.fixture
def past(database: Database, site: Site, settings: Settings, queues: Queues) -> Past:
    return Past(database, site, settings, queues)


def test_a_replay_is_begun_applied_and_undone(past: Past, call: Caller) -> None:
    ids = past.comments([0.05, 0.25])
    version = past.activate(STRICTER)
    begun = call("POST", PATH, json={"days": 7})
    assert begun.status_code == 202
    PolicyReplayAnswer.model_validate(begun.get_json())
    where = f"{PATH}/{begun.get_json()['id']}"
    early = call("POST", f"{where}/apply", json={"act": "apply", "based_on": version})
    assert (early.status_code, "not whole yet" in early.text) == (409, True)
    past.work()
    assert call("GET", where).get_json()["kinds"] == {"approved>hold": 1}
    stale = call("POST", f"{where}/apply", json={"act": "apply", "based_on": version + 1})
    assert (stale.status_code, stale.get_json()["version"]) == (409, version)
    assert call("POST", f"{where}/apply", json={"act": "apply", "based_on": version}).status_code == 202
    past.work()
    assert past.statuses(ids) == ["approved", "held"]
    told = call("GET", "/v1/comments/c2").get_json()
    assert (told["policy_version"], told["reasons"][-1]["code"]) == (version, "replayed")
    assert call("POST", f"{where}/undo").status_code == 202
    past.work()
    done = call("GET", where).get_json()
    assert (done["state"], done["moved"], done["undone"]) == ("undone", 1, 1)
    assert past.statuses(ids) == ["approved", "approved"]


@pytest.mark.one_database
@pytest.mark.parametrize("scope", [Scope.CONFIGURE, Scope.MODERATE])
def test_one_of_the_two_scopes_is_not_enough(app: Flask, database: Database, site: Site, scope: Scope) -> None:
    with database.write() as session:
        half = Caller(app.test_client(), keys.create(session, site.id, "cms", scopes=(scope,)))
    for path in (PATH, f"{PATH}/{'0' * 32}/undo"):
        refused = half("POST", path, json={"days": 7})
        assert refused.get_json()["code"] == "scope_missing", refused.text
