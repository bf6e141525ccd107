"""A policy's rules as a value: thresholds, lengths, lists, authors. Pure.

Every limit on a rule is stated here, so that the API and the console accept the same rules.
"""

import unicodedata
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from service.moderation.text.links import listed_host
from service.moderation.text.terms import searched_forms
from service.vocabulary import Attribute

# Control characters, lone surrogates, line separators and paragraph separators: invisible in a term, PostgreSQL
# stores no NUL, and the console writes one term on each line.
_REFUSED = ("Cc", "Cs", "Zl", "Zp")


def _printable(text: str) -> str:
    found = next((character for character in text if unicodedata.category(character) in _REFUSED), None)
    if found is not None:
        raise ValueError(f"must not contain control characters; this one has U+{ord(found):04X}")
    return text


def _searchable(term: str) -> str:
    # A term that no text can contain would stop the classification of every comment.
    searched_forms(term)
    return term


Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Printable = AfterValidator(_printable)
Term = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=255),
    Printable,
    AfterValidator(_searchable),
]
Host = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    Printable,
    AfterValidator(listed_host),
]
LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


class Threshold(BaseModel):
    """From `hold_at` on a moderator decides, from `reject_at` on it is rejected; null: never."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hold_at: Probability | None = None
    reject_at: Probability | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.hold_at is not None and self.reject_at is not None and self.reject_at < self.hold_at:
            raise ValueError("reject_at must not be below hold_at")
        return self

    def holding_only(self, least: float, /) -> "Threshold":
        """Return the threshold of scores that reject nothing and hold from `least` at the earliest."""
        at = self.reject_at if self.hold_at is None else self.hold_at
        return Threshold(hold_at=None if at is None else max(at, least))


# What a new site starts with. Held from no lower than the shipped models' manifests recommend. No score rejects: read
# blind, what scores 0.9 and more is right to reject without a person in less than half of the cases (docs/adr/0005).
# Only Detoxify's own models score the last but one.
DEFAULT_THRESHOLDS: dict[Attribute, Threshold] = {
    Attribute.TOXICITY: Threshold(hold_at=0.3),
    Attribute.SEVERE_TOXICITY: Threshold(hold_at=0.5),
    Attribute.OBSCENE: Threshold(hold_at=0.3),
    Attribute.IDENTITY_ATTACK: Threshold(hold_at=0.5),
    Attribute.INSULT: Threshold(hold_at=0.3),
    Attribute.THREAT: Threshold(hold_at=0.5),
    Attribute.SEXUAL_EXPLICIT: Threshold(hold_at=0.5),
    Attribute.OFF_TOPIC: Threshold(hold_at=0.72),
}


def default_thresholds() -> dict[Attribute, Threshold]:
    """Return the thresholds that a new site starts with."""
    return dict(DEFAULT_THRESHOLDS)


class Rules(BaseModel):
    """Everything that turns scores and facts into a verdict at one site."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), Printable] = "Default"
    thresholds: dict[Attribute, Threshold] = Field(default_factory=default_thresholds)
    minimum_length: Annotated[int, Field(ge=0, le=10_000)] = 50
    maximum_length: Annotated[int, Field(ge=1, le=50_000)] = 10_000
    blocked_terms: Annotated[list[Term], Field(max_length=50_000)] = Field(default_factory=list)
    suspect_terms: Annotated[list[Term], Field(max_length=50_000)] = Field(default_factory=list)
    link_limit: Annotated[int, Field(ge=0, le=1_000)] | None = 3
    blocked_hosts: Annotated[list[Host], Field(max_length=50_000)] = Field(default_factory=list)
    repeats: Literal["ignore", "hold", "reject"] = "hold"
    personal_data: Literal["ignore", "hold", "reject"] = "hold"
    flood_limit: Annotated[int, Field(ge=1, le=10_000)] | None = 20  # comments by one author in an hour
    hold_newcomers: Annotated[int, Field(ge=1, le=100)] | None = None  # until so many comments are approved
    trust_after: Annotated[int, Field(ge=1, le=100)] | None = None  # approved comments
    trust_margin: Probability = 0.2  # how much later the scores of trusted authors are held
    strike_limit: Annotated[int, Field(ge=1, le=100)] | None = (
        None  # strikes in force; all comments are held from it on
    )
    strike_days: Annotated[int, Field(ge=1, le=365)] = 30  # how long a strike is in force
    blocked_authors: Literal["hold", "reject"] = "reject"
    default_language: Annotated[str, StringConstraints(pattern=LANGUAGE)] = "en"

    @field_validator("thresholds")
    @classmethod
    def _complete(cls, given: dict[Attribute, Threshold]) -> dict[Attribute, Threshold]:
        # An attribute left out keeps its default: forgetting one must not switch it off. `{}` switches it off.
        return default_thresholds() | given

    @model_validator(mode="after")
    def _lengths_in_order(self) -> Self:
        if self.minimum_length > self.maximum_length:
            raise ValueError("minimum_length must not be above maximum_length")
        return self

    @model_validator(mode="after")
    def _newcomers_before_trusted(self) -> Self:
        if self.trust_after is not None and self.trust_after < (self.hold_newcomers or 0):
            raise ValueError("trust_after must not be below hold_newcomers")
        return self

    @property
    def count_on_authors(self) -> bool:
        """Whether a verdict may depend on what the author sent before."""
        return not (self.hold_newcomers is self.trust_after is self.strike_limit is None)
