"""The presets: one is today's defaults, the others are stricter or more careful in every attribute."""

import pytest

from service.moderation.policy import presets
from service.moderation.policy.rules import Rules, default_thresholds
from service.vocabulary import Attribute


def test_balanced_is_what_a_new_site_starts_with() -> None:
    assert presets.BALANCED.over(Rules()) == Rules()
    assert presets.of_rules(Rules()) is presets.BALANCED


@pytest.mark.parametrize("attribute", Attribute)
def test_cautious_rejects_for_no_score_and_strict_acts_sooner(attribute: Attribute) -> None:
    cautious, balanced, strict = (preset.thresholds[attribute] for preset in presets.PRESETS)
    assert (cautious.hold_at, cautious.reject_at) == (balanced.hold_at, None)
    assert strict.hold_at < balanced.hold_at
    assert (strict.reject_at or 1) <= (balanced.reject_at or 1)


def test_a_preset_changes_thresholds_alone() -> None:
    own = Rules(name="Ours", minimum_length=20, blocked_terms=["spam"], hold_newcomers=3)
    assert presets.STRICT.over(own).model_dump(exclude={"thresholds"}) == own.model_dump(exclude={"thresholds"})
    assert presets.STRICT.over(own).thresholds != default_thresholds()
    assert presets.find("strict") is presets.STRICT
    assert presets.find("harsh") is None
