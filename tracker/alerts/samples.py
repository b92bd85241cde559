"""Invented messages of each kind, to try templates on and to show where a store has nothing to show yet."""

from datetime import UTC, datetime, timedelta

from tracker.alerts.message import (
    AlertMessage,
    ClauseNote,
    ConfirmMessage,
    Message,
    TestMessage,
    digest_of,
)
from tracker.alerts.notices import DEADLINE, NoticeMessage
from tracker.compare.model import When
from tracker.words import ChangeKind, Direction, Flag, Severity

SEEN = datetime(2026, 3, 2, 12, tzinfo=UTC)


def sample_alert(time_zone: str = "UTC") -> AlertMessage:
    """Return an alert on the policy of an invented company."""
    sentence = (
        "How long data is kept: \N{LEFT DOUBLE QUOTATION MARK}30 days\N{RIGHT DOUBLE QUOTATION MARK} became more."
    )
    clause = ClauseNote(
        kind=ChangeKind.CHANGED,
        severity=Severity.HIGH,
        direction=Direction.WEAKER,
        topics=("retention",),
        sentence=sentence,
        heading=sentence,
        section="Retention",
        before="We keep server logs for 30 days.",
        after="We keep server logs for 13 months.",
    )
    new = ClauseNote(
        kind=ChangeKind.ADDED,
        severity=Severity.MEDIUM,
        direction=Direction.WEAKER,
        topics=("third_party_sharing",),
        sentence="Sharing now reaches advertisers.",
        heading="Sharing now reaches advertisers.",
        section="",
        before="",
        after="We share usage data with advertising partners.",
    )
    return AlertMessage(
        change_id="0123456789ab",
        source_id="acme",
        source_name="Acme Privacy Policy",
        organisation="Acme",
        document_type="Privacy Policy",
        page_url="https://acme.example/privacy",
        tags=("vendor",),
        severity=Severity.HIGH,
        direction=Direction.WEAKER,
        topics=("retention", "third_party_sharing"),
        flags=(Flag.ANNOUNCED,),
        summary=sentence,
        notes=("The date the text states did not change.",),
        clauses=(clause, new),
        more=1,
        last_seen_before=SEEN - timedelta(days=1),
        first_seen_after=SEEN,
        stated_before="2025-06-01",
        stated_after="2026-03-01",
        effective_after="2026-04-01",
        effective=When("2026-04-01", "1 April 2026", "on", "The changes take effect on 1 April 2026."),
        objection=When("2026-03-25", "25 March 2026", "by", "You may object until 25 March 2026."),
        rules_version="sample",
        read_more="https://tracker.example/changes/0123456789ab",
        command="tracker diff acme --change 0123456789ab",
        time_zone=time_zone,
    )


def sample_notice(time_zone: str = "UTC") -> NoticeMessage:
    """Return a notice on the same policy."""
    return NoticeMessage(
        notice_id=1,
        kind=DEADLINE,
        title="Acme Privacy Policy: the time to object ends in 3 days, on 25 March 2026",
        body="How long data is kept became more.\nThe whole change: tracker diff acme --change 0123456789ab",
        severity=Severity.HIGH,
        source_id="acme",
        source_name="Acme Privacy Policy",
        organisation="Acme",
        page_url="https://acme.example/privacy",
        tags=("vendor",),
        change_id="0123456789ab",
        created_at=SEEN,
        read_more=None,
        time_zone=time_zone,
    )


def samples(time_zone: str = "UTC") -> dict[str, Message]:
    """Return one message of each kind, by its name."""
    alert, notice = sample_alert(time_zone), sample_notice(time_zone)
    return {
        "change": alert,
        "notice": notice,
        "digest": digest_of("Daily digest", [alert], [notice]),
        "test": TestMessage("team", SEEN),
        "confirm": ConfirmMessage(
            ("Sources: all", "Severity: high or more"),
            "https://tracker.example/subscriptions/confirm/1-sample",
            SEEN + timedelta(days=2),
            time_zone,
        ),
    }
