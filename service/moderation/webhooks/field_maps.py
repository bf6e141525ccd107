"""How the JSON of a CMS becomes a submission: paths into its body and headers. Pure.

A path is `post.raw`, `items[0].id`, or `@x-discourse-event` for a header. In a list of paths the first that finds a
value is used. Errors quote the map, never the sender's content.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from service.moderation.text.cleaning import clean, one_line
from service.moderation.text.publisher_ids import RULE, is_id
from service.moderation.webhooks.html_text import decoded, plain_text

PATH = r"^(@[A-Za-z0-9-]{1,80}|[A-Za-z0-9_-]{1,80}(\[\d{1,3}\])?(\.[A-Za-z0-9_-]{1,80}(\[\d{1,3}\])?){0,9})$"
Path = Annotated[str, StringConstraints(pattern=PATH)]
Paths = Path | Annotated[list[Path], Field(min_length=1, max_length=5)]
Words = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=20)]
LONGEST_TEXT = 200_000

Action = Literal["create", "submit", "erase", "restore", "rename"]
# What a CMS sends as the author of a guest: nothing, a placeholder, or the hash of an empty e-mail address.
NO_AUTHOR = frozenset(
    ["0", "-1", "null", *(hashlib.new(name, usedforsecurity=False).hexdigest() for name in ("md5", "sha1", "sha256"))]
)


class Unmappable(Exception):
    """The body does not match the map; the message says what to change, and names field and path, never content."""


class ActionMap(BaseModel):
    """Which values at which path mean that a comment was written, edited, deleted or restored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Paths  # of several, the first with a word of one of the lists below
    create: Words = []  # a new comment; changes nothing where the comment is known, as it then comes too late
    submit: Words = []  # an edit, or either
    erase: Words = []
    restore: Words = []  # a deleted comment is shown again
    rename: Words = []  # an author has another name now: the author's id and name are read, no comment

    def action_of(self, word: str, /) -> Action | None:
        """Return what the value means, None for an event that the map ignores."""
        kinds: tuple[tuple[Action, list[str]], ...] = (
            ("create", self.create), ("submit", self.submit), ("erase", self.erase), ("restore", self.restore),
            ("rename", self.rename),
        )  # fmt: skip
        return next((action for action, words in kinds if word in words), None)


class Condition(BaseModel):
    """Only webhooks with one of `values` at `path` are mapped, and none with one of `unless`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Paths
    values: Words = []  # empty: any, or none
    unless: Words = []

    def admits(self, word: str | None, /) -> bool:
        """Whether a webhook with this word at the path is mapped."""
        return word not in self.unless and (not self.values or word in self.values)


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
    article_section: Paths | None = None
    parent_id: Paths | None = None
    language: Paths | None = None
    created_at: Paths | None = None
    changed_at: Paths | None = None  # a time or a version number that grows with every change of the comment
    action: ActionMap | None = None  # without one, every webhook brings a comment
    only: Annotated[list[Condition], Field(max_length=5)] = []


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """What a webhook asks for; a deletion has only the `id` and the time, a new name of an author no comment's id.

    `changed_at` orders the events of one comment: an event with an earlier one changes nothing.
    """

    action: Action
    id: str
    text: str = ""
    author_id: str | None = None
    author_name: str | None = None
    article_id: str | None = None
    article_title: str = ""
    article_url: str | None = None
    article_section: str | None = None
    parent_id: str | None = None
    language: str | None = None
    created_at: datetime | None = None
    changed_at: datetime | None = None


def parse(value: Mapping[str, Any], /) -> FieldMap:
    """Return the map written in `value`; raise ValueError with a sentence that says what is wrong."""
    try:
        return FieldMap.model_validate(dict(value))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None


def apply(
    field_map: FieldMap, body: Any, headers: Mapping[str, str], /, *, longest_text: int = LONGEST_TEXT
) -> Mapped | None:
    """Return what the webhook asks for, None if the map ignores it; raise Unmappable if it does not match.

    A text beyond `longest_text` is cut.
    """
    event = event_of(field_map, body, headers)
    if event is None or event.action in ("erase", "rename"):
        return event
    found = _Finder(body, headers)
    text = found.needed("text", field_map.text)
    parent_id = _optional_id(found.word(field_map.parent_id))
    author_id = _optional_id(found.word(field_map.author_id))

    def line(paths: Paths | None, longest: int) -> str | None:
        words = found.word(paths)
        return _line(decoded(words) if words and field_map.html else words, longest)

    return replace(
        event,
        text=clean(plain_text(text) if field_map.html else text)[:longest_text],
        author_id=None if author_id in NO_AUTHOR else author_id,
        author_name=line(field_map.author_name, 200),
        article_id=_optional_id(found.word(field_map.article_id)),
        article_title=line(field_map.article_title, 1_000) or "",
        article_url=_web_address(_line(found.word(field_map.article_url), 2_000)),
        article_section=line(field_map.article_section, 200),
        parent_id=None if parent_id == "0" else parent_id,
        language=_language(found.word(field_map.language)),
        created_at=_moment(found.value(field_map.created_at)),
    )


def event_of(field_map: FieldMap, body: Any, headers: Mapping[str, str], /) -> Mapped | None:
    """Return what happened to which comment and when, without its contents, which may not match the map."""
    found = _Finder(body, headers)
    for condition in field_map.only:
        if not condition.admits(found.word(condition.path)):
            return None
    action: Action | None = "submit"
    if field_map.action is not None:
        words = found.words(field_map.action.path)
        action = next(filter(None, map(field_map.action.action_of, words)), None)
    if action is None:
        return None
    if action == "rename":
        author_id = _optional_id(found.word(field_map.author_id))
        is_somebody = author_id is not None and author_id not in NO_AUTHOR
        name = _line(found.word(field_map.author_name), 200)
        return Mapped(action=action, id="", author_id=author_id, author_name=name) if is_somebody and name else None
    comment_id = found.needed("id", field_map.id)
    if not is_id(comment_id):
        raise Unmappable(f"id: {RULE}. Map id to the comment's own id.")
    changed_at = _moment(found.value(field_map.changed_at))
    return Mapped(action=action, id=comment_id, changed_at=changed_at)


def headers_read(field_map: FieldMap, /) -> list[str]:
    """Return the names of the headers that the map reads, in lower case."""
    paths = [field_map.action.path] if field_map.action else []
    paths += [condition.path for condition in field_map.only]
    paths += [path for name in FieldMap.model_fields if isinstance(path := getattr(field_map, name), str | list)]
    flat = [path for one in paths for path in (one if isinstance(one, list) else [one]) if isinstance(path, str)]
    return [path[1:].lower() for path in flat if path.startswith("@")]


class _Finder:
    def __init__(self, body: Any, headers: Mapping[str, str]) -> None:
        self._body, self._headers = body, headers

    def value(self, paths: Paths | None) -> Any:
        for path in [] if paths is None else [paths] if isinstance(paths, str) else paths:
            found = self._headers.get(path[1:].lower()) if path.startswith("@") else self._walk(path)
            if found is not None and found is not False and found != "":  # 0 is a version, and an id
                return found
        return None

    def word(self, paths: Paths | None) -> str | None:
        """Return the text or number that the first of the paths finds."""
        found = self.value(paths)
        return None if isinstance(found, bool) or not isinstance(found, str | int) else str(found)

    def words(self, paths: Paths) -> Iterator[str]:
        """Yield the text or number at each of the paths that has one, "true" for a true value."""
        for path in [paths] if isinstance(paths, str) else paths:
            found = self.value(path)
            if isinstance(found, str | int):
                yield "true" if found is True else str(found)

    def needed(self, name: str, paths: Paths) -> str:
        found = self.word(paths)
        if not found:
            shown = paths if isinstance(paths, str) else " or ".join(paths)
            raise Unmappable(
                f"{name}: the webhook has no text or number at {shown}. Map {name} to the path that has it."
            )
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
    """Return ISO 8601 text or Unix seconds or milliseconds, also as digits, as a time; without a zone it is UTC."""
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{1,16}(\.\d{1,9})?", value):
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            moment = datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        else:
            moment = datetime.fromisoformat(str(value))
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC) if 1970 <= moment.year <= 2200 else None
    except (ValueError, OverflowError, OSError):
        return None
