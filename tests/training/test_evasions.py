"""Disguises change a word and nothing else, and the same seed disguises alike."""

import random

import pytest

from training.evasions import KINDS, disguise


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_changes_long_words_and_leaves_short_ones(kind: str) -> None:
    disguised = disguise("you are an awful idiot", random.Random(1), kind=kind, every=True)
    assert disguised.startswith("you are an ")
    assert "idiot" not in disguised


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_same_seed_disguises_alike(kind: str) -> None:
    text = "somebody wrote something stupid"
    assert disguise(text, random.Random(3), kind=kind) == disguise(text, random.Random(3), kind=kind)


def test_a_text_without_long_words_stays_as_it_is() -> None:
    assert disguise("so it is, eh?", random.Random(0)) == "so it is, eh?"
