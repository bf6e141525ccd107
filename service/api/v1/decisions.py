"""A moderator's verdict by API, for sites whose moderators work in the CMS; the key's name stands for the moderator."""

from service.api.operation import Answer, Call, operation
from service.api.shapes import answers
from service.api.shapes.requests import DecisionBody
from service.api.v1.comments import answer_comment
from service.moderation import audit_log
from service.moderation.audit_log import Actor
from service.moderation.decisions import decisions
from service.moderation.intake import intake
from service.queues import DELIVERY
from service.vocabulary import Verdict


@operation(
    "POST",
    "/v1/comments/<comment_id>/decisions",
    summary="Decide on a comment, or overturn a decision",
    tag="Comments",
    body=DecisionBody,
    answers={
        201: ("Decided.", answers.Comment),
        200: ("It stood there already; nothing was changed.", answers.Comment),
    },
    problems=(404, 409),
)
def decide_comment(call: Call[DecisionBody, None], comment_id: str) -> Answer:
    verdict = Verdict(call.body.verdict)
    with call.context.database.write() as session:
        comment = intake.require(session, call.site_id, comment_id, lock=True)
        decision = decisions.record_moderator(
            session,
            comment,
            verdict,
            expected_version=call.body.expected_version,
            actor=call.key.name,
            reason=call.body.reason,
            note=call.body.note,
        )
        if decision is not None:
            session.refresh(comment)
        answer = answer_comment(session, comment, status=200 if decision is None else 201)
        if decision is not None:
            audit_log.record(
                session,
                "comment.decide",
                Actor(kind="key", id=call.key.id, name=call.key.name),
                site_id=call.site_id,
                subject_kind="comment",
                subject_id=comment.id,
                detail={"from": decision.from_status.value, "to": decision.to_status.value},
            )
    if decision is not None:
        call.context.queues.wake(DELIVERY)
    return answer
