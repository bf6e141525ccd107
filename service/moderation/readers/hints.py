"""The effect of hints: how many a site's readers were shown, and how many edited their comment or sent it anyway.

Counted by day, without any text. A hint counts as edited or sent anyway only when its comment comes in.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.db import table
from service.models import HintCount
from service.moderation.insight.counts.periods import Period
from service.moderation.insight.intervals import Share

Outcome = Literal["edited", "sent_anyway"]
_TABLE = table(HintCount)


@dataclass(frozen=True)
class Effect:
    """Hints of a period: how many were shown, and of those whose comment was sent, the share that was edited."""

    shown: int
    edited: Share
    sent_anyway: Share


def add(session: Session, site_id: str, day: date, what: Literal["shown"] | Outcome, /) -> None:
    """Count one more; of outcomes never more than hints were shown on that day."""
    if what != "shown":
        c = _TABLE.c
        is_left = c.edited + c.sent_anyway < c.shown
        counted = update(_TABLE).where(c.site_id == site_id, c.day == day, is_left).values({what: c[what] + 1})
        session.execute(counted)
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    one = dialect.insert(_TABLE).values(site_id=bindparam("site"), day=bindparam("on"), shown=1)
    grown = one.on_conflict_do_update(index_elements=["site_id", "day"], set_={"shown": _TABLE.c.shown + 1})
    session.execute(grown, {"site": site_id, "on": day})


def effect(session: Session, site_id: str, period: Period, /) -> Effect:
    """Return the effect of the site's hints on the days of the period."""
    c = _TABLE.c
    sums = (func.coalesce(func.sum(column), 0) for column in (c.shown, c.edited, c.sent_anyway))
    days = (c.day >= period.start.date(), c.day <= period.end.date())
    shown, edited, sent = (
        int(value) for value in session.execute(select(*sums).where(c.site_id == site_id, *days)).one()
    )
    return Effect(shown, Share(edited, edited + sent), Share(sent, edited + sent))
