"""Which partial index SQLite is to use for the review queue: without statistics it takes a wrong one.

PostgreSQL needs no hints. The plans are tested in tests/service/console/review/test_queue_speed.py.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from service.models import Comment
from service.moderation.review.queue_filter import Order, QueueFilter

FEW = 3_000  # comments that are looked up and sorted rather than met on the way through the queue
BY_ID = "INDEXED BY sqlite_autoindex_comment_1"  # what SQLite does not choose by itself for a list of ids


def for_page(
    statement: Any, chosen: QueueFilter, /, *, is_by_id: bool, count_of: Callable[[QueueFilter, int], int]
) -> Any:
    """Hint at the index of a filter that few comments pass, else at the one in queue order.

    `count_of` counts what a filter matches, up to a number. `is_by_id`: the condition is a list of ids.
    """
    if chosen.escalated:
        return statement
    if is_by_id:
        return statement.with_hint(Comment, BY_ID, "sqlite")
    by_time = chosen.order in (Order.OLDEST, Order.NEWEST)
    amounts = {name: count_of(alone, FEW) for name, alone in _filters(chosen)}
    best = min(amounts, key=lambda name: amounts[name], default=None)
    ordered = [name for name in amounts if name != "attribute"] if by_time else []  # their indexes go on by time
    if best is None or amounts[best] >= FEW:
        usual = "oldest" if by_time else "uncertainty" if chosen.order is Order.UNCERTAIN else "severity"
        of_reason = f"reason_{usual}" if chosen.reason and not by_time else usual
        best = ordered[0] if ordered else of_reason
    return statement.with_hint(Comment, f"INDEXED BY ix_comment_held_{best}", "sqlite")


def for_count(statement: Any, chosen: QueueFilter, /, *, scores: bool = False) -> Any:
    """Hint at the index to count by, where nothing is ordered: SQLite would take the one of all comments by status,
    and look up every row.
    """
    names = ["escalated"] if chosen.escalated else [name for name, _ in _filters(chosen)]
    narrowest = names[0] if names else "attribute" if scores else "oldest"
    return statement.with_hint(Comment, f"INDEXED BY ix_comment_held_{narrowest}", "sqlite")


def _filters(chosen: QueueFilter) -> list[tuple[str, QueueFilter]]:
    """Return the filter's parts that have an index, each alone, with its index's name; the likely narrowest first."""
    lane = QueueFilter(escalated=chosen.escalated)
    parts = [
        ("article", replace(lane, article=chosen.article)),
        ("author", replace(lane, author=chosen.author)),
        (
            "attribute",
            replace(lane, attribute=chosen.attribute, score_from=chosen.score_from, score_to=chosen.score_to),
        ),
        ("language", replace(lane, language=chosen.language)),
        ("reason", replace(lane, reason=chosen.reason)),
    ]
    return [(name, alone) for name, alone in parts if alone != lane]
