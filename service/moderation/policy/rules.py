"""A policy's rules as a value: thresholds, lengths, lists, authors, and overrides for parts of the site. Pure.

Every limit on a rule is stated here and in `named_rules`, so that the API and the console accept the same rules.
"""

import unicodedata
from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from service.moderation.policy.named_rules import (
    DEFAULT_THRESHOLDS,
    LANGUAGE,
    NamedRules,
    Threshold,
    default_thresholds,
)
from service.moderation.policy.overrides import MOST, Override, refuse_contradictions
from service.moderation.policy.timetable import TimeZone
from service.moderation.text.links import listed_host
from service.moderation.text.terms import searched_forms
from service.sentences import N_, worded

__all__ = ["DEFAULT_THRESHOLDS", "LANGUAGE", "Rules", "Threshold", "default_thresholds"]

REPORT_KINDS = (N_("abuse"), N_("spam"), N_("illegal"), N_("other"))  # of a new site

# Control characters, lone surrogates, line separators and paragraph separators: invisible in a term, PostgreSQL
# stores no NUL, and the console writes one term on each line.
_REFUSED = ("Cc", "Cs", "Zl", "Zp")
# A process of the version before refuses rules that it does not know: it must be able to read a policy without them.
_NEW = frozenset({"pre_moderation", "closed", "time_zone", "overrides", "report_kinds", "reports_hold_at"})


def _printable(text: str) -> str:
    found = next((character for character in text if unicodedata.category(character) in _REFUSED), None)
    if found is not None:
        code = f"U+{ord(found):04X}"
        raise ValueError(worded("must not contain control characters; this one has %(code)s", code=code))
    return text


def _searchable(term: str) -> str:
    # A term that no text can contain would stop the classification of every comment.
    searched_forms(term)
    return term


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
Kind = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Rules(NamedRules):
    """Everything that turns scores and facts into a verdict at one site."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), Printable] = "Default"
    blocked_terms: Annotated[list[Term], Field(max_length=50_000)] = Field(default_factory=list)
    suspect_terms: Annotated[list[Term], Field(max_length=50_000)] = Field(default_factory=list)
    blocked_hosts: Annotated[list[Host], Field(max_length=50_000)] = Field(default_factory=list)
    report_kinds: Annotated[list[Kind], Field(max_length=20)] = Field(  # what readers can report; none: no reports
        default_factory=lambda: list(REPORT_KINDS)
    )
    reports_hold_at: Annotated[float, Field(ge=0.1, le=10, allow_inf_nan=False)] | None = 0.5  # weight of the reports
    time_zone: TimeZone = "UTC"  # the site's: of the overrides' hours, and of alerts
    overrides: Annotated[list[Override], Field(max_length=MOST)] = Field(default_factory=list)

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

    @model_validator(mode="after")
    def _overrides_can_be_obeyed(self) -> Self:
        refuse_contradictions(self, self.overrides)
        return self

    @property
    def count_on_authors(self) -> bool:
        """Whether a verdict may depend on what the author sent before, here or in a part of the site."""
        return super().count_on_authors or any(override.rules.count_on_authors for override in self.overrides)

    def with_overrides(self, overrides: Sequence[Override], /) -> "Rules":
        """Return the rules with these overrides; raise ValueError where they cannot be obeyed. The lists stay."""
        if len(overrides) > MOST:
            raise ValueError(f"a policy has at most {MOST} overrides; remove one first")
        refuse_contradictions(self, overrides)
        return self.model_copy(update={"overrides": list(overrides)})

    def as_record(self) -> dict[str, Any]:
        """Return them as the database keeps them: without a rule of this version that is not used."""
        record = self.model_dump(mode="json")
        defaults = Rules()
        return {
            name: value
            for name, value in record.items()
            if name not in _NEW or getattr(self, name) != getattr(defaults, name)
        }
