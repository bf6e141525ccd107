"""What to show of a site's comments. Pure."""

from dataclasses import dataclass
from datetime import datetime

from service.moderation.text.search_words import words_of
from service.sentences import N_, worded
from service.vocabulary import CommentStatus

MOST_WORDS = 40  # each is a condition of the statement, and SQLite takes no more than 1,000


@dataclass(frozen=True, kw_only=True)
class CommentFilter:
    """What to show of a site's comments, newest first; None and "" mean no filter."""

    text: str = ""  # words or their beginnings, all of which must be in text, author's name or article's title
    status: CommentStatus | None = None
    reason: str = ""  # of the policy or the site's own rejection reason
    author: str = ""  # stored id, see `service.models.stored_ids`
    article: str = ""  # the same
    source: str = ""  # `api`, or a webhook source's id
    moderator: str = ""  # id of one who decided, now or earlier
    action: str = ""  # id of the act that decided
    reported: bool = False  # has reports that are open
    since: datetime | None = None  # received
    until: datetime | None = None  # exclusive

    @property
    def words(self) -> list[str]:
        """The words of the search as the index has them."""
        return words_of(self.text)

    @property
    def unsearchable(self) -> str:
        """Why this search finds nothing whatever the site holds, "" where it is looked for."""
        if self.text and not self.words:
            return N_("There is nothing to search for: type at least one letter or digit.")
        if len(self.words) > MOST_WORDS:
            return worded(
                "Search for at most %(most)s words. In scripts without spaces, such as Chinese, each character"
                " counts as a word.",
                most=MOST_WORDS,
            )
        return ""
