"""A worker judges by what is known of the author, under the active policy and under its shadow."""

import pytest
from sqlalchemy import select

from service.models import ShadowJudgement
from service.moderation.actors import Actor
from service.moderation.authors import standing as standings
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.moderation.trials import shadow
from service.vocabulary import CommentStatus, Reason, Standing, Verdict
from tests.support.flow import TEXT, Flow

LEA = Actor(kind="moderator", id="1", name="Lea")


def reasons(flow: Flow, comment_id: str) -> list[str]:
    (decision,) = flow.decisions(comment_id)
    return [reason["code"] for reason in decision.reasons if reason["code"] != Reason.OFF_TOPIC_NOT_JUDGED]


def test_a_shadow_counts_on_authors_where_the_active_policy_does_not(flow: Flow) -> None:
    with flow.database.write() as session:
        shadow.start(session, flow.site.id, Rules(hold_newcomers=1), author="Lea")
    verdicts = []
    remarks = (TEXT, "Buses over the old bridge were late all last winter, and nobody at the town hall noticed it.")
    for number, text in enumerate(remarks):
        comment_id = flow.accept(f"c-{number}", text, author_id="u-1")
        flow.drain()
        assert flow.comment(comment_id).status is CommentStatus.APPROVED
        with flow.database.read() as session:
            found = select(ShadowJudgement.verdict).where(ShadowJudgement.comment_id == comment_id)
            verdicts.append(session.scalars(found).one())
    assert verdicts == [Verdict.HOLD, Verdict.APPROVE]


@pytest.mark.parametrize(
    ("standing", "status", "expected"),
    [
        (Standing.BLOCKED, CommentStatus.REJECTED, [Reason.AUTHOR_BLOCKED]),
        (Standing.STAFF, CommentStatus.APPROVED, [Reason.AUTHOR_STAFF]),
        (Standing.TRUSTED, CommentStatus.APPROVED, [Reason.AUTHOR_TRUSTED]),
        (None, CommentStatus.HELD, [Reason.TOXIC]),
    ],
)
def test_a_standing_acts_whatever_the_policy_counts(
    flow: Flow, standing: Standing | None, status: CommentStatus, expected: list[Reason]
) -> None:
    toxic = {"thresholds": {"toxicity": {"hold_at": 0.5, "reject_at": 0.9}}}
    with flow.database.write() as session:
        policies.activate(session, flow.site.id, Rules.model_validate(toxic), author="Lea")
        if standing is not None:
            standings.set_to(session, flow.site.id, "u-1", standing, reason="known", by=LEA)
    flow.scripted(toxicity=0.02 if standing is Standing.BLOCKED else 0.6)
    comment_id = flow.accept("c-1", author_id="u-1")
    flow.drain()
    assert flow.comment(comment_id).status is status
    assert reasons(flow, comment_id) == expected
