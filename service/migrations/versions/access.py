"""What an API key may do; keys that exist keep every scope

The default serves the previous version, which makes keys that may do everything and ignores the column.
"""

import sqlalchemy as sa
from alembic import op

revision = "access"
down_revision = "latest_state"
branch_labels = None
depends_on = None

EVERY_SCOPE = "submit read moderate configure erase"


def upgrade() -> None:
    op.add_column("api_key", sa.Column("scopes", sa.String(length=100), nullable=False, server_default=EVERY_SCOPE))


def downgrade() -> None:
    op.drop_column("api_key", "scopes")
