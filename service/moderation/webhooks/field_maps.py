"""How the JSON of a CMS becomes a submission: paths into its body and headers, and built-in maps for known senders.
Pure.

A path is `post.raw`, `items[0].id`, or `@x-discourse-event` for a header. In a list of paths the first that finds a
value is used. Errors quote the map, never the sender's content.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from service.moderation.text.cleaning import clean, one_line
from service.moderation.text.publisher_ids import RULE, is_id

PATH = r"^(@[A-Za-z0-9-]{1,80}|[A-Za-z0-9_-]{1,80}(\[\d{1,3}\])?(\.[A-Za-z0-9_-]{1,80}(\[\d{1,3}\])?){0,9})$"
Path = Annotated[str, StringConstraints(pattern=PATH)]
Paths = Path | Annotated[list[Path], Field(min_length=1, max_length=5)]
Words = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=20)]
LONGEST_TEXT = 200_000

Action = Literal["submit", "erase"]


class Unmappable(Exception):
    """The body does not match the map; the message names the field and the path, never the content."""


class ActionMap(BaseModel):
    """Which values at which path mean that a comment was written, edited or deleted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Paths
    submit: Words = []
    erase: Words = []


class Condition(BaseModel):
    """Only webhooks with one of `values` at `path` are mapped."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Paths
    values: Words


class FieldMap(BaseModel):
    """Where a CMS puts the parts of a submission."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Paths
    text: Paths
    html: bool = False  # the text is HTML and becomes plain text
    author_id: Paths | None = None
    author_name: Paths | None = None
    article_id: Paths | None = None
    article_title: Paths | None = None
    article_url: Paths | None = None
    parent_id: Paths | None = None
    language: Paths | None = None
    created_at: Paths | None = None
    action: ActionMap | None = None  # without one, every webhook brings a comment
    only: Annotated[list[Condition], Field(max_length=5)] = []


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """What a webhook asks for; a deletion has only the `id`."""

    action: Action
    id: str
    text: str = ""
    author_id: str | None = None
    author_name: str | None = None
    article_id: str | None = None
    article_title: str = ""
    article_url: str | None = None
    parent_id: str | None = None
    language: str | None = None
    created_at: datetime | None = None


PRESETS: dict[str, FieldMap] = {
    # Our own schema in the envelope of Standard Webhooks: for a CMS that can be taught to speak it.
    "moderato": FieldMap(
        id="data.id", text="data.text", author_id="data.author.id", author_name="data.author.name",
        article_id="data.article_id", article_title="data.article.title", article_url="data.article.url",
        parent_id="data.parent_id", language="data.language", created_at="data.created_at",
        action=ActionMap(path="type", submit=["comment.created", "comment.edited"], erase=["comment.deleted"]),
    ),
    # The plugin in docs/integrators/webhooks.md.
    "wordpress": FieldMap(
        id="comment.comment_ID", text="comment.comment_content", html=True, author_id="comment.author_id",
        author_name="comment.comment_author", article_id="comment.comment_post_ID", article_title="post.title",
        article_url="post.url", parent_id="comment.comment_parent", created_at="comment.comment_date_gmt",
        action=ActionMap(path="event", submit=["comment_posted", "comment_edited"], erase=["comment_deleted"]),
    ),
    "discourse": FieldMap(
        id="post.id", text="post.raw", author_id="post.user_id", author_name="post.username",
        article_id="post.topic_id", article_title="post.topic_title", created_at="post.created_at",
        action=ActionMap(
            path="@x-discourse-event",
            submit=["post_created", "post_edited", "post_recovered"],
            erase=["post_destroyed"],
        ),
        only=[Condition(path="@x-discourse-event-type", values=["post"])],
    ),
    # With the NOTIFY_WEBHOOK_TEMPLATE in docs/integrators/webhooks.md.
    "remark42": FieldMap(
        id="id", text=["orig", "text"], author_id="user.id", author_name="user.name", article_id="locator.url",
        article_title="title", article_url="locator.url", parent_id="pid", created_at="time",
    ),
    "strapi": FieldMap(
        id=["entry.documentId", "entry.id"], text=["entry.content", "entry.text"],
        author_id=["entry.author.id", "entry.authorUser.id"], author_name=["entry.author.name", "entry.authorName"],
        article_id=["entry.article.documentId", "entry.article.id", "entry.related[0].id"],
        article_title=["entry.article.title", "entry.related[0].title"], parent_id="entry.threadOf.id",
        created_at="entry.createdAt",
        action=ActionMap(
            path="event", submit=["entry.create", "entry.update", "entry.publish"], erase=["entry.delete"]
        ),
        only=[Condition(path="model", values=["comment"])],
    ),
}  # fmt: skip


def parse(value: Mapping[str, Any], /) -> FieldMap:
    """Return the map written in `value`; raise ValueError with a sentence that says what is wrong."""
    try:
        return FieldMap.model_validate(dict(value))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None


def apply(field_map: FieldMap, body: Any, headers: Mapping[str, str], /) -> Mapped | None:
    """Return what the webhook asks for, None if the map ignores it; raise Unmappable if it does not match."""
    found = _Finder(body, headers)
    for condition in field_map.only:
        if found.word(condition.path) not in condition.values:
            return None
    action: Action = "submit"
    if field_map.action is not None:
        word = found.word(field_map.action.path)
        if word not in (*field_map.action.submit, *field_map.action.erase):
            return None
        action = "erase" if word in field_map.action.erase else "submit"
    comment_id = found.needed("id", field_map.id)
    if not is_id(comment_id):
        raise Unmappable(f"id: {RULE}")
    if action == "erase":
        return Mapped(action=action, id=comment_id)
    text = found.needed("text", field_map.text)
    parent_id = _optional_id(found.word(field_map.parent_id))
    return Mapped(
        action=action,
        id=comment_id,
        text=clean(plain_text(text) if field_map.html else text)[:LONGEST_TEXT],
        author_id=_optional_id(found.word(field_map.author_id)),
        author_name=_line(found.word(field_map.author_name), 200),
        article_id=_optional_id(found.word(field_map.article_id)),
        article_title=_line(found.word(field_map.article_title), 1_000) or "",
        article_url=_web_address(_line(found.word(field_map.article_url), 2_000)),
        parent_id=None if parent_id == "0" else parent_id,
        language=_language(found.word(field_map.language)),
        created_at=_moment(found.value(field_map.created_at)),
    )


def headers_read(field_map: FieldMap, /) -> list[str]:
    """Return the names of the headers that the map reads, in lower case."""
    paths = [field_map.action.path] if field_map.action else []
    paths += [condition.path for condition in field_map.only]
    paths += [path for name in FieldMap.model_fields if isinstance(path := getattr(field_map, name), str | list)]
    flat = [path for one in paths for path in (one if isinstance(one, list) else [one]) if isinstance(path, str)]
    return [path[1:].lower() for path in flat if path.startswith("@")]


def plain_text(html: str, /) -> str:
    """Return the text of an HTML fragment, its paragraphs and breaks as line feeds."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.parts)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style")
        if tag in ("br", "p", "div", "li", "blockquote"):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0
        if tag in ("p", "div", "blockquote"):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


class _Finder:
    def __init__(self, body: Any, headers: Mapping[str, str]) -> None:
        self._body, self._headers = body, headers

    def value(self, paths: Paths | None) -> Any:
        for path in [] if paths is None else [paths] if isinstance(paths, str) else paths:
            found = self._headers.get(path[1:].lower()) if path.startswith("@") else self._walk(path)
            if found is not None:
                return found
        return None

    def word(self, paths: Paths | None) -> str | None:
        found = self.value(paths)
        if isinstance(found, bool) or not isinstance(found, str | int):
            return None
        return str(found)

    def needed(self, name: str, paths: Paths) -> str:
        found = self.word(paths)
        if not found:
            shown = paths if isinstance(paths, str) else " or ".join(paths)
            raise Unmappable(f"{name}: the webhook has no text or number at {shown}")
        return found

    def _walk(self, path: str) -> Any:
        at = self._body
        for step in path.split("."):
            name, _, index = step.partition("[")
            at = at.get(name) if isinstance(at, dict) else None
            if index:
                number = int(index[:-1])
                at = at[number] if isinstance(at, list) and number < len(at) else None
        return at


def _optional_id(value: str | None) -> str | None:
    # A comment without its author or article is judged all the same; without its own id it could never be answered.
    return value if value is not None and is_id(value) else None


def _line(value: str | None, longest: int) -> str | None:
    return one_line(value)[:longest] or None if value else None


def _web_address(value: str | None) -> str | None:
    """Return an address that a page may link to, None for any other, such as `javascript:`."""
    return value if value is not None and value.lower().startswith(("https://", "http://")) else None


def _language(value: str | None) -> str | None:
    value = (value or "").replace("_", "-")
    return value if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value) and len(value) <= 20 else None


def _moment(value: Any) -> datetime | None:
    """Return ISO 8601 text or Unix seconds or milliseconds as a time; a time without a zone is UTC."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            moment = datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        else:
            moment = datetime.fromisoformat(str(value))
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC) if 1970 <= moment.year <= 2200 else None
    except (ValueError, OverflowError, OSError):
        return None
