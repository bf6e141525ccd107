"""People's decisions of a period with all that came before and after them, read in one statement and walked here.

Whether a decision stands, was the first, was turned round: in SQL each is a look-up for every decision, and each figure
asked for all of them again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Decision
from service.moderation.insight.counted import BY_THE_SERVICE, takes_back
from service.moderation.insight.periods import Period
from service.vocabulary import CommentStatus, Source, Verdict

KEPT = "moderato_people_record"


@dataclass(slots=True, eq=False)
class Act:
    """One decision on a text, in the order of the record; `stands` as in `service.moderation.insight.counted`."""

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
    takes_back: bool
    stands: bool = True
    before: list["Act"] = field(default_factory=list)
    after: list["Act"] = field(default_factory=list)

    @property
    def who(self) -> str:
        """People by their id, since two may have one name; those who came through the API by the name alone."""
        return self.moderator_id if self.moderator_id is not None else f"/{self.actor}"

    @property
    def is_by_a_person(self) -> bool:
        return self.source is Source.MODERATOR

    @property
    def is_first_by_a_person(self) -> bool:
        """Whether no person decided on the text before, or took it back."""
        return not any(act.is_by_a_person and act.stands for act in self.before)

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
    def is_turned_round(self) -> bool:
        """Whether somebody else decided otherwise later, and that stands."""
        return any(
            act.is_by_a_person and act.stands and act.to_status is not self.to_status and act.who != self.who
            for act in self.after
        )


def read(session: Session, site_id: str, period: Period, /) -> list[Act]:
    """Return people's decisions within the period that stand."""
    kept = session.info.get(KEPT)
    if kept is None:
        return _read(session, site_id, period)
    if (site_id, period) not in kept:
        kept[site_id, period] = _read(session, site_id, period)
    return list(kept[site_id, period])


@contextmanager
def read_once(session: Session, /) -> Iterator[None]:
    """Read the record once for all figures that are asked for within the block."""
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
            takes_back(Decision),
        )
        .where(Decision.comment_id.in_(select(Decision.comment_id).where(*within)))
        .order_by(Decision.comment_id, Decision.revision, Decision.created_at, Decision.id)
    )
    found: list[Act] = []
    for _, of_text in groupby((Act(*row) for row in rows), key=lambda act: (act.comment_id, act.revision)):
        acts = list(of_text)
        for place, act in enumerate(acts):
            undone = place + 1 < len(acts) and acts[place + 1].takes_back
            act.stands = not act.takes_back and not undone
            act.before, act.after = acts[:place], acts[place + 1 :]
        found += [a for a in acts if a.is_by_a_person and a.stands and period.start <= a.at < period.end]
    return found
