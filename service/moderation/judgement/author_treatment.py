"""How an author is treated, from the rules and what is known. Pure: the author's page asks what the verdict asks.

Their standing comes first, then strikes, then earned trust.
"""

from dataclasses import dataclass

from service.moderation.policy.rules import Rules
from service.vocabulary import Standing, Treatment


@dataclass(frozen=True, kw_only=True)
class AuthorFacts:
    """What is known of an author when a comment of theirs is judged; zeros where the rules do not ask."""

    standing: Standing | None = None  # in force now
    approved: int = 0  # their comments that stand approved, this one not among them
    strikes: int = 0  # in force by the rules' days


def treatment(author: AuthorFacts | None, rules: Rules, /) -> Treatment:
    """Return how the author's comments are treated; None is an author without an id.

    Authors without an id cannot have approved comments: where newcomers are held, they are held.
    """
    if author is None:
        return Treatment.ORDINARY if rules.hold_newcomers is None else Treatment.NEWCOMER
    if author.standing is Standing.BLOCKED:
        return Treatment.BLOCKED
    if author.standing is Standing.STAFF:
        return Treatment.STAFF
    if rules.strike_limit is not None and author.strikes >= rules.strike_limit:
        return Treatment.STRUCK
    if author.standing is Standing.TRUSTED:
        return Treatment.TRUSTED
    if rules.hold_newcomers is not None and author.approved < rules.hold_newcomers:
        return Treatment.NEWCOMER
    # A single strike suspends earned trust, long before it holds everything.
    if rules.trust_after is not None and author.approved >= rules.trust_after and not author.strikes:
        return Treatment.TRUSTED
    return Treatment.ORDINARY
