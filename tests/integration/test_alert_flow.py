"""From a changed page to a mail, a Slack post and a webhook, through the real check, outbox, sender and servers."""

from contextlib import closing
from pathlib import Path

import pytest
from apprise.plugins.slack import NotifySlack

from tests.support.receivers import http_server, smtp_server
from tests.world import URL, World, policy
from tracker.alerts.notifier import ChannelNotifier
from tracker.alerts.sender import Sender, SendReport
from tracker.clock import ManualClock
from tracker.settings import Settings
from tracker.sources.model import Route
from tracker.store.database import Database
from tracker.store.upkeep.upgrade import create_store

SELLS = "We may sell your personal information to advertisers and data brokers."


def test_one_change_gives_one_mail_one_post_and_one_webhook(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the mail server refusing at first and the sender started anew, still exactly one of each arrives."""
    with smtp_server() as box, http_server() as hook, closing(Database(f"sqlite:///{tmp_path / 's.sqlite'}")) as store:
        create_store(store)
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{hook.port}/services")
        urls = (
            f"mailto://127.0.0.1:{box.port}?from=tracker@acme.example&to=officer@acme.example&mode=insecure",
            "slack://T1234ABCD/B1234ABCD/TokenTokenTokenTokenToken",
            f"json://127.0.0.1:{hook.port}/hook",
        )
        route = Route("team", urls)
        world = World.build(store, clock, routes=(route,))
        for text in (policy(), policy(p3=SELLS), policy(p3=SELLS)):
            world.fetcher.serve(URL, text)
            world.check()
        box.refuse = "451 try again later"

        def send() -> SendReport:
            return Sender(store, ChannelNotifier(Settings(), connect=2, read=2), Settings(), clock).send_due([route])

        assert send() == SendReport(sent=2, failed=1)
        box.refuse = ""
        clock.sleep(60)
        assert send() == SendReport(sent=1)
        clock.sleep(86_400)
        assert send() == SendReport()
        (mail,) = box.mails
        assert mail["Subject"].startswith("[")
        assert "Acme Privacy Policy" in mail["Subject"]
        text = " ".join(mail.get_body(("plain",)).get_content().split())  # type: ignore[union-attr]
        assert SELLS in text.replace("{+", "").replace("+}", "")
        assert sorted(post.path.split("/")[1] for post in hook.posts) == ["hook", "services"]
