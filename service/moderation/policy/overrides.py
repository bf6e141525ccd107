"""An override: rules that replace the site's for a section, an article or a source, or tighten them at certain hours.

Pure. `effective` says what holds for a comment; docs/adr/0025 says why time only tightens.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    SerializerFunctionWrapHandler,
    StringConstraints,
    field_validator,
    model_serializer,
    model_validator,
)

from service.moderation.policy.named_rules import NamedRules, Threshold
from service.moderation.policy.timetable import Timetable
from service.moderation.text.cleaning import one_line
from service.moderation.text.publisher_ids import RULE, is_id
from service.sentences import N_
from service.vocabulary import Attribute

MOST = 200
LONGEST_SECTION = 200
API = "api"  # how a target names what came by the API
NOT_BY_TIME = frozenset({"default_language"})  # no language is stricter than another
Name = str | tuple[Attribute, str]  # of a rule; of a threshold its attribute and side
ORDERED: tuple[tuple[Name, Name], ...] = (
    ("minimum_length", "maximum_length"),
    ("hold_newcomers", "trust_after"),
    *(((attribute, "hold_at"), (attribute, "reject_at")) for attribute in Attribute),
)


def _section(value: str) -> str:
    if not (name := one_line(value)):
        raise ValueError(N_("must not be empty"))
    return name


def _id(value: str) -> str:
    if not is_id(value):
        raise ValueError(RULE)
    return value


Section = Annotated[str, StringConstraints(max_length=LONGEST_SECTION), AfterValidator(_section)]
SourceName = Annotated[str, StringConstraints(pattern=r"^(api|[0-9a-f]{32})$")]


class Target(BaseModel):
    """A section, an article or a source; nothing named is the whole site. An article's source says whose id it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section: Section | None = None
    article: Annotated[str, AfterValidator(_id)] | None = None
    source: SourceName | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.section is not None and not (self.article is self.source is None):
            raise ValueError(N_("names a section beside an article or a source; make an override for each"))
        return self

    @property
    def kind(self) -> Literal["section", "article", "source", "site"]:
        if self.section is not None:
            return "section"
        if self.article is not None:
            return "article"
        return "site" if self.source is None else "source"

    @property
    def key(self) -> tuple[str, ...]:
        """What is equal for equal targets."""
        if self.section is not None:
            return "section", self.section.casefold()
        if self.article is not None:
            return "article", self.source or API, self.article
        return ("site",) if self.source is None else ("source", self.source)

    @property
    def words(self) -> str:
        if self.section is not None:
            return f"the section “{self.section}”"
        if self.article is not None:
            of_source = f" of the source {self.source}" if self.source not in (None, API) else ""
            return f"the article “{self.article}”{of_source}"
        return {None: "the whole site", API: "all that comes by the API"}.get(self.source, f"the source {self.source}")


def _without_defaults(schema: dict[str, Any]) -> None:
    # They are those of the site's rules, and not what a rule left out gets here.
    for rule in schema["properties"].values():
        rule.pop("default", None)


class ReplacedRules(NamedRules):
    """The rules that an override names; one that it leaves out stays as it is, also each side of a threshold."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    @field_validator("thresholds")
    @classmethod
    def _complete(cls, given: dict[Attribute, Threshold]) -> dict[Attribute, Threshold]:
        return given

    @model_serializer(mode="wrap")
    def _as_given(self, whole: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]  # else no schema
        given = {name: value for name, value in whole(self).items() if name in self.model_fields_set}
        for attribute, threshold in given.get("thresholds", {}).items():
            sides = self.thresholds[Attribute(attribute)].model_fields_set
            given["thresholds"][attribute] = {side: at for side, at in threshold.items() if side in sides}
        return given

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ReplacedRules) and self.given == other.given

    __hash__ = None  # type: ignore[assignment]

    @property
    def given(self) -> dict[Name, Any]:
        """The rules named, the sides of thresholds one by one."""
        named: dict[Name, Any] = {name: getattr(self, name) for name in self.model_fields_set if name != "thresholds"}
        if "thresholds" in self.model_fields_set:
            named |= {
                (attribute, side): getattr(threshold, side)
                for attribute, threshold in self.thresholds.items()
                for side in threshold.model_fields_set
            }
        return named


class Effect(StrEnum):
    """What an override does to the rules below it."""

    CLOSED = "closed"
    ALL_HELD = "all_held"
    STRICTER = "stricter"
    OTHER = "other"


EFFECTS = {
    Effect.CLOSED: "Comments closed",
    Effect.ALL_HELD: "All comments held",
    Effect.STRICTER: "Stricter rules",
    Effect.OTHER: "Other rules",
}


class Override(BaseModel):
    """Other rules for a target; with `when` they hold for a time and only tighten."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Target = Target()
    rules: ReplacedRules
    when: Timetable | None = None

    @field_validator("rules")
    @classmethod
    def _names_a_rule(cls, rules: ReplacedRules) -> ReplacedRules:
        if not rules.given:
            raise ValueError("names no rule")
        return rules

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        if self.when is None and self.target.kind == "site":
            raise ValueError("an override for the whole site needs when; change the site's own rules instead")
        if self.when is not None and (found := sorted(NOT_BY_TIME & self.rules.model_fields_set)):
            raise ValueError(f"{found[0]} cannot change by the hour: neither value is stricter")
        return self

    def may_meet(self, other: "Override", /) -> bool:
        """Whether both may hold for one comment."""
        mine, theirs = self.target, other.target
        if mine.kind == theirs.kind:
            return mine.key == theirs.key
        sources = {target.source or API for target in (mine, theirs) if target.kind in ("source", "article")}
        return len(sources) < 2

    @property
    def effect(self) -> Effect:
        if self.rules.given == {"closed": True}:
            return Effect.CLOSED
        if self.rules.given == {"pre_moderation": True}:
            return Effect.ALL_HELD
        return Effect.OTHER if self.when is None else Effect.STRICTER

    def words(self, zone_name: str, /) -> str:
        """Return what it does and where, as in "Stricter rules for the section “Politics”, every night …"."""
        when = f", {self.when.words(zone_name)}" if self.when else ""
        return f"{EFFECTS[self.effect]} for {self.target.words}{when}"

    def as_applied(self, zone_name: str, /) -> dict[str, Any]:
        """Return it as a decision keeps it: what it did where and when, and the same in words."""
        record = {"target": self.target.model_dump(mode="json", exclude_none=True), "effect": self.effect.value}
        if self.when is not None:
            record |= {"when": self.when.model_dump(mode="json"), "time_zone": zone_name}
        return record | {"text": self.words(zone_name)}


def refuse_contradictions(base: NamedRules, overrides: Sequence[Override], /) -> None:
    """Raise ValueError where two overrides have one target, or where rules that may meet cannot both be obeyed."""
    always = [override for override in overrides if override.when is None]
    twice = next((one for one, key in zip(always, _keys(always), strict=True) if _keys(always).count(key) > 1), None)
    if twice is not None:
        raise ValueError(f"two overrides always hold for {twice.target.words}; make them one")
    for low, high in ORDERED:
        # What time does to the other pairs is mended where it happens: `effective.tightened`.
        may_count = overrides if low == "minimum_length" else always
        for one, least in _stated(base, low, may_count):
            for other, most in _stated(base, high, may_count):
                is_broken = least is not None and most is not None and least > most
                if is_broken and _meet(one, other) and not (_hides(one, other, high) or _hides(other, one, low)):
                    raise ValueError(_contradiction(one, low, least, other, high, most))


def value_of(rules: NamedRules, name: Name, /) -> Any:
    """Return a rule's value, of a threshold one side."""
    return getattr(rules, name) if isinstance(name, str) else getattr(rules.thresholds[name[0]], name[1])


def _keys(overrides: Iterable[Override]) -> list[tuple[str, ...]]:
    return [override.target.key for override in overrides]


def _stated(base: NamedRules, name: Name, overrides: Iterable[Override]) -> list[tuple[Override | None, Any]]:
    """Return every value that the site's own rules (None) and the overrides give a rule."""
    named = [(override, override.rules.given) for override in overrides]
    return [(None, value_of(base, name)), *((override, given[name]) for override, given in named if name in given)]


def _meet(one: Override | None, other: Override | None) -> bool:
    if one is None or other is None:
        return one is not other
    return one is other or one.may_meet(other)


def _hides(upper: Override | None, lower: Override | None, name: Name) -> bool:
    """Whether a comment for which both hold never gets this rule of the lower one."""
    if upper is None or upper is lower or upper.when is not None or name not in upper.rules.given:
        return False
    return lower is None or (lower.when is None and RANKS[upper.target.kind] > RANKS[lower.target.kind])


def _contradiction(
    one: Override | None, low: Name, least: object, other: Override | None, high: Name, most: object
) -> str:
    named = one or other
    assert named is not None  # the site's own rules alone are checked before
    second = "" if one is other else f" of {other.target.words}" if one and other else " of the site's own rules"
    first, last = (f"{_spelt(low)} {least}", f"{_spelt(high)} {most}")
    if one is None:
        return f"the override for {named.target.words}: {last} is below {first}{second}"
    return f"the override for {named.target.words}: {first} is above {last}{second}"


def _spelt(name: Name) -> str:
    return name if isinstance(name, str) else f"{name[1]} of {name[0].value}"


RANKS = {"site": 0, "section": 1, "source": 2, "article": 3}  # the higher one replaces what the lower one says
