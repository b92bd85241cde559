"""The review queue under the keyboard, in a real Chromium: keys press what is on the page, and rest while one types."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.browser import Site, open_page
from tests.world import World, acme, policy
from tracker.clock import ManualClock
from tracker.sources.model import SourcePage
from tracker.store.database import Database
from tracker.store.people.triage import triage_of
from tracker.store.upkeep.upgrade import create_store
from tracker.web.app import create_app
from tracker.web.server import WebServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

NAMES = ("one", "two", "three")


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Site]:
    """The pages over three sources that began to sell data, one after the other."""
    with closing(Database(f"sqlite:///{tmp_path / 'store.sqlite'}")) as database:
        create_store(database)
        pages = {name: f"https://{name}.example/privacy" for name in NAMES}
        sources = [acme(id=name, name=name, pages=(SourcePage(url),)) for name, url in pages.items()]
        world = World.build(database, ManualClock(datetime(2026, 3, 1, tzinfo=UTC)), *sources)
        for text in (policy(), policy(p3="We sell your personal information.")):
            for name, url in pages.items():
                world.fetcher.serve(url, text)
                world.check(name, at_once=True)
        server = WebServer("127.0.0.1", 0)
        server.start(create_app(world.runtime))
        try:
            yield Site(server.address, world)
        finally:
            server.stop()


def states(site: Site) -> list[tuple[str, str]]:
    """Return state and note of the changes, the oldest first."""
    changes = site.world.changes()
    with site.world.runtime.database.read() as session:
        rows = triage_of(session, [change.id for change in changes])
    return [(rows[change.id].state, rows[change.id].note) if change.id in rows else ("new", "") for change in changes]


def test_keys_move_decide_and_rest_while_one_types(chromium: "Browser", queue: Site) -> None:
    """`j` moves, `d` dismisses, the next one has the focus then; letters of a note do nothing else."""
    with open_page(chromium, queue) as (page, troubles):
        page.goto("/review")
        items = page.locator("[data-review]")
        assert items.count() == 3
        page.keyboard.press("j")
        page.keyboard.press("j")
        with page.expect_navigation():
            page.keyboard.press("d")
        assert items.count() == 2
        assert states(queue) == [("new", ""), ("dismissed", ""), ("new", "")]
        assert page.evaluate("document.activeElement.id") == f"change-{queue.world.changes()[2].id}"
        page.keyboard.press("n")
        page.keyboard.type("sad jokes")
        assert states(queue)[2] == ("new", "")
        items.nth(1).focus()
        with page.expect_navigation():
            page.keyboard.press("s")
        assert states(queue)[2] == ("seen", "sad jokes")
        page.locator("#keys").uncheck()
        items.nth(0).focus()
        page.keyboard.press("d")
        page.wait_for_timeout(200)
        assert states(queue)[0] == ("new", "")
        assert troubles == []


def test_the_queue_works_without_scripts(chromium: "Browser", queue: Site) -> None:
    """Buttons do the same, and the hint at keys that would do nothing is not shown."""
    with open_page(chromium, queue, scripts=False) as (page, _):
        page.goto("/review")
        assert not page.locator(".keys").is_visible()
        page.get_by_role("button", name="Dismiss").nth(1).click()
        assert [state for state, _ in states(queue)] == ["dismissed", "new", "new"]
