"""The dashboard's tables: each is shown under its chart, drawn by it, and exported as CSV.

They are made in English, since slow ones are kept for every visitor; the page says them in the visitor's language.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from service.console import id_sources
from service.console.formats import ATTRIBUTE_WORDS
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
from service.sentences import N_, worded
from service.vocabulary import REASON_WORDS, Reason, Verdict


@dataclass(frozen=True)
class Column:
    """A column: its heading, how its values read (time, count, percent, seconds, text, or words of ours, which
    are in English here), its colour in the chart.
    """

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
        N_("Volume and verdicts"),
        (
            Column(N_("From"), "time"),
            Column(N_("approved"), colour="fill-good"),
            Column(N_("held"), colour="fill-warn"),
            Column(N_("rejected"), colour="fill-bad"),
            Column(N_("received")),
        ),
        tuple((step.start, step.approve, step.hold, step.reject, step.received) for step in steps),
        chart="stack",
        note=N_("The policy’s verdicts by time of verdict; received comments by time of arrival."),
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
        Column(N_("From"), "time"),
        Column(N_("median"), "seconds", "chart-1"),
        Column(N_("95th percentile"), "seconds", "chart-2"),
        Column(N_("verdicts")),
    )
    return Table("delays", N_("Time to verdict"), columns, tuple(rows), chart="lines")


def reasons(session: Session, site_id: str, period: Period, /) -> Table:
    """Return why comments were held or rejected."""
    found = policy_verdicts.reasons(session, site_id, period)
    rows = tuple((_reason(code, attribute), count) for code, attribute, count in found)
    links = tuple({"reason": code} for code, _, _ in found)
    columns = Column(N_("Reason"), "words"), Column(N_("comments"), "bar")
    return Table("reasons", N_("Reasons"), columns, rows, note=N_("A comment may have several reasons."), links=links)


def _reason(code: str, attribute: str) -> str:
    if code == Reason.TOXIC:
        return worded("toxicity: %(attribute)s", attribute=worded(ATTRIBUTE_WORDS.get(attribute, attribute)))
    return REASON_WORDS[Reason(code)] if code in REASON_WORDS else code.replace("_", " ")


def throughput(session: Session, site_id: str, period: Period, /) -> Table:
    """Return what all moderators together decided per step."""
    steps = moderators_work.work_by_step(session, site_id, period)
    columns = (
        Column(N_("From"), "time"),
        Column(N_("approved"), colour="fill-good"),
        Column(N_("rejected"), colour="fill-bad"),
    )
    note = N_("Without undone decisions.")
    rows = tuple((step.start, step.approved, step.rejected) for step in steps)
    return Table("throughput", N_("Moderators’ decisions"), columns, rows, chart="stack", note=note)


def queue(session: Session, site_id: str, period: Period, /) -> Table:
    """Return how long the oldest held comment had waited, and how many were held, at the end of each step."""
    columns = (
        Column(N_("Step from"), "time"),
        Column(N_("oldest held for"), "seconds", "chart-1"),
        Column(N_("held comments")),
    )
    rows = tuple((step.start, step.oldest, step.held) for step in held_over_time.steps(session, site_id, period))
    note = N_("At the end of each step.")
    return Table("queue", N_("Age of the review queue"), columns, rows, chart="lines", note=note)


def callbacks(session: Session, site_id: str, period: Period, /) -> Table:
    """Return callbacks by state per step."""
    steps = callbacks_by_state.steps(session, site_id, period)
    columns = (
        Column(N_("From"), "time"),
        Column(N_("delivered"), colour="fill-good"),
        Column(N_("waiting"), colour="fill-warn"),
        Column(N_("given up"), colour="fill-bad"),
    )
    note = N_("Grouped by creation time, coloured by current state. Kept for thirty days.")
    rows = tuple((step.start, step.delivered, step.waiting, step.failed) for step in steps)
    return Table("callbacks", N_("Callbacks"), columns, rows, chart="stack", note=note)


def agreement(session: Session, site_id: str, period: Period, /) -> Table:
    """Return how far moderators agreed with the policy per step."""
    rows = tuple(
        (step.start, step.held_rejected / step.held if step.held else None, step.held, step.overturned)
        for step in moderators_work.agreement_by_step(session, site_id, period)
    )
    columns = (
        Column(N_("From"), "time"),
        Column(N_("held and then rejected"), "percent", "chart-1"),
        Column(N_("held comments decided")),
        Column(N_("automatic verdicts overturned")),
    )
    note = N_("Near 0 %, the policy holds too much. Near 100 %, it could reject without a moderator.")
    return Table("agreement", N_("Moderators and the policy"), columns, rows, chart="lines", note=note)


def matrix(session: Session, site_id: str, period: Period, /) -> Table:
    """Return the policy's verdict against the first moderator's."""
    found = moderators_work.matrix(session, site_id, period)
    rows = tuple(
        (VERDICT_WORDS[verdict], found.get((verdict, Verdict.APPROVE), 0), found.get((verdict, Verdict.REJECT), 0))
        for verdict in VERDICT_WORDS
    )
    columns = (
        Column(N_("Policy’s verdict"), "words"),
        Column(N_("moderator approved")),
        Column(N_("moderator rejected")),
    )
    return Table("matrix", N_("The policy’s verdicts and the moderators’"), columns, rows)


def moderators(session: Session, site_id: str, period: Period, /) -> Table:
    """Return what each moderator did."""
    rows = tuple(
        (row.name, row.decisions, row.approved, row.rejected, row.overturned, row.median_wait)
        for row in moderators_work.work(session, site_id, period)
    )
    columns = (
        Column(N_("Moderator"), "text"),
        Column(N_("decisions"), "bar"),
        Column(N_("approved")),
        Column(N_("rejected")),
        Column(N_("overturned by others")),
        Column(N_("time held (median)"), "seconds"),
    )
    return Table("moderators", N_("Moderators"), columns, rows)


def articles(session: Session, site_id: str, period: Period, /) -> Table:
    """Return the articles with the most trouble under them."""
    found = policy_verdicts.troubled_articles(session, site_id, period)
    rows = tuple(
        (row.title or bare(row.external_id), row.comments, row.trouble.hits, row.trouble.value) for row in found
    )
    links = tuple(id_sources.fields("article", row.external_id) for row in found)
    columns = (
        Column(N_("Article"), "text"),
        Column(N_("comments")),
        Column(N_("held or rejected")),
        Column(N_("share"), "percent"),
    )
    note = worded(
        "At least %(least)s comments; ordered by the lower end of the 95 %% interval.",
        least=policy_verdicts.TROUBLE_FROM,
    )
    return Table("articles", N_("Articles by trouble"), columns, rows, note=note, links=links)


def ages(session: Session, site_id: str, _period: Period, /) -> Table:
    """Return how long held comments have waited so far."""
    rows = tuple(open_comments.held_by_age(session, site_id))
    return Table(
        "ages", N_("Review queue by age, now"), (Column(N_("Held for"), "words"), Column(N_("comments"), "bar")), rows
    )


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
