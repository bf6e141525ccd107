"""A publication that sends comments; everything else belongs to exactly one."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Created, Id


class Site(Base):
    __tablename__ = "site"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Created]
    retention_days: Mapped[int | None] = mapped_column(default=None)  # None: as the setting says
    weight: Mapped[float] = mapped_column(default=1.0, server_default="1")  # its share where sites share something
