"""Which attributes the policy's forms list: those that a loaded model scores."""

from collections.abc import Mapping

from service.context import context
from service.installation import shipped_models
from service.vocabulary import Attribute


def listed(faults: Mapping[str, str], /) -> dict[str, list[Attribute]]:
    """Return the attributes to list, and those that a form keeps hidden because no model here scores them.

    A hidden one keeps its thresholds, for the day on which a model with it is loaded. One with a fault is listed.
    """
    settings = context().settings
    unscored = shipped_models.unscored(settings.toxicity_model, settings.effective_cache_dir)
    hidden = [
        one for one in Attribute if one in unscored and not {f"hold_{one.value}", f"reject_{one.value}"} & set(faults)
    ]
    return {"attributes": [one for one in Attribute if one not in hidden], "hidden_attributes": hidden}
