"""The migration to the scope for scores: keys keep what they could do, but for those of forms."""

from sqlalchemy import select

from service import migrations
from service.db import Database
from service.models import ApiKey
from tests.faults.test_upgrade import EarlierVersion

BEFORE = "finding"
PAGES = {"origins": ["https://gazette.example"]}
KEYS = (  # name, scopes, terms, scopes afterwards
    ("cms", "submit read moderate", None, "submit read moderate"),
    ("server", "submit", None, "submit score"),
    ("form", "submit", PAGES | {"appeals": True, "unknown_attributes": "error"}, "submit"),
    ("form to be", "submit", {"origins": [], "appeals": True}, "submit"),
    ("client", "submit", PAGES | {"unknown_attributes": "drop"}, "submit score"),
    ("pinned", "submit", PAGES | {"pinned": {"compact": "1"}}, "submit score"),
    ("labels", "moderate", None, "moderate"),
)


def test_every_key_keeps_its_scores_except_that_of_a_form(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    migrations.upgrade(database, BEFORE)
    earlier = EarlierVersion(database)
    site = earlier.write("site", slug="gazette", name="The Gazette")
    for number, (name, scopes, terms, _) in enumerate(KEYS):
        earlier.write(
            "api_key", id=f"key{number:05}", site_id=site, name=name, secret_sha256="0" * 64, scopes=scopes,
            perspective=terms,
        )  # fmt: skip
    migrations.upgrade(database)
    with database.read() as session:
        found = dict(session.execute(select(ApiKey.name, ApiKey.scopes)).all())
    database.dispose()
    assert found == {name: after for name, _, _, after in KEYS}
