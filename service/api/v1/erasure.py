"""Erasing a comment, or everything that one author sent, with a report of what was removed."""

from dataclasses import asdict
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from service.api.operation import Answer, Call, operation
from service.api.shapes.answers import Shape
from service.api.shapes.fields import is_external_id
from service.api.v1.comments import check_id
from service.errors import NotFound
from service.moderation import audit_log
from service.moderation.audit_log import Actor
from service.moderation.erasure import retention
from service.moderation.erasure.retention import Erasure
from service.moderation.intake import intake
from service.queues import DELIVERY


class Erased(Shape):
    """What was removed; scores and decisions stay, they say nothing about who wrote what."""

    comments: Annotated[int, Field(description="Texts, names and ids of the author; a callback tells of each.")]
    earlier_texts: int
    findings: int
    notes: Annotated[int, Field(description="Moderators' notes on the comments.")]
    appeals: Annotated[int, Field(description="Appeals whose words and answers are gone.")]
    dead_letters: Annotated[int, Field(description="Unmapped webhooks in which the id stood.")]
    saved_views: Annotated[int, Field(description="Moderators' saved views that looked for the author.")]
    author_records: Annotated[int, Field(description="Standing with its reason, numbers of forgotten comments.")]


@operation(
    "DELETE", "/v1/comments/<comment_id>", summary="Erase a comment's text and author", tag="Comments",
    answers={200: ("Erased, and so much; the second time nothing is left to remove.", Erased)}, problems=(404,),
)  # fmt: skip
def erase_comment(call: Call[None, None], comment_id: str) -> Answer:
    check_id(comment_id)
    with call.context.database.write() as session:
        erased = retention.erase_comment(session, call.site_id, comment_id, actor=call.key.name)
        if erased.comments:
            subject = ("comment", intake.require(session, call.site_id, comment_id).id)
            _note(session, call, "comment.erase", subject, erased)
    call.context.queues.wake(DELIVERY)
    return Answer(asdict(erased))


@operation(
    "DELETE", "/v1/authors/<author_id>/comments", summary="Erase everything that an author sent", tag="Comments",
    answers={200: ("Erased, and so much.", Erased)}, problems=(404,),
)  # fmt: skip
def erase_author(call: Call[None, None], author_id: str) -> Answer:
    if not is_external_id(author_id):
        raise NotFound("This site has no author with this id.")
    with call.context.database.write() as session:
        erased = retention.erase_author(session, call.site_id, author_id, actor=call.key.name)
        _note(session, call, "author.erase", ("author", ""), erased)  # the log keeps no author's id
    call.context.queues.wake(DELIVERY)
    return Answer(asdict(erased))


def _note(session: Session, call: Call[None, None], act: str, subject: tuple[str, str], erased: Erasure) -> None:
    kind, subject_id = subject
    actor = Actor(kind="key", id=call.key.id, name=call.key.name)
    audit_log.record(
        session, act, actor, site_id=call.site_id, subject_kind=kind, subject_id=subject_id, detail=asdict(erased)
    )
