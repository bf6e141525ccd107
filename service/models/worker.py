"""A sign of life of one worker process, written every few seconds; works with Redis down, unlike RQ's own."""

from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Created, Id


class WorkerBeat(Base):
    __tablename__ = "worker_beat"

    id: Mapped[Id]
    role: Mapped[str] = mapped_column(String(20))  # classification, interactive, delivery, upkeep
    host: Mapped[str] = mapped_column(String(200))
    pid: Mapped[int]
    versions: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # classifier name to version
    started_at: Mapped[Created]
    seen_at: Mapped[Created]
