"""What a CMS needs to use Moderato: sign and send a webhook, verify and read a callback, pass on a reader's report.

The signatures are those of https://www.standardwebhooks.com, which has libraries for most languages.
"""

import base64
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any

TOLERANCE = 300  # seconds by which a signed time may differ from ours
WORDS = {
    "toxic": "it may be disrespectful",
    "disguised": "it may hide an insult",
    "off_topic": "it may not be about the article",
    "duplicate": "it repeats another comment",
    "too_short": "it is too short",
    "personal_data": "it may contain personal data",
}


def signature(secret: str, webhook_id: str, timestamp: str, body: bytes, /) -> str:
    """Return the signature of a webhook or a callback."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, f"{webhook_id}.{timestamp}.".encode() + body, "sha256")).decode()


def post(address: str, secret: str, webhook_id: str, body: bytes, /) -> int:
    """Send a webhook; return the status that Moderato answered with, 0 for no answer."""
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(secret, webhook_id, timestamp, body),
    }
    try:
        request = urllib.request.Request(address, body, headers)  # noqa: S310  (the operator's own address)
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code
    except (OSError, HTTPException):
        return 0


def report(webhook: str, key: str, comment_id: str, body: Mapping[str, Any], /) -> tuple[int, bytes]:
    """Pass a reader's report on by the API, with a key that may submit and read; return the answer, 0 for none.

    `webhook` is the address of our source: its host is Moderato's, its last part says whose comment that is.
    """
    here, source = webhook.partition("/v1/")[0], webhook.rpartition("/")[2]
    address = f"{here}/v1/comments/{urllib.parse.quote(comment_id, safe='')}/reports?source={source}"
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    try:
        request = urllib.request.Request(address, json.dumps(body).encode(), headers)  # noqa: S310  (as above)
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return int(answer.status), answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read()
    except (OSError, HTTPException):
        return 0, b""


def verified(secret: str, headers: Mapping[str, str], body: bytes, /) -> dict[str, Any] | None:
    """Return the event of a callback, None where it is forged or too old."""
    webhook_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    expected = signature(secret, webhook_id, timestamp, body).encode()
    given = headers.get("webhook-signature", "").encode().split(b" ")  # more than one while a secret is rotated
    is_genuine = any(hmac.compare_digest(expected, one) for one in given)
    if not is_genuine or abs(time.time() - int(timestamp)) > TOLERANCE:
        return None
    event: dict[str, Any] = json.loads(body)
    return event


def in_words(verdict: Mapping[str, Any], /) -> tuple[str, str | None]:
    """Return a verdict with its reasons in plain words, and the sentence for the comment's author if there is one."""
    reasons = [reason for reason in verdict["reasons"] if reason["verdict"] == verdict["verdict"]]
    if verdict["decided_by"]["source"] == "moderator":  # who chose a sentence for the author, beside its label
        return f"{verdict['status']} by a moderator", next((one["text"] for one in reasons if "label" in one), None)
    scores: dict[str, list[str]] = {}  # of each reason; several attributes may give the same one
    for one in reasons:
        scores.setdefault(WORDS.get(one["code"], one["text"]), []).extend([one["text"]] if "score" in one else [])
    words = [f"{reason} ({'; '.join(found)})" if found else reason for reason, found in scores.items()]
    lengths = [f"Your comment has {one['text']}." for one in reasons if one["code"] in ("too_short", "too_long")]
    because = f", because {' and '.join(words)}" if words else ""
    return f"{verdict['status']}{because}", next(iter(lengths), None)
