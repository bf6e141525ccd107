"""The role matrix over every route: a new page names the role that may see it, or nobody can open it."""

from flask import Flask

from service.console import access
from service.models.moderator import Role


def test_every_view_has_a_rule(app: Flask) -> None:
    without = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("console.")
        and rule.endpoint not in ("console.static", "console.nowhere")
        and access.rule_of(app.view_functions[rule.endpoint]) is None
    ]
    assert without == []


def test_every_view_of_a_site_asks_for_a_role_there(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("console.") and "site" in rule.arguments:
            assert isinstance(access.rule_of(app.view_functions[rule.endpoint]), Role), rule.endpoint


def test_only_signing_in_and_an_invitation_are_public(app: Flask) -> None:
    public = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("console.") and access.rule_of(app.view_functions[rule.endpoint]) == "public"
    }
    provider = {"console.to_provider", "console.from_provider", "console.leave_provider"}
    invited = {"console.invitation", "console.accept_invitation"}  # for people who have the link
    assert public == {"console.sign_in_page", "console.sign_in_form"} | provider | invited
