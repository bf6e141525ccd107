"""What a moderator has typed into the policy's form and not activated yet; kept so that leaving the page loses none."""

from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Created


class PolicyDraft(Base):
    __tablename__ = "policy_draft"

    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), primary_key=True)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)  # of the form, by name
    based_on: Mapped[int]  # the version that was in force
    saved_at: Mapped[Created]
