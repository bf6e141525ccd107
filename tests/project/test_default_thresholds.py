"""A new site's thresholds are those that the shipped models were measured at."""

import json

from service.moderation.rules import Threshold, default_thresholds
from service.vocabulary import Attribute
from workers.runtime import MODELS


def test_the_default_policy_has_the_thresholds_of_the_shipped_models() -> None:
    defaults = default_thresholds()
    toxicity = json.loads((MODELS / "compact" / "manifest.json").read_text())["thresholds"]
    relevance = json.loads((MODELS / "relevance" / "manifest.json").read_text())["thresholds"]
    for name, measured in toxicity.items():
        expected = Threshold(review_at=measured["review_at"], reject_at=measured["reject_at"])
        assert defaults[Attribute(name)] == expected, name
    assert defaults[Attribute.OFF_TOPIC] == Threshold(review_at=relevance["review"])


def test_every_attribute_has_a_default_threshold() -> None:
    assert set(default_thresholds()) == set(Attribute)
