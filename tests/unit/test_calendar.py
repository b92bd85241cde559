"""Deadlines as a calendar: valid by RFC 5545 whatever the texts say, and the same bytes every time."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from tracker.export.calendar import LINE_OCTETS, calendar
from tracker.history.deadlines import DayKind, Deadline
from tracker.printable import one_line
from tracker.store.history.history import ChangeEntry
from tracker.store.schema.tables import Change, SourceRow

SEEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def deadline(
    name: str = "Acme", summary: str = "It sells now.", quote: str = "", day: date = date(2026, 5, 1)
) -> Deadline:
    """Return a deadline of an invented change."""
    change = Change(
        id="abc123",
        source_key=1,
        before_version_id=1,
        after_version_id=2,
        last_seen_before=SEEN,
        first_seen_after=SEEN,
        origin="live",
        state="confirmed",
        created_at=SEEN,
        confirmed_at=SEEN,
        alert=True,
        severity="high",
        direction="weaker",
        rules_version="1",
        summary=summary,
    )
    source = SourceRow(key=1, id="acme", name=name)
    return Deadline(ChangeEntry(change, source), DayKind.EFFECTIVE, day, "1 May 2026", quote, dismissed=False)


def test_an_event_says_when_what_and_where() -> None:
    """All day, with a stable id, the time of the change as its stamp, a link and an alarm per reminder."""
    body = calendar([deadline(quote="From 1 May 2026; see below.")], reminders=(3, 14), public_url="https://t.example/")
    parsed = Calendar.from_ical(body)
    (event,) = parsed.walk("VEVENT")
    assert event["UID"] == "abc123-effective@tracker"
    assert event.decoded("DTSTAMP") == SEEN
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (date(2026, 5, 1), date(2026, 5, 2))
    assert event["SUMMARY"] == "Acme: new text takes effect"
    assert str(event["DESCRIPTION"]).split("\n") == [
        "It sells now.",
        "From 1 May 2026; see below.",
        "tracker diff acme --change abc123",
    ]
    assert event["URL"] == "https://t.example/changes/abc123"
    assert [alarm.decoded("TRIGGER") for alarm in event.walk("VALARM")] == [timedelta(days=-14), timedelta(days=-3)]
    assert body == calendar(
        [deadline(quote="From 1 May 2026; see below.")], reminders=(14, 3, 3), public_url="https://t.example"
    )


def test_hostile_text_ends_no_line_and_no_event() -> None:
    """Line ends of every kind, separators and control characters stay inside their value."""
    hostile = "x\r\nEND:VEVENT\nBEGIN:VALARM\u2028ATTENDEE:mailto:a@b.example\x0b;,\\n\x00"
    body = calendar([deadline(name=hostile, summary=hostile, quote=hostile)])
    (event,) = Calendar.from_ical(body).walk("VEVENT")
    assert not event.walk("VALARM")
    assert "ATTENDEE" not in event
    assert body.count(b"END:VEVENT\r\n") == 1
    assert "\\n" in str(event["SUMMARY"])


@given(st.text(max_size=300))
def test_lines_are_folded_by_octets_between_characters(text: str) -> None:
    """No line is longer than allowed, each is whole UTF-8, and unfolding gives back one value."""
    body = calendar([deadline(summary=text)])
    for line in body.split(b"\r\n"):
        assert len(line) <= LINE_OCTETS
        assert b"\n" not in line
        assert b"\r" not in line
        line.decode()
    (event,) = Calendar.from_ical(body).walk("VEVENT")
    assert str(event["DESCRIPTION"]).startswith("\n".join(map(one_line, text.splitlines())))


def test_the_last_day_of_the_calendar_has_no_day_after() -> None:
    """A text may name any day."""
    (event,) = Calendar.from_ical(calendar([deadline(day=date.max)])).walk("VEVENT")
    assert event.decoded("DTSTART") == date.max
