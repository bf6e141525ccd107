"""An earlier comment of the site that is like a held one and that a person decided, found when the comment was held.

Only the two ids and how like they are: what was decided is read from the decisions when it is shown, so that a later
undo, edit or erasure counts at once.
"""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base


class Precedent(Base):
    __tablename__ = "precedent"

    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)  # from 1, the nearest
    revision: Mapped[int]  # of the held comment
    decided_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    similarity: Mapped[float]  # cosine of their vectors
