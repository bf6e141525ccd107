"""Moderators' decisions of a period with all decisions before and after them, read in one statement.

Whether a decision was undone, was the first or was overturned takes SQL a look-up for each decision and each figure.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Decision
from service.moderation.insight.periods import Period
from service.vocabulary import BY_THE_SERVICE, CommentStatus, Source, Verdict

KEPT = "moderato_moderators_record"


@dataclass(slots=True, eq=False)
class Act:
    """One decision on a text, in the order of the record; `stands` as in `counted_decisions`."""

    comment_id: str
    revision: int
    at: datetime
    id: str
    source: Source
    from_status: CommentStatus
    to_status: CommentStatus
    verdict: Verdict
    moderator_id: str | None
    actor: str
    undoes: str | None
    stands: bool = True
    before: list["Act"] = field(default_factory=list)
    after: list["Act"] = field(default_factory=list)

    @property
    def who(self) -> str:
        """The moderator's id, as two may share a name; the name alone where the decision came by API."""
        return self.moderator_id if self.moderator_id is not None else f"/{self.actor}"

    @property
    def is_by_a_moderator(self) -> bool:
        return self.source is Source.MODERATOR

    @property
    def is_first_by_a_moderator(self) -> bool:
        """Whether no moderator decided on the text before, other than decisions since undone."""
        return not any(act.is_by_a_moderator and act.stands for act in self.before)

    @property
    def automatic(self) -> "Act | None":
        """The service's own decision on the same text."""
        return next((act for act in (*self.before, *self.after) if act.source in BY_THE_SERVICE), None)

    @property
    def held_seconds(self) -> float | None:
        """How long the comment had been held for it, None where it was not."""
        held = self.automatic if self.from_status is CommentStatus.HELD else None
        if held is None or held.to_status is not CommentStatus.HELD:
            return None
        return (self.at - held.at).total_seconds()

    @property
    def is_overturned(self) -> bool:
        """Whether another moderator reversed it later, and that decision was not undone."""
        return any(
            act.is_by_a_moderator and act.stands and act.to_status is not self.to_status and act.who != self.who
            for act in self.after
        )


def read(session: Session, site_id: str, period: Period, /) -> list[Act]:
    """Return moderators' decisions within the period that were not undone."""
    kept = session.info.get(KEPT)
    if kept is None:
        return _read(session, site_id, period)
    if (site_id, period) not in kept:
        kept[site_id, period] = _read(session, site_id, period)
    return list(kept[site_id, period])


@contextmanager
def read_once(session: Session, /) -> Iterator[None]:
    """Read the record once for all figures computed within the block."""
    session.info[KEPT] = {}
    try:
        yield
    finally:
        del session.info[KEPT]


def _read(session: Session, site_id: str, period: Period) -> list[Act]:
    within = (Decision.site_id == site_id, period.covers(Decision.created_at), Decision.source == Source.MODERATOR)
    rows = session.execute(
        select(
            Decision.comment_id,
            Decision.revision,
            Decision.created_at,
            Decision.id,
            Decision.source,
            Decision.from_status,
            Decision.to_status,
            Decision.verdict,
            Decision.moderator_id,
            Decision.actor,
            Decision.undoes,
        )
        .where(Decision.comment_id.in_(select(Decision.comment_id).where(*within)))
        .order_by(Decision.comment_id, Decision.revision, Decision.created_at, Decision.id)
    )
    found: list[Act] = []
    for _, of_text in groupby((Act(*row) for row in rows), key=lambda act: (act.comment_id, act.revision)):
        acts = list(of_text)
        undone = {act.undoes for act in acts}
        for place, act in enumerate(acts):
            act.stands = act.undoes is None and act.id not in undone
            act.before, act.after = acts[:place], acts[place + 1 :]
        found += [a for a in acts if a.is_by_a_moderator and a.stands and period.start <= a.at < period.end]
    return found
