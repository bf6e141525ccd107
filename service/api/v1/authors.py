"""What the site knows of an author, and what a person says of them: trusted, staff, blocked, or nothing."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from service.api.operation import Answer, Call, operation
from service.api.shapes.answers import Shape, SourceOfIds
from service.api.shapes.fields import Moment, Request
from service.api.shapes.requests import SourceQuery
from service.clock import rfc3339
from service.errors import NotFound
from service.models.stored_ids import bare
from service.moderation.actors import of_key
from service.moderation.authors import author_file
from service.moderation.authors import standing as standings
from service.moderation.authors.author_file import AuthorFile
from service.moderation.authors.standing import LONGEST_REASON
from service.moderation.decisions import record
from service.moderation.intake import id_spaces
from service.moderation.text.cleaning import one_line
from service.vocabulary import CommentStatus, Scope, Standing, Treatment

TAG = "Authors"
MISSING = "This site has no author with this id."


class StandingBody(Request):
    """The author's standing from now on; null removes it."""

    standing: Literal["trusted", "staff", "blocked"] | None
    reason: Annotated[
        str,
        Field(max_length=LONGEST_REASON, description="For moderators; needed for a block. Never sent to the author."),
        AfterValidator(one_line),
    ] = ""
    until: Annotated[Moment | None, Field(description="When it runs out by itself; null: never.")] = None


class StandingAnswer(Shape):
    standing: Standing
    reason: str
    until: AwareDatetime | None
    set_by: Annotated[str, Field(description="The moderator, or the key's name.")]
    set_at: AwareDatetime | None


class StrikeAnswer(Shape):
    comment_id: str
    source: SourceOfIds
    revision: Annotated[int, Field(description="The text that was rejected; an edit does not undo a strike.")]
    created_at: AwareDatetime
    expires_at: Annotated[AwareDatetime, Field(description="By the policy in force.")]


class AuthorCounts(Shape):
    """Comments by where they stand, those included whose text was forgotten by age, as far as the policy counts."""

    approved: int
    rejected: int
    held: int
    pending: int


class AuthorAnswer(Shape):
    id: str
    source: SourceOfIds
    name: str | None
    counts: AuthorCounts
    standing: Annotated[StandingAnswer | None, Field(description="Null too when it has run out.")]
    strikes_in_force: int
    strikes: Annotated[list[StrikeAnswer], Field(description="The latest 50 in force, newest first.")]
    treatment: Annotated[Treatment, Field(description="How a comment would be treated now.")]
    treatment_text: Annotated[str, Field(description="The same for people.")]
    first_seen: AwareDatetime | None
    last_seen: AwareDatetime | None


@operation(
    "GET", "/v1/authors/<author_id>", summary="See counts, strikes and standing of an author", tag=TAG,
    scope=Scope.READ, query=SourceQuery, answers={200: ("The author.", AuthorAnswer)}, problems=(404,),
)  # fmt: skip
def get_author(call: Call[None, SourceQuery], author_id: str) -> Answer:
    with call.context.database.read() as session:
        stored = id_spaces.author(session, call.site_id, author_id, call.query.source)
        file = author_file.read(session, call.site_id, stored)
    if file.is_empty:
        raise NotFound(MISSING)
    return Answer(_shown(file))


@operation(
    "PUT", "/v1/authors/<author_id>", summary="Trust, block or exempt an author, or take that back", tag=TAG,
    scope=Scope.MODERATE, query=SourceQuery, body=StandingBody, problems=(404,),
    answers={200: ("The author; also one who has not commented yet, so that you can mark staff in advance.",
                   AuthorAnswer)},
)  # fmt: skip
def put_author(call: Call[StandingBody, SourceQuery], author_id: str) -> Answer:
    with call.context.database.write() as session:
        stored = id_spaces.author(session, call.site_id, author_id, call.query.source)
        standings.set_to(
            session,
            call.site_id,
            stored,
            Standing(call.body.standing) if call.body.standing else None,
            reason=call.body.reason,
            until=call.body.until,
            by=of_key(call.key),
        )
        return Answer(_shown(author_file.read(session, call.site_id, stored)))


def _shown(file: AuthorFile) -> dict[str, Any]:
    row, said = file.row, None
    if row is not None and file.standing is not None:
        said = {
            "standing": file.standing.value,
            "reason": row.reason,
            "until": rfc3339(row.until),
            "set_by": row.set_by,
            "set_at": rfc3339(row.set_at),
        }
    strikes = [
        {
            "comment_id": bare(comment.external_id),
            "source": record.source_of(comment.external_id),
            "revision": strike.revision,
            "created_at": rfc3339(strike.created_at),
            "expires_at": rfc3339(file.expires(strike)),
        }
        for strike, comment in file.strikes
    ]
    return {
        "id": bare(file.author_id),
        "source": record.source_of(file.author_id),
        "name": file.name,
        "counts": {
            "approved": file.approved,
            "rejected": file.rejected,
            "held": file.counts.get(CommentStatus.HELD, 0),
            "pending": file.counts.get(CommentStatus.PENDING, 0),
        },
        "standing": said,
        "strikes_in_force": file.facts.strikes,
        "strikes": strikes,
        "treatment": file.treatment.value,
        "treatment_text": file.words,
        "first_seen": rfc3339(file.first_seen),
        "last_seen": rfc3339(file.last_seen),
    }
