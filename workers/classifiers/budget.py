"""What reading one comment may cost: tokens for the model, and the processor's time.

The tokens follow from the site's maximum length, so that the same comment is read equally far on every machine; the
time is the backstop for a slow one. Both are asked for between two calls of the model: nothing has to be interrupted.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

TOKENS_EACH = 0.32  # of a permitted character; English prose has a token for four of them, and some are read twice
FEWEST = 1_000
PER_CALL = 8  # tokens that take as long as a call itself
LONGEST = 10_000  # characters: the default maximum length
SECONDS = 2.0


@dataclass
class Budget:
    """What is left for one comment of `longest` permitted characters, from now on."""

    longest: int = LONGEST
    seconds: float = SECONDS
    is_spent: bool = False
    _tokens: float = field(init=False)
    _until: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens = max(FEWEST, TOKENS_EACH * self.longest)
        self._until = time.process_time() + self.seconds

    @property
    def is_in_time(self) -> bool:
        """Whether processor time is left."""
        return time.process_time() <= self._until

    def for_seconds(self, seconds: float, /, *, of_all: float) -> Callable[[], bool]:
        """Return what says whether time is left: of the budget, of so many seconds from now on, and of `of_all` from
        its beginning on.
        """
        until = min(self._until, time.process_time() + seconds, self._until - self.seconds + of_all)
        return lambda: time.process_time() <= until

    def uncounted(self, work: Callable[[], T], /) -> T:
        """Return what `work` returns; the time that it takes is not the comment's."""
        before = time.process_time()
        result = work()
        self._until += time.process_time() - before
        return result

    def has(self, tokens: int, /) -> bool:
        """Whether a call with so many tokens could be made."""
        return not self.is_spent and tokens + PER_CALL <= self._tokens

    def allows(self, tokens: int, /) -> bool:
        """Take the cost of a call with so many tokens, or say that it is more than what is left, now and ever after."""
        self.is_spent = self.is_spent or tokens + PER_CALL > self._tokens or not self.is_in_time
        if not self.is_spent:
            self._tokens -= tokens + PER_CALL
        return not self.is_spent
