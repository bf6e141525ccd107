"""What a key says about the Perspective endpoint and about forms: unknown attributes, browsers' origins, pinned
versions, calibration, readers' appeals.

It is one document in the key's row, so that a key without it costs nothing and behaves as Google's service did.
"""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from sqlalchemy.orm import Session

from service.errors import Invalid, NotFound
from service.models import ApiKey
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
    appeals: bool = False  # whether readers may appeal through a form with this key
    pinned: dict[str, str] = {}
    curves: dict[Attribute, Curve] = {}


DEFAULT = Terms()
FOR_CLIENTS = Terms(unknown_attributes="drop")  # of `moderato keys create --for perspective`
_NAMED_VERSION = re.compile(r"([a-z][\w-]*)=(\S+)")


def change(session: Session, site_id: str, key_id: str, /, **changes: Any) -> Terms:
    """Change some of a key's terms and return all of them; raise NotFound or Invalid. Without a pin curves go too."""
    key = session.get(ApiKey, key_id)
    if key is None or key.site_id != site_id or key.revoked_at is not None:
        raise NotFound(f"There is no active key {key_id!r} at this site; `moderato keys list` shows them.")
    terms = Terms.model_validate(key.perspective) if key.perspective else DEFAULT
    if changes.get("pinned") == {}:
        changes["curves"] = {}
    terms = read(terms.model_dump(mode="json") | changes)
    key.perspective = terms.model_dump(mode="json")
    session.flush()
    return terms


def read(given: dict[str, Any], /) -> Terms:
    """Return the document as terms; raise Invalid with what is wrong."""
    try:
        return Terms.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise Invalid(f"{first['loc'][0]}: {first.get('input')!r}: {first['msg']}") from None


def parse_pin(given: str, /) -> tuple[str, str]:
    """Return NAME=VERSION as a pair; raise ValueError."""
    found = _NAMED_VERSION.fullmatch(given)
    if found is None:
        raise ValueError(f"{given!r} is not NAME=VERSION, such as compact=1")
    return found[1], found[2]
