"""The words by which systems say what was decided about a comment."""

from service.moderation.transfer.formats.rows import BadRow
from service.vocabulary import Verdict

WORDS: dict[str, Verdict | None] = {
    "approved": Verdict.APPROVE, "approve": Verdict.APPROVE, "published": Verdict.APPROVE, "1": Verdict.APPROVE,
    "rejected": Verdict.REJECT, "reject": Verdict.REJECT, "spam": Verdict.REJECT, "trash": Verdict.REJECT,
    "": None, "pending": None, "held": None, "hold": None, "0": None,
}  # fmt: skip
DELETED = frozenset({"deleted", "erased"})


def verdict_of(word: str, /) -> tuple[Verdict | None, bool]:
    """Return the verdict that a word means, None for undecided, and whether it means that the comment was deleted."""
    known = word.strip().lower()
    if known in DELETED:
        return None, True
    if known not in WORDS:
        raise BadRow(f"status: must be one of {', '.join(filter(None, (*WORDS, *sorted(DELETED))))}")
    return WORDS[known], False
