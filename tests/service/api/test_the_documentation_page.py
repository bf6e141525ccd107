"""The documentation page in a browser: shown whole, offline, without a script error or a breach of its policy."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from service.api import openapi
from service.app import create_app
from service.db import Database
from service.installation.settings import Settings
from service.queues import Queues
from tests.support.browser import EXECUTABLE, WATCH_POLICY, chromium, serving

pytestmark = pytest.mark.skipif(EXECUTABLE is None, reason="no Chromium on this machine")


@pytest.fixture
def app(_sqlite_template: Path, redis_server_url: str, tmp_path: Path) -> Iterator[Flask]:
    shutil.copyfile(_sqlite_template, tmp_path / "moderato.db")
    database, queues = Database(f"sqlite:///{tmp_path / 'moderato.db'}"), Queues(redis_server_url)
    yield create_app(Settings(data_dir=tmp_path, redis_url=redis_server_url), database=database, queues=queues)
    database.dispose()
    queues.redis.close()


def test_every_operation_is_shown_and_can_be_tried(app: Flask) -> None:
    faults: list[str] = []
    with serving(app) as address, chromium() as browser:
        page = browser.new_page()
        page.add_init_script(WATCH_POLICY)
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        page.on("request", lambda sent: None if sent.url.startswith((address, "data:")) else faults.append(sent.url))
        page.goto(f"{address}/docs")
        page.wait_for_selector(".opblock-summary", timeout=60_000)
        shown = page.locator(".opblock-summary").count()
        page.locator("#operations-Health-alive .opblock-summary-control").click()
        page.locator("#operations-Health-alive .try-out__btn").click()
        page.locator("#operations-Health-alive .execute").click()
        page.wait_for_selector("#operations-Health-alive .live-responses-table .response-col_status")
        status = page.locator(
            "#operations-Health-alive .live-responses-table .response .response-col_status"
        ).inner_text()
    described = openapi.document()
    assert shown == sum(len(methods) for part in ("paths", "webhooks") for methods in described[part].values())
    assert status.split()[0] == "200"
    assert not faults
