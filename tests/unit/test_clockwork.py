"""The ticks of the daemon come at their intervals, whatever is done to the machine's clock."""

import datetime as moments
import threading
from collections.abc import Iterator

import apscheduler.schedulers.base
import pytest

from tracker.daemon.engine import clockwork
from tracker.daemon.engine.clockwork import Clockwork

YEARS = 30 * 365 * 86_400


class SetClock(moments.datetime):
    """The machine's clock, set ahead or back by so many seconds."""

    ahead = 0.0

    @classmethod
    def now(cls, tz: moments.tzinfo | None = None) -> "SetClock":
        """Return the time that the clock shows."""
        return super().now(tz) + moments.timedelta(seconds=cls.ahead)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[SetClock]]:
    """A clock that can be set, in the place of the one the clockwork reads."""
    for module in (apscheduler.schedulers.base, clockwork):
        monkeypatch.setattr(module, "datetime", SetClock)
    yield SetClock
    SetClock.ahead = 0.0


@pytest.mark.parametrize("step", [-YEARS, -3_600.0, 3_600.0, YEARS])
def test_a_clock_that_is_set_stops_no_tick(clock: type[SetClock], step: float) -> None:
    """Neither does the clockwork wait until a clock set back is there again, nor make up for years that never were."""
    ticked, times = threading.Event(), []

    def tick() -> None:
        times.append(clock.now())
        ticked.set()

    work = Clockwork()
    work.tick_every(0.1, "plan", tick)
    work.tick_every(3_600, "maintain", lambda: None)
    work.start()
    try:
        assert ticked.wait(5)
        clock.ahead = step
        for _ in range(3):
            ticked.clear()
            assert ticked.wait(5), "the clockwork stands still"
        done = len(times)
        threading.Event().wait(0.5)
        assert len(times) - done <= 8, "ticks are made up for"
    finally:
        work.shutdown(wait=True)


def test_a_clock_set_back_at_the_wrong_moment_is_noticed_soon(
    clock: type[SetClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right after the look at it, that is, when only rare ticks are left to wait for."""
    monkeypatch.setattr(clockwork, "LOOK_EVERY", 0.1)
    first, again = threading.Event(), threading.Event()

    def tick() -> None:
        (again if first.is_set() else first).set()

    work = Clockwork()
    work.tick_every(3_600, "maintain", tick)
    work.start()
    try:
        assert first.wait(5)
        clock.ahead = -3_600.0
        assert again.wait(5)
    finally:
        work.shutdown(wait=True)
