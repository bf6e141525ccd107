"""Pruning the vocabulary loses no letter: what is dropped is spelt out, what is kept keeps its pieces."""

from typing import Any

import pytest

pytest.importorskip("transformers", reason="the workers extra is not installed: pruning is left untested")

import torch

from training.multilingual import vocabulary

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁a", "b", "c", "字", "▁abc", "bc", "▁cab", "cabc", "<mask>"]
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


@pytest.fixture
def description() -> dict[str, Any]:
    around = [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    around.append({"SpecialToken": {"id": "</s>", "type_id": 0}})
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": PIECES.index(name),
                "content": name,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for name in SPECIAL
        ],
        "normalizer": None,
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": around,
            "pair": [*around, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {
                name: {"id": name, "ids": [PIECES.index(name)], "tokens": [name]} for name in ("<s>", "</s>")
            },
        },
        "decoder": None,
        "model": {"type": "Unigram", "unk_id": 3, "vocab": [[piece, -float(len(PIECES))] for piece in PIECES]},
    }


def kept(description: dict[str, Any], words: list[str], comments: list[str]) -> list[int]:
    return vocabulary.chosen(PIECES, vocabulary.tokenizer_of(description), words, comments)


def test_every_single_character_is_kept_though_no_word_needs_it(description: dict[str, Any]) -> None:
    found = {PIECES[number] for number in kept(description, [], [])}
    assert found == {*SPECIAL, "▁", "▁a", "b", "c", "字"}


def test_listed_words_are_kept_and_pieces_of_comments_only_from_the_second_time(description: dict[str, Any]) -> None:
    once = kept(description, ["abc"], ["cab"])
    twice = kept(description, ["abc"], ["cab", "cab"])
    assert PIECES.index("▁abc") in once
    assert PIECES.index("▁cab") not in once
    assert PIECES.index("▁cab") in twice


def test_ids_go_there_and_back(description: dict[str, Any]) -> None:
    numbers = kept(description, ["abc"], [])
    small = vocabulary.tokenizer_of(vocabulary.pruned(description, numbers))
    assert small.get_vocab_size() == len(numbers)
    for new, old in enumerate(numbers):
        assert small.id_to_token(new) == PIECES[old]
        assert small.token_to_id(PIECES[old]) == new


def test_a_text_of_kept_pieces_is_cut_as_before(description: dict[str, Any]) -> None:
    numbers = kept(description, ["abc"], [])
    whole = vocabulary.tokenizer_of(description).encode("abc abc")
    small = vocabulary.tokenizer_of(vocabulary.pruned(description, numbers)).encode("abc abc")
    assert small.tokens == whole.tokens == ["<s>", "▁abc", "▁abc", "</s>"]
    assert [numbers[new] for new in small.ids] == whole.ids


def test_a_dropped_piece_is_spelt_out_and_never_unknown(description: dict[str, Any]) -> None:
    small = vocabulary.tokenizer_of(vocabulary.pruned(description, kept(description, [], [])))
    assert small.encode("abc 字").tokens == ["<s>", "▁a", "b", "c", "▁", "字", "</s>"]


def test_special_pieces_cannot_be_dropped(description: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="special pieces"):
        vocabulary.pruned(description, [0, 2, 3, 4, 5])


def test_the_tables_rows_follow_their_pieces() -> None:
    table = torch.arange(12.0).reshape(4, 3)
    assert vocabulary.rows(table, [0, 3]).tolist() == [[0, 1, 2], [9, 10, 11]]


def test_a_word_list_is_read_until_it_covers_what_is_asked() -> None:
    frequencies = {"rare": 0.05, "the": 0.6, "of": 0.35}
    assert vocabulary.covering(frequencies, 0.9) == ["the", "of"]
    assert vocabulary.covering(frequencies, 0.999) == ["the", "of", "rare"]
