"""The record: whether it keeps every promise of the design, and the audit log its chain."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, or_, select

from service.db import Database, database_now
from service.doctor.finding import Finding
from service.models import Comment
from service.moderation import audit_log
from service.moderation.insight.counts import recount
from service.moderation.upkeep import invariants

SHOWN = 5  # counts that differ


def check(database: Database, slo_seconds: float, against: Sequence[str]) -> Iterator[Finding]:
    """Yield each promise that does not hold, with the rows at fault."""
    with database.read() as session:
        breaches = invariants.audit(session, slo_seconds=slo_seconds)
        chain = audit_log.verify(session)
        lost = [noted for noted in against if not audit_log.has_had(session, noted)]
        off = recount.differences(session, most=SHOWN) if invariants.FIGURES in {b.promise for b in breaches} else []
        back = session.scalars(select(Comment.id).where(_before_itself()).limit(invariants.SHOWN)).all()
    if back:
        yield Finding(
            "clock", "warning", "the database's clock was set back: ages and durations of these say little", tuple(back)
        )
    for breach in breaches:
        yield Finding("audit", "failed", f"does not hold: {breach.promise}", breach.ids)
    if off:
        shown = "; ".join(map(str, off))
        yield Finding("audit", "failed", f"figures that differ; `moderato db recount` corrects them: {shown}")
    if not chain.intact:
        yield Finding("audit", "failed", f"the audit log is broken: {chain.fault}", (str(chain.broken_at),))
    if lost:
        yield Finding("audit", "failed", "the audit log was cut or rewritten: it has no such entries", tuple(lost))
    if not breaches and chain.intact and not lost:
        detail = f"every promise holds; the audit log's {chain.entries} entries are unbroken, its head is {chain.noted}"
        yield Finding("audit", "ok", detail)


def _before_itself() -> ColumnElement[bool]:
    return or_(Comment.decided_at < Comment.received_at, Comment.received_at > database_now(60))
