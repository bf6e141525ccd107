"""What a key says about the Perspective endpoint: unknown attributes, browsers' origins, pinned versions, calibration.

It is one document in the key's row, so that a key without it costs nothing and behaves as Google's service did.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from service.vocabulary import Attribute

Origin = Annotated[str, StringConstraints(pattern=r"^https?://[^/?#\s]+$", max_length=300)]
Knot = tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]
MOST_KNOTS = 50


class Curve(BaseModel):
    """A monotone mapping of scores, linear between its knots (our score, theirs), level outside them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    knots: Annotated[tuple[Knot, ...], Field(min_length=1, max_length=MOST_KNOTS)]

    @model_validator(mode="after")
    def _is_monotone(self) -> Self:
        for before, after in zip(self.knots, self.knots[1:], strict=False):
            if not (before[0] < after[0] and before[1] <= after[1]):
                raise ValueError("knots must rise")
        return self

    def at(self, score: float, /) -> float:
        """Return what `score` maps to."""
        if score <= self.knots[0][0]:
            return self.knots[0][1]
        for (x0, y0), (x1, y1) in zip(self.knots, self.knots[1:], strict=False):
            if score <= x1:
                return y0 + (y1 - y0) * (score - x0) / (x1 - x0)
        return self.knots[-1][1]


class Terms(BaseModel):
    """The document. `pinned` maps a classifier's name to the only version whose scores the key accepts.

    Curves are fitted on the pinned versions; without a pin there are none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    unknown_attributes: Literal["error", "drop"] = "error"
    origins: tuple[Origin, ...] = ()
    pinned: dict[str, str] = {}
    curves: dict[Attribute, Curve] = {}


DEFAULT = Terms()
FOR_CLIENTS = Terms(unknown_attributes="drop")  # of `moderato keys create --for perspective`
_NAMED_VERSION = re.compile(r"([a-z][\w-]*)=(\S+)")


def parse_pin(given: str, /) -> tuple[str, str]:
    """Return NAME=VERSION as a pair; raise ValueError."""
    found = _NAMED_VERSION.fullmatch(given)
    if found is None:
        raise ValueError(f"{given!r} is not NAME=VERSION, such as compact=1")
    return found[1], found[2]
