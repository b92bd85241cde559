"""The health endpoint of a daemon, and the server that carries it."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from tests.world import URL, World, policy
from tracker.clock import ManualClock
from tracker.daemon.engine.engine import InlineEngine
from tracker.daemon.engine.service import Service
from tracker.errors import FetchError, SettingsError
from tracker.sources.model import Route
from tracker.store.database import Database
from tracker.store.schema.tables import Delivery
from tracker.store.upkeep.upgrade import create_store
from tracker.web.app import create_app
from tracker.web.server import WebServer
from tracker.words import FailureKind


class SilentSender:
    def send_due(self, routes: tuple[Route, ...]) -> int:
        return 0


@pytest.fixture
def world(tmp_path: Path, clock: ManualClock) -> Iterator[World]:
    with closing(Database(f"sqlite:///{tmp_path / 'store.sqlite'}")) as store:
        create_store(store)
        yield World.build(store, clock)


@pytest.fixture
def service(world: World, tmp_path: Path) -> Service:
    """A service that does not tick by itself."""
    built = Service(world.runtime, cast(Any, SilentSender()))
    built.engine.drain(0)
    built.engine = InlineEngine(built.planner.work)
    return built


class StuckSender(InlineEngine):
    """A sender whose destination does not answer before the daemon is asked to stop."""

    def __init__(self) -> None:
        super().__init__(lambda _: None)
        self.entered = threading.Event()
        self.answer = threading.Event()
        self.done = threading.Event()
        self.answers_at_stop = True

    def send_due(self, routes: tuple[Route, ...]) -> int:
        self.entered.set()
        self.answer.wait(60)
        self.done.set()
        return 0

    def drain(self, deadline: float) -> bool:
        if self.answers_at_stop:
            self.answer.set()
        return super().drain(deadline)


def tick(service: Service) -> None:
    for name in ("plan", "send"):
        service.ticks[name] = service.runtime.clock.now()


def health(service: Service, client: TestClient | None = None) -> tuple[int, dict[str, object]]:
    answer = (client or TestClient(create_app(service.runtime, service), base_url="http://127.0.0.1")).get("/healthz")
    found = answer.json()
    assert isinstance(found, dict)
    return answer.status_code, found


def test_a_ticking_daemon_is_ok(service: Service) -> None:
    """Status 200, with the age of each tick."""
    tick(service)
    service.runtime.clock.sleep(3)
    status, told = health(service)
    assert (status, told["status"], told["version"]) == (200, "ok", "0.1.0")
    assert told["ticks"] == {
        "plan": {"at": "2026-03-01T12:00:00+00:00", "age_seconds": 3.0},
        "send": {"at": "2026-03-01T12:00:00+00:00", "age_seconds": 3.0},
        "maintain": {"at": None, "age_seconds": None},
    }
    assert told["sources"] == {"active": 1, "archived": 0, "paused": 0}


def test_ticks_that_stay_out_give_503(service: Service, clock: ManualClock) -> None:
    """Ten missed ticks mean that somebody should look; before the first one the daemon's own age counts."""
    client = TestClient(create_app(service.runtime, service), base_url="http://127.0.0.1")
    assert health(service, client)[0] == 200
    clock.advance(timedelta(seconds=51))
    status, told = health(service, client)
    assert (status, told["status"], told["stale_ticks"]) == (503, "degraded", ["plan", "send"])
    tick(service)
    assert health(service, client)[0] == 200


def test_a_clock_set_back_hides_no_tick_that_stays_out(service: Service, clock: ManualClock) -> None:
    """What ticked last in a time that did not come has not ticked since, and no age is below zero."""
    client = TestClient(create_app(service.runtime, service), base_url="http://127.0.0.1")
    with service.runtime.database.write() as session:
        later = clock.now() + timedelta(hours=1)
        told: dict[str, Any] = {
            "idempotency_key": "k",
            "route": "ops",
            "destination": "d",
            "label": "mail",
            "next_attempt_at": later,
        }
        session.add(Delivery(**told, created_at=later))
    clock.advance(timedelta(hours=1))
    tick(service)
    clock.advance(timedelta(hours=-1))
    status, told = health(service, client)
    assert (status, told["stale_ticks"]) == (503, ["plan", "send"])
    assert [cast(Any, told)["ticks"][name]["age_seconds"] for name in ("plan", "send")] == [0.0, 0.0]
    assert cast(Any, told)["outbox"] == {"pending": 1, "oldest_seconds": 0.0, "dead": 0}
    figures = client.get("/metrics").text
    assert 'tracker_tick_age_seconds{tick="plan"} 0.0' in figures
    tick(service)
    assert health(service, client)[0] == 200


def test_a_stopping_daemon_says_so(service: Service) -> None:
    """While running checks end it is neither ok nor in need of help."""
    tick(service)
    service.stopping.set()
    assert health(service) == (200, health(service)[1] | {"status": "stopping"})


def sending(store: Database, clock: ManualClock, stop_deadline: float) -> tuple[Service, StuckSender]:
    """Return a daemon in the middle of a message, and the sender that waits for its answer."""
    sender = StuckSender()
    world = World.build(store, clock, stop_deadline=stop_deadline)
    service = Service(world.runtime, cast(Any, sender), sender)
    service.start()
    assert sender.entered.wait(60)
    return service, sender


def test_a_stop_does_not_wait_for_a_message_beyond_its_deadline(world: World, clock: ManualClock) -> None:
    """It ends before the destination answers, and says that something was still under way."""
    service, sender = sending(world.runtime.database, clock, 0.1)
    sender.answers_at_stop = False
    assert not service.stop()
    assert not sender.done.is_set()
    sender.answer.set()


def test_a_stop_waits_for_a_message_within_its_deadline(world: World, clock: ManualClock) -> None:
    """What the destination answers in time is still taken note of."""
    service, sender = sending(world.runtime.database, clock, 60)
    assert service.stop()
    assert sender.done.is_set()


def test_lag_outbox_and_failing_sources_are_told(service: Service, world: World) -> None:
    """What waits, and how long; what fails, and why."""
    world.fetcher.queue(URL, FetchError(FailureKind.DNS, "no such host"))
    world.check(hours=0)
    world.fetcher.serve(URL, policy())
    with world.runtime.database.write() as session:
        now = world.clock.now()
        for state in ("pending", "dead"):
            session.add(
                Delivery(
                    idempotency_key=state,
                    route="mail",
                    destination="d",
                    state=state,
                    next_attempt_at=now,
                    created_at=now,
                )
            )
    world.clock.advance(timedelta(days=2))
    tick(service)
    _, found = health(service)
    assert found["failing"] == {"count": 1, "sources": [{"id": "acme", "failure": "dns", "in_a_row": 1}]}
    assert found["outbox"] == {"pending": 1, "oldest_seconds": 172_800.0, "dead": 1}
    due = found["due"]
    assert isinstance(due, dict)
    assert due["waiting"] == 1
    assert 170_000 < due["lag_seconds"] < 172_800


def test_a_store_that_cannot_be_read_is_degraded_and_leaks_nothing(service: Service) -> None:
    """The answer names the kind of error only: messages of databases may hold their address."""
    with service.runtime.database.engine.begin() as connection:
        connection.execute(text("drop table delivery"))
    tick(service)
    status, told = health(service)
    assert (status, told["store"]) == (503, "cannot be read (OperationalError)")


def test_there_is_nothing_else_to_ask(service: Service) -> None:
    """The framework's own documentation, which loads scripts of others, is not there."""
    client = TestClient(create_app(service.runtime, service), base_url="http://127.0.0.1")
    assert [client.get(path).status_code for path in ("/docs", "/openapi.json")] == [404, 404]


def test_the_server_answers_on_a_free_port_and_ends(service: Service) -> None:
    """Port 0 takes any; after `stop` nobody answers."""
    server = WebServer("127.0.0.1", 0)
    server.start(create_app(service.runtime, service))
    with urllib.request.urlopen(f"{server.address}/healthz", timeout=60) as answer:
        assert json.load(answer)["status"] == "ok"
    server.stop()
    with pytest.raises(OSError):
        urllib.request.urlopen(f"{server.address}/healthz", timeout=1)


def test_a_taken_port_is_told_as_a_setting() -> None:
    """The message names the settings, before anything else has started."""
    with closing(WebServer("127.0.0.1", 0)._socket) as taken, pytest.raises(SettingsError, match="web_port"):
        WebServer("127.0.0.1", taken.getsockname()[1])
