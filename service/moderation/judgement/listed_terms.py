"""A policy's lists, compiled once for each version and searched together. Pure.

Compiling five thousand terms takes a tenth of a second, which no comment should pay for.
"""

from dataclasses import dataclass
from threading import Lock

from cachetools import LRUCache, cached

from service.moderation.policy.rules import Rules
from service.moderation.text.normalisation import normalise
from service.moderation.text.terms import TermHit, TermList

MOST_TERMS = 100_000  # kept compiled in a process, in the lists last used


@dataclass(frozen=True)
class ListedTerms:
    """The compiled lists of `rules`."""

    rules: Rules
    blocked: TermList
    suspect: TermList
    hosts: frozenset[str]

    def find(self, text: str, /) -> tuple[tuple[TermHit, ...], tuple[TermHit, ...]]:
        """Return what the blocked list and the suspect list find in `text`."""
        if not (self.blocked.terms or self.suspect.terms):
            return (), ()
        undone = normalise(text)
        return self.blocked.find(text, normalised=undone), self.suspect.find(text, normalised=undone)


# By identity: a version's lists are the same objects as long as `policies` keeps them, also in the rules that hold for
# a part of the site (`effective`), and the value keeps its key alive.
@cached(
    LRUCache(MOST_TERMS, getsizeof=lambda lists: 1 + len(lists.blocked.terms) + len(lists.suspect.terms)),
    key=lambda rules: (id(rules.blocked_terms), id(rules.suspect_terms), id(rules.blocked_hosts)),
    lock=Lock(),
)
def listed_terms(rules: Rules, /) -> ListedTerms:
    """Return the compiled lists of one version's rules, whichever part of the site they hold for."""
    blocked, suspect = TermList.compile(rules.blocked_terms), TermList.compile(rules.suspect_terms)
    return ListedTerms(rules, blocked, suspect, frozenset(rules.blocked_hosts))
