"""A comment is judged by the overrides for where it is and when it came; what applied is in its decision."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from service.clock import utc_now
from service.models import Comment, ShadowJudgement
from service.moderation.decisions import record
from service.moderation.insight.counts.periods import of_days
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.moderation.trials import past, shadow
from service.moderation.trials.preview import preview
from service.moderation.webhooks import events
from service.moderation.webhooks.field_maps import Mapped
from service.vocabulary import CommentStatus, Reason, Verdict
from tests.service.moderation.webhooks.test_inbound import add_source
from tests.support.flow import TEXT, Flow

ELECTION = ArticleSubmission(id="election", title="The election", section="Politics")
BRIDGE = ArticleSubmission(id="bridge", title="The bridge", section="Local")
OTHER = "A bridge that closes twice in a winter is no bridge at all, as every ferryman will tell you."
THIRD = "Six candidates, and not one of them has said who pays for the new school in the north."
HELD_IN_POLITICS = {"target": {"section": "Politics"}, "rules": {"pre_moderation": True}}


def in_force(flow: Flow, *overrides: dict[str, Any], **site: Any) -> Rules:
    rules = Rules.model_validate(site | {"overrides": list(overrides)})
    with flow.database.write() as session:
        policies.activate(session, flow.site.id, rules, author="lead")
    return rules


def codes(flow: Flow, comment_id: str) -> list[str]:
    return [reason["code"] for reason in flow.decisions(comment_id)[0].reasons if reason["verdict"] != "approve"]


def test_everything_in_a_section_is_held_and_the_decision_says_why(flow: Flow) -> None:
    in_force(flow, HELD_IN_POLITICS)
    held, free = flow.accept("c-1", article=ELECTION), flow.accept("c-2", TEXT + " Twice.", article=BRIDGE)
    flow.drain()
    assert (flow.comment(held).status, codes(flow, held)) == (CommentStatus.HELD, [Reason.PRE_MODERATED])
    assert flow.comment(free).status is CommentStatus.APPROVED
    with flow.database.read() as session:
        shown, other = (
            record.present(session, session.get_one(Comment, one))["decisions"][0]["overrides"] for one in (held, free)
        )
    assert (shown, other) == (
        [
            {
                "target": {"section": "Politics"},
                "effect": "all_held",
                "text": "All comments held for the section “Politics”",
            }
        ],
        [],
    )


def test_a_comment_is_judged_by_the_hour_at_which_it_came(flow: Flow) -> None:
    until = {"until": (utc_now() - timedelta(hours=1)).isoformat()}
    in_force(flow, {"target": {}, "rules": {"pre_moderation": True}, "when": until})
    early, late = flow.accept("c-1"), flow.accept("c-2", TEXT + " Twice.")
    with flow.database.write() as session:
        earlier = {"pending_since": utc_now() - timedelta(hours=2)}
        session.execute(update(Comment).where(Comment.id == early).values(**earlier))
    flow.drain()
    assert (flow.comment(early).status, flow.comment(late).status) == (CommentStatus.HELD, CommentStatus.APPROVED)


def test_a_webhooks_comment_where_comments_are_closed_is_held_and_never_lost(flow: Flow) -> None:
    source = add_source(flow.database, flow.site)
    in_force(flow, {"target": {"section": "Politics"}, "rules": {"closed": True}})
    mapped = Mapped(action="create", id="7", text=TEXT, article_id="9", article_title="x", article_section="Politics")
    with flow.database.write() as session:
        assert events.apply(session, source, mapped, received_at=utc_now()).changed
    flow.drain()
    with flow.database.read() as session:
        stored = session.scalars(select(Comment)).one()
    assert (stored.status, codes(flow, stored.id)) == (CommentStatus.HELD, [Reason.COMMENTS_CLOSED])


def test_the_rules_about_authors_may_differ_by_section(flow: Flow) -> None:
    in_force(flow, {"target": {"section": "Politics"}, "rules": {"hold_newcomers": 1}})
    new = flow.accept("c-1", article=ELECTION, author_id="anna")
    elsewhere = flow.accept("c-2", OTHER, article=BRIDGE, author_id="anna")
    flow.drain()
    assert (codes(flow, new), codes(flow, elsewhere)) == ([Reason.AUTHOR_NEW], [])
    known = flow.accept("c-3", THIRD, article=ELECTION, author_id="anna")
    flow.drain()
    assert codes(flow, known) == []


def test_a_shadow_and_a_preview_judge_by_their_own_overrides(flow: Flow) -> None:
    active, draft = in_force(flow), Rules.model_validate({"overrides": [HELD_IN_POLITICS]})
    with flow.database.write() as session:
        shadow.start(session, flow.site.id, draft, author="lead")
    flow.accept("c-1", article=ELECTION)
    flow.accept("c-2", TEXT + " Twice.", article=BRIDGE)
    flow.drain()
    with flow.database.read() as session:
        assert sorted(session.scalars(select(ShadowJudgement.verdict))) == [Verdict.APPROVE, Verdict.HOLD]
        drawn = past.draw(session, flow.site.id, of_days(1, now=utc_now()))
    assert preview(drawn.cases, active, draft).moves == {(Verdict.APPROVE, Verdict.HOLD): 1}
