"""What raids of reports need, and what honest readers reach, for ADR 22: `python -m tests.bench.raids`.

Made-up readers whose reports are right with a given probability; nothing is stored, and the seed is fixed.
"""

import random
from collections.abc import Callable, Iterable
from itertools import count

from service.moderation.policy.rules import Rules
from service.moderation.reports.weights import Record, together

HOLD_AT = Rules().reports_hold_at or 0.0
COMMENTS = 4_000
Raise = Callable[[list[Record]], bool]


def by_record(records: list[Record]) -> bool:
    """Return whether reports of these reporters hold a comment here."""
    return together(((record, 1) for record in records), hold_at=HOLD_AT) >= HOLD_AT


def by_number(records: list[Record]) -> bool:
    """The usual rule: three reports, no matter from whom."""
    return len(records) >= 3


def by_mean(records: list[Record]) -> bool:
    """The expected share of each reporter, in place of the lower end of its interval; three readers of no record."""
    return sum(record.mean for record in records) >= 1.5


def drawn(share_right: float, settled: int) -> Record:
    """Return a reader's record after so many reports of which each was right with that probability."""
    upheld = sum(random.random() < share_right for _ in range(settled))
    return Record(upheld, settled - upheld)


def share_raised(rule: Raise, readers: int, share_right: float, settled: Iterable[int]) -> float:
    """Return the share of comments that so many such readers bring back; `settled` are lengths of their records."""
    lengths = list(settled)
    raised = 0
    for _ in range(COMMENTS):
        raised += rule([drawn(share_right, random.choice(lengths)) for _ in range(readers)])
    return raised / COMMENTS


def main() -> None:
    rules: dict[str, Raise] = {"three reports": by_number, "mean": by_mean, "record": by_record}
    print("raiders without a record that hold a comment:")
    for name, rule in rules.items():
        needed = next((size for size in (*range(1, 301), 10_000) if rule([Record()] * size)), None)
        print(f"  {name:14} {needed or 'none of 10,000'}")
    print("accounts that hold a comment, after so many of their reports were upheld, none was not:")
    for upheld in (1, 2, 3, 4):
        accounts = next((size for size in range(1, 301) if by_record([Record(upheld, 0)] * size)), None)
        print(f"  {upheld} upheld: {accounts or 'none of 300'}")
    print("share of comments brought back (records of 0 to 10 settled reports; three reports / mean / record):")
    for who, share_right in (("right in 9 of 10", 0.9), ("right in 7 of 10", 0.7), ("right in 3 of 10", 0.3)):
        for readers in (1, 2, 3, 5, 10):
            random.seed(20261130)
            shares = [share_raised(rule, readers, share_right, range(11)) for rule in rules.values()]
            print(f"  {readers:2} readers {who}: " + " / ".join(f"{share:6.1%}" for share in shares))
    alone = next(upheld for upheld in count() if by_record([Record(upheld, 0)]))
    print(f"upheld reports after which one reader, always right, holds a comment alone: {alone}")


if __name__ == "__main__":
    main()
