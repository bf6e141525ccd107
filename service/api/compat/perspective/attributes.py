"""Perspective's names for what the classifiers score; any other name is one that no model here answers."""

from service.vocabulary import Attribute

EXPERIMENTAL = "_EXPERIMENTAL"
NAMES = {
    "TOXICITY": Attribute.TOXICITY,
    "TOXICITY_FAST": Attribute.TOXICITY,
    "SEVERE_TOXICITY": Attribute.SEVERE_TOXICITY,
    "IDENTITY_ATTACK": Attribute.IDENTITY_ATTACK,
    "INSULT": Attribute.INSULT,
    "PROFANITY": Attribute.OBSCENE,
    "OBSCENE": Attribute.OBSCENE,
    "THREAT": Attribute.THREAT,
    "SEXUALLY_EXPLICIT": Attribute.SEXUAL_EXPLICIT,
    "OFF_TOPIC": Attribute.OFF_TOPIC,
}


def named(name: str, /) -> Attribute | None:
    """Return what `name` asks for, with or without a version ("TOXICITY@6") and `_EXPERIMENTAL`; None: nothing here."""
    bare = name.partition("@")[0]
    return NAMES.get(bare) or NAMES.get(bare.removesuffix(EXPERIMENTAL))
