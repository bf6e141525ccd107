"""Alembic's environment: the engine comes from the caller, batch mode serves SQLite."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from service import models  # noqa: F401  (fills the metadata)
from service.db import Base, UtcDateTime


def _render(kind: str, element: Any, _context: AutogenContext) -> str | Literal[False]:
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(element, UtcDateTime) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=False, render_item=_render
)
with context.begin_transaction():
    context.run_migrations()
