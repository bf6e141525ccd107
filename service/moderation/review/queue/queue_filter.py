"""What to show of a site's review queue, and in which order. Pure."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Order(StrEnum):
    """What comes first."""

    OLDEST = "oldest"
    NEWEST = "newest"
    SEVERE = "severe"
    UNCERTAIN = "uncertain"
    MILD = "mild"
    REPORTED = "reported"


@dataclass(frozen=True, kw_only=True)
class QueueFilter:
    """What to show of a site's queue; None and "" mean no filter.

    A reason or an attribute is any of the comment's, not only the worst. Scores are those of the attribute; without
    one, of the worst reason.
    """

    reason: str = ""
    attribute: str = ""
    score_from: float | None = None
    score_to: float | None = None
    article: str = ""  # stored id, see `service.models.stored_ids`
    author: str = ""  # the same
    language: str = ""
    waited_hours: int | None = None  # at least
    text: str = ""  # what is typed into the search box, see `held_search`
    escalated: bool = False
    order: Order = Order.OLDEST

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the order and the lane is chosen."""
        return replace(self, order=Order.OLDEST, escalated=False) != QueueFilter()

    @property
    def is_of_names(self) -> bool:
        """Whether it asks for one reason or one attribute (or for scores of that), and nothing else."""
        others = replace(self, reason="", attribute="")
        if self.attribute:
            others = replace(others, score_from=None, score_to=None)
        return bool(self.reason) is not bool(self.attribute) and not others.is_narrow

    @property
    def is_tallied(self) -> bool:
        """Whether what it matches is counted already, see `service.moderation.review.queue.held_tally`."""
        by_score = self.score_from is not None or self.score_to is not None
        return not self.is_narrow or (self.is_of_names and not by_score)

    @property
    def is_in_one_index(self) -> bool:
        """Whether an index has all that decides on a match, so that counting looks up no row."""
        by_score = bool(self.attribute) or self.score_from is not None or self.score_to is not None
        asked = (self.reason, self.article, self.author, self.language, self.waited_hours is not None, by_score)
        return not self.text and sum(map(bool, asked)) <= 1
