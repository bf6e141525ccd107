"""A reader's comment: its text, its status, and who is working on it.

`status` is the truth; the claim (`claim_token`, `claimed_until`) is a separate fact, so that a crashed worker
leaves a comment that is simply pending. `version` grows with every change that a person could act upon; `revision`
with every new text. Columns of the claim are written only by the statements in `service.moderation.decisions.claims`.
"""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.db import Base, UtcDateTime
from service.models.article import Article
from service.models.columns import Created, ExternalId, Id, checked
from service.vocabulary import CommentStatus, Verdict

# The lanes of the review queue, as written in the statements that read them: a partial index serves only those.
HELD = "status = 'held' AND escalated_at IS NULL"
ESCALATED = "status = 'held' AND escalated_at IS NOT NULL"
# What readers may see, written in the same way for the same cause.
PUBLISHED = "comment.status = 'approved' AND comment.erased_at IS NULL"
_PUBLISHED = text(PUBLISHED.replace("comment.", ""))


def _held(name: str, *columns: str, lane: str = HELD) -> Index:
    # Only comments that wait for a moderator are in these, so that the others pay nothing for them.
    where = text(lane)
    return Index(f"ix_comment_held_{name}", "site_id", *columns, "id", sqlite_where=where, postgresql_where=where)


def _pending(name: str, *columns: str) -> Index:
    where = text("status = 'pending'")
    return Index(f"ix_comment_pending{name}", *columns, sqlite_where=where, postgresql_where=where)


class Comment(Base):
    __tablename__ = "comment"
    __table_args__ = (
        UniqueConstraint("site_id", "external_id"),
        _pending("", "wake_at", "id"),
        _pending("_turn", "turn", "id"),
        _pending("_site_turn", "site_id", "turn"),
        Index("ix_comment_site_status", "site_id", "status", "received_at"),
        Index("ix_comment_site_received", "site_id", "received_at"),
        Index("ix_comment_site_decided", "site_id", "decided_at"),
        Index("ix_comment_article", "article_id", "status", "decided_at"),
        Index("ix_comment_article_received", "article_id", "received_at"),
        Index(
            "ix_comment_published",
            "article_id",
            "received_at",
            "id",
            sqlite_where=_PUBLISHED,
            postgresql_where=_PUBLISHED,
        ),
        Index("ix_comment_site_author", "site_id", "author_external_id", "received_at"),
        Index("ix_comment_site_digest", "site_id", "text_digest", "received_at"),
        # Partial, as most comments are not replies: with all those NULLs SQLite's planner thinks the index useless.
        Index(
            "ix_comment_parent",
            "parent_id",
            sqlite_where=text("parent_id IS NOT NULL"),
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        # Replies that came before their parent, to link them when it comes.
        Index(
            "ix_comment_parentless",
            "site_id",
            "parent_external_id",
            sqlite_where=text("parent_id IS NULL AND parent_external_id IS NOT NULL"),
            postgresql_where=text("parent_id IS NULL AND parent_external_id IS NOT NULL"),
        ),
        _held("oldest", "received_at"),
        _held("severity", "severity"),
        _held("uncertainty", "uncertainty"),
        _held("score", "score"),
        _held("article", "article_id", "received_at"),
        _held("author", "author_external_id", "received_at"),
        _held("language", "language_read", "received_at"),
        _held("reported", "reported"),
        _held("escalated", "received_at", lane=ESCALATED),
        _held("since", "status", "decided_at", "revision", lane="status = 'held'"),
    )

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    external_id: Mapped[ExternalId]
    article_id: Mapped[str | None] = mapped_column(ForeignKey("article.id", ondelete="SET NULL"), default=None)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("comment.id", ondelete="SET NULL"), default=None)
    parent_external_id: Mapped[ExternalId | None] = mapped_column(default=None)
    author_external_id: Mapped[ExternalId | None] = mapped_column(default=None)
    author_name: Mapped[str | None] = mapped_column(String(200), default=None)
    # Sent with a key that any reader may have: then nobody vouches for the author named.
    author_is_claimed: Mapped[bool] = mapped_column(default=False, server_default=false())
    text: Mapped[str] = mapped_column(Text)
    text_digest: Mapped[str] = mapped_column(String(64), default="")  # SHA-256 of the normalised text, to find repeats
    simhash: Mapped[int] = mapped_column(BigInteger, default=0)  # 64 bits of the same, signed, to find near repeats
    length: Mapped[int] = mapped_column(default=0)  # grapheme clusters after trimming and collapsing white space
    language: Mapped[str | None] = mapped_column(String(20), default=None)  # as declared by the sender
    callback_url: Mapped[str | None] = mapped_column(String(2000), default=None)
    created_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)  # the sender's time
    received_at: Mapped[Created]  # of an imported comment, when it was written
    imported_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)  # None: it came in live
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    # When its CMS last changed it, of the events that have arrived: an older event changes nothing.
    source_state_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    revision: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    status: Mapped[CommentStatus] = mapped_column(
        checked(CommentStatus, "comment_status"), default=CommentStatus.PENDING
    )
    verdict: Mapped[Verdict | None] = mapped_column(checked(Verdict, "comment_verdict"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    pending_since: Mapped[Created]  # when this revision began to wait for its verdict

    wake_at: Mapped[Created]  # not claimed before this time
    # Its place among all that are pending, lowest first; see `service.moderation.intake.turns`.
    turn: Mapped[float] = mapped_column(default=0.0, server_default="0")
    claim_token: Mapped[str | None] = mapped_column(String(32), default=None)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    # The review queue's columns, written with the automatic verdict, see `service.moderation.judgement.ranking`.
    reason: Mapped[str | None] = mapped_column(String(40), default=None)  # the worst reason's code
    attribute: Mapped[str | None] = mapped_column(String(40), default=None)  # of the worst reason with a score
    score: Mapped[float | None] = mapped_column(default=None)  # of that attribute
    severity: Mapped[float] = mapped_column(default=0.0, server_default="0")
    uncertainty: Mapped[float] = mapped_column(default=0.0, server_default="0")
    reported: Mapped[float] = mapped_column(default=0.0, server_default="0")  # weight of the reports that held it
    language_read: Mapped[str | None] = mapped_column(String(20), default=None)  # as the classifier took it
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)  # waits for a lead

    vector: Mapped[bytes | None] = mapped_column(LargeBinary, default=None, deferred=True)

    article: Mapped[Article | None] = relationship(lazy="raise")
