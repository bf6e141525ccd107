"""The audit log as a test watches it: which acts wrote an entry under the right name, and which wrote none."""

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import func, select

from service.db import Database
from service.models import AuditEntry
from service.moderation import audit_log


@dataclass
class Record:
    """The audit log, looked at after each act."""

    database: Database
    seen: int = 0
    silent: list[str] = field(default_factory=list)

    def expect(self, act: str, kind: str, actor_id: str, site_id: str | None) -> None:
        """Note the act as silent unless it wrote an entry of the actor's since the last look."""
        with self.database.read() as session:
            new = session.scalars(select(AuditEntry).where(AuditEntry.number > self.seen)).all()
            self.seen = session.scalar(select(func.max(AuditEntry.number))) or 0
        if not any((e.actor_kind, e.actor_id, e.site_id) == (kind, actor_id, site_id) for e in new):
            self.silent.append(f"{act} wrote {[(e.action, e.actor_kind, e.actor_id) for e in new]}")

    def forget(self) -> None:
        """Take what is there now as seen."""
        with self.database.read() as session:
            self.seen = session.scalar(select(func.max(AuditEntry.number))) or 0

    def ends_well(self) -> None:
        """Fail with the silent acts, with who has two names, and when the chain does not hold."""
        assert self.silent == []
        names = defaultdict(set)
        with self.database.read() as session:
            for entry in session.scalars(select(AuditEntry)):
                names[entry.actor_kind, entry.actor_id].add(entry.actor)
            assert audit_log.verify(session).intact
        assert [called for called in names.values() if len(called) > 1] == []
