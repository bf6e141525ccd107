"""A reason that moderators may give for a rejection: a label for them, a sentence for the author, a legal ground.

Never changed in meaning, since decisions carry its code: an edit keeps the code, a removal only switches it off.
"""

from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Created, Id, checked


class LegalGround(StrEnum):
    """The ground of a restriction as the Digital Services Act asks for it (article 17(3)(d) and (e))."""

    TERMS = "terms"  # incompatible with the terms of the site
    ILLEGAL = "illegal"  # illegal content


class RejectionReason(Base):
    __tablename__ = "rejection_reason"
    __table_args__ = (UniqueConstraint("site_id", "code"),)

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(default=0)
    label: Mapped[str] = mapped_column(String(80))
    sentence: Mapped[str] = mapped_column(Text, default="")  # to the author
    ground: Mapped[LegalGround] = mapped_column(checked(LegalGround, "legal_ground"), default=LegalGround.TERMS)
    provision: Mapped[str] = mapped_column(String(300), default="")  # the law or the rule of the terms
    redress: Mapped[str] = mapped_column(Text, default="")  # how the author can object
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Created]
