"""`/metrics` tells Prometheus how the store and the daemon do, and strangers nothing."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event
from sqlmodel import select
from starlette.testclient import TestClient

from tests.world import URL, World, policy
from tracker.clock import ManualClock
from tracker.errors import FetchError
from tracker.metrics import REGISTRY
from tracker.store.database import Database
from tracker.store.schema.tables import HostSlot, SourceRow
from tracker.store.upkeep.upgrade import create_store
from tracker.web.app import create_app
from tracker.words import FailureKind


@pytest.fixture
def world(tmp_path: Path, clock: ManualClock) -> Iterator[World]:
    with closing(Database(f"sqlite:///{tmp_path / 'store.sqlite'}")) as store:
        create_store(store)
        yield World.build(store, clock)


def scraped(world: World) -> dict[tuple[str, str], float]:
    """Return every sample by name and the value of its label."""
    answer = TestClient(create_app(world.runtime), base_url="http://127.0.0.1").get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_checks_are_counted_by_outcome_and_timed(world: World) -> None:
    """One new text, one failure: both in the hour's figures and in the process's counters."""
    before = REGISTRY.get_sample_value("tracker_checks_total", {"outcome": "new"}) or 0
    world.fetcher.serve(URL, policy())
    world.check()
    world.fetcher.queue(URL, FetchError(FailureKind.TIMEOUT, "no answer"))
    world.check(hours=0.1)
    found = scraped(world)
    assert found["tracker_checks_last_hour", "new"] == 1
    assert found["tracker_checks_last_hour", "failed"] == 1
    assert found["tracker_failing_sources", ""] == 1
    assert found["tracker_sources", "active"] == 1
    assert found["tracker_checks_total", "new"] == before + 1
    assert found["tracker_fetch_seconds_count", ""] >= 2


def test_what_is_late_shows_as_lag(world: World) -> None:
    """A check that is due for an hour and an archive that asked us to wait are told in seconds."""
    with world.runtime.database.write() as session:
        row = session.exec(select(SourceRow)).one()
        row.next_check_at = world.runtime.clock.now() - timedelta(hours=1)
        blocked = (world.runtime.clock.now() + timedelta(minutes=10)).timestamp()
        session.add(HostSlot(key="archive:wayback", next_at=0, blocked_until=blocked))
    found = scraped(world)
    assert found["tracker_checks_due", ""] == 1
    assert found["tracker_due_lag_seconds", ""] == 3600
    assert found["tracker_archive_blocked_seconds", "wayback"] == pytest.approx(600)


def test_a_store_is_measured_once_for_all_who_ask(world: World) -> None:
    """The figures and the page of operators show the same count, which holds for a while."""
    statements: list[str] = []

    def count(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    browser = TestClient(create_app(world.runtime), base_url="http://127.0.0.1")
    event.listen(world.runtime.database.engine, "before_cursor_execute", count)
    assert [browser.get(place).status_code for place in ("/metrics", "/operator") * 2] == [200] * 4
    assert len([one for one in statements if "length(blob.data)" in one]) == 1


def test_strangers_are_told_nothing(world: World) -> None:
    """Beyond this machine the figures need a login or token, as everything does."""
    runtime = replace(world.runtime, settings=world.runtime.settings.model_copy(update={"web_host": "0.0.0.0"}))
    stranger = TestClient(create_app(runtime), base_url="http://tracker.example", client=("192.0.2.1", 5))
    assert stranger.get("/metrics").status_code == 401
