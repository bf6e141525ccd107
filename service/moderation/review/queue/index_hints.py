"""Which index SQLite is to use for the review queue: without statistics it takes a wrong one.

PostgreSQL needs no hints. The plans are tested in tests/service/console/review/test_queue_plans.py.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from service.models import Comment
from service.moderation.review.queue.queue_filter import Order, QueueFilter
from service.moderation.review.queue.queue_statements import OF_ATTRIBUTE, OF_REASON, named

FEW = 3_000  # comments that are looked up and sorted rather than met on the way through the queue
BY_ID = "sqlite_autoindex_comment_1"  # what SQLite does not choose by itself for a list of ids
BY_COMMENT = "sqlite_autoindex_held_reason_1"
USUAL = {
    Order.OLDEST: "oldest",
    Order.NEWEST: "oldest",
    Order.SEVERE: "severity",
    Order.MILD: "severity",
    Order.UNCERTAIN: "uncertainty",
    Order.REPORTED: "reported",
}
TABLES = {"attribute": OF_ATTRIBUTE, "reason": OF_REASON}  # of a filter's parts; all others are asked of `Comment`
BY_TIME = ("article", "author", "language")  # parts whose indexes go on by time


def for_page(
    statement: Any, chosen: QueueFilter, /, *, is_by_id: bool, count_of: Callable[[QueueFilter, int], int]
) -> tuple[Any, Any]:
    """Hint at the index of a filter that few comments pass, else at one in queue order; return what leads, too.

    `count_of` counts what a filter matches, up to a number. `is_by_id`: the condition is a list of ids.
    """
    if chosen.escalated:
        return statement, Comment
    if is_by_id:
        return by_id(statement, chosen), Comment
    parts = dict(_filters(chosen))
    amounts = {name: count_of(alone, FEW) for name, alone in parts.items()}
    best = min(amounts, key=lambda name: amounts[name], default=None)
    few = best is not None and amounts[best] < FEW
    by_reports = chosen.order is Order.REPORTED  # which `held_reason` has no index of
    if not few and by_reports:
        best = None
    elif not few:
        in_order = [name for name in parts if name in BY_TIME] if USUAL[chosen.order] == "oldest" else []
        best = next((name for name in ("reason", "attribute", *in_order) if name in parts), None)
    leading = TABLES.get(best or "", Comment)
    if few and best == "attribute" and _has_range(chosen):
        index = "ix_held_reason_score"
    elif leading is not Comment:
        index = f"ix_held_reason_{'oldest' if by_reports else USUAL[chosen.order]}"
    else:
        index = f"ix_comment_held_{best or USUAL[chosen.order]}"
    return _led(statement, chosen, leading, index), leading


def by_id(statement: Any, chosen: QueueFilter, /) -> Any:
    """Hint at the index of ids, for a condition that is a list of them."""
    return _led(statement, chosen, Comment, BY_ID)


def for_count(statement: Any, chosen: QueueFilter, /, *, scores: bool = False) -> Any:
    """Hint at the index to count by, where nothing is ordered: SQLite would take the one of all comments by status,
    and look up every row.
    """
    if chosen.escalated:
        return _led(statement, chosen, Comment, "ix_comment_held_escalated")
    narrowest = next((name for name, _ in _filters(chosen)), "score" if scores else "oldest")
    leading = TABLES.get(narrowest, Comment)
    if leading is Comment:
        return _led(statement, chosen, Comment, f"ix_comment_held_{narrowest}")
    return _led(statement, chosen, leading, f"ix_held_reason_{'score' if narrowest == 'attribute' else 'oldest'}")


def _led(statement: Any, chosen: QueueFilter, leading: Any, index: str) -> Any:
    """Lead by one table's index, and look up the others by the comment's id."""
    for table in (Comment, *(kind for kind, _ in named(chosen))):
        by = index if table is leading else BY_ID if table is Comment else BY_COMMENT
        statement = statement.with_hint(table, f"INDEXED BY {by}", "sqlite")
    return statement


def _filters(chosen: QueueFilter) -> list[tuple[str, QueueFilter]]:
    """Return the filter's parts that have an index, each alone, with its index's name; the likely narrowest first."""
    lane = QueueFilter(escalated=chosen.escalated)
    scores = replace(lane, score_from=chosen.score_from, score_to=chosen.score_to)
    of_attribute, of_worst = (scores, lane) if chosen.attribute else (lane, scores)
    parts = [
        ("article", replace(lane, article=chosen.article)),
        ("author", replace(lane, author=chosen.author)),
        ("attribute", replace(of_attribute, attribute=chosen.attribute)),
        ("score", of_worst),
        ("language", replace(lane, language=chosen.language)),
        ("reason", replace(lane, reason=chosen.reason)),
    ]
    return [(name, alone) for name, alone in parts if alone != lane]


def _has_range(chosen: QueueFilter) -> bool:
    return chosen.score_from is not None or chosen.score_to is not None
