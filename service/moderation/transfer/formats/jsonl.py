"""Moderato's own format: JSON lines, written by `moderato export` and open to every other system.

Only `id` and `text` are needed. An unknown field is an error, so that a misspelt one is not lost in a million rows.
"""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from service.moderation.text.cleaning import one_line
from service.moderation.transfer.formats.files import Input, lines
from service.moderation.transfer.formats.history import History, Part, Time, fault_of
from service.moderation.transfer.formats.rows import BadRow, Format, Options, Row
from service.moderation.transfer.formats.words import verdict_of
from service.vocabulary import CommentStatus

AnyId = Annotated[str, StringConstraints(strict=True)] | int | None
OF_HISTORY = frozenset(History.model_fields)


class ArticleOf(Part):
    """What a comment is about."""

    id: AnyId = None
    title: str | None = None
    url: str | None = None


class AuthorOf(Part):
    """Who wrote a comment."""

    id: AnyId = None
    name: str | None = None


class Line(Part):
    """One comment."""

    id: AnyId = None
    source: Any = None  # of an export; whose ids these are, who runs the import says
    text: str | None = None
    status: Annotated[str, Field(max_length=40)] = ""
    article: ArticleOf | None = None
    author: AuthorOf | None = None
    parent_id: AnyId = None
    language: str | None = None
    created_at: Time | None = None
    revision: Any = None
    received_at: Any = None
    edited_at: Any = None
    decided_at: Any = None
    erased_at: Any = None
    scores: Any = None
    decisions: Any = None


def _records(source: Input, _options: Options) -> Iterator[tuple[int, bytes | None]]:
    """Yield each line that is not blank, with its number in the file."""
    return ((number, line) for number, line in enumerate(lines(source.stream), 1) if line is None or line.strip())


def _row(numbered: tuple[int, bytes | None]) -> Row:
    number, raw = numbered
    if raw is None:
        raise BadRow("is longer than a row may be")
    try:
        line = raw.decode()
    except UnicodeDecodeError as error:
        raise BadRow(f"byte {error.start + 1} (0x{raw[error.start]:02x}) of line {number} is not UTF-8") from None
    try:
        read = Line.model_validate_json(line)
        article, author = read.article or ArticleOf(), read.author or AuthorOf()
        body = {
            "id": read.id, "text": read.text, "parent_id": read.parent_id, "language": read.language,
            "article_id": article.id, "article_title": article.title, "article_url": article.url,
            "author_id": author.id, "author_name": author.name,
            "created_at": read.created_at.isoformat() if read.created_at else None,
        }  # fmt: skip
        told = {name: value for name in OF_HISTORY if (value := getattr(read, name)) is not None}
        if told.keys() == {"status"}:
            verdict, is_deleted = verdict_of(read.status)
            return Row(body=body, verdict=verdict, word=read.status, is_deleted=is_deleted)
        history = History.model_validate(told | {"status": read.status or CommentStatus.PENDING})
    except ValidationError as error:
        raise BadRow(_sentence(error)) from None
    if history.decisions or history.erased_at or history.status is CommentStatus.PENDING:
        if fault := fault_of(history):
            raise BadRow(fault)
        return Row(body=body, word=history.status, history=history, is_deleted=history.erased_at is not None)
    verdict, _ = verdict_of(history.status)
    return Row(body=body, verdict=verdict, word=history.status, history=history)


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = one_line(".".join(map(str, first["loc"])))[:80]  # names of fields are the file's words, for a terminal
    if first["type"] == "json_invalid" and "hex escape" in first["msg"]:
        return r"has half of a surrogate pair (\ud800 to \udfff), which is not a character"
    if first["type"] == "json_invalid" and "recursion limit" in first["msg"]:
        return "is nested too deeply"
    if first["type"] == "json_invalid" or not first["loc"]:
        return "is not a JSON object"
    if first["type"] == "extra_forbidden":
        return f"{where}: is no field of this format"
    said = first["msg"].removeprefix("Value error, ")
    return f"{where}: {said}" if where else said


FORMAT = Format(records=_records, row=_row)
