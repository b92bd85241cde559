"""What people are told that is no change: each thing once, through the routes that reach its source."""

from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from tests.world import URL, World, acme, policy
from tracker.alerts.notices import RE_REVIEW, Telling, wants
from tracker.alerts.notifier import MemoryNotifier
from tracker.alerts.sender import Sender
from tracker.clock import ManualClock
from tracker.daemon.notices.notices import create_notices
from tracker.history.baselines import approve
from tracker.history.steps import version_named
from tracker.history.triage import Decision, decide
from tracker.settings import Settings
from tracker.sources.model import Route
from tracker.store.database import Database
from tracker.store.history.sources import mute, source_row
from tracker.store.schema.tables import Change, Notice
from tracker.words import Severity, Topic

HOSTILE = "<script>alert(1)</script>"
HOOK, MAIL, SLACK = (
    "json://hooks.example/x",
    "mailto://u:p@mail.example?to=kim@example.org",
    "slack://T1J/B2K/tok3n/#law",
)
SOLD = (
    "Starting on 1 May 2026, we will sell your personal information to data brokers. "
    "You may object until 15 April 2026."
)


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """One source with its first text, on 1 March 2026, and routes to a webhook, by mail and to Slack."""
    world = World.build(
        database,
        clock,
        acme(name=f"Acme {HOSTILE}", tags=("vendor",)),
        routes=(Route("hook", (HOOK,)), Route("mail", (MAIL,), digest="daily"), Route("slack", (SLACK,))),
        time_zone="UTC",
    )
    world.fetcher.serve(URL, policy())
    world.check()
    return world


def change_to(world: World, **replaced: str) -> None:
    """Let the text change and be confirmed."""
    world.fetcher.serve(URL, policy(**replaced))
    world.check()
    world.check(hours=1)


def approve_text(world: World, *, version: str = "latest", review_by: str | None = None) -> None:
    now = world.clock.now()
    with world.runtime.database.write() as session:
        row = source_row(session, "acme")
        entry = version_named(session, row, version, world.runtime.settings.zone)
        approve(session, row, entry, by="Kim", now=now, today=now.date(), note=HOSTILE, review_by=review_by)


def notices(world: World) -> list[Notice]:
    with world.runtime.database.read() as session:
        return list(session.exec(select(Notice).order_by(col(Notice.id))))


def go_to(world: World, day: date) -> None:
    world.clock.advance(timedelta(days=(day - world.clock.now().date()).days))


def test_a_deadline_is_told_of_at_each_step_before_it_and_once(world: World) -> None:
    """Fourteen and three days before: the day to object first, then the day it holds; looking again tells nothing."""
    change_to(world, p3=SOLD)
    change = world.changes()[0]
    assert (change.effective_on, change.object_by) == ("2026-05-01", "2026-04-15")
    assert create_notices(world.runtime) == 0
    told = []
    for day in (date(2026, 4, 1), date(2026, 4, 2), date(2026, 4, 12), date(2026, 4, 28), date(2026, 5, 2)):
        go_to(world, day)
        told.append(create_notices(world.runtime))
        assert create_notices(world.runtime) == 0
    assert told == [1, 0, 1, 1, 0]
    assert [notice.title for notice in notices(world)] == [
        f"Acme {HOSTILE}: the time to object ends in 14 days, on 15 April 2026",
        f"Acme {HOSTILE}: the time to object ends in 3 days, on 15 April 2026",
        f"Acme {HOSTILE}: the announced change takes effect in 3 days, on 1 May 2026",
    ]


def test_no_reminder_repeats_the_alert_of_a_change_that_came_late(world: World) -> None:
    """Seen within the fourteen days, the change itself was the reminder; three days before people are told again."""
    go_to(world, date(2026, 4, 5))
    change_to(world, p3=SOLD)
    assert create_notices(world.runtime) == 0
    go_to(world, date(2026, 4, 13))
    assert create_notices(world.runtime) == 1


def test_a_dismissed_change_reminds_of_nothing(world: World) -> None:
    """Somebody said that it does not matter."""
    change_to(world, p3=SOLD)
    with world.runtime.database.write() as session:
        decide(session, world.changes()[0].id, Decision("Kim", "dismissed"), world.clock.now())
    go_to(world, date(2026, 4, 13))
    assert create_notices(world.runtime) == 0


def test_a_lighter_change_that_names_the_same_day_hides_no_reminder(world: World) -> None:
    """The weightiest change of a day speaks for it, whichever came last."""
    change_to(world, p3=SOLD)
    with world.runtime.database.write() as session:
        (heavy,) = session.exec(select(Change)).all()
        later = heavy.first_seen_after + timedelta(days=1)
        copied = heavy.model_dump() | {"id": "lighter", "alert": False, "severity": "none", "first_seen_after": later}
        session.add(Change(**copied))
    go_to(world, date(2026, 4, 12))
    assert create_notices(world.runtime) == 1
    assert notices(world)[0].change_id == heavy.id


def test_drift_from_the_baseline_is_told_once_until_more_clauses_differ(world: World) -> None:
    """A confirmed change after the approval; a later minor one is no news, another material one is."""
    approve_text(world)
    assert create_notices(world.runtime) == 0
    change_to(world, p3="We sell your personal information to data brokers.")
    assert create_notices(world.runtime) == 1
    assert create_notices(world.runtime) == 0
    text = "If you have any questions about this policy, please write to our privacy officer in Berlin."
    sold = "We sell your personal information to data brokers."
    change_to(world, p3=sold, p11=text)
    assert create_notices(world.runtime) == 0
    change_to(world, p3=sold, p11=text, p4="We share your email address with third parties.")
    assert create_notices(world.runtime) == 1
    first, second = notices(world)
    assert (first.kind, second.kind) == ("drift", "drift")
    assert first.body.splitlines()[1] == "What changed since: tracker diff acme 1 2"
    approve_text(world)
    assert create_notices(world.runtime) == 0


def test_what_awaits_confirmation_is_no_drift_yet(world: World) -> None:
    """A text seen once may be gone at the second look."""
    approve_text(world)
    world.fetcher.serve(URL, policy(p3="We sell your personal information to data brokers."))
    world.check()
    assert create_notices(world.runtime) == 0
    world.fetcher.serve(URL, policy())
    world.check(hours=1)
    assert create_notices(world.runtime) == 0


def test_a_muted_source_holds_back_until_it_speaks_again(world: World) -> None:
    """The re-review that came due meanwhile is told of afterwards."""
    approve_text(world, review_by="2026-03-10")
    with world.runtime.database.write() as session:
        mute(session, "acme", world.clock.now() + timedelta(days=20))
    go_to(world, date(2026, 3, 11))
    assert create_notices(world.runtime) == 0
    go_to(world, date(2026, 3, 25))
    assert create_notices(world.runtime) == 1
    assert notices(world)[0].kind == RE_REVIEW


def test_a_notice_goes_out_by_every_channel_with_its_hostile_text_as_text(world: World) -> None:
    """At once by webhook and Slack, in the digest by mail; nothing of it is markup."""
    approve_text(world, review_by="2026-03-10")
    go_to(world, date(2026, 3, 11))
    assert create_notices(world.runtime) == 1
    notifier = MemoryNotifier()
    sender = Sender(world.runtime.database, notifier, world.runtime.settings, world.clock)
    sender.send_due(world.runtime.routes)
    by_channel = {sent.message.channel.value: sent.message for sent in notifier.sent}
    payload = by_channel["webhook"].payload
    assert payload is not None
    assert payload["event"] == "notice"
    assert payload["notice"]["kind"] == "re_review"
    assert payload["notice"]["source"]["id"] == "acme"
    assert "mail" not in by_channel
    slack = str(by_channel["slack"].payload)
    assert "<script" not in slack
    assert "&lt;script&gt;" in slack
    world.clock.advance(timedelta(days=1))
    sender.send_due(world.runtime.routes)
    mail = next(sent.message for sent in notifier.sent if sent.message.channel.value == "mail")
    assert mail.subject == "[low] Daily digest: 1 notice"
    assert "<script" not in mail.body
    assert "Acme &lt;script&gt;alert(1)&lt;/script&gt;: to be looked at again since 10 March 2026" in mail.body
    assert {delivery.state for delivery in world.deliveries()} == {"sent"}


def test_a_digest_holds_changes_and_notices(world: World) -> None:
    """One message for both."""
    approve_text(world, review_by="2026-03-03")
    change_to(world, p3=SOLD)
    go_to(world, date(2026, 3, 4))
    assert create_notices(world.runtime) == 2
    world.clock.advance(timedelta(days=2))
    notifier = MemoryNotifier()
    Sender(world.runtime.database, notifier, world.runtime.settings, world.clock).send_due(world.runtime.routes)
    subjects = [sent.message.subject for sent in notifier.sent if sent.message.channel.value == "mail"]
    assert subjects in (
        ["[high] Daily digest: 1 change in 1 source and 2 notices"],
        ["[critical] Daily digest: 1 change in 1 source and 2 notices"],
    )


WEAK = Telling("k", "drift", "t", (), Severity.MEDIUM, topics=("sale",))
ASKED = Telling("k", RE_REVIEW, "t", (), Severity.LOW)


@pytest.mark.parametrize(
    ("route", "telling", "wanted"),
    [
        (Route("r", ()), WEAK, True),
        (Route("r", (), enabled=False), WEAK, False),
        (Route("r", (), tags=("other",)), WEAK, False),
        (Route("r", (), topics=(Topic.CHILDREN,)), WEAK, False),
        (Route("r", (), severity=Severity.HIGH), WEAK, False),
        (Route("r", (), topics=(Topic.CHILDREN,), severity=Severity.HIGH), ASKED, True),
        (Route("r", (), tags=("other",)), ASKED, False),
    ],
)
def test_filters_of_routes_hold_for_what_changed_not_for_what_was_asked_for(
    route: Route, telling: Telling, wanted: bool
) -> None:
    """A person who set a date is told whatever the route filters."""
    assert wants(route, acme(tags=("vendor",)), telling) is wanted


def test_reminders_are_read_from_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers set off by commas, a list, or nothing at all."""
    for text, found in (("30,7", (30, 7)), ("[5]", (5,)), ("", ())):
        monkeypatch.setenv("TRACKER_DEADLINE_REMINDERS", text)
        assert Settings().deadline_reminders == found
