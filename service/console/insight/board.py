"""The dashboard's tables: each is shown under its chart, drawn by it, and exported as CSV."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from service.console.formats import attribute_words, reason_words
from service.console.insight.figures import VERDICT_WORDS
from service.moderation.insight import backlog, delivered, people, verdicts, waiting
from service.moderation.insight import delays as waits
from service.moderation.insight.delays import Delay
from service.moderation.insight.periods import Period
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
    steps = verdicts.steps(session, site_id, period)
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
        note="Verdicts are the policy’s, counted when they were given; received when the comment came.",
    )


def delays(session: Session, site_id: str, period: Period, /) -> Table:
    """Return the time from a comment's arrival to the policy's verdict per step."""
    return delays_of(period, waits.time_to_verdict(session, site_id, period)[1])


def delays_of(period: Period, found: dict[int, Delay], /) -> Table:
    """Return the same from what was counted already."""
    rows = []
    for start in period.starts:
        delay = found.get(start)
        rows.append((start, delay.median, delay.p95, delay.count) if delay else (start, None, None, 0))
    columns = (
        Column("From", "time"),
        Column("median", "seconds", "chart-1"),
        Column("95 of 100 within", "seconds", "chart-2"),
        Column("verdicts"),
    )
    return Table("delays", "Time to verdict", columns, tuple(rows), chart="lines")


def reasons(session: Session, site_id: str, period: Period, /) -> Table:
    """Return why comments were held or rejected."""
    rows = tuple(
        (f"toxicity: {attribute_words(attribute)}" if code == Reason.TOXIC else reason_words(code), count)
        for code, attribute, count in verdicts.reasons(session, site_id, period)
    )
    note = "A comment may have several reasons."
    return Table("reasons", "Reasons", (Column("Reason", "text"), Column("comments", "bar")), rows, note=note)


def throughput(session: Session, site_id: str, period: Period, /) -> Table:
    """Return what all moderators together decided per step."""
    steps = people.work_by_step(session, site_id, period)
    columns = (
        Column("From", "time"),
        Column("approved", colour="fill-good"),
        Column("rejected", colour="fill-bad"),
    )
    note = "Without those taken back within the undo window."
    rows = tuple((step.start, step.approved, step.rejected) for step in steps)
    return Table("throughput", "Moderators’ decisions", columns, rows, chart="stack", note=note)


def queue(session: Session, site_id: str, period: Period, /) -> Table:
    """Return how long the oldest held comment had waited, and how many were held, at the end of each step."""
    columns = (
        Column("Step from", "time"),
        Column("oldest held for", "seconds", "chart-1"),
        Column("held comments"),
    )
    rows = tuple((step.start, step.oldest, step.held) for step in backlog.steps(session, site_id, period))
    note = "As it stood at the end of each step."
    return Table("queue", "Age of the review queue", columns, rows, chart="lines", note=note)


def callbacks(session: Session, site_id: str, period: Period, /) -> Table:
    """Return what became of callbacks per step."""
    steps = delivered.steps(session, site_id, period)
    columns = (
        Column("Owed from", "time"),
        Column("delivered", colour="fill-good"),
        Column("waiting", colour="fill-warn"),
        Column("given up", colour="fill-bad"),
    )
    note = "By the time at which each came to be owed, as it stands now; kept for thirty days."
    rows = tuple((step.start, step.delivered, step.waiting, step.failed) for step in steps)
    return Table("callbacks", "Callbacks", columns, rows, chart="stack", note=note)


def agreement(session: Session, site_id: str, period: Period, /) -> Table:
    """Return how moderators saw the policy's work per step."""
    rows = tuple(
        (step.start, step.held_rejected / step.held if step.held else None, step.held, step.overturned)
        for step in people.agreement_by_step(session, site_id, period)
    )
    columns = (
        Column("From", "time"),
        Column("held and then rejected", "percent", "chart-1"),
        Column("held comments decided"),
        Column("automatic verdicts overturned"),
    )
    note = "Near 0 % the policy holds too much; near 100 % it could reject by itself."
    return Table("agreement", "Moderators and the policy", columns, rows, chart="lines", note=note)


def matrix(session: Session, site_id: str, period: Period, /) -> Table:
    """Return the policy's verdict against the first moderator's."""
    found = people.matrix(session, site_id, period)
    rows = tuple(
        (VERDICT_WORDS[verdict], found.get((verdict, Verdict.APPROVE), 0), found.get((verdict, Verdict.REJECT), 0))
        for verdict in VERDICT_WORDS
    )
    columns = (Column("The policy had", "text"), Column("moderator approved"), Column("moderator rejected"))
    return Table("matrix", "The policy’s verdicts and the moderators’", columns, rows)


def moderators(session: Session, site_id: str, period: Period, /) -> Table:
    """Return what each moderator did."""
    rows = tuple(
        (row.name, row.decisions, row.approved, row.rejected, row.overturned, row.median_wait)
        for row in people.work(session, site_id, period)
    )
    columns = (
        Column("Moderator", "text"),
        Column("decisions", "bar"),
        Column("approved"),
        Column("rejected"),
        Column("overturned by others"),
        Column("comments had waited (median)", "seconds"),
    )
    return Table("moderators", "Moderators", columns, rows)


def articles(session: Session, site_id: str, period: Period, /) -> Table:
    """Return the articles with the most trouble under them."""
    rows = tuple(
        (row.title or row.external_id, row.comments, row.trouble.hits, row.trouble.value)
        for row in verdicts.troubled_articles(session, site_id, period)
    )
    columns = (
        Column("Article", "text"),
        Column("comments"),
        Column("held or rejected"),
        Column("share", "percent"),
    )
    note = f"From {verdicts.TROUBLE_FROM} comments on, ordered by the lower end of the share’s 95 % interval."
    return Table("articles", "Articles by trouble", columns, rows, note=note)


def ages(session: Session, site_id: str, _period: Period, /) -> Table:
    """Return how long held comments have waited so far."""
    rows = tuple(waiting.review_ages(session, site_id))
    return Table("ages", "The review queue by age, now", (Column("Waiting", "text"), Column("comments", "bar")), rows)


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
