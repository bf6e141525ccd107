"""Erasing everything that one author sent, with a report of what was removed."""

from typing import Annotated

from pydantic import Field

from service.api.answers import Shape
from service.api.fields import is_external_id
from service.api.operation import Answer, Call, operation
from service.errors import NotFound
from service.moderation import audit_log, retention
from service.moderation.audit_log import Actor
from service.queues import DELIVERY


class Erased(Shape):
    """What was removed; scores and decisions stay, they say nothing about who wrote what."""

    comments: Annotated[int, Field(description="Texts, names and ids of the author; a callback tells of each.")]
    earlier_texts: int
    findings: int
    dead_letters: Annotated[int, Field(description="Unmapped webhooks in which the author's id stood.")]
    author_records: Annotated[int, Field(description="Standing with its reason, numbers of forgotten comments.")]


@operation(
    "DELETE", "/v1/authors/<author_id>/comments", summary="Erase everything that an author sent", tag="Comments",
    answers={200: ("Erased, and so much.", Erased)}, problems=(404,),
)  # fmt: skip
def erase_author(call: Call[None, None], author_id: str) -> Answer:
    if not is_external_id(author_id):
        raise NotFound("There is no author with this id at this site.")
    with call.context.database.write() as session:
        erased = retention.erase_author(session, call.site_id, author_id, actor=call.key.name)
        actor = Actor(kind="key", id=call.key.id, name=call.key.name)
        audit_log.record(
            session, "author.erase", actor, site_id=call.site_id, subject_kind="author", subject_id="",
            detail={"comments": erased.comments},
        )  # fmt: skip
    call.context.queues.wake(DELIVERY)
    return Answer(
        {
            "comments": erased.comments,
            "earlier_texts": erased.earlier_texts,
            "findings": erased.findings,
            "dead_letters": erased.dead_letters,
            "author_records": erased.author_records,
        }
    )
