"""The counts behind the figures counted again from the rows, what differs, and the correction of it.

For `moderato doctor --audit` and `moderato db recount`: a difference means that something wrote past the triggers.
"""

# ruff: noqa: S608  (every name in a statement is a constant)

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import String, column, select, text
from sqlalchemy.orm import Session

from service.moderation.insight.counts.counters import COLUMNS, QUARTER, VIEWS
from service.moderation.insight.counts.periods import DAY

_EVERY = " UNION ALL ".join(f"SELECT site_id, name, start, key FROM {view}" for view in dict.fromkeys(VIEWS.values()))
_KEPT = (
    f"SELECT site_id, name, start, key, amount FROM figure WHERE span = {QUARTER}"
    " UNION ALL SELECT site_id, name, start, key, amount FROM figure_change"
)
_OFF = (
    "SELECT site_id, name, start, key, CAST(sum(counted) - sum(kept) AS BIGINT) AS amount,"
    " CAST(sum(kept) AS BIGINT) AS kept FROM ("
    f"SELECT site_id, name, start, key, 1 AS counted, 0 AS kept FROM ({_EVERY}) every_row"
    f" UNION ALL SELECT site_id, name, start, key, 0, amount FROM ({_KEPT}) kept_row"
    ") compared GROUP BY site_id, name, start, key HAVING sum(counted) <> sum(kept)"
)
_DAYS = (
    f"SELECT site_id, name, start / {DAY} * {DAY} AS start, key, sum(amount) AS amount FROM figure"
    f" WHERE span = {QUARTER} GROUP BY site_id, name, start / {DAY} * {DAY}, key HAVING sum(amount) <> 0"
)
_DAYS_KEPT = f"SELECT site_id, name, start, key, amount FROM figure WHERE span = {DAY} AND amount <> 0"
_DAYS_OFF = (
    f"SELECT * FROM (SELECT * FROM ({_DAYS}) a EXCEPT SELECT * FROM ({_DAYS_KEPT}) b) c"
    f" UNION ALL SELECT * FROM (SELECT * FROM ({_DAYS_KEPT}) d EXCEPT SELECT * FROM ({_DAYS}) e) f"
)
OFF = text(f"{_OFF} ORDER BY site_id, name, start, key LIMIT :most")
DAYS_OFF = text(f"{_DAYS_OFF} LIMIT :most")
_SITES = f"SELECT site_id FROM ({_OFF}) one UNION SELECT site_id FROM ({_DAYS_OFF}) other"
SITES_OFF = select(text(_SITES).columns(column("site_id", String)).subquery().c.site_id)
MEND = text(f"INSERT INTO figure_change ({COLUMNS}) SELECT {COLUMNS} FROM ({_OFF}) difference")
FORGET_DAYS = text(f"DELETE FROM figure WHERE span = {DAY}")
MEND_DAYS = text(f"INSERT INTO figure ({COLUMNS}, span) SELECT {COLUMNS}, {DAY} FROM ({_DAYS}) day")


@dataclass(frozen=True)
class Difference:
    """A count that is not that of the rows."""

    site_id: str
    name: str
    start: int  # seconds since 1970
    key: str
    kept: int
    counted: int

    def __str__(self) -> str:
        moment = datetime.fromtimestamp(self.start, UTC)
        return f"{self.name} {self.key} from {moment:%Y-%m-%d %H:%M}: {self.kept} kept, {self.counted} counted"


def differences(session: Session, /, *, most: int) -> list[Difference]:
    """Count everything again and return what differs; of whole days, where only these differ, as counted 0."""
    found = [
        Difference(row.site_id, row.name, row.start, row.key, row.kept, row.kept + row.amount)
        for row in session.execute(OFF, {"most": most})
    ]
    days = session.execute(DAYS_OFF, {"most": most - len(found)}) if len(found) < most else ()
    return found + [Difference(row.site_id, row.name, row.start, row.key, row.amount, 0) for row in days]


def mend(session: Session, /) -> None:
    """Correct every count by what it differs from the rows; changes that others make meanwhile are kept."""
    session.execute(MEND)
    session.execute(FORGET_DAYS)
    session.execute(MEND_DAYS)
