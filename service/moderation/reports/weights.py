"""What a reader's report weighs, by how often moderators upheld that reader's earlier ones. Pure.

A report weighs what is nearly certain of its reporter: the lower end of the one-sided 95 % interval of the share of
their reports that are upheld. The share has a uniform prior, Beta(1, 1): before the first report is settled every share
is as likely as any other (Bayes 1763; Laplace's rule of succession gives the mean). A uniform prior has no opinion
about readers that a site would have to justify, and its posterior Beta(upheld + 1, not upheld + 1) is exact for few
reports, where approximations are not (Brown, Cai, DasGupta 2001, Interval Estimation for a Binomial Proportion,
https://doi.org/10.1214/ss/1009213286).

A newcomer weighs 0.05 by it, one of one 0.22, two of two 0.37, eight of ten 0.53. Those below `KNOWN_FROM` weigh
together at most half of what holds a comment, however many they are: a crowd without a record decides nothing alone.
docs/adr/0022-reports-weigh-by-record.md has the raids that this was measured against.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import exp, lgamma, log

SURELY = 0.95  # that the reporter's share is at least the weight
KNOWN_FROM = 1 / 3  # weight of a reporter who counts alone: two of two, or 15 of 30
CROWD = 0.5  # part of the site's threshold that all others can reach together
LONGEST = 1_000  # reports: a longer record counts as one of this length with the same share
STEPS = 40  # of the bisection: exact to 1e-12
NOTHING = 1e-17  # part of a sum that changes nothing


@dataclass(frozen=True)
class Record:
    """How many of a reporter's reports moderators upheld, and how many they did not."""

    upheld: int = 0
    not_upheld: int = 0

    @property
    def settled(self) -> int:
        return self.upheld + self.not_upheld

    @property
    def mean(self) -> float:
        """The expected share of upheld reports."""
        return (self.upheld + 1) / (self.settled + 2)


def weight(record: Record, /) -> float:
    """Return what one report of the reporter weighs, between 0 and 1."""
    upheld, settled = record.upheld, record.settled
    if settled > LONGEST:
        upheld, settled = upheld * LONGEST // settled, LONGEST
    return _lower_end(upheld, settled)


def together(reporters: Iterable[tuple[Record, int]], /, *, hold_at: float) -> float:
    """Return what the reports of several reporters weigh together; of each record there are so many reporters."""
    known = crowd = 0.0
    for record, count in reporters:
        each = weight(record)
        if each >= KNOWN_FROM:
            known += each * count
        else:
            crowd += each * count
    return known + min(crowd, CROWD * hold_at)


@lru_cache(10_000)
def _lower_end(upheld: int, settled: int) -> float:
    """Return the share that the reporter's exceeds with the probability `SURELY`."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if _below(middle, upheld, settled) <= 1 - SURELY:
            low = middle
        else:
            high = middle
    return low


def _below(share: float, upheld: int, settled: int) -> float:
    """Return the probability of Beta(upheld + 1, settled - upheld + 1) below `share`.

    For whole parameters that is a binomial tail: more than `upheld` of `settled + 1`
    (https://dlmf.nist.gov/8.17.E5).
    """
    if not 0 < share < 1:
        return float(share >= 1)
    of, odds = settled + 1, share / (1 - share)
    first = upheld + 1
    term = exp(
        lgamma(of + 1) - lgamma(first + 1) - lgamma(of - first + 1) + first * log(share) + (of - first) * log(1 - share)
    )
    total = term
    for wins in range(first, of):
        term *= (of - wins) / (wins + 1) * odds
        total += term
        if term < total * NOTHING:
            break
    return total
