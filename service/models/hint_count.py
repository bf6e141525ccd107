"""How often a site's readers were shown a hint before they sent a comment, and what they did then; a row for a day."""

from datetime import date

from sqlalchemy import Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base


class HintCount(Base):
    __tablename__ = "hint_count"

    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)  # UTC
    shown: Mapped[int] = mapped_column(default=0, server_default="0")
    edited: Mapped[int] = mapped_column(default=0, server_default="0")  # sent with another text
    sent_anyway: Mapped[int] = mapped_column(default=0, server_default="0")
