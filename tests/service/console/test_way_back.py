"""From pages that belong to no site, a link leads back to the queue of the site where somebody worked last."""

import pytest
from flask import Flask

from service.db import Database
from service.models import Site
from service.models.moderator import Role
from tests.support.console import add_moderator, enter

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize("page", ["preferences", "account"])
def test_the_link_leads_to_the_site_of_the_page_before(
    app: Flask, database: Database, site: Site, other_site: Site, page: str
) -> None:
    both = add_moderator(database, "two@example.org", "Two", gazette=Role.MODERATOR, herald=Role.MODERATOR)
    person = enter(app.test_client(), both)
    for slug in ("herald", "gazette"):
        person.get(f"/console/sites/{slug}/review")
        assert f'href="/console/sites/{slug}/review">← Review queue of' in person.get(f"/console/{page}").text


def test_who_has_no_site_is_offered_no_queue(app: Flask, database: Database) -> None:
    person = enter(app.test_client(), add_moderator(database, "none@example.org", "None"))
    assert "Review queue of" not in person.get("/console/preferences").text
