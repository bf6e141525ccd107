"""What is indexed of a comment and what a search asks for: words, and marks for what no other index has. Pure.

A mark begins with a character that is in no word. It names the comment's reason or the source of its id.
"""

from service.models.stored_ids import space_of
from service.moderation.text.search_words import words_of

Terms = tuple[str, ...]


def terms_of(
    *, text: str, author_name: str | None, title: str | None, external_id: str, reason: str | None
) -> list[str]:
    """Return the terms of a comment, each once."""
    marks = [of_source(space_of(external_id))]
    if reason:
        marks.append(of_reason(reason))
    return marks + words_of(author_name, title, text)


def of_reason(code: str, /) -> str:
    """Return the mark of the comments whose worst reason this is."""
    return f"=reason.{code}."


def of_source(space: str, /) -> str:
    """Return the mark of the comments whose ids are in this id space; the API's own is ""."""
    return f"=source.{space}."


def spelled(terms: list[str], /) -> str:
    """Return the terms as one text, in which a term is found by the blank before it."""
    return "".join(f" {term}" for term in terms)
