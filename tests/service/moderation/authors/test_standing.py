"""An author's standing: who gave it, why and until when; every change is in the audit log."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from service.clock import utc_now
from service.db import Database
from service.errors import Invalid
from service.models import AuditEntry, Author, Site
from service.vocabulary import Standing
from tests.support.authors import file_of, set_standing


@pytest.mark.parametrize(
    ("standing", "how"),
    [
        (Standing.BLOCKED, {"reason": "  "}),
        (Standing.TRUSTED, {"reason": "x" * 501}),
        (Standing.STAFF, {"until": utc_now() - timedelta(seconds=1)}),
        (None, {"until": utc_now() + timedelta(days=1)}),
    ],
)
def test_a_standing_that_makes_no_sense_is_refused(
    database: Database, site: Site, standing: Standing | None, how: dict[str, object]
) -> None:
    with pytest.raises(Invalid):
        set_standing(database, site, standing, **how)
    assert file_of(database, site).row is None


def test_every_change_of_standing_is_in_the_audit_log_without_the_authors_id_or_the_reason(
    database: Database, site: Site
) -> None:
    row = set_standing(database, site, Standing.BLOCKED)
    set_standing(database, site, Standing.BLOCKED)
    set_standing(database, site, None, reason="")
    with database.read() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    assert [(e.action, e.subject_id, e.detail["from"], e.detail["to"]) for e in entries] == [
        ("author.standing", row.id, None, "blocked"),
        ("author.standing", row.id, "blocked", None),
    ]
    assert all("u-1" not in str(entry.detail) and "spam" not in str(entry.detail) for entry in entries)


def test_two_who_set_a_standing_at_once_make_one_row(database: Database, site: Site) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda standing: set_standing(database, site, standing), [*Standing, *Standing]))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Author)) == 1
