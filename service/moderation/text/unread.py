"""What of a text is not judged as its readers see it, whatever the classifiers read. Pure."""

from service.moderation.text.links import MOST_LINKS, Link

TURNS_LETTERS = ("\u202d", "\u202e")  # show letters in another order: "toidi" is read as "idiot"


def not_as_shown(text: str, links: tuple[Link, ...], /) -> int:
    """Return how many characters: all where letters are shown in another order, else those behind the last link."""
    if any(sign in text for sign in TURNS_LETTERS):
        return len(text)
    return len(text) - links[-1].end if len(links) == MOST_LINKS else 0
