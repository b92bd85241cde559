"""Webhooks: JSON of a stable shape.

Every message holds `event` (`change`, `notice`, `digest` or `test`), `schema` (1; grows only by new fields) and
`idempotency_key`, which is also in the header `X-Idempotency-Key`. An event `change` holds the object `change`, an
event `notice` (a deadline, drift from a baseline, a date to look again) the object `notice`, an event `digest` the
lists `changes` and `notices` of such objects, the weightiest first.
"""

from typing import Any

from tracker.alerts.destinations import Channel
from tracker.alerts.message import AlertMessage, ClauseNote, ConfirmMessage, Digest, Message, TestMessage
from tracker.alerts.notices import NoticeMessage
from tracker.alerts.render.mail import subject_of
from tracker.alerts.render.model import Rendered
from tracker.alerts.wording import plain, sides

SCHEMA = 1
QUOTE_LENGTH = 4_000

#: Characters that all quotes of a digest share: many receivers take a megabyte, and refuse what is larger for good.
DIGEST_QUOTES = 400_000
LEAST_QUOTE = 80


def render_webhook(message: Message, key: str) -> Rendered:
    """Return a message as the JSON body of a webhook."""
    subject = subject_of(message)
    payload: dict[str, Any] = {"event": "change", "schema": SCHEMA, "idempotency_key": key, "subject": subject}
    if isinstance(message, TestMessage):
        payload |= {"event": "test", "route": message.route, "at": message.at.isoformat()}
    elif isinstance(message, ConfirmMessage):
        payload |= {"event": "confirm", "lines": list(message.lines), "url": message.link}
    elif isinstance(message, Digest):
        length = _quote_length(message)
        payload |= {"event": "digest", "changes": [_change(one, length) for one in message.messages]}
        payload["notices"] = [_notice(one) for one in message.notices]
    elif isinstance(message, NoticeMessage):
        payload |= {"event": "notice", "notice": _notice(message)}
    else:
        payload["change"] = _change(message)
    return Rendered(Channel.WEBHOOK, subject, subject, payload)


def _quote_length(digest: Digest) -> int:
    """Return how long each quote of a digest may be."""
    quotes = 2 * sum(len(message.clauses) for message in digest.messages)
    return max(LEAST_QUOTE, min(QUOTE_LENGTH, DIGEST_QUOTES // max(1, quotes)))


def _change(message: AlertMessage, quote_length: int = QUOTE_LENGTH) -> dict[str, Any]:
    return {
        "id": message.change_id,
        "source": {
            "id": message.source_id,
            "name": message.source_name,
            "organisation": message.organisation,
            "document_type": message.document_type,
            "url": message.page_url,
            "tags": list(message.tags),
        },
        "severity": message.severity.value,
        "direction": message.direction.value,
        "topics": list(message.topics),
        "flags": [flag.value for flag in message.flags],
        "summary": message.summary,
        "reasons": list(message.notes),
        "last_seen_before": message.last_seen_before.isoformat(),
        "first_seen_after": message.first_seen_after.isoformat(),
        "stated_date_before": message.stated_before,
        "stated_date_after": message.stated_after,
        "effective_date_after": message.effective_after,
        "effective_date": message.effective.date if message.effective else None,
        "effective": message.effective.to_json() if message.effective else None,
        "objection_deadline": message.objection.date if message.objection else None,
        "objection": message.objection.to_json() if message.objection else None,
        "timing": message.timing,
        "rules_version": message.rules_version,
        "url": message.read_more,
        "command": message.command,
        "clauses": [_clause(clause, quote_length) for clause in message.clauses],
        "more_clauses": message.more,
        "also": [{"id": one.change_id, "source": one.source_id, "name": one.source_name} for one in message.also],
    }


def _notice(notice: NoticeMessage) -> dict[str, Any]:
    source = {
        "id": notice.source_id,
        "name": notice.source_name,
        "organisation": notice.organisation,
        "url": notice.page_url,
        "tags": list(notice.tags),
    }
    return {
        "id": notice.notice_id,
        "kind": notice.kind,
        "source": source if notice.source_id else None,
        "severity": notice.severity.value,
        "title": notice.title,
        "body": notice.body,
        "change": notice.change_id,
        "created_at": notice.created_at.isoformat(),
        "url": notice.read_more,
    }


def _clause(clause: ClauseNote, quote_length: int) -> dict[str, Any]:
    before, after = (plain(side) for side in sides(clause.before, clause.after, quote_length))
    return {
        "kind": clause.kind.value,
        "severity": clause.severity.value,
        "direction": clause.direction.value,
        "topics": list(clause.topics),
        "sentence": clause.sentence,
        "section": clause.section,
        "before": before,
        "after": after,
    }
