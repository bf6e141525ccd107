"""A reader who reports comments at a site: how many of their reports were upheld. No row: none was settled yet."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base


class Reporter(Base):
    __tablename__ = "reporter"

    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    upheld: Mapped[int] = mapped_column(default=0)
    not_upheld: Mapped[int] = mapped_column(default=0)
