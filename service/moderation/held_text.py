"""Finding words in the texts of held comments without reading all of them.

The database keeps the index itself (migration `held_text`): triggers and FTS5 on SQLite, a partial trigram index on
PostgreSQL. It only narrows down where to look: `Comment.text` has the last word, so an answer never depends on it.
"""

from sqlalchemy import ColumnElement, text
from sqlalchemy.orm import Session

from service.models import Comment

SHORTEST = 3  # characters that the index finds; of shorter searches every held text is read
RARE = 1_000  # held texts with the words; where more have them, reading on in order soon finds a page full

FOUND = text(
    "SELECT comment_id FROM held_number JOIN held_text ON held_text.rowid = held_number.number "
    "WHERE held_text MATCH :phrase LIMIT :at_most"
)


def contains(session: Session, words: str, /) -> list[ColumnElement[bool]]:
    """Return the conditions that a held comment's text has these words in it, whatever their case."""
    contained = Comment.text.icontains(words, autoescape=True)
    if len(words) < SHORTEST or session.get_bind().dialect.name != "sqlite":  # PostgreSQL's planner knows its index
        return [contained]
    phrase = '"' + words.replace('"', '""') + '"'
    found = session.scalars(FOUND, {"phrase": phrase, "at_most": RARE + 1}).all()
    # "" is no comment's id: a condition that is plainly false would be planned as a scan of the whole table.
    return [contained] if len(found) > RARE else [Comment.id.in_(found or [""]), contained]
