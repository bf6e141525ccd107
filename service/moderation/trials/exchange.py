"""What the console asks of a worker about a draft of a policy, and what comes back. Pure.

Both sides write and read these values as JSON. The web process shows them as they are and runs no trial.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from service.moderation.insight.intervals import Share
from service.moderation.policy.rules import Rules
from service.vocabulary import Attribute, Reason, Verdict

EXCERPT = 400  # characters of a comment that a page shows as an example


class Asked(BaseModel):
    """A trial on the comments of the last `days`: a preview of `rules`, a search for `terms` by list, the curves, or
    the presets over `rules`."""

    kind: Literal["preview", "terms", "curves", "presets"]
    site_id: str
    days: int
    seconds: float  # the trial is stopped after these
    rules: Rules | None = None
    terms: dict[str, list[str]] = {}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """How many comments a trial looked at, of how many in the period, and on how many a moderator decided."""

    comments: int
    total: int
    decided: int

    @property
    def is_part(self) -> bool:
        return self.total > self.comments


@dataclass(frozen=True, kw_only=True)
class DraftOutcome:
    """What one set of rules makes of the cases, and how that fits with the moderators' verdicts."""

    verdicts: dict[Verdict, int]
    approvals_rejected: int  # it approves, a moderator rejected
    rejections_approved: int  # it rejects, a moderator approved
    reject_precision: Share  # of what it rejects and a moderator saw: rejected by the moderator too
    hold_precision: Share  # of what it holds and a moderator saw: rejected by the moderator
    caught: Share  # of what moderators rejected: rejected or held by it


@dataclass(frozen=True, kw_only=True)
class Example:
    """A comment that gets another verdict: its beginning, a moderator's verdict on it, the reason that comes or goes.

    `contradicts`: without a person, the draft would decide against what a person decided.
    """

    text: str
    is_cut: bool
    said: Verdict | None
    contradicts: bool
    is_new: bool  # the reason is the draft's; else it is the one that no longer holds
    reason: Reason | None
    detail: str


@dataclass(frozen=True, kw_only=True)
class Move:
    """How many comments go from one verdict to another, with the most telling ones."""

    before: Verdict
    after: Verdict
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, kw_only=True)
class Previewed:
    """The rules in force and the draft over the same comments; `on_authors`: authors' records were counted."""

    sample: Sample
    on_authors: bool
    before: DraftOutcome
    after: DraftOutcome
    moves: tuple[Move, ...]

    @property
    def changed(self) -> int:
        return sum(move.count for move in self.moves)


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """A hit as it is shown: the characters before it, the hit, those after."""

    before: str
    hit: str
    after: str


@dataclass(frozen=True, kw_only=True)
class TermTrial:
    """One term on the sample."""

    term: str
    comments: int  # in which it was found
    clean: int  # of those, harmless by every score and every moderator
    excerpts: tuple[Excerpt, ...]  # the clean ones first
    inside: tuple[str, ...]  # clean words that contain it and are not matched


@dataclass(frozen=True, kw_only=True)
class TermsTried:
    """The terms of each list, in the order given."""

    sample: Sample
    lists: dict[str, tuple[TermTrial, ...]]


@dataclass(frozen=True, kw_only=True)
class Point:
    """What a threshold at `at` on one attribute would reach: of all cases, and against the moderators' verdicts."""

    at: float
    reached: Share  # of all scored cases
    precision: Share  # of the reached that a moderator decided: rejected
    recall: Share  # of what moderators rejected: reached


@dataclass(frozen=True, kw_only=True)
class Curve:
    """The points of one attribute, and the lowest threshold that the comments prove precise, if any."""

    points: tuple[Point, ...]
    proposed: float | None


@dataclass(frozen=True, kw_only=True)
class Curves:
    """The curves of every attribute."""

    sample: Sample
    curves: dict[Attribute, Curve]


@dataclass(frozen=True, kw_only=True)
class PresetsTried:
    """How many comments the rules in force, and each preset by its name, would have approved, held and rejected."""

    sample: Sample
    in_force: dict[Verdict, int]
    presets: dict[str, dict[Verdict, int]]
