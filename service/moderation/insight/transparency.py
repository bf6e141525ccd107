"""The figures a platform must publish under the EU's Digital Services Act (Regulation 2022/2065, articles 15 and 24).

A restriction is a rejected comment: by the policy alone (automated) or by a moderator. Every rejection within
the period counts, also one undone later. A rejection that its moderator undid before any callback left does not
count, nor does the closing of a comment that was erased. docs/users/figures.md says what each field counts.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session, aliased

from service.clock import rfc3339
from service.models import Appeal, AppealState, Comment, Decision, LegalNotice, LegalNoticeState
from service.models.rejection_reason import LegalGround
from service.moderation.insight import delays, reader_reports
from service.moderation.insight.counts.counted_decisions import follows, stands
from service.moderation.insight.counts.periods import Period, epoch
from service.moderation.insight.delays import Delay
from service.moderation.insight.reader_reports import ReaderReports
from service.vocabulary import BY_THE_SERVICE, CommentStatus, Source


@dataclass(frozen=True, kw_only=True)
class RejectionGround:
    """One ground of restrictions: how many were automated, how many a person's."""

    code: str
    automated: int
    by_people: int


@dataclass(frozen=True, kw_only=True)
class Appeals:
    """Objections to restrictions: those made within the period, and what was decided within it."""

    made: int
    upheld: int  # the restriction stays
    overturned: int
    moot: int  # edited, erased or approved before anybody decided
    open: int  # made within the period and not decided yet
    time_to_decision: Delay  # of those upheld or overturned


@dataclass(frozen=True, kw_only=True)
class LegalNotices:
    """Legal notices: those received within the period, and what was decided within it."""

    by_kind: Mapping[str, int]  # received
    illegal: int  # taken down as illegal content
    terms: int  # taken down because it breaks the site's terms
    left: int  # nothing was changed
    open: int  # received within the period and not decided yet
    time_to_decision: Delay

    @property
    def received(self) -> int:
        return sum(self.by_kind.values())


@dataclass(frozen=True, kw_only=True)
class Report:
    """A site's restrictions within a period."""

    period: Period
    received: int
    restrictions: int
    automated: int
    illegal: int  # restricted as illegal content; the others break the site's terms
    undone: int  # restrictions that a moderator turned into an approval later
    automated_undone: int  # of those, automated ones: the error rate that article 15(1)(e) asks for
    time_to_restriction: Delay
    grounds: tuple[RejectionGround, ...]
    appeals: Appeals
    legal_notices: LegalNotices
    reports: ReaderReports

    @property
    def automated_share(self) -> float | None:
        return self.automated / self.restrictions if self.restrictions else None

    def as_record(self) -> dict[str, Any]:
        """Return the report as plain values, under the names that docs/users/figures.md explains."""
        return {
            "period_from": rfc3339(self.period.start),
            "period_before": rfc3339(self.period.end),
            "comments_received": self.received,
            "restrictions": self.restrictions,
            "restrictions_automated": self.automated,
            "restrictions_by_people": self.restrictions - self.automated,
            "restrictions_illegal_content": self.illegal,
            "restrictions_terms": self.restrictions - self.illegal,
            "automated_share": self.automated_share,
            "restrictions_undone": self.undone,
            "automated_restrictions_undone": self.automated_undone,
            "median_seconds_to_restriction": self.time_to_restriction.median,
            "grounds": [
                {"ground": one.code, "automated": one.automated, "by_people": one.by_people} for one in self.grounds
            ],
            "appeals_made": self.appeals.made,
            "appeals_upheld": self.appeals.upheld,
            "appeals_overturned": self.appeals.overturned,
            "appeals_moot": self.appeals.moot,
            "appeals_open": self.appeals.open,
            "median_seconds_to_appeal_decision": self.appeals.time_to_decision.median,
            "legal_notices_received": self.legal_notices.received,
            "legal_notices_by_kind": [
                {"kind": kind, "received": count} for kind, count in self.legal_notices.by_kind.items()
            ],
            "legal_notices_taken_down_illegal_content": self.legal_notices.illegal,
            "legal_notices_taken_down_terms": self.legal_notices.terms,
            "legal_notices_left_published": self.legal_notices.left,
            "legal_notices_open": self.legal_notices.open,
            "legal_notices_decided_automatically": 0,  # a lead decides on each
            "median_seconds_to_legal_notice_decision": self.legal_notices.time_to_decision.median,
            "reports_made": self.reports.made,
            "reports_upheld": self.reports.upheld.hits,
            "reports_not_upheld": self.reports.upheld.of - self.reports.upheld.hits,
        }


def report(session: Session, site_id: str, period: Period, /) -> Report:
    """Return the report; a restriction with several grounds counts under the first, which is the worst."""
    restricted = (
        Decision.site_id == site_id,
        period.covers(Decision.created_at),
        Decision.to_status == CommentStatus.REJECTED,
        Decision.source.in_((*BY_THE_SERVICE, Source.MODERATOR)),
        stands(),
    )
    counts: Counter[tuple[str, bool]] = Counter()
    illegal = 0
    for reasons, source in session.execute(select(Decision.reasons, Decision.source).where(*restricted)):
        first = reasons[0] if reasons else {}
        counts[str(first.get("code", "unspecified")), source in BY_THE_SERVICE] += 1
        illegal += first.get("ground") == LegalGround.ILLEGAL
    codes = sorted({code for code, _ in counts}, key=lambda code: (-counts[code, True] - counts[code, False], code))
    later = aliased(Decision)
    approval = (follows(later, Decision), later.to_status == CommentStatus.APPROVED, stands(later))
    turned = select(literal(1)).where(*approval).exists()
    undone = Counter(source in BY_THE_SERVICE for source in session.scalars(_sources(restricted).where(turned)))
    received = session.scalar(
        select(func.count()).where(Comment.site_id == site_id, period.covers(Comment.received_at))
    )
    seconds = (
        select(literal(0).label("step"), (epoch(Decision.created_at) - epoch(Comment.received_at)).label("seconds"))
        .join(Comment, Comment.id == Decision.comment_id)
        .where(*restricted, Decision.revision == 1, Comment.imported_at.is_(None))
    )
    return Report(
        period=period,
        received=received or 0,
        restrictions=counts.total(),
        automated=sum(count for (_, automated), count in counts.items() if automated),
        illegal=illegal,
        undone=undone.total(),
        automated_undone=undone[True],
        time_to_restriction=delays.of(session, seconds),
        grounds=tuple(
            RejectionGround(code=code, automated=counts[code, True], by_people=counts[code, False]) for code in codes
        ),
        appeals=_appeals(session, site_id, period),
        legal_notices=_legal_notices(session, site_id, period),
        reports=reader_reports.of_period(session, site_id, period),
    )


def _sources(restricted: tuple[Any, ...]) -> Any:
    return select(Decision.source).where(*restricted)


def _appeals(session: Session, site_id: str, period: Period) -> Appeals:
    def by_state(moment: Any) -> dict[AppealState, int]:
        within = (Appeal.site_id == site_id, period.covers(moment))
        return dict(session.execute(select(Appeal.state, func.count()).where(*within).group_by(Appeal.state)).all())

    made, decided = by_state(Appeal.created_at), by_state(Appeal.decided_at)
    seconds = (epoch(Appeal.decided_at) - epoch(Appeal.created_at)).label("seconds")
    timed = select(literal(0).label("step"), seconds).where(
        Appeal.site_id == site_id,
        period.covers(Appeal.decided_at),
        Appeal.state.in_((AppealState.UPHELD, AppealState.OVERTURNED)),
    )
    return Appeals(
        made=sum(made.values()),
        upheld=decided.get(AppealState.UPHELD, 0),
        overturned=decided.get(AppealState.OVERTURNED, 0),
        moot=decided.get(AppealState.MOOT, 0),
        open=made.get(AppealState.OPEN, 0),
        time_to_decision=delays.of(session, timed),
    )


def _legal_notices(session: Session, site_id: str, period: Period) -> LegalNotices:
    came = (LegalNotice.site_id == site_id, period.covers(LegalNotice.created_at))
    ended = (LegalNotice.site_id == site_id, period.covers(LegalNotice.decided_at))
    kinds = select(LegalNotice.kind, func.count()).where(*came).group_by(LegalNotice.kind).order_by(LegalNotice.kind)
    outcomes = (
        select(LegalNotice.state, LegalNotice.ground, func.count())
        .where(*ended)
        .group_by(LegalNotice.state, LegalNotice.ground)
    )
    decided = {(state, ground): count for state, ground, count in session.execute(outcomes)}
    is_open = LegalNotice.state == LegalNoticeState.OPEN
    seconds = (epoch(LegalNotice.decided_at) - epoch(LegalNotice.created_at)).label("seconds")
    return LegalNotices(
        by_kind={kind.value: count for kind, count in session.execute(kinds)},
        illegal=decided.get((LegalNoticeState.TAKEN_DOWN, LegalGround.ILLEGAL), 0),
        terms=decided.get((LegalNoticeState.TAKEN_DOWN, LegalGround.TERMS), 0),
        left=decided.get((LegalNoticeState.LEFT_PUBLISHED, None), 0),
        open=session.scalar(select(func.count()).select_from(LegalNotice).where(*came, is_open)) or 0,
        time_to_decision=delays.of(session, select(literal(0).label("step"), seconds).where(*ended)),
    )
