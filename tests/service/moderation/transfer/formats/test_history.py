"""The record trusts an exported history, so it must be one that the service could have written."""

from typing import Any

import pytest

from service.moderation.transfer.formats.history import History, fault_of

HELD = {
    "revision": 1, "from": "pending", "to": "held", "source": "policy", "policy_version": 3,
    "reasons": [{"code": "toxic", "attribute": "insult", "score": 0.7, "verdict": "hold", "text": "insult"}],
    "created_at": "2026-07-20T12:00:00Z",
}  # fmt: skip
APPROVED = {
    "revision": 1, "from": "held", "to": "approved", "source": "moderator", "actor": "Ada",
    "created_at": "2026-07-20T13:00:00Z",
}  # fmt: skip


def fault(*decisions: dict[str, Any], status: str = "approved", revision: int = 1) -> str | None:
    told = {"status": status, "revision": revision, "decisions": list(decisions)}
    return fault_of(History.model_validate(told))


def test_a_history_that_leads_to_the_status_is_taken() -> None:
    assert fault(HELD, APPROVED) is None
    assert fault(HELD, status="held") is None
    assert fault(HELD, APPROVED, status="pending", revision=2) is None
    undone = {**HELD, "from": "approved", "source": "moderator", "actor": "Ada", "undoes": 1}
    assert fault(HELD, APPROVED, undone, status="held") is None


@pytest.mark.parametrize(
    ("decisions", "more", "sentence"),
    [
        ([HELD], {}, "the decisions do not lead to the status"),
        ([APPROVED], {}, "decision 1 does not begin where the one before it ends"),
        ([HELD, HELD], {"status": "held"}, "decision 2 does not begin where the one before it ends"),
        ([{**HELD, "reasons": []}], {"status": "held"}, "decision 1 has no reason"),
        ([{**HELD, "policy_version": None}], {"status": "held"}, "decision 1 has no policy_version"),
        ([HELD, {**APPROVED, "actor": None}], {}, "decision 2 has no actor"),
        ([{**HELD, "revision": 2}], {"status": "pending"}, "decision 1 is on a later revision than the comment's"),
        ([HELD, {**APPROVED, "undoes": 1}], {}, "decision 2 undoes one that does not come before it"),
    ],
)  # fmt: skip
def test_any_other_is_refused_in_a_sentence(
    decisions: list[dict[str, Any]], more: dict[str, Any], sentence: str
) -> None:
    assert fault(*decisions, **more) == sentence
