"""The rules that an override may replace for a part of a site, each with its limits and its default. Pure."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from service.vocabulary import Attribute

Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
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

    @property
    def lowest(self) -> float | None:
        """The score from which a text is not approved, a whole comment or a part of it alike; None: from none."""
        return self.reject_at if self.hold_at is None else self.hold_at

    def holding_only(self, least: float, /) -> "Threshold":
        """Return the threshold of scores that reject nothing and hold from `least` at the earliest."""
        return Threshold(hold_at=None if self.lowest is None else max(self.lowest, least))


# What a new site starts with. Held from no lower than the shipped models' manifests recommend. No score rejects: read
# blind, what scores 0.9 and more is right to reject without a person in less than half of the cases (docs/adr/0005).
# Only Detoxify's own models score the last but one.
DEFAULT_THRESHOLDS: dict[Attribute, Threshold] = {
    Attribute.TOXICITY: Threshold(hold_at=0.4),
    Attribute.SEVERE_TOXICITY: Threshold(hold_at=0.5),
    Attribute.OBSCENE: Threshold(hold_at=0.4),
    Attribute.IDENTITY_ATTACK: Threshold(hold_at=0.5),
    Attribute.INSULT: Threshold(hold_at=0.4),
    Attribute.THREAT: Threshold(hold_at=0.5),
    Attribute.SEXUAL_EXPLICIT: Threshold(hold_at=0.5),
    Attribute.OFF_TOPIC: Threshold(hold_at=0.72),
}


def default_thresholds() -> dict[Attribute, Threshold]:
    """Return the thresholds that a new site starts with."""
    return dict(DEFAULT_THRESHOLDS)


class NamedRules(BaseModel):
    """Rules that hold for a whole site, and that may be other ones for a part of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    thresholds: dict[Attribute, Threshold] = Field(default_factory=default_thresholds)
    minimum_length: Annotated[int, Field(ge=0, le=10_000)] = 50
    maximum_length: Annotated[int, Field(ge=1, le=50_000)] = 10_000
    link_limit: Annotated[int, Field(ge=0, le=1_000)] | None = 3
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
    pre_moderation: bool = False  # every comment is held
    closed: bool = False  # no new comment is taken

    @field_validator("thresholds")
    @classmethod
    def _complete(cls, given: dict[Attribute, Threshold]) -> dict[Attribute, Threshold]:
        # An attribute left out keeps its default: forgetting one must not switch it off. `{}` switches it off.
        return default_thresholds() | given

    @property
    def count_on_authors(self) -> bool:
        """Whether a verdict may depend on what the author sent before."""
        return not (self.hold_newcomers is self.trust_after is self.strike_limit is None)
