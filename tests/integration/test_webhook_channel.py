"""Webhooks in a real HTTP server: signed, through the proxy and the authorities of the settings, final or not."""

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest

from tests.support.authority import authority
from tests.support.messages import alert, only
from tests.support.receivers import Hook, http_server
from tracker.alerts.channels import http
from tracker.alerts.channels.webhook import signature
from tracker.alerts.destinations import Channel
from tracker.alerts.message import digest_of
from tracker.alerts.notifier import ChannelNotifier
from tracker.alerts.render import render
from tracker.clock import ManualClock
from tracker.errors import DeliveryError
from tracker.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with http_server() as server:
        yield server


def send(url: str, **values: object) -> None:
    send_by(Settings(**values), url)  # type: ignore[arg-type]


def send_by(settings: Settings, url: str) -> None:
    notifier = ChannelNotifier(settings, ManualClock(NOW), connect=2, read=2)
    notifier.send(only(url), render(alert(), Channel.WEBHOOK, "k1"), "k1")


def refused(url: str, **values: object) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(url, **values)
    return caught.value


def is_ours(secret: bytes, header: str, body: bytes, now: float) -> bool:
    """Check a signature as the README tells receivers to."""
    told = [part.partition("=")[::2] for part in header.split(",")]
    time = dict(told)["t"]
    mine = hmac.new(secret, time.encode() + b"." + body, hashlib.sha256).hexdigest()
    return abs(now - int(time)) < 300 and any(hmac.compare_digest(mine, value) for name, value in told if name == "v1")


def test_a_signed_webhook_can_be_checked_by_who_knows_the_secret(hook: Hook) -> None:
    """Time and body are signed; the secret is not part of the address that is asked."""
    send(f"json://127.0.0.1:{hook.port}/hook?secret=s3cret")
    (post,) = hook.posts
    header = post.headers["X-Tracker-Signature"]
    assert header == f"t={int(NOW.timestamp())},v1={signature('s3cret', int(NOW.timestamp()), post.raw)}"
    assert post.path == "/hook"
    assert is_ours(b"s3cret", header, post.raw, NOW.timestamp() + 299)
    assert not is_ours(b"s3cret", header, post.raw, NOW.timestamp() + 301)
    assert not is_ours(b"s3cret", header, post.raw + b" ", NOW.timestamp())
    assert not is_ours(b"other", header, post.raw, NOW.timestamp())


def test_the_quotes_of_a_large_digest_are_cut_so_that_a_receiver_takes_it() -> None:
    """Two hundred changes of twelve long clauses stay near a megabyte; of a single change the quotes are as before."""
    (clause,) = alert().clauses
    long = replace(clause, before="we keep it " * 900, after="we sell it " * 900)
    changes = [alert(source_id=f"s{number}", pair=(str(number), ""), clauses=(long,) * 12) for number in range(200)]
    payload = render(digest_of("Daily digest", changes), Channel.WEBHOOK, "k").payload
    assert payload is not None
    assert len(json.dumps(payload)) < 1_500_000
    assert len(payload["changes"]) == 200
    assert all(len(change["clauses"]) == 12 for change in payload["changes"])
    for one in (digest_of("Daily digest", changes[:1]), changes[0]):
        told = render(one, Channel.WEBHOOK, "k").payload
        assert told is not None
        quote = (told["changes"][0] if "changes" in told else told["change"])["clauses"][0]["before"]
        assert len(quote) > 3_500


def test_the_signature_is_the_documented_one() -> None:
    """A known value, made by another tool, so that receivers can test against it."""
    expected = "1698a50bc74d1ff1db85c4e0a5297c2ad9fdba245d5737cdb789e4cc6e098940"
    assert signature("s3cret", 1_700_000_000, b'{"a":1}') == expected


def test_two_secrets_give_two_signatures(hook: Hook) -> None:
    """While a secret is exchanged, receivers may check by either."""
    send(f"json://127.0.0.1:{hook.port}/hook?secret=old&secret=new")
    (post,) = hook.posts
    header = post.headers["X-Tracker-Signature"]
    assert header.count("v1=") == 2
    assert is_ours(b"old", header, post.raw, NOW.timestamp())
    assert is_ours(b"new", header, post.raw, NOW.timestamp())


def test_headers_login_and_parameters_of_the_address_go_along(hook: Hook) -> None:
    """What Apprise reads from an address holds, and the key cannot be overwritten by it."""
    send(f"json://kim:pw@127.0.0.1:{hook.port}/a/b?+X-Team=privacy&-q=1&+X-Idempotency-Key=mine")
    (post,) = hook.posts
    assert post.path == "/a/b?q=1"
    assert post.headers["X-Team"] == "privacy"
    assert post.headers["Authorization"] == "Basic a2ltOnB3"
    assert post.headers["X-Idempotency-Key"] == "k1"
    assert "X-Tracker-Signature" not in post.headers


@pytest.mark.parametrize(
    ("status", "headers", "for_good", "wait"),
    [
        (410, {}, True, None),
        (400, {}, True, None),
        (413, {}, True, None),
        (404, {}, False, None),
        (401, {}, False, None),
        (307, {}, False, None),
        (500, {}, False, None),
        (503, {"Retry-After": "120"}, False, 120),
        (429, {"Retry-After": "Sun, 01 Mar 2026 12:01:00 GMT", "Date": "Sun, 01 Mar 2026 12:00:00 GMT"}, False, 60),
        (429, {"Retry-After": "Sun, 01 Mar 2026 12:01:00 -0000", "Date": "Sun, 01 Mar 2026 12:00:00 GMT"}, False, 60),
        (429, {"Retry-After": "Sun, 01 Mar 2026 12:01:00 GMT", "Date": "Sun, 01 Mar 2026 12:00:00 -0000"}, False, 60),
        (429, {"Retry-After": "99999999999999999999999"}, False, 86_400),
        (429, {"Retry-After": "-5"}, False, None),
        (429, {"Retry-After": "soon"}, False, None),
    ],
)
def test_what_a_webhook_answers_decides_whether_another_try_makes_sense(
    hook: Hook, status: int, headers: dict[str, str], for_good: bool, wait: float | None
) -> None:
    """Gone is gone, a time to wait is kept within a day, what may pass is tried again."""
    hook.status, hook.headers = status, headers
    error = refused(f"json://127.0.0.1:{hook.port}/s3cret")
    assert (error.for_good, error.retry_after) == (for_good, wait)
    assert "s3cret" not in str(error)


def test_a_certificate_has_to_be_of_the_authorities_of_the_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Without the bundle nothing is posted."""
    trusted = authority(tmp_path_factory.mktemp("authority"))
    with http_server(tls=trusted.context) as hook:
        url = f"jsons://127.0.0.1:{hook.port}/hook"
        assert str(refused(url)) == "webhook: no trusted encrypted connection"
        assert hook.posts == []
        send(url, ca_bundle=trusted.bundle)
        send(f"{url}?verify=no")
        assert len(hook.posts) == 2


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 90, False), (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 90, True)],
)
@pytest.mark.parametrize("tls", [False, True])
def test_a_webhook_that_drips_its_answer_does_not_hold_up_the_sender(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    answer: bytes,
    accepted: bool,
    tls: bool,
) -> None:
    """A byte now and then never runs into a timeout, but into the deadline of the whole; the status is what counts."""
    monkeypatch.setattr(http, "DEADLINE", 0.4)
    trusted = authority(tmp_path_factory.mktemp("authority"))
    over = threading.Event()

    def drip(listening: socket.socket) -> None:
        peer, _ = listening.accept()
        with suppress(OSError), trusted.context.wrap_socket(peer, server_side=True) if tls else peer as connection:
            start, end = (answer[:19], answer[19:]) if accepted else (b"", answer)
            connection.sendall(start)
            for byte in end:
                connection.sendall(bytes([byte]))
                if over.wait(0.05):
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        began = monotonic()
        try:
            address = f"json{'s' if tls else ''}://127.0.0.1:{listening.getsockname()[1]}/x"
            if accepted:
                send(address, ca_bundle=trusted.bundle)
            else:
                assert not refused(address, ca_bundle=trusted.bundle).for_good
        finally:
            over.set()
            thread.join()
    assert monotonic() - began < 1.8


def test_a_bundle_that_is_missing_is_told(hook: Hook, tmp_path: Path) -> None:
    """The setting is named. The file was there when the settings were read."""
    bundle = tmp_path / "gone.pem"
    bundle.touch()
    settings = Settings(ca_bundle=bundle)
    bundle.unlink()
    with pytest.raises(DeliveryError) as caught:
        send_by(settings, f"jsons://127.0.0.1:{hook.port}/x")
    assert str(caught.value) == "webhook: the file that ca_bundle names cannot be read"


def test_webhooks_go_through_the_proxy_unless_their_host_is_exempt(hook: Hook) -> None:
    """The proxy gets the whole address; a host in `no_proxy` is asked itself."""
    proxy = f"http://127.0.0.1:{hook.port}"
    send("json://hooks.example/a", proxy=proxy)
    assert [post.path for post in hook.posts] == ["http://hooks.example/a"]
    error = refused("json://hooks.invalid/a", proxy=proxy, no_proxy=("invalid",))
    assert str(error) == "webhook: cannot be reached, or the connection broke"
    assert len(hook.posts) == 1


def test_other_services_of_apprise_get_plain_text_that_calls_nobody(hook: Hook) -> None:
    """Subject and text arrive, by our timeouts and without mentions; a refusal is tried again."""
    text = render(alert(summary="Hello @everyone <!channel>"), Channel.OTHER, "k")
    destination = only(f"mmost://127.0.0.1:{hook.port}/TokenTokenTokenTokenTok123")
    notifier = ChannelNotifier(Settings(), connect=2, read=2)
    notifier.send(destination, text, "k")
    (post,) = hook.posts
    assert "We keep logs for" in post.body["text"]
    assert "@everyone" not in post.body["text"]
    assert "<!channel>" not in post.body["text"]
    assert destination.label.startswith("mmost (")
    hook.status = 500
    with pytest.raises(DeliveryError) as caught:
        notifier.send(destination, text, "k")
    assert not caught.value.for_good
    assert "TokenToken" not in str(caught.value)
