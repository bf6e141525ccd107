"""How one moderator likes the console: theme, keys, what is covered, breaks. Unknown names in `choices` are ignored."""

from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base


class Preference(Base):
    __tablename__ = "preference"

    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), primary_key=True)
    choices: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
