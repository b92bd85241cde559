"""A round of checks over pages that behave as badly as they can: each fails in its own way, the good one is checked."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import (
    HostileServer,
    dripping_body,
    endless,
    gzip_bomb,
    hostile_server,
    redirect,
)
from tests.world import policy
from tracker.clock import ManualClock, SystemClock
from tracker.daemon.checks.confirm import Outcome
from tracker.daemon.engine.planner import check_round, sync
from tracker.daemon.runtime import Runtime
from tracker.errors import UsageError
from tracker.fetch.live import LiveFetcher
from tracker.fetch.pacing import ThreadPacer
from tracker.settings import Settings
from tracker.sources.model import Source, SourcePage, SourcesFile
from tracker.store.database import Database
from tracker.words import FailureKind

NESTED = b"<html><body><p>Privacy policy</p>" + b"<div>" * 50_000 + policy().encode() + b"</div>" * 50_000

#: What each page does, and the failures that tell it truly.
PAGES: dict[str, tuple[Callable[[Any], None], set[FailureKind]]] = {
    "stream": (endless, {FailureKind.TOO_LARGE}),
    "drip": (dripping_body, {FailureKind.TIMEOUT}),
    "loop": (redirect("/loop"), {FailureKind.TOO_MANY_REDIRECTS}),
    "bomb": (lambda handler: handler.answer(200, gzip_bomb(60), Content_Encoding="gzip"), {FailureKind.TOO_LARGE}),
    "nested": (lambda handler: handler.answer(200, NESTED, Content_Type="text/html"), {FailureKind.UNREADABLE}),
    "empty": (lambda handler: handler.answer(200), {FailureKind.UNREADABLE}),
    "binary": (lambda handler: handler.answer(200, bytes(range(256)) * 20), {FailureKind.UNREADABLE}),
    "half": (
        lambda handler: handler.raw(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(policy().encode() * 9)[:400]
        ),
        {FailureKind.HTTP},
    ),
    "charset": (
        lambda handler: handler.answer(
            200, b"\xff\xfe\xfa<html>" + b"\xc3\x28\xa0\xa1 privacy " * 30, Content_Type="text/html; charset=nonsense"
        ),
        {FailureKind.NEEDS_RENDERING, FailureKind.UNREADABLE},
    ),
}


@pytest.fixture
def server() -> Any:
    """A server with all the bad pages and a good one."""
    with hostile_server() as running:
        for name, (script, _) in PAGES.items():
            running.script(f"/{name}", script)
        running.page("/good", policy().encode())
        yield running


def no_archive(name: str) -> Any:
    raise UsageError(name)


def test_bad_pages_end_as_typed_failures_and_the_good_one_is_checked(
    server: HostileServer, database: Database, clock: ManualClock
) -> None:
    """One round, one host, ten sources: every failure has its kind, nothing raises, the last source gets its turn."""
    settings = Settings(
        allow_private_addresses=True,
        host_delay=0,
        fetch_deadline=1,
        max_bytes=1_000_000,
        fetch_threads=4,
        sources=Path("none.toml"),
    )
    sources = tuple(
        Source(name, name, "Privacy Policy", (SourcePage(server.url(f"/{name}")),)) for name in (*PAGES, "good")
    )
    system = SystemClock()
    fetcher = LiveFetcher(settings, system, ThreadPacer(system))
    runtime = Runtime(settings, database, system, fetcher, SourcesFile(sources), no_archive)
    sync(runtime)
    started = datetime.now(UTC)
    results = {result.source_id: result for result in check_round(runtime, sources)}
    fetcher.close()
    assert results.pop("good").outcome is Outcome.NEW
    for name, result in results.items():
        assert result.outcome is Outcome.FAILED, name
        assert result.failure in PAGES[name][1], (name, result)
    assert (datetime.now(UTC) - started).total_seconds() < 30
