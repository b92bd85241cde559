"""Slack, played by a server of this machine: hooks and bots, threads, limits, and every way to be refused."""

import json
from collections.abc import Iterator

import pytest
from apprise.plugins.slack import NotifySlack
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.messages import alert, only
from tests.support.receivers import Hook, http_server
from tracker.alerts.destinations import Channel
from tracker.alerts.message import ClauseNote, digest_of
from tracker.alerts.notifier import ChannelNotifier
from tracker.alerts.render import Rendered, render
from tracker.errors import DeliveryError
from tracker.settings import Settings
from tracker.words import ChangeKind, Direction, Severity

HOOK = "slack://T1234ABCD/B1234ABCD/TokenTokenTokenTokenToken"
BOT = "slack://xoxb-123456-123456-s3crets3crets3cret/#privacy"
OK = json.dumps({"ok": True, "ts": "1700000000.000100", "channel": "C1"}).encode()


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    with http_server() as server:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{server.port}/services")
        monkeypatch.setattr(NotifySlack, "api_url", f"http://127.0.0.1:{server.port}/api/{{}}")
        yield server


def message(key: str = "k1", **values: object) -> Rendered:
    return render(alert(**values), Channel.SLACK, key, route="team")


def send(url: str, *, thread: str | None = None) -> str | None:
    return ChannelNotifier(Settings(), connect=2, read=2).send(only(url), message(), "k1", thread=thread)


def refused(url: str) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(url)
    assert "s3cret" not in str(caught.value)
    assert "TokenToken" not in str(caught.value)
    return caught.value


def test_a_hook_gets_one_attachment_of_blocks(slack: Hook) -> None:
    """The tokens are the path, the channel goes along where the address names one."""
    assert send(HOOK) is None
    send(f"{HOOK}/#legal")
    assert [post.path for post in slack.posts] == ["/services/T1234ABCD/B1234ABCD/TokenTokenTokenTokenToken"] * 2
    assert [post.body.get("channel") for post in slack.posts] == [None, "#legal"]
    assert [block["type"] for block in slack.posts[0].body["attachments"][0]["blocks"]][:2] == ["header", "section"]


def test_a_bot_begins_a_thread_and_answers_it_in_sight_of_the_channel(slack: Hook) -> None:
    """The first post returns the thread; the next is put into it and shown in the channel all the same."""
    slack.answer = OK
    thread = send(BOT)
    assert thread == "1700000000.000100"
    assert send(BOT, thread=thread) == thread
    first, second = slack.posts
    assert first.path == "/api/chat.postMessage"
    assert first.headers["Authorization"] == "Bearer xoxb-123456-123456-s3crets3crets3cret"
    assert first.body["channel"] == "#privacy"
    assert "thread_ts" not in first.body
    assert first.body["metadata"]["event_payload"] == {"idempotency_key": "k1"}
    assert (second.body["thread_ts"], second.body["reply_broadcast"]) == (thread, True)


def test_a_thread_whose_first_post_was_deleted_begins_anew(slack: Hook) -> None:
    """The alert is posted by itself and returns the new thread."""
    slack.script = [(200, {}, b'{"ok": false, "error": "thread_not_found"}')]
    slack.answer = OK
    assert send(BOT, thread="1.2") == "1700000000.000100"
    assert [post.body.get("thread_ts") for post in slack.posts] == ["1.2", None]


@pytest.mark.parametrize(
    ("status", "headers", "body", "for_good", "wait", "said"),
    [
        (429, {"Retry-After": "17"}, b"", False, 17, "too many messages"),
        (429, {}, b"", False, 30, "too many messages"),
        (500, {}, b"rollup_error", False, None, "rollup_error"),
        (503, {"Retry-After": "5"}, b"<html>", False, 5, "status 503"),
        (403, {}, b"invalid_token", True, None, "write the right one"),
        (404, {}, b"no_service", True, None, "make a new one"),
        (404, {}, b"channel_not_found", True, None, "channel_not_found"),
        (410, {}, b"channel_is_archived", True, None, "the channel is archived"),
        (400, {}, b"invalid_payload", True, None, "invalid_payload"),
    ],
)
def test_what_a_hook_answers_decides_whether_another_try_makes_sense(
    slack: Hook, status: int, headers: dict[str, str], body: bytes, for_good: bool, wait: float | None, said: str
) -> None:
    """429 waits as long as Slack says, 5xx is tried again, what somebody has to mend is dead and says how."""
    slack.status, slack.headers, slack.answer = status, headers, body
    error = refused(HOOK)
    assert (error.for_good, error.retry_after) == (for_good, wait)
    assert said in str(error)


@pytest.mark.parametrize(
    ("word", "for_good", "wait"),
    [
        ("invalid_auth", True, None),
        ("channel_not_found", True, None),
        ("not_in_channel", True, None),
        ("token_revoked", True, None),
        ("internal_error", False, None),
        ("ratelimited", False, 30),
        ("an error we never heard of <b>", False, None),
    ],
)
def test_what_a_bot_is_told_decides_alike(slack: Hook, word: str, for_good: bool, wait: float | None) -> None:
    """A bot gets status 200 and a word; what is no word is nothing to give up for."""
    slack.answer = json.dumps({"ok": False, "error": word}).encode()
    error = refused(BOT)
    assert (error.for_good, error.retry_after) == (for_good, wait)
    assert "<b>" not in str(error)


@pytest.mark.parametrize("body", [b"", b"[]", b"not json", b'{"ok": "yes"}', b'"' + b"x" * 100_000])
def test_an_answer_that_is_none_is_tried_again(slack: Hook, body: bytes) -> None:
    """A proxy's page in place of Slack's answer is no acceptance."""
    slack.answer = body
    assert not refused(BOT).for_good


def test_redirects_are_not_followed(slack: Hook) -> None:
    """A token goes nowhere but to Slack."""
    slack.status = 307
    refused(BOT)
    assert len(slack.posts) == 1


TEXTS = st.text(max_size=4_000)


@settings(max_examples=60, deadline=None)
@given(text=TEXTS, clauses=st.integers(0, 12), changes=st.integers(1, 80), digest=st.booleans())
def test_no_message_is_beyond_the_limits_of_slack(text: str, clauses: int, changes: int, digest: bool) -> None:
    """50 blocks, 150 characters in a header, 3,000 in a section, 10 elements; no text object is empty."""
    note = ClauseNote(
        ChangeKind.CHANGED, Severity.HIGH, Direction.WEAKER, ("sale",), text, text or "S.", text, text, f"{text} &<"
    )
    one = alert(clauses=(note,) * clauses, summary=text, source_name=text, page_url=text, notes=(text,) * 5)
    told = digest_of("Daily digest", [one] * changes) if digest else one
    payload = render(told, Channel.SLACK, "k").payload
    assert payload is not None
    blocks = payload["blocks"]
    assert len(blocks) <= 50
    for block in blocks:
        texts = [block["text"]] if "text" in block else block["elements"]
        assert len(texts) <= 10
        most = 150 if block["type"] == "header" else 3_000
        assert all(1 <= len(found["text"]) <= most for found in texts)


def test_a_section_beyond_the_limit_ends_after_a_whole_line() -> None:
    """What stands there reads as in a short one: each line on its own, each sign escaped once."""
    notes = tuple(f"Note {number} of Terms & Conditions <b>" for number in range(200))
    payload = render(alert(notes=notes), Channel.SLACK, "k").payload
    assert payload is not None
    told = payload["blocks"][1]["text"]["text"]
    shown = [line for line in told.split("\n") if line.startswith("Note")]
    assert 2_800 < len(told) <= 2_900
    assert shown == [f"Note {number} of Terms &amp; Conditions &lt;b&gt;" for number in range(len(shown))]
    assert told.endswith("&gt;\n\N{HORIZONTAL ELLIPSIS}")
