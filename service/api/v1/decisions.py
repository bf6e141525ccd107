"""A moderator's verdict by API, for sites whose moderators work in the CMS; the key acts as the moderator.

The rule is `deciding.decide`, as in the console. A comment that a moderator has reserved there answers 409.
"""

from service.api.operation import Answer, Call, operation
from service.api.shapes import answers
from service.api.shapes.requests import DecisionBody, SourceQuery
from service.api.v1.comments import answer_comment
from service.moderation.actors import of_key
from service.moderation.intake import id_spaces
from service.moderation.review import deciding
from service.queues import DELIVERY
from service.vocabulary import Scope, Verdict


@operation(
    "POST",
    "/v1/comments/<comment_id>/decisions",
    summary="Decide on a comment, or overturn a decision",
    tag="Comments",
    scope=Scope.MODERATE,
    query=SourceQuery,
    body=DecisionBody,
    answers={
        201: ("Decided.", answers.Comment),
        200: ("It stood there already; nothing was changed.", answers.Comment),
    },
    problems=(404, 409),
)
def decide_comment(call: Call[DecisionBody, SourceQuery], comment_id: str) -> Answer:
    body, percent = call.body, call.context.settings.second_look_percent
    with call.context.database.write() as session:
        comment = id_spaces.require_comment(session, call.site_id, comment_id, call.query.source, lock=True)
        ruling = deciding.ruling_of(
            session,
            call.site_id,
            Verdict(body.verdict),
            reason=body.reason or "",
            note=body.note,
            second_look_percent=percent,
        )
        decision = deciding.decide(session, comment, ruling, version=body.expected_version, by=of_key(call.key))
        if decision is not None:
            session.refresh(comment)
        answer = answer_comment(session, comment, status=200 if decision is None else 201)
    if decision is not None:
        call.context.queues.wake(DELIVERY)
    return answer
