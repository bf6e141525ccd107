"""How many comments are held, by site, lane and reason, without counting them.

The database keeps the numbers itself (migrations `held_tally`, of the worst reasons, and `held_reasons`, of all), in
the transaction that changes a comment; no line of the service writes them. On SQLite each is one row. On PostgreSQL
every change adds a row, since moderators and workers who change one row would wait for each other: the number is the
sum, and `fold` keeps the rows few.
"""

from dataclasses import dataclass

from sqlalchemy import column, table, text
from sqlalchemy.orm import Session

MANY = 200  # rows that are worth putting together
FOLDED_AT_ONCE = 20_000

TABLE = table("held_tally", column("site_id"), column("escalated"), column("reason"), column("held"))
NAMED = table("held_reason_tally", column("site_id"), column("escalated"), column("name"), column("held"))
OF_SITE = text(
    "SELECT escalated, '' AS name, sum(held) FROM held_tally WHERE site_id = :site_id GROUP BY escalated"
    " UNION ALL"
    " SELECT escalated, name, sum(held) FROM held_reason_tally WHERE site_id = :site_id GROUP BY escalated, name"
)
FOLD = (
    "WITH taken AS (DELETE FROM {table} WHERE number IN"
    " (SELECT number FROM {table} WHERE (SELECT count(*) FROM {table}) > :many"
    " ORDER BY number LIMIT :at_most FOR UPDATE SKIP LOCKED)"
    " RETURNING site_id, escalated, {name}, held) "
    "INSERT INTO {table} (site_id, escalated, {name}, held)"
    " SELECT site_id, escalated, {name}, sum(held) FROM taken GROUP BY site_id, escalated, {name} HAVING sum(held) <> 0"
)
FOLDS = (
    text(FOLD.format(table="held_tally", name="reason")),
    text(FOLD.format(table="held_reason_tally", name="name")),
)


@dataclass(frozen=True)
class Tally:
    """A site's held comments by (is escalated, name of a reason or of what it scored); all of a lane under ""."""

    held: dict[tuple[bool, str], int]

    def count(self, *, escalated: bool, name: str = "") -> int:
        """Return how many wait in a lane, all of them or those with a reason of that name."""
        return self.held.get((escalated, name), 0)

    def names(self, *, escalated: bool) -> dict[str, int]:
        """Return how many wait in a lane for each reason, and for each attribute that one scored."""
        return {name: amount for (lane, name), amount in self.held.items() if lane is escalated and name}


def of_site(session: Session, site_id: str, /) -> Tally:
    """Return the numbers as this session's transaction sees them."""
    rows = session.execute(OF_SITE, {"site_id": site_id})
    return Tally({(bool(escalated), name): amount for escalated, name, amount in rows if amount})


def fold(session: Session, /) -> None:
    """Put PostgreSQL's rows together, one for each number; concurrent readers see the same sums."""
    if session.get_bind().dialect.name == "postgresql":
        for statement in FOLDS:
            session.execute(statement, {"many": MANY, "at_most": FOLDED_AT_ONCE})
