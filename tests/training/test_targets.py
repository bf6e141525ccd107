"""Who is attacked: what was read is kept without text, and the rules count what they say."""

import json
import re

from training.measure_targets import counts
from training.target_rows import LABELS, TARGETS, Aimed


def test_what_was_read_is_kept_as_keys_and_holds_no_text() -> None:
    rows = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    assert {name for row in rows for name in row} == {"text", "source", "target"}
    assert len({(row["source"], row["text"]) for row in rows}) == len(rows)
    assert all(re.fullmatch("[0-9a-f]{16}", row["text"]) for row in rows)
    assert {row["target"] for row in rows} == set(TARGETS)


def test_the_rules_count_whom_a_comment_addresses_or_names() -> None:
    title = "Mayor Miller closes the bridge"
    replied = counts(Aimed("You are a fool, and so is your brother.", "I like it.", title, "replied_to"))
    assert replied == (2, 0, 0, 0, 0, 1)
    assert counts(Aimed("The author of this article is a fool.", "", title, "journalist"))[1] == 2
    assert counts(Aimed("Miller is a fool and he knows it.", "", title, "person"))[2:5] == (1, 0, 1)
    assert counts(Aimed("These people are fools.", "", title, "group"))[3] == 2
    assert counts(Aimed("What a foolish bridge.", "", title, "nobody")) == (0, 0, 0, 0, 0, 0)
