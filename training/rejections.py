"""Whether a score may reject a comment without a person: `python -m training.rejections` says how often it is right.

rejections.jsonl has comments of natural mixture that nothing was trained on, by their keys (training/splits.py) and
without text: the scores from 0.5 on that the service gave, what the set's label says (null where it has none), and
`reject`: whether a moderator would reject the comment on sight. The reader was a large language model, no person; it
read them shuffled, those with high scores among others, and saw no score. The first batch chooses thresholds, the
second measures them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from service.moderation.insight.intervals import Share

READINGS = Path(__file__).with_name("rejections.jsonl")
NEEDED = 0.95  # lower bound of the precision from which a score may reject
STEPS = (0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98)


@dataclass(frozen=True)
class Row:
    """One comment; `half` is choose or measure."""

    source: str
    half: str
    scores: dict[str, float]
    label: bool | None
    rejects: bool


@cache
def read() -> tuple[Row, ...]:
    """Return every comment that was read."""
    rows = map(json.loads, READINGS.read_text("utf-8").splitlines())
    return tuple(Row(row["source"], row["half"], row["scores"], row["label"], row["reject"]) for row in rows)


def chosen(rows: Sequence[Row], attribute: str) -> float | None:
    """Return the lowest of STEPS from which the lower 95 % bound of the precision is NEEDED; None where it never is."""
    return next((step for step in STEPS if (precision(rows, attribute, step).interval or (0.0,))[0] >= NEEDED), None)


def precision(rows: Sequence[Row], attribute: str, step: float) -> Share:
    """Return how many of the comments that score `step` and more may be rejected without a person."""
    above = [row for row in rows if row.scores.get(attribute, 0.0) >= step]
    return Share(sum(row.rejects for row in above), len(above))


def main() -> None:
    rows = read()
    halves = {half: [row for row in rows if row.half == half] for half in ("choose", "measure")}
    print(
        "| score | from | as read: chooses | as read: measures | all, 95 % | by label, all |\n|---|---|---|---|---|---|"
    )
    for attribute in sorted({name for row in rows for name in row.scores}):
        for step in STEPS:
            cells = [precision(of, attribute, step) for of in (*halves.values(), rows)]
            if not cells[-1].of:
                continue
            low, high = cells[-1].interval or (0.0, 1.0)
            labels = [row.label for row in rows if row.scores.get(attribute, 0.0) >= step and row.label is not None]
            found = [f"{one.hits} of {one.of}" for one in cells]
            found[-1] += f" ({low:.2f} to {high:.2f})"
            print(f"| {attribute} | {step} | {' | '.join(found)} | {sum(labels)} of {len(labels)} |")
        print(f"{attribute}: {chosen(halves['choose'], attribute)}")


if __name__ == "__main__":
    main()
