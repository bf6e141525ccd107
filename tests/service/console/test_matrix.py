"""The role matrix and the site matrix, over every route there is: no page is forgotten when one is added.

The table says a second time, away from the views, who may do what: a view that is not in it, or that says something
else than it, fails.
"""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.console import access
from service.db import Database
from service.models import Site
from service.models.moderator import Role
from tests.support.console import add_moderator, csrf_token, enter

# Below /console/, those of a site without "sites/<site>/".
ROUTES = {
    "public": (
        "GET sign-in",
        "GET invitation/<secret>",
        "POST invitation/<secret>",
        "GET sign-in/provider",
        "GET sign-in/provider/leave",
        "GET sign-in/provider/return",
        "POST sign-in",
    ),
    "signed in": (
        "GET ",
        "GET account",
        "GET invitation/<secret>/join",
        "POST invitation/<secret>/join",
        "GET preferences",
        "POST account/password",
        "POST account/sessions/revoke",
        "POST preferences",
        "POST sign-out",
    ),
    "viewer": (
        "GET author",
        "GET authors",
        "GET models/<name>",
        "GET appeals",
        "GET comments",
        "GET comments/<comment_id>",
        "GET dashboard",
        "GET dashboard/<table>.csv",
        "GET policy",
        "GET policy/curves",
        "GET policy/effective",
        "GET policy/presets",
        "GET policy/versions/<int:version>",
        "GET review",
        "GET review/pulse",
        "GET review/rows",
        "POST review/views",
        "POST review/views/remove",
    ),
    "moderator": (
        "POST author",
        "GET comments/mine",
        "GET legal-notices",
        "GET review/bulk",
        "GET second-looks",
        "POST appeals/<appeal_id>",
        "POST comments/<comment_id>/claim",
        "POST comments/<comment_id>/decision",
        "POST comments/<comment_id>/escalate",
        "POST comments/<comment_id>/notes",
        "POST comments/<comment_id>/release",
        "POST comments/<comment_id>/reports/dismiss",
        "POST comments/<comment_id>/skip",
        "POST review/actions/<action_id>/undo",
        "POST review/bulk",
        "POST review/bulk/decision",
        "POST second-looks/<look_id>",
    ),
    "lead": (
        "GET audit",
        "GET audit.<kind>",
        "GET comments.csv",
        "GET operations",
        "GET policy/overrides/<int:number>",
        "GET policy/overrides/new",
        "GET policy/replays",
        "GET policy/replays/<replay_id>",
        "GET reasons",
        "GET transparency",
        "GET transparency.<kind>",
        "POST audit/verify",
        "POST comments/<comment_id>/article",
        "POST comments/<comment_id>/hand-back",
        "POST operations/deliveries/replay",
        "POST operations/doctor",
        "POST operations/webhooks/replay",
        "POST legal-notices/<legal_notice_id>",
        "POST legal-notices/<legal_notice_id>/comment",
        "POST legal-notices/<legal_notice_id>/undo",
        "POST policy/activate",
        "POST policy/overrides/<int:number>",
        "POST policy/overrides/<int:number>/remove",
        "POST policy/overrides/new",
        "POST policy/confirm",
        "POST policy/draft",
        "POST policy/draft/discard",
        "POST policy/preset",
        "POST policy/preview",
        "POST policy/replays",
        "POST policy/replays/<replay_id>/apply",
        "POST policy/replays/<replay_id>/undo",
        "POST policy/roll-back",
        "POST policy/schedule",
        "POST policy/schedule/cancel",
        "POST policy/shadow",
        "POST policy/shadow/stop",
        "POST policy/terms",
        "POST reasons",
        "POST reasons/start",
    ),
    "admin": (
        "POST operations/endpoints/enable",
        "GET deliveries/<delivery_id>",
        "GET alerts",
        "GET endpoints",
        "GET endpoints/<endpoint_id>",
        "GET endpoints/new",
        "GET keys",
        "GET people",
        "GET retention",
        "GET sources/<source_id>",
        "GET sources/new",
        "POST deliveries/<delivery_id>/replay",
        "POST endpoints/<endpoint_id>",
        "POST endpoints/<endpoint_id>/end-rotation",
        "POST endpoints/<endpoint_id>/remove",
        "POST endpoints/<endpoint_id>/replay",
        "POST endpoints/<endpoint_id>/rotate",
        "POST endpoints/<endpoint_id>/switch",
        "POST endpoints/<endpoint_id>/test",
        "POST endpoints/new",
        "POST keys",
        "POST keys/<key_id>/revoke",
        "POST alerts",
        "POST alerts/test",
        "POST people/<moderator_id>/remove",
        "POST people/<moderator_id>/role",
        "POST people/invitations/<invitation_id>/withdraw",
        "POST people/invite",
        "POST retention",
        "POST sources/<source_id>",
        "POST sources/<source_id>/end-rotation",
        "POST sources/<source_id>/letters/replay",
        "POST sources/<source_id>/remove",
        "POST sources/<source_id>/rotate",
        "POST sources/<source_id>/switch",
        "POST sources/<source_id>/try",
        "POST sources/new",
    ),
}
NOWHERE = "0" * 32  # an id that nothing has


def site_routes(app: Flask) -> list[tuple[str, str, Role]]:
    """Return method, address pattern and least role of every view that belongs to a site."""
    found = []
    for rule in app.url_map.iter_rules():
        least = access.rule_of(app.view_functions[rule.endpoint])
        if rule.endpoint.startswith("console.") and "site" in rule.arguments:
            assert isinstance(least, Role)
            pattern = rule.rule
            for argument in rule.arguments - {"site"}:
                for converter in ("", "int:", "path:", "string:"):
                    number = "999999" if converter == "int:" else NOWHERE
                    pattern = pattern.replace(f"<{converter}{argument}>", number)
            assert pattern.count("<") == 1, pattern
            for method in (rule.methods or set()) & {"GET", "POST"}:
                found.append((method, pattern, least))
    return found


def ask(client: FlaskClient, token: str, method: str, address: str) -> int:
    with client.open(address, method=method, data={"csrf_token": token} if method == "POST" else None) as answer:
        return answer.status_code


def test_every_route_is_in_the_table_and_lets_in_whom_the_table_says(app: Flask) -> None:
    said = {route: rule for rule, routes in ROUTES.items() for route in routes}
    found = {}
    for rule in app.url_map.iter_rules():
        least = access.rule_of(app.view_functions[rule.endpoint])
        if rule.endpoint.startswith("console.") and least is not None:
            where = rule.rule.removeprefix("/console/").removeprefix("sites/<site>/")
            found |= {f"{method} {where}": str(least) for method in (rule.methods or set()) & {"GET", "POST"}}
    assert found == said


@pytest.mark.usefixtures("tries")
def test_every_route_lets_in_exactly_the_roles_it_says(app: Flask, site: Site, database: Database) -> None:
    routes = site_routes(app)
    assert len(routes) > 15
    wrong = []
    for role in Role:
        person = enter(app.test_client(), add_moderator(database, f"{role}@gazette.example", role, gazette=role))
        token = person.token()
        for method, pattern, least in routes:
            status = ask(person.client, token, method, pattern.replace("<site>", "gazette"))
            refused = status == 403
            if refused is role.includes(least) or status >= 500:
                wrong.append(f"{role}: {method} {pattern} answered {status}")
    assert wrong == []


@pytest.mark.parametrize("slug", ["herald", "there-is-none"])
def test_every_route_of_another_site_is_not_found_even_for_an_admin_here(
    app: Flask, site: Site, other_site: Site, database: Database, slug: str
) -> None:
    person = enter(app.test_client(), add_moderator(database, "ada@gazette.example", "Ada", gazette=Role.ADMIN))
    token = person.token()
    statuses = {
        f"{method} {pattern}": ask(person.client, token, method, pattern.replace("<site>", slug))
        for method, pattern, _ in site_routes(app)
    }
    assert {route: status for route, status in statuses.items() if status != 404} == {}


def test_nobody_gets_in_without_signing_in(app: Flask, site: Site) -> None:
    client = app.test_client()
    token = csrf_token(client.get("/console/sign-in"))
    for method, pattern, _ in site_routes(app):
        status = ask(client, token, method, pattern.replace("<site>", "gazette"))
        assert status == 303, f"{method} {pattern} answered {status}"
