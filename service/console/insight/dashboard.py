"""The dashboard: figures of a site over a period, and whether scoring works now."""

import hashlib
import time
from dataclasses import dataclass
from threading import Lock

from cachetools import TLRUCache, cached
from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.clock import utc_now
from service.console import access
from service.console.blueprint import console
from service.console.formats import number
from service.console.insight import board, figures, model_cards
from service.console.insight.board import Table
from service.console.tables import csv_answer
from service.context import context
from service.errors import NotFound
from service.models import DeliveryState, Endpoint, EndpointState
from service.models.moderator import Role
from service.moderation.insight import appeals_made, delays, open_comments, reader_reports, workers
from service.moderation.insight.agreement import second_looks
from service.moderation.insight.agreement.kappa import Agreement
from service.moderation.insight.appeals_made import AppealsMade
from service.moderation.insight.counts import counters
from service.moderation.insight.counts.periods import PRESETS, Period, parse
from service.moderation.insight.delays import Delay
from service.moderation.insight.open_comments import OpenComments
from service.moderation.insight.reader_reports import ReaderReports
from service.moderation.readers import hints
from service.moderation.readers.hints import Effect

SLOW_COUNT = 0.5  # seconds; figures that took longer to count are kept for a while, for every visitor
KEPT_TIMES = 20  # as long as it took to count them
SLOW_SECONDS = 60.0  # the banner reports a comment that is pending for longer


@dataclass(frozen=True)
class Health:
    """Whether comments get verdicts now: "up", "slow" or "down", and the sentence that says it."""

    state: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Everything that is counted over the period."""

    tables: dict[str, Table]
    now: dict[str, int]
    before: dict[str, int]
    verdict_time: Delay
    review_time: Delay
    hints: Effect
    appeals: AppealsMade
    agreement: Agreement | None  # of second looks with the first; None without any
    reports: ReaderReports


@dataclass(frozen=True)
class Callbacks:
    """What did not reach the CMS: deliveries given up in the period, endpoints failing and switched off now."""

    failed: int
    failing: list[Endpoint]


@console.get("/sites/<site>/dashboard")
@access.require(Role.VIEWER)
def dashboard() -> ResponseReturnValue:
    """Show the figures; with `fragment` only what changes by itself, for the page's own refresh."""
    site = access.current_site()
    period = period_asked()
    with context().database.read() as session:
        waiting = open_comments.count(session, site.id)
        told = {
            "waiting": waiting,
            "health": health(session, waiting),
            "callbacks": _callbacks(session, site.id, period),
        }
        counted, _ = _counted(session, site.id, period)
    fragment = "fragment" in request.args
    page = render_template(
        "console/dashboard_board.html" if fragment else "console/dashboard.html",
        nav="Dashboard",
        tables=counted.tables,
        now=counted.now,
        before=counted.before,
        verdict_time=counted.verdict_time,
        review_time=counted.review_time,
        hints=counted.hints,
        appeals=counted.appeals,
        agreement=counted.agreement,
        days={"since": f"{period.start:%Y-%m-%d}", "until": f"{period.end:%Y-%m-%d}", "of": "dashboard"},
        reports=counted.reports,
        period=period,
        presets=list(PRESETS),
        chosen=period_chosen(),
        cards=model_cards.shipped(),
        verdicts=list(figures.VERDICT_WORDS),
        **told,
    )
    response = make_response(page)
    if fragment:
        response.set_etag(hashlib.sha256(page.encode()).hexdigest()[:32], weak=True)
        response.headers["Cache-Control"] = "no-cache, private"
        response.make_conditional(request)
    return response


@console.get("/sites/<site>/dashboard/<table>.csv")
@access.require(Role.VIEWER)
def dashboard_csv(table: str) -> ResponseReturnValue:
    """Send one of the tables as CSV."""
    site = access.current_site()
    if table not in board.TABLES:
        raise NotFound("There is no such table; take one of the links under the charts.")
    with context().database.read() as session:
        head, rows = board.TABLES[table](session, site.id, period_asked()).as_csv()
    return csv_answer(f"{site.slug}-{table}.csv", head, rows)


@console.get("/sites/<site>/models/<name>")
@access.require(Role.VIEWER)
def model_card(name: str) -> ResponseReturnValue:
    """Show the card of one of the shipped models."""
    card = next((card for card in model_cards.shipped() if card.name == name and card.card), None)
    if card is None:
        raise NotFound("There is no card of a model by this name beside this web process.")
    return render_template("console/model_card.html", nav="Dashboard", card=card)


def health(session: Session, waiting: OpenComments, /) -> Health:
    """Return whether comments get their verdicts, by live workers and by the age of pending comments."""
    count, since = waiting.pending, figures.duration(waiting.oldest_pending)
    if not workers.alive_by_role(session).get("classification"):
        words = _("Scoring is down: no classification worker is responding.")
        kept = _("Comments are accepted and will be scored when a worker is back.")
        if count:
            kept = ngettext(
                "%(count)s comment is pending, the oldest for %(time)s. None is lost.",
                "%(count)s comments are pending, the oldest for %(time)s. None is lost.",
                count,
                count=number(count),
                time=since,
            )
        return Health("down", f"{words} {kept}")
    if waiting.oldest_pending > SLOW_SECONDS:
        behind = ngettext(
            "Scoring is behind: %(count)s comment is pending, the oldest for %(time)s.",
            "Scoring is behind: %(count)s comments are pending, the oldest for %(time)s.",
            count,
            count=number(count),
            time=since,
        )
        return Health("slow", behind)
    return Health("up", _("Scoring is up."))


def _address(_session: Session, site_id: str, _period: Period) -> tuple[str, ...]:
    # By the address, not by the period: a preset's period ends now, a moment later each time.
    return site_id, *period_chosen().values()


def _kept_until(_key: tuple[str, ...], timed: tuple[Counted, float], now: float) -> float:
    _, took = timed
    return now + min(took * KEPT_TIMES, 60.0) if took > SLOW_COUNT else now


@cached(TLRUCache(256, ttu=_kept_until), key=_address, lock=Lock())
def _counted(session: Session, site_id: str, period: Period) -> tuple[Counted, float]:
    """Return the figures and the seconds that counting took.

    Slow ones are kept for KEPT_TIMES as long as that, a minute at most; of 256 the least recently used goes first.
    """
    started = time.monotonic()
    counted = count(session, site_id, period)
    return counted, time.monotonic() - started


def count(session: Session, site_id: str, period: Period, /) -> Counted:
    """Count everything that the page shows of the period."""
    verdict_time, by_step = delays.time_to_verdict(session, site_id, period)
    tables = {
        name: board.delays_of(period, by_step) if name == "delays" else table(session, site_id, period)
        for name, table in board.TABLES.items()
    }
    return Counted(
        tables=tables,
        now=_totals(tables["volume"]),
        before=_totals(board.volume(session, site_id, period.before())),
        verdict_time=verdict_time,
        review_time=delays.time_to_review(session, site_id, period),
        hints=hints.effect(session, site_id, period),
        appeals=appeals_made.count(session, site_id, period),
        agreement=second_looks.agreements(session, site_id).get(""),
        reports=reader_reports.of_period(session, site_id, period),
    )


def _totals(volume: Table) -> dict[str, int]:
    approve, hold, reject, received = (
        sum(value for row in volume.rows if isinstance(value := row[column], int)) for column in range(1, 5)
    )
    judged = approve + hold + reject
    return {"approve": approve, "hold": hold, "reject": reject, "received": received, "judged": judged}


def _callbacks(session: Session, site_id: str, period: Period) -> Callbacks:
    failed = sum(
        row.amount
        for row in counters.read(session, site_id, "callbacks", period, by_step=False)
        if row.key == DeliveryState.FAILED
    )
    failing = session.scalars(
        select(Endpoint)
        .where(Endpoint.site_id == site_id, (Endpoint.failures > 0) | (Endpoint.state == EndpointState.DISABLED))
        .order_by(Endpoint.failures.desc())
        .limit(10)
    )
    return Callbacks(failed, list(failing))


def period_asked() -> Period:
    """Return the period that the page was asked for."""
    chosen = period_chosen()
    return parse(chosen["period"], chosen["from"], chosen["to"], now=utc_now())


def period_chosen() -> dict[str, str]:
    """Return the period's parameters as they were sent."""
    return {name: request.args.get(name, "") for name in ("period", "from", "to")}
