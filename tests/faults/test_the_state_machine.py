"""Every order of events that Hypothesis can think of, and after each of them every promise still holds.

The histories are the same on every run; `make soak` draws fresh ones.
"""

import os
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import event

from service.db import Database
from tests.faults.moderation import Moderation
from tests.support.clock import stepped

SOAK = float(os.environ.get("SOAK_HISTORIES", "0"))  # seconds on each database; without, the same few histories


@pytest.mark.timeout(900 + 2 * SOAK)
def test_every_promise_holds_after_every_step_of_any_history(database: Database) -> None:
    if database.is_sqlite:  # thousands of small transactions; what a power cut does is not the question here
        event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        database.engine.dispose()
    with stepped(database) as clock:
        machine: Any = type("MachineOnDatabase", (Moderation,), {"database": database, "clock": clock})
        until, histories = time.monotonic() + SOAK, 0
        while histories == 0 or time.monotonic() < until:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=10, stateful_step_count=30 if not SOAK else 60, deadline=None,
                    derandomize=not SOAK, print_blob=bool(SOAK), database=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )  # fmt: skip
            histories += 15
            print(f"{histories} histories, every promise held after each step", flush=True)
