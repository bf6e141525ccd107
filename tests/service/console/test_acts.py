"""What takes something away for good asks first, on every page of the console."""

from flask import Flask

from service.db import Database
from service.models import Membership, SavedView
from service.models.moderator import Role
from tests.service.console.conftest import Enters
from tests.service.console.test_matrix import site_routes
from tests.support.console import Person

TAKE_AWAY = ("/remove", "/revoke", "/withdraw", "/discard", "/cancel", "/stop", "/end-rotation")
ASKS = "Nothing was changed: confirm it first"
CAN_BE_HAD_BACK = {"/review/views/remove"}  # the list that it named stays on the page, where it can be saved again


def test_what_takes_something_away_asks_first(app: Flask, ada: Person) -> None:
    taking = [
        pattern.replace("<site>", "gazette")
        for method, pattern, _ in site_routes(app)
        if method == "POST" and pattern.endswith(TAKE_AWAY)
    ]
    asked = {path for path in taking if ASKS in ada.post(path).text}
    rest = {path.removeprefix("/console/sites/gazette") for path in set(taking) - asked}
    assert (rest, len(asked) > 9) == (CAN_BE_HAD_BACK, True)
    assert {ada.post(path, {"sure": "on"}).status_code for path in asked} <= {303, 404, 409, 422}
    assert not any(ASKS in ada.post(path, {"sure": "on"}).text for path in asked)


def test_a_person_is_removed_only_after_the_page_has_asked(ada: Person, enters: Enters, database: Database) -> None:
    lea = enters("lea").moderator
    path = f"/console/sites/gazette/people/{lea.id}/remove"
    page = ada.get("/console/sites/gazette/people").text
    form = page[page.index(f'action="{path}"') :].partition("</form>")[0]
    assert 'type="checkbox" name="sure" required' in form
    assert ada.post(path).status_code == 422
    with database.read() as session:
        assert session.query(Membership).filter_by(moderator_id=lea.id).one().role is Role.LEAD


def test_the_list_of_a_removed_view_stays_on_the_page(ana: Person, database: Database) -> None:
    views = "/console/sites/gazette/review/views"
    ana.post(views, {"name": "Threats", "query": "reason=threat"})
    with database.read() as session:
        view = session.query(SavedView).one()
    assert ana.post(f"{views}/remove", {"view": view.id}).headers["Location"].endswith(f"/review?{view.query}")
    with database.read() as session:
        assert session.query(SavedView).count() == 0
