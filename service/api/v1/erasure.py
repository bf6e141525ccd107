"""Erasing a comment, or everything that one author sent, with a report of what was removed."""

from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from service.api.operation import Answer, Call, operation
from service.api.shapes.answers import Shape
from service.api.shapes.requests import SourceQuery
from service.models.stored_ids import space_of
from service.moderation.actors import of_key
from service.moderation.erasure import erasing
from service.moderation.erasure.erasing import Erasure
from service.queues import DELIVERY
from service.vocabulary import Scope


class Erased(Shape):
    """What was removed; scores and decisions stay, they say nothing about who wrote what."""

    source: Annotated[
        str, Field(description="The webhook source at which it was erased; left out: the API's own ids.")
    ] = ""
    comments: Annotated[int, Field(description="Texts, names and ids of the author; a callback tells of each.")]
    earlier_texts: int
    findings: int
    notes: Annotated[int, Field(description="Moderators' notes on the comments.")]
    appeals: Annotated[int, Field(description="Appeals whose words and answers are gone.")]
    legal_notices: Annotated[int, Field(description="Legal notices whose explanations are gone.")]
    reports: Annotated[int, Field(description="Words of readers who reported the comments.")]
    dead_letters: Annotated[int, Field(description="Unmapped webhooks in which the id stood.")]
    saved_views: Annotated[int, Field(description="Moderators' saved views that looked for the author.")]
    author_records: Annotated[int, Field(description="Standing with its reason, numbers of forgotten comments.")]


@operation(
    "DELETE", "/v1/comments/<comment_id>", summary="Erase a comment's text and author", tag="Comments",
    scope=Scope.ERASE, query=SourceQuery, problems=(404,),
    answers={200: ("Erased, and so much; the second time nothing is left to remove.", Erased)},
)  # fmt: skip
def erase_comment(call: Call[None, SourceQuery], comment_id: str) -> Answer:
    with call.context.database.write() as session:
        stored = erasing.which_comment(session, call.site_id, comment_id, call.query.source)
        erased = erasing.erase_comment(session, call.site_id, stored, by=of_key(call.key))
    call.context.queues.wake(DELIVERY)
    return _answer(stored, erased)


@operation(
    "DELETE", "/v1/authors/<author_id>/comments", summary="Erase everything that an author sent", tag="Comments",
    scope=Scope.ERASE, query=SourceQuery, answers={200: ("Erased, and so much.", Erased)}, problems=(404,),
)  # fmt: skip
def erase_author(call: Call[None, SourceQuery], author_id: str) -> Answer:
    with call.context.database.write() as session:
        stored = erasing.which_author(session, call.site_id, author_id, call.query.source)
        erased = erasing.erase_author(session, call.site_id, stored, by=of_key(call.key))
    call.context.queues.wake(DELIVERY)
    return _answer(stored, erased)


def _answer(stored: str, erased: Erasure) -> Answer:
    return Answer(asdict(erased) | ({"source": space} if (space := space_of(stored)) else {}))
