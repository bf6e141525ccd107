"""Which comments under an article no reader wrote: posts of bots and notices of moderators.

In r/neutralnews one comment in twenty is a bot's list of other articles on the subject, which any classifier finds
on-topic, or a notice about the rules, which is about no article. Both would blur what is learnt and flatter what is
measured.
"""

import re

_NOTICE = re.compile(
    r"^[\W_]*I(?:'|’)m a bot\b"
    r"|\bI am a bot, and this action was performed automatically"
    r"|^[\W_]*This (?:comment|submission|post) (?:has been removed|was approved in error|was reported multiple times)"
    r"|^[\W_]*NOTE:[\W_]*This post was reported multiple times"
    r"|^[\W_]*r/Neutral\w+ is a \W*curated space",
    re.IGNORECASE,
)


def is_notice(text: str) -> bool:
    """Say whether a comment is a bot's or a moderator's and not a reader's."""
    return _NOTICE.search(text) is not None
