"""The console: HTML for moderators and editors. `register(app)` is all that the application needs to know of it.

A page is a module named in `PAGES` whose views sit on `console` and say who may see them; its template extends
"console/base.html" and is rendered with `nav`, its label in the navigation:

    @console.get("/sites/<site>/policy")
    @access.require(Role.LEAD)
    def policy() -> ResponseReturnValue:
        site = access.current_site()

Forms carry `csrf_token()`. Errors are raised as `service.errors.Problem` and become pages, or fragments for htmx; a
form that breaks a rule comes back with what was typed (`returned_forms`).
"""

from importlib import import_module

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue

from service.console import formats, id_sources, languages, saying, words
from service.console.blueprint import asset, console, prepare
from service.sentences import N_

# Every module with pages; importing one registers its views on the blueprint.
PAGES = (
    "people.sessions",
    "people.single_sign_on",
    "people.preferences",
    "people.authors",
    "people.team",
    "people.invitations",
    "people.site_alerts",
    "people.retention",
    "review.review_queue",
    "review.comment_page",
    "review.decisions",
    "review.reports",
    "review.bulk",
    "review.reasons",
    "review.appeals",
    "review.legal_notices",
    "review.second_looks",
    "comments.all_comments",
    "comments.my_decisions",
    "policy.editor",
    "policy.changes",
    "policy.overrides",
    "policy.drafts",
    "policy.replays",
    "insight.dashboard",
    "insight.operations",
    "insight.audit",
    "connections.common",
    "connections.api_keys",
    "connections.endpoints",
    "connections.deliveries",
    "connections.sources",
)

# The navigation, in order: label, view, least role. A page shows up as soon as its view exists.
NAVIGATION = (
    (N_("Review"), "console.review", "viewer"),
    (N_("Comments"), "console.comments", "viewer"),
    (N_("Policy"), "console.policy", "lead"),
    (N_("Dashboard"), "console.dashboard", "viewer"),
    (N_("Operations"), "console.operations", "lead"),
    (N_("Connections"), "console.endpoints", "admin"),
    (N_("People"), "console.people", "admin"),
    (N_("Audit"), "console.audit", "lead"),
)
PALETTE_KEY = ":"  # opens the command palette, unless a moderator has given it to something else


def register(app: Flask) -> None:
    """Add the console under /console; `/` leads there unless the application says otherwise."""
    for page in PAGES:
        import_module(f"service.console.{page}")
    prepare(app)
    languages.prepare(app)
    app.register_blueprint(console)
    if not any(rule.rule == "/" for rule in app.url_map.iter_rules()):
        app.add_url_rule("/", "to_console", _to_console)


def _to_console() -> ResponseReturnValue:
    return redirect(url_for("console.home"), 303)


@console.app_template_global("console_asset")
def _asset(filename: str) -> str:
    return asset(filename)


@console.context_processor
def _shared() -> dict[str, object]:
    from flask import current_app, g

    from service.console import access
    from service.console.insight import model_cards
    from service.console.people.preferences import choices
    from service.models.moderator import Role

    def navigation() -> list[tuple[str, str]]:
        views = current_app.view_functions
        return [(label, view) for label, view, role in NAVIGATION if view in views and access.may(Role(role))]

    def palette_key() -> str:
        own = choices()
        return PALETTE_KEY if own.keys_on and PALETTE_KEY not in dict(own.keys).values() else ""

    return {
        "visitor": g.get("visitor"),
        "last_site": access.last_site,
        "may": lambda role: access.may(Role(role)),
        "navigation": navigation,
        "palette_key": palette_key,
        "language": languages.current(),
        "script_texts": languages.script_texts,
        "other_languages": model_cards.other_languages,
    }


formats.install(console)
saying.install(console)
id_sources.install(console)
words.install(console)
