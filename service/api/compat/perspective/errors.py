"""Errors in Google's shape: `{"error": {"code", "message", "status", "details"}}`.

Clients read more than the status: some take `details[0].errorType`, some find an attribute's name in the message, drop
it and ask again. The sentences are therefore Google's own. A permanent error is 400, because clients try others again.
"""

from collections.abc import Sequence
from typing import Any

COMMENT_ERROR = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
LIMIT = 20_480  # bytes of UTF-8
SERVICE = "commentanalyzer.googleapis.com"
METRIC = "Analysis requests (AnalyzeComment)"
SHOWN = 100  # characters of a name that an error repeats


class Refusal(Exception):
    """An answer that is an error; `kind` names it in the log."""

    def __init__(
        self,
        code: int,
        status: str,
        message: str,
        /,
        *details: dict[str, Any],
        kind: str,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.status, self.message, self.details = code, status, message, details
        self.kind, self.retry_after = kind, retry_after

    def as_object(self) -> dict[str, Any]:
        """Return the body of the answer."""
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        return {"error": error | ({"details": list(self.details)} if self.details else {})}


def comment_empty() -> Refusal:
    return _invalid("Comment must be non-empty.", "COMMENT_EMPTY")


def comment_too_long(size: int) -> Refusal:
    message = f"Comment text was too many bytes. Value ({size}) exceeded limit ({LIMIT})."
    return _invalid(message, "COMMENT_TOO_LONG")


def comment_not_read() -> Refusal:
    """Return the error for a text within the limit of which a part was not read; how much is read depends on it."""
    return _invalid("Comment text too long. It was not read as a whole, so it has no score.", "COMMENT_TOO_LONG")


def no_attributes() -> Refusal:
    return _invalid("Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES")


def no_suggestions() -> Refusal:
    return _invalid("Missing attribute_scores", "INVALID_REQUEST")


def too_many_attributes(most: int) -> Refusal:
    return _invalid(f"More than {most} attributes were requested.", "INVALID_REQUEST")


def language_not_detected() -> Refusal:
    return _invalid("Unable to detect language", "LANGUAGE_DETECTION_FAILED")


def unknown_attribute(name: str) -> Refusal:
    return _invalid(f"Unknown requested attribute: {name[:SHOWN]}", "INVALID_REQUEST", kind="unknown_attribute")


def needs_context(name: str) -> Refusal:
    message = f"Attribute {name} needs the article's text in context.entries or context.article_and_parent_comment"
    return _invalid(message, "INVALID_REQUEST", kind="needs_context")


def score_type(kind: str, name: str) -> Refusal:
    message = f"Requested score type {kind[:SHOWN]} is not supported by attribute {name[:SHOWN]}"
    return _invalid(message, "INVALID_REQUEST", kind="score_type")


def html() -> Refusal:
    return _invalid("Currently, only 'PLAIN_TEXT' comments are supported", "INVALID_REQUEST", kind="text_type")


def unknown_text_type() -> Refusal:
    return _invalid("Unknown text type", "INVALID_REQUEST", kind="text_type")


def two_contexts() -> Refusal:
    message = "Context can have either entries or article_and_parent_comment, but both fields were populated."
    return _invalid(message, "INVALID_REQUEST", kind="two_contexts")


def language_not_supported(name: str, *, requested: Sequence[str] = (), detected: Sequence[str] = ()) -> Refusal:
    """Return the error for one attribute; it names the languages that the caller gave, or else the detected ones."""
    languages = list(requested or detected)
    field = "requestedLanguages" if requested else "detectedLanguages"
    return Refusal(
        400,
        "INVALID_ARGUMENT",
        f"Attribute {name[:SHOWN]} does not support request languages: {','.join(languages)}",
        {
            "@type": COMMENT_ERROR,
            "errorType": "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
            "languageNotSupportedByAttributeError": {field: languages, "attribute": name[:SHOWN]},
        },
        kind="language_not_supported",
    )


def bad_key() -> Refusal:
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": SERVICE},
    }
    return Refusal(
        400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", info, kind="API_KEY_INVALID"
    )


def no_key() -> Refusal:
    message = (
        "Method doesn't allow unregistered callers (callers without established identity). "
        "Please use API Key or other form of API consumer identity to call this API."
    )
    return Refusal(403, "PERMISSION_DENIED", message, kind="no_key")


def over_quota(consumer: str, *, per_minute: int, retry_after: int | None) -> Refusal:
    """Return the error for a key that has used up its minute; `consumer` is the key's id."""
    message = (
        f"Quota exceeded for quota metric '{METRIC}' and limit '{METRIC} per minute' of service '{SERVICE}' "
        f"for consumer 'project_number:{consumer}'."
    )
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": {
            "service": SERVICE,
            "consumer": f"projects/{consumer}",
            "quota_limit": "AnalyzeRequestsPerMinutePerProject",
            "quota_limit_value": str(per_minute),
            "quota_metric": f"{SERVICE}/analyze_requests",
            "quota_location": "global",
        },
    }
    link = {"description": "MODERATO_RATE_LIMIT_PER_MINUTE sets the limit of this service.", "url": "/docs"}
    help_ = {"@type": "type.googleapis.com/google.rpc.Help", "links": [link]}
    return Refusal(429, "RESOURCE_EXHAUSTED", message, info, help_, kind="quota", retry_after=retry_after)


def no_such_version() -> Refusal:
    return Refusal(404, "NOT_FOUND", "Discovery document not found; the version is v1alpha1.", kind="version")


def not_json() -> Refusal:
    return Refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.", kind="not_json")


def bad_value(path: str) -> Refusal:
    """Return the error for a field of another type than the API has there; what was sent is not repeated."""
    violation = {"field": path, "description": f"Invalid value at '{path}'"}
    details = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}
    return Refusal(400, "INVALID_ARGUMENT", f"Invalid value at '{path}'", details, kind="bad_value")


def bad_body(message: str) -> Refusal:
    return Refusal(400, "INVALID_ARGUMENT", message, kind="bad_body")


def not_loaded(pinned: str, loaded: str) -> Refusal:
    """Return the error for a key that is pinned to classifiers which no worker has loaded."""
    message = f"This API key is pinned to {pinned}, which is not loaded; loaded: {loaded}. No score is given instead."
    return Refusal(400, "FAILED_PRECONDITION", message, kind="version_not_loaded")


def unavailable(message: str, *, retry_after: int | None) -> Refusal:
    return Refusal(503, "UNAVAILABLE", message, kind="unavailable", retry_after=retry_after)


def internal() -> Refusal:
    return Refusal(500, "INTERNAL", "Internal error encountered.", kind="internal")


def _invalid(message: str, error_type: str, /, *, kind: str = "") -> Refusal:
    details = {"@type": COMMENT_ERROR, "errorType": error_type}
    return Refusal(400, "INVALID_ARGUMENT", message, details, kind=kind or error_type)
