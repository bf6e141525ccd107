"""How the API refuses: with a 4xx problem that repeats nothing of what was sent."""

from typing import Any

MARK = "xyzzy-of-the-caller"


def assert_refused(answer: Any) -> None:
    assert 400 <= answer.status_code < 500, answer.text[:500]
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json()
    assert problem["status"] == answer.status_code
    assert {"type", "title", "detail", "instance", "code"} <= set(problem)
    assert MARK not in answer.text
    assert len(answer.text) < 10_000
