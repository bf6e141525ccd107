"""The history of an exported comment: its decisions, its scores, its times. Checked, because the record trusts it.

The decisions of each revision must lead from `pending` to where the next one begins, and those of the current revision
to the comment's status.
"""

import re
from collections import defaultdict
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from service.moderation.decisions.decisions import STATUS_OF
from service.moderation.text.cleaning import clean, one_line
from service.vocabulary import Attribute, CommentStatus, Source, Verdict

CODE = re.compile(r"[a-z0-9_-]{1,40}")


def _in_utc(moment: datetime) -> datetime:
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not 1970 <= moment.year <= 2200:
        raise ValueError("must be a time from 1970 to 2200")
    return moment.astimezone(UTC)


def _reason(record: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(code := record.get("code"), str) or not CODE.fullmatch(code):
        raise ValueError("a reason needs a code of small letters, digits and _")
    if record.get("attribute") not in (None, *Attribute):
        raise ValueError(f"a reason's attribute must be one of {', '.join(Attribute)}")
    score, text = record.get("score"), record.get("text", "")
    if score is not None and not (isinstance(score, float | int) and 0 <= score <= 1):
        raise ValueError("a reason's score must be a number from 0 to 1")
    if not isinstance(text, str) or len(text) > LONGEST_REASON:
        raise ValueError(f"a reason's text must be a text of at most {LONGEST_REASON} characters")
    return record


LARGEST = 2**31 - 1  # that the columns of whole numbers hold
LONGEST_REASON = 2_000
Number = Annotated[int, Field(ge=1, le=LARGEST)]
Time = Annotated[datetime, AfterValidator(_in_utc)]
Name = Annotated[str, Field(max_length=200), AfterValidator(one_line)]
Short = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(one_line)]
ReasonRecord = Annotated[dict[str, Any], AfterValidator(_reason)]


class Part(BaseModel):
    """A part of a line; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class DecisionRecord(Part):
    """One decision, as `moderato export` writes it; `undoes` counts the comment's decisions from 0."""

    revision: Number
    from_status: Annotated[CommentStatus, Field(alias="from")]
    to_status: Annotated[CommentStatus, Field(alias="to")]
    source: Source
    actor: Name | None = None
    policy_version: Annotated[int, Field(ge=0, le=LARGEST)] | None = None
    reasons: Annotated[list[ReasonRecord], Field(max_length=100)] = []  # as they were stored, whatever else they say
    note: Annotated[str, Field(max_length=10_000), AfterValidator(clean)] = ""
    undoes: Annotated[int, Field(ge=0, le=LARGEST)] | None = None
    created_at: Time

    @property
    def verdict(self) -> Verdict:
        return next(verdict for verdict, status in STATUS_OF.items() if status is self.to_status)


class ScoreRecord(Part):
    """One score of the current revision."""

    value: Annotated[float, Field(ge=0, le=1)]
    classifier: Short
    version: Short


class History(Part):
    """What another Moderato knew of a comment."""

    status: CommentStatus
    revision: Number = 1
    received_at: Time | None = None
    edited_at: Time | None = None
    decided_at: Time | None = None
    erased_at: Time | None = None
    scores: dict[Attribute, ScoreRecord] = {}
    decisions: Annotated[list[DecisionRecord], Field(max_length=1_000)] = []


def fault_of(history: History, /) -> str | None:
    """Return what is wrong with the order of the decisions, or None."""
    at: dict[int, CommentStatus] = defaultdict(lambda: CommentStatus.PENDING)
    for place, decision in enumerate(history.decisions):
        number = f"decision {place + 1}"
        if decision.from_status is not at[decision.revision] or decision.to_status is CommentStatus.PENDING:
            return f"{number} does not begin where the one before it ends"
        if decision.revision > history.revision:
            return f"{number} is on a later revision than the comment's"
        if decision.to_status is not CommentStatus.APPROVED and not decision.reasons:
            return f"{number} has no reason"
        if decision.source in (Source.MODERATOR, Source.SITE) and not decision.actor:
            return f"{number} has no actor"
        if decision.source is Source.POLICY and decision.policy_version is None:
            return f"{number} has no policy_version"
        if decision.undoes is not None and not decision.undoes < place:
            return f"{number} undoes one that does not come before it"
        at[decision.revision] = decision.to_status
    if at[history.revision] is not history.status:
        return "the decisions do not lead to the status"
    return None
