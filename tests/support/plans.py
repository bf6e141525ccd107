"""What a database means to do for a statement, and which statements were sent."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event, text

from service.db import Database

LARGE = ("comment", "decision", "score", "assessment", "delivery", "author_strike")
# Indexes that lead to all that a site, an endpoint or an article has: a range of them grows with what is stored.
WIDE = (
    "ix_comment_site_received",
    "ix_comment_site_status",
    "ix_comment_site_decided",
    "ix_decision_site_created",
    "ix_delivery_site_created",
    "ix_score_site_attribute",
)
LOOKING_UP = ("SELECT", "WITH", "UPDATE", "DELETE")
Sent = list[tuple[str, Any]]


@contextmanager
def statements_of(database: Database, *kinds: str, about: str = "") -> Iterator[Sent]:
    """Collect the statements of these kinds (all that look something up) that are sent meanwhile and have the word
    `about` in them.

    Not those that write many rows at once: an INSERT of values looks nothing up.
    """
    sent: Sent = []

    def remember(_connection: Connection, _cursor: object, statement: str, parameters: Any, *more: Any) -> None:
        if about in statement and statement.startswith(kinds or LOOKING_UP) and not more[-1]:
            sent.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", remember)
    yield sent
    event.remove(database.engine, "before_cursor_execute", remember)


def explain(database: Database, statement: str, parameters: Any) -> str:
    prefix = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql(prefix + statement, parameters).all()
    return "\n".join(str(row[-1]) for row in rows)


def unbounded(database: Database, sent: Sent) -> list[str]:
    """Return the statements, with their plans, that read a table or all that one site has."""
    plans = {statement: explain(database, statement, parameters) for statement, parameters in sent}
    return [
        f"{statement}\n{plan}"
        for statement, plan in plans.items()
        if any(reads_a_whole_table(line) or leads_to_a_whole_site(line) for line in plan.splitlines())
    ]


def reads_a_whole_table(line: str) -> bool:
    """Whether a line of a plan is about all rows of a large table; SQLite names them by their aliases."""
    if "ix_comment_pending" in line:  # which has only what waits
        return False
    found = re.search(r"\bSCAN (\w+?)(?:_\d+)?(?: USING (?:COVERING )?INDEX \w+)?$|Seq Scan on (\w+)", line)
    return found is not None and (found[1] or found[2]) in LARGE


def leads_to_a_whole_site(line: str) -> bool:
    """Whether a line of a plan uses an index of all that a site has, but for what is pending, or all that waits for an
    endpoint."""
    if re.search(r"ix_delivery_(waiting|lane) \(endpoint_id=\?\)", line):
        return True
    return any(name in line for name in WIDE) and "(ANY(site_id) AND status=?)" not in line


def analyse(database: Database) -> None:
    with database.write() as session:
        session.execute(text("ANALYZE"))
