"""How far the import of a file has come, moved in the transaction of each batch; gone once the file is done."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime, database_now


class ImportMark(Base):
    __tablename__ = "import_mark"

    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    file: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of its bytes and of how they are read
    rows: Mapped[int] = mapped_column(default=0)  # of the file that are done
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what became of them
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=database_now())
