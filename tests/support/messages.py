"""Messages that alerts of tests carry."""

from datetime import UTC, datetime

from tracker.alerts.destinations import Destination, destinations
from tracker.alerts.message import AlertMessage, ClauseNote
from tracker.words import ChangeKind, Direction, Flag, Severity

#: What a page may hold to get into headers, markup, mentions and templates.
HOSTILE = (
    "<script>alert(1)</script> <!channel> @here *bold* _x_ `y` <http://evil.example|click> &amp; {{ 7*7 }}"
    "\r\nBcc: a@b.c"
)


def alert(**values: object) -> AlertMessage:
    """Return an alert on the invented policy of Acme."""
    clause = ClauseNote(
        ChangeKind.CHANGED,
        Severity.HIGH,
        Direction.WEAKER,
        ("retention",),
        "The period grew from 30 days to 13 months.",
        "The period grew from 30 days to 13 months.",
        "Retention",
        "We keep logs for 30 days.",
        "We keep logs for 13 months.",
    )
    told: dict[str, object] = {
        "change_id": "c0ffee",
        "source_id": "acme",
        "source_name": "Acme Privacy Policy",
        "organisation": "Acme",
        "document_type": "Privacy Policy",
        "page_url": "https://acme.example/privacy",
        "tags": ("vendor",),
        "severity": Severity.HIGH,
        "direction": Direction.WEAKER,
        "topics": ("retention",),
        "flags": (Flag.SILENT,),
        "summary": "The period grew from 30 days to 13 months.",
        "notes": (),
        "clauses": (clause,),
        "more": 2,
        "last_seen_before": datetime(2026, 3, 1, 12, tzinfo=UTC),
        "first_seen_after": datetime(2026, 3, 2, 12, tzinfo=UTC),
        "stated_before": "2026-01-01",
        "stated_after": "2026-01-01",
        "effective_after": None,
        "effective": None,
        "objection": None,
        "rules_version": "r1",
        "read_more": None,
        "command": "tracker diff acme --change c0ffee",
        "time_zone": "Europe/Berlin",
    }
    return AlertMessage(**(told | values))  # type: ignore[arg-type]


def only(url: str) -> Destination:
    """Return the one destination of an address."""
    (found,) = destinations(url)
    return found
