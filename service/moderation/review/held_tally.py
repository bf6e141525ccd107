"""How many comments are held, by site, lane and reason, without counting them.

The database keeps the numbers itself (migration `held_tally`), in the transaction that changes a comment; no line of
the service writes them. On SQLite each is one row. On PostgreSQL every change adds a row, since moderators and workers
who change one row would wait for each other: the number is the sum, and `fold` keeps the rows few.
"""

from dataclasses import dataclass

from sqlalchemy import column, table, text
from sqlalchemy.orm import Session

MANY = 200  # rows that are worth putting together
FOLDED_AT_ONCE = 20_000

TABLE = table("held_tally", column("site_id"), column("escalated"), column("reason"), column("held"))
OF_SITE = text(
    "SELECT escalated, reason, sum(held) FROM held_tally WHERE site_id = :site_id GROUP BY escalated, reason"
)
FOLD = text(
    "WITH taken AS (DELETE FROM held_tally WHERE number IN"
    " (SELECT number FROM held_tally WHERE (SELECT count(*) FROM held_tally) > :many"
    " ORDER BY number LIMIT :at_most FOR UPDATE SKIP LOCKED)"
    " RETURNING site_id, escalated, reason, held) "
    "INSERT INTO held_tally (site_id, escalated, reason, held)"
    " SELECT site_id, escalated, reason, sum(held) FROM taken GROUP BY site_id, escalated, reason HAVING sum(held) <> 0"
)


@dataclass(frozen=True)
class Tally:
    """A site's held comments by (is escalated, reason); those without a reason under ""."""

    held: dict[tuple[bool, str], int]

    def count(self, *, escalated: bool, reason: str = "") -> int:
        """Return how many wait in a lane, all of them or those with the reason."""
        if reason:
            return self.held.get((escalated, reason), 0)
        return sum(amount for (lane, _), amount in self.held.items() if lane is escalated)

    def reasons(self, *, escalated: bool) -> list[tuple[str, int]]:
        """Return the reasons that wait in a lane, most frequent first, with how often."""
        rows = [(reason, amount) for (lane, reason), amount in self.held.items() if lane is escalated]
        return sorted(rows, key=lambda row: (-row[1], row[0]))


def of_site(session: Session, site_id: str, /) -> Tally:
    """Return the numbers as this session's transaction sees them."""
    rows = session.execute(OF_SITE, {"site_id": site_id})
    return Tally({(bool(escalated), reason): amount for escalated, reason, amount in rows if amount})


def fold(session: Session, /) -> None:
    """Put PostgreSQL's rows together, one for each number; concurrent readers see the same sums."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(FOLD, {"many": MANY, "at_most": FOLDED_AT_ONCE})
