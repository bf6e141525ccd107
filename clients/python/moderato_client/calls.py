"""Connects to a service, and turns an answer that is a problem into an exception."""

from typing import TypeVar, cast

import httpx

from .client import AuthenticatedClient
from .models import Problem

Answer = TypeVar("Answer")


class Refused(Exception):
    """The service did not do what was asked; `problem` says why, in a code for programs and a sentence for people."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.detail}")
        self.problem = problem


def connect(url: str, key: str, *, timeout: float = 60) -> AuthenticatedClient:
    """Return what every operation takes as `client`; `timeout` is in seconds, and longer than any `wait`."""
    return AuthenticatedClient(url, key, timeout=httpx.Timeout(timeout), raise_on_unexpected_status=True)


def expect(answer: Answer | Problem | None) -> Answer:
    """Return the answer of an operation, None where it has no content; raise Refused where it is a problem."""
    if isinstance(answer, Problem):
        raise Refused(answer)
    return cast(Answer, answer)
