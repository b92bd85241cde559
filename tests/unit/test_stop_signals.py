"""Which signals ask a process to end."""

import signal

import pytest

from tests.support.signals import hangup
from tracker.stop_signals import stop_signals


@pytest.mark.parametrize(
    ("handler", "asks"),
    [(signal.SIG_DFL, True), (signal.SIG_IGN, False)],
    ids=["a terminal that closes asks to stop", "nohup is heeded"],
)
def test_the_end_of_the_terminal_asks_unless_it_is_ignored(handler: signal.Handlers, asks: bool) -> None:
    """Whoever started the process with SIGHUP ignored wants it to outlive the terminal."""
    with hangup(handler):
        found = stop_signals()
    assert {signal.SIGTERM, signal.SIGINT} <= set(found)
    assert (signal.SIGHUP in found) is asks
