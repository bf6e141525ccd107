"""A scope for scores alone, which keys that may only submit have had until now

The key of a form, which every reader sees, loses them: one that may submit, has origins or takes appeals, and nothing else that a client
of the Perspective API is given. Every other key that may submit keeps what it could do. Keys with `read` need nothing.
The version before ignores a scope that it does not know.
"""

import sqlalchemy as sa
from alembic import op

revision = "score_scope"
down_revision = "finding"
branch_labels = None
depends_on = None

OF_A_FORM = {"unknown_attributes": "error", "pinned": {}, "curves": {}}
api_key = sa.table("api_key", sa.column("id"), sa.column("scopes"), sa.column("perspective", sa.JSON))


def upgrade() -> None:
    connection = op.get_bind()
    for key_id, scopes, terms in connection.execute(sa.select(*api_key.c)).all():
        may = scopes.split()
        if "submit" in may and not {"read", "score"} & set(may) and not _is_of_a_form(terms or {}):
            connection.execute(api_key.update().where(api_key.c.id == key_id).values(scopes=f"{scopes} score"))


def downgrade() -> None:
    """Leave the scope where it is: the version before does not know it, and one that follows needs it."""


def _is_of_a_form(terms: dict[str, object]) -> bool:
    is_for_pages = bool(terms.get("origins") or terms.get("appeals"))
    return is_for_pages and all(terms.get(name, value) == value for name, value in OF_A_FORM.items())
