"""The pages of a policy of 2,000 clauses: light enough to send, and quick enough to make."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from tests.benchmarks.big_history import LONG, LONG_CLAUSES, LONG_REPLACED, Sizes, make
from tests.world import World, acme
from tracker.clock import ManualClock, SystemClock
from tracker.store.database import Database
from tracker.store.schema.tables import Change, SourceRow
from tracker.web.app import create_app

#: Bytes on the wire.
MOST_BYTES = 300_000

#: Seconds of computing. It takes a tenth of this where nothing else runs, which `query_speed` measures.
MOST_SECONDS = 1.0

PLACES = {
    "/changes/{change}": 2 * LONG_REPLACED,
    "/changes/{change}?show=all": LONG_CLAUSES,
    "/changes/{change}?show=all&view=side": LONG_CLAUSES,
    "/sources/{source}/versions/4": LONG_CLAUSES,
    "/review/{change}": LONG_REPLACED // 2,
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, str]]:
    """The pages, and the last change of the long policy."""
    url = f"sqlite:///{tmp_path_factory.mktemp('long') / 'store.sqlite'}"
    make(url, Sizes(sources=1, versions=3, clauses=30))
    with closing(Database(url)) as database:
        now = SystemClock().now()
        world = World.build(database, ManualClock(now), acme(id=LONG), sources=Path("none.toml"))
        with database.read() as session:
            of_long = select(Change.id).join(SourceRow, col(SourceRow.key) == col(Change.source_key))
            found = session.exec(of_long.where(SourceRow.id == LONG).order_by(col(Change.first_seen_after).desc()))
            change = found.first()
        assert change is not None
        yield TestClient(create_app(world.runtime), base_url="http://127.0.0.1"), change


@pytest.mark.parametrize("place", PLACES)
def test_a_page_of_a_long_policy_is_light_and_quick(pages: tuple[TestClient, str], place: str) -> None:
    """All that it should show is there, in few bytes and little time."""
    client, change = pages
    path = place.format(change=change, source=LONG)
    times = []
    for _ in range(3):
        start = time.process_time()
        with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
            raw = b"".join(answer.iter_raw())
        times.append(time.process_time() - start)
    assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "gzip")
    assert len(raw) < MOST_BYTES
    assert min(times) < MOST_SECONDS
    assert client.get(path).text.count('<div class="line') + client.get(path).text.count('id="clause-') >= PLACES[place]
