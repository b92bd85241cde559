"""Alerts as real servers receive them: a mail, a Slack post and a webhook, whatever a policy holds."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from apprise.plugins.slack import NotifySlack

from tests.support.messages import HOSTILE, alert, only
from tests.support.receivers import Hook, Mailbox, http_server, smtp_server
from tracker.alerts.destinations import Channel
from tracker.alerts.message import AlertMessage, ClauseNote, TestMessage, digest_of
from tracker.alerts.notifier import ChannelNotifier
from tracker.alerts.render import render
from tracker.compare.model import When
from tracker.errors import DeliveryError
from tracker.settings import Settings
from tracker.words import ChangeKind, Direction, Flag, Severity


def hostile() -> AlertMessage:
    clause = ClauseNote(
        ChangeKind.CHANGED,
        Severity.HIGH,
        Direction.WEAKER,
        ("sale",),
        HOSTILE,
        HOSTILE,
        HOSTILE,
        HOSTILE,
        HOSTILE + " new",
    )
    return alert(source_name=HOSTILE, summary=HOSTILE, page_url="javascript:alert(1)//" + HOSTILE, clauses=(clause,))


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_server() as box:
        yield box


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    with http_server() as server:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{server.port}/services")
        monkeypatch.setattr(NotifySlack, "request_rate_per_sec", 0)
        yield server


@pytest.fixture
def notifier() -> ChannelNotifier:
    return ChannelNotifier(Settings(), connect=2, read=2)


def mail_url(box: Mailbox) -> str:
    return f"mailto://127.0.0.1:{box.port}?from=tracker@acme.example&to=officer@acme.example&mode=insecure"


SLACK = "slack://T1234ABCD/B1234ABCD/TokenTokenTokenTokenToken/#privacy"


def test_a_mail_says_the_same_in_text_and_html(mailbox: Mailbox, notifier: ChannelNotifier) -> None:
    """Subject, sentence, direction, topics, both quotes, dates, flags and the way to read more are in both parts."""
    notifier.send(only(mail_url(mailbox)), render(alert(), Channel.MAIL, "k1"), "k1")
    (mail,) = mailbox.mails
    assert mail["Subject"] == "[high] Acme Privacy Policy: The period grew from 30 days to 13 months."
    assert mail["To"] == "officer@acme.example"
    assert mail["X-Idempotency-Key"] == "k1"
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    for part in (text, html):
        assert "The period grew from 30 days to 13 months." in part
        assert "weaker protection for the people concerned" in part
        assert "retention" in part
        assert "2026-03-02 13:00 CET" in part
        assert "dated 2026-01-01" in part
        assert "silent: the text changed" in part
        assert "and 2 more" in part
        assert "tracker diff acme --change c0ffee" in part
    assert "We keep logs for [-30 days-]." in text
    assert "We keep logs for {+13 months+}." in text
    assert 'aria-label="removed: 30 days"' in html
    assert "#fadad7" in html
    assert "<style" not in html


def test_nothing_fetched_injects_markup_or_headers_into_a_mail(mailbox: Mailbox, notifier: ChannelNotifier) -> None:
    """Names, clauses and addresses are text in a mail."""
    notifier.send(only(mail_url(mailbox)), render(hostile(), Channel.MAIL, "k"), "k")
    (mail,) = mailbox.mails
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<script" not in html
    assert "href" not in html
    assert "{{ 7*7 }}" in html
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]


def test_nothing_fetched_injects_mentions_or_links_into_slack(hook: Hook, notifier: ChannelNotifier) -> None:
    """What was fetched stands in plain text objects, with the control characters escaped."""
    notifier.send(only(SLACK), render(hostile(), Channel.SLACK, "k"), "k")
    (attachment,) = hook.posts[0].body["attachments"]
    assert hook.posts[0].body["channel"] == "#privacy"
    texts = [block["text"] for block in attachment["blocks"] if "text" in block]
    texts += [element for block in attachment["blocks"] for element in block.get("elements", [])]
    assert {text["type"] for text in texts} == {"plain_text"}
    assert not [text for text in texts if "<" in text["text"]]


def test_a_slack_post_of_huge_clauses_is_within_the_limits(hook: Hook, notifier: ChannelNotifier) -> None:
    """Three clauses and a link; no header over 150, no section over 3,000 characters."""
    long = ClauseNote(
        ChangeKind.CHANGED,
        Severity.HIGH,
        Direction.WEAKER,
        ("sale",),
        "S.",
        "S.",
        "",
        "a & b " * 10_000,
        "a < c " * 10_000,
    )
    message = alert(clauses=(long,) * 5, more=3, read_more="https://tracker.example/changes/c0ffee", summary="w " * 500)
    notifier.send(only(SLACK), render(message, Channel.SLACK, "k"), "k")
    blocks = hook.posts[0].body["attachments"][0]["blocks"]
    assert len(blocks) == 7
    assert len(blocks[0]["text"]["text"]) <= 150
    assert all(len(block["text"]["text"]) <= 3_000 for block in blocks[1:-1])
    assert blocks[-2]["text"]["text"] == "and 5 more"
    assert blocks[-1]["elements"][0]["text"] == "<https://tracker.example/changes/c0ffee|Read more>"


def test_a_webhook_gets_the_documented_json(hook: Hook, notifier: ChannelNotifier) -> None:
    """The body is ours alone, and the key stands in body and header."""
    url = f"json://127.0.0.1:{hook.port}/hook/s3cret"
    notifier.send(only(url), render(alert(), Channel.WEBHOOK, "k7"), "k7")
    (post,) = hook.posts
    assert post.path == "/hook/s3cret"
    assert post.headers["X-Idempotency-Key"] == "k7"
    assert sorted(post.body) == ["change", "event", "idempotency_key", "schema", "subject"]
    assert post.body["event"] == "change"
    assert post.body["idempotency_key"] == "k7"
    change = post.body["change"]
    assert change["source"]["id"] == "acme"
    assert change["severity"] == "high"
    assert change["clauses"][0]["before"] == "We keep logs for 30 days."


EFFECTIVE = When("2026-04-01", "1 April 2026", "on", "The changes take effect on 1 April 2026.")
OBJECTION = When("2026-03-15", "15 March 2026", "by", "If you do not agree, close your account by 15 March 2026.")


@pytest.mark.parametrize("channel", list(Channel))
def test_every_channel_tells_when_a_change_takes_effect_and_until_when_to_object(channel: Channel) -> None:
    """One phrase in all of them, in a digest too; nothing is said where the text says nothing."""
    announced = alert(flags=(Flag.ANNOUNCED,), effective=EFFECTIVE, objection=OBJECTION)
    for message in (announced, digest_of("Daily digest", [announced])):
        rendered = render(message, channel, "k")
        assert "Takes effect 1 April 2026; object by 15 March 2026" in f"{rendered.body} {rendered.payload}"
    silent = render(alert(), channel, "k")
    assert "akes effect" not in f"{silent.body} {silent.payload}"


def test_a_webhook_tells_the_days_of_a_change_with_the_words_they_come_from() -> None:
    """ISO dates to act on, and the sentences to check them by."""
    payload = render(alert(effective=EFFECTIVE, objection=OBJECTION), Channel.WEBHOOK, "k").payload
    assert payload is not None
    change = payload["change"]
    assert (change["effective_date"], change["objection_deadline"]) == ("2026-04-01", "2026-03-15")
    assert change["objection"]["quote"] == "If you do not agree, close your account by 15 March 2026."


def test_what_is_said_of_several_clauses_stands_once_in_mail_and_slack() -> None:
    """The sentence counts its clauses; a mail quotes them all, Slack the first, a webhook repeats it for programs."""
    sentence = "The period grew from 30 days to 13 months."
    notes = tuple(
        ClauseNote(
            ChangeKind.CHANGED, Severity.HIGH, Direction.WEAKER, ("retention",), sentence, heading, "",
            f"We keep {thing} for 30 days.", f"We keep {thing} for 13 months.",
        )
        for thing, heading in (("logs", f"{sentence} (2 clauses)"), ("recordings", ""))
    )  # fmt: skip
    message = alert(clauses=notes, more=0, summary="Kept longer.")
    mail = render(message, Channel.MAIL, "k").body
    assert mail.count(sentence) == 1
    assert f"{sentence} (2 clauses)" in mail
    assert "recordings" in mail
    slack = str(render(message, Channel.SLACK, "k").payload)
    assert slack.count(sentence) == 1
    assert "and 1 more" in slack
    payload = render(message, Channel.WEBHOOK, "k").payload
    assert payload is not None
    assert [clause["sentence"] for clause in payload["change"]["clauses"]] == [sentence, sentence]


@pytest.mark.parametrize("status", [307, 400, 429, 503])
def test_a_webhook_that_does_not_accept_is_an_error_without_secrets(
    hook: Hook, notifier: ChannelNotifier, status: int
) -> None:
    """Redirects are not followed, and the error names no part of the address."""
    hook.status = status
    with pytest.raises(DeliveryError) as caught:
        notifier.send(only(f"json://u:pass@127.0.0.1:{hook.port}/s3cret"), render(alert(), Channel.WEBHOOK, "k"), "k")
    assert [post.path for post in hook.posts] == ["/s3cret"]
    assert "s3cret" not in str(caught.value)
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize("answer", ["451 later", "550 no such user"])
def test_a_refused_mail_is_an_error(mailbox: Mailbox, notifier: ChannelNotifier, answer: str) -> None:
    """A recipient that the server refuses has not got the message."""
    mailbox.refuse = answer
    with pytest.raises(DeliveryError):
        notifier.send(only(mail_url(mailbox)), render(alert(), Channel.MAIL, "k"), "k")
    assert mailbox.mails == []


@pytest.mark.parametrize("url", ["dbus://", "syslog://", "windows://", "nonsense"])
def test_what_alerts_nobody_is_switched_off(notifier: ChannelNotifier, url: str) -> None:
    """Nothing is shown on or written to the machine the tracker runs on, whatever an address says."""
    with pytest.raises(DeliveryError):
        notifier.send(only(url), render(alert(), Channel.WEBHOOK, "k"), "k")


@pytest.mark.parametrize("channel", list(Channel))
def test_digest_and_test_messages_have_a_shape_in_every_channel(channel: Channel) -> None:
    """A digest counts its changes, a test message says that it is one."""
    low = alert(source_id="zeta", source_name="Zeta", severity=Severity.LOW)
    digest = render(digest_of("Daily digest", [low, alert(), alert(change_id="2")]), channel, "k")
    assert digest.subject == "[high] Daily digest: 3 changes in 2 sources"
    test = TestMessage("team", datetime(2026, 3, 1, tzinfo=UTC))
    assert render(test, channel, "k").subject == "[test] tracker: route team works"


def test_a_digest_puts_the_weightiest_source_first() -> None:
    """Grouped by source, weight first."""
    low = alert(source_id="a", source_name="A", severity=Severity.LOW, change_id="1")
    high = alert(source_id="b", source_name="B", change_id="2")
    medium = alert(source_id="b", source_name="B", severity=Severity.MEDIUM, change_id="3")
    digest = digest_of("Daily digest", [low, medium, high])
    assert [message.change_id for message in digest.messages] == ["2", "3", "1"]
