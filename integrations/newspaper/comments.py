"""The newspaper's own record, in SQLite: readers' comments, what became of them, and webhooks that Moderato lacks.

A webhook is stored in the transaction of the change that it reports: Moderato learns of every change, also of one that
happened while it was away.
"""

import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS comments (id TEXT PRIMARY KEY, receipt TEXT UNIQUE, created_at TEXT, author TEXT, text TEXT,
    parent TEXT, language TEXT, revision INT, status TEXT, message TEXT, sequence INT);
CREATE TABLE IF NOT EXISTS webhooks (number INTEGER PRIMARY KEY, id TEXT, comment TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS steps (comment TEXT, at TEXT, what TEXT);
"""
OUTCOME = {"approved": "Shown under the article", "held": "Not shown: a moderator decides", "rejected": "Not shown"}


class Comments:
    """The comments under one article."""

    def __init__(self, path: str, article: Mapping[str, Any]) -> None:
        self._path, self._article, self.are_new = path, article, not Path(path).exists()
        with self._database() as db:
            db.executescript(SCHEMA)

    def published(self) -> list[dict[str, Any]]:
        """Return what readers see, oldest first; the answer to a comment that is not published answers none."""
        with self._database() as db:
            select = "SELECT id, parent, author, text, created_at FROM comments"
            found = db.execute(f"{select} WHERE status = 'approved' ORDER BY created_at").fetchall()
        ids = {row["id"] for row in found}
        return [dict(row) | {"parent": row["parent"] if row["parent"] in ids else None} for row in found]

    def find(self, receipt: str) -> dict[str, Any] | None:
        with self._database() as db:
            found = db.execute("SELECT * FROM comments WHERE receipt = ?", (receipt,)).fetchone()
            return dict(found) if found else None

    def steps(self, comment: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return what happened to a comment and when, by the newspaper's own clock."""
        with self._database() as db:
            found = db.execute("SELECT at, what FROM steps WHERE comment = ? ORDER BY rowid", (comment["id"],))
            return [{"at": datetime.fromisoformat(at).astimezone(), "what": what} for at, what in found]

    def add(self, *, author: str, text: str, parent: str = "", language: str = "") -> dict[str, Any]:
        comment = {
            "id": secrets.token_hex(8), "receipt": secrets.token_urlsafe(24), "created_at": _now(), "author": author,
            "text": text, "parent": parent or None, "language": language or None, "revision": 1, "status": "pending",
            "message": None, "sequence": 0,
        }  # fmt: skip
        with self._database() as db:
            db.execute("INSERT INTO comments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", tuple(comment.values()))
            _note(db, comment["id"], "Stored by the newspaper")
            self._report(db, "comment.created", comment)
        return comment

    def edit(self, comment: Mapping[str, Any], text: str) -> None:
        """Store a new text, which is hidden until Moderato has judged it; one that is the same is no edit."""
        with self._database() as db:
            edit = "UPDATE comments SET text = :text, revision = revision + 1, status = 'pending', message = NULL"
            if db.execute(f"{edit} WHERE id = :id AND text <> :text", {"id": comment["id"], "text": text}).rowcount:
                _note(db, comment["id"], "Edited, and hidden until there is a verdict on the new text")
                self._report(db, "comment.edited", {**comment, "text": text})

    def delete(self, comment: Mapping[str, Any]) -> None:
        """Delete a comment here, and have it erased at Moderato; what was not sent of it stays here no longer."""
        with self._database() as db:
            db.execute("DELETE FROM webhooks WHERE comment = ?", (comment["id"],))
            self._report(db, "comment.deleted", comment)
            _forget(db, comment["id"])

    def erased(self, comment_id: str) -> None:
        """Delete a comment that was erased at Moderato."""
        with self._database() as db:
            _forget(db, comment_id)

    def decide(self, verdict: Mapping[str, Any], words: str, message: str | None) -> None:
        """Apply a callback. It may come twice, late, or about a text that was edited since: then it changes nothing."""
        what = "UPDATE comments SET status = :status, message = :message, sequence = :sequence"
        where = "WHERE id = :comment_id AND revision = :revision AND sequence < :sequence"
        with self._database() as db:
            if db.execute(f"{what} {where}", {**verdict, "message": message}).rowcount:
                _note(db, verdict["comment_id"], f"Callback received, signature verified: {words}")
                _note(db, verdict["comment_id"], OUTCOME[verdict["status"]])

    def next_webhook(self) -> dict[str, Any] | None:
        with self._database() as db:
            found = db.execute("SELECT * FROM webhooks ORDER BY number LIMIT 1").fetchone()
            return dict(found) if found else None

    def answered(self, webhook: Mapping[str, Any], status: int, milliseconds: float) -> bool:
        """Note how a webhook was answered; return whether Moderato has it."""
        with self._database() as db:
            if 200 <= status < 300:
                db.execute("DELETE FROM webhooks WHERE id = ?", (webhook["id"],))
                what = f"Webhook sent to Moderato, answered {status} in {milliseconds:.0f} ms"
                _note(db, webhook["comment"], what)
                return True
            why = f"Moderato answered {status}" if status else "Moderato does not answer"
            _note(db, webhook["comment"], f"{why}: the newspaper keeps the comment and tries again", once=True)
            return False

    def _report(self, db: sqlite3.Connection, kind: str, comment: Mapping[str, Any]) -> None:
        data: dict[str, Any] = {"id": comment["id"], "changed_at": _now()}
        if kind != "comment.deleted":
            article = {name: self._article[name] for name in ("title", "url") if name in self._article}
            data |= {"text": comment["text"], "author": {"name": comment["author"]}, "parent_id": comment["parent"]}
            data |= {"article_id": self._article["id"], "article": article, "language": comment["language"]}
            data |= {"created_at": comment["created_at"]}
        values = (f"msg_{secrets.token_hex(16)}", comment["id"], json.dumps({"type": kind, "data": data}))
        db.execute("INSERT INTO webhooks (id, comment, body) VALUES (?, ?, ?)", values)

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=10)) as db, db:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA secure_delete = ON")  # a deleted text is overwritten in the file
            yield db


def _note(db: sqlite3.Connection, comment_id: str, what: str, *, once: bool = False) -> None:
    last = db.execute("SELECT what FROM steps WHERE comment = ? ORDER BY rowid DESC LIMIT 1", (comment_id,)).fetchone()
    if not (once and last and last["what"] == what):
        db.execute("INSERT INTO steps SELECT id, ?, ? FROM comments WHERE id = ?", (_now(), what, comment_id))


def _forget(db: sqlite3.Connection, comment_id: str) -> None:
    db.execute("DELETE FROM comments WHERE id = ?", (comment_id,))
    db.execute("DELETE FROM steps WHERE comment = ?", (comment_id,))


def _now() -> str:
    return datetime.now(UTC).isoformat()
