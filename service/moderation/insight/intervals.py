"""Shares with their uncertainty: Wilson's interval, and nothing said where nothing was counted."""

import math
from dataclasses import dataclass

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Share:
    """`hits` of `of`; the share and its 95 % interval are None where nothing was counted."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's score interval (1927) at 95 %: honest also for few cases and for shares near 0 and 1."""
        if not self.of:
            return None
        share, square = self.hits / self.of, Z95 * Z95 / self.of
        middle = (share + square / 2) / (1 + square)
        half = Z95 * math.sqrt((share * (1 - share) + square / 4) / self.of) / (1 + square)
        return max(0.0, middle - half), min(1.0, middle + half)

    def as_record(self) -> dict[str, float | int | None]:
        """Return it as plain values."""
        low, high = self.interval or (None, None)
        return {"hits": self.hits, "of": self.of, "value": self.value, "low": low, "high": high}
