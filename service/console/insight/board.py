"""The dashboard's tables: each is shown under its chart, drawn by it, and exported as CSV."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from service.console import id_sources
from service.console.formats import attribute_words, reason_words
from service.console.insight.figures import VERDICT_WORDS
from service.models.stored_ids import bare
from service.moderation.insight import (
    callbacks_by_state,
    held_over_time,
    moderators_work,
    open_comments,
    policy_verdicts,
)
from service.moderation.insight import delays as waits
from service.moderation.insight.counts.periods import Period
from service.moderation.insight.delays import Delay
from service.vocabulary import Reason, Verdict


@dataclass(frozen=True)
class Column:
    """A column: its heading, how its values read (time, count, percent, seconds, text), its colour in the chart."""

    label: str
    kind: str = "count"
    colour: str = ""


@dataclass(frozen=True)
class Table:
    """A table of plain values; `chart` is how the first column is drawn against the coloured ones, "" for not."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]
    chart: str = ""
    note: str = ""
    links: tuple[dict[str, str], ...] = ()  # of each row, to the list of comments: what to filter by

    @property
    def is_empty(self) -> bool:
        return not any(value for row in self.rows for value in row[1:])

    def as_csv(self) -> tuple[list[str], list[list[object]]]:
        """Return heading and rows for a spreadsheet: times as text in UTC, shares as 0..1, durations in seconds."""
        units = {"seconds": " (s)", "percent": " (share)", "time": " (UTC)"}
        head = [column.label + units.get(column.kind, "") for column in self.columns]
        rows = [
            [_exported(value, column.kind) for value, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]
        return head, rows


def volume(session: Session, site_id: str, period: Period, /) -> Table:
    """Return comments received and the policy's verdicts per step."""
    steps = policy_verdicts.steps(session, site_id, period)
    return Table(
        "volume",
        "Volume and verdicts",
        (
            Column("From", "time"),
            Column("approved", colour="fill-good"),
            Column("held", colour="fill-warn"),
            Column("rejected", colour="fill-bad"),
            Column("received"),
        ),
        tuple((step.start, step.approve, step.hold, step.reject, step.received) for step in steps),
        chart="stack",
        note="The policy’s verdicts by time of verdict; received comments by time of arrival.",
    )


def delays(session: Session, site_id: str, period: Period, /) -> Table:
    """Return the time from a comment's arrival to the policy's verdict per step."""
    return delays_of(period, waits.time_to_verdict(session, site_id, period)[1])


def delays_of(period: Period, found: dict[int, Delay], /) -> Table:
    """Return the same table from delays already counted."""
    rows = []
    for start in period.starts:
        delay = found.get(start)
        rows.append((start, delay.median, delay.p95, delay.count) if delay else (start, None, None, 0))
    columns = (
        Column("From", "time"),
        Column("median", "seconds", "chart-1"),
        Column("95th percentile", "seconds", "chart-2"),
        Column("verdicts"),
    )
    return Table("delays", "Time to verdict", columns, tuple(rows), chart="lines")


def reasons(session: Session, site_id: str, period: Period, /) -> Table:
    """Return why comments were held or rejected."""
    found = policy_verdicts.reasons(session, site_id, period)
    rows = tuple(
        (f"toxicity: {attribute_words(attribute)}" if code == Reason.TOXIC else reason_words(code), count)
        for code, attribute, count in found
    )
    links = tuple({"reason": code} for code, _, _ in found)
    columns = Column("Reason", "text"), Column("comments", "bar")
    return Table("reasons", "Reasons", columns, rows, note="A comment may have several reasons.", links=links)


def throughput(session: Session, site_id: str, period: Period, /) -> Table:
    """Return what all moderators together decided per step."""
    steps = moderators_work.work_by_step(session, site_id, period)
    columns = (
        Column("From", "time"),
        Column("approved", colour="fill-good"),
        Column("rejected", colour="fill-bad"),
    )
    note = "Without undone decisions."
    rows = tuple((step.start, step.approved, step.rejected) for step in steps)
    return Table("throughput", "Moderators’ decisions", columns, rows, chart="stack", note=note)


def queue(session: Session, site_id: str, period: Period, /) -> Table:
    """Return how long the oldest held comment had waited, and how many were held, at the end of each step."""
    columns = (
        Column("Step from", "time"),
        Column("oldest held for", "seconds", "chart-1"),
        Column("held comments"),
    )
    rows = tuple((step.start, step.oldest, step.held) for step in held_over_time.steps(session, site_id, period))
    note = "At the end of each step."
    return Table("queue", "Age of the review queue", columns, rows, chart="lines", note=note)


def callbacks(session: Session, site_id: str, period: Period, /) -> Table:
    """Return callbacks by state per step."""
    steps = callbacks_by_state.steps(session, site_id, period)
    columns = (
        Column("From", "time"),
        Column("delivered", colour="fill-good"),
        Column("waiting", colour="fill-warn"),
        Column("given up", colour="fill-bad"),
    )
    note = "Grouped by creation time, coloured by current state. Kept for thirty days."
    rows = tuple((step.start, step.delivered, step.waiting, step.failed) for step in steps)
    return Table("callbacks", "Callbacks", columns, rows, chart="stack", note=note)


def agreement(session: Session, site_id: str, period: Period, /) -> Table:
    """Return how far moderators agreed with the policy per step."""
    rows = tuple(
        (step.start, step.held_rejected / step.held if step.held else None, step.held, step.overturned)
        for step in moderators_work.agreement_by_step(session, site_id, period)
    )
    columns = (
        Column("From", "time"),
        Column("held and then rejected", "percent", "chart-1"),
        Column("held comments decided"),
        Column("automatic verdicts overturned"),
    )
    note = "Near 0 %, the policy holds too much. Near 100 %, it could reject without a moderator."
    return Table("agreement", "Moderators and the policy", columns, rows, chart="lines", note=note)


def matrix(session: Session, site_id: str, period: Period, /) -> Table:
    """Return the policy's verdict against the first moderator's."""
    found = moderators_work.matrix(session, site_id, period)
    rows = tuple(
        (VERDICT_WORDS[verdict], found.get((verdict, Verdict.APPROVE), 0), found.get((verdict, Verdict.REJECT), 0))
        for verdict in VERDICT_WORDS
    )
    columns = (Column("Policy’s verdict", "text"), Column("moderator approved"), Column("moderator rejected"))
    return Table("matrix", "The policy’s verdicts and the moderators’", columns, rows)


def moderators(session: Session, site_id: str, period: Period, /) -> Table:
    """Return what each moderator did."""
    rows = tuple(
        (row.name, row.decisions, row.approved, row.rejected, row.overturned, row.median_wait)
        for row in moderators_work.work(session, site_id, period)
    )
    columns = (
        Column("Moderator", "text"),
        Column("decisions", "bar"),
        Column("approved"),
        Column("rejected"),
        Column("overturned by others"),
        Column("time held (median)", "seconds"),
    )
    return Table("moderators", "Moderators", columns, rows)


def articles(session: Session, site_id: str, period: Period, /) -> Table:
    """Return the articles with the most trouble under them."""
    found = policy_verdicts.troubled_articles(session, site_id, period)
    rows = tuple(
        (row.title or bare(row.external_id), row.comments, row.trouble.hits, row.trouble.value) for row in found
    )
    links = tuple(id_sources.fields("article", row.external_id) for row in found)
    columns = (
        Column("Article", "text"),
        Column("comments"),
        Column("held or rejected"),
        Column("share", "percent"),
    )
    note = f"At least {policy_verdicts.TROUBLE_FROM} comments; ordered by the lower end of the 95 % interval."
    return Table("articles", "Articles by trouble", columns, rows, note=note, links=links)


def ages(session: Session, site_id: str, _period: Period, /) -> Table:
    """Return how long held comments have waited so far."""
    rows = tuple(open_comments.held_by_age(session, site_id))
    return Table("ages", "Review queue by age, now", (Column("Held for", "text"), Column("comments", "bar")), rows)


TABLES: dict[str, Callable[[Session, str, Period], Table]] = {
    "volume": volume,
    "delays": delays,
    "queue": queue,
    "throughput": throughput,
    "agreement": agreement,
    "callbacks": callbacks,
    "reasons": reasons,
    "articles": articles,
    "moderators": moderators,
    "matrix": matrix,
    "ages": ages,
}


def _exported(value: object, kind: str) -> object:
    if kind == "time" and isinstance(value, int):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M")
    return value
