"""A policy applied to past comments, as the API takes and shows it."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from service.api.shapes.answers import Shape
from service.api.shapes.fields import Request
from service.models import ReplayAct, ReplayState

LARGEST = 2**31 - 1


class PolicyReplayBody(Request):
    """How far back past comments are judged again."""

    days: Annotated[int, Field(ge=1, le=36_500, description="Comments received in the last so many days; at most as "
                               "long as the site keeps texts.")]  # fmt: skip


class ApplyPolicyReplayBody(Request):
    """What to do, and with which comments: a kind of change, single comments by our ids, or (neither) all listed."""

    act: Annotated[ReplayAct, Field(description="apply: give the new outcome. hold: put into the review queue.")]
    based_on: Annotated[
        int, Field(ge=0, le=LARGEST, description="The version of the policy that made the list; 409 where another is.")
    ]
    kind: Annotated[str, Field(max_length=40, description="A key of `kinds`.")] = ""
    comments: Annotated[tuple[str, ...], Field(max_length=200)] = ()


class PolicyReplayAnswer(Shape):
    id: str
    state: ReplayState
    policy_version: int
    days: int
    actor: str
    looked: Annotated[int, Field(description="Comments judged again.")]
    decided_by_people: Annotated[int, Field(description="Of these, left as a moderator decided.")]
    kinds: Annotated[
        dict[str, int], Field(description="Comments that would differ, by kind of change: `approved>reject`.")
    ]
    act: ReplayAct | None
    picked: int
    moved: Annotated[int, Field(description="Comments that the replay changed.")]
    left_alone: Annotated[int, Field(description="Changed since the list was made, so not touched.")]
    undone: Annotated[int, Field(description="Of the moved: undone.")]
    kept: Annotated[int, Field(description="Of the moved: changed since, so not undone.")]
    created_at: AwareDatetime
    applied_at: AwareDatetime | None
    undone_at: AwareDatetime | None
