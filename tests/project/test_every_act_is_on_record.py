"""Whatever a form of the console changes is in the audit log, with the moderator who sent it.

A route that is new and not listed here fails the test: say what it does, or why it is no act.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from service.clock import utc_now
from service.console.connections.common import mark_of
from service.console.policy import form as policy_form
from service.db import Database
from service.installation.settings import Settings
from service.models import (
    ApiKey,
    Appeal,
    Decision,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    InboundState,
    InboundWebhook,
    Invitation,
    Report,
    ReviewAction,
    ScheduledPolicy,
    SecondLook,
    ShadowPolicy,
    Site,
    Style,
    WebhookSource,
)
from service.models.moderator import Role
from service.moderation.policy.rules import Rules
from service.queues import INTERACTIVE, Queues
from service.vocabulary import CommentStatus, Event
from tests.support.audited import Record
from tests.support.console import PASSWORD, Person, add_moderator, enter
from tests.support.held import hold
from tests.support.legal_notices import receive
from tests.support.quicker import application
from tests.support.replays import ready_replay
from workers import replays
from workers.runtime import Runtime

SITE = "/console/sites/<site>"
# Forms that show something, and what concerns nobody but the person who sends them.
NO_ACTS = {
    f"{SITE}/review/bulk", f"{SITE}/policy/preview", f"{SITE}/policy/terms",
    f"{SITE}/policy/confirm", f"{SITE}/policy/draft", f"{SITE}/policy/draft/discard", f"{SITE}/policy/preset",
    f"{SITE}/policy/replays",  # lists comments and changes none
    f"{SITE}/operations/doctor",
    f"{SITE}/audit/verify", f"{SITE}/comments/<comment_id>/claim", f"{SITE}/comments/<comment_id>/release",
    f"{SITE}/comments/<comment_id>/skip",
    f"{SITE}/sources/<source_id>/try",
    f"{SITE}/review/views", f"{SITE}/review/views/remove", "/console/preferences", "/console/<path:_rest>",
}  # fmt: skip


@pytest.fixture
def app(database: Database, settings: Settings, queues: Queues) -> Flask:
    """The service, where every moderator's decision is put up for a second look."""
    return application(settings.model_copy(update={"second_look_percent": 100}), database, queues)


@pytest.mark.one_database
def test_every_change_in_the_console_is_on_record_with_the_moderators_id(
    app: Flask, database: Database, site: Site, settings: Settings, queues: Queues
) -> None:
    ada = enter(app.test_client(), add_moderator(database, "ada@gazette.example", "Ada", gazette=Role.ADMIN))
    ben = enter(app.test_client(), add_moderator(database, "ben@gazette.example", "Ben", gazette=Role.MODERATOR))
    record, tried = Record(database), set()
    for act in console_acts(database, site, ada, ben):
        route, path, form = act
        answer = ada.post(path, form)
        assert answer.status_code in (200, 303), (route, answer.text)
        if "<replay_id>" in route:
            assert replays.drain(Runtime(settings, INTERACTIVE, database, queues)) > 0
        record.expect(f"POST {route}", "moderator", ada.moderator.id, site.id)
        tried.add(route)
    enter(app.test_client(), ada.moderator)  # a second session, to be ended from the first
    password = {"password": PASSWORD, "new_password": PASSWORD}
    for route, form in (
        ("/console/account/sessions/revoke", {}), ("/console/account/password", password), ("/console/sign-out", {}),
    ):  # fmt: skip
        record.forget()
        assert ada.post(route, form).status_code == 303
        record.expect(f"POST {route}", "moderator", ada.moderator.id, None)
        tried.add(route)
    enter(app.test_client(), ada.moderator)
    record.expect("POST /console/sign-in", "moderator", ada.moderator.id, None)
    tried.add("/console/sign-in")
    tried |= {"/console/invitation/<secret>", "/console/invitation/<secret>/join"}  # see people/test_invitations.py
    posts = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("console.") and "POST" in (rule.methods or ())
    }
    assert posts - tried - NO_ACTS == set()
    record.ends_well()


def console_acts(database: Database, site: Site, ada: Person, ben: Person) -> Any:
    """Yield route, address and form of one act after the other; each finds what it needs when its turn comes."""

    def act(pattern: str, form: Mapping[str, Any] | None = None, **ids: str) -> tuple[str, str, Mapping[str, Any]]:
        path = f"{SITE}{pattern}".replace("<site>", "gazette")
        for name, value in ids.items():
            path = path.replace(f"<{name}>", value)
        return f"{SITE}{pattern}", path, form or {}

    def newest(kind: Any) -> Any:
        with database.read() as session:
            return session.scalars(select(kind).order_by(kind.id.desc())).first()

    comments = [hold(database, site.id, number) for number in range(5)]
    first, second, third, fourth, fifth = (comment.id for comment in comments)
    tom = {"id": comments[0].author_external_id, "standing": "trusted", "reason": "Known to us."}
    yield act("/author", tom)
    yield act("/comments/<comment_id>/notes", {"note": "Look at this."}, comment_id=first)
    yield act("/comments/<comment_id>/escalate", {"note": "For you."}, comment_id=first)
    yield act("/comments/<comment_id>/hand-back", {"note": "No."}, comment_id=first)
    version = {"version": comments[1].version}
    yield act("/comments/<comment_id>/decision", {"verdict": "approve", **version}, comment_id=second)
    yield act("/review/actions/<action_id>/undo", action_id=newest(ReviewAction).id)
    yield act("/review/bulk/decision", {"verdict": "approve", "picked": [f"{third}:{comments[2].version}"]})

    with database.write() as session:
        session.add(Report(site_id=site.id, comment_id=fourth, revision=1, kind="spam", reporter="m"))
    yield act(
        "/comments/<comment_id>/reports/dismiss", {"version": comments[3].version, "reports": 1}, comment_id=fourth
    )

    for comment_id, seen in ((fourth, comments[3]), (fifth, comments[4])):
        decided = {"verdict": "reject", "version": seen.version}
        ben.post(f"/console/sites/gazette/comments/{comment_id}/decision", decided)
    with database.write() as session:
        rejected = session.scalars(select(Decision).where(Decision.to_status == CommentStatus.REJECTED).limit(1)).one()
        appeal = Appeal(
            site_id=site.id, comment_id=rejected.comment_id, decision_id=rejected.id, text="Why?",
            first_moderator_id=ben.moderator.id,
        )  # fmt: skip
        session.add(appeal)
    yield act("/appeals/<appeal_id>", {"ruling": "uphold"}, appeal_id=newest(Appeal).id)
    yield act("/second-looks/<look_id>", {"verdict": "approve"}, look_id=newest(SecondLook).id)
    legal_notice = receive(database, site, location="nowhere").id
    of_notice = {"legal_notice_id": legal_notice}
    yield act("/legal-notices/<legal_notice_id>/comment", {"comment": first}, **of_notice)
    left = {"outcome": "left_published", "answer": "Lawful.", "redress": "Complain.", "version": comments[0].version}
    yield act("/legal-notices/<legal_notice_id>", left, **of_notice)
    yield act("/legal-notices/<legal_notice_id>/undo", **of_notice)

    rules = policy_form.fields_of(Rules())
    yield act("/policy/activate", rules | {"maximum_length": "9000", "based_on": 0})
    yield act("/policy/activate", rules | {"maximum_length": "9500", "based_on": 1})
    yield act("/policy/roll-back", {"version": 1, "based_on": 2})
    tomorrow = (utc_now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    yield act("/policy/schedule", rules | {"activates_at": tomorrow, "based_on": 3})
    yield act("/policy/schedule/cancel", {"schedule": newest(ScheduledPolicy).id, "sure": "on"})
    yield act("/policy/shadow", rules | {"maximum_length": "8000"})
    yield act("/policy/shadow/stop", {"sure": "on", "shadow": newest(ShadowPolicy).id})
    politics = {"kind": "section", "section": "Politics", "link_limit": "1", "based_on": 3}
    yield act("/policy/overrides/new", politics)
    yield act("/policy/overrides/<int:number>", politics | {"link_limit": "2", "based_on": 4}, **{"int:number": "0"})
    yield act("/policy/overrides/<int:number>/remove", {"based_on": 5, "sure": "on"}, **{"int:number": "0"})
    yield act("/comments/<comment_id>/article", {"act": "hold"}, comment_id=first)
    replay = ready_replay(database, site, comments[2].id)
    chosen = {"pick": "all", "act": "hold", "based_on": replay.policy_version}
    yield act("/policy/replays/<replay_id>/apply", chosen, replay_id=replay.id)
    yield act("/policy/replays/<replay_id>/undo", replay_id=replay.id)
    yield act("/reasons/start")
    yield act("/reasons", {"label": "Shouting", "ground": "terms"})

    with database.write() as session:
        endpoint = Endpoint(site_id=site.id, url="https://cms.example/", secrets=[], state=EndpointState.DISABLED)
        source = WebhookSource(site_id=site.id, name="x", style=Style.TOKEN, secrets=["s" * 20], preset="moderato")
        session.add_all([endpoint, source])
        session.flush()
        letter = InboundWebhook(source_id=source.id, mark="m", state=InboundState.DEAD, body="{}", headers="{}")
        given_up = Delivery(
            site_id=site.id, endpoint_id=endpoint.id, event=next(iter(Event)), sequence=1, state=DeliveryState.FAILED,
            next_attempt_at=utc_now(),
        )  # fmt: skip
        session.add_all([letter, given_up])
    yield act("/operations/deliveries/replay", {"endpoint": endpoint.id})
    yield act("/operations/endpoints/enable", {"endpoint": endpoint.id})
    yield act("/operations/webhooks/replay", {"source": source.id, "webhook": letter.id})

    def seen(row: Any) -> dict[str, str]:
        with database.read() as session:
            return {"seen": mark_of(session.get_one(type(row), row.id))}

    yield act("/endpoints/new", {"url": "https://new.example/"})
    made = newest(Endpoint)
    yield act("/endpoints/<endpoint_id>", {"url": "https://changed.example/"}, endpoint_id=made.id)
    yield act("/endpoints/<endpoint_id>/switch", {"state": "off"}, endpoint_id=made.id)
    yield act("/endpoints/<endpoint_id>/rotate", seen(made), endpoint_id=made.id)
    yield act("/endpoints/<endpoint_id>/end-rotation", {**seen(made), "sure": "on"}, endpoint_id=made.id)
    yield act("/endpoints/<endpoint_id>/test", endpoint_id=made.id)
    yield act("/deliveries/<delivery_id>/replay", delivery_id=newest(Delivery).id)
    yield act("/endpoints/<endpoint_id>/replay", {"since": "2026-01-01T00:00"}, endpoint_id=made.id)
    yield act("/endpoints/<endpoint_id>/remove", {"sure": "on"}, endpoint_id=made.id)
    new = {"name": "Forum", "style": "github", "map": "moderato"}
    yield act("/sources/new", new)
    made = newest(WebhookSource)
    yield act("/sources/<source_id>", new | {"map": "strapi"}, source_id=made.id)
    yield act("/sources/<source_id>/switch", {"state": "off"}, source_id=made.id)
    yield act("/sources/<source_id>/rotate", seen(made), source_id=made.id)
    yield act("/sources/<source_id>/end-rotation", {**seen(made), "sure": "on"}, source_id=made.id)
    yield act("/sources/<source_id>/letters/replay", source_id=made.id)
    yield act("/sources/<source_id>/remove", {"sure": "on"}, source_id=made.id)
    yield act("/keys", {"name": "Form", "scope": "submit", "days": "90"})
    yield act("/keys/<key_id>/revoke", {"sure": "on"}, key_id=newest(ApiKey).id)
    yield act("/people/invite", {"email": "mia@gazette.example", "role": "viewer"})
    yield act("/people/invitations/<invitation_id>/withdraw", {"sure": "on"}, invitation_id=newest(Invitation).id)
    limits = {"held_minutes": "90", "held_count": "50", "chat": "https://hooks.chat.example/x"}
    yield act("/alerts", limits)
    yield act("/alerts/test")
    yield act("/retention", {"days": "400"})
    yield act("/people/<moderator_id>/role", {"role": "lead"}, moderator_id=ben.moderator.id)
    yield act("/people/<moderator_id>/remove", {"sure": "on"}, moderator_id=ben.moderator.id)
