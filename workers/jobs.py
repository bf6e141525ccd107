"""The RQ entry points. Arguments are ids; the work itself is done by the modules named here."""

from service.queues import CLASSIFICATION, DELIVERY, REPLAY, answer_wake
from workers import classification, interactive, replays, trials
from workers.runtime import current


def classify() -> None:
    """Classify whatever is pending."""
    runtime = current()
    answer_wake(runtime.queues.steady, CLASSIFICATION)
    classification.drain(runtime)


def score(request_id: str) -> None:
    """Answer one request for scores at once: whose it is the turn of."""
    runtime = current()
    interactive.answer_next(runtime, runtime.queues.steady, request_id)


def try_draft(request_id: str) -> None:
    """Begin one trial of a draft of a policy."""
    trials.begin(current(), request_id)


def replay() -> None:
    """Begin to work on the replays that wait."""
    runtime = current()
    answer_wake(runtime.queues.steady, REPLAY)
    replays.begin(runtime)


def deliver() -> None:
    """Deliver whatever callbacks are due, and stay for those that soon will be."""
    from workers import delivery

    runtime = current()
    answer_wake(runtime.queues.steady, DELIVERY)
    delivery.drain(runtime)
    delivery.wait_for_next(runtime)
