"""A real Chromium, and the pages over a filled store as it sees them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page

    from tests.world import World

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)

#: Root needs the first one; the rest keeps Chromium from the network and from waiting for it.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True, slots=True)
class Site:
    """The pages, served at an address, and the world behind them."""

    address: str
    world: "World"


@contextmanager
def running_chromium() -> "Iterator[Browser]":
    """Give a Chromium: the one named by TRACKER_TEST_CHROMIUM, the system's, or the one Playwright installed."""
    from playwright.sync_api import sync_playwright

    named = os.environ.get("TRACKER_TEST_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """A real Chromium."""
    from tests.conftest import unavailable

    if find_spec("playwright") is None:
        unavailable("playwright is not installed")
    from playwright.sync_api import Error

    running = running_chromium()
    try:
        browser = running.__enter__()
    except Error as error:
        unavailable(f"there is no Chromium: {error}")
        raise
    try:
        yield browser
    finally:
        running.__exit__(None, None, None)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The pages over a store with hostile histories, and with real ones where the corpus is there."""
    from tests.conftest import corpus_root
    from tests.support.furnished import furnish
    from tests.support.showcase import fill_showcase
    from tracker.clock import ManualClock
    from tracker.store.database import Database
    from tracker.store.upkeep.upgrade import create_store
    from tracker.web.app import create_app
    from tracker.web.server import WebServer

    path: Path = tmp_path_factory.mktemp("site") / "store.sqlite"
    with closing(Database(f"sqlite:///{path}")) as database:
        create_store(database)
        world = fill_showcase(database, ManualClock(NOW), corpus_root())
        furnish(world)
        server = WebServer("127.0.0.1", 0)
        server.start(create_app(world.runtime))
        try:
            yield Site(server.address, world)
        finally:
            server.stop()


@contextmanager
def open_page(
    browser: "Browser", site: Site, *, width: int = 1280, dark: bool = False, scripts: bool = True
) -> "Iterator[tuple[Page, list[str]]]":
    """Give a page of its own and the list that what goes wrong in it is added to."""
    context = browser.new_context(
        base_url=site.address,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
    )
    page = context.new_page()
    troubles: list[str] = []

    def told(message: "ConsoleMessage") -> None:
        if message.type in {"error", "warning"}:
            troubles.append(message.text)

    def asked(dialog: "Dialog") -> None:
        troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("console", told)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("dialog", asked)
    try:
        yield page, troubles
    finally:
        context.close()
