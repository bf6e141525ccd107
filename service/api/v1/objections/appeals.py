"""Appeals by API: the site passes on what an author says against a rejection, and reads what became of it."""

from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from service.api.operation import Answer, Call, operation
from service.api.shapes.answers import Shape, SourceOfIds
from service.api.shapes.fields import LongText, Request
from service.api.shapes.requests import SourceQuery
from service.clock import rfc3339
from service.models import Appeal, AppealState, Comment
from service.models.stored_ids import bare
from service.moderation.actors import of_key
from service.moderation.decisions import record
from service.moderation.intake import id_spaces
from service.moderation.review import appeals
from service.vocabulary import Scope

LONGEST = 4_000


class AppealBody(Request):
    """What the author says against the rejection."""

    text: Annotated[LongText, Field(min_length=1, max_length=LONGEST)]


class AppealAnswer(Shape):
    """The state of an appeal."""

    id: str
    comment_id: str
    source: SourceOfIds
    state: Annotated[
        AppealState, Field(description="open, upheld, overturned, or moot: the comment changed meanwhile.")
    ]
    answer: Annotated[str, Field(description="What the moderator says to the author.")]
    created_at: AwareDatetime
    decided_at: AwareDatetime | None


class Appeals(Shape):
    appeals: list[AppealAnswer]


@operation(
    "POST",
    "/v1/comments/<comment_id>/appeals",
    summary="Appeal against a rejection",
    tag="Comments",
    scope=Scope.MODERATE,
    query=SourceQuery,
    body=AppealBody,
    answers={
        201: ("A different moderator will look at it.", AppealAnswer),
        200: ("This rejection has an appeal already.", AppealAnswer),
    },
    problems=(404, 409),
)
def lodge_appeal(call: Call[AppealBody, SourceQuery], comment_id: str) -> Answer:
    with call.context.database.write() as session:
        comment = id_spaces.require_comment(session, call.site_id, comment_id, call.query.source, lock=True)
        by = of_key(call.key)
        appeal, is_new = appeals.lodge(session, comment, call.body.text, by=by)
        session.refresh(appeal)
        return Answer(_shown(comment, appeal), status=201 if is_new else 200)


@operation(
    "GET",
    "/v1/comments/<comment_id>/appeals",
    summary="See what became of a comment's appeals",
    tag="Comments",
    scope=Scope.READ,
    query=SourceQuery,
    answers={200: ("Its appeals, oldest first.", Appeals)},
    problems=(404,),
)
def list_appeals(call: Call[None, SourceQuery], comment_id: str) -> Answer:
    with call.context.database.read() as session:
        comment = id_spaces.require_comment(session, call.site_id, comment_id, call.query.source)
        return Answer({"appeals": [_shown(comment, appeal) for appeal in appeals.of_comment(session, comment)]})


def _shown(comment: Comment, appeal: Appeal) -> dict[str, Any]:
    return {
        "id": appeal.id,
        "comment_id": bare(comment.external_id),
        "source": record.source_of(comment.external_id),
        "state": appeal.state.value,
        "answer": appeal.answer,
        "created_at": rfc3339(appeal.created_at),
        "decided_at": rfc3339(appeal.decided_at),
    }
