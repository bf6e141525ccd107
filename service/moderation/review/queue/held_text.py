"""Finding words in the texts of held comments without reading all of them.

The database keeps the index itself (migration `held_text`): triggers and FTS5 on SQLite, a partial trigram index on
PostgreSQL. It only narrows down where to look: `Comment.text` has the last word, so an answer never depends on it.
"""

from typing import Any

from sqlalchemy import ColumnElement, text
from sqlalchemy.orm import Session

SHORTEST = 3  # characters that the index finds; of shorter searches every held text is read
RARE = 5_000  # held texts with the words, of all sites; where more have them, the queue is read on in its order

FOUND = {
    "sqlite": text(
        "SELECT comment_id FROM held_number JOIN held_text ON held_text.rowid = held_number.number "
        "WHERE held_text MATCH :words LIMIT :at_most"
    ),
    # Materialized, so that the planner takes the index, and not the queue's order in the hope of an early match.
    "postgresql": text(
        "WITH found AS MATERIALIZED (SELECT id FROM comment WHERE status = 'held' AND text ILIKE :words) "
        "SELECT id FROM found LIMIT :at_most"
    ),
}


def find(session: Session, words: str, /) -> list[str] | None:
    """Return the ids of all held comments that may have these words in their text; None where those are too many."""
    if len(words) < SHORTEST:
        return None
    if session.get_bind().dialect.name == "sqlite":
        wanted = '"' + words.replace('"', '""') + '"'
    else:
        wanted = "%" + "".join("\\" + letter if letter in "%_\\" else letter for letter in words) + "%"
    statement = FOUND[session.get_bind().dialect.name]
    found = session.scalars(statement, {"words": wanted, "at_most": RARE + 1}).all()
    return None if len(found) > RARE else list(found)


def contains(text_of: Any, words: str, /) -> ColumnElement[bool]:
    """Return the condition that a text has these words in it, whatever their case."""
    condition: ColumnElement[bool] = text_of.icontains(words, autoescape=True)
    return condition
