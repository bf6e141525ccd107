"""The service's HTTP API as a publisher's program calls it, for the demo."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

READY_SECONDS = 60.0
VERDICT_SECONDS = 120.0


class Api:
    """The service's HTTP API as a publisher's program calls it."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self.base_url = base_url
        self._headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        """Return the status and the JSON that came back."""
        sent = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base_url + path, sent, self._headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return int(answer.status), json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def verdict(self, comment_id: str) -> tuple[str, dict[str, Any] | None]:
        """Return the id and the comment with its first verdict, by long polls; None when none came in time."""
        until = time.monotonic() + VERDICT_SECONDS
        while time.monotonic() < until:
            _, answer = self.call("GET", f"/v1/comments/{comment_id}?wait=10")
            if answer.get("status") not in (None, "pending"):
                return comment_id, answer
        return comment_id, None

    def wait_until_ready(self) -> bool:
        """Return whether the service answered in time."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            try:
                if self.call("GET", "/healthz")[0] == 200:
                    return True
            except (OSError, ValueError):
                time.sleep(0.03)
        return False
