"""A new site's thresholds agree with what was measured of the shipped models."""

import json

from service.moderation.policy.rules import Threshold, default_thresholds
from service.vocabulary import Attribute
from workers.classifiers.model_files import SHIPPED


def test_the_default_policy_is_no_laxer_with_rejections_than_the_shipped_models_recommend() -> None:
    toxicity = json.loads((SHIPPED / "compact" / "manifest.json").read_text())["thresholds"]
    for name, measured in toxicity.items():
        ours = default_thresholds()[Attribute(name)]
        assert ours.hold_at is not None
        assert ours.hold_at >= measured["hold_at"], name
        assert ours.reject_at is None or ours.reject_at >= measured["reject_at"], name


def test_off_topic_is_held_from_the_score_that_its_false_alarms_were_measured_at_and_never_rejected() -> None:
    relevance = json.loads((SHIPPED / "relevance" / "manifest.json").read_text())["thresholds"]
    assert default_thresholds()[Attribute.OFF_TOPIC] == Threshold(hold_at=relevance["hold"])


def test_every_attribute_has_a_default_threshold() -> None:
    assert set(default_thresholds()) == set(Attribute)
