"""A reader's, a moderator's or an administrator's browser at a WordPress, without the browser."""

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from typing import Any

PASSWORD = "correct horse battery staple"


class Visitor:
    """A browser's session at the site: cookies, and a name once signed in."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def sign_in(self, name: str) -> "Visitor":
        form = {"log": name, "pwd": PASSWORD, "testcookie": 1}
        self.send("/wp-login.php")  # sets the cookie that the form looks for
        status, content, _ = self.send("/wp-login.php", form)
        assert status == 200, content
        self.nonce = self.send("/wp-admin/admin-ajax.php?action=rest-nonce")[1]
        assert re.fullmatch(r"[0-9a-f]{10}", self.nonce), self.nonce
        return self

    def send(self, path: str, form: dict[str, Any] | None = None) -> tuple[int, str, str]:
        """Get a page, or send a form; return status, content and where redirects led."""
        body = None if form is None else urllib.parse.urlencode(form).encode()
        try:
            with self._opener.open(f"{self.url}{path}", body, timeout=60) as answer:
                return answer.status, answer.read().decode(), answer.url
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.url

    def rest(self, method: str, path: str, **fields: Any) -> tuple[int, Any]:
        """Send a request to WordPress's own API, as the editor of the block editor does."""
        return call(
            f"{self.url}/index.php?rest_route={path}", json.dumps(fields).encode(), method=method,
            opener=self._opener, headers={"Content-Type": "application/json", "X-WP-Nonce": self.nonce},
        )  # fmt: skip

    def set_comment(self, comment_id: int, **fields: Any) -> None:
        status, answer = self.rest("POST", f"/wp/v2/comments/{comment_id}", **fields)
        assert status == 200, answer

    def save_comment(self, comment_id: int, content: str, status: str) -> None:
        """Send the form on which a moderator edits a comment, with its status."""
        _, page, _ = self.send(f"/wp-admin/comment.php?action=editcomment&c={comment_id}")
        nonce = re.search(r'name="_wpnonce" value="(\w+)"', page)
        assert nonce, page
        form = {"action": "editedcomment", "c": comment_id, "comment_ID": comment_id, "comment_post_ID": 1}
        form |= {"_wpnonce": nonce[1], "content": content, "comment_status": status, "newcomment_author": "Ada"}
        form |= {"newcomment_author_email": "ada@example.org", "newcomment_author_url": ""}
        status_code, page, _ = self.send("/wp-admin/comment.php", form)
        assert status_code == 200, page

    def save_settings(self, **fields: Any) -> str:
        """Send the settings' form with “Save and test”; return the sentence that the page shows."""
        _, page, _ = self.send("/wp-admin/options-general.php?page=moderato")
        nonce = re.search(r'name="_wpnonce" value="(\w+)"', page)
        assert nonce, page
        form = {"action": "moderato_save", "_wpnonce": nonce[1], "rejected": "trash", "minimum": 50, "test": "1"}
        _, page, _ = self.send("/wp-admin/admin-post.php", form | fields)
        found = re.search(r'id="moderato-result" role="status"><p>(.*?)</p>', page)
        assert found, page
        return found[1]


def call(
    url: str, body: bytes, *, method: str = "POST", headers: dict[str, str],
    opener: urllib.request.OpenerDirector | None = None,
) -> tuple[int, Any]:  # fmt: skip
    """Send a request and return the answer's status and JSON."""
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with (opener or urllib.request.build_opener()).open(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        content = error.read()
        with suppress(ValueError):
            return error.code, json.loads(content)
        return error.code, content.decode()
