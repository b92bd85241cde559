"""What every notifier keeps to: the real one against a real webhook, and its twin."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from tests.support.receivers import http_server
from tracker.alerts.destinations import Channel, Destination, destinations
from tracker.alerts.message import TestMessage
from tracker.alerts.notifier import ChannelNotifier, MemoryNotifier, Notifier
from tracker.alerts.render import Rendered, render
from tracker.errors import DeliveryError
from tracker.settings import Settings


@dataclass
class Case:
    notifier: Notifier
    url: str
    keys: Callable[[], list[str]]  #: of the messages that were accepted
    close: Callable[[], None]  #: let the destination refuse from now on

    @property
    def destination(self) -> Destination:
        return destinations(self.url)[0]


@pytest.fixture(params=["apprise", "memory"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    if request.param == "memory":
        twin = MemoryNotifier()
        url = "json://hook.example/s3cret"
        yield Case(twin, url, lambda: [sent.key for sent in twin.sent], lambda: twin.down.add(url))
        return
    with http_server() as hook:
        accepted: list[str] = []

        def keys() -> list[str]:
            if hook.status == 200:
                accepted[:] = [post.body["idempotency_key"] for post in hook.posts]
            return accepted

        def close() -> None:
            keys()
            hook.status = 503

        yield Case(ChannelNotifier(Settings()), f"json://127.0.0.1:{hook.port}/s3cret", keys, close)


def message(key: str) -> Rendered:
    return render(TestMessage("team", datetime(2026, 3, 1, tzinfo=UTC)), Channel.WEBHOOK, key)


def test_what_returns_was_accepted_under_its_key(case: Case) -> None:
    """Each message arrives once, in order."""
    case.notifier.send(case.destination, message("k1"), "k1")
    case.notifier.send(case.destination, message("k2"), "k2")
    assert case.keys() == ["k1", "k2"]


def test_what_was_not_accepted_raises_without_secrets(case: Case) -> None:
    """A refusal is a DeliveryError that names no part of the address, and leaves nothing behind."""
    case.notifier.send(case.destination, message("k1"), "k1")
    case.close()
    with pytest.raises(DeliveryError) as caught:
        case.notifier.send(case.destination, message("k2"), "k2")
    assert "s3cret" not in str(caught.value)
    assert case.keys() == ["k1"]
