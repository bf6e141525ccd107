"""Which processes `moderato up` starts for which settings, and how each is asked whether it is alive."""

import socket
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from service.cli import main as cli
from service.db import Database, database_now
from service.installation.settings import Settings, load
from service.machine import up, vital_signs
from service.machine.supervisor import Part
from service.models import WorkerBeat
from tests.support.services import Services, free_port

Ask = Callable[[str], Result]


@pytest.fixture
def ask(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PORT", str(free_port()))
    return lambda role: CliRunner().invoke(cli.main, ["alive", role], catch_exceptions=False)


def beat(database: Database, *, role: str, host: str | None = None, seconds_ago: float = 0) -> None:
    with database.write() as session:
        seen_at = database_now(-seconds_ago)
        session.add(WorkerBeat(role=role, host=host or socket.gethostname(), pid=1, seen_at=seen_at))


def test_a_redis_that_is_named_is_used_and_none_started() -> None:
    assert up.redis_part(load({"REDIS_URL": "redis://127.0.0.1:6379/0"})) == []
    assert [part.name for part in up.redis_part(load({}))] == ["redis"]


def test_redis_is_stopped_last_because_the_others_need_it() -> None:
    (redis,) = up.redis_part(load({}))
    assert redis.last
    assert not any(part.last for part in up.service_parts(load({})))


@pytest.mark.parametrize(
    ("wanted", "names"), [("1", ["classification"]), ("2", ["classification-1", "classification-2"])]
)
def test_there_are_as_many_classification_workers_as_the_setting_says(wanted: str, names: list[str]) -> None:
    parts = up.service_parts(load({"MODERATO_CLASSIFICATION_WORKERS": wanted}))
    assert [part.name for part in parts if part.name.startswith("classification")] == names


def test_a_worker_that_gave_a_sign_of_life_just_now_is_alive(ask: Ask, database: Database) -> None:
    beat(database, role="delivery")
    assert (ask("delivery").exit_code, ask("delivery").stdout) == (0, "delivery is alive.\n")


@pytest.mark.parametrize(
    "other",
    [{"role": "upkeep"}, {"role": "delivery", "host": "elsewhere"}, {"role": "delivery", "seconds_ago": 60}],
    ids=["another role", "another machine", "a minute ago"],
)
def test_no_other_sign_of_life_makes_a_worker_look_alive(
    ask: Ask, database: Database, other: dict[str, object]
) -> None:
    beat(database, **other)  # type: ignore[arg-type]
    assert (ask("delivery").exit_code, ask("delivery").stdout) == (1, "delivery is not responding.\n")


@pytest.mark.one_database
def test_a_web_server_is_alive_when_it_answers_and_only_then(
    ask: Ask, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask("web").exit_code == 1
    address = services.web()
    monkeypatch.setenv("PORT", address.rpartition(":")[2])
    assert ask("web").exit_code == 0


@pytest.mark.one_database
def test_a_web_server_that_answers_to_one_name_alone_is_asked_by_that_name(
    ask: Ask, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = services.web(MODERATO_TRUSTED_HOSTS="127.0.0.1,comments.example.org")
    monkeypatch.setenv("PORT", address.rpartition(":")[2])
    monkeypatch.setenv("MODERATO_TRUSTED_HOSTS", "comments.example.org")
    assert ask("web").exit_code == 0


def test_only_a_worker_that_has_begun_can_fall_silent(database: Database, settings: Settings) -> None:
    responds = vital_signs.watcher_of_workers(settings)
    assert responds(1), "it has not begun yet"
    beat(database, role="delivery")
    assert responds(1)
    with database.write() as session:
        session.execute(update(WorkerBeat).values(seen_at=database_now(-120)))
    assert not responds(1)
    beat(database, role="delivery", host="elsewhere")
    assert not responds(1), "that is another machine's"
    away = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:1/none"})
    assert vital_signs.watcher_of_workers(away)(1)


def test_every_worker_is_watched() -> None:
    unwatched = Part("x", ()).responds
    parts = {part.name: part.responds for part in up.service_parts(load({}))}
    assert {name for name, responds in parts.items() if responds is unwatched} == {"web"}
