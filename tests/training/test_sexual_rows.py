"""What `sexual_explicit` was measured on: readings without text, our own sentences, near-duplicates kept together."""

import json
import re

from training import sexual_rows


def test_what_was_read_is_kept_as_keys_and_holds_no_text() -> None:
    rows = [json.loads(line) for line in sexual_rows.READINGS.read_text("utf-8").splitlines()]
    assert {name for row in rows for name in row} == {"text", "source", "half", "sexual"}
    assert len({row["text"] for row in rows}) == len(rows)
    assert all(re.fullmatch("[0-9a-f]{16}", row["text"]) for row in rows)
    assert not set(sexual_rows.readings("learn")) & set(sexual_rows.readings("measure"))


def test_our_own_sentences_have_a_kind_and_differ() -> None:
    sentences = sexual_rows.own_sentences()
    assert len({sentence.text for sentence in sentences}) == len(sentences) > 300
    sides = {(sentence.kind, sentence.explicit) for sentence in sentences}
    assert len(sides) == len({kind for kind, _ in sides}), "a kind is explicit or it is not"
    assert all(any(explicit is side for _, explicit in sides) for side in (True, False))


def test_near_duplicates_share_a_number() -> None:
    first = "The council voted on Tuesday to close the old bridge for two years"
    groups = sexual_rows.alike([first, "Nobody asked the people who live there", f"{first}, they say."])
    assert groups[0] == groups[2] != groups[1]
