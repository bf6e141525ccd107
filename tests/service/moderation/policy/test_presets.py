"""The presets: one is today's defaults, of the others one holds no sooner and one sooner, in every attribute."""

import pytest

from service.moderation.policy import presets
from service.moderation.policy.rules import Rules, default_thresholds
from service.vocabulary import Attribute


def test_balanced_is_what_a_new_site_starts_with() -> None:
    assert presets.BALANCED.over(Rules()) == Rules()
    assert presets.of_rules(Rules()) is presets.BALANCED


@pytest.mark.parametrize("attribute", Attribute)
def test_cautious_holds_no_sooner_and_strict_sooner_and_strict_alone_rejects(attribute: Attribute) -> None:
    cautious, balanced, strict = (preset.thresholds[attribute] for preset in presets.PRESETS)
    assert strict.hold_at < balanced.hold_at <= cautious.hold_at
    assert cautious.reject_at is balanced.reject_at is None
    assert (strict.reject_at is None) == (attribute is Attribute.OFF_TOPIC)


def test_a_preset_changes_thresholds_alone() -> None:
    own = Rules(name="Ours", minimum_length=20, blocked_terms=["spam"], hold_newcomers=3)
    assert presets.STRICT.over(own).model_dump(exclude={"thresholds"}) == own.model_dump(exclude={"thresholds"})
    assert presets.STRICT.over(own).thresholds != default_thresholds()
    assert presets.find("strict") is presets.STRICT
    assert presets.find("harsh") is None
