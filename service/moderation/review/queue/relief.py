"""Easy ones in between: after a few severe comments in a row, one that is likely fine. A moderator's own choice.

What was there keeps its order and its place in the paging; an easy one only comes before its turn, and says so. Claims
and counts know nothing of it.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from service.moderation.review.queue import queue
from service.moderation.review.queue.queue import Row
from service.moderation.review.queue.queue_filter import Order, QueueFilter

AFTER = 4  # severe comments without an easy one between them
SEVERE_FROM = 0.6  # severity, see service/moderation/judgement/ranking.py
EASY_BELOW = 0.4
HELD_AT_MOST = 10  # easy ones that others look at and that are passed over


def mix(
    session: Session, site_id: str, chosen: QueueFilter, rows: Sequence[Row], /, *, after: str, moderator_id: str
) -> tuple[list[Row], str]:
    """Return `rows` with easy ones of the same filter put in, and the position from which the next page takes its own.

    `after` is that position of the page before, "" for the first.
    """
    wanted = sum(1 for row in rows if is_severe(row)) // AFTER
    if not wanted:
        return list(rows), after
    present = {row.id for row in rows}
    mild = replace(chosen, order=Order.MILD)
    passed_over = sum(1 for row in rows if is_easy(row)) + HELD_AT_MOST
    found = queue.page(session, site_id, mild, after=after, limit=wanted + passed_over)
    easy = [row for row in found if is_easy(row) and row.id not in present and row.holder_id in (None, moderator_id)]
    mixed: list[Row] = []
    in_a_row = 0
    for row in rows:
        mixed.append(row)
        in_a_row = 0 if is_easy(row) else in_a_row + is_severe(row)
        if in_a_row >= AFTER and easy:
            put_in = easy.pop(0)
            mixed.append(replace(put_in, mixed_in=True))
            after, in_a_row = put_in.position, 0
    return mixed, after


def is_severe(row: Row, /) -> bool:
    """Whether a comment is one of those that wear out."""
    return row.is_severe or row.severity >= SEVERE_FROM


def is_easy(row: Row, /) -> bool:
    """Whether a comment is likely fine."""
    return not row.is_severe and row.severity < EASY_BELOW
