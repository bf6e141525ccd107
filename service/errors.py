"""Everything that can be wrong with a request, as one tree that the edges turn into problem+json (RFC 9457).

An error names what was wrong and what would be right. It never carries the caller's text: bodies of errors are logged,
cached and shown.

    Problem
    ├── Invalid            422   a body that parses but breaks a rule; `errors` point into it
    │   └── TooShort       422   with `length` and `minimum`
    ├── Malformed          400   not JSON, bad parameter
    ├── Unauthenticated    401
    ├── Forbidden          403
    │   ├── ScopeMissing   403   the API key lacks a scope; with `scope`
    │   ├── OriginRefused  403   a page in a browser whose origin is not on the key's list
    │   └── KeyTooStrong   403   a key that readers can see and that may do more than submit
    ├── NotFound           404   also for what belongs to another site
    ├── Conflict           409   stale version, same id with other text
    │   ├── Outdated       409   an edit that is older than what is stored
    │   └── Closed         409   comments are closed there; with `until`
    ├── TooLarge           413
    ├── UnsupportedType    415
    ├── TooMany            429   with `retry_after`
    └── Unavailable        503   with `retry_after`
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from service.sentences import N_


@dataclass(frozen=True)
class FieldError:
    """One thing wrong in a body: a JSON pointer, a code for programs, a sentence for people."""

    pointer: str
    code: str
    detail: str


class Problem(Exception):
    """Base of all errors that are shown to callers."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = N_("Something went wrong on our side")

    def __init__(
        self, detail: str, *, errors: Sequence[FieldError] = (), retry_after: int | None = None, **extra: Any
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.extra = extra


class Malformed(Problem):
    status, code, title = 400, "malformed", N_("The request could not be read")


class Unauthenticated(Problem):
    status, code, title = 401, "unauthenticated", N_("An API key is needed")


class NotSigned(Unauthenticated):
    title = "The webhook is not signed by its source"


class Forbidden(Problem):
    status, code, title = 403, "forbidden", N_("Not allowed with these credentials")


class ScopeMissing(Forbidden):
    code, title = "scope_missing", N_("The API key lacks a scope")

    def __init__(self, scope: str, why: str = "") -> None:
        super().__init__(f"{why or 'This request'} needs a key with the scope {scope}.", scope=scope)


class OriginRefused(Forbidden):
    code, title = "origin_not_allowed", N_("Pages of this origin may not use the key")


class KeyTooStrong(Forbidden):
    code, title = "key_too_strong", N_("The API key may do more than a form needs")


class NotFound(Problem):
    status, code, title = 404, "not_found", N_("Not found")


class Conflict(Problem):
    status, code, title = 409, "conflict", N_("It has changed since you read it")


class Outdated(Conflict):
    code = "outdated"

    def __init__(self) -> None:
        super().__init__("The comment has changed since this edit. Send its present text.")


class Closed(Conflict):
    code, title = "comments_closed", N_("Comments are closed here")

    def __init__(self, until: str | None) -> None:
        super().__init__(f"Comments are closed here{f' until {until}' if until else ''}.", until=until)


class TooLarge(Problem):
    status, code, title = 413, "too_large", N_("The body is too large")


class UnsupportedType(Problem):
    status, code, title = 415, "unsupported_type", N_("The body is of a kind not accepted here")


class Invalid(Problem):
    status, code, title = 422, "invalid", N_("The request breaks a rule")


class TooShort(Invalid):
    code, title = "comment_too_short", N_("The comment is too short")

    def __init__(self, *, length: int, minimum: int) -> None:
        detail = f"The comment has {length} of at least {minimum} characters."
        super().__init__(
            detail,
            errors=[FieldError("#/text", self.code, detail)],
            length=length,
            minimum=minimum,
        )


class TooLong(Invalid):
    code, title = "comment_too_long", N_("The comment is too long")

    def __init__(self, *, length: int, maximum: int) -> None:
        detail = f"The comment has {length} characters; at most {maximum} are taken."
        super().__init__(
            detail,
            errors=[FieldError("#/text", self.code, detail)],
            length=length,
            maximum=maximum,
        )


class TooMany(Problem):
    status, code, title = 429, "too_many_requests", N_("Too many requests")


class Unavailable(Problem):
    status, code, title = 503, "unavailable", N_("Not available right now")
