"""The frame of the pages: headers, errors, and text that stays text."""

import pytest
from starlette.testclient import TestClient

from tests.world import URL, World, acme, policy
from tracker.clock import ManualClock
from tracker.store.database import Database
from tracker.web.app import create_app

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def client(database: Database, clock: ManualClock) -> TestClient:
    """The pages over a store with one source, whose name is hostile."""
    world = World.build(database, clock, acme(name=f"Acme {HOSTILE}"))
    world.fetcher.serve(URL, policy())
    world.check()
    return TestClient(create_app(world.runtime), base_url="http://127.0.0.1", raise_server_exceptions=False)


def test_every_answer_forbids_scripts_of_others(client: TestClient) -> None:
    """Pages, errors and static files carry the policy; nothing inline runs."""
    for path in ("/", "/nowhere", "/static/style.css", "/healthz"):
        policy = client.get(path).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_a_hostile_name_is_text(client: TestClient) -> None:
    """What a page shows of a source is escaped."""
    page = client.get("/").text
    assert HOSTILE not in page
    assert "Acme &lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_errors_are_pages_for_people_and_problem_details_for_programs(client: TestClient) -> None:
    """A missing page says so in HTML; under /api/ it is JSON of its own media type."""
    page = client.get("/nowhere")
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    told = client.get("/api/v1/nowhere")
    assert (told.status_code, told.headers["Content-Type"]) == (404, "application/problem+json")
    assert told.json()["title"] == "Not Found"


def test_a_watcher_asks_for_the_headers_alone(client: TestClient) -> None:
    """HEAD is answered everywhere as GET is, without the body: pages, health, calendar, metrics, files, and errors."""
    for path in ("/", "/healthz", "/changes", "/deadlines.ics", "/metrics", "/static/style.css", "/nowhere"):
        asked, head = client.get(path), client.head(path)
        assert (head.status_code, head.content) == (asked.status_code, b""), path
        assert head.headers["Content-Type"] == asked.headers["Content-Type"]
