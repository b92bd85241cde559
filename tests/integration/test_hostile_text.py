"""Text that no database stores and no terminal should see cannot stop a check, on either database."""

from dataclasses import replace

import pytest

from tests.world import PARAGRAPHS, URL, World, policy
from tracker.clock import ManualClock
from tracker.daemon.checks.confirm import Outcome
from tracker.errors import FetchError
from tracker.fetch.model import FetchRequest, Page
from tracker.store.database import Database
from tracker.store.history.sources import source_row
from tracker.store.upkeep.verify import verify_store
from tracker.store.work.pages import page_state
from tracker.words import FailureKind

EVIL = "\x1b[31m\0\ud800\u202e\r\nBcc: x@evil.example <!channel>"


def test_hostile_headers_addresses_and_failures_are_stored_and_checked_on(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page with such validators, headers and address is recorded, its failure counted, and the chain stays whole."""
    world = World.build(database, clock)
    plain = world.fetcher.fetch

    def fetch(request: FetchRequest) -> Page:
        page = plain(request)
        headers = (*page.headers, ("ETag", EVIL), ("Last-Modified", EVIL), ("X-Evil", EVIL))
        return replace(page, headers=headers, final_url=f"{page.final_url}?{EVIL}")

    monkeypatch.setattr(world.fetcher, "fetch", fetch)
    world.fetcher.serve(URL, policy())
    assert world.check().outcome is Outcome.NEW
    assert world.check().outcome is Outcome.UNCHANGED
    world.fetcher.queue(URL, FetchError(FailureKind.TLS, EVIL))
    assert world.check().failure is FailureKind.TLS
    world.fetcher.serve(URL, policy(p3=f"{PARAGRAPHS[3]} \0 \x1b[2J &#xd800; &#0; \u202e <!channel>"))
    assert world.check().outcome is not Outcome.FAILED
    with database.read() as session:
        row = source_row(session, "acme")
        assert row.key is not None
        state = page_state(session, row.key, URL)
    assert state is not None
    assert (state.etag, state.last_modified) == (None, None)
    assert verify_store(database).damages == []
