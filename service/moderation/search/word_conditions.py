"""Conditions of a search that the lists of comments share: a comment has words, or is among those found."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, literal, select

from service.models import Comment
from service.moderation.search.tables import WORDS


def has_all(words: Sequence[str], /) -> list[ColumnElement[bool]]:
    """Return the conditions on a row of `WORDS`: each word begins one of its words."""
    return [WORDS.c.words.contains(f" {word}") for word in words]  # no word has a character that means something


def of_comment(comment_id: Any, words: Sequence[str], /) -> ColumnElement[bool]:
    """Return the condition that the comment with the id in this column has all words; False for one not read yet."""
    # A value and no EXISTS: for that PostgreSQL would rather read all the words of all comments once.
    found = select(and_(*has_all(words))).where(WORDS.c.comment_id == comment_id).scalar_subquery()
    condition: ColumnElement[bool] = func.coalesce(found, literal(False, literal_execute=True))
    return condition


def is_among(comment_ids: Iterable[str], /) -> ColumnElement[bool]:
    """Return the condition that a comment has one of these ids."""
    # Written into the statement: thousands of parameters take as long again as looking the comments up. "" is no id.
    ids: Any = bindparam(None, list(comment_ids) or [""], expanding=True, literal_execute=True)
    return Comment.id.in_(ids)
